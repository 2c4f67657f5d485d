package cinetpaytest

import (
	"cmp"
	"regexp"
	"strconv"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// The words of treatment_status and sending_status.
const (
	statusNew = "NEW"
	received  = "REC"
	notSent   = "NOS"
	validated = "VAL"
	rejected  = "REJ"

	pending = "PENDING"
	confirm = "CONFIRM"
)

type transfer struct {
	id, client, lot          string
	prefix, phone, operator  string
	amount                   int64 // whole units
	created                  time.Time
	notifyURL                string
	sending, treatment, note string // note is the comment
	operatorID               string
	validated                time.Time // zero unless it arrived
}

func (t *transfer) currency() string { return countries[t.prefix].currency }

func (t *transfer) over() bool { return t.treatment == validated || t.treatment == rejected }

func (t *transfer) validatedAt() string {
	if t.validated.IsZero() {
		return ""
	}
	return formatTime(t.validated)
}

func (t *transfer) entry(kind sandbox.EntryKind, why string) sandbox.Entry {
	return sandbox.Entry{
		Account: "transfer/" + t.currency(), Kind: kind, Amount: t.amount * unit(t.currency()),
		Currency: t.currency(), Reference: t.client, ID: t.id, Why: why,
	}
}

var (
	amountPattern = regexp.MustCompile(`^[1-9][0-9]{0,11}$`)
	method        = regexp.MustCompile(`^[A-Z0-9_]+$`)
)

// send is POST transfer/money/send/contact. Each item stands for itself, in the
// order they came.
func (p *Server) send(r *sandbox.Request) *sandbox.Answer {
	items, refused := p.readItems(r, "prefix phone amount notify_url client_transaction_id payment_method")
	if refused != nil {
		return refused
	}
	for _, it := range items {
		p.checkSend(it)
	}
	if refused := p.phones417(items); refused != nil {
		return refused
	}
	var out []kit.Object
	var made []*transfer
	var lost bool
	for _, it := range items {
		t := p.makeTransfer(it)
		if t == nil {
			out = append(out, p.item(it.echo, it.code, "lot", digits(22)))
			continue
		}
		made = append(made, t)
		lost = lost || sandbox.ScenarioOf(t.phone) == sandbox.LosesAnswer
		out = append(out, p.item(it.echo, 0, "treatment_status", t.treatment, "transaction_id", t.id, "lot", t.lot))
	}
	a := p.items(out)
	a.After, a.Lost = func() { p.afterSend(made) }, lost
	return a
}

// checkSend finds what is wrong with an item whatever has happened before.
func (p *Server) checkSend(it *item) {
	it.need("prefix", "phone", "amount", "client_transaction_id")
	if !kit.AcceptableURL(it.fields["notify_url"]) {
		it.complain(725)
	}
	if m, given := it.fields["payment_method"]; given && !method.MatchString(m) || len(it.fields["client_transaction_id"]) > 255 {
		it.complain(716)
	}
	p.checkPhone(it)
	amount, limits := it.amount(), countries[it.fields["prefix"]].limits
	switch {
	case amount == 0 || amount%5 != 0:
		it.complain(801)
	case amount < limits.low:
		it.complain(719)
	case amount > limits.high:
		it.complain(720)
	}
}

// amount is 0 for what is no whole number above 0.
func (it *item) amount() int64 {
	if !amountPattern.MatchString(it.fields["amount"]) {
		return 0
	}
	n, _ := strconv.ParseInt(it.fields["amount"], 10, 64)
	return n
}

// makeTransfer is nil where the item fails, and then the item says why.
func (p *Server) makeTransfer(it *item) *transfer {
	f := it.fields
	switch {
	case it.code != 0:
		return nil
	case p.findTransfer("", f["client_transaction_id"]) != nil:
		it.code = 805
	case !p.isContact(f["prefix"], f["phone"]):
		it.code = 724
	default:
		it.code = p.failingCode(f["prefix"], f["phone"])
	}
	if it.code != 0 {
		return nil
	}
	t := &transfer{
		id: newID(), client: f["client_transaction_id"], lot: digits(22), prefix: f["prefix"], phone: f["phone"],
		operator: cmp.Or(f["payment_method"], countries[f["prefix"]].operator), amount: it.amount(), notifyURL: f["notify_url"], created: p.Now(), treatment: statusNew,
		sending: pending,
	}
	if p.cfg.AllowListed {
		t.sending = confirm
	}
	if sandbox.ScenarioOf(t.phone) == sandbox.LacksBalance || p.Book(t.entry(sandbox.Debit, "transfer")) != nil {
		it.code = 602
		return nil
	}
	p.transfers = append(p.transfers, t)
	return t
}

func (p *Server) afterSend(made []*transfer) {
	for _, t := range made {
		p.ping(t.id, t.notifyURL)
		switch plan := p.PlanFor(t.id, t.phone, p.cfg.AutoSettle); {
		case plan.Succeeds:
			_ = p.Approve(t.id)
		case plan.Fails:
			_ = p.Decline(t.id, "")
		}
	}
}

func (p *Server) arrive(t *transfer) {
	t.sending, t.treatment, t.validated, t.operatorID = confirm, validated, p.Now(), "OP"+digits(10)
}

// findTransfer takes either id; the other is "".
func (p *Server) findTransfer(id, client string) *transfer {
	return kit.First(p.transfers, func(t *transfer) bool {
		return id != "" && t.id == id || client != "" && t.client == client
	})
}

// checkTransfer is GET transfer/check/money.
func (p *Server) checkTransfer(r *sandbox.Request) *sandbox.Answer {
	id, client := r.Query.Get("transaction_id"), r.Query.Get("client_transaction_id")
	if (id == "") == (client == "") {
		return p.refuse(400, 704, "Either transaction_id or client_transaction_id")
	}
	t := p.findTransfer(id, client)
	if t == nil {
		return p.refuse(404, 723, "")
	}
	valid := "N"
	if t.treatment == validated {
		valid = "Y"
	}
	return p.ok([]kit.Object{{
		"transaction_id", t.id, "client_transaction_id", t.client, "lot", t.lot, "amount", strconv.FormatInt(t.amount, 10),
		"receiver", t.phone, "receiver_e164", "+" + t.prefix + t.phone, "operator", t.operator,
		"sending_status", t.sending, "transfer_valid", valid, "treatment_status", t.treatment,
		"comment", t.note, "validated_at", kit.Null(t.validatedAt()),
	}})
}

// balance is GET transfer/check/balance, for one of the currencies.
func (p *Server) balance(*sandbox.Request) *sandbox.Answer {
	var using int64
	for _, t := range p.transfers {
		if t.currency() == p.cfg.Currency && !t.over() {
			using += t.amount
		}
	}
	available := p.Balance("transfer/"+p.cfg.Currency) / unit(p.cfg.Currency)
	return p.ok(kit.Object{"amount", available + using, "inUsing", using, "available", available})
}

func digits(n int) string { return kit.Random(n, "0123456789") }

func newID() string { return kit.Random(8, "0123456789ABCDEF") + "." + digits(10) }
