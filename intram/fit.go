package intram

import (
	"cmp"
	"errors"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// written is an order as it is sent, which knows what the operation made of it is and repeats.
type written interface {
	sent() (OperationType, *order)
}

func (b *payoutBody) sent() (OperationType, *order) {
	o := &order{Reference: loose.String(b.Reference), Amount: loose.String(b.Amount), Currency: currency(b.Currency)}
	o.Destination.V.Type = loose.String(b.Destination.Type)
	return TypePayout, o
}

func (b *paymentBody) sent() (OperationType, *order) {
	o := &order{}
	o.Invoice.V.Amount, o.Invoice.V.Currency = loose.String(b.Invoice.Amount), currency(b.Invoice.Currency)
	o.WebhookData.V = referenceIn(b.WebhookData)
	return TypePaymentRequest, o
}

func (b *refundBody) sent() (OperationType, *order) {
	o := &order{Amount: loose.String(b.Amount), Currency: currency(wapay.XOF), Transaction: loose.String(b.TransactionReference)}
	o.Metadata.V = referenceIn(b.Metadata)
	return TypeRefund, o
}

func (b *transferBody) sent() (OperationType, *order) {
	o := &order{Amount: loose.String(b.Amount), Currency: currency(wapay.XOF)}
	o.Metadata.V = referenceIn(b.Metadata)
	return TypeTransfer, o
}

// referenceIn is what an order is known by in metadata.
func referenceIn(m map[string]string) map[string]loose.String {
	return map[string]loose.String{facts.IntramReference: loose.String(m[facts.IntramReference])}
}

// fits tells what speaks against the operation being that of an order: what it repeats of another. What it does not
// show says nothing.
func (o *Operation) fits(kind OperationType, sent *order) error {
	shown := o.order()
	asked, invoiced := sent.Currency.money(sent.Amount), sent.Invoice.V.Currency.money(sent.Invoice.V.Amount)
	if o.Payout != nil {
		if differ(loose.String(o.Payout.Reference), sent.Reference) {
			return errors.New("the result has another reference")
		}
		if paid := o.Payout.Amount; paid != (wapay.Money{}) && paid != asked {
			return errors.New("the result has another amount")
		}
	}
	switch {
	case o.Type != "" && !strings.EqualFold(string(o.Type), string(kind)):
		return errors.New("the operation is no " + string(kind))
	case differ(shown.Reference, sent.Reference),
		differ(shown.WebhookData.V[facts.IntramReference], sent.WebhookData.V[facts.IntramReference]),
		differ(shown.Metadata.V[facts.IntramReference], sent.Metadata.V[facts.IntramReference]):
		return errors.New("the operation has another reference")
	case differ(shown.Transaction, sent.Transaction):
		return errors.New("the operation is about another transaction")
	case differ(shown.Destination.V.Type, sent.Destination.V.Type):
		return errors.New("the operation has another kind of destination")
	case isOther(shown.Amount, shown.Currency, sent.Currency, asked),
		isOther(shown.Invoice.V.Amount, shown.Invoice.V.Currency, sent.Invoice.V.Currency, invoiced):
		return errors.New("the operation has another amount")
	}
	return nil
}

func differ(shown, sent loose.String) bool { return shown != "" && sent != "" && shown != sent }

// isOther reports whether an amount is shown that is not the one asked for; without a currency, in that of the order.
func isOther(amount loose.String, c, sent currency, asked wapay.Money) bool {
	return amount != "" && asked != (wapay.Money{}) && cmp.Or(c, sent).money(amount) != asked
}
