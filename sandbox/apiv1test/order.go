package apiv1test

import (
	"errors"
	"net/http"
	"slices"
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
	sandbox.Order
	notifyToken, paymentToken string
	method, name, email       string
	notifyURL                 string
	reason                    string // the word inside details
	direct, mustOpen          bool
	code                      string    // one-time code
	due                       time.Time // when it ends by itself, zero for never
	dueWord                   string
	notified                  bool
}

func (o *order) order() *sandbox.Order {
	o.Pending, o.Succeeded = !o.over(), o.Status == success
	return &o.Order
}

// alter refuses values that no lookup shows.
func (p *Server) alter(o *order, c sandbox.Change) error {
	noAmount := o.Kind == sandbox.Payment && !p.cfg.AmountsInStates
	if noAmount && c.Amount != 0 || o.Kind == sandbox.Payment && c.Fee != 0 ||
		(noAmount || p.cfg.Bare) && c.Currency != "" || o.Kind == sandbox.Payment && p.cfg.Bare && c.Phone != "" {
		return sandbox.ErrNotShown
	}
	return nil
}

func (o *order) over() bool { return o.Status == success || o.failed() }

func (o *order) failed() bool { return o.Status == failed || o.Status == lacksBalance }

func (p *Server) entry(o *order, kind sandbox.EntryKind, why string) sandbox.Entry {
	return sandbox.Entry{
		Account: p.account(), Kind: kind, Amount: o.Amount + o.Fee, Currency: p.currency(),
		Reference: o.Reference, ID: o.ID, Why: why,
	}
}

// check refuses a wrong body and a used reference.
func (p *Server) check(o *order, complaint string) *sandbox.Answer {
	used := slices.ContainsFunc(p.orders, func(old *order) bool {
		return old.Reference == o.Reference && (p.cfg.OneSpace || old.Kind == o.Kind) &&
			!(p.cfg.FreedByFailure && old.failed())
	})
	switch {
	case complaint != "":
		return p.refuse(422, "INVALID_PARAMS", complaint)
	case used && !p.cfg.RepeatsMakeTwo:
		return p.refuse(400, "TRANSACTION_EXIST", "The merchant_transaction_id was used before")
	}
	return nil
}

// createPayment answers POST payment.
func (p *Server) createPayment(r *sandbox.Request, _ string) *sandbox.Answer {
	o, complaint := p.readPayment(r)
	if refused := p.check(o, complaint); refused != nil {
		return refused
	}
	o.ID, o.paymentToken, o.notifyToken = kit.Hex(32), "ptok_"+kit.Hex(32), "ntok-"+kit.Hex(32)
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
		"code", p.number(200), "status", "OK", "merchant_transaction_id", o.Reference, "transaction_id", o.ID,
		"payment_token", o.paymentToken, "notify_token", o.notifyToken,
	}
	if o.mustOpen || !p.cfg.Bare {
		out = append(out, "payment_url", p.Root()+pagePath+o.paymentToken)
	}
	if !p.cfg.Bare || !o.mustOpen {
		out = append(out, "details", kit.Object{
			"code", p.number(codes[o.Status]), "status", o.Status, "message", "sandbox", "must_be_redirected", o.mustOpen,
		})
	}
	a := sandbox.JSON(200, out)
	if o.over() {
		a.After = func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.notice(o)
		}
		return a
	}
	plan := p.PlanFor(o.ID, o.Phone, p.cfg.AutoSettle && o.due.IsZero())
	word := failed
	if plan.LacksBalance {
		word = lacksBalance
	}
	return plan.Follow(a, func() { _ = p.Approve(o.ID) }, func() { _ = p.end(o.ID, func(o *order) { o.Status = word }) })
}

// followNumber follows the last four digits of the payer's number, as the
// provider's sandbox documents them.
func (p *Server) followNumber(o *order) {
	soon := p.Now().Add(3 * time.Second)
	switch {
	case sandbox.ScenarioOf(o.Phone) != sandbox.ScenarioNone:
	case strings.HasSuffix(o.Phone, "0700"):
		o.Status = success
		p.credit(o)
	case strings.HasSuffix(o.Phone, "0701"):
		o.Status, o.due, o.dueWord = pending, soon, success
	case strings.HasSuffix(o.Phone, "0703"):
		o.Status = failed
	case strings.HasSuffix(o.Phone, "0704"):
		o.Status, o.due, o.dueWord = pending, soon, failed
	case strings.HasSuffix(o.Phone, "0706"):
		o.Status, o.due, o.dueWord = pending, p.Now().AddDate(100, 0, 0), pending
	}
}

func (p *Server) credit(o *order) { p.MustBook(p.entry(o, sandbox.Credit, "payment")) }

// createTransfer answers POST transfer.
func (p *Server) createTransfer(r *sandbox.Request, _ string) *sandbox.Answer {
	o, complaint := p.readTransfer(r)
	if refused := p.check(o, complaint); refused != nil {
		return refused
	}
	o.ID, o.notifyToken = kit.UUID(), "ntok-"+kit.Hex(32)
	p.orders = append(p.orders, o)
	short := sandbox.ScenarioOf(o.Phone) == sandbox.ScenarioLowBalance
	if short || errors.Is(p.Book(p.entry(o, sandbox.Debit, "transfer")), sandbox.ErrInsufficient) {
		o.ID, o.Status, o.reason = "ER-T-"+kit.Hex(4)+"-"+o.Reference, failed, lacksBalance
		return sandbox.JSON(200, p.state(o))
	}
	a := sandbox.JSON(200, p.state(o))
	return p.PlanFor(o.ID, o.Phone, p.cfg.AutoSettle).Follow(a,
		func() { _ = p.Approve(o.ID) }, func() { _ = p.Decline(o.ID, "") })
}

// state returns an order as a lookup shows it. The answer to a new transfer has
// the same form.
func (p *Server) state(o *order) kit.Object {
	out := kit.Object{
		"code", p.number(codes[o.Status]), "status", o.Status, "merchant_transaction_id", o.Reference, "transaction_id", o.ID,
	}
	if o.Kind == sandbox.Payout {
		if !p.cfg.Bare {
			out = append(out, "notify_token", o.notifyToken)
		}
		out = append(out, "amount", p.amount(o.Amount), "fee_amount", p.amount(o.Fee), "phone_number", o.Phone)
	} else if p.cfg.AmountsInStates {
		out = append(out, "amount", p.amount(o.Amount))
	}
	if !p.cfg.Bare && (o.Kind == sandbox.Payout || p.cfg.AmountsInStates) {
		out = append(out, "currency", o.Currency)
	}
	if o.reason != "" && o.Kind == sandbox.Payout {
		out = append(out, "details", kit.Object{
			"code", p.number(codes[o.reason]), "status", o.reason, "message", "Balance too low",
		})
	}
	if o.Kind == sandbox.Payment && !p.cfg.Bare {
		out = append(out, "user", o.user())
	}
	return out
}

func (o *order) user() kit.Object {
	return kit.Object{"name", o.name, "email", o.email, "phone_number", kit.Null(o.Phone)}
}

// lookup returns the endpoint that finds the oldest order of a kind with the
// id.
func lookup(kind sandbox.OrderKind) endpoint {
	return func(p *Server, _ *sandbox.Request, id string) *sandbox.Answer {
		isPayment := kind == sandbox.Payment
		o := kit.First(p.orders, func(o *order) bool {
			byReference := o.Reference == id && (isPayment || !p.cfg.OwnIDsOnly)
			return o.Kind == kind && (o.ID == id || byReference || isPayment && o.paymentToken == id) &&
				!p.Now().Before(o.Created.Add(p.cfg.LookupsLag))
		})
		if o == nil {
			return p.notFound()
		}
		return sandbox.JSON(200, p.state(o))
	}
}

// page serves a payment_url to a browser. Opening it pays nothing.
func (p *Server) page(r *sandbox.Request) *sandbox.Answer {
	token := strings.TrimPrefix(r.Path, pagePath)
	o := kit.First(p.orders, func(o *order) bool { return o.Kind == sandbox.Payment && o.paymentToken == token })
	if o == nil || r.Method != http.MethodGet {
		return sandbox.Page("", "")
	}
	return sandbox.Page(o.Reference, o.Status)
}
