package journal_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/barkapay/payhub"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

// A shop writes its own row in the transaction that stores the new status. It
// needs a handler for each provider.
func ExampleNew() {
	start := func(ctx context.Context, db *sql.DB, bp *barkapay.Client, key wapay.Secret) (*journal.Route, http.Handler, error) {
		ship := func(ctx context.Context, tx *sql.Tx, o *journal.Order) error {
			_, err := tx.ExecContext(ctx, "UPDATE carts SET status = $1 WHERE reference = $2", o.Status, o.Reference)
			return err
		}
		j, err := journal.New(db, journal.PostgreSQL, journal.WithProvider("barkapay", bp), journal.OnChange(ship))
		if err != nil {
			return nil, nil, err
		}
		if err := j.CreateSchema(ctx); err != nil {
			return nil, nil, err
		}
		h, err := ipn.NewHandler(ipn.BarkaPay(key), j.Notify, ipn.WithConfirm(ipn.ConfirmPayments(bp), ipn.ConfirmPayouts(bp)))
		if err != nil {
			return nil, nil, err
		}
		go j.Run(ctx) // asks about what is open, until ctx ends
		return j.Via("barkapay"), h, nil
	}
	_ = start
}

// Both providers get the same order. CinetPay needs fields that BarkaPay does
// not, and spells operators in its own way.
func ExampleAdaptPayments() {
	forCinetPay := func(r *wapay.PaymentRequest) error {
		r.Operator = cinetpay.ChannelMobileMoney
		r.Description = "Order " + r.Reference
		r.NotifyURL = "https://shop.example/notify/cinetpay"
		r.ReturnURL = "https://shop.example/thanks"
		return nil
	}
	start := func(db *sql.DB, bp *barkapay.Client, cp *cinetpay.Client) (*journal.Journal, error) {
		return journal.New(db, journal.SQLite,
			journal.WithProvider("barkapay", bp),
			journal.WithProvider("cinetpay", cp, journal.AdaptPayments(forCinetPay)))
	}
	_ = start
}

// A second run over the same requests pays nobody twice.
func ExampleRoute_PayoutAll() {
	pay := func(ctx context.Context, route *journal.Route, salaries []wapay.PayoutRequest) (again bool) {
		for r := range route.PayoutAll(ctx, slices.Values(salaries), journal.ReadTwice()) {
			_, later := journal.RetryAfter(r.Err)
			switch {
			case r.Err == nil:
				fmt.Println(r.Request.Reference, r.Payout.Status) // pending: OnChange has the end
			case later:
				again = true // the outcome may be unknown: run again, and tell nobody "failed"
			case errors.Is(r.Err, wapay.ErrOutcomeUnknown):
				fmt.Println(r.Request.Reference, "is for a person to look at:", r.Err)
			default:
				fmt.Println(r.Request.Reference, "was not paid:", r.Err)
			}
		}
		return again
	}
	_ = pay
}

// The operator sends the customer a code after the order. The client of the
// provider takes it, and the journal learns the end by asking.
func ExampleRoute_FindPayment_code() {
	finish := func(ctx context.Context, route *journal.Route, client *payhub.Client, order wapay.PaymentRequest, code string) (*wapay.Payment, error) {
		p, err := route.Pay(ctx, order) // the order as it is now; sends no code
		if err != nil || p.Action != wapay.ActionGiveCode {
			return p, err
		}
		if _, err := client.ConfirmOTP(ctx, p.ID, wapay.Secret(code)); err != nil {
			return nil, err // of the code: the payment is there, and waits or is over
		}
		return route.FindPayment(ctx, wapay.Ref{Reference: order.Reference})
	}
	_ = finish
}
