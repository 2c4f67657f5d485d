package conformance_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/conformance"
)

// broken is a Payouter that a test breaks on purpose.
type broken struct {
	good *barkapay.Client
	keys func() barkapay.Credentials
	key  string
	send func(*broken, context.Context, wapay.PayoutRequest) (*wapay.Payout, error)
	look func(*broken, context.Context, wapay.Ref) (*wapay.Payout, error)
	list func(b *broken, ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payout, error]
}

func (b *broken) ListPayments(ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payment, error] {
	return b.good.ListPayments(ctx, from, to)
}

func (b *broken) ListPayouts(ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payout, error] {
	if b.list == nil {
		return b.good.ListPayouts(ctx, from, to)
	}
	return b.list(b, ctx, from, to)
}

func (b *broken) Payout(ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	if b.send == nil {
		return b.good.Payout(ctx, r)
	}
	return b.send(b, ctx, r)
}

func (b *broken) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	if b.look == nil {
		return b.good.FindPayout(ctx, ref)
	}
	return b.look(b, ctx, ref)
}

// turned returns err with another outcome.
func turned(err error, from, to wapay.Outcome) error {
	var e *wapay.Error
	if !errors.As(err, &e) || e.Outcome != from {
		return err
	}
	c := *e
	c.Outcome = to
	return &c
}

// again sends a payout that the provider is not to refuse as a second one.
func again(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	t, err := b.good.CreateTransfer(ctx, barkapay.TransferRequest{
		OrderID: r.Reference, Amount: r.Amount, Receiver: r.Recipient.Phone, Operator: r.Operator,
		AllowDuplicate: true, IgnoreDoubleSpendRisk: true,
	})
	if err != nil {
		return nil, err
	}
	return &wapay.Payout{Provider: "barkapay", ID: t.ID, Reference: r.Reference, Amount: t.Amount, Status: t.Status}, nil
}

// breakages has for each law the ways to break it, and what the suite says.
var breakages = []struct {
	law, what, says string
	send            func(*broken, context.Context, wapay.PayoutRequest) (*wapay.Payout, error)
	look            func(*broken, context.Context, wapay.Ref) (*wapay.Payout, error)
	list            func(b *broken, ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payout, error]
}{
	{law: "result", what: "says nothing", says: "neither a result nor an error",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) { return nil, nil }},
	{law: "result", what: "panics", says: "panic: boom",
		send: func(*broken, context.Context, wapay.PayoutRequest) (*wapay.Payout, error) { panic("boom") }},
	{law: "result", what: "sends nothing", says: "the server has no such order",
		send: func(_ *broken, _ context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			return &wapay.Payout{Provider: "barkapay", ID: "1", Reference: r.Reference, Amount: r.Amount}, nil
		}},
	{law: "result", what: "sends twice", says: "carried out 2 times",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			_, _ = b.good.Payout(ctx, r)
			return again(b, ctx, r)
		}},
	{law: "result", what: "finds another amount", says: "found the amount",
		look: func(b *broken, ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
			p, err := b.good.FindPayout(ctx, ref)
			if p != nil {
				p.Amount = wapay.XOF.Units(1)
			}
			return p, err
		}},
	{law: "not sent", what: "is never sure", says: "want not sent",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			p, err := b.good.Payout(ctx, r)
			return p, turned(err, wapay.OutcomeNotSent, wapay.OutcomeUnknown)
		}},
	{law: "not sent", what: "has errors of its own", says: "want a *wapay.Error",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			p, err := b.good.Payout(ctx, r)
			if err != nil {
				err = errors.New("no luck")
			}
			return p, err
		}},
	{law: "not sent", what: "forgets the reference", says: "the reference",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			p, err := b.good.Payout(ctx, r)
			if e := (*wapay.Error)(nil); errors.As(err, &e) {
				e.Reference = ""
			}
			return p, err
		}},
	{law: "not sent", what: "calls a payout a lookup", says: "is read only",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			p, err := b.good.Payout(ctx, r)
			return p, turned(err, wapay.OutcomeNotSent, wapay.OutcomeReadOnly)
		}},
	{law: "not sent", what: "has a result beside an error", says: "a result beside the error",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			p, err := b.good.Payout(ctx, r)
			if err != nil {
				p = &wapay.Payout{Provider: "barkapay", Reference: r.Reference, Amount: r.Amount}
			}
			return p, err
		}},
	{law: "rejected", what: "is never sure", says: "want rejected",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			p, err := b.good.Payout(ctx, r)
			return p, turned(err, wapay.OutcomeRejected, wapay.OutcomeUnknown)
		}},
	{law: "lost answer", what: "takes silence for a refusal", says: "was carried out, and the error says that it was not",
		send: silenceIsRefusal},
	{law: "faults", what: "takes silence for a refusal", says: "was carried out, and the error says that it was not",
		send: silenceIsRefusal},
	{law: "faults", what: "sends again after silence", says: "carried out 2 times",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			p, err := b.good.Payout(ctx, r)
			if errors.Is(err, wapay.ErrOutcomeUnknown) {
				return again(b, ctx, r)
			}
			return p, err
		}},
	{law: "faults", what: "takes silence for success", says: "the server has no such order",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			p, err := b.good.Payout(ctx, r)
			if errors.Is(err, wapay.ErrOutcomeUnknown) {
				return &wapay.Payout{Provider: "barkapay", Reference: r.Reference, Amount: r.Amount}, nil
			}
			return p, err
		}},
	{law: "used reference", what: "sends again", says: "carried out 2 times", send: again},
	{law: "used reference", what: "hides the replay", says: "with Replayed",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			p, err := b.good.Payout(ctx, r)
			if p != nil {
				p.Replayed = false
			}
			return p, err
		}},
	{law: "used reference", what: "tells the past", says: "a lookup says succeeded",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			p, err := b.good.Payout(ctx, r)
			if p != nil {
				p.Status = wapay.StatusPending
			}
			return p, err
		}},
	{law: "used reference", what: "takes a duplicate for a refusal", says: "was carried out, and the error says that it was not",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			p, err := b.good.Payout(ctx, r)
			if p != nil && p.Replayed {
				return nil, &wapay.Error{Provider: "x", Op: "Payout", Reference: r.Reference, Outcome: wapay.OutcomeRejected, Kind: wapay.ErrInvalid}
			}
			return p, err
		}},
	{law: "another order", what: "compares nothing", says: "another amount under a used reference",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			p, err := b.good.Payout(ctx, r)
			if errors.Is(err, wapay.ErrDuplicate) {
				p, err = b.good.FindPayout(ctx, wapay.Ref{Reference: r.Reference})
			}
			return p, err
		}},
	{law: "another order", what: "compares the amount only", says: "another party under a used reference",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			p, err := b.good.Payout(ctx, r)
			if found, _ := b.good.FindPayout(ctx, wapay.Ref{Reference: r.Reference}); found != nil && found.Amount == r.Amount {
				return found, nil
			}
			return p, err
		}},
	{law: "lookups", what: "calls a lookup not sent", says: "is not read only",
		look: func(b *broken, ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
			p, err := b.good.FindPayout(ctx, ref)
			return p, turned(err, wapay.OutcomeReadOnly, wapay.OutcomeNotSent)
		}},
	{law: "lookups", what: "pays while it looks", says: "an order was made or money moved",
		look: func(b *broken, ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
			_, _ = again(b, context.Background(), extra())
			return b.good.FindPayout(ctx, ref)
		}},
	{law: "lookups", what: "finds what is not there", says: "want ErrNotFound",
		look: func(b *broken, ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
			return &wapay.Payout{Provider: "barkapay", ID: ref.ID, Reference: ref.Reference}, nil
		}},
	{law: "lookups under faults", what: "takes a failure for not found", says: "says that the order is not there",
		look: func(b *broken, ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
			p, err := b.good.FindPayout(ctx, ref)
			if e := (*wapay.Error)(nil); errors.As(err, &e) {
				e.Kind = wapay.ErrNotFound
			}
			return p, err
		}},
	{law: "lists", what: "lists nothing", says: "0 times, want once", list: changed(func(*wapay.Payout) int { return 0 })},
	{law: "lists", what: "lists twice", says: "2 times, want once", list: changed(func(*wapay.Payout) int { return 2 })},
	{law: "lists", what: "guesses the status", says: "is listed as cancelled", list: changed(func(p *wapay.Payout) int {
		p.Status = wapay.StatusCancelled
		return 1
	})},
	{law: "lists", what: "guesses the amount", says: "is listed with 1 XOF", list: changed(func(p *wapay.Payout) int {
		p.Amount = wapay.XOF.Units(1)
		return 1
	})},
	{law: "lists", what: "takes whole weeks", says: "in the list of another period",
		list: func(b *broken, ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payout, error] {
			if !to.After(from) {
				return b.good.ListPayouts(ctx, from, to)
			}
			return b.good.ListPayouts(ctx, from.AddDate(0, 0, -7), to.AddDate(0, 0, 7))
		}},
	{law: "lists", what: "turns the period round", says: "want ErrInvalid",
		list: func(b *broken, ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payout, error] {
			if to.Before(from) {
				from, to = to, from
			}
			return b.good.ListPayouts(ctx, from, to)
		}},
	{law: "lists", what: "pays while it lists", says: "an order was made or money moved",
		list: func(b *broken, ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payout, error] {
			_, _ = again(b, context.Background(), extra())
			return b.good.ListPayouts(ctx, from, to)
		}},
	{law: "waits", what: "finds what is not there", says: "want ErrOutcomeUnknown",
		look: func(b *broken, ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
			return &wapay.Payout{Provider: "barkapay", Reference: ref.Reference, Status: wapay.StatusPending}, nil
		}},
	{law: "secrets", what: "tells the key", says: "shows the secret",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			p, err := b.good.Payout(ctx, r)
			if e := (*wapay.Error)(nil); errors.As(err, &e) {
				e.Err = errors.New("with the key " + string(b.keys().APIKey))
			}
			return p, err
		}},
	{law: "context", what: "has its own", says: "want context.Canceled",
		send: func(b *broken, _ context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			return b.good.Payout(context.Background(), r)
		}},
	{law: "context", what: "looks with its own", says: "a lookup: want context.Canceled",
		look: func(b *broken, _ context.Context, ref wapay.Ref) (*wapay.Payout, error) {
			return b.good.FindPayout(context.Background(), ref)
		}},
	{law: "amounts", what: "corrects the amount", says: "want a refusal",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			r.Amount = wapay.XOF.Units(1000)
			return b.good.Payout(ctx, r)
		}},
	{law: "strange amounts", what: "takes each for its own", says: "the result has the amount",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			r.Amount = wapay.XOF.Units(r.Amount.MinorUnits())
			return b.good.Payout(ctx, r)
		}},
	{law: "references", what: "corrects the reference", says: "the reference",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			r.Reference = strings.TrimLeft(r.Reference, "0")
			return b.good.Payout(ctx, r)
		}},
	{law: "references", what: "makes one up", says: "without a reference",
		send: func(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
			if r.Reference == "" {
				r.Reference = "made-up"
			}
			return b.good.Payout(ctx, r)
		}},
	{law: "nil client", what: "is not ready for it", says: "panic"},
}

// changed lists each payout as often as change says.
func changed(change func(*wapay.Payout) int) func(*broken, context.Context, time.Time, time.Time) iter.Seq2[*wapay.Payout, error] {
	return func(b *broken, ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payout, error] {
		return func(yield func(*wapay.Payout, error) bool) {
			for p, err := range b.good.ListPayouts(ctx, from, to) {
				n := 1
				if p != nil {
					n = change(p)
				}
				for range n {
					if !yield(p, err) {
						return
					}
				}
			}
		}
	}
}

// Each law is broken by a client, and the suite says which one.
func TestBrokenClients(t *testing.T) {
	t.Parallel()
	has := map[string]bool{}
	for _, x := range breakages {
		has["Payout/"+x.law] = true
		t.Run(x.law+", "+x.what, func(t *testing.T) {
			t.Parallel()
			said := run(t, x.law, conformanceOf(t, func(b *broken) { b.send, b.look, b.list = x.send, x.look, x.list }))
			if !strings.Contains(said, x.says) {
				t.Errorf("the suite said %q, want %q", said, x.says)
			}
		})
	}
	for _, law := range conformance.Laws(conformanceOf(t, nil)) {
		if !has[law.Name] {
			t.Errorf("no client breaks the law %q", law.Name)
		}
	}
}

// A key in a field that fmt prints, or only a dump, is found.
func TestBrokenKey(t *testing.T) {
	t.Parallel()
	said := run(t, "secrets", conformanceOf(t, func(b *broken) { b.key = string(b.keys().APIKey) }))
	if !strings.Contains(said, "the client %v shows the secret") || !strings.Contains(said, "the client in a dump shows") {
		t.Errorf("the suite said %q", said)
	}
}

func conformanceOf(t *testing.T, brk func(*broken)) conformance.Config {
	to, other := person(t, "72929595", "BF"), person(t, "72929596", "BF")
	return conformance.Config{
		New: func(tb testing.TB, opts ...wapay.Option) conformance.Subject {
			s := barkapaytest.Start(tb, barkapaytest.Config{AutoSettle: true, RateLimit: -1})
			b := &broken{good: s.Client(patient(opts)...), keys: s.Credentials}
			brk(b)
			return conformance.Subject{Client: b, Ledger: s, Faults: s, Secrets: []wapay.Secret{s.Credentials().APIKey}}
		},
		Payout:         &wapay.PayoutRequest{Amount: wapay.XOF.Units(1000), Operator: "MOOV", Recipient: to},
		OtherRecipient: &other, PayoutPath: "transfer/request/mobile",
	}
}

func silenceIsRefusal(b *broken, ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	p, err := b.good.Payout(ctx, r)
	return p, turned(err, wapay.OutcomeUnknown, wapay.OutcomeRejected)
}

// extra is a payout that nobody asked for.
func extra() wapay.PayoutRequest {
	phone, _ := wapay.ParsePhone("72929595", "BF")
	return wapay.PayoutRequest{
		Reference: "extra", Amount: wapay.XOF.Units(500), Operator: "MOOV", Recipient: wapay.Customer{Phone: phone},
	}
}
