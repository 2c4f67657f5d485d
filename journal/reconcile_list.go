package journal

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strconv"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/lookup"
)

const (
	batch      = 500  // rows of the provider, compared at once
	periodSize = 1000 // orders of the journal, in one page
)

// list reads the provider's list, and keeps the rows that have to be compared.
func (r *reconciliation) list(ctx context.Context, kind Kind) error {
	rows := make([]wapay.Payment, 0, batch) // copies: a client may use one Payment for all rows
	flush := func() error {
		err := r.keepAll(ctx, kind, rows)
		rows = rows[:0]
		return err
	}
	next, stop := iter.Pull2(r.listOf(ctx, kind)) // a panic of the client comes out of next, and not one of the caller
	defer func() { _ = guard(func() error { stop(); return nil }) }()
	for {
		var p *wapay.Payment
		var more bool
		err := guard(func() (err error) {
			p, err, more = next()
			return err
		})
		if panicked := (*panicError)(nil); errors.As(err, &panicked) {
			r.j.note(ctx, slog.LevelError, "the client panicked", nil, reason(err))
		} else if !more {
			return flush()
		}
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
		if rows = append(rows, *p); len(rows) == batch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
}

// listOf returns the provider's list of either kind.
func (r *reconciliation) listOf(ctx context.Context, kind Kind) iter.Seq2[*wapay.Payment, error] {
	from, to := r.from.Add(-slack), r.to.Add(slack)
	return func(yield func(*wapay.Payment, error) bool) {
		if kind == Payment {
			r.lister.ListPayments(ctx, from, to)(yield)
			return
		}
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
func (r *reconciliation) keepAll(ctx context.Context, kind Kind, rows []wapay.Payment) error {
	find, err := r.finder(ctx, kind, rows)
	if err != nil {
		return reconcileError(err)
	}
	var text []byte
	for i := range rows {
		p := &rows[i]
		o, key := find(p), p.Reference
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

// finder returns a function that returns the journal's order for one of the
// rows, or nil. It goes by the reference. It goes by the id if the row has no
// reference, or has that of the order as a server shows it that stores numbers.
func (r *reconciliation) finder(
	ctx context.Context, kind Kind, rows []wapay.Payment,
) (func(*wapay.Payment) *row, error) {
	references, ids := make([]string, 0, len(rows)), []string(nil)
	for i := range rows {
		references = append(references, rows[i].Reference)
	}
	ours, err := r.j.in(ctx, false, kind, "reference", references)
	if err != nil {
		return nil, err
	}
	byReference, byID := map[string]*row{}, map[string]*row{}
	for _, o := range ours {
		byReference[o.Reference] = o
	}
	for i := range rows {
		if byReference[rows[i].Reference] == nil {
			ids = append(ids, rows[i].ID)
		}
	}
	ours, err = r.j.in(ctx, false, kind, "provider_id", ids)
	for _, o := range ours {
		if o.Provider == r.provider {
			byID[o.ID] = o
		}
	}
	return func(p *wapay.Payment) *row {
		if o := byReference[p.Reference]; o != nil {
			return o
		}
		o := byID[p.ID]
		if o == nil || lookup.Compare(p.Reference, o.Reference) == lookup.Other {
			return nil
		}
		return o
	}, err
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
		// The list of the order's own period has what is near.
		return false, false, inPeriod && far(p, o.CreatedAt) && otherOrder(kind, p, o)
	}
	same = p.Status == o.Status && r.amount(p, o) == nil && r.party(p, o) == nil && r.fee(p, o) == nil &&
		!strays(kind, p, o)
	return true, same, p.Status != wapay.StatusUnknown // a lookup tells the status
}

// otherOrder reports whether the row may be a second order under the reference
// of an order. Such a row has another id, and its money moved or may move.
func otherOrder(kind Kind, p *wapay.Payment, o *row) bool {
	return p.ID != "" && p.ID != o.ID && (hasMoved(p.Status) || p.Status == wapay.StatusPending && hasOneID(kind, o))
}

// strays reports whether a row of the order's own period may be a second order.
// A payment may have one id for its page and another for what was paid there.
// So only its time tells it from the order that the journal sent.
func strays(kind Kind, p *wapay.Payment, o *row) bool {
	return otherOrder(kind, p, o) && (hasOneID(kind, o) && !hasFailed(o.Status) || far(p, o.sent()))
}

// hasOneID reports whether the order has the same id in each answer.
func hasOneID(kind Kind, o *row) bool { return kind == Payout && o.ID != "" }

// far reports whether the list of the hours around t does not have the row.
func far(p *wapay.Payment, t time.Time) bool {
	return !p.CreatedAt.IsZero() && p.CreatedAt.Sub(t).Abs() > slack
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
