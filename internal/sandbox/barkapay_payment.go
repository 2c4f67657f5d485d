package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"
)

const barkaChargeFields = "sender_country operator sender_phonenumber amount order_id order_id_unicity callback_url order_data otp"

// charge is POST payment/mobile/api: 201 and pending, or 200 and done where the right OTP came with it. With an OTP
// it also commits the pending payment of the same order (S: "Commit OTP payment", same path and fields).
func (b *BarkaPay) charge(c *call) *answer {
	f := readBarkaForm(c.Request, barkaChargeFields)
	t := &barkaTx{app: c.app, id: newUUID(), created: b.Now()}
	t.country, t.operator, t.phone, t.amount = b.party(f, "sender")
	t.order, t.callback, t.orderData = f.orderID(), f.url("callback_url"), f.fields["order_data"]
	unique, otp := f.flag("order_id_unicity"), f.fields["otp"]
	if otp == "" && b.operators[t.country][t.operator].OTPRequired {
		f.need("otp")
	}
	if otp != "" && otp != b.otp(t.phone) {
		f.refuse("The otp is invalid or expired.")
	}
	pending := b.pendingLike(t)
	if unique && orderTaken(b.payments, t.order) && (otp == "" || pending == nil) {
		f.refuse("The order id has already been taken.")
	}
	if f.refused != nil {
		return f.refused
	}
	if otp != "" {
		return b.commit(t, pending)
	}
	t.deadline = t.created.Add(barkaPayDelay)
	b.payments = append(b.payments, t)
	a := jsonAnswer(201, object{
		"status", 201, "message", "Payment request created successfully.",
		"data", object{
			"public_id", t.id, "amount", t.amount, "sender_phonenumber", t.phone, "sender_country", t.country,
			"status", t.status, "order_id", t.order, "agent", nil, "launch_url", b.launchURL(t),
		},
	})
	if b.cfg.AutoSettle {
		a.after = func() { _ = b.ConfirmPayment(t.id) }
	}
	return a
}

func (b *BarkaPay) pendingLike(t *barkaTx) *barkaTx {
	for _, p := range b.payments {
		if p.status == barkaPending && p.order == t.order && p.country == t.country && p.operator == t.operator &&
			p.phone == t.phone && p.amount == t.amount {
			return p
		}
	}
	return nil
}

func (b *BarkaPay) commit(t, pending *barkaTx) *answer {
	if pending != nil {
		t = pending
	} else {
		b.payments = append(b.payments, t)
	}
	b.otps[t.phone]++
	b.succeed(t, "OM")
	return jsonAnswer(200, object{
		"status", 200, "message", "Payment successful.",
		"data", object{
			"public_id", t.id, "amount", t.amount, "sender_phonenumber", t.phone, "sender_country", t.country,
			"order_id", t.order, "status", t.status, "txid", t.txid,
		},
	})
}

// launchURL is set for Wave, whose customers confirm on a page. That the provider gives one for Wave is a guess; S
// shows only null.
func (b *BarkaPay) launchURL(t *barkaTx) any {
	if t.operator != "WAVE" {
		return nil
	}
	return b.Root() + barkaLinkPath + t.id
}

// otp is good for one payment: a phone's next one is another.
func (b *BarkaPay) otp(phone string) string {
	sum := sha256.Sum256([]byte(phone + "/" + strconv.Itoa(b.otps[phone])))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[:])%1_000_000)
}

func (b *BarkaPay) findPayment(c *call) *answer {
	t := findTx(b.visible(c.app), c.id)
	if t == nil {
		return jsonAnswer(404, object{"error", "No payment found with this identifier"})
	}
	return jsonAnswer(200, []object{t.view(false)})
}

func (b *BarkaPay) filterPayments(c *call) *answer {
	return b.filter(c, "sender", b.visible(c.app))
}

func (b *BarkaPay) visible(app *barkaApp) []*barkaTx {
	if !b.cfg.OwnPaymentsOnly {
		return b.payments
	}
	return slices.DeleteFunc(slices.Clone(b.payments), func(t *barkaTx) bool { return t.app != app })
}

// filter is GET payment/?… and transfer/?…; the dates are days in UTC, both included.
func (b *BarkaPay) filter(c *call, prefix string, list []*barkaTx) *answer {
	query, err := url.ParseQuery(c.RawQuery)
	if err != nil {
		return refuse(422, "The query cannot be read.")
	}
	fields, err := single(query)
	f := &form{fields: fields}
	if err != nil {
		f.refuse(err.Error())
	}
	f.onlyKnown(prefix + "_country " + prefix + "_phonenumber operator status date_1 date_2 order_id")
	f.oneOf(prefix+"_country", barkaCountries...)
	f.oneOf("operator", "ORANGE", "MOOV", "WAVE", "FREE", "MTN", "TMONEY", "CORIS")
	f.oneOf("status", "0", "1", "-1")
	from, to := f.date("date_1"), f.date("date_2")
	if !to.IsZero() && to.Before(from) {
		f.field("date_2", "must be a date after or equal to date 1")
	}
	if f.refused != nil {
		return f.refused
	}
	out := []object{}
	for _, t := range list {
		if t.matches(fields, prefix) && !t.created.Before(from) && (to.IsZero() || t.created.Before(to.Add(24*time.Hour))) {
			out = append(out, t.view(true))
		}
	}
	return jsonAnswer(200, out)
}

func (t *barkaTx) matches(fields map[string]string, prefix string) bool {
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
