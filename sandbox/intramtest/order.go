package intramtest

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

func newID() string { return "op_" + kit.Hex(16) }

// order returns a payment request or a payout as it is now, and nil for other
// operations. The status of a payment is its transaction's.
func (op *operation) order() *sandbox.Order {
	o := &op.Order
	o.Status, o.Pending, o.Succeeded = op.status, !op.over(), false
	o.Amount, o.Currency, o.Phone = op.money.minor, op.money.currency, op.ask.phone
	switch op.kind {
	case "payment_request":
		o.Kind = sandbox.Payment
		if op.tx != nil {
			o.Status, o.Pending, o.Succeeded = op.tx.status, op.tx.status == pending, op.tx.status == success
		}
	case "payout":
		o.Kind = sandbox.Payout
		o.Pending = o.Pending || op.bank && op.status == succeeded && !op.settled
		o.Succeeded = !o.Pending && op.status == succeeded
	default:
		return nil
	}
	if op.tx != nil {
		o.Fee = op.tx.fees
	}
	return o
}

// alter changes the payload, the result and the transaction of an order. Only
// the transaction shows a fee, and a payment's number.
func (i *Server) alter(op *operation, c sandbox.Change) error {
	t := op.tx
	if t == nil && (c.Fee != 0 || c.Phone != "" && op.kind == "payment_request") {
		return sandbox.ErrNotShown
	}
	op.money = sum{cmp.Or(c.Amount, op.money.minor), cmp.Or(c.Currency, op.money.currency)}
	op.ask.phone = cmp.Or(c.Phone, op.ask.phone)
	if t != nil {
		t.money, t.fees = op.money, cmp.Or(c.Fee, t.fees)
		if op.kind == "payout" {
			t.target = op.ask.phone
		} else {
			t.source = op.ask.phone
		}
	}
	shown := map[string]any{"amount": op.money.json(), "currency": op.money.currency}
	if op.kind == "payout" {
		shown["msisdn"] = op.ask.phone
	}
	op.rewrite(shown)
	switch {
	case c.Status == "":
	case op.kind == "payment_request" && t != nil:
		t.status = c.Status
	default:
		op.status, op.result = c.Status, nil
		if c.Status == succeeded {
			op.result = op.data("completed")
		}
	}
	return nil
}

// rewrite replaces the values under the names in the payload and in the result.
func (op *operation) rewrite(values map[string]any) {
	put := func(name string, old any) any {
		if v, ok := values[name]; ok {
			return v
		}
		return old
	}
	op.payload = kit.Rewrite(op.payload, put)
	if op.result != nil {
		op.result = json.RawMessage(kit.Rewrite(kit.Encode(op.result), put))
	}
	if to, ok := op.to.(map[string]any); ok && values["msisdn"] != nil {
		to = maps.Clone(to)
		to["msisdn"], op.to = values["msisdn"], to
	}
}

// afterCopy gives a copy its own id, its own transaction and a unique time.
func (i *Server) afterCopy(op *operation) {
	op.ID, op.Created = newID(), i.stamp()
	values := map[string]any{"reference": op.Reference}
	if op.tx != nil {
		t := *op.tx
		t.op, t.id, t.reference, t.created = op, kit.Hex(24), newReference(), i.stamp()
		i.transactions, op.tx = append(i.transactions, &t), &t
		values["transaction_reference"] = t.reference
	}
	op.rewrite(values)
	if op.ask.webhookData["reference"] != nil {
		op.ask.webhookData = maps.Clone(op.ask.webhookData)
		op.ask.webhookData["reference"] = op.Reference
	}
}

func (i *Server) afterForget(op *operation) {
	i.transactions = slices.DeleteFunc(i.transactions, func(t *tx) bool { return t == op.tx })
}
