package sandbox

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"
)

const (
	barkaLinkPath = "/interfaces/mobile/single-payment/"

	barkaLinkFields = "set_amount amount amount_interval order_id order_id_unicity callback_url order_data period " +
		"notify_payer payer_notification_email title description pay_url no_pay_url"
)

type barkaLink struct {
	setAmount, interval, period string
	low, high                   int64
	email, title, description   string
}

// createLink is POST payment/mobile/web/create.
func (b *BarkaPay) createLink(c *call) *answer {
	f := readBarkaForm(c.Request, barkaLinkFields)
	t := &barkaTx{app: c.app, id: newUUID(), created: b.Now(), link: &barkaLink{}}
	b.linkAmount(f, t)
	t.order, t.callback, t.orderData = f.orderID(), f.url("callback_url"), f.fields["order_data"]
	if f.flag("order_id_unicity") && orderTaken(b.payments, t.order) {
		f.refuse("The order id has already been taken.")
	}
	if f.flag("notify_payer") {
		f.need("payer_notification_email")
	}
	t.link.email, t.link.title, t.link.description = f.email("payer_notification_email"), f.fields["title"], f.fields["description"]
	f.url("pay_url")
	f.url("no_pay_url")
	t.deadline = t.created.Add(linkPeriod(f))
	t.link.period = f.fields["period"]
	if f.refused != nil {
		return f.refused
	}
	b.payments = append(b.payments, t)
	a := jsonAnswer(201, object{
		"status", 201, "message", "Payment request created successfully.",
		"link", b.Root() + barkaLinkPath + t.id,
		"data", object{
			"public_id", t.id, "amount", t.amountJSON(), "sender_phonenumber", nil, "sender_country", nil,
			"status", t.status, "order_id", t.order, "agent", nil, "set_amount", t.link.setAmount,
			"amount_interval", null(t.link.interval), "period", null(t.link.period),
			"payer_notification_email", null(t.link.email), "title", null(t.link.title),
			"description", null(t.link.description),
		},
	})
	if b.cfg.AutoSettle {
		a.after = func() { _ = b.PayLinkAmount(t.id, "BFA", "MOOV", "70000000", max(t.amount, t.link.low)) }
	}
	return a
}

// linkAmount checks set_amount and what goes with it. A floating amount is bounded by the provider's limits only.
func (b *BarkaPay) linkAmount(f *form, t *barkaTx) {
	t.link.setAmount, t.link.low, t.link.high = f.need("set_amount"), 100, 1_000_000
	switch f.oneOf("set_amount", "fixed", "floating", "interval") {
	case "fixed":
		t.amount = f.amount("amount")
		t.link.low, t.link.high = t.amount, t.amount
		f.forbid("amount_interval", "when set amount is fixed")
	case "interval":
		t.link.interval = f.fields["amount_interval"]
		t.link.low, t.link.high = f.interval("amount_interval")
		f.forbid("amount", "when set amount is interval")
	case "floating":
		f.forbid("amount", "when set amount is floating")
		f.forbid("amount_interval", "when set amount is floating")
	}
}

func linkPeriod(f *form) time.Duration {
	v := f.fields["period"]
	if v == "" {
		return 300 * time.Second
	}
	if !barkaAmount.MatchString(v) {
		f.field("period", "must be an integer")
	}
	seconds, _ := strconv.Atoi(v)
	return time.Duration(seconds) * time.Second
}

// linkPage is what a browser sees under a link or a launch_url. Looking at it pays nothing.
func (b *BarkaPay) linkPage(r *Request) *answer {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expire()
	t := findTx(b.payments, strings.TrimPrefix(r.Path, barkaLinkPath))
	if t == nil {
		return htmlAnswer(404, "<h1>Sandbox</h1><p>No such payment.</p>")
	}
	state := map[int]string{barkaPending: "waits for the customer", barkaSucceeded: "paid", barkaFailed: "failed"}
	return htmlAnswer(200, fmt.Sprintf("<h1>Sandbox</h1><p>Order %s: %s.</p>", html.EscapeString(t.order), state[t.status]))
}
