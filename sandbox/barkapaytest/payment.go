package barkapaytest

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

const chargeFields = "sender_country operator sender_phonenumber amount order_id order_id_unicity callback_url order_data otp"

// charge is POST payment/mobile/api: 201 and pending, or 200 and done where the
// right OTP came with it. With an OTP, and with order_id_unicity=0 as
// documented for "Commit OTP payment", it commits the pending payment of the
// same order.
func (b *Server) charge(c *call) *sandbox.Answer {
	f := readForm(c.Request, chargeFields)
	t := &tx{app: c.app, id: kit.UUID(), created: b.Now()}
	t.country, t.operator, t.phone, t.amount = b.party(f, "sender")
	t.order, t.callback, t.orderData = f.orderID(), f.url("callback_url"), f.fields["order_data"]
	unique, otp := f.flag("order_id_unicity"), f.fields["otp"]
	if otp == "" && b.operators[t.country][t.operator].OTPRequired {
		f.need("otp")
	}
	if otp != "" && otp != b.otp(t.phone) {
		f.refuse("The otp is invalid or expired.")
	}
	if unique && orderTaken(b.payments, t.order) {
		f.refuse("The order id has already been taken.")
	}
	if f.refused != nil {
		return f.refused
	}
	if p := b.pendingLike(t); p != nil && otp != "" {
		t = p
	} else {
		t.deadline = t.created.Add(payDelay)
		b.payments = append(b.payments, t)
	}
	plan := b.PlanFor(t.id, t.phone, b.cfg.AutoSettle || otp != "")
	if otp != "" && plan.Succeeds {
		return b.commit(t, plan)
	}
	return plan.Follow(sandbox.JSON(201, kit.Object{
		"status", 201, "message", "Payment request created successfully.",
		"data", kit.Object{
			"public_id", t.id, "amount", t.amount, "sender_phonenumber", t.phone, "sender_country", t.country,
			"status", t.status, "order_id", t.order, "agent", nil, "launch_url", b.launchURL(t),
		},
	}), func() { _ = b.Approve(t.id) }, func() { _ = b.Decline(t.id, reasonOf(plan)) })
}

func reasonOf(p sandbox.Plan) string {
	if p.LacksBalance {
		return "Insufficient balance."
	}
	return ""
}

func (b *Server) pendingLike(t *tx) *tx {
	return kit.First(b.payments, func(p *tx) bool {
		return p.status == pending && p.order == t.order && p.country == t.country && p.operator == t.operator &&
			p.phone == t.phone && p.amount == t.amount
	})
}

func (b *Server) commit(t *tx, plan sandbox.Plan) *sandbox.Answer {
	b.otps[t.phone]++
	b.succeed(t, "OM")
	return plan.Follow(sandbox.JSON(200, kit.Object{
		"status", 200, "message", "Payment successful.",
		"data", kit.Object{
			"public_id", t.id, "amount", t.amount, "sender_phonenumber", t.phone, "sender_country", t.country,
			"order_id", t.order, "status", t.status, "txid", t.txid,
		},
	}), nil, nil)
}

// launchURL is set for Wave, whose customers confirm on a page. That the
// provider gives one for Wave is a guess: the documented samples show only
// null.
func (b *Server) launchURL(t *tx) any {
	if t.operator != "WAVE" {
		return nil
	}
	return b.Root() + pagePath + t.id
}

// otp is good for one payment: a phone's next one is another.
func (b *Server) otp(phone string) string {
	sum := sha256.Sum256([]byte(phone + "/" + strconv.Itoa(b.otps[phone])))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[:])%1_000_000)
}

func (b *Server) findPayment(c *call) *sandbox.Answer {
	t := findTx(b.visible(c.app), c.id)
	if t == nil {
		return sandbox.JSON(404, kit.Object{"error", "No payment found with this identifier"})
	}
	return sandbox.JSON(200, []kit.Object{t.view(false)})
}

func (b *Server) filterPayments(c *call) *sandbox.Answer {
	return b.filter(c, "sender", b.visible(c.app))
}

func (b *Server) visible(app *apiApp) []*tx {
	if !b.cfg.OwnPaymentsOnly {
		return b.payments
	}
	return slices.DeleteFunc(slices.Clone(b.payments), func(t *tx) bool { return t.app != app })
}

// filter is GET payment/?… and transfer/?…; the dates are days in UTC, both
// included.
func (b *Server) filter(c *call, prefix string, list []*tx) *sandbox.Answer {
	query, err := url.ParseQuery(c.RawQuery)
	if err != nil {
		return refuse(422, "The query cannot be read.")
	}
	fields, err := kit.Single(query)
	f := &form{fields: fields}
	if err != nil {
		f.refuse(err.Error())
	}
	f.onlyKnown(prefix + "_country " + prefix + "_phonenumber operator status date_1 date_2 order_id")
	f.oneOf(prefix+"_country", allCountries...)
	f.oneOf("operator", "ORANGE", "MOOV", "WAVE", "FREE", "MTN", "TMONEY", "CORIS")
	f.oneOf("status", "0", "1", "-1")
	from, to := f.date("date_1"), f.date("date_2")
	if !to.IsZero() && to.Before(from) {
		f.field("date_2", "must be a date after or equal to date 1")
	}
	if f.refused != nil {
		return f.refused
	}
	out := []kit.Object{}
	for _, t := range list {
		if t.matches(fields, prefix) && !t.created.Before(from) && (to.IsZero() || t.created.Before(to.Add(24*time.Hour))) {
			out = append(out, t.view(true))
		}
	}
	return sandbox.JSON(200, out)
}

func (t *tx) matches(fields map[string]string, prefix string) bool {
	for name, have := range map[string]string{
		prefix + "_country": t.country, prefix + "_phonenumber": t.phone, "operator": t.operator,
		"status": strconv.Itoa(t.status), "order_id": t.order,
	} {
		if want := fields[name]; want != "" && want != have {
			return false
		}
	}
	return true
}
