package mpptest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

type tx struct {
	sandbox.Order
	id2, number        string // number is the provider's reference
	category, feePayer string
	channel            Channel
	details            kit.Object // the channel's fields as they were sent
	callback           string
	message, reason    string
	transmitted        bool // the partner has it, or had it
	updated, ended     time.Time

	booked        []sandbox.Entry // what it has moved, and not given back
	before, after any             // balance when it was booked; nil until then
}

func (t *tx) order() *sandbox.Order {
	t.Kind = sandbox.Payment
	if directions[t.category] == sandbox.Debit {
		t.Kind = sandbox.Payout
	}
	t.Pending, t.Succeeded = !t.over(), t.Status == completed
	return &t.Order
}

// alter changes the number in the details, too.
func (t *tx) alter(c sandbox.Change) error {
	t.details = slices.Clone(t.details)
	for n := 0; n < len(t.details); n += 2 {
		if t.details[n] == "msisdn" && c.Phone != "" {
			t.details[n+1] = c.Phone
		}
	}
	return nil
}

// directions has the documented categories.
var directions = map[string]sandbox.EntryKind{
	"payment": sandbox.Credit, "deposit": sandbox.Credit,
	"transfer": sandbox.Debit, "payout": sandbox.Debit, "cashin": sandbox.Debit, "topup": sandbox.Debit,
}

// create answers POST /api/v1/transaction.
func (m *Server) create(c *call) *sandbox.Answer {
	f, refused := m.readBody(c.Request)
	if refused != nil {
		return refused
	}
	t := m.readTransaction(f)
	if len(f.errors) > 0 {
		return m.invalid(c.Request, f.errors)
	}
	id, _ := f.values["business_id"].(string)
	if refused := m.otherBusiness(c.Request, id); refused != nil {
		return refused
	}
	if m.external[t.Reference] && !m.cfg.AllowDuplicates {
		return m.refuse(c.Request, "MPP-TX-REQ-4091", "")
	}
	plan := m.PlanFor(t.ID, t.Phone, m.cfg.AutoSettle)
	if directions[t.category] == sandbox.Debit && (plan.LacksBalance || m.move(t) != nil) {
		return m.refuse(c.Request, "MPP-REQ-4000", "Insufficient balance.")
	}
	m.external[t.Reference] = true
	m.transactions = append(m.transactions, t)
	reason := ""
	if plan.LacksBalance {
		reason = "Insufficient balance."
	}
	a := m.ok(c, kit.Object{"id", t.ID, "status", t.Status})
	return plan.Follow(a, func() { m.finish(t) }, func() { _ = m.Decline(t.ID, reason) })
}

// readTransaction checks the basic fields and then those of the channel.
func (m *Server) readTransaction(f *fields) *tx {
	now := m.Now()
	t := &tx{
		Order: sandbox.Order{ID: kit.UUID(), Status: initiated, Currency: m.cfg.Currency, Created: now},
		id2:   kit.Hex(8), number: kit.Random(6, "123456789"), updated: now, message: "initiated",
	}
	f.text("business_id", "required", "string")
	code := f.text("channel", "required", "string")
	t.Reference = f.text("external_id", "required", "string", "max:255")
	currency := f.text("currency", "required", "string")
	t.category = f.text("category", "required", "string")
	t.callback = f.text("callback_url", "nullable", "string", "max:2048")
	if currency != "" && currency != m.cfg.Currency {
		f.complain("currency", "is not a currency of the business.")
	}
	if t.callback != "" && !kit.AcceptableURL(t.callback) {
		f.complain("callback_url", "must be an https URL.")
	}
	known := []string{"business_id", "channel", "external_id", "currency", "category", "amount", "callback_url"}
	channel, ok := m.findChannel(code)
	if !ok || channel.Inactive {
		if code != "" {
			f.complain("channel", "is not an active channel of the business.")
		}
		return t
	}
	t.channel = channel
	for _, field := range channel.Fields {
		known = append(known, field.Name)
		f.apply(field.Name, field.Rules)
		if v := f.values[field.Name]; v != nil && field.Name != "amount" {
			t.details = append(t.details, field.Name, v)
		}
	}
	f.onlyKnown(known)
	t.Phone, _ = f.values["msisdn"].(string)
	m.readPrice(f, t)
	return t
}

// readPrice reads what the fee depends on.
func (m *Server) readPrice(f *fields, t *tx) {
	category, ok := t.channel.category(t.category)
	if t.category != "" && (!ok || directions[t.category] == "") {
		f.complain("category", "is not a category of the channel.")
	}
	t.feePayer = category.FeePayer
	n, _ := f.values["amount"].(json.Number)
	if t.Amount, ok = parseAmount(n); !ok {
		f.complain("amount", "must be a number above 0 with up to two decimals.")
	}
	if m.cfg.Fee != nil {
		t.Fee = m.cfg.Fee(t.category, t.Amount)
	}
}

// total returns the amount that the payer is debited: the customer for a
// payment, the merchant for a transfer.
func (t *tx) total() int64 {
	if (t.feePayer == "merchant") == (directions[t.category] == sandbox.Debit) {
		return t.Amount + t.Fee
	}
	return t.Amount
}

// view returns a transaction as a list shows it. The details have more fields,
// and lack exhange_rate, which is the documented spelling.
func (m *Server) view(t *tx, details bool) kit.Object {
	o := kit.Object{
		"id", t.ID, "id2", t.id2, "reference", t.number, "originated", nil, "category", t.category,
		"accounting_type", "authorize", "external_id", t.Reference,
	}
	if details {
		o = append(o, "author", kit.Object{"name", "Sandbox Merchant"})
	}
	o = append(o, "verified_by", nil, "amount", money(t.Amount), "fees", money(t.Fee))
	if details {
		o = append(o, "merchant_commission", 0)
	}
	o = append(o,
		"fee_payer", t.feePayer, "total_amount", money(t.total()), "before_balance", t.before, "after_balance", t.after,
		"end_at", kit.Null(formatTime(t.ended)), "message", t.message, "reason", kit.Null(t.reason),
		"direction", string(directions[t.category]),
	)
	if !details {
		o = append(o, "exhange_rate", nil)
	}
	o = append(o,
		"status", t.Status, "created_at", formatTime(t.Created), "updated_at", formatTime(t.updated),
		"payment_page_id", nil, "payment_request_id", nil, "details", object(t.details),
	)
	channel := kit.Object{"code", t.channel.Code, "type", t.channel.Type, "description", t.channel.Description}
	if !details {
		return append(o, "currency", currency(t.Currency), "country", m.country(), "channel", channel)
	}
	sender, receiver := any(m.inTransaction()), any(nil)
	if directions[t.category] == sandbox.Credit {
		sender, receiver = receiver, sender
	}
	return append(o,
		"customer_profile", nil, "channel", channel, "business", m.inTransaction(), "sender_business", sender,
		"receiver_business", receiver, "currency", currency(t.Currency), "country", m.country(),
	)
}

func (m *Server) findTx(id string) *tx {
	return kit.First(m.transactions, func(t *tx) bool { return t.ID == id })
}

// find answers GET /api/v1/transaction/{id}.
func (m *Server) find(c *call) *sandbox.Answer {
	t := m.findTx(c.id)
	if t == nil {
		return m.refuse(c.Request, "MPP-REQ-4008", "")
	}
	return m.ok(c, m.view(t, true))
}

// status answers GET /api/v1/transaction/{id}/get-status.
func (m *Server) status(c *call) *sandbox.Answer {
	t := m.findTx(c.id)
	if t == nil {
		return m.refuse(c.Request, "MPP-REQ-4008", "")
	}
	return m.ok(c, kit.Object{"id", t.ID, "reference", t.number, "status", t.Status})
}

// list answers GET /api/v1/transaction, newest first.
func (m *Server) list(c *call) *sandbox.Answer {
	rows := slices.Clone(m.transactions)
	slices.Reverse(rows)
	return pageOf(m, c, rows, func(t *tx) kit.Object { return m.view(t, false) })
}
