package journaltest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
)

// fake is a provider in this process. It carries out what reaches it, unless a
// test scripts the next sends or lookups.
type fake struct {
	name   string
	window *time.Duration // of RepeatSafe, if it has one

	mu      sync.Mutex
	orders  map[string]*wapay.Payment // by kind and reference
	sends   []string                  // references, also of what was refused
	asks    int
	onSend  []step // one for each send, the rest succeed
	onAsk   []step
	status  wapay.Status // of new orders
	lastOTP string
	last    wapay.PaymentRequest
}

// step is how one call goes.
type step struct {
	arrives bool // the provider carries the order out
	err     error
	panics  any
	nothing bool   // neither a result nor an error
	before  func() // runs while the call is under way
	amount  wapay.Money
	change  func(*wapay.Payment) // of the result
}

func newFake(name string) *fake {
	return &fake{name: name, orders: map[string]*wapay.Payment{}, status: wapay.StatusPending}
}

// repeatSafe is a fake that says so.
type repeatSafe struct{ *fake }

func (f repeatSafe) RepeatSafe() time.Duration { return *f.window }

func (f *fake) fail(outcome wapay.Outcome, kind error) error {
	return &wapay.Error{Provider: f.name, Op: "Fake", Outcome: outcome, Kind: kind, Err: errors.New("scripted")}
}

func (f *fake) send(kind, reference, otp string, amount wapay.Money) (*wapay.Payment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sends, f.lastOTP = append(f.sends, reference), otp
	s := step{arrives: true}
	if len(f.onSend) > 0 {
		s, f.onSend = f.onSend[0], f.onSend[1:]
	}
	if s.before != nil {
		f.mu.Unlock()
		s.before()
		f.mu.Lock()
	}
	key := kind + reference
	p, replayed := f.orders[key], true
	if s.arrives && p == nil {
		p, replayed = &wapay.Payment{
			Provider: f.name, ID: f.name + "-" + kind + reference, Reference: reference, Status: f.status,
			ProviderStatus: "STATUS", Amount: amount, CheckoutURL: "https://pay.example/" + reference,
			Raw: wapay.Raw(`{"raw":true}`),
		}, false
		f.orders[key] = p
	}
	switch {
	case s.panics != nil:
		panic(s.panics)
	case s.nothing:
		return nil, nil
	case s.err != nil:
		return nil, s.err
	}
	got := *p
	got.Replayed = replayed
	if s.amount != (wapay.Money{}) {
		got.Amount = s.amount
	}
	if s.change != nil {
		s.change(&got)
	}
	return &got, nil
}

func (f *fake) find(kind string, ref wapay.Ref) (*wapay.Payment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asks++
	s := step{}
	if len(f.onAsk) > 0 {
		s, f.onAsk = f.onAsk[0], f.onAsk[1:]
	}
	if s.before != nil {
		f.mu.Unlock()
		s.before()
		f.mu.Lock()
	}
	switch {
	case s.panics != nil:
		panic(s.panics)
	case s.nothing:
		return nil, nil
	case s.err != nil:
		return nil, s.err
	}
	p := f.orders[kind+ref.Reference]
	if p == nil {
		return nil, f.fail(wapay.OutcomeReadOnly, wapay.ErrNotFound)
	}
	got := *p
	got.CheckoutURL = "" // a lookup does not repeat it
	if s.change != nil {
		s.change(&got)
	}
	return &got, nil
}

func (f *fake) Pay(_ context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	f.mu.Lock()
	f.last = r
	f.mu.Unlock()
	return f.send("payment", r.Reference, r.OTP, r.Amount)
}

func (f *fake) FindPayment(_ context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	return f.find("payment", ref)
}

func (f *fake) Payout(_ context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	return payout(f.send("payout", r.Reference, "", r.Amount))
}

func (f *fake) FindPayout(_ context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	return payout(f.find("payout", ref))
}

func payout(p *wapay.Payment, err error) (*wapay.Payout, error) {
	if p == nil {
		return nil, err
	}
	return &wapay.Payout{
		Provider: p.Provider, ID: p.ID, Reference: p.Reference, Status: p.Status, ProviderStatus: p.ProviderStatus,
		Amount: p.Amount, Reason: p.Reason, Replayed: p.Replayed, Raw: p.Raw,
	}, err
}

// becomes changes the status of an order at the provider.
func (f *fake) becomes(kind, reference string, s wapay.Status) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.orders[kind+reference].Status = s
}

func (f *fake) sent() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.sends)
}

func (f *fake) asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asks
}

func (f *fake) has(kind, reference string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.orders[kind+reference] != nil
}
