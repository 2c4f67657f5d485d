package journal

import (
	"context"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/flight"
)

const (
	statesLast = time.Minute     // for which the answer about the operators is kept
	statesWait = 3 * time.Second // for it, in front of an order
)

// kept is a client whose answer about its operators is kept for a while. So is
// that there was none.
type kept struct {
	wapay.Payer
	wapay.Payouter
	client any
	states *flight.Cache[[]wapay.OperatorState]
}

func newKept(c client, live wapay.Availability) kept {
	fetch := func(ctx context.Context) (states []wapay.OperatorState, use time.Duration, _ error) {
		ctx, cancel := context.WithTimeout(ctx, statesWait)
		defer cancel()
		_ = guard(func() (err error) {
			states, err = live.OperatorStates(ctx)
			return err
		})
		return states, statesLast, nil
	}
	return kept{c.payer, c.payouter, c.asked, flight.New("question about the operators", fetch, time.Now)}
}

func (k kept) OperatorStates(ctx context.Context) ([]wapay.OperatorState, error) {
	e, err := k.states.Get(ctx)
	if err != nil {
		return nil, err
	}
	return e.Value, nil
}

func (k kept) ServesPayment(r wapay.PaymentRequest) error { return wapay.Serves(k.client, r) }

func (k kept) ServesPayout(r wapay.PayoutRequest) error { return wapay.Serves(k.client, r) }
