package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/wapay-go/wapay"
)

// ceilMilli returns t in milliseconds, rounded up.
func ceilMilli(t time.Time) int64 {
	if t.Nanosecond()%int(time.Millisecond) > 0 {
		return t.UnixMilli() + 1
	}
	return t.UnixMilli()
}

// period reads the journal's orders of the period, and keeps their keys.
func (r *reconciliation) period(ctx context.Context) error {
	last, kind := r.from.UnixMilli()-1, ""
	reference := ""
	for {
		page, err := r.j.read(ctx, scanCompared, r.j.sql.period,
			r.provider, ceilMilli(r.to), last, last, last, kind, kind, reference)
		if err != nil {
			return reconcileError(err)
		}
		for _, o := range page {
			last, kind, reference = o.createdAtMS, o.Kind.String(), o.Reference
			if !r.within(o.CreatedAt) || o.State == StateReady {
				continue
			}
			if r.report != nil {
				r.report.total(o.Kind, o.Amount.Currency(), o.Status).ours(o.Amount)
			}
			if err := r.ours.add(keyOf(o.Kind, o.Reference), nil); err != nil {
				return reconcileError(err)
			}
		}
		if len(page) < periodSize {
			return nil
		}
	}
}

// pair has the orders of both sides under one reference.
type pair struct {
	kind      Kind
	reference string // empty if the provider does not show it
	theirs    []*listRow
	byID      map[string][]*listRow // the same, if there are several
	ours      bool                  // the journal has the order with this provider, in the period
}

// settled reports whether nothing is left to compare.
func (p *pair) settled() bool { return len(p.theirs) == 1 && p.theirs[0].same }

// take adds a row. Pages overlap when orders are made in between, so one order
// may come twice: its later status counts. Rows that contradict each other stay
// apart.
func (p *pair) take(l *listRow) {
	if len(p.theirs) == 1 && p.byID == nil { // few references have more
		p.byID = map[string][]*listRow{p.theirs[0].ID: {p.theirs[0]}}
	}
	for _, x := range p.byID[l.ID] {
		switch {
		case x.Amount != l.Amount, l.ID == "" && !(l.own && x.CreatedAt.Equal(l.CreatedAt)):
		case x.Status.MayBecome(l.Status):
			*x = *l
			return
		case x.Status == l.Status, l.Status.MayBecome(x.Status):
			return
		}
	}
	p.theirs = append(p.theirs, l)
	if p.byID != nil && (l.ID != "" || l.own) {
		p.byID[l.ID] = append(p.byID[l.ID], l)
	}
}

// first moves the row with the id to the front, and reports whether there is
// one. It is the one to compare with the order, whatever the list's order.
func (p *pair) first(id string) bool {
	i := slices.IndexFunc(p.theirs, func(l *listRow) bool { return l.ID == id })
	if i < 0 || id == "" {
		return false
	}
	p.theirs[0], p.theirs[i] = p.theirs[i], p.theirs[0]
	return true
}

// proves reports whether the list can be believed about the order's status: no
// row of it has another one, and a failure has the order's own id.
func (p *pair) proves(one *listRow, o *row) bool {
	for _, l := range p.theirs {
		if l.ID == one.ID && l.Status != one.Status {
			return false
		}
	}
	return !hasFailed(one.Status) || one.ID != "" && one.ID == o.ID
}

// match goes through both sides in the order of their keys.
func (r *reconciliation) match(ctx context.Context) error {
	theirs, err := openCursor(&r.theirs)
	if err != nil {
		return reconcileError(err)
	}
	ours, err := openCursor(&r.ours)
	if err != nil {
		return reconcileError(err)
	}
	var pairs []*pair // of one kind
	for {
		p, err := nextPair(theirs, ours)
		if err != nil {
			return reconcileError(err)
		}
		if len(pairs) > 0 && (p == nil || len(pairs) == batch || p.kind != pairs[0].kind) {
			if err := r.compareAll(ctx, pairs); err != nil {
				return err
			}
			pairs = pairs[:0]
		}
		switch {
		case p == nil:
			return nil
		case p.settled():
			r.add(p.kind, &p.theirs[0].Payment)
		default:
			pairs = append(pairs, p)
		}
	}
}

// cursor is a place in the records of one side.
type cursor struct {
	next func() (record, error)
	head record
	over bool
}

func openCursor(s *sorter) (*cursor, error) {
	next, err := s.read()
	if err != nil {
		return nil, err
	}
	c := &cursor{next: next}
	return c, c.advance()
}

func (c *cursor) advance() (err error) {
	if c.head, err = c.next(); errors.Is(err, io.EOF) {
		c.over, err = true, nil
	}
	return err
}

func (c *cursor) at(key string) bool { return !c.over && string(c.head.key) == key }

// nextPair returns the pair of the next key, or nil at the end.
func nextPair(theirs, ours *cursor) (*pair, error) {
	if theirs.over && ours.over {
		return nil, nil
	}
	key := string(ours.head.key)
	if ours.over || !theirs.over && string(theirs.head.key) < key {
		key = string(theirs.head.key)
	}
	p := &pair{kind: Kind(key[0] - '0')}
	if reference := key[1:]; reference != "" && reference[0] != 0 {
		p.reference = reference
	}
	for theirs.at(key) {
		p.take(readListRow(theirs.head.body))
		if err := theirs.advance(); err != nil {
			return nil, err
		}
	}
	for ours.at(key) {
		p.ours = true
		if err := ours.advance(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// compareAll reads the orders of pairs of one kind, and compares each pair.
func (r *reconciliation) compareAll(ctx context.Context, pairs []*pair) error {
	var references []string
	for _, p := range pairs {
		if len(p.theirs) > 0 || r.lookups > 0 {
			references = append(references, p.reference)
		}
	}
	rows, err := r.j.in(ctx, true, pairs[0].kind, "reference", references)
	if err != nil {
		return reconcileError(err)
	}
	orders := make(map[string]*row, len(rows))
	for _, o := range rows {
		orders[o.Reference] = o
	}
	for _, p := range pairs {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.comparePair(ctx, p, orders[p.reference]); err != nil {
			return err
		}
	}
	return nil
}

// comparePair yields how the two sides of a pair differ. The order is nil if
// the journal does not have it.
func (r *reconciliation) comparePair(ctx context.Context, p *pair, o *row) error {
	here := o != nil && o.Provider == r.provider
	moved := o != nil && !here // perhaps since its row was read
	listed := here && p.first(o.ID)
	var one *listRow // the row that the order is compared with
	for _, l := range p.theirs {
		dead := hasFailed(l.Status)
		var err error
		switch {
		case moved, !l.own && (!here || !r.within(o.CreatedAt)):
			err = r.tellForeign(ctx, p.kind, &l.Payment, o)
		case one != nil && one.ID != "" && one.ID == l.ID:
			err = r.tell(&Difference{
				Is: NotCompared, Kind: p.kind, Reference: p.reference, Theirs: &l.Payment, What: fmt.Sprintf(
					"%s lists %q as %s with %s, and as %s with %s", r.provider, l.ID, one.Status, one.Amount, l.Status, l.Amount),
				Do: "ask the provider which of the two holds",
			})
		case one == nil || hasFailed(one.Status) && !dead:
			one = l
			r.add(p.kind, &l.Payment)
		default:
			r.add(p.kind, &l.Payment)
			if !dead && here {
				what := fmt.Sprintf("%s has %q and %q under the reference", r.provider, one.ID, l.ID)
				err = r.tell(twiceAtProvider(p.kind, &l.Payment, o, what))
			}
		}
		if err != nil {
			return err
		}
	}
	switch {
	case one == nil && !p.ours:
		return nil
	case one == nil && (r.lookups == 0 || !r.client.does(p.kind)):
		r.skipped[p.kind]++
		return nil
	case !here || one != nil && one.same: // moved to another provider since, or purged
		return nil
	case one != nil && !listed && strays(p.kind, &one.Payment, o):
		d, err := r.second(ctx, p.kind, &one.Payment, o)
		if err == nil && d == nil {
			break
		}
		if err == nil {
			err = r.tell(d)
		}
		if err != nil || d.Is != TwiceAtProvider || o.ID == "" {
			return err
		}
		return r.lookUp(ctx, o, p.theirs)
	}
	if one == nil || r.takeOver && o.State != StateOver && !p.proves(one, o) {
		return r.lookUp(ctx, o, p.theirs) // the list may lack the order itself
	}
	return r.compare(ctx, p.kind, &one.Payment, o)
}

// twiceAtProvider returns the difference of an order that the provider has
// twice.
func twiceAtProvider(kind Kind, theirs *wapay.Payment, o *row, what string) *Difference {
	return &Difference{
		Is: TwiceAtProvider, Kind: kind, Ours: &o.Order, Theirs: theirs, What: what,
		Do: "look whether money moved twice, and have the provider give one back",
	}
}

// tellForeign yields a row whose order the journal does not have with this
// provider, or not in this period.
func (r *reconciliation) tellForeign(ctx context.Context, kind Kind, p *wapay.Payment, o *row) error {
	d := &Difference{
		Is: NotInJournal, Kind: kind, Theirs: p, What: "the journal has no such order",
		Do: "find who made it: it did not go through this journal, or its row was purged",
	}
	switch {
	case o == nil:
	case o.Provider == r.provider:
		var err error
		if d, err = r.second(ctx, kind, p, o); err != nil || d == nil {
			return err
		}
	case hasFailed(p.Status):
		return nil // refused here, and then given to another
	case o.Provider == "":
		d.Ours = &o.Order
		d.What = "the journal has the order as not sent"
		d.Do = "look whether money moved: the provider has an order that was given up"
	default:
		d.Ours = &o.Order
		d.What = fmt.Sprintf("the journal has the order with %s", o.Provider)
		d.Do = "look whether money moved twice: both providers may have carried it out"
	}
	r.add(kind, p)
	return r.tell(d)
}

// second returns the difference of a second order under the reference of an
// order, or nil if the row is the order itself. Another id does not always
// prove a second order: see strays. So it may ask the provider by the reference
// alone.
func (r *reconciliation) second(ctx context.Context, kind Kind, p *wapay.Payment, o *row) (*Difference, error) {
	d := twiceAtProvider(kind, p, o, fmt.Sprintf("%s has %q under the reference, the journal %q of %s with status %s",
		r.provider, p.ID, o.ID, o.sent().Format(time.RFC3339), o.Status))
	if hasFailed(o.Status) || hasOneID(kind, o) && far(p, o.sent()) {
		return d, nil
	}
	err := errors.New("no more lookups")
	if r.lookups > 0 {
		nameless := *o
		nameless.ID = ""
		_, err = r.ask(ctx, &nameless)
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err == nil, isNotFound(err):
		return nil, nil
	case !errors.Is(err, wapay.ErrDuplicate):
		d.Is = NotCompared
		d.What += ", and could not be asked whether they are one order: " + err.Error()
		d.Do = "reconcile this period again"
	}
	return d, nil
}

// ask waits for the provider's pace, and asks it about an order.
func (r *reconciliation) ask(ctx context.Context, o *row) (*answer, error) {
	r.lookups--
	if err := r.pace.Wait(ctx); err != nil {
		return nil, err
	}
	return r.j.question(ctx, r.client, o)
}

// mayHaveMoved reports whether the answer is a failure, and the row shows that
// money under the reference has moved or may still move.
func (a *answer) mayHaveMoved(l *listRow) bool {
	other := l.Status == wapay.StatusPending && l.ID != "" && l.ID != a.ID
	return hasFailed(a.Status) && (other || hasMoved(l.Status))
}

// lookUp compares an order with the provider's answer about it.
func (r *reconciliation) lookUp(ctx context.Context, o *row, theirs []*listRow) error {
	if r.lookups == 0 || !r.client.does(o.Kind) {
		r.skipped[o.Kind]++
		return nil
	}
	a, err := r.ask(ctx, o)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// The order may have changed during the wait for the pace.
	o, loadErr := r.j.load(ctx, o.Kind, o.Reference)
	switch {
	case loadErr != nil:
		return reconcileError(loadErr)
	case o == nil || o.Provider != r.provider:
		return nil
	case err == nil:
		a.Reference = o.Reference
		if !slices.ContainsFunc(theirs, func(l *listRow) bool { return l.ID == a.ID }) {
			r.add(o.Kind, &a.Payment)
		}
		if i := slices.IndexFunc(theirs, a.mayHaveMoved); i >= 0 && !hasFailed(o.Status) {
			return r.tell(&Difference{
				Is: NotCompared, Kind: o.Kind, Ours: &o.Order, Theirs: &theirs[i].Payment, What: fmt.Sprintf(
					"%s says %s of the order, and lists %q under the reference as %s",
					r.provider, a.Status, theirs[i].ID, theirs[i].Status),
				Do: "ask the provider which of the two holds, and tell nobody that the order failed",
			})
		}
		return r.compare(ctx, o.Kind, &a.Payment, o)
	case errors.Is(err, wapay.ErrDuplicate):
		return r.tell(twiceAtProvider(o.Kind, nil, o, err.Error()))
	case !isNotFound(err):
		return r.tell(&Difference{
			Is: NotCompared, Kind: o.Kind, Ours: &o.Order, What: "the provider could not be asked: " + err.Error(),
			Do: "reconcile this period again",
		})
	case hasFailed(o.Status) || o.inFlight():
		return nil // the provider need not have it
	}
	d := &Difference{Is: NotAtProvider, Kind: o.Kind, Ours: &o.Order, What: r.provider + " does not know the order"}
	switch {
	case hasMoved(o.Status):
		d.Do = "ask the provider: the journal has it as " + o.Status.String()
	default:
		d.Do = "wait for the sweep, or look at the provider's dashboard and use Resolve; never send it again by hand"
	}
	return r.tell(d)
}
