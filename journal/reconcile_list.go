package journal

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/wapay-go/wapay"
)

const (
	batch      = 500  // rows of the provider, compared at once
	periodSize = 1000 // orders of the journal, in one page
)

// list reads the provider's list, and keeps the rows that have to be compared.
func (r *reconciliation) list(ctx context.Context, kind Kind) error {
	rows := make([]*wapay.Payment, 0, batch)
	flush := func() error {
		err := r.keepAll(ctx, kind, rows)
		rows = rows[:0]
		return err
	}
	for p, err := range r.listOf(ctx, kind) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil || p == nil {
			if err == nil {
				err = errors.New("the client listed neither an order nor an error")
			}
			if err := r.tell(&Difference{
				Is: NotCompared, Kind: kind, What: fmt.Sprintf("%s could not list the %ss from %s to %s whole: %v",
					r.provider, kind, r.from.Format(time.RFC3339), r.to.Format(time.RFC3339), err),
				Do: "reconcile this period again, and compare with the provider's dashboard",
			}); err != nil {
				return err
			}
			continue
		}
		if rows = append(rows, p); len(rows) == batch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// listOf returns the provider's list of either kind.
func (r *reconciliation) listOf(ctx context.Context, kind Kind) iter.Seq2[*wapay.Payment, error] {
	from, to := r.from.Add(-slack), r.to.Add(slack)
	if kind == Payment {
		return r.lister.ListPayments(ctx, from, to)
	}
	return func(yield func(*wapay.Payment, error) bool) {
		for p, err := range r.lister.ListPayouts(ctx, from, to) {
			var payment *wapay.Payment
			if a := ofPayout(p); a != nil {
				payment = &a.Payment
			}
			if !yield(payment, err) {
				return
			}
		}
	}
}

// listRow is a row of the provider's list.
type listRow struct {
	wapay.Payment
	own  bool // the journal has the order with this provider, in the period
	same bool // the row did not differ from the order when it was read
}

// keepAll compares rows with the journal as it is now. A list takes minutes, in
// which orders change. So a row that differs is compared again at the end, and
// only a difference that is still there is yielded.
func (r *reconciliation) keepAll(ctx context.Context, kind Kind, rows []*wapay.Payment) error {
	references, ids := make([]string, 0, len(rows)), []string(nil)
	for _, p := range rows {
		if references = append(references, p.Reference); p.Reference == "" {
			ids = append(ids, p.ID)
		}
	}
	ours, err := r.j.in(ctx, false, kind, "reference", references)
	if err != nil {
		return reconcileError(err)
	}
	named, err := r.j.in(ctx, false, kind, "provider_id", ids)
	if err != nil {
		return reconcileError(err)
	}
	byReference, byID := map[string]*row{}, map[string]*row{}
	for _, o := range ours {
		byReference[o.Reference] = o
	}
	for _, o := range named {
		if o.Provider == r.provider {
			byID[o.ID] = o
		}
	}
	var text []byte
	for _, p := range rows {
		o := byReference[p.Reference]
		if p.Reference == "" {
			o = byID[p.ID]
		}
		key := p.Reference
		switch {
		case o != nil:
			p.Reference, key = o.Reference, o.Reference
		case key == "":
			key = "\x00" + cmp.Or(p.ID, strconv.Itoa(r.nameless))
			r.nameless++
		}
		if own, same, keep := r.assess(kind, p, o); keep {
			text = (&listRow{*p, own, same}).append(text[:0])
			if err := r.theirs.add(keyOf(kind, key), text); err != nil {
				return reconcileError(err)
			}
		}
	}
	return nil
}

// assess compares a row with the order of the journal, which may be nil. See
// listRow for own and same. keep is false for a row that needs no comparison.
func (r *reconciliation) assess(kind Kind, p *wapay.Payment, o *row) (own, same, keep bool) {
	inPeriod := p.CreatedAt.IsZero() || r.within(p.CreatedAt)
	switch {
	case o == nil:
		return false, false, inPeriod
	case o.Provider != r.provider: // refused here, and then given to another
		return false, false, inPeriod && !hasFailed(p.Status)
	case !r.within(o.CreatedAt):
		return false, false, inPeriod && secondUnder(kind, p, o)
	}
	same = p.Status == o.Status && r.amount(p, o) == nil && r.party(p, o) == nil && r.fee(p, o) == nil
	return true, same, p.Status != wapay.StatusUnknown // a lookup tells the status
}

// secondUnder reports whether the row may be a second order under the reference
// of an order of another period. Such a row is outside the list of that period,
// has another id, and its money moved or may move.
func secondUnder(kind Kind, p *wapay.Payment, o *row) bool {
	far := !p.CreatedAt.IsZero() && p.CreatedAt.Sub(o.CreatedAt).Abs() > slack
	moved := p.Status == wapay.StatusSucceeded || p.Status == wapay.StatusRefunded
	return far && p.ID != "" && p.ID != o.ID && (moved || kind == Payout && p.Status == wapay.StatusPending && o.ID != "")
}

// keyOf returns the sort key of an order, which begins with its kind.
func keyOf(kind Kind, reference string) string { return string(rune('0'+kind)) + reference }

// texts returns the text fields of a row.
func (l *listRow) texts() []*string {
	p := &l.Payment
	return []*string{
		&p.Provider, &p.ID, &p.Reference, &p.ProviderStatus, &p.Reason, &p.OperatorID, &p.Party, &p.CheckoutURL,
	}
}

// append appends the row to text.
func (l *listRow) append(text []byte) []byte {
	for _, s := range l.texts() {
		text = append(binary.AppendUvarint(text, uint64(len(*s))), *s...)
	}
	for _, m := range []wapay.Money{l.Amount, l.Fee} {
		text = append(binary.AppendUvarint(text, uint64(len(m.Currency()))), m.Currency()...)
		text = binary.AppendVarint(text, m.MinorUnits())
	}
	made := int64(0)
	if !l.CreatedAt.IsZero() {
		made = l.CreatedAt.UnixMicro()
	}
	for _, n := range []int64{int64(l.Status), int64(l.Action), made, bit(l.Replayed), bit(l.own), bit(l.same)} {
		text = binary.AppendVarint(text, n)
	}
	return text
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// readListRow reads the text that append wrote.
func readListRow(text []byte) *listRow {
	number := func() int64 {
		n, size := binary.Varint(text)
		text = text[size:]
		return n
	}
	str := func() string {
		n, size := binary.Uvarint(text)
		s := string(text[size : size+int(n)])
		text = text[size+int(n):]
		return s
	}
	l := &listRow{}
	for _, s := range l.texts() {
		*s = str()
	}
	for _, m := range []*wapay.Money{&l.Amount, &l.Fee} {
		currency := wapay.Currency(str())
		*m = currency.Minor(number())
	}
	l.Status, l.Action = wapay.Status(number()), wapay.Action(number())
	if made := number(); made != 0 {
		l.CreatedAt = time.UnixMicro(made).UTC()
	}
	l.Replayed, l.own, l.same = number() == 1, number() == 1, number() == 1
	return l
}
