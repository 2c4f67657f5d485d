package sandbox

import (
	"errors"
	"slices"
)

// What the provider, its partners and the customer do, for a test to say when.

// Tick does what is due by the clock. Requests do so by themselves; this is for a test that only waits for a
// notification. RedeliverDue is another matter.
func (i *Intram) Tick() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tick()
}

// Advance takes every unfinished operation one step on, from queued to processing or from there to its end, and
// returns how many there were.
func (i *Intram) Advance() int {
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

// CompleteOperation takes an operation to its end, which is a failure for one whose balance was too low.
func (i *Intram) CompleteOperation(id string) error {
	return i.unfinished(id, func(op *intramOp) error {
		for !op.over() {
			i.step(op)
		}
		if op.status != intramSucceeded {
			return errors.New("sandbox: the operation failed")
		}
		return nil
	})
}

// CompletePayout is CompleteOperation; a payout to a bank account is then payout.queued, for SettlePayout to end.
func (i *Intram) CompletePayout(id string) error { return i.CompleteOperation(id) }

// FailOperation ends an operation with an error code, known or not. What it took from the wallet comes back.
func (i *Intram) FailOperation(id, code string) error {
	return i.unfinished(id, func(op *intramOp) error {
		if op.status == intramQueued {
			i.step(op)
		}
		var details object
		if code == "provider_rejected" {
			details = object{"provider_response", providerResponse("91", "REJECTED")}
		}
		i.fail(op, code, details)
		return nil
	})
}

// ExpireOperation is for one that nobody has taken up; whoever asked gets the money back and a *.failed.
func (i *Intram) ExpireOperation(id string) error {
	return i.unfinished(id, func(op *intramOp) error {
		if op.status != intramQueued {
			return errNotPending
		}
		i.end(op, intramExpired, nil)
		i.undo(op)
		i.emit(op, op.kind+".failed", op.data("expired"))
		return nil
	})
}

// PendRefund notifies refund.pending and leaves the operation processing.
func (i *Intram) PendRefund(id string) error {
	return i.unfinished(id, func(op *intramOp) error {
		if op.kind != "refund" {
			return errNoSuchOperation
		}
		if op.status == intramQueued {
			i.step(op)
		}
		i.emit(op, "refund.pending", op.data("pending"))
		return nil
	})
}

func (i *Intram) unfinished(id string, fn func(*intramOp) error) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tick()
	op := i.findOp("", id)
	if op == nil {
		return errNoSuchOperation
	}
	if op.over() {
		return errNotPending
	}
	return fn(op)
}

// SettlePayout is a queued bank payout arriving: payout.completed.
func (i *Intram) SettlePayout(id string) error { return i.settle(id, i.settlePayout) }

// RejectSettlement is the bank refusing it: payout.failed, and the money back.
func (i *Intram) RejectSettlement(id string) error {
	return i.settle(id, func(op *intramOp) {
		i.fail(op, "provider_rejected", object{"provider_response", providerResponse("14", "ACCOUNT CLOSED")})
	})
}

func (i *Intram) settle(id string, fn func(*intramOp)) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	op := i.findOp("", id)
	if op == nil || !op.bank {
		return errNoSuchOperation
	}
	if op.status != intramSucceeded || op.settled {
		return errNotPending
	}
	fn(op)
	return nil
}

// PayRequest is the customer paying. The reference is the transaction's.
func (i *Intram) PayRequest(reference string) error { return i.payment(reference, i.paid) }

// PendRequest notifies payment_request.pending: the customer has started and the operator not answered.
func (i *Intram) PendRequest(reference string) error {
	return i.payment(reference, func(op *intramOp) { i.emit(op, "payment_request.pending", op.data("pending")) })
}

// FailRequest is the customer refusing, or failing to pay.
func (i *Intram) FailRequest(reference, reason string) error {
	return i.payment(reference, func(op *intramOp) { i.unpaid(op, reason) })
}

func (i *Intram) payment(reference string, fn func(*intramOp)) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tick()
	t := i.findTx("", reference)
	if t == nil || t.kind != "CREDIT" {
		return errNoSuchOperation
	}
	if t.status != intramPending {
		return errNotPending
	}
	fn(t.op)
	return nil
}

// ReceiveTransfer is somebody else's money arriving in the sandbox environment; it returns the reference.
func (i *Intram) ReceiveTransfer(sender string, amount int64) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	money := intramMoney{amount, "XOF"}
	t := i.newTransfer("sandbox", "received", money, object{"type", "customer_email", "value", sender})
	t.status = intramSuccess
	i.mustBook(Entry{
		Account: intramAccount("sandbox", intramProviders[0], "XOF"), Kind: Credit, Amount: amount, Currency: "XOF",
		ID: t.reference, Why: "transfer received",
	})
	return t.reference
}

// Subscribe is POST /webhooks in the sandbox environment, without the request.
func (i *Intram) Subscribe(url, event string) (id, secret string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	s := i.newSubscription("sandbox", url, event)
	return s.id, s.secret
}

// Send notifies the subscribers in the sandbox environment of anything, such as an event nobody has heard of. data
// is encoded as JSON.
func (i *Intram) Send(event, operationID string, data any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.send("sandbox", event, operationID, data)
}

// SetMerchantActive is Intram blocking the merchant, or letting him in again.
func (i *Intram) SetMerchantActive(active bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.inactive = !active
}

// AllowIPs replaces the list of addresses from where the live keys work.
func (i *Intram) AllowIPs(ips ...string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.allowed = slices.Clone(ips)
}

// IntramOperation is an operation as it stands. Amount is in minor units, 0 for a refund of all that is not over;
// Reference is the merchant's: a payout's reference, or "reference" in the webhook_data of a payment request and in the
// metadata of a refund or transfer.
type IntramOperation struct {
	ID, Type, Status, Env, ErrorCode string
	Reference, TransactionReference  string
	IdempotencyKey                   string
	Amount                           int64
	Currency                         string
	Attempts                         int
}

// Operations are all operations of both environments, oldest first.
func (i *Intram) Operations() []IntramOperation {
	i.mu.Lock()
	defer i.mu.Unlock()
	var out []IntramOperation
	for _, op := range i.operations {
		o := IntramOperation{
			ID: op.id, Type: op.kind, Status: op.status, Env: op.env, Reference: op.reference, IdempotencyKey: op.key,
			Amount: op.money.minor, Currency: op.money.currency, Attempts: op.attempts,
		}
		if failure, ok := op.failure.(object); ok {
			o.ErrorCode, _ = failure[1].(string)
		}
		if op.tx != nil {
			o.TransactionReference = op.tx.reference
		}
		out = append(out, o)
	}
	return out
}

// OperationsOf are those with the merchant's reference.
func (i *Intram) OperationsOf(reference string) []IntramOperation {
	return slices.DeleteFunc(i.Operations(), func(o IntramOperation) bool { return o.Reference != reference })
}

// IntramTransaction is a transaction as it stands. Amounts are in minor units.
type IntramTransaction struct {
	ID, Reference, Type, Status, Env string
	OperationID, PaymentMethod       string
	Amount, Fees                     int64
	Currency                         string
}

// Transactions are all transactions of both environments, oldest first.
func (i *Intram) Transactions() []IntramTransaction {
	i.mu.Lock()
	defer i.mu.Unlock()
	var out []IntramTransaction
	for _, t := range i.transactions {
		out = append(out, IntramTransaction{
			ID: t.id, Reference: t.reference, Type: t.kind, Status: t.status, Env: t.env, OperationID: t.op.id,
			PaymentMethod: t.method, Amount: t.money.minor, Fees: t.fees, Currency: t.money.currency,
		})
	}
	return out
}
