package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

const (
	mppInitiated   = "initiated"
	mppPending     = "pending"
	mppProcessing  = "processing"
	mppTransmitted = "transmitted"
	mppBlocked     = "blocked"
	mppCompleted   = "completed"
	mppFailed      = "failed"
	mppRejected    = "rejected"
	mppCancelled   = "cancelled"
	mppRefunded    = "refunded"
)

// mppPath is how a transaction goes if nothing stops it.
var mppPath = []string{mppInitiated, mppPending, mppProcessing, mppTransmitted, mppCompleted}

var mppFinals = []string{mppCompleted, mppFailed, mppRejected, mppCancelled, mppRefunded}

// isMPPStatus leaves the status of a channel and of a business alone.
func isMPPStatus(key string, v any) bool {
	s, _ := v.(string)
	return key == "status" && (s == mppBlocked || slices.Contains(mppPath, s) || slices.Contains(mppFinals, s))
}

// mppEnd is how a transaction ends that does not complete.
type mppEnd struct{ status, reason string }

// entries are what the transaction does to the balance.
func (m *MPP) entries(t *mppTx) []Entry {
	e := Entry{
		Account: m.cfg.Currency, Kind: mppDirections[t.category], Amount: t.amount, Currency: m.cfg.Currency,
		Reference: t.external, ID: t.id, Why: t.category,
	}
	if t.feePayer != "merchant" || t.fees == 0 {
		return []Entry{e}
	}
	fee := e
	fee.Kind, fee.Amount, fee.Why = Debit, t.fees, t.category+" fee"
	return []Entry{e, fee}
}

func (m *MPP) move(t *mppTx) error {
	before, entries := m.Balance(m.cfg.Currency), m.entries(t)
	if err := m.book(slices.Clone(entries)...); err != nil {
		return err
	}
	t.booked, t.before, t.after = entries, mppMoney(before), mppMoney(m.Balance(m.cfg.Currency))
	return nil
}

// reverse leaves after_balance as it was, as a sample of a failed transfer has it.
func (m *MPP) reverse(t *mppTx) error {
	entries := slices.Clone(t.booked)
	for n := range entries {
		e := &entries[n]
		if e.Why += " reversed"; e.Kind == Debit {
			e.Kind = Credit
		} else {
			e.Kind = Debit
		}
	}
	slices.Reverse(entries) // the fee first, so that what comes in comes before what goes out
	if err := m.book(entries...); err != nil {
		return err
	}
	t.booked = nil
	return nil
}

var errCannotCancel = errors.New("sandbox: MPP-TX-4301: a transaction that was transmitted cannot be cancelled")

// mayBecome is nil where the documents' words for the two statuses allow it.
func (t *mppTx) mayBecome(status string) error {
	switch {
	case status == "" || status == t.status || status == mppInitiated:
		return fmt.Errorf("sandbox: %s does not become %q", t.status, status)
	case status == mppRefunded && (t.status == mppCompleted || t.status == mppFailed):
		return nil
	case slices.Contains(mppFinals, t.status):
		return errNotPending
	case status == mppCancelled && t.transmitted:
		return errCannotCancel
	}
	return nil
}

// set moves the money that goes with the status, and calls back.
func (m *MPP) set(t *mppTx, status, reason string) error {
	if err := t.mayBecome(status); err != nil {
		return err
	}
	var err error
	switch status {
	case mppCompleted:
		if mppDirections[t.category] == Credit {
			err = m.move(t)
		}
	case mppFailed, mppRejected, mppCancelled, mppRefunded:
		err = m.reverse(t)
	}
	if err != nil {
		return err
	}
	was := t.transmitted
	t.status, t.reason, t.updated = status, reason, m.Now()
	t.transmitted = t.transmitted || status == mppTransmitted
	t.message = t.category + " " + status
	if status == mppCompleted {
		t.message = t.category + "/transaction completed" // S
	}
	if slices.Contains(mppFinals, status) {
		t.ended = t.updated
	}
	if was || !m.cfg.LateCallbacks {
		m.callBack(t)
	}
	return nil
}

// callBack sends the transaction as it is now, in every attempt.
func (m *MPP) callBack(t *mppTx) {
	to := t.callback
	if to == "" {
		to = t.channel.Callback
	}
	view := m.view(t, true)
	if m.cfg.CallbackInData {
		view = object{"data", view}
	}
	body := encode(view)
	m.notify(&note{ref: t.id, method: "POST", url: to, build: func(int, time.Time) (http.Header, []byte) {
		return http.Header{"Content-Type": {"application/json"}}, body
	}})
}

func (t *mppTx) over() bool { return slices.Contains(mppFinals, t.status) }

// step is one step along the path; the last may be to where EndAs says. What is blocked, or in a status of a test's
// own, stays.
func (m *MPP) step(t *mppTx) bool {
	at := slices.Index(mppPath, t.status)
	if at < 0 || t.over() {
		return false
	}
	status, reason := mppPath[at+1], ""
	end, doomed := m.doomed[t.msisdn]
	if doomed && (status == mppCompleted || status == mppTransmitted && end.status == mppCancelled) {
		status, reason = end.status, end.reason
	}
	return m.set(t, status, reason) == nil
}

func (m *MPP) autoSettle(t *mppTx) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.step(t) {
	}
}

// tick does what is due by the clock.
func (m *MPP) tick() {
	d, now := m.cfg.StepAfter, m.Now()
	if d == 0 {
		return
	}
	for _, t := range m.transactions {
		for n := slices.Index(mppPath, t.status) + 1; n > 0 && now.Sub(t.created) >= d*time.Duration(n) && m.step(t); n++ {
		}
	}
}
