package sandbox

import (
	"encoding/json"
	"time"
)

const (
	intramQueued     = "queued"
	intramProcessing = "processing"
	intramSucceeded  = "succeeded"
	intramFailed     = "failed"
	intramExpired    = "expired"
)

// intramOp is an operation: what a POST has set going.
type intramOp struct {
	id, kind, env, status, key string
	payload                    json.RawMessage
	attempts                   int
	created, updated           time.Time
	completed                  time.Time
	result, failure            any

	doom      string  // the error it will end with; "" is none
	doomed    object  // that error's details
	debits    []Entry // what it took from the wallet
	money     intramMoney
	reference string // the merchant's

	tx       *intramTx       // payout, payment request: its own; refund: the one refunded
	to       any             // payout: the destination, transfer: the recipient; as sent
	bank     bool            // payout to a bank account
	settled  bool            // a bank payout whose money arrived
	ask      intramAsk       // payment request
	refund   *intramRefund   // refund
	transfer *intramTransfer // transfer
}

func (i *Intram) newOp(c *intramCall, kind string) *intramOp {
	at := i.stamp()
	return &intramOp{
		id: "op_" + randomHex(16), kind: kind, env: c.app.env, status: intramQueued, key: c.Header.Get("Idempotency-Key"),
		payload: c.Body, created: at, updated: at,
	}
}

// accept answers 202 with little: what becomes of the operation has to be asked for or waited for.
func (i *Intram) accept(op *intramOp) *answer {
	i.operations = append(i.operations, op)
	a := intramOK(202, object{
		"operation_id", op.id, "type", op.kind, "status", op.status, "env", op.env, "date", intramTime(op.created),
		"_links", op.links(),
	}, "Operation accepted")
	if i.cfg.AutoSettle {
		a.after = func() { i.autoSettle(op) }
	}
	return a
}

func (i *Intram) autoSettle(op *intramOp) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for !op.over() {
		i.step(op)
	}
	if op.kind == "payment_request" && op.status == intramSucceeded && op.tx.status == intramPending {
		i.paid(op)
	}
}

func (op *intramOp) links() object {
	return object{"self", intramBase + "operations/" + op.id}
}

func (op *intramOp) over() bool { return op.status != intramQueued && op.status != intramProcessing }

func (op *intramOp) view() object {
	o := object{
		"operation_id", op.id, "type", op.kind, "status", op.status, "env", op.env, "payload", op.payload,
		"result", op.result, "error", op.failure, "attempts", op.attempts,
		"date", intramTime(op.created), "updated_date", intramTime(op.updated),
	}
	if op.over() {
		return append(o, "completed_date", intramTime(op.completed), "_links", op.links())
	}
	return append(o, "completed_date", nil, "_links", op.links())
}

// tick does what is due by the clock.
func (i *Intram) tick() {
	d, now := i.cfg.StepAfter, i.Now()
	if d == 0 {
		return
	}
	for _, op := range i.operations {
		for n := op.attempts; !op.over() && now.Sub(op.created) >= d*time.Duration(n+1); n++ {
			i.step(op)
		}
	}
}

// step takes an unfinished operation from queued to processing, and from there to its end.
func (i *Intram) step(op *intramOp) {
	if op.status == intramQueued {
		op.status, op.updated = intramProcessing, i.Now()
		op.attempts++
		return
	}
	if op.doom != "" {
		i.fail(op, op.doom, op.doomed)
		return
	}
	switch op.kind {
	case "payout":
		i.completePayout(op)
	case "payment_request":
		i.createPayment(op)
	case "refund":
		i.completeRefund(op)
	case "transfer":
		i.completeTransfer(op)
	}
}

// end is set before anybody is notified.
func (i *Intram) end(op *intramOp, status string, result any) {
	now := i.Now()
	op.status, op.result, op.updated, op.completed = status, result, now, now
}

var intramErrors = map[string]string{
	"insufficient_balance":       "The balance is too low",
	"merchant_wallet_missing":    "The merchant has no wallet for this payment method and currency",
	"provider_rejected":          "The provider refused",
	"provider_unavailable":       "The provider cannot be reached",
	"provider_error":             "The provider failed",
	"missing_provider_code":      "The destination has no provider code",
	"amount_exceeds_transaction": "The amount is more than what is left of the transaction",
	"recipient_not_found":        "No such recipient",
	"transaction_not_settled":    "The transaction is not settled",
	"stripe_unavailable":         "Card payments are not available",
	"unsupported_payment_method": "This payment method is not supported",
}

// fail gives back what the operation took.
func (i *Intram) fail(op *intramOp, code string, details object) {
	op.failure = object{"code", code, "message", intramErrors[code], "details", details}
	i.end(op, intramFailed, nil)
	i.undo(op)
	i.emit(op, op.kind+".failed", append(op.data("failed"), "error", op.failure))
}

func (i *Intram) undo(op *intramOp) {
	for _, e := range op.debits {
		e.Kind, e.Why = Credit, e.Why+" restored"
		i.mustBook(e)
	}
	op.debits = nil
	switch {
	case op.kind == "refund":
		op.refund.status = intramError
	case op.transfer != nil:
		op.transfer.status = intramError
	case op.tx != nil:
		op.tx.status = intramError
	}
}

// data is what a result and a notification say of an operation.
func (op *intramOp) data(status string) object {
	switch op.kind {
	case "payout":
		return object{
			"reference", null(op.reference), "amount", op.money.json(), "currency", op.money.currency,
			"destination", op.to, "status", status,
		}
	case "transfer":
		return object{
			"reference", op.transfer.reference, "amount", op.money.json(), "currency", op.money.currency,
			"recipient", op.to, "status", status,
		}
	case "refund":
		return object{
			"reference", op.refund.reference, "transaction_reference", op.tx.reference, "amount", op.money.json(),
			"currency", op.money.currency, "status", status,
		}
	}
	reference := ""
	if op.tx != nil {
		reference = op.tx.reference
	}
	return object{
		"transaction_reference", null(reference), "status", status, "amount", op.money.json(), "currency", op.money.currency,
	}
}

// debit takes the amount and the fee out of a wallet, or dooms the operation.
func (i *Intram) debit(op *intramOp, method string, fee func(int64) int64) {
	account := intramAccount(op.env, method, op.money.currency)
	if op.money.currency != "XOF" || !i.hasWallet(method) {
		op.doom, op.doomed = "merchant_wallet_missing", object{"payment_method", method, "currency", op.money.currency}
		return
	}
	entries := op.entries(account, Debit, fee)
	if i.book(append([]Entry(nil), entries...)...) != nil {
		op.doom, op.doomed = "insufficient_balance", object{"available", i.Balance(account), "required", op.money.json()}
		return
	}
	op.debits = entries
}

// entries are the amount, in the direction of kind, and the fee, which the merchant always pays.
func (op *intramOp) entries(account string, kind EntryKind, fee func(int64) int64) []Entry {
	e := Entry{
		Account: account, Kind: kind, Amount: op.money.minor, Currency: op.money.currency,
		Reference: op.reference, ID: op.id, Why: op.kind,
	}
	if fee == nil || fee(op.money.minor) == 0 {
		return []Entry{e}
	}
	f := e
	f.Kind, f.Amount, f.Why = Debit, fee(op.money.minor), op.kind+" fee"
	return []Entry{e, f}
}

func (i *Intram) findOp(env, id string) *intramOp {
	for _, op := range i.operations {
		if op.id == id && (env == "" || op.env == env) {
			return op
		}
	}
	return nil
}

func (i *Intram) findOperation(c *intramCall) *answer {
	op := i.findOp(c.app.env, c.id)
	if op == nil {
		return intramRefuse(404, "operation_not_found", "No such operation", nil)
	}
	return intramOK(200, op.view(), "")
}

func (i *Intram) listOperations(c *intramCall) *answer {
	return intramList[*intramOp]{
		rows: ofEnv(i.operations, func(op *intramOp) bool { return op.env == c.app.env }),
		when: func(op *intramOp) time.Time { return op.created },
		view: (*intramOp).view,
		filters: []intramFilter[*intramOp]{
			{"type", []string{"payout", "payment_request", "refund", "transfer"}, func(op *intramOp) string { return op.kind }},
			{"status", []string{intramQueued, intramProcessing, intramSucceeded, intramFailed, intramExpired},
				func(op *intramOp) string { return op.status }},
		},
	}.answer(c.Request)
}

func ofEnv[T any](rows []T, in func(T) bool) []T {
	var out []T
	for _, row := range rows {
		if in(row) {
			out = append(out, row)
		}
	}
	return out
}
