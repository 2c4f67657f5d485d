package barkapay

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/lookup"
)

// ListPayments lists the payments of a period, one UTC day at a time: see
// [wapay.Lister]. With both pairs it asks both apps. The provider documents
// neither paging nor a limit, so the client takes each list as complete. A list
// that is too long to read ends the sequence with an error.
func (c *Client) ListPayments(ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payment, error] {
	ctx = call.Start(ctx, "ListPayments", nil)
	return period(ctx, c, from, to, c.Payments, (*Transaction).payment)
}

// ListPayouts lists the transfers of a period in the same way as
// [Client.ListPayments].
func (c *Client) ListPayouts(ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payout, error] {
	ctx = call.Start(ctx, "ListPayouts", nil)
	return period(ctx, c, from, to, c.Transfers, (*Transaction).payout)
}

func period[T any](ctx context.Context, c *Client, from, to time.Time,
	list func(context.Context, Filter) ([]Transaction, error), as func(*Transaction, string) *T,
) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		if err := c.in().calls.Check(ctx, call.Read, "", check.Period(from, to)); err != nil {
			yield(nil, err)
			return
		}
		seen := map[string]bool{} // yesterday's rows: the provider's days may be in another time zone
		for day := from.UTC().Truncate(24 * time.Hour); day.Before(to); day = day.AddDate(0, 0, 1) {
			rows, err := list(ctx, Filter{From: day, To: day})
			if err != nil {
				yield(nil, lookup.ListError(err))
				return
			}
			today := map[string]bool{}
			for i := range rows {
				t := &rows[i]
				known := !t.CreatedAt.IsZero()
				switch {
				case t.ID == "":
					const unreadable = "a row of the list that cannot be read"
					if !yield(nil, c.in().calls.ReadError(ctx, "", wapay.ErrDecode, unreadable)) {
						return
					}
					continue
				case seen[t.ID], today[t.ID], known && t.CreatedAt.Before(from), known && !t.CreatedAt.Before(to):
				case !yield(as(t, ""), nil):
					return
				}
				today[t.ID] = true
			}
			seen = today
		}
	}
}

// Balances returns the balances of the mobile accounts ([Client.Accounts]). It
// names an Account by country and label: "BFA api". It leaves out an account
// whose balance is not a whole number of francs.
func (c *Client) Balances(ctx context.Context) ([]wapay.Balance, error) {
	accounts, err := c.Accounts(call.Start(ctx, "Balances", nil))
	if err != nil {
		return nil, err
	}
	var all []wapay.Balance
	for _, a := range accounts {
		if a.Type == "mobile" && a.Balance.Valid() {
			all = append(all, wapay.Balance{Account: a.Name + " " + a.Label, Available: a.Balance})
		}
	}
	return all, nil
}

// OperatorStates reports which operators work now
// ([Client.OperatorsAvailability]). An UNSTABLE operator works, a DOWN one does
// not. The older form of the answer names no operators, and is
// [wapay.ErrDecode].
func (c *Client) OperatorStates(ctx context.Context) ([]wapay.OperatorState, error) {
	ctx = call.Start(ctx, "OperatorStates", nil)
	a, err := c.OperatorsAvailability(ctx)
	if err != nil {
		return nil, err
	}
	if len(a.Operators) == 0 {
		return nil, c.in().calls.ReadError(ctx, "", wapay.ErrDecode, "the answer names no operators")
	}
	var states []wapay.OperatorState
	for _, o := range a.Operators {
		states = append(states, wapay.OperatorState{
			Operator: o.Operator, Country: alpha2[o.Country],
			Payments: !strings.EqualFold(o.Payment, "DOWN"), Payouts: !strings.EqualFold(o.Transfer, "DOWN"),
		})
	}
	return states, nil
}

// alpha2 maps the countries that are documented or seen in integrations.
var alpha2 = map[string]string{
	"BFA": "BF", "BEN": "BJ", "CIV": "CI", "GIN": "GN", "GNB": "GW", "MLI": "ML", "NER": "NE", "SEN": "SN", "TGO": "TG",
}

// ServesPayment reports why the provider does not take a payment: see
// [wapay.Scoper].
func (c *Client) ServesPayment(r wapay.PaymentRequest) error {
	ctx := call.Start(context.Background(), "ServesPayment", payNames)
	if r.Operator == "" && c.in().sci != nil {
		return c.ready(ctx, &call.Request{Reference: r.Reference}, sciApp, withPrice(linkOf(r)).check())
	}
	return c.ready(ctx, &call.Request{Reference: r.Reference}, apiApp, chargeOf(r).check())
}

func withPrice(r LinkRequest) LinkRequest { r.Price = PriceFixed; return r }

// ServesPayout reports why the provider does not make a payout: see
// [wapay.Scoper].
func (c *Client) ServesPayout(r wapay.PayoutRequest) error {
	ctx := call.Start(context.Background(), "ServesPayout", payoutNames)
	return c.ready(ctx, &call.Request{Reference: r.Reference}, apiApp, transferOf(r).check())
}

// SpellOperator returns the provider's name of a network, which is documented
// or seen in integrations. It is the same for payments and payouts.
func (c *Client) SpellOperator(n wapay.Network) (payment, payout string) {
	word := map[string]string{
		"Orange": "ORANGE", "Moov": "MOOV", "MTN": "MTN", "Free": "FREE", "Togocom": "TMONEY",
	}[n.Name]
	return word, word
}
