package barkapaytest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

const chargeFields = "sender_country operator sender_phonenumber amount order_id order_id_unicity " +
	"callback_url order_data otp"

// charge answers POST payment/mobile/api: 201 and pending, or with the right
// OTP 200 and done. An OTP with order_id_unicity=0 commits the pending payment
// of the same order, as documented for "Commit OTP payment".
func (b *Server) charge(c *call) *sandbox.Answer {
	f := readForm(c.Request, chargeFields)
	t := b.newTx(c)
	b.party(f, t)
	b.reference(f, t)
	otp := f.fields["otp"]
	if otp == "" && b.operators[t.country][t.operator].OTPRequired {
		f.need("otp")
	}
	if otp != "" && otp != b.OTP(t.Phone) {
		f.refuse("The otp is invalid or expired.")
	}
	if f.refused != nil {
		return f.refused
	}
	if p := b.pendingLike(t); p != nil && otp != "" {
		t = p
	} else {
		t.deadline = t.Created.Add(payDelay)
		b.txs = append(b.txs, t)
	}
	plan := b.PlanFor(t.ID, t.Phone, b.cfg.AutoSettle || otp != "")
	if otp != "" && plan.Succeeds {
		return b.commit(t, plan)
	}
	return plan.Follow(sandbox.JSON(201, kit.Object{
		"status", 201, "message", "Payment request created successfully.",
		"data", kit.Object{
			"public_id", t.ID, "amount", t.Amount, "sender_phonenumber", t.Phone, "sender_country", t.country,
			"status", json.Number(t.Status), "order_id", t.Reference, "agent", nil, "launch_url", b.launchURL(t),
		},
	}), func() { _ = b.Approve(t.ID) }, func() { _ = b.Decline(t.ID, reasonOf(plan)) })
}

func reasonOf(p sandbox.Plan) string {
	if p.LacksBalance {
		return "Insufficient balance."
	}
	return ""
}

func (b *Server) pendingLike(t *tx) *tx {
	return kit.First(b.of(sandbox.Payment), func(p *tx) bool {
		return p.Status == pending && p.Reference == t.Reference && p.country == t.country && p.operator == t.operator &&
			p.Phone == t.Phone && p.Amount == t.Amount
	})
}

func (b *Server) commit(t *tx, plan sandbox.Plan) *sandbox.Answer {
	b.UseOTP(t.Phone)
	b.succeed(t, "OM")
	return plan.Follow(sandbox.JSON(200, kit.Object{
		"status", 200, "message", "Payment successful.",
		"data", kit.Object{
			"public_id", t.ID, "amount", t.Amount, "sender_phonenumber", t.Phone, "sender_country", t.country,
			"order_id", t.Reference, "status", json.Number(t.Status), "txid", t.txid,
		},
	}), nil, nil)
}

// launchURL returns a URL for Wave, whose customers confirm on a page. This is
// a guess: the documented samples have only null.
func (b *Server) launchURL(t *tx) any {
	if t.operator != "WAVE" {
		return nil
	}
	return b.Root() + pagePath + t.ID
}

// find answers GET payment/{id} and transfer/{id}.
func (b *Server) find(c *call) *sandbox.Answer {
	t := find(b.visible(c), c.id)
	if t == nil {
		return sandbox.JSON(404, kit.Object{"error", "No " + word(c.kind) + " found with this identifier"})
	}
	return sandbox.JSON(200, []kit.Object{t.view(false)})
}

func (b *Server) visible(c *call) []*tx {
	return slices.DeleteFunc(b.of(c.kind), func(t *tx) bool { return b.cfg.OwnPaymentsOnly && t.app != c.app })
}

// filter answers GET payment/?… and transfer/?…. The dates are days in UTC, and
// both are included.
func (b *Server) filter(c *call) *sandbox.Answer {
	fields, err := kit.Form([]byte(c.RawQuery))
	f := &form{fields: fields}
	if err != nil {
		f.refuse(err.Error())
	}
	prefix := prefix(c.kind)
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
	for _, t := range b.visible(c) {
		if t.matches(fields, prefix) && !t.Created.Before(from) && (to.IsZero() || t.Created.Before(to.Add(24*time.Hour))) {
			out = append(out, t.view(true))
		}
	}
	return sandbox.JSON(200, out)
}

func (t *tx) matches(fields map[string]string, prefix string) bool {
	for name, have := range map[string]string{
		prefix + "_country": t.country, prefix + "_phonenumber": t.Phone, "operator": t.operator,
		"status": t.Status, "order_id": t.Reference,
	} {
		if want := fields[name]; want != "" && want != have {
			return false
		}
	}
	return true
}
