package apiv1test

import (
	"errors"
	"html"
	"net/http"
	"strings"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// The words of an order's state.
const (
	initiated = "INITIATED"
	pending   = "PENDING"
	success   = "SUCCESS"
	failed    = "FAILED"
	expired   = "EXPIRED"

	lacksBalance = "INSUFFICIENT_BALANCE"
)

type order struct {
	isPayment                  bool
	id, reference              string
	notifyToken, paymentToken  string
	amount                     int64 // whole units
	phone, method, name, email string
	notifyURL                  string
	word, reason               string // reason is the word inside details
	direct, mustOpen           bool
	code                       string // one-time code
	created                    time.Time
	due                        time.Time // when it ends by itself, zero for never
	dueWord                    string
	notified                   bool
}

func (o *order) over() bool { return o.word == success || o.failed() }

func (o *order) failed() bool { return o.word == failed || o.word == lacksBalance }

func (p *Server) entry(o *order, kind sandbox.EntryKind, why string) sandbox.Entry {
	amount := o.amount
	if !o.isPayment {
		amount += p.cfg.Fee
	}
	return sandbox.Entry{
		Account: p.account(), Kind: kind, Amount: amount * p.unit(), Currency: p.currency(),
		Reference: o.reference, ID: o.id, Why: why,
	}
}

// used reports whether a reference is taken.
func (p *Server) used(o *order) bool {
	return kit.First(p.orders, func(old *order) bool {
		return old.reference == o.reference && (p.cfg.OneSpace || old.isPayment == o.isPayment) &&
			!(p.cfg.FreedByFailure && old.failed())
	}) != nil && !p.cfg.RepeatsMakeTwo
}

// createPayment is POST payment.
func (p *Server) createPayment(r *sandbox.Request, _ string) *sandbox.Answer {
	o, complaint := p.readPayment(r)
	switch {
	case complaint != "":
		return p.refuse(422, "INVALID_PARAMS", complaint)
	case p.used(o):
		return p.refuse(400, "TRANSACTION_EXIST", "The merchant_transaction_id was used before")
	}
	o.id, o.paymentToken, o.notifyToken = kit.Hex(32), "ptok_"+kit.Hex(32), "ntok-"+kit.Hex(32)
	o.mustOpen = !o.direct || p.cfg.NoDirectMode
	if o.direct && !o.mustOpen {
		p.followNumber(o)
	}
	p.orders = append(p.orders, o)
	if o.over() && p.cfg.NoticesFirst {
		p.noticeNow(o)
	}
	return p.answerPayment(o)
}

func (p *Server) answerPayment(o *order) *sandbox.Answer {
	out := kit.Object{
		"code", p.number(200), "status", "OK", "merchant_transaction_id", o.reference, "transaction_id", o.id,
		"payment_token", o.paymentToken, "notify_token", o.notifyToken,
	}
	if o.mustOpen || !p.cfg.Bare {
		out = append(out, "payment_url", p.Root()+pagePath+o.paymentToken)
	}
	if !p.cfg.Bare || !o.mustOpen {
		out = append(out, "details", kit.Object{
			"code", p.number(codes[o.word]), "status", o.word, "message", "sandbox", "must_be_redirected", o.mustOpen,
		})
	}
	a := sandbox.JSON(200, out)
	if o.over() {
		a.After = func() { p.withOrder(o, p.notice) }
		return a
	}
	plan := p.PlanFor(o.id, o.phone, p.cfg.AutoSettle && o.due.IsZero())
	word := failed
	if plan.LacksBalance {
		word = lacksBalance
	}
	return plan.Follow(a, func() { _ = p.Approve(o.id) }, func() { _ = p.end(o.id, func(o *order) { o.word = word }) })
}

func (p *Server) withOrder(o *order, fn func(*order)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fn(o)
}

// followNumber does what the provider's sandbox documents for the last four
// digits of the payer's number.
func (p *Server) followNumber(o *order) {
	soon := p.Now().Add(3 * time.Second)
	switch {
	case sandbox.ScenarioOf(o.phone) != sandbox.Normal:
	case strings.HasSuffix(o.phone, "0700"):
		o.word = success
		p.credit(o)
	case strings.HasSuffix(o.phone, "0701"):
		o.word, o.due, o.dueWord = pending, soon, success
	case strings.HasSuffix(o.phone, "0703"):
		o.word = failed
	case strings.HasSuffix(o.phone, "0704"):
		o.word, o.due, o.dueWord = pending, soon, failed
	case strings.HasSuffix(o.phone, "0706"):
		o.word, o.due, o.dueWord = pending, p.Now().AddDate(100, 0, 0), pending
	}
}

func (p *Server) credit(o *order) { p.MustBook(p.entry(o, sandbox.Credit, "payment")) }

// createTransfer is POST transfer.
func (p *Server) createTransfer(r *sandbox.Request, _ string) *sandbox.Answer {
	o, complaint := p.readTransfer(r)
	switch {
	case complaint != "":
		return p.refuse(422, "INVALID_PARAMS", complaint)
	case p.used(o):
		return p.refuse(400, "TRANSACTION_EXIST", "The merchant_transaction_id was used before")
	}
	o.id, o.notifyToken = kit.UUID(), "ntok-"+kit.Hex(32)
	p.orders = append(p.orders, o)
	short := sandbox.ScenarioOf(o.phone) == sandbox.LacksBalance
	if short || errors.Is(p.Book(p.entry(o, sandbox.Debit, "transfer")), sandbox.ErrInsufficient) {
		o.id, o.word, o.reason = "ER-T-"+kit.Hex(4)+"-"+o.reference, failed, lacksBalance
		return sandbox.JSON(200, p.state(o))
	}
	a := sandbox.JSON(200, p.state(o))
	return p.PlanFor(o.id, o.phone, p.cfg.AutoSettle).Follow(a,
		func() { _ = p.Approve(o.id) }, func() { _ = p.Decline(o.id, "") })
}

// state is an order as a lookup shows it. The answer to a new transfer has the
// same form.
func (p *Server) state(o *order) kit.Object {
	out := kit.Object{
		"code", p.number(codes[o.word]), "status", o.word, "merchant_transaction_id", o.reference, "transaction_id", o.id,
	}
	if !o.isPayment {
		if !p.cfg.Bare {
			out = append(out, "notify_token", o.notifyToken)
		}
		out = append(out, "amount", p.amount(o.amount), "fee_amount", p.amount(p.cfg.Fee), "phone_number", o.phone)
	} else if p.cfg.AmountsInStates {
		out = append(out, "amount", p.amount(o.amount))
	}
	if !p.cfg.Bare && (!o.isPayment || p.cfg.AmountsInStates) {
		out = append(out, "currency", p.currency())
	}
	if o.reason != "" && !o.isPayment {
		out = append(out, "details", kit.Object{
			"code", p.number(codes[o.reason]), "status", o.reason, "message", "Balance too low",
		})
	}
	if o.isPayment && !p.cfg.Bare {
		out = append(out, "user", o.user())
	}
	return out
}

func (o *order) user() kit.Object {
	return kit.Object{"name", o.name, "email", o.email, "phone_number", kit.Null(o.phone)}
}

func (p *Server) payment(_ *sandbox.Request, id string) *sandbox.Answer  { return p.lookup(id, true) }
func (p *Server) transfer(_ *sandbox.Request, id string) *sandbox.Answer { return p.lookup(id, false) }

// lookup finds the oldest order with the id.
func (p *Server) lookup(id string, isPayment bool) *sandbox.Answer {
	o := kit.First(p.orders, func(o *order) bool {
		byReference := o.reference == id && (isPayment || !p.cfg.OwnIDsOnly)
		return o.isPayment == isPayment && (o.id == id || byReference || isPayment && o.paymentToken == id) &&
			!p.Now().Before(o.created.Add(p.cfg.LookupsLag))
	})
	if o == nil {
		return p.notFound()
	}
	return sandbox.JSON(200, p.state(o))
}

// page is what a browser sees under a payment_url. Looking at it pays nothing.
func (p *Server) page(r *sandbox.Request) *sandbox.Answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	token := strings.TrimPrefix(r.Path, pagePath)
	o := kit.First(p.orders, func(o *order) bool { return o.isPayment && o.paymentToken == token })
	if o == nil || r.Method != http.MethodGet {
		return sandbox.HTML(404, "<h1>Sandbox</h1><p>No such payment.</p>")
	}
	return sandbox.HTML(200, "<h1>Sandbox</h1><p>Payment "+html.EscapeString(o.reference)+": "+o.word+".</p>")
}
