package mpp

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/lookup"
)

// ListPayments lists the payments of a period: see [wapay.Lister]. The provider
// has no filter and documents no order, so the client reads the list from its
// first page. It stops early only if all pages had the newest first, and a
// whole page is more than a day older than the period. Otherwise it reads the
// last page, too. A transaction of a category that is not documented is
// [wapay.ErrDecode] in both lists.
func (c *Client) ListPayments(ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payment, error] {
	return period(call.Start(ctx, "ListPayments", nil), c.in(), payments, from, to, (*Transaction).payment)
}

// ListPayouts lists the transactions of category transfer and payout of a
// period, in the same way as [Client.ListPayments].
func (c *Client) ListPayouts(ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payout, error] {
	return period(call.Start(ctx, "ListPayouts", nil), c.in(), payouts, from, to, (*Transaction).payout)
}

func period[T any](
	ctx context.Context, c *client, k orderKind, from, to time.Time, as func(*Transaction, string) *T,
) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		if err := c.calls.Check(ctx, call.Read, "", check.Period(from, to)); err != nil {
			yield(nil, err)
			return
		}
		fail := func(format string, args ...any) bool {
			return yield(nil, c.calls.ReadError(ctx, "", wapay.ErrDecode, fmt.Sprintf(format, args...)))
		}
		var before json.RawMessage
		last, sorted := to.AddDate(1000, 0, 0), true
		rows, total := 0, 0
		seen := map[string]bool{} // the previous page's rows: a new order shifts the pages
		for number := 1; ; number++ {
			page, err := c.transactions(ctx, "", PageRequest{number, maxPageSize})
			if err != nil {
				yield(nil, lookup.ListError(err))
				return
			}
			if number == 1 {
				total = page.Total
			}
			rows += page.Unreadable
			if bytes.Equal(page.data, before) {
				fail("the list repeats itself: a page came again")
				return
			}
			over, ids := len(page.Items) > 0, map[string]bool{}
			for i := range page.Items {
				t := &page.Items[i]
				ids[t.ID] = true
				known := !t.CreatedAt.IsZero()
				sorted = sorted && known && !t.CreatedAt.After(last)
				if known {
					last = t.CreatedAt
				}
				over = over && known && t.CreatedAt.Before(from.AddDate(0, 0, -1))
				if seen[t.ID] {
					continue
				}
				rows++
				if known && (t.CreatedAt.Before(from) || !t.CreatedAt.Before(to)) {
					continue
				}
				switch {
				case k.is(t):
					if !yield(as(t, ""), nil) {
						return
					}
				case !t.Category.isDocumented() && !fail("a transaction of the category %.40q, which may be one", t.Category):
					return
				}
			}
			if page.Unreadable > 0 && !fail("%d rows of page %d could not be read", page.Unreadable, number) {
				return
			}
			switch {
			case page.complete && rows < total:
				yield(nil, c.calls.ReadError(ctx, "", wapay.ErrUnavailable,
					fmt.Sprintf("the list has %d rows, and only %d came", total, rows)))
				return
			case page.complete || sorted && over:
				return
			case !page.More:
				yield(nil,
					c.calls.ReadError(ctx, "", wapay.ErrUnavailable, "the answer does not say whether another page follows"))
				return
			}
			before, seen = page.data, ids
		}
	}
}

// Balances returns the balance of the business ([Client.Balance]), rounded down
// to a unit of its currency.
func (c *Client) Balances(ctx context.Context) ([]wapay.Balance, error) {
	ctx = call.Start(ctx, "Balances", nil)
	b, err := c.Balance(ctx)
	if err != nil {
		return nil, err
	}
	available := b.Balance.Money
	if available == (wapay.Money{}) { // more precise than the currency: see [Amount]
		whole, cents, _ := strings.Cut(string(b.Balance.Number), ".")
		if n := min(b.Currency.Exponent(), len(cents)); n > 0 {
			whole += "." + cents[:n]
		}
		if available, err = wapay.ParseMoney(whole, b.Currency); err != nil {
			return nil, c.in().calls.ReadError(ctx, "", wapay.ErrDecode,
				"the balance has no currency, or is no plain number")
		}
	}
	return []wapay.Balance{{Available: available}}, nil
}

// OperatorStates reports which channels of the business are active. It also
// renews the channels that Pay and Payout have cached. A channel for payments
// has the category payment, and one for payouts has transfer or payout.
func (c *Client) OperatorStates(ctx context.Context) ([]wapay.OperatorState, error) {
	ctx, in := call.Start(ctx, "OperatorStates", nil), c.in()
	if err := in.calls.Check(ctx, call.Read, "", nil); err != nil {
		return nil, err
	}
	in.channels.Drop(in.channels.Last())
	list, err := in.channels.Get(ctx)
	if err != nil {
		return nil, in.calls.Without(ctx, &call.Request{Effect: call.Read}, errNoChannels, err)
	}
	if n := list.Value.unreadable; n > 0 {
		return nil, in.calls.ReadError(ctx, "", wapay.ErrDecode, fmt.Sprintf("%d channels could not be read", n))
	}
	var states []wapay.OperatorState
	for _, ch := range list.Value.channels {
		can := func(k orderKind) bool {
			return ch.Active && slices.ContainsFunc(ch.Categories,
				func(x ChannelCategory) bool { return k.has(string(x.Category)) })
		}
		states = append(states, wapay.OperatorState{Operator: ch.Code, Payments: can(payments), Payouts: can(payouts)})
	}
	return states, nil
}

// CheckAccount returns the owner of a wallet ([Client.ValidateAccount]). The
// operator is a channel's code.
func (c *Client) CheckAccount(ctx context.Context, operator string, phone wapay.Phone) (*wapay.AccountHolder, error) {
	a, err := c.ValidateAccount(call.Start(ctx, "CheckAccount", call.Names{"Channel": "Operator"}), operator, phone)
	if err != nil {
		return nil, err
	}
	return &wapay.AccountHolder{Phone: phone, FirstName: a.FirstName, LastName: a.LastName}, nil
}

func paymentOf(r wapay.PaymentRequest) TransactionRequest {
	return TransactionRequest{
		ExternalID: r.Reference, Channel: r.Operator, Category: CategoryPayment, Amount: r.Amount,
		OTP: wapay.Secret(r.OTP), CallbackURL: r.NotifyURL,
	}
}

func payoutOf(category Category, r wapay.PayoutRequest) TransactionRequest {
	return TransactionRequest{
		ExternalID: r.Reference, Channel: r.Operator, Category: category, Amount: r.Amount, CallbackURL: r.NotifyURL,
	}
}

// firstCheck checks an order before the channels are known.
func (c *client) firstCheck(t *TransactionRequest, metadata map[string]string) check.Fields {
	var bad check.Fields
	c.needBusiness(&bad)
	t.check(&bad)
	for _, name := range sortedKeys(metadata) {
		if name == "" || slices.Contains(basicFields, name) {
			bad.Add("Fields", "must not have the key %q", name)
		}
	}
	return bad
}

// ServesPayment reports why the provider does not take a payment: see
// [wapay.Scoper]. It knows the channel's rules if an order or
// [Client.OperatorStates] has read them in the last five minutes.
func (c *Client) ServesPayment(r wapay.PaymentRequest) error {
	return c.in().serves(call.Start(context.Background(), "ServesPayment", payNames), r.Customer, r.Metadata,
		paymentOf(r))
}

// ServesPayout reports why the provider does not make a payout, like
// [Client.ServesPayment].
func (c *Client) ServesPayout(r wapay.PayoutRequest) error {
	t := payoutOf(CategoryTransfer, r)
	return c.in().serves(call.Start(context.Background(), "ServesPayout", payoutNames), r.Recipient, r.Metadata, t)
}

func (c *client) serves(ctx context.Context, customer wapay.Customer, metadata map[string]string,
	t TransactionRequest) error {
	bad := c.firstCheck(&t, metadata)
	if err := c.calls.Check(ctx, call.Write, t.ExternalID, bad); err != nil {
		return err
	}
	if held := c.channels.Last(); held != nil && c.calls.Clock().Before(held.Since.Add(channelsLife)) {
		held.Value.complete(&bad, &t, customer, metadata)
	}
	return c.calls.Check(ctx, call.Write, t.ExternalID, bad)
}

// SpellOperator returns the documented code of a network's channel. A business
// may have channels with other codes: see [Client.Channels].
func (c *Client) SpellOperator(n wapay.Network) (payment, payout string) {
	code := map[string]string{"Orange": "OM"}[n.Name]
	return code, code
}

func (t *Transaction) party() string { return cmp.Or(t.Details["msisdn"], t.Details["phone"]) }
