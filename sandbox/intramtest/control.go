package intramtest

import (
	"errors"
	"slices"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// The following methods act for the provider, its partners and the customer.

// Notify subscribes url to all events of the sandbox environment, and ends the
// subscription before it. The empty string only ends that one.
func (i *Server) Notify(url string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.subscriptions = slices.DeleteFunc(i.subscriptions, func(s *subscription) bool {
		return s.secret == i.cfg.WebhookSecret
	})
	if url != "" {
		i.newSubscription("sandbox", url, "*").secret = i.cfg.WebhookSecret
	}
}

// Approve lets a pending order succeed: the customer pays, or the money
// arrives. ref is the operation's id or the merchant's reference.
func (i *Server) Approve(ref string) error {
	return i.records.Pending(ref, func(op *operation) error {
		i.finish(op, i.paid)
		if op.bank && op.status == succeeded && !op.settled {
			i.completePayout(op)
		}
		return nil
	})
}

// Decline lets a pending order fail. A payment has the reason. A payout is
// rejected by the operator.
func (i *Server) Decline(ref, reason string) error {
	return i.records.Pending(ref, func(op *operation) error {
		if op.kind == "payout" {
			i.fail(op, "provider_rejected", rejection())
			return nil
		}
		i.finish(op, func(op *operation) { i.unpaid(op, reason) })
		return nil
	})
}

// ExpireOrder lets a queued order expire. The money comes back, and a *.failed
// is sent. For an order that is not queued any more, the error is
// [sandbox.ErrNoLimit].
func (i *Server) ExpireOrder(ref string) error {
	return i.records.Pending(ref, func(op *operation) error {
		if op.status != queued {
			return sandbox.ErrNoLimit
		}
		i.expire(op)
		return nil
	})
}

// Step takes each unfinished operation one step on, from queued to processing
// or from there to its end. It returns how many there were.
func (i *Server) Step() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	n := 0
	for _, op := range i.operations {
		if !op.over() {
			i.step(op)
			n++
		}
	}
	return n
}

// CompleteOperation takes an operation to its end. If the balance was too low,
// the operation fails. A payment request ends with the page to pay on. A payout
// to a bank account becomes payout.queued. Approve and Decline end both.
func (i *Server) CompleteOperation(id string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	op := i.findOp("", id)
	if op == nil {
		return sandbox.ErrNotFound
	}
	if op.over() && op.kind != "payment_request" {
		return sandbox.ErrNotPending
	}
	if i.finish(op, func(*operation) {}); op.status != succeeded {
		return errors.New("sandbox: the operation failed")
	}
	return nil
}

// FailOperation ends an operation with an error code, known or not. The wallet
// gets its money back.
func (i *Server) FailOperation(id, code string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tick()
	op := i.findOp("", id)
	switch {
	case op == nil:
		return sandbox.ErrNotFound
	case op.over():
		return sandbox.ErrNotPending
	case op.status == queued:
		i.step(op)
	}
	var details kit.Object
	if code == "provider_rejected" {
		details = rejection()
	}
	i.fail(op, code, details)
	return nil
}

func (i *Server) expire(op *operation) {
	i.end(op, expired, nil)
	i.undo(op)
	i.emit(op, op.kind+".failed", op.data("expired"))
}

// ReceiveTransfer lets a transfer from another account arrive in the sandbox
// environment, and returns its reference.
func (i *Server) ReceiveTransfer(sender string, amount int64) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	money := sum{amount, "XOF"}
	t := i.newTransfer("sandbox", "received", money, kit.Object{"type", "customer_email", "value", sender})
	t.status = success
	i.MustBook(sandbox.Entry{
		Account: accountName("sandbox", providers[0], "XOF"), Kind: sandbox.Credit, Amount: amount, Currency: "XOF",
		ID: t.reference, Why: "transfer received",
	})
	return t.reference
}

// Send sends any notification to the subscribers in the sandbox environment,
// such as an unknown event. data is encoded as JSON.
func (i *Server) Send(event, operationID string, data any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.send("sandbox", event, operationID, "", data)
}

// AllowIPs replaces the list of addresses from which the live keys work.
func (i *Server) AllowIPs(ips ...string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.allowed = slices.Clone(ips)
}
