package intramtest

import (
	"math"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// refund answers POST /refunds. It refuses at once what can never be given
// back. If only the transaction's state forbids it, the operation fails.
func (i *Server) refund(c *call) *sandbox.Answer {
	f := readBody(c.Request, "transaction_reference amount reason metadata")
	reference := f.Need("transaction_reference", 255)
	t := i.findTx(c.app.env, reference)
	currency := "XOF"
	if t != nil {
		currency = t.money.currency
	}
	op := i.newOp(c, "refund")
	op.money = f.amount(f.Body, currency, i.cfg.MinAmount, math.MaxInt64/100)
	reason := f.Text("reason", 500)
	op.Reference, _ = f.AnyObject("metadata")["reference"].(string)
	if refused := f.answer(); refused != nil {
		return refused
	}
	if t == nil {
		return transactionNotFound()
	}
	if t.kind != "CREDIT" || t.status == failedTx || t.status == refunded {
		return refuse(400, "not_refundable", "This transaction cannot be refunded",
			kit.Object{"transaction_reference", t.reference, "type", t.kind, "status", t.status})
	}
	op.tx = t
	op.refund = &refund{reference: newReference(), status: pending, reason: reason, created: op.Created}
	t.refunds = append(t.refunds, op.refund)
	return i.accept(op)
}

// left returns the amount that can still be refunded.
func (t *tx) left() int64 {
	n := t.money.minor
	for _, r := range t.refunds {
		if r.status == success {
			n -= r.amount
		}
	}
	return n
}

// completeRefund takes the money from the wallet of the payment.
func (i *Server) completeRefund(op *operation) {
	t := op.tx
	if t.status == pending {
		i.fail(op, "transaction_not_settled", kit.Object{"status", t.status})
		return
	}
	left := t.left()
	if op.money.minor == 0 {
		op.money.minor = left
	}
	if op.money.minor > left || left == 0 {
		i.fail(op, "amount_exceeds_transaction", kit.Object{"left", sum{left, t.money.currency}.json()})
		return
	}
	if i.Book(op.entries(t.account, sandbox.Debit, nil)...) != nil {
		i.fail(op, "insufficient_balance", kit.Object{"available", i.Balance(t.account)})
		return
	}
	op.refund.status, op.refund.amount = success, op.money.minor
	if t.left() == 0 {
		t.status = refunded
	}
	back := i.newTx(op, "REFUND", t.method, nil)
	back.reference, back.status, back.customer, back.target = op.refund.reference, success, t.customer, t.source
	i.succeed(op, "refund.completed", op.data("completed"))
}
