package sandbox

import (
	"regexp"
	"time"
)

// intramTransfer is money between two Intram accounts.
type intramTransfer struct {
	reference, env, status, direction string
	money                             intramMoney
	party                             any // the recipient of what was sent, the sender of what was received
	reason                            string
	created                           time.Time
}

var intramDBID = regexp.MustCompile(`^[0-9a-f]{24}$`)

// transfer is POST /transfers. There is no currency in it: XOF.
func (i *Intram) transfer(c *intramCall) *answer {
	b, f := readIntramBody(c.Request, "amount recipient reason payment_method_id metadata")
	op := i.newOp(c, "transfer")
	f.required("amount")
	op.money = f.amount("XOF", i.cfg.MinAmount, i.cfg.MaxAmount)
	reason := f.text("reason", 500)
	op.reference, _ = f.anyObject("metadata")["reference"].(string)
	op.to = f.values["recipient"]
	f.required("recipient")
	f.recipient()
	method := i.methodOf(f)
	if refused := b.answer(); refused != nil {
		return refused
	}
	i.debit(op, method, nil)
	op.transfer = i.newTransfer(op.env, "sent", op.money, op.to)
	op.transfer.reason = reason
	return i.accept(op)
}

func (f intramFields) recipient() {
	to := f.object("recipient", "type value")
	kind, value := to.need("type"), to.need("value")
	to.oneOf("type", kind, "customer_email", "customer_id", "merchant_id")
	if kind == "customer_email" {
		to.email("value")
	} else {
		to.match("value", value, intramDBID, "must be an id of 24 hexadecimal digits")
	}
}

// methodOf is the wallet a transfer names, or the first provider's.
func (i *Intram) methodOf(f intramFields) string {
	id := f.text("payment_method_id", 24)
	if id == "" {
		return intramProviders[0]
	}
	for _, method := range i.wallets {
		if intramMethodID(method) == id {
			return method
		}
	}
	f.complain("payment_method_id", "is unknown")
	return ""
}

func (i *Intram) newTransfer(env, direction string, money intramMoney, party any) *intramTransfer {
	t := &intramTransfer{
		reference: intramReference(), env: env, status: intramPending, direction: direction, money: money, party: party,
		created: i.stamp(),
	}
	i.transfers = append(i.transfers, t)
	return t
}

func (i *Intram) completeTransfer(op *intramOp) {
	op.transfer.status = intramSuccess
	data := op.data("completed")
	i.end(op, intramSucceeded, data)
	i.emit(op, "transfer.completed", data)
}

func (t *intramTransfer) view() object {
	o := object{
		"reference", t.reference, "status", t.status, "direction", t.direction, "amount", t.money.json(),
		"currency", t.money.currency,
	}
	if t.direction == "sent" {
		o = append(o, "recipient", t.party)
	} else {
		o = append(o, "sender", t.party)
	}
	return append(o, "reason", null(t.reason), "date", intramTime(t.created))
}

func (i *Intram) findTransfer(c *intramCall) *answer {
	for _, t := range i.transfers {
		if t.reference == c.id && t.env == c.app.env {
			return intramOK(200, t.view(), "")
		}
	}
	return intramRefuse(404, "transfer_not_found", "No such transfer", nil)
}

func (i *Intram) listTransfers(c *intramCall) *answer {
	return intramList[*intramTransfer]{
		rows: ofEnv(i.transfers, func(t *intramTransfer) bool { return t.env == c.app.env }),
		when: func(t *intramTransfer) time.Time { return t.created },
		view: (*intramTransfer).view,
		filters: []intramFilter[*intramTransfer]{
			{"direction", []string{"sent", "received"}, func(t *intramTransfer) string { return t.direction }},
		},
	}.answer(c.Request)
}
