package barkapaytest

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

const (
	pagePath = "/interfaces/mobile/single-payment/"

	linkFields = "set_amount amount amount_interval order_id order_id_unicity callback_url order_data period " +
		"notify_payer payer_notification_email title description pay_url no_pay_url"
)

// minLink is documented as the default minimum of a link's amount. A maximum is
// not documented.
const minLink = 100

type link struct {
	setAmount, interval, period string
	low, high                   int64
	email, title, description   string
}

// createLink answers POST payment/mobile/web/create.
func (b *Server) createLink(c *call) *sandbox.Answer {
	f := readForm(c.Request, linkFields)
	t := b.newTx(c)
	t.link = &link{}
	b.linkAmount(f, t)
	b.reference(f, t)
	if f.flag("notify_payer") {
		f.need("payer_notification_email")
	}
	t.link.email = f.email("payer_notification_email")
	t.link.title, t.link.description = f.fields["title"], f.fields["description"]
	f.page("pay_url")
	f.page("no_pay_url")
	t.deadline = t.Created.Add(linkPeriod(f))
	t.link.period = f.fields["period"]
	if f.refused != nil {
		return f.refused
	}
	b.txs = append(b.txs, t)
	a := sandbox.JSON(201, kit.Object{
		"status", 201, "message", "Payment request created successfully.",
		"link", b.Root() + pagePath + t.ID,
		"data", kit.Object{
			"public_id", t.ID, "amount", t.amountJSON(), "sender_phonenumber", nil, "sender_country", nil,
			"status", json.Number(t.Status), "order_id", t.Reference, "agent", nil, "set_amount", t.link.setAmount,
			"amount_interval", kit.Null(t.link.interval), "period", kit.Null(t.link.period),
			"payer_notification_email", kit.Null(t.link.email), "title", kit.Null(t.link.title),
			"description", kit.Null(t.link.description),
		},
	})
	if b.cfg.AutoSettle {
		a.After = func() { _ = b.Approve(t.ID) }
	}
	return a
}

// linkAmount checks set_amount and the fields that depend on it. A floating
// amount has only the provider's limits.
func (b *Server) linkAmount(f *form, t *tx) {
	t.link.setAmount, t.link.low, t.link.high = f.need("set_amount"), minLink, math.MaxInt64
	switch f.oneOf("set_amount", "fixed", "floating", "interval") {
	case "fixed":
		t.Amount = f.amount("amount")
		if t.Amount < minLink {
			f.field("amount", "must be at least 100")
		}
		t.link.low, t.link.high = t.Amount, t.Amount
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
	if !amountPattern.MatchString(v) {
		f.field("period", "must be an integer")
	}
	seconds, _ := strconv.Atoi(v)
	return time.Duration(seconds) * time.Second
}

// linkPage serves a link or a launch_url to a browser. Opening it pays nothing.
func (b *Server) linkPage(r *sandbox.Request) *sandbox.Answer {
	t := find(b.of(sandbox.Payment), strings.TrimPrefix(r.Path, pagePath))
	if t == nil {
		return sandbox.Page("", "")
	}
	state := map[string]string{pending: "waits for the customer", succeeded: "paid", failed: "failed"}
	return sandbox.Page(t.Reference, state[t.Status])
}
