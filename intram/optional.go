package intram

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/lookup"
	"github.com/wapay-go/wapay/internal/loose"
)

// ListPayments lists the payments of a period: see [wapay.Lister]. Transactions
// may lack the merchant's reference, and operations lack the status of the
// money. So it reads the transactions of the period, with one more day at each
// end, and joins them with the operations. Transactions without an operation,
// which were made elsewhere, come last. If a transaction could not be read, the
// payments without one have StatusUnknown.
func (c *Client) ListPayments(ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payment, error] {
	ctx = call.Start(ctx, "ListPayments", nil)
	return func(yield func(*wapay.Payment, error) bool) {
		if err := c.in().calls.Check(ctx, call.Read, "", check.Period(from, to)); err != nil {
			yield(nil, err)
			return
		}
		known, whole := map[string]*Transaction{}, true
		for t, err := range c.creditsOf(ctx, from, to) {
			if whole = whole && err == nil; err != nil {
				if !yield(nil, err) || !errors.Is(err, wapay.ErrDecode) {
					return
				}
				continue
			}
			t.Raw = nil
			known[t.Reference] = t
		}
		fetch := func(before string) (*Page[Operation], error) {
			return c.Operations(ctx, OperationFilter{Limit: searchLimit, Type: TypePaymentRequest, Before: before})
		}
		made := func(o *Operation) time.Time { return o.CreatedAt }
		operations := period(ctx, c, from.AddDate(0, 0, -1), to.AddDate(0, 0, 1), fetch, made)
		for o, err := range operations {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			t := known[o.transactionReference()]
			delete(known, o.transactionReference())
			p := o.payment("", t)
			if t == nil && !whole && o.transactionReference() != "" { // its transaction may be one that is missing
				p.Status, p.Action = wapay.StatusUnknown, wapay.ActionNone
			}
			if within(o.CreatedAt, from, to) && o.mayBe(TypePaymentRequest) && !yield(p, nil) {
				return
			}
		}
		for _, t := range known {
			if within(t.CreatedAt, from, to) && t.Type != Debit && t.Type != Refund && !yield(t.payment(""), nil) {
				return
			}
		}
	}
}

// creditsOf returns the credits of a period, with one more day at each end.
func (c *Client) creditsOf(ctx context.Context, from, to time.Time) iter.Seq2[*Transaction, error] {
	return period(ctx, c, from.AddDate(0, 0, -1), to.AddDate(0, 0, 1), func(before string) (*Page[Transaction], error) {
		return c.Transactions(ctx, TransactionFilter{Limit: 100, Type: Credit, Before: before})
	}, func(t *Transaction) time.Time { return t.CreatedAt })
}

// ListPayouts lists the payouts of a period: see [wapay.Lister]. It lists
// operations, because a transaction does not show a payout's reference.
func (c *Client) ListPayouts(ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payout, error] {
	ctx = call.Start(ctx, "ListPayouts", nil)
	return func(yield func(*wapay.Payout, error) bool) {
		for o, err := range period(ctx, c, from, to, func(before string) (*Page[Operation], error) {
			return c.Operations(ctx, OperationFilter{Limit: searchLimit, Type: TypePayout, Before: before})
		}, func(o *Operation) time.Time { return o.CreatedAt }) {
			var p *wapay.Payout
			if err == nil {
				p = o.payout("")
			}
			if (err != nil || o.mayBe(TypePayout)) && !yield(p, err) {
				return
			}
		}
	}
}

// mayBe reports whether the operation is of a type, or of none that is
// documented. It matters if the provider ignores the filter.
func (o *Operation) mayBe(kind OperationType) bool { return o.Type == kind || !o.Type.isDocumented() }

// within reports whether a time is zero or in a period.
func within(t, from, to time.Time) bool { return t.IsZero() || !t.Before(from) && t.Before(to) }

// period lists the rows of fetch, newest first, until one is older than the
// period by an hour. The hour allows for rows that are not in order.
func period[T any](
	ctx context.Context, c *Client, from, to time.Time, fetch func(before string) (*Page[T], error),
	made func(*T) time.Time,
) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		if err := c.in().calls.Check(ctx, call.Read, "", check.Period(from, to)); err != nil {
			yield(nil, err)
			return
		}
		fail := func(format string, args ...any) bool {
			return yield(nil, c.in().calls.ReadError(ctx, "", wapay.ErrDecode, fmt.Sprintf(format, args...)))
		}
		cursors := map[string]bool{"": true}
		for before := ""; ; {
			page, err := fetch(before)
			if err != nil {
				yield(nil, lookup.ListError(err))
				return
			}
			over := false
			for i := range page.Items {
				at := made(&page.Items[i])
				over = over || !at.IsZero() && at.Before(from.Add(-time.Hour))
				if within(at, from, to) && !yield(&page.Items[i], nil) {
					return
				}
			}
			if page.Unreadable > 0 && !fail("%d rows of the list cannot be read", page.Unreadable) {
				return
			}
			switch before = page.NextBefore; {
			case over, before == "" && page.isLast():
				return
			case before == "":
				fail("the answer does not say whether another page follows")
				return
			case cursors[before], len(page.Items)+page.Unreadable == 0:
				fail("the list repeats itself, or has an empty page before its end")
				return
			}
			cursors[before] = true
		}
	}
}

// Balances returns the wallet's balance in each payment method
// ([Client.Balance]). If the answer names no methods, it returns the total.
func (c *Client) Balances(ctx context.Context) ([]wapay.Balance, error) {
	ctx = call.Start(ctx, "Balances", nil)
	b, err := c.Balance(ctx)
	if err != nil {
		return nil, err
	}
	var all []wapay.Balance
	for _, m := range b.Methods {
		all = append(all, wapay.Balance{Account: m.Method, Available: m.Available, Pending: m.Pending})
	}
	if len(all) == 0 && b.Available.Valid() {
		all = append(all, wapay.Balance{Available: b.Available, Pending: b.Pending})
	}
	for _, one := range all {
		if !one.Available.Valid() {
			return nil, c.in().calls.ReadError(ctx, "", wapay.ErrDecode,
				"the balance has no currency, or more decimals than it")
		}
	}
	return all, nil
}

var errNoTransaction = errors.New("the payment has no transaction that could be refunded")

// Refund gives a payment back ([Client.CreateRefund]). Payment.ID is the id of
// the payment's operation or the reference of its transaction. Refund looks the
// payment up first. NotifyURL has no use.
func (c *Client) Refund(ctx context.Context, r wapay.RefundRequest) (*wapay.Refund, error) {
	ctx = call.Start(ctx, "Refund", call.Names{"TransactionReference": "Payment", "ID": "Payment.ID"})
	var bad check.Fields
	checkReference(&bad, r.Reference)
	if r.Payment == (wapay.Ref{}) {
		bad.Add("Payment", "is required")
	}
	checkRefund(&bad, r.Amount, r.Reason)
	if err := c.in().calls.Check(ctx, call.IdempotentWrite, r.Reference, bad); err != nil {
		return nil, err
	}
	request := &call.Request{Reference: r.Reference, Effect: call.IdempotentWrite}
	o, t, err := c.find(ctx, TypePaymentRequest, r.Payment)
	if err != nil {
		return nil, c.in().calls.Without(ctx, request, errNoTransaction, err)
	}
	reference := ""
	if t != nil {
		reference = t.Reference
	} else if reference = o.transactionReference(); reference == "" {
		return nil, c.in().calls.NotSent(ctx, request, wapay.ErrInvalid, errNoTransaction)
	}
	made, err := c.CreateRefund(ctx, RefundRequest{
		Reference: r.Reference, TransactionReference: reference, Amount: r.Amount, Reason: r.Reason,
	})
	if err != nil {
		return nil, err
	}
	n, currency := readOrder(made.Payload).amount()
	refund := &wapay.Refund{
		Provider: provider, ID: made.ID, Reference: r.Reference, ProviderStatus: made.ProviderStatus,
		Amount: cmp.Or(currency.money(n), r.Amount), Replayed: made.Replayed, Raw: made.Raw,
	}
	switch made.Status { // an expired refund is unknown, like a payout
	case OperationQueued, OperationProcessing:
		refund.Status = wapay.StatusPending
	case OperationSucceeded:
		refund.Status = wapay.StatusSucceeded
	case OperationFailed:
		refund.Status = wapay.StatusFailed
	}
	return refund, nil
}

func paymentOf(r wapay.PaymentRequest) PaymentRequest {
	return PaymentRequest{
		Reference: r.Reference, Amount: r.Amount, Description: r.Description, Customer: r.Customer,
		Operator:   r.Operator,
		SuccessURL: r.ReturnURL, CancelURL: r.CancelURL, WebhookData: r.Metadata,
	}
}

func payoutOf(r wapay.PayoutRequest) PayoutRequest {
	return PayoutRequest{
		Reference: r.Reference, Amount: r.Amount, Note: r.Description, Metadata: r.Metadata,
		Destination: MobileMoney{
			Phone: r.Recipient.Phone, Operator: r.Operator,
			FirstName: r.Recipient.FirstName, LastName: r.Recipient.LastName,
		},
	}
}

// ServesPayment reports why the provider does not take a payment: see
// [wapay.Scoper].
func (c *Client) ServesPayment(r wapay.PaymentRequest) error {
	q := paymentOf(r)
	ctx := call.Start(context.Background(), "ServesPayment", fieldNames)
	return c.in().calls.Check(ctx, call.IdempotentWrite, r.Reference, q.check())
}

// ServesPayout reports why the provider does not make a payout: see
// [wapay.Scoper].
func (c *Client) ServesPayout(r wapay.PayoutRequest) error {
	q := payoutOf(r)
	_, bad := q.prepare()
	ctx := call.Start(context.Background(), "ServesPayout", fieldNames)
	return c.in().calls.Check(ctx, call.IdempotentWrite, r.Reference, bad)
}

// SpellOperator returns the provider's name of a network in Benin. Names of
// other countries are not documented. It is the same for payouts and, as a
// hint, for payments.
func (c *Client) SpellOperator(n wapay.Network) (payment, payout string) {
	if n.Country != "BJ" {
		return "", ""
	}
	word := map[string]string{"MTN": "MTN_BENIN_229", "Moov": "MOOV_AFRICA_BENIN_229",
		"Celtiis": "SBIN_BENIN_229"}[n.Name]
	return word, word
}

// destination returns the recipient's number of a payout.
func (v *order) destination() loose.String { return v.Destination.V.MSISDN }
