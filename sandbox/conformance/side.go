package conformance

import (
	"context"
	"iter"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox"
)

// side is Pay or Payout, so that each law is written once. It turns a payout
// into a payment, and its recipient into the customer.
type side struct {
	name   string
	kind   sandbox.OrderKind
	moves  sandbox.EntryKind
	path   string
	sample wapay.PaymentRequest
	other  *wapay.Customer
	send   func(any, context.Context, wapay.PaymentRequest) (*wapay.Payment, error)
	find   func(any, context.Context, wapay.Ref) (*wapay.Payment, error)
	wait   func(any, context.Context, wapay.Ref, ...wapay.PollOption) (*wapay.Payment, error)
	settle func(any, context.Context, wapay.Ref, ...wapay.PollOption) (*wapay.Payment, error)
	list   func(wapay.Lister, context.Context, time.Time, time.Time) iter.Seq2[*wapay.Payment, error]
}

func (c Config) sides() []side {
	var sides []side
	if c.Payment != nil {
		sides = append(sides, side{
			name: "Pay", kind: sandbox.Payment, moves: sandbox.Credit, path: c.PayPath, sample: *c.Payment,
			other: c.OtherCustomer, send: pay, find: findPayment, wait: waitPayment, settle: settlePayment,
			list: wapay.Lister.ListPayments,
		})
	}
	if c.Payout != nil {
		r := *c.Payout
		sides = append(sides, side{
			name: "Payout", kind: sandbox.Payout, moves: sandbox.Debit, path: c.PayoutPath,
			sample: wapay.PaymentRequest{
				Amount: r.Amount, Customer: r.Recipient, Operator: r.Operator, Description: r.Description,
				NotifyURL: r.NotifyURL, Metadata: r.Metadata,
			},
			other: c.OtherRecipient, send: payout, find: findPayout, wait: waitPayout, settle: settlePayout,
			list: listPayouts,
		})
	}
	return sides
}

func pay(client any, ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	return client.(wapay.Payer).Pay(ctx, r)
}

func findPayment(client any, ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	return client.(wapay.Payer).FindPayment(ctx, ref)
}

func waitPayment(client any, ctx context.Context, ref wapay.Ref, opts ...wapay.PollOption) (*wapay.Payment, error) {
	return wapay.WaitPayment(ctx, client.(wapay.Payer), ref, opts...)
}

func settlePayment(client any, ctx context.Context, ref wapay.Ref, opts ...wapay.PollOption) (*wapay.Payment, error) {
	return wapay.SettlePayment(ctx, client.(wapay.Payer), ref, opts...)
}

func payout(client any, ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	return asPayment(client.(wapay.Payouter).Payout(ctx, wapay.PayoutRequest{
		Reference: r.Reference, Amount: r.Amount, Recipient: r.Customer, Operator: r.Operator,
		Description: r.Description, NotifyURL: r.NotifyURL, Metadata: r.Metadata,
	}))
}

func findPayout(client any, ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	return asPayment(client.(wapay.Payouter).FindPayout(ctx, ref))
}

func waitPayout(client any, ctx context.Context, ref wapay.Ref, opts ...wapay.PollOption) (*wapay.Payment, error) {
	return asPayment(wapay.WaitPayout(ctx, client.(wapay.Payouter), ref, opts...))
}

func settlePayout(client any, ctx context.Context, ref wapay.Ref, opts ...wapay.PollOption) (*wapay.Payment, error) {
	return asPayment(wapay.SettlePayout(ctx, client.(wapay.Payouter), ref, opts...))
}

func listPayouts(l wapay.Lister, ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payment, error] {
	return func(yield func(*wapay.Payment, error) bool) {
		for p, err := range l.ListPayouts(ctx, from, to) {
			if !yield(asPayment(p, err)) {
				return
			}
		}
	}
}

func asPayment(p *wapay.Payout, err error) (*wapay.Payment, error) {
	if p == nil {
		return nil, err
	}
	return &wapay.Payment{
		Provider: p.Provider, ID: p.ID, Reference: p.Reference, Status: p.Status, ProviderStatus: p.ProviderStatus,
		Amount: p.Amount, Fee: p.Fee, Reason: p.Reason, OperatorID: p.OperatorID, CreatedAt: p.CreatedAt,
		Replayed: p.Replayed, Raw: p.Raw,
	}, err
}
