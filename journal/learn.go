package journal

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/journalhook"
)

// learn puts the provider's answer into the row, and reports whether the status
// has changed. r.now is the time.
func (r *row) learn(ctx context.Context, a *answer) (changed bool) {
	if why := r.misfit(ctx, a); why != "" {
		r.hold(onePerson, why)
		return false
	}
	next := a.Status
	changed = r.Status.MayBecome(next)
	if !journalhook.On(ctx, journalhook.OnlyForward) {
		changed = next != wapay.StatusUnknown
	}
	if !changed && contradicts(r.Status, next) {
		r.hold(onePerson, fmt.Sprintf("%s says %s (%s) of an order that has %s",
			r.Provider, next, a.ProviderStatus, r.Status))
		return false
	}
	if r.State != StateOver && r.State != StateKnown {
		r.State, r.asks = StateKnown, 0
	}
	if r.heldFor == anyAnswer || r.missingSince > 0 && !r.Held {
		r.unhold("")
	}
	r.missingSince = 0
	r.fillIn(a)
	if !changed {
		if next == r.Status || next == wapay.StatusUnknown && r.State == StateKnown {
			r.ProviderStatus = cmp.Or(a.ProviderStatus, r.ProviderStatus)
			r.Reason = cmp.Or(a.Reason, r.Reason)
		}
		return false
	}
	r.Status, r.ProviderStatus, r.Reason = next, a.ProviderStatus, a.Reason
	if next.Final() {
		r.State, r.Action = StateOver, wapay.ActionNone
	}
	return true
}

// fillIn takes over the fields that do not depend on the status.
func (r *row) fillIn(a *answer) {
	if r.ID == "" && isKey(a.ID) {
		r.ID = a.ID
	}
	if a.Fee.Valid() {
		r.Fee = a.Fee
	}
	r.OperatorID = cmp.Or(a.OperatorID, r.OperatorID)
	if a.CheckoutURL != "" && clean(a.CheckoutURL, longText) == a.CheckoutURL {
		r.CheckoutURL = a.CheckoutURL
	}
	switch {
	case r.State == StateOver || a.Action == wapay.ActionNone:
	case a.Action == wapay.ActionPageLost && r.CheckoutURL != "":
		r.Action = wapay.ActionOpenPage // the row has the page
	default:
		r.Action = a.Action
	}
}

// misfit returns why an answer is not about this order, or "".
func (r *row) misfit(ctx context.Context, a *answer) string {
	switch {
	case !journalhook.On(ctx, journalhook.OnlyFitting):
		return ""
	case a.Reference != "" && a.Reference != r.Reference:
		return fmt.Sprintf("%s answered about %q", r.Provider, a.Reference)
	case a.Amount != (wapay.Money{}) && a.Amount != r.Amount:
		return fmt.Sprintf("%s has it with %s, the journal with %s", r.Provider, a.Amount, r.Amount)
	}
	return ""
}

// contradicts reports whether two final statuses disagree about where the money
// is.
func contradicts(was, says wapay.Status) bool {
	moved := func(s wapay.Status) bool { return s == wapay.StatusSucceeded || s == wapay.StatusRefunded }
	return was.Final() && says.Final() && moved(was) != moved(says)
}

// hold lets the order wait for a person, until end.
func (r *row) hold(end holdEnd, why string) {
	r.doubt()
	r.Held, r.Why, r.heldFor = true, why, end
	if r.heldAt == 0 {
		r.heldAt = r.now
	}
}

func (r *row) unhold(why string) { r.Held, r.heldAt, r.heldFor, r.Why = false, 0, "", why }

// doubt moves an order that may have been sent to StateAsking.
func (r *row) doubt() {
	if r.State == StateSending {
		r.State, r.asks = StateAsking, 0
	}
}

// lapsed reports whether the lease has ended.
func (r *row) lapsed() bool { return r.leaseUntil <= r.now }

// sent returns when the order was last sent, or made.
func (r *row) sent() time.Time {
	if r.sentAt == 0 {
		return r.CreatedAt
	}
	return time.UnixMilli(r.sentAt).UTC()
}

// inFlight reports whether a process is sending the order.
func (r *row) inFlight() bool { return r.State == StateSending && !r.lapsed() }

// claim gives the order to this process until the lease ends.
func (r *row) claim(lease time.Duration) {
	r.token = newToken()
	r.leaseUntil = r.now + milliseconds(lease)
	r.nextAt = r.leaseUntil
}

// claimFor claims an order that is provably with no provider, to send it.
func (r *row) claimFor(provider string, lease time.Duration) {
	r.claim(lease)
	r.State, r.Provider, r.sentAt, r.missingSince, r.asks = StateSending, provider, r.now, 0, 0
	r.Reason = ""
}

// restore puts the personal data of a repeated request into a row that was
// stripped of it.
func (r *row) restore(from *row) {
	if r.print == "" {
		r.print, r.phone, r.Customer = from.print, from.phone, from.Customer
	}
}

// release ends a claim, and sets when the sweep asks about the order next.
func (j *Journal) release(r *row) {
	r.leaseUntil = 0
	switch {
	case r.State == StateReady || r.State == StateOver:
		r.nextAt = 0
	case r.Held:
		r.nextAt = r.now + milliseconds(jitter(j.backoff.max))
	default:
		r.nextAt = r.now + milliseconds(jitter(j.pause(r.asks)))
	}
}

// pause returns how long to wait after so many questions.
func (j *Journal) pause(asks int64) time.Duration {
	d := j.backoff.min
	for ; asks > 0 && d < j.backoff.max; asks-- {
		d *= 2
	}
	return min(d, j.backoff.max)
}

// jitter changes d by up to a fifth, so that orders of one moment spread out.
func jitter(d time.Duration) time.Duration { return d - d/5 + rand.N(d*2/5+1) }

// miss notes in the row that the provider does not know the order, and reports
// whether the order may be sent there again.
func (j *Journal) miss(ctx context.Context, r *row, err error) (repeat bool) {
	r.doubt()
	if r.State != StateAsking && r.State != StateKnown {
		return false
	}
	if r.missingSince == 0 {
		r.missingSince = r.now
	}
	if r.Held || r.now-r.missingSince < milliseconds(j.patience) {
		return false
	}
	if r.State == StateAsking && j.repeatSafe(ctx, r) && isNotFound(err) {
		r.Why = r.Provider + " does not know the order, and carries it out once: repeat the call to send it again"
		return true
	}
	what := " does not know the order: look there for the reference, the amount and the customer"
	if r.State == StateKnown {
		what = " does not know the order any more"
	} else if !isNotFound(err) {
		what = " cannot be asked about the order: " + err.Error()
	}
	r.hold(anyAnswer, r.Provider+what)
	return false
}

// repeatSafe reports whether the provider will still remember the reference at
// the end of a send that begins now.
func (j *Journal) repeatSafe(ctx context.Context, r *row) bool {
	if !journalhook.On(ctx, journalhook.RepeatSafeOnly) {
		return true
	}
	c := j.clients[r.Provider].repeats
	if c == nil {
		return false
	}
	window := c.RepeatSafe()
	return window == 0 || r.now+milliseconds(j.lease) < r.sentAt+window.Milliseconds()
}
