package journal

import (
	"context"
	"fmt"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/lookup"
)

// within reports whether a time is in the period.
func (r *reconciliation) within(t time.Time) bool { return !t.Before(r.from) && t.Before(r.to) }

func hasFailed(s wapay.Status) bool { return s == wapay.StatusFailed || s == wapay.StatusCancelled }

func hasMoved(s wapay.Status) bool { return s == wapay.StatusSucceeded || s == wapay.StatusRefunded }

// add counts an order at the provider.
func (r *reconciliation) add(kind Kind, p *wapay.Payment) {
	if p.Amount == (wapay.Money{}) {
		r.amountless[kind]++
	}
	if r.report != nil {
		currency := p.Amount.Currency()
		if !p.Amount.Valid() { // a word that is no currency has no place in a table
			currency = ""
		}
		r.report.total(kind, currency, p.Status).theirs(p.Amount, p.Fee)
	}
}

// compare yields each difference between an order and the provider's row. A
// field that the provider does not show is no difference.
func (r *reconciliation) compare(ctx context.Context, kind Kind, p *wapay.Payment, o *row) error {
	for _, d := range []*Difference{r.amount(p, o), r.party(p, o), r.fee(p, o), r.status(ctx, p, o)} {
		if d == nil {
			continue
		}
		d.Kind, d.Ours, d.Theirs = kind, &o.Order, p
		if err := r.tell(d); err != nil {
			return err
		}
	}
	return nil
}

func (r *reconciliation) amount(p *wapay.Payment, o *row) *Difference {
	if p.Amount == (wapay.Money{}) || p.Amount == o.Amount {
		return nil
	}
	d := &Difference{
		Is: OtherAmount, What: fmt.Sprintf("%s has %s, the journal %s", r.provider, p.Amount, o.Amount),
		Do: "ask the provider which amount moved, before goods or money are given out",
	}
	if p.Amount.Currency() != o.Amount.Currency() {
		d.Is = OtherCurrency
	}
	return d
}

func (r *reconciliation) fee(p *wapay.Payment, o *row) *Difference {
	if !p.Fee.Valid() || !o.Fee.Valid() || p.Fee == o.Fee {
		return nil
	}
	return &Difference{
		Is: OtherFee, What: fmt.Sprintf("%s has a fee of %s, the journal of %s", r.provider, p.Fee, o.Fee),
		Do: "book the provider's, and compare it with the contract",
	}
}

// party compares the numbers. It compares nothing for a payment on a page,
// where anybody may pay.
func (r *reconciliation) party(p *wapay.Payment, o *row) *Difference {
	if o.Kind == Payment && o.CheckoutURL != "" || !lookup.OtherNumber(p.Party, o.Customer.Phone) {
		return nil
	}
	return &Difference{
		Is: OtherParty, What: r.provider + " has another number than the journal",
		Do: "ask the provider who paid or was paid",
	}
}

func (r *reconciliation) status(ctx context.Context, p *wapay.Payment, o *row) *Difference {
	if p.Status == o.Status || p.Status == wapay.StatusUnknown && !o.Status.Final() {
		return nil
	}
	d := &Difference{
		Is:   OtherStatus,
		What: fmt.Sprintf("%s has %s (%s), the journal %s", r.provider, p.Status, p.ProviderStatus, o.Status),
		Do:   "the sweep asks for it, or take it over",
	}
	open := o.State != StateOver && o.Status.MayBecome(p.Status)
	switch {
	case open && r.takeOver:
		after, err := r.j.believe(ctx, o, &answer{Payment: *p, from: r.provider})
		if d.TakenOver = err == nil && after.Status == p.Status; d.TakenOver {
			d.Do = "nothing: the journal has it now"
		} else if err != nil {
			d.Do = "try again: it could not be taken over: " + err.Error()
		} else {
			d.Do = "look at the order, which is held or has changed: " + after.Why
		}
	case open:
	case !p.Status.Final():
		d.Do = "ask the provider: the journal has had a final status from it"
	default:
		d.Do = "look where the money is, and ask the provider: both have a final status"
	}
	return d
}
