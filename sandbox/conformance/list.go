package conformance

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/wapay-go/wapay"
)

// lists checks that the list of a period has each of its orders once, as a
// lookup shows it, and no other order. It checks that a list changes nothing.
func lists(c *check) {
	c.start()
	lister, ok := c.Client.(wapay.Lister)
	if !ok {
		c.Skip("the client lists no orders")
	}
	first, second := c.order(), c.order()
	second.Amount, _ = first.Amount.Add(first.Amount) // or the server may take it for the first
	made := []*wapay.Payment{c.mustDo(first), c.mustDo(second)}
	now, before := time.Now(), c.state()
	from, to := now.Add(-time.Hour), now.Add(time.Hour)
	for i, r := range []wapay.PaymentRequest{first, second} {
		row := c.one(c.rows(lister, from, to), r, made[i])
		if row == nil {
			continue
		}
		found, err := c.look(context.Background(), c.byReference(r))
		switch {
		case err != nil || found == nil:
			c.failf("an order is listed, and a lookup does not find it: %v", err)
		case row.Status != wapay.StatusUnknown && row.Status != found.Status:
			c.failf("an order is listed as %v, and a lookup says %v", row.Status, found.Status)
		case row.Amount != (wapay.Money{}) && row.Amount != r.Amount:
			c.failf("an order is listed with %v, want %v", row.Amount, r.Amount)
		}
		if at := row.CreatedAt; !at.IsZero() {
			c.one(c.rows(lister, at, at.Add(time.Minute)), r, made[i])
			c.none(c.rows(lister, at.Add(-time.Minute), at), r, made[i])
		}
		c.none(c.rows(lister, from.AddDate(0, 0, -7), to.AddDate(0, 0, -7)), r, made[i])
	}
	for _, err := range c.list(lister, context.Background(), from, to) {
		if err != nil {
			c.failf("the first row of a list: %v", err)
		}
		break // the caller has seen enough
	}
	c.unchanged(before)
	c.refusesPeriod(lister, to, from)
	c.refusesPeriod(lister, now, now)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := c.last(c.list(lister, ended, from, to)); !errors.Is(err, context.Canceled) {
		c.failf("a list with a context that has ended: want context.Canceled, got %v", err)
	}
}

// rows returns the rows of a list, which must have no error.
func (c *check) rows(lister wapay.Lister, from, to time.Time) (rows []*wapay.Payment) {
	c.Helper()
	for p, err := range c.list(lister, context.Background(), from, to) {
		if err != nil || p == nil {
			c.failf("a list from %v to %v: got %v, %v", from, to, p, err)
			break
		}
		c.leaks("row", p)
		if !p.CreatedAt.IsZero() && (p.CreatedAt.Before(from) || !p.CreatedAt.Before(to)) {
			c.failf("a row of %v is listed from %v to %v", p.CreatedAt, from, to)
		}
		rows = append(rows, p)
	}
	return rows
}

// rowsOf returns the rows of an order. A row may lack the reference.
func rowsOf(rows []*wapay.Payment, r wapay.PaymentRequest, made *wapay.Payment) (found []*wapay.Payment) {
	for _, p := range rows {
		if p.Reference == r.Reference || p.Reference == "" && p.ID != "" && p.ID == made.ID {
			found = append(found, p)
		}
	}
	return found
}

func (c *check) one(rows []*wapay.Payment, r wapay.PaymentRequest, made *wapay.Payment) *wapay.Payment {
	c.Helper()
	found := rowsOf(rows, r, made)
	if len(found) != 1 {
		c.failf("an order is in the list of its period %d times, want once", len(found))
		return nil
	}
	return found[0]
}

func (c *check) none(rows []*wapay.Payment, r wapay.PaymentRequest, made *wapay.Payment) {
	c.Helper()
	if n := len(rowsOf(rows, r, made)); n > 0 {
		c.failf("an order is in the list of another period %d times", n)
	}
}

// refusesPeriod checks that an empty period is refused.
func (c *check) refusesPeriod(lister wapay.Lister, from, to time.Time) {
	c.Helper()
	err := c.last(c.list(lister, context.Background(), from, to))
	if !errors.Is(err, wapay.ErrInvalid) {
		c.failf("a list from %v to %v: want ErrInvalid, got %v", from, to, err)
	}
}

// last returns the error of a list that must have nothing else.
func (c *check) last(list iter.Seq2[*wapay.Payment, error]) (last error) {
	c.Helper()
	for p, err := range list {
		if p != nil || last != nil {
			c.failf("a list goes on after %v: %v, %v", last, p, err)
			break
		}
		last = err
	}
	if e := c.checkError(last, ""); e != nil && e.Outcome != wapay.OutcomeReadOnly {
		c.failf("a list is not read only, but %v: %v", e.Outcome, last)
	}
	return last
}
