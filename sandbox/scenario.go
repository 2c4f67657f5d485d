package sandbox

import (
	"strings"
	"time"
)

// Scenario is how the order of a customer ends. The customer's phone number
// chooses it.
type Scenario string

// The scenarios. The last six digits of a number of any country choose one. A
// payment's number is the customer's, a payout's the recipient's. For all other
// numbers the provider's Config decides.
//
// Examples are 70 99 00 02 in Burkina Faso, 07 07 99 00 02 in Côte d'Ivoire and
// 01 61 99 00 02 in Benin.
const (
	ScenarioNone Scenario = ""
	// ScenarioSuccess lets the order succeed right after the answer.
	ScenarioSuccess Scenario = "990001"
	// ScenarioDecline lets the order fail right after the answer.
	ScenarioDecline Scenario = "990002"
	// ScenarioPending leaves the order pending, even with AutoSettle.
	ScenarioPending Scenario = "990003"
	// ScenarioLostAnswer carries the order out, and ends the connection without
	// an answer.
	ScenarioLostAnswer Scenario = "990004"
	// ScenarioLateNotification lets the order succeed. The notification comes
	// an hour later by the sandbox's clock.
	ScenarioLateNotification Scenario = "990005"
	// ScenarioLowBalance gives the payer too little money. A payout is refused
	// or fails, a payment fails.
	ScenarioLowBalance Scenario = "990006"
)

// ScenarioOf returns the scenario that a phone number chooses.
func ScenarioOf(phone string) Scenario {
	for _, s := range []Scenario{
		ScenarioSuccess, ScenarioDecline, ScenarioPending, ScenarioLostAnswer, ScenarioLateNotification, ScenarioLowBalance,
	} {
		if strings.HasSuffix(phone, string(s)) {
			return s
		}
	}
	return ScenarioNone
}

// lateness is the delay of the notifications of ScenarioLateNotification.
const lateness = time.Hour

// Plan says how an order ends.
type Plan struct {
	Succeeds, Fails bool // right after the answer; without either, the order stays pending
	LacksBalance    bool // the order fails because the payer has too little money
	LosesAnswer     bool
}

// PlanFor returns the plan that the customer's phone number chooses. ref is the
// provider's id of the order. Orders with other numbers succeed if auto is
// true, and stay pending otherwise.
func (s *Server) PlanFor(ref, phone string, auto bool) Plan {
	switch scenario := ScenarioOf(phone); scenario {
	case ScenarioNone:
		return Plan{Succeeds: auto}
	case ScenarioPending:
		return Plan{}
	case ScenarioDecline, ScenarioLowBalance:
		return Plan{Fails: true, LacksBalance: scenario == ScenarioLowBalance}
	case ScenarioLateNotification:
		s.Delay(ref)
		return Plan{Succeeds: true}
	default:
		return Plan{Succeeds: true, LosesAnswer: scenario == ScenarioLostAnswer}
	}
}

// Follow makes the answer to a new order carry the plan out.
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
