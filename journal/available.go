package journal

import (
	"context"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/flight"
)

const (
	statesLast = time.Minute     // how long an answer about the operators is used
	statesWait = 3 * time.Second // how long an order waits for one
)

// cachedClient caches the client's answer about its operators, and also that it
// gave none.
type cachedClient struct {
	wapay.Payer
	wapay.Payouter
	client any
	states *flight.Cache[[]wapay.OperatorState]
}

func newCachedClient(c client, live wapay.Availability) cachedClient {
	fetch := func(ctx context.Context) (states []wapay.OperatorState, use time.Duration, _ error) {
		ctx, cancel := context.WithTimeout(ctx, statesWait)
		defer cancel()
		answer := make(chan []wapay.OperatorState, 1)
		go func() { // a client that ignores its context delays no order
			var told []wapay.OperatorState
			if guard(func() (err error) {
				told, err = live.OperatorStates(ctx)
				return err
			}) != nil {
				told = nil
			}
			answer <- told
		}()
		select {
		case states = <-answer:
		case <-ctx.Done():
		}
		return states, statesLast, nil
	}
	return cachedClient{c.payer, c.payouter, c.scoper, flight.New("question about the operators", fetch, time.Now)}
}

func (k cachedClient) OperatorStates(ctx context.Context) ([]wapay.OperatorState, error) {
	e, err := k.states.Get(ctx)
	if err != nil {
		return nil, err
	}
	return e.Value, nil
}

func (k cachedClient) ServesPayment(r wapay.PaymentRequest) error { return wapay.Serves(k.client, r) }

func (k cachedClient) ServesPayout(r wapay.PayoutRequest) error { return wapay.Serves(k.client, r) }
