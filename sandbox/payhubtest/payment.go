package payhubtest

import (
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// operators has the operators. ORANGE wants the code with the payment, MOOV
// after it, and the others want none.
var operators = []string{"MOOV", "MTN", "ORANGE", "WAVE"}

const (
	codeFirst = "ORANGE"
	codeAfter = "MOOV"
)

func (p *Server) createPayment(c *call) *sandbox.Answer {
	o, b, refused := p.read(c, "otp")
	if refused != nil {
		return refused
	}
	code := b.Text("otp", 255)
	plan := p.PlanFor(o.ID, o.Phone, p.cfg.AutoSettle)
	switch {
	case len(b.Complaints()) > 0:
		return p.invalid(c.Request, b.Complaints()...)
	case o.operator == codeAfter && code == "", o.operator == codeFirst && code == "" && p.cfg.CodeAfter:
		o.Status = awaiting
	case o.operator == codeFirst && code == "":
		return p.invalid(c.Request, "otp", "Is required for this operator.")
	case code != "" && o.operator != codeFirst:
		return p.invalid(c.Request, "otp", "Is not for a new payment of this operator.")
	case code != "":
		p.commit(o, code, plan)
	}
	return p.answer(o, plan)
}

// commit ends a payment with its code. With ScenarioPending it still waits for
// the operator.
func (p *Server) commit(o *order, code string, plan sandbox.Plan) {
	right := code == p.OTP(o.Phone)
	p.UseOTP(o.Phone)
	switch {
	case !right:
		p.move(o, failed, "The code is wrong or has expired.")
	case plan.Fails:
		p.move(o, failed, "The customer's balance is too low.")
	case sandbox.ScenarioOf(o.Phone) == sandbox.ScenarioPending:
		o.Status = operating
	default:
		p.move(o, succeeded, "")
	}
}

func (p *Server) confirm(c *call) *sandbox.Answer {
	b, refused := p.readBody(c.Request, "otp")
	if refused != nil {
		return refused
	}
	code := b.Need("otp", 255)
	if len(b.Complaints()) > 0 {
		return p.invalid(c.Request, b.Complaints()...)
	}
	o, refused := p.awaits(c)
	if refused != nil {
		return refused
	}
	if code != p.OTP(o.Phone) && !p.cfg.WrongCodeFails {
		return p.invalid(c.Request, "otp", "Wrong code.")
	}
	plan := p.PlanFor(o.ID, o.Phone, true)
	p.commit(o, code, plan)
	a := success(200, kit.Object{"payment", p.view(o)})
	a.Lost = plan.LosesAnswer
	return a
}

func (p *Server) resend(c *call) *sandbox.Answer {
	if len(c.Body) > 0 {
		return p.invalid(c.Request, "body", "There is none.")
	}
	o, refused := p.awaits(c)
	if refused != nil {
		return refused
	}
	p.UseOTP(o.Phone)
	return sandbox.JSON(200, kit.Object{"status", "success"})
}

// awaits returns the payment that has the public id and waits for a code.
func (p *Server) awaits(c *call) (*order, *sandbox.Answer) {
	o := kit.First(p.orders, func(o *order) bool { return o.Kind == c.kind && o.country == c.country && o.ID == c.id })
	switch {
	case o == nil:
		return nil, p.refuse(c.Request, 404, "resource_not_found", "Nothing under this id.")
	case o.Status != awaiting:
		return nil, p.invalid(c.Request, "status", "The payment waits for no code.")
	}
	return o, nil
}
