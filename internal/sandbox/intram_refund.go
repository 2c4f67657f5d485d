package sandbox

import "math"

// refund is POST /refunds. What can never be given back is refused at once; what depends on the transaction's state
// becomes the operation's error.
func (i *Intram) refund(c *intramCall) *answer {
	b, f := readIntramBody(c.Request, "transaction_reference amount reason metadata")
	reference := f.need("transaction_reference")
	t := i.findTx(c.app.env, reference)
	currency := "XOF"
	if t != nil {
		currency = t.money.currency
	}
	op := i.newOp(c, "refund")
	op.money = f.amount(currency, i.cfg.MinAmount, math.MaxInt64/100)
	reason := f.text("reason", 500)
	op.reference, _ = f.anyObject("metadata")["reference"].(string)
	if refused := b.answer(); refused != nil {
		return refused
	}
	if t == nil {
		return transactionNotFound()
	}
	if t.kind != "CREDIT" || t.status == intramError || t.status == intramRefunded {
		return intramRefuse(400, "not_refundable", "This transaction cannot be refunded",
			object{"transaction_reference", t.reference, "type", t.kind, "status", t.status})
	}
	op.tx = t
	op.refund = &intramRefund{reference: intramReference(), status: intramPending, reason: reason, created: op.created}
	t.refunds = append(t.refunds, op.refund)
	return i.accept(op)
}

// left is what no refund has taken yet.
func (t *intramTx) left() int64 {
	n := t.money.minor
	for _, r := range t.refunds {
		if r.status == intramSuccess {
			n -= r.amount
		}
	}
	return n
}

// completeRefund takes the money from the wallet the payment went to.
func (i *Intram) completeRefund(op *intramOp) {
	t := op.tx
	if t.status == intramPending {
		i.fail(op, "transaction_not_settled", object{"status", t.status})
		return
	}
	left := t.left()
	if op.money.minor == 0 {
		op.money.minor = left
	}
	if op.money.minor > left || left == 0 {
		i.fail(op, "amount_exceeds_transaction", object{"left", intramMoney{left, t.money.currency}.json()})
		return
	}
	if i.book(op.entries(t.account, Debit, nil)...) != nil {
		i.fail(op, "insufficient_balance", object{"available", i.Balance(t.account)})
		return
	}
	op.refund.status, op.refund.amount = intramSuccess, op.money.minor
	if t.left() == 0 {
		t.status = intramRefunded
	}
	back := i.newTx(op, "REFUND", t.method, nil)
	back.reference, back.status, back.customer, back.target = op.refund.reference, intramSuccess, t.customer, t.source
	data := op.data("completed")
	i.end(op, intramSucceeded, data)
	i.emit(op, "refund.completed", data)
}
