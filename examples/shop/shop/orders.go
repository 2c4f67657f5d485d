package shop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

// Request asks the shop to take money from somebody, or to send some.
type Request struct {
	Reference string
	Provider  string
	Kind      ipn.Kind // KindPayment or KindPayout
	Amount    wapay.Money
	Customer  wapay.Customer
	Operator  string
}

// placeOrder answers with the order as it is in the books. A request that comes twice makes one order.
func (s *shop) placeOrder(w http.ResponseWriter, r *http.Request) {
	var ask Request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&ask); err != nil {
		http.Error(w, "not an order", http.StatusBadRequest)
		return
	}
	p := s.providers[ask.Provider]
	if p == nil || ask.Reference == "" || ask.Kind != ipn.KindPayment && ask.Kind != ipn.KindPayout {
		http.Error(w, "not an order that we can place", http.StatusBadRequest)
		return
	}
	// It goes on when whoever asked has gone: the provider may have it already.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 2*time.Minute)
	defer cancel()
	o, err := s.order(ctx, p, ask)
	if err != nil {
		s.fail(w, err)
		return
	}
	answer(w, o)
}

// order writes the order down, and only then calls the provider: an order that is in the books and not at the provider
// can be found out, but not the other way round.
func (s *shop) order(ctx context.Context, p *provider, ask Request) (Order, error) {
	const insert = "INSERT INTO orders (" + orderColumns + ") VALUES ($1, $2, $3, $4, $5, '') ON CONFLICT (reference) DO NOTHING"
	result, err := s.db.ExecContext(ctx, insert, ask.Reference, ask.Provider, ask.Kind.String(), amountText(ask.Amount),
		wapay.StatusUnknown.String())
	if err != nil {
		return Order{}, err
	}
	created, err := result.RowsAffected()
	if err != nil {
		return Order{}, err
	}
	if created == 1 {
		e, err := s.send(ctx, p, ask)
		s.stand(BeforeSaving, ask.Reference)
		if err == nil {
			err = s.learn(ctx, e)
		}
		if err != nil {
			return Order{}, err
		}
	}
	return s.find(ctx, ask.Reference)
}

// send calls the provider, once. What it returns is written down as a notification would be.
func (s *shop) send(ctx context.Context, p *provider, ask Request) (*ipn.Event, error) {
	var e *ipn.Event
	var err error
	ref := wapay.Ref{Reference: ask.Reference}
	if ask.Kind == ipn.KindPayout {
		var made *wapay.Payout
		made, err = p.Payout(ctx, wapay.PayoutRequest{
			Reference: ask.Reference, Amount: ask.Amount, Recipient: ask.Customer, Operator: ask.Operator, NotifyURL: p.payoutsURL,
		})
		if errors.Is(err, wapay.ErrOutcomeUnknown) { // to send it again might pay twice: ask
			made, err = wapay.SettlePayout(ctx, p, ref)
		}
		if err == nil {
			e = eventOfPayout(made)
		}
	} else {
		var made *wapay.Payment
		made, err = p.Pay(ctx, wapay.PaymentRequest{
			Reference: ask.Reference, Amount: ask.Amount, Customer: ask.Customer, Operator: ask.Operator,
			Description: "Order " + ask.Reference, NotifyURL: p.paymentsURL,
			ReturnURL: s.config.PublicURL + "/thanks", // no sign that anything was paid
		})
		if errors.Is(err, wapay.ErrOutcomeUnknown) {
			made, err = wapay.SettlePayment(ctx, p, ref)
		}
		if err == nil {
			e = eventOfPayment(made)
		}
	}
	if err != nil {
		s.log.Warn("not ordered as it should be", "reference", ask.Reference, "reason", err)
	}
	return asOrdered(ask, e, err)
}

// asOrdered fills in what the provider does not repeat. An order that was provably not made has failed; of any other
// error the order stays unknown, and settleOpen asks about it later.
func asOrdered(ask Request, e *ipn.Event, err error) (*ipn.Event, error) {
	var refused *wapay.Error
	if errors.As(err, &refused) && (refused.Outcome == wapay.OutcomeNotSent || refused.Outcome == wapay.OutcomeRejected) {
		e = &ipn.Event{Kind: ask.Kind, Status: wapay.StatusFailed, Reason: refused.Message}
	} else if err != nil {
		return nil, err
	}
	e.Provider, e.Reference = ask.Provider, ask.Reference
	if e.Amount == (wapay.Money{}) {
		e.Amount = ask.Amount
	}
	return e, nil
}

func eventOfPayment(p *wapay.Payment) *ipn.Event {
	return &ipn.Event{
		Provider: p.Provider, Kind: ipn.KindPayment, ID: p.ID, Reference: p.Reference, Status: p.Status,
		ProviderStatus: p.ProviderStatus, Amount: p.Amount, Reason: p.Reason, Proof: ipn.ProofConfirmed,
	}
}

func eventOfPayout(p *wapay.Payout) *ipn.Event {
	return &ipn.Event{
		Provider: p.Provider, Kind: ipn.KindPayout, ID: p.ID, Reference: p.Reference, Status: p.Status,
		ProviderStatus: p.ProviderStatus, Amount: p.Amount, Reason: p.Reason, Proof: ipn.ProofConfirmed,
	}
}

// learn is record for what the shop has found out by asking.
func (s *shop) learn(ctx context.Context, e *ipn.Event) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := s.record(ctx, tx, e); err != nil {
		return err
	}
	return tx.Commit()
}

func (s *shop) find(ctx context.Context, reference string) (Order, error) {
	return scanOrder(s.db.QueryRowContext(ctx, "SELECT "+orderColumns+" FROM orders WHERE reference = $1", reference))
}

// Settled is how many open orders there were, and how many are still open.
type Settled struct{ Asked, Open int }

// settleOpen asks about each order that is not final: notifications get lost, and some answers to Pay and Payout do. A
// real shop does that when it starts and every few minutes, for orders that have been open for too long.
func (s *shop) settleOpen(w http.ResponseWriter, r *http.Request) {
	open, err := readAll(r.Context(), s.db, scanOrder, "SELECT "+orderColumns+" FROM orders WHERE status IN ('unknown', 'pending')")
	if err != nil {
		s.fail(w, err)
		return
	}
	settled := Settled{Asked: len(open)}
	for _, o := range open {
		if err := s.ask(r.Context(), o); err != nil {
			// Not found is no proof that the order was not made: a provider may take its time. Nothing but a person's
			// word with the provider makes it failed.
			s.log.Warn("still open", "reference", o.Reference, "reason", err)
			settled.Open++
		}
	}
	answer(w, settled)
}

// ask has the provider say how the order stands.
func (s *shop) ask(ctx context.Context, o Order) error {
	p := s.providers[o.Provider]
	var e *ipn.Event
	if o.Kind == ipn.KindPayout {
		found, err := p.FindPayout(ctx, wapay.Ref{ID: o.ID, Reference: o.Reference})
		if err != nil {
			return err
		}
		e = eventOfPayout(found)
	} else {
		found, err := p.FindPayment(ctx, wapay.Ref{ID: o.ID, Reference: o.Reference})
		if err != nil {
			return err
		}
		e = eventOfPayment(found)
	}
	e.Reference = o.Reference // not every provider repeats it
	if err := s.learn(ctx, e); err != nil {
		return err
	}
	if !e.Status.Final() {
		return fmt.Errorf("the provider says %s (%s)", e.Status, e.ProviderStatus)
	}
	return nil
}
