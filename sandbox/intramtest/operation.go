package intramtest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

const (
	queued     = "queued"
	processing = "processing"
	succeeded  = "succeeded"
	failed     = "failed"
	expired    = "expired"
)

// operation is the work that a POST has started.
type operation struct {
	sandbox.Order          // of a payment request and a payout: see order
	kind, env, status, key string
	payload                json.RawMessage
	attempts               int
	updated, completed     time.Time
	result, failure        any

	doom   string          // the error it will end with; "" is none
	doomed kit.Object      // that error's details
	debits []sandbox.Entry // what it took from the wallet
	money  sum

	tx       *tx       // payout, payment request: its own; refund: the one refunded
	to       any       // payout: the destination, transfer: the recipient; as sent
	bank     bool      // payout to a bank account
	settled  bool      // a bank payout whose money arrived
	ask      ask       // payment request; its phone is a payout's recipient too
	refund   *refund   // refund
	transfer *transfer // transfer
}

func (i *Server) newOp(c *call, kind string) *operation {
	at := i.stamp()
	return &operation{
		Order: sandbox.Order{ID: newID(), Created: at}, kind: kind, env: c.app.env, status: queued,
		key: c.Header.Get("Idempotency-Key"), payload: c.Body, updated: at,
	}
}

// accept answers 202 without a result: a caller looks the operation up, or
// waits for a notification.
func (i *Server) accept(op *operation) *sandbox.Answer {
	i.operations = append(i.operations, op)
	a := ok(202, kit.Object{
		"operation_id", op.ID, "type", op.kind, "status", op.status, "env", op.env, "date", formatTime(op.Created),
		"_links", op.links(),
	}, "Operation accepted")
	plan := i.PlanFor(op.ID, op.ask.phone, i.cfg.AutoSettle)
	if op.kind == "payment_request" && i.cfg.StepAfter == 0 { // the page to pay on is there at once, the customer is not
		a.After = func() { i.locked(op, func(*operation) {}) }
	}
	return plan.Follow(a, func() { i.locked(op, i.paid) }, func() {
		i.locked(op, func(op *operation) { i.unpaid(op, reasonOf(plan)) })
	})
}

func (i *Server) locked(op *operation, customer func(*operation)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.finish(op, customer)
}

func reasonOf(p sandbox.Plan) string {
	if p.LacksBalance {
		return "INSUFFICIENT_FUNDS"
	}
	return "DECLINED"
}

// finish takes an operation to its end, and then calls customer for a payment
// page.
func (i *Server) finish(op *operation, customer func(*operation)) {
	for !op.over() {
		i.step(op)
	}
	if op.kind == "payment_request" && op.status == succeeded && op.tx.status == pending {
		customer(op)
	}
}

func (op *operation) links() kit.Object {
	return kit.Object{"self", base + "operations/" + op.ID}
}

func (op *operation) over() bool { return op.status != queued && op.status != processing }

func (op *operation) view() kit.Object {
	return kit.Object{
		"operation_id", op.ID, "type", op.kind, "status", op.status, "env", op.env, "payload", op.payload,
		"result", op.result, "error", op.failure, "attempts", op.attempts,
		"date", formatTime(op.Created), "updated_date", formatTime(op.updated),
		"completed_date", kit.Null(formatTime(op.completed)), "_links", op.links(),
	}
}

// tick carries out what is due by the clock.
func (i *Server) tick() {
	d, now := i.cfg.StepAfter, i.Now()
	if d == 0 {
		return
	}
	for _, op := range i.operations {
		for n := op.attempts; !op.over() && now.Sub(op.Created) >= d*time.Duration(n+1); n++ {
			i.step(op)
		}
	}
}

// step takes an unfinished operation from queued to processing, and from there
// to its end.
func (i *Server) step(op *operation) {
	if op.status == queued {
		op.status, op.updated = processing, i.Now()
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

// succeed ends an operation, and notifies of what it has brought about.
func (i *Server) succeed(op *operation, event string, data kit.Object) {
	i.end(op, succeeded, data)
	i.emit(op, event, data)
}

func (i *Server) end(op *operation, status string, result any) {
	now := i.Now()
	op.status, op.result, op.updated, op.completed = status, result, now, now
}

var errorMessages = map[string]string{
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

// fail ends an operation with an error, and gives its money back.
func (i *Server) fail(op *operation, code string, details kit.Object) {
	op.failure = kit.Object{"code", code, "message", errorMessages[code], "details", details}
	i.end(op, failed, nil)
	i.undo(op)
	i.emit(op, op.kind+".failed", append(op.data("failed"), "error", op.failure))
}

func (i *Server) undo(op *operation) {
	for _, e := range op.debits {
		e.Kind, e.Why = sandbox.Credit, e.Why+" restored"
		i.MustBook(e)
	}
	op.debits = nil
	switch {
	case op.kind == "refund":
		op.refund.status = failedTx
	case op.transfer != nil:
		op.transfer.status = failedTx
	case op.tx != nil:
		op.tx.status = failedTx
	}
}

// data returns an operation as a result and a notification show it.
func (op *operation) data(status string) kit.Object {
	switch op.kind {
	case "payout":
		return kit.Object{
			"reference", kit.Null(op.Reference), "amount", op.money.json(), "currency", op.money.currency,
			"destination", op.to, "status", status,
		}
	case "transfer":
		return kit.Object{
			"reference", op.transfer.reference, "amount", op.money.json(), "currency", op.money.currency,
			"recipient", op.to, "status", status,
		}
	case "refund":
		return kit.Object{
			"reference", op.refund.reference, "transaction_reference", op.tx.reference, "amount", op.money.json(),
			"currency", op.money.currency, "status", status,
		}
	}
	reference := ""
	if op.tx != nil {
		reference = op.tx.reference
	}
	return kit.Object{
		"transaction_reference", kit.Null(reference), "status", status,
		"amount", op.money.json(), "currency", op.money.currency,
	}
}

// debit takes the amount and the fee out of a wallet. If it cannot, the
// operation will fail.
func (i *Server) debit(op *operation, method string, fee func(int64) int64) {
	account := accountName(op.env, method, op.money.currency)
	if op.money.currency != "XOF" || !slices.Contains(i.wallets, method) {
		op.doom, op.doomed = "merchant_wallet_missing", kit.Object{"payment_method", method, "currency", op.money.currency}
		return
	}
	entries := op.entries(account, sandbox.Debit, fee)
	if i.Book(append([]sandbox.Entry(nil), entries...)...) != nil {
		op.doom, op.doomed = "insufficient_balance", kit.Object{"available", i.Balance(account), "required", op.money.json()}
		return
	}
	op.debits = entries
}

// entries returns the entries of the amount, in the direction of kind, and of
// the fee, which the merchant pays.
func (op *operation) entries(account string, kind sandbox.EntryKind, fee func(int64) int64) []sandbox.Entry {
	e := sandbox.Entry{
		Account: account, Kind: kind, Amount: op.money.minor, Currency: op.money.currency,
		Reference: op.Reference, ID: op.ID, Why: op.kind,
	}
	if fee == nil || fee(op.money.minor) == 0 {
		return []sandbox.Entry{e}
	}
	f := e
	f.Kind, f.Amount, f.Why = sandbox.Debit, fee(op.money.minor), op.kind+" fee"
	return []sandbox.Entry{e, f}
}

func (i *Server) findOp(env, id string) *operation {
	return kit.First(i.operations, func(op *operation) bool { return op.ID == id && (env == "" || op.env == env) })
}

func (i *Server) findOperation(c *call) *sandbox.Answer {
	op := i.findOp(c.app.env, c.id)
	if op == nil {
		return refuse(404, "operation_not_found", "No such operation", nil)
	}
	return ok(200, op.view(), "")
}

func (i *Server) listOperations(c *call) *sandbox.Answer {
	return list[*operation]{
		rows: kit.All(i.operations, func(op *operation) bool { return op.env == c.app.env }),
		when: func(op *operation) time.Time { return op.Created },
		view: (*operation).view,
		filters: []filter[*operation]{
			{"type", []string{"payout", "payment_request", "refund", "transfer"}, func(op *operation) string { return op.kind }},
			{"status", []string{queued, processing, succeeded, failed, expired},
				func(op *operation) string { return op.status }},
		},
	}.answer(c.Request)
}
