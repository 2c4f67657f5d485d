package barkapaytest

import (
	"encoding/json"
	"slices"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

const transferFields = "receiver_country receiver_phonenumber operator amount order_id order_id_unicity " +
	"callback_url order_data note ignore_double_spend_risk"

// transfer answers POST transfer/request/mobile. The amount and the fee leave
// the api account of the receiver's country at once. It refuses a second
// transfer of the same amount to the same receiver within the window, unless
// the first failed.
func (b *Server) transfer(c *call) *sandbox.Answer {
	f := readForm(c.Request, transferFields)
	t := b.newTx(c)
	b.party(f, t)
	b.reference(f, t)
	if !f.flag("ignore_double_spend_risk") && b.doubleSpend(t) {
		f.refuse("Double spend risk: a transfer of the same amount was just sent to this receiver.")
	}
	if f.refused != nil {
		return f.refused
	}
	plan := b.PlanFor(t.ID, t.Phone, b.cfg.AutoSettle)
	if plan.LacksBalance || b.Book(t.entries(sandbox.Debit, t.ID, sandbox.Debit, b.cfg.TransferFee)...) != nil {
		return refuse(422, "Insufficient balance.")
	}
	b.txs = append(b.txs, t)
	return plan.Follow(sandbox.JSON(201, kit.Object{
		"status", 201, "message", "Transfer request created successfully.",
		"data", kit.Object{
			"public_id", t.ID, "amount", t.Amount, "receiver_phonenumber", t.Phone, "receiver_country", t.country,
			"operator", t.operator, "status", json.Number(t.Status), "order_id", t.Reference, "app_label", t.app.label,
		},
	}), func() { _ = b.Approve(t.ID) }, func() { _ = b.Decline(t.ID, "") })
}

func (b *Server) doubleSpend(t *tx) bool {
	return slices.ContainsFunc(b.of(sandbox.Payout), func(p *tx) bool {
		return p.Status != failed && p.country == t.country && p.Phone == t.Phone && p.Amount == t.Amount &&
			t.Created.Sub(p.Created) < b.cfg.DoubleSpendWindow
	})
}
