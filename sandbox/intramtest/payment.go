package intramtest

import (
	"strings"

	"github.com/wapay-go/wapay/sandbox"
)

const gatewayPath = "/gateway/"

// ask has a payment request's fields about the customer and about the
// merchant's webhook.
type ask struct {
	customer, webhookData map[string]any
	method, phone         string
}

// paymentRequest answers POST /payment-requests. The operation ends when there
// is a page for the customer to pay on; the payment itself is the transaction
// that its result names.
func (i *Server) paymentRequest(c *call) *sandbox.Answer {
	f := readBody(c.Request, "invoice payment_method return_urls webhook_data")
	op := i.newOp(c, "payment_request")
	if f.Has("invoice") {
		i.invoice(f, op)
	} else {
		f.refuse("missing_invoice", "Missing invoice", nil)
	}
	hint := f.Object("payment_method", "code country_code msisdn")
	op.ask.method = hint.OneOf("code", hint.Text("code", 64), providers...)
	if phone := phoneOf(hint, op.ask.method); phone != "" {
		op.ask.phone = phone
	}
	urls := f.Object("return_urls", "success cancel")
	urls.URL("success", urls.Text("success", 2048))
	urls.URL("cancel", urls.Text("cancel", 2048))
	op.ask.webhookData = f.AnyObject("webhook_data")
	op.Reference, _ = op.ask.webhookData["reference"].(string)
	if refused := f.answer(); refused != nil {
		return refused
	}
	return i.accept(op)
}

func (i *Server) invoice(f *fields, op *operation) {
	invoice := f.Object("invoice", "amount currency description customer")
	invoice.Text("description", 500)
	invoice.Required("customer")
	customer := invoice.Object("customer", "email first_name last_name phone")
	customer.Email("email", customer.Text("email", 255))
	customer.Text("first_name", 100)
	customer.Text("last_name", 100)
	phone := customer.Match("phone", customer.Text("phone", 32), phonePattern, "must be E.164")
	op.ask.customer, op.ask.phone = customer.Values, strings.TrimPrefix(phone, "+")
	op.money = f.money(invoice, i.cfg.MinAmount, i.cfg.MaxAmount)
}

// createPayment gives the operation its transaction and the page to pay on.
func (i *Server) createPayment(op *operation) {
	op.tx = i.newTx(op, "CREDIT", op.ask.method, i.cfg.PaymentFee)
	op.tx.customer, op.tx.source = op.ask.customer, op.ask.phone
	page := i.Root() + gatewayPath + op.tx.reference
	i.succeed(op, "payment_request.created", append(op.data("pending"),
		"gateway_url", page, "payment_url", page+"/pay", "receipt_url", page+"/receipt", "qr_code", qrCode))
}

// paid ends a payment as paid. Without a payment method, the customer pays with
// the first one.
func (i *Server) paid(op *operation) {
	t := op.tx
	if t.method == "" {
		t.method = providers[0]
	}
	if t.source == "" {
		t.source = "2290197000000"
	}
	t.account, t.status = accountName(t.env, t.method, t.money.currency), success
	i.MustBook(op.entries(t.account, sandbox.Credit, i.cfg.PaymentFee)...)
	i.emit(op, "payment_request.paid", op.data("paid"))
}

func (i *Server) unpaid(op *operation, reason string) {
	op.tx.status, op.tx.reason = failedTx, reason
	i.emit(op, "payment_request.failed", append(op.data("failed"), "reason", reason))
}

// gateway serves the URLs of a payment request to a browser. To open them pays
// nothing.
func (i *Server) gateway(r *sandbox.Request) *sandbox.Answer {
	reference, _, _ := strings.Cut(strings.TrimPrefix(r.Path, gatewayPath), "/")
	t := i.findTx("", reference)
	if t == nil || t.reference != reference || t.kind != "CREDIT" {
		return sandbox.Page("", "")
	}
	return sandbox.Page(t.reference, t.status)
}

// qrCode is a PNG of one pixel as a data URL, in place of a real code.
const qrCode = "data:image/png;base64," +
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
