package cinetpaytest

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
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
	sandbox.Order
	lot                      string
	prefix, phone, operator  string
	notifyURL                string
	sending, treatment, note string // note is the comment
	operatorID               string
	validated                time.Time // zero unless it arrived
}

func (t *transfer) order() *sandbox.Order {
	t.Status, t.Pending, t.Succeeded = t.sending+" "+t.treatment, !t.over(), t.treatment == validated
	t.Phone = t.prefix + t.phone
	return &t.Order
}

// alter takes both words of a status, such as "CONFIRM REJ". It refuses a fee
// and a currency, which the provider does not show.
func (t *transfer) alter(c sandbox.Change) error {
	sending, treatment, both := strings.Cut(c.Status, " ")
	switch {
	case c.Currency != "" || c.Fee != 0:
		return sandbox.ErrNotShown
	case c.Status != "" && !both:
		return fmt.Errorf("sandbox: %q is not both words of a status, such as %q", c.Status, "CONFIRM REJ")
	case both:
		t.sending, t.treatment = sending, treatment
	}
	if digits := strings.TrimPrefix(c.Phone, "+"); len(digits) > 3 {
		t.prefix, t.phone = digits[:3], digits[3:]
	}
	return nil
}

func (t *transfer) over() bool { return t.treatment == validated || t.treatment == rejected }

func (t *transfer) entry(kind sandbox.EntryKind, why string) sandbox.Entry {
	return sandbox.Entry{
		Account: "transfer/" + t.Currency, Kind: kind, Amount: t.Amount,
		Currency: t.Currency, Reference: t.Reference, ID: t.ID, Why: why,
	}
}

var (
	amountPattern = regexp.MustCompile(`^[1-9][0-9]{0,11}$`)
	method        = regexp.MustCompile(`^[A-Z0-9_]+$`)
)

// send answers POST transfer/money/send/contact. It carries the items out one
// by one, in order.
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
		lost = lost || sandbox.ScenarioOf(t.phone) == sandbox.ScenarioLostAnswer
		out = append(out, p.item(it.echo, 0, "treatment_status", t.treatment, "transaction_id", t.ID, "lot", t.lot))
	}
	a := p.items(out)
	a.After, a.Lost = func() { p.afterSend(made) }, lost
	return a
}

// checkSend checks an item by itself, without regard to earlier transfers.
func (p *Server) checkSend(it *item) {
	it.need("prefix", "phone", "amount", "client_transaction_id")
	if !kit.AcceptableURL(it.fields["notify_url"]) {
		it.complain(725)
	}
	m, given := it.fields["payment_method"]
	if given && !method.MatchString(m) || len(it.fields["client_transaction_id"]) > 255 {
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

// amount reads a whole number above 0, and returns 0 for anything else.
func (it *item) amount() int64 {
	if !amountPattern.MatchString(it.fields["amount"]) {
		return 0
	}
	n, _ := strconv.ParseInt(it.fields["amount"], 10, 64)
	return n
}

// makeTransfer makes the transfer of an item. It returns nil if the item fails,
// and the item then has the code.
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
	country := countries[f["prefix"]]
	t := &transfer{
		Order: sandbox.Order{
			Kind: sandbox.Payout, ID: newID(), Reference: f["client_transaction_id"], Created: p.Now(),
			Amount: it.amount() * unit(country.currency), Currency: country.currency,
		},
		lot: digits(22), prefix: f["prefix"], phone: f["phone"], operator: cmp.Or(f["payment_method"], country.operator),
		notifyURL: f["notify_url"], treatment: statusNew, sending: pending,
	}
	if p.cfg.AllowListed {
		t.sending = confirm
	}
	if sandbox.ScenarioOf(t.phone) == sandbox.ScenarioLowBalance || p.Book(t.entry(sandbox.Debit, "transfer")) != nil {
		it.code = 602
		return nil
	}
	p.transfers = append(p.transfers, t)
	return t
}

func (p *Server) afterSend(made []*transfer) {
	for _, t := range made {
		p.ping(t.ID, t.notifyURL)
		switch plan := p.PlanFor(t.ID, t.phone, p.cfg.AutoSettle); {
		case plan.Succeeds:
			_ = p.Approve(t.ID)
		case plan.Fails:
			_ = p.Decline(t.ID, "")
		}
	}
}

func (p *Server) arrive(t *transfer) {
	t.sending, t.treatment, t.validated, t.operatorID = confirm, validated, p.Now(), "OP"+digits(10)
}

// findTransfer finds a transfer by either id. The other one is "".
func (p *Server) findTransfer(id, client string) *transfer {
	return kit.First(p.transfers, func(t *transfer) bool {
		return id != "" && t.ID == id || client != "" && t.Reference == client
	})
}

// checkTransfer answers GET transfer/check/money.
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
		"transaction_id", t.ID, "client_transaction_id", t.Reference, "lot", t.lot, "amount", units(&t.Order),
		"receiver", t.phone, "receiver_e164", "+" + t.prefix + t.phone, "operator", t.operator,
		"sending_status", t.sending, "transfer_valid", valid, "treatment_status", t.treatment,
		"comment", t.note, "validated_at", kit.Null(formatTime(t.validated)),
	}})
}

// balance answers GET transfer/check/balance, for one of the currencies.
func (p *Server) balance(*sandbox.Request) *sandbox.Answer {
	var using int64
	for _, t := range p.transfers {
		if t.Currency == p.cfg.Currency && !t.over() {
			using += t.Amount / unit(t.Currency)
		}
	}
	available := p.Balance("transfer/"+p.cfg.Currency) / unit(p.cfg.Currency)
	return p.ok(kit.Object{"amount", available + using, "inUsing", using, "available", available})
}

func digits(n int) string { return kit.Random(n, "0123456789") }

func newID() string { return kit.Random(8, "0123456789ABCDEF") + "." + digits(10) }
