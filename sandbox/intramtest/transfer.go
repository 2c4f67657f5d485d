package intramtest

import (
	"regexp"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// transfer is money between two Intram accounts.
type transfer struct {
	reference, env, status, direction string
	money                             sum
	party                             any // the recipient of what was sent, the sender of what was received
	reason                            string
	created                           time.Time
}

var dbid = regexp.MustCompile(`^[0-9a-f]{24}$`)

// transfer answers POST /transfers. It has no currency, and means XOF.
func (i *Server) transfer(c *call) *sandbox.Answer {
	f := readBody(c.Request, "amount recipient reason payment_method_id metadata")
	op := i.newOp(c, "transfer")
	f.Required("amount")
	op.money = f.amount(f.Body, "XOF", i.cfg.MinAmount, i.cfg.MaxAmount)
	reason := f.Text("reason", 500)
	op.Reference, _ = f.AnyObject("metadata")["reference"].(string)
	op.to = f.Values["recipient"]
	f.Required("recipient")
	recipient(f.Body)
	method := i.methodOf(f)
	if refused := f.answer(); refused != nil {
		return refused
	}
	i.debit(op, method, nil)
	op.transfer = i.newTransfer(op.env, "sent", op.money, op.to)
	op.transfer.reason = reason
	return i.accept(op)
}

func recipient(f kit.Body) {
	to := f.Object("recipient", "type value")
	kind, value := to.Need("type", 255), to.Need("value", 255)
	to.OneOf("type", kind, "customer_email", "customer_id", "merchant_id")
	if kind == "customer_email" {
		to.Email("value", value)
	} else {
		to.Match("value", value, dbid, "must be an id of 24 hexadecimal digits")
	}
}

// methodOf returns the wallet that a transfer names, or the first provider's.
func (i *Server) methodOf(f *fields) string {
	id := f.Text("payment_method_id", 24)
	if id == "" {
		return providers[0]
	}
	for _, method := range i.wallets {
		if methodID(method) == id {
			return method
		}
	}
	f.Complain("payment_method_id", "is unknown")
	return ""
}

func (i *Server) newTransfer(env, direction string, money sum, party any) *transfer {
	t := &transfer{
		reference: newReference(), env: env, status: pending, direction: direction, money: money, party: party,
		created: i.stamp(),
	}
	i.transfers = append(i.transfers, t)
	return t
}

func (i *Server) completeTransfer(op *operation) {
	op.transfer.status = success
	i.succeed(op, "transfer.completed", op.data("completed"))
}

func (t *transfer) view() kit.Object {
	o := kit.Object{
		"reference", t.reference, "status", t.status, "direction", t.direction, "amount", t.money.json(),
		"currency", t.money.currency,
	}
	if t.direction == "sent" {
		o = append(o, "recipient", t.party)
	} else {
		o = append(o, "sender", t.party)
	}
	return append(o, "reason", kit.Null(t.reason), "date", formatTime(t.created))
}

func (i *Server) findTransfer(c *call) *sandbox.Answer {
	t := kit.First(i.transfers, func(t *transfer) bool { return t.reference == c.id && t.env == c.app.env })
	if t == nil {
		return refuse(404, "transfer_not_found", "No such transfer", nil)
	}
	return ok(200, t.view(), "")
}

func (i *Server) listTransfers(c *call) *sandbox.Answer {
	return list[*transfer]{
		rows: kit.All(i.transfers, func(t *transfer) bool { return t.env == c.app.env }),
		when: func(t *transfer) time.Time { return t.created },
		view: (*transfer).view,
		filters: []filter[*transfer]{
			{"direction", []string{"sent", "received"}, func(t *transfer) string { return t.direction }},
		},
	}.answer(c.Request)
}
