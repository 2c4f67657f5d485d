package sandbox

import "errors"

const barkaTransferFields = "receiver_country receiver_phonenumber operator amount order_id order_id_unicity " +
	"callback_url order_data note ignore_double_spend_risk"

// transfer is POST transfer/request/mobile. The amount and the fee leave the api account of the receiver's country
// at once. Double-spend protection: the same receiver and amount within the window, unless the first one failed.
func (b *BarkaPay) transfer(c *call) *answer {
	f := readBarkaForm(c.Request, barkaTransferFields)
	t := &barkaTx{app: c.app, transfer: true, id: newUUID(), created: b.Now()}
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
	if err := b.book(t.entries(Debit, t.id, Debit, b.cfg.TransferFee)...); errors.Is(err, errInsufficient) {
		return refuse(422, "Insufficient balance.")
	} else if err != nil {
		panic(err)
	}
	b.transfers = append(b.transfers, t)
	a := jsonAnswer(201, object{
		"status", 201, "message", "Transfer request created successfully.",
		"data", object{
			"public_id", t.id, "amount", t.amount, "receiver_phonenumber", t.phone, "receiver_country", t.country,
			"operator", t.operator, "status", t.status, "order_id", t.order, "app_label", t.app.label,
		},
	})
	if b.cfg.AutoSettle {
		a.after = func() { _ = b.CompleteTransfer(t.id) }
	}
	return a
}

func (b *BarkaPay) doubleSpend(t *barkaTx) bool {
	for _, p := range b.transfers {
		if p.status != barkaFailed && p.country == t.country && p.phone == t.phone && p.amount == t.amount &&
			t.created.Sub(p.created) < b.cfg.DoubleSpendWindow {
			return true
		}
	}
	return false
}

func (b *BarkaPay) findTransfer(c *call) *answer {
	t := findTx(b.transfers, c.id)
	if t == nil {
		return jsonAnswer(404, object{"error", "No transfer found with this identifier"})
	}
	return jsonAnswer(200, []object{t.view(false)})
}

func (b *BarkaPay) filterTransfers(c *call) *answer {
	return b.filter(c, "receiver", b.transfers)
}
