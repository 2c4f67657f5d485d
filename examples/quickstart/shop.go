package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/internal/ledger"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
)

// client is the client of any provider.
type client interface {
	wapay.Payer
	wapay.Payouter
}

// stand plays the provider, the operators and the customers.
type stand interface {
	Approve(ref string) error
	Inject(sandbox.Fault)
	FaultRecords() []sandbox.FaultRecord
	Flush(context.Context) error
	Resend(ctx context.Context, ref string, how sandbox.SendMode) (sandbox.Delivery, error)
	Entries() []sandbox.Entry
	Close()
}

// shop is a shop that has an account with one provider.
type shop struct {
	provider          string
	sandbox           stand
	client            client
	checks            []cli.Step // come first
	payments, payouts []*order   // to be made; the answer to the last payout is lost
	loss              []sandbox.Fault

	orders                        []*order // that the provider has
	inbox                         *httptest.Server
	mux                           *http.ServeMux
	notifyPayments, notifyPayouts string // "" if the account says it
	events                        chan *ipn.Event
	err                           error // of accept
}

// show does everything. It returns the orders also beside an error.
func (s *shop) show(ctx context.Context, out io.Writer) ([]*order, error) {
	defer s.close()
	if s.err != nil {
		return nil, s.err
	}
	fmt.Fprintf(out, "%s, played by the sandbox in this program: no account, no network, no money\n", s.provider)
	err := cli.Run(ctx, out, s.provider, append(s.checks, []cli.Step{
		{Name: "charge the customers", Do: s.charge},
		{Name: "pay people", Do: s.payPeople},
		{Name: "receive the notifications", Do: s.receive},
		{Name: "refuse a forged one", Do: s.refuseForgery},
		{Name: "look everything up", Do: s.lookUp},
		{Name: "compare with the ledger", Do: s.compareLedger},
	}...))
	return s.orders, err
}

// newShop starts the server for notifications. A merchant has one, on https.
func newShop(provider string, sandbox stand, client client) *shop {
	mux := http.NewServeMux()
	return &shop{
		provider: provider, sandbox: sandbox, client: client,
		mux: mux, inbox: httptest.NewServer(mux), events: make(chan *ipn.Event, 100),
	}
}

// close ends the sandbox first: it may have a notification on the way.
func (s *shop) close() {
	s.sandbox.Close()
	s.inbox.Close()
}

// accept adds a route for one kind of notification, and returns its URL. The
// handler refuses a notification that is not signed as it should be, and one
// that the provider does not confirm. With a store it acts once on each. This
// store forgets when the program ends; a shop takes ipn.NewSQLStore or package
// journal.
func (s *shop) accept(path string, v ipn.Verifier, confirmers ...ipn.Confirmer) string {
	opts := []ipn.HandlerOption{ipn.WithStore(ipn.NewMemoryStore())}
	if len(confirmers) > 0 {
		opts = append(opts, ipn.WithConfirm(confirmers...))
	}
	handler, err := ipn.NewHandler(v, func(_ context.Context, e *ipn.Event) error {
		s.events <- e // a shop writes to its database here
		return nil
	}, opts...)
	if s.err = errors.Join(s.err, err); err == nil {
		s.mux.Handle(path, handler) // any method: CinetPay tries with a GET whether the URL is there
	}
	return s.inbox.URL + path
}

// charge asks each customer for money, once. Some confirm on the phone, some
// open a page and pay there. The answer comes before that, so the payment is
// pending.
func (s *shop) charge(ctx context.Context) (string, error) {
	said := ""
	for _, o := range s.payments {
		r := wapay.PaymentRequest{
			Reference: o.reference, Amount: o.amount, Customer: customer(o), Operator: o.operator,
			Description: "Two bags of rice", NotifyURL: s.notifyPayments, ReturnURL: "https://shop.example/thanks",
		}
		if o.code != nil && !o.codeLater {
			r.OTP = o.code(o.phone.National())
		}
		p, err := s.client.Pay(ctx, r)
		if errors.Is(err, wapay.ErrOutcomeUnknown) { // the customer may have been charged: ask, and never pay again
			p, err = wapay.SettlePayment(ctx, s.client, wapay.Ref{Reference: o.reference})
		}
		if err != nil {
			return said, err
		}
		s.add(o, ipn.KindPayment, p.ID, p.Status)
		said += fmt.Sprintf("%s, %s: %s", o.what, o.amount, p.Status)
		if o.codeLater { // the same call once more, with what the customer reads out
			said += ", " + p.Action.String()
			r.OTP = o.code(o.phone.National())
			if p, err = s.client.Pay(ctx, r); err != nil {
				return said, err
			}
			o.status = p.Status
			said += "; with the code " + p.Status.String()
		}
		if p.CheckoutURL != "" {
			said += ", and the customer goes to " + p.CheckoutURL
		}
		said += "\n"
		if p.Status == wapay.StatusPending {
			if err := s.sandbox.Approve(o.reference); err != nil { // the customer's part
				return said, err
			}
		}
	}
	return said[:len(said)-1], nil
}

// customer has a name and an address, which CinetPay wants to know.
func customer(o *order) wapay.Customer {
	return wapay.Customer{Phone: o.phone, FirstName: "Awa", LastName: "Koné", Email: o.reference + "@example.com"}
}

// payPeople pays people, and loses the answer to the last payout. A second send
// might pay twice. SettlePayout asks for the reference instead.
func (s *shop) payPeople(ctx context.Context) (string, error) {
	for i, o := range s.payouts {
		o.what = "payout"
		if i == len(s.payouts)-1 {
			if err := s.sandbox.Flush(ctx); err != nil { // the handlers ask the provider too
				return "", err
			}
			for _, fault := range s.loss {
				s.sandbox.Inject(fault)
			}
		}
		p, err := s.client.Payout(ctx, wapay.PayoutRequest{
			Reference: o.reference, Amount: o.amount, Recipient: customer(o), Operator: o.operator,
			Description: "Wages", NotifyURL: s.notifyPayouts,
		})
		if errors.Is(err, wapay.ErrOutcomeUnknown) {
			o.settled = err.Error()
			p, err = wapay.SettlePayout(ctx, s.client, wapay.Ref{Reference: o.reference})
		}
		if err != nil {
			return "", err // no money has moved, unless the error itself says "outcome unknown"
		}
		s.add(o, ipn.KindPayout, p.ID, p.Status)
		if err := s.sandbox.Approve(o.reference); err != nil { // the operator's part
			return "", err
		}
	}
	if len(s.sandbox.FaultRecords()) == 0 {
		return "", errors.New("no answer was lost")
	}
	lost := s.payouts[len(s.payouts)-1]
	lost.what = "payout, answer lost"
	how := "the error is ErrOutcomeUnknown: " + lost.settled + "\n  so it is not sent again; SettlePayout asks"
	if lost.settled == "" {
		how = "Payout sent it again under the same idempotency key, and got the first answer"
	}
	const told = "%d payouts sent\nbut the answer to %s was lost on the way. Was it paid?\n  %s\n  %s has it, as %.8s…, %s"
	return fmt.Sprintf(told, len(s.payouts), lost.reference, how, s.provider, lost.id, lost.status), nil
}

// add remembers an order that the provider has.
func (s *shop) add(o *order, kind ipn.Kind, id string, status wapay.Status) {
	o.kind, o.id, o.status = kind, id, status
	s.orders = append(s.orders, o)
}

// receive waits until notifications have told the end of each order. It
// compares each with its order, because a true notification may be about
// another one.
func (s *shop) receive(ctx context.Context) (string, error) {
	open := map[string]*order{}
	for _, o := range s.orders {
		open[o.reference] = o
	}
	for len(open) > 0 {
		var e *ipn.Event
		select {
		case e = <-s.events:
		case <-ctx.Done():
			return "", fmt.Errorf("%d notifications have not come: %w", len(open), ctx.Err())
		}
		o := open[e.Reference]
		if o == nil || !e.Status.Final() {
			continue // "there is a page to pay on" and the like
		}
		anothers := e.ID != "" && e.ID != o.id // CinetPay's checkout has none
		// CinetPay's newer platform tells no amount of a payment.
		untold := e.Provider == "cinetpay-v1" && e.Kind == ipn.KindPayment && e.Amount == wapay.Money{}
		otherAmount := e.Amount != o.amount && !untold
		if e.Proof == ipn.ProofNone || e.Kind != o.kind || anothers || otherAmount || e.Status != wapay.StatusSucceeded {
			return "", fmt.Errorf("%s: the notification is of a %s %q of %s: %s", o.reference, e.Kind, e.ID, e.Amount, e.Status)
		}
		o.status, o.notified = e.Status, e.Proof
		delete(open, e.Reference)
	}
	return fmt.Sprintf("of %d orders over HTTP, each %s", len(s.orders), s.orders[0].notified), nil
}

// refuseForgery sends a true notification once more, signed with another key,
// or with a false status if nothing is signed.
func (s *shop) refuseForgery(ctx context.Context) (string, error) {
	d, err := s.sandbox.Resend(ctx, s.orders[0].reference, sandbox.SendForged)
	if err != nil {
		return "", err
	}
	select {
	case e := <-s.events:
		if e.Status != s.orders[0].status {
			return "", fmt.Errorf("a forged notification is believed: %s is %s", e.Reference, e.Status)
		}
	default: // the handler has ended
	}
	return fmt.Sprintf("%d %s; what it says is not believed", d.Status, http.StatusText(d.Status)), nil
}

// lookUp asks about every order by our own reference. Notifications may be
// lost, so a shop does this for each order that has been pending too long.
func (s *shop) lookUp(ctx context.Context) (string, error) {
	for _, o := range s.orders {
		var status wapay.Status
		if o.kind == ipn.KindPayout {
			p, err := wapay.WaitPayout(ctx, s.client, wapay.Ref{Reference: o.reference})
			if err != nil {
				return "", err
			}
			status = p.Status
		} else {
			p, err := wapay.WaitPayment(ctx, s.client, wapay.Ref{Reference: o.reference})
			if err != nil {
				return "", err
			}
			status = p.Status
		}
		if status != o.status {
			return "", fmt.Errorf("%s is %s, and was said to be %s", o.reference, status, o.status)
		}
	}
	return fmt.Sprintf("%d orders by our own reference, all succeeded", len(s.orders)), nil
}

// compareLedger checks in the sandbox's books that the money of each order
// moved once. A real provider shows no such books.
func (s *shop) compareLedger(context.Context) (string, error) {
	var orders []ledger.Order
	for _, o := range s.orders {
		orders = append(orders, ledger.Order{Kind: o.kind, Reference: o.reference, ID: o.id, Amount: o.amount})
	}
	err := ledger.Compare(s.sandbox.Entries(), orders)
	return fmt.Sprintf("one entry for each of the %d orders, and no other", len(orders)), err
}
