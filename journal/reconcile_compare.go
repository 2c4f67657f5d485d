package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
)

// within reports whether a time is in the period.
func (r *reconciliation) within(t time.Time) bool { return !t.Before(r.from) && t.Before(r.to) }

func failedThere(s wapay.Status) bool { return s == wapay.StatusFailed || s == wapay.StatusCancelled }

// compareAll compares rows of the provider's list with the journal.
func (r *reconciliation) compareAll(ctx context.Context, kind Kind, rows []*wapay.Payment) error {
	references := make([]string, 0, len(rows))
	for _, p := range rows {
		references = append(references, p.Reference)
	}
	ours, err := r.j.byReferences(ctx, kind, references)
	if err != nil {
		return fmt.Errorf("journal: Reconcile: %w", err)
	}
	for _, p := range rows {
		o := ours[p.Reference]
		if o == nil && p.Reference == "" {
			if o, err = r.byProviderID(ctx, kind, p.ID); err != nil {
				return err
			}
		}
		if o != nil {
			p.Reference = o.Reference
		}
		if err := r.row(ctx, kind, p, o); err != nil {
			return err
		}
	}
	return nil
}

// byProviderID finds the order of a row that does not show its reference.
func (r *reconciliation) byProviderID(ctx context.Context, kind Kind, id string) (*row, error) {
	if id == "" {
		return nil, nil
	}
	found, err := r.j.byID(ctx, kind, id)
	if err != nil {
		return nil, fmt.Errorf("journal: Reconcile: %w", err)
	}
	for _, o := range found {
		if o.Provider == r.provider {
			return o, nil
		}
	}
	return nil, nil
}

// row compares one row of the provider's list with the order of the journal, if
// there is one.
func (r *reconciliation) row(ctx context.Context, kind Kind, p *wapay.Payment, o *row) error {
	if o == nil || o.Provider != r.provider || r.again(kind, p, o) {
		return r.foreign(kind, p, o)
	}
	if !r.within(o.CreatedAt) {
		return nil // of another period
	}
	if p.Status == wapay.StatusUnknown {
		return nil // the list does not tell: it is looked up
	}
	at := markOf(kind, p.Reference)
	before := r.seen[at]
	dead := failedThere(p.Status)
	if before == nil {
		l := &listed{id: p.ID, alive: !dead}
		r.seen[at] = l
		r.add(kind, p)
		if dead && !failedThere(o.Status) { // another may follow, under the same reference
			l.failed = p
			r.contested = append(r.contested, at)
			return nil
		}
		return r.compare(ctx, kind, p, o)
	}
	if before.id == p.ID {
		return nil // pages overlap where orders are made in between
	}
	r.add(kind, p)
	if dead {
		return nil
	}
	if !before.alive {
		before.alive, before.failed, before.id = true, nil, p.ID
		return r.compare(ctx, kind, p, o)
	}
	return r.tell(&Difference{
		Is: TwiceAtProvider, Kind: kind, Ours: &o.Order, Theirs: p,
		What: fmt.Sprintf("%s has %q and %q under the reference", r.provider, before.id, p.ID),
		Do:   "look whether money moved twice, and have the provider give one back",
	})
}

// again reports whether the row is a second payout under the reference of a
// payout of another period, whose list does not reach it. It has another id. A
// payment may have several ids, of its page and of what was paid there.
func (r *reconciliation) again(kind Kind, p *wapay.Payment, o *row) bool {
	return kind == Payout && !r.within(o.CreatedAt) &&
		!p.CreatedAt.IsZero() && p.CreatedAt.Sub(o.CreatedAt).Abs() > slack &&
		p.Status != wapay.StatusUnknown && p.ID != "" && o.ID != "" && p.ID != o.ID
}

// foreign is a row that the journal does not have with this provider.
func (r *reconciliation) foreign(kind Kind, p *wapay.Payment, o *row) error {
	if !p.CreatedAt.IsZero() && !r.within(p.CreatedAt) {
		return nil
	}
	d := &Difference{
		Is: NotInJournal, Kind: kind, Theirs: p, What: "the journal has no such order",
		Do: "find who made it: it did not go through this journal, or its row was purged",
	}
	if o != nil {
		if failedThere(p.Status) {
			return nil // refused here, and then given to another
		}
		d.Ours = &o.Order
		d.What = "the journal has the order as not sent"
		d.Do = "look whether money moved: the provider has an order that was given up"
		switch o.Provider {
		case "":
		case r.provider:
			d.Is = TwiceAtProvider
			d.What = fmt.Sprintf("%s has %q under the reference, the journal %q of %s",
				r.provider, p.ID, o.ID, o.CreatedAt.Format(time.RFC3339))
			d.Do = "look whether money moved twice, and have the provider give one back"
		default:
			d.What = fmt.Sprintf("the journal has the order with %s", o.Provider)
			d.Do = "look whether money moved twice: both providers may have carried it out"
		}
	}
	if p.ID != "" {
		at := markOf(kind, "\x00"+p.ID)
		if r.seen[at] != nil {
			return nil // pages overlap where orders are made in between
		}
		r.seen[at] = &listed{}
	}
	r.add(kind, p)
	return r.tell(d)
}

// contradicted tells of orders that only failed at the provider, and did not in
// the journal.
func (r *reconciliation) contradicted(ctx context.Context) error {
	for _, at := range r.contested {
		p := r.seen[at].failed
		if p == nil {
			continue
		}
		for _, kind := range []Kind{Payment, Payout} {
			if markOf(kind, p.Reference) != at {
				continue
			}
			o, err := r.j.load(ctx, kind, p.Reference)
			if err != nil {
				return fmt.Errorf("journal: Reconcile: %w", err)
			}
			switch {
			case o == nil || o.Provider != r.provider:
			case r.takeOver && o.State != StateOver && p.ID != o.ID: // the list may lack the order itself
				err = r.lookUp(ctx, o)
			default:
				err = r.compare(ctx, kind, p, o)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// ours walks through the journal's orders of the period, and looks those up that
// the provider did not list.
func (r *reconciliation) ours(ctx context.Context) error {
	last, kind := &row{createdAtMS: r.from.UnixMilli() - 1}, ""
	for {
		page, err := r.j.list(ctx, r.j.sql.period, r.provider, ceilMilli(r.to),
			last.createdAtMS, last.createdAtMS, kind, kind, last.Reference)
		if err != nil {
			return fmt.Errorf("journal: Reconcile: %w", err)
		}
		for _, o := range page {
			last, kind = o, o.Kind.String()
			if !r.within(o.CreatedAt) || o.State == StateReady {
				continue
			}
			if r.report != nil {
				r.report.total(o.Kind, o.Amount.Currency(), o.Status).ours(o.Amount)
			}
			if r.seen[markOf(o.Kind, o.Reference)] != nil {
				continue
			}
			if err := r.lookUp(ctx, o); err != nil {
				return err
			}
		}
		if len(page) < pageSize {
			break
		}
	}
	for _, kind := range []Kind{Payment, Payout} {
		if n := r.skipped[kind]; n > 0 {
			if err := r.tell(&Difference{
				Is: NotCompared, Kind: kind, What: fmt.Sprintf("%d %ss were not compared: no more lookups", n, kind),
				Do: "allow more with MaxLookups, or reconcile shorter periods",
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// ceilMilli rounds up.
func ceilMilli(t time.Time) int64 {
	if t.Nanosecond()%int(time.Millisecond) > 0 {
		return t.UnixMilli() + 1
	}
	return t.UnixMilli()
}

// lookUp asks the provider about an order of the journal.
func (r *reconciliation) lookUp(ctx context.Context, o *row) error {
	if !r.client.does(o.Kind) || r.lookups == 0 {
		r.skipped[o.Kind]++
		return nil
	}
	r.lookups--
	if err := r.pace.Wait(ctx); err != nil {
		return err
	}
	a, err := r.j.question(ctx, r.client, o)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		a.Reference = o.Reference
		if l := r.seen[markOf(o.Kind, o.Reference)]; l == nil || l.id != a.ID {
			r.add(o.Kind, &a.Payment)
		}
		return r.compare(ctx, o.Kind, &a.Payment, o)
	case errors.Is(err, wapay.ErrDuplicate):
		return r.tell(&Difference{
			Is: TwiceAtProvider, Kind: o.Kind, Ours: &o.Order, What: err.Error(),
			Do: "look whether money moved twice, and have the provider give one back",
		})
	case !isNotFound(err):
		return r.tell(&Difference{
			Is: NotCompared, Kind: o.Kind, Ours: &o.Order, What: "the provider could not be asked: " + err.Error(),
			Do: "reconcile this period again",
		})
	case failedThere(o.Status) || o.State == StateSending && !o.lapsed():
		return nil // it need not have it
	}
	d := &Difference{Is: NotAtProvider, Kind: o.Kind, Ours: &o.Order, What: r.provider + " does not know the order"}
	switch {
	case o.Status == wapay.StatusSucceeded || o.Status == wapay.StatusRefunded:
		d.Do = "ask the provider: the journal has it as " + o.Status.String()
	default:
		d.Do = "wait for the sweep, or look at the provider's dashboard and use Resolve; never send it again by hand"
	}
	return r.tell(d)
}

// add counts an order at the provider.
func (r *reconciliation) add(kind Kind, p *wapay.Payment) {
	if r.report != nil {
		r.report.total(kind, p.Amount.Currency(), p.Status).theirs(p.Amount, p.Fee)
	}
}

// compare tells of each difference between an order and what the provider says
// of it. What the provider does not tell is no difference.
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

// party compares the last eight digits: the provider may show the number with or
// without its calling code, and of Benin in the old form or the new one. On a
// page anybody may pay.
func (r *reconciliation) party(p *wapay.Payment, o *row) *Difference {
	shown := strings.NewReplacer(" ", "", "+", "", "-", "", ".", "").Replace(p.Party)
	want := o.Customer.Phone.National()
	if want == "" || shown == "" || strings.Trim(shown, "0123456789") != "" || o.Kind == Payment && o.CheckoutURL != "" {
		return nil
	}
	want = want[max(0, len(want)-8):]
	if strings.HasSuffix(shown, want) || shown == strings.TrimLeft(want, "0") {
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
