package barkapaytest

import (
	"slices"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

const transferFields = "receiver_country receiver_phonenumber operator amount order_id order_id_unicity " +
	"callback_url order_data note ignore_double_spend_risk"

// transfer is POST transfer/request/mobile. The amount and the fee leave the
// api account of the receiver's country at once. Double-spend protection: the
// same receiver and amount within the window, unless the first one failed.
func (b *Server) transfer(c *call) *sandbox.Answer {
	f := readForm(c.Request, transferFields)
	t := &tx{app: c.app, transfer: true, id: kit.UUID(), created: b.Now()}
	t.country, t.operator, t.phone, t.amount = b.party(f, "receiver")
	t.order, t.callback, t.orderData = f.orderID(), f.url("callback_url"), f.fields["order_data"]
	if f.flag("order_id_unicity") && orderTaken(b.transfers, t.order) {
		f.refuse("The order id has already been taken.")
	}
	if !f.flag("ignore_double_spend_risk") && b.doubleSpend(t) {
		f.refuse("Double spend risk: a transfer of the same amount was just sent to this receiver.")
	}
	if f.refused != nil {
		return f.refused
	}
	plan := b.PlanFor(t.id, t.phone, b.cfg.AutoSettle)
	if plan.LacksBalance || b.Book(t.entries(sandbox.Debit, t.id, sandbox.Debit, b.cfg.TransferFee)...) != nil {
		return refuse(422, "Insufficient balance.")
	}
	b.transfers = append(b.transfers, t)
	return plan.Follow(sandbox.JSON(201, kit.Object{
		"status", 201, "message", "Transfer request created successfully.",
		"data", kit.Object{
			"public_id", t.id, "amount", t.amount, "receiver_phonenumber", t.phone, "receiver_country", t.country,
			"operator", t.operator, "status", t.status, "order_id", t.order, "app_label", t.app.label,
		},
	}), func() { _ = b.Approve(t.id) }, func() { _ = b.Decline(t.id, "") })
}

func (b *Server) doubleSpend(t *tx) bool {
	return slices.ContainsFunc(b.transfers, func(p *tx) bool {
		return p.status != failed && p.country == t.country && p.phone == t.phone && p.amount == t.amount &&
			t.created.Sub(p.created) < b.cfg.DoubleSpendWindow
	})
}

func (b *Server) findTransfer(c *call) *sandbox.Answer {
	t := findTx(b.transfers, c.id)
	if t == nil {
		return sandbox.JSON(404, kit.Object{"error", "No transfer found with this identifier"})
	}
	return sandbox.JSON(200, []kit.Object{t.view(false)})
}

func (b *Server) filterTransfers(c *call) *sandbox.Answer {
	return b.filter(c, "receiver", b.transfers)
}
