package mpptest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

const (
	initiated   = "initiated"
	pending     = "pending"
	processing  = "processing"
	transmitted = "transmitted"
	blocked     = "blocked"
	completed   = "completed"
	failed      = "failed"
	rejected    = "rejected"
	cancelled   = "cancelled"
	refunded    = "refunded"
)

// path has the statuses of a transaction that nothing stops.
var path = []string{initiated, pending, processing, transmitted, completed}

var finals = []string{completed, failed, rejected, cancelled, refunded}

// isStatus reports whether a value is a transaction's status, and not that of a
// channel or a business.
func isStatus(key string, v any) bool {
	s, _ := v.(string)
	return key == "status" && (s == blocked || slices.Contains(path, s) || slices.Contains(finals, s))
}

// entries returns the entries of the transaction.
func (m *Server) entries(t *tx) []sandbox.Entry {
	e := sandbox.Entry{
		Account: m.cfg.Currency, Kind: directions[t.category], Amount: t.Amount, Currency: m.cfg.Currency,
		Reference: t.Reference, ID: t.ID, Why: t.category,
	}
	if t.feePayer != "merchant" || t.Fee == 0 {
		return []sandbox.Entry{e}
	}
	fee := e
	fee.Kind, fee.Amount, fee.Why = sandbox.Debit, t.Fee, t.category+" fee"
	return []sandbox.Entry{e, fee}
}

func (m *Server) move(t *tx) error {
	before, entries := m.Balance(m.cfg.Currency), m.entries(t)
	if err := m.Book(slices.Clone(entries)...); err != nil {
		return err
	}
	t.booked, t.before, t.after = entries, money(before), money(m.Balance(m.cfg.Currency))
	return nil
}

// reverse books the opposite entries. It does not change after_balance, as in a
// sample of a failed transfer.
func (m *Server) reverse(t *tx) error {
	entries := slices.Clone(t.booked)
	for n := range entries {
		e := &entries[n]
		if e.Why += " reversed"; e.Kind == sandbox.Debit {
			e.Kind = sandbox.Credit
		} else {
			e.Kind = sandbox.Debit
		}
	}
	slices.Reverse(entries) // the fee first, so that what comes in comes before what goes out
	if err := m.Book(entries...); err != nil {
		return err
	}
	t.booked = nil
	return nil
}

var errCannotCancel = errors.New("sandbox: MPP-TX-4301: a transaction that was transmitted cannot be cancelled")

// mayBecome returns nil if the documents' words for the two statuses allow the
// change.
func (t *tx) mayBecome(status string) error {
	switch {
	case status == "" || status == t.Status || status == initiated:
		return fmt.Errorf("sandbox: %s does not become %q", t.Status, status)
	case status == refunded && (t.Status == completed || t.Status == failed):
		return nil
	case slices.Contains(finals, t.Status):
		return sandbox.ErrNotPending
	case status == cancelled && t.transmitted:
		return errCannotCancel
	}
	return nil
}

// set sets a status, moves its money, and calls back.
func (m *Server) set(t *tx, status, reason string) error {
	if err := t.mayBecome(status); err != nil {
		return err
	}
	var err error
	switch status {
	case completed:
		if directions[t.category] == sandbox.Credit {
			err = m.move(t)
		}
	case failed, rejected, cancelled, refunded:
		err = m.reverse(t)
	}
	if err != nil {
		return err
	}
	t.Status, t.reason, t.updated = status, reason, m.Now()
	t.transmitted = t.transmitted || status == transmitted
	t.message = t.category + " " + status
	if status == completed {
		t.message = t.category + "/transaction completed" // documented
	}
	if slices.Contains(finals, status) {
		t.ended = t.updated
	}
	m.callBack(t)
	return nil
}

// callBack queues a callback. All attempts have the transaction as it is now.
func (m *Server) callBack(t *tx) {
	to := t.callback
	if to == "" {
		to = t.channel.Callback
	}
	lie := *t
	if lie.Status = completed; t.Status == completed {
		lie.Status = failed
	}
	genuine, forged := kit.Encode(m.view(t, true)), kit.Encode(m.view(&lie, true))
	m.Post(&sandbox.Notification{
		Ref: t.ID, Reference: t.Reference, Method: "POST", URL: to,
		Build: func(a sandbox.Attempt) (http.Header, []byte) {
			body := genuine
			if a.Forged {
				body = forged
			}
			return http.Header{"Content-Type": {"application/json"}}, body
		},
	})
}

func (t *tx) over() bool { return slices.Contains(finals, t.Status) }

// step takes a transaction one step along the path. A status that is not on the
// path, such as blocked, stays.
func (m *Server) step(t *tx) bool {
	at := slices.Index(path, t.Status)
	if at < 0 || t.over() {
		return false
	}
	return m.set(t, path[at+1], "") == nil
}

// finish takes a transaction all the way.
func (m *Server) finish(t *tx) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.step(t) {
	}
}

// tick carries out what is due by the clock.
func (m *Server) tick() {
	d, now := m.cfg.StepAfter, m.Now()
	if d == 0 {
		return
	}
	for _, t := range m.transactions {
		for n := slices.Index(path, t.Status) + 1; n > 0 && now.Sub(t.Created) >= d*time.Duration(n) && m.step(t); n++ {
		}
	}
}
