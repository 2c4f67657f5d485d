package wapay_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/wapay-go/wapay"
)

func ExampleMoney() {
	price := wapay.SLE.Minor(1250)
	fee, err := wapay.ParseMoney("0.05", wapay.SLE)
	if err != nil {
		log.Fatal(err)
	}
	total, err := price.Add(fee)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(total, total.Decimal(), total.MinorUnits())
	fmt.Println(total == wapay.SLE.Minor(1255))

	_, err = total.Add(wapay.XOF.Units(5000))
	fmt.Println(err)
	// Output:
	// 12.55 SLE 12.55 1255
	// true
	// wapay: cannot mix SLE and XOF
}

func ExampleParseMoney() {
	for _, s := range []string{"76738.84", "5000", "1e3", "0.005"} {
		m, err := wapay.ParseMoney(s, wapay.SLE)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(m)
	}
	// Output:
	// 76738.84 SLE
	// 5000.00 SLE
	// wapay: "1e3" is not an amount: want digits, with a point before the decimals
	// wapay: amount "0.005" has 3 decimals, SLE has 2
}

func ExampleSecret() {
	credentials := struct {
		APIKey wapay.Secret
		SiteID string
	}{"sk_live_8f14e45f", "site-1"}
	fmt.Printf("%+v\n", credentials)
	fmt.Println(len(string(credentials.APIKey)))
	// Output:
	// {APIKey:[redacted] SiteID:site-1}
	// 16
}

// advise returns what a shop does next.
func advise(err error) string {
	var e *wapay.Error
	switch {
	case err == nil:
		return "keep the payment's id and wait for the notification"
	case errors.Is(err, wapay.ErrOutcomeUnknown): // before all other kinds
		return "do not pay again: call SettlePayment"
	case !wapay.NotDone(err):
		return "nothing is proven: keep the order open, and ask again"
	case errors.Is(err, wapay.ErrRateLimited) && errors.As(err, &e):
		return fmt.Sprintf("nothing was done: try again in %v", e.RetryAfter)
	case errors.Is(err, wapay.ErrInvalid) && errors.As(err, &e):
		return fmt.Sprintf("nothing was done: correct %v", e.Details)
	case errors.As(err, &e) && e.Outcome == wapay.OutcomeNotSent:
		return "nothing was sent: try again"
	}
	return "nothing was done: tell the customer"
}

func ExampleError() {
	for _, err := range []error{ // as a provider's Pay returns them
		nil,
		&wapay.Error{Kind: wapay.ErrUnavailable, Outcome: wapay.OutcomeUnknown},
		&wapay.Error{Kind: wapay.ErrUnavailable, Outcome: wapay.OutcomeNotSent},
		&wapay.Error{Kind: wapay.ErrRateLimited, Outcome: wapay.OutcomeRejected, RetryAfter: 20 * time.Second},
		&wapay.Error{
			Kind: wapay.ErrInvalid, Outcome: wapay.OutcomeNotSent,
			Details: []wapay.FieldError{{Field: "Operator", Message: "is required"}},
		},
		&wapay.Error{Kind: wapay.ErrInsufficientFunds, Outcome: wapay.OutcomeRejected},
		&wapay.Error{Kind: wapay.ErrNotFound, Outcome: wapay.OutcomeReadOnly}, // of a lookup
	} {
		fmt.Println(advise(err))
	}
	// Output:
	// keep the payment's id and wait for the notification
	// do not pay again: call SettlePayment
	// nothing was sent: try again
	// nothing was done: try again in 20s
	// nothing was done: correct [{Operator is required}]
	// nothing was done: tell the customer
	// nothing is proven: keep the order open, and ask again
}

func ExampleError_Error() {
	fmt.Println(&wapay.Error{
		Provider: "barkapay", Op: "Charge", Reference: "order-4521", HTTPStatus: 502, Attempts: 1,
		Kind: wapay.ErrUnavailable, Outcome: wapay.OutcomeUnknown,
	})
	// Output: barkapay: Charge "order-4521": outcome unknown: provider unavailable: HTTP 502
}

// lossyProvider takes an order and loses the answer. A moment later it knows
// the order.
type lossyProvider struct{ lookups int }

func (p *lossyProvider) Pay(_ context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	return nil, &wapay.Error{
		Provider: "lossy", Op: "Pay", Reference: r.Reference, Kind: wapay.ErrUnavailable, Outcome: wapay.OutcomeUnknown,
	}
}

func (p *lossyProvider) FindPayment(_ context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	if p.lookups++; p.lookups < 3 {
		return nil, &wapay.Error{Provider: "lossy", Op: "FindPayment", Kind: wapay.ErrNotFound,
			Outcome: wapay.OutcomeReadOnly}
	}
	return &wapay.Payment{Provider: "lossy", ID: "P1", Reference: ref.Reference, Status: wapay.StatusPending}, nil
}

// firm answers every payout with err, or takes it if there is none.
type firm struct {
	name string
	err  *wapay.Error
}

func (f firm) Payout(_ context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	if f.err != nil {
		return nil, f.err
	}
	return &wapay.Payout{Provider: f.name, Reference: r.Reference, Status: wapay.StatusPending}, nil
}

func (f firm) FindPayout(context.Context, wapay.Ref) (*wapay.Payout, error) {
	return nil, &wapay.Error{Provider: f.name, Op: "FindPayout", Kind: wapay.ErrNotFound, Outcome: wapay.OutcomeReadOnly}
}

// payOut tries one provider after the other while it is certain that none has
// paid.
func payOut(ctx context.Context, r wapay.PayoutRequest, firms ...wapay.Payouter) (p *wapay.Payout, err error) {
	for _, f := range firms {
		if p, err = f.Payout(ctx, r); !wapay.NotDone(err) {
			break // paid, or perhaps paid
		}
	}
	return p, err
}

func ExampleNotDone() {
	ctx := context.Background()
	order := wapay.PayoutRequest{Reference: "salary-7", Amount: wapay.XOF.Units(5000)}
	poor := firm{"poor", &wapay.Error{Provider: "poor", Kind: wapay.ErrInsufficientFunds, Outcome: wapay.OutcomeRejected}}
	silent := firm{"silent", &wapay.Error{Provider: "silent", Kind: wapay.ErrUnavailable, Outcome: wapay.OutcomeUnknown}}
	good := firm{name: "good"}

	p, err := payOut(ctx, order, poor, good)
	fmt.Println(p.Provider, p.Status, err)

	_, err = payOut(ctx, order, silent, good)
	fmt.Println("keep it open and settle it:", errors.Is(err, wapay.ErrOutcomeUnknown))
	// Output:
	// good pending <nil>
	// keep it open and settle it: true
}

func ExampleSettlePayment() {
	ctx := context.Background()
	var provider wapay.Payer = &lossyProvider{} // in production: barkapay.New(…)
	order := wapay.PaymentRequest{Reference: "order-4521", Amount: wapay.XOF.Units(5000)}

	payment, err := provider.Pay(ctx, order)
	if errors.Is(err, wapay.ErrOutcomeUnknown) {
		fmt.Println(err)
		payment, err = wapay.SettlePayment(ctx, provider, wapay.Ref{Reference: order.Reference},
			wapay.PollEvery(time.Millisecond, time.Second))
	}
	if err != nil {
		fmt.Println("still unknown, ask later:", err)
		return
	}
	fmt.Println("the provider has it:", payment.ID, payment.Status)
	// Output:
	// lossy: Pay "order-4521": outcome unknown: provider unavailable
	// the provider has it: P1 pending
}
