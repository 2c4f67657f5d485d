package sandbox

import (
	"strings"
	"time"
)

// Scenario is how the order of a customer ends. The customer's phone number
// chooses it.
type Scenario string

// The scenarios, and the six digits that a number of any country ends with to
// choose one. A payment's number is the customer's, a payout's the recipient's.
// All other numbers do what the provider's Config says.
//
//	…990001  Succeeds             the order succeeds right after the answer
//	…990002  IsDeclined           the order fails right after the answer
//	…990003  StaysPending         the order stays pending, whatever AutoSettle says
//	…990004  LosesAnswer          the order is carried out, and the connection ends without an answer
//	…990005  IsReportedLate       the order succeeds, and the notification comes an hour later by the sandbox's clock
//	…990006  LacksBalance         the payer has too little money: a payout is refused or fails, a payment fails
//
// Examples are 70 99 00 02 in Burkina Faso, 07 07 99 00 02 in Côte d'Ivoire and
// 01 61 99 00 02 in Benin.
const (
	Normal         Scenario = ""
	Succeeds       Scenario = "990001"
	IsDeclined     Scenario = "990002"
	StaysPending   Scenario = "990003"
	LosesAnswer    Scenario = "990004"
	IsReportedLate Scenario = "990005"
	LacksBalance   Scenario = "990006"
)

// ScenarioOf returns the scenario that a phone number chooses.
func ScenarioOf(phone string) Scenario {
	for _, s := range []Scenario{Succeeds, IsDeclined, StaysPending, LosesAnswer, IsReportedLate, LacksBalance} {
		if strings.HasSuffix(phone, string(s)) {
			return s
		}
	}
	return Normal
}

// lateness is how long the notifications of IsReportedLate wait.
const lateness = time.Hour

// Plan says what becomes of an order.
type Plan struct {
	Succeeds, Fails bool // right after the answer; neither: it stays pending
	LacksBalance    bool // fails because the payer has too little money
	LosesAnswer     bool
}

// PlanFor returns what the customer's phone chooses for the order with the
// provider's id ref. auto is what becomes of all other numbers: true succeeds,
// false stays pending.
func (s *Server) PlanFor(ref, phone string, auto bool) Plan {
	switch scenario := ScenarioOf(phone); scenario {
	case Normal:
		return Plan{Succeeds: auto}
	case StaysPending:
		return Plan{}
	case IsDeclined, LacksBalance:
		return Plan{Fails: true, LacksBalance: scenario == LacksBalance}
	case IsReportedLate:
		s.Delay(ref)
		return Plan{Succeeds: true}
	default:
		return Plan{Succeeds: true, LosesAnswer: scenario == LosesAnswer}
	}
}

// Follow has the answer that creates an order carry the plan out.
func (p Plan) Follow(a *Answer, succeed, fail func()) *Answer {
	a.Lost = p.LosesAnswer
	switch {
	case p.Succeeds:
		a.After = succeed
	case p.Fails:
		a.After = fail
	}
	return a
}
