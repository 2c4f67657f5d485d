package ipn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/facts"
)

// Confirmer asks a provider about the order of a notification.
// [ConfirmPayments] and [ConfirmPayouts] make one.
type Confirmer struct {
	kind Kind
	find func(context.Context, wapay.Ref) (*wapay.Payment, error) // of a payout too
}

// ConfirmPayments asks p, the client of the payments. See [WithConfirm].
func ConfirmPayments(p wapay.Payer) Confirmer {
	if isNil(p) {
		return Confirmer{}
	}
	return Confirmer{kind: KindPayment, find: p.FindPayment}
}

// ConfirmPayouts asks p, the client of the payouts. See [WithConfirm].
func ConfirmPayouts(p wapay.Payouter) Confirmer {
	if isNil(p) {
		return Confirmer{}
	}
	return Confirmer{kind: KindPayout, find: func(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
		found, err := p.FindPayout(ctx, ref)
		if err != nil || found == nil {
			return nil, err
		}
		return &wapay.Payment{
			Provider: found.Provider, ID: found.ID, Reference: found.Reference, Status: found.Status,
			ProviderStatus: found.ProviderStatus, Amount: found.Amount, Fee: found.Fee, Reason: found.Reason,
			OperatorID: found.OperatorID, Raw: found.Raw,
		}, nil
	}}
}

// WithConfirm asks the provider about each notification of a payment or payout,
// and about any that is not signed. The event of the merchant's function is
// made of the answer: Kind, Status, ProviderStatus, Reason, OperatorID, ID,
// Reference, Amount and Fee. Proof is ProofConfirmed, Body the answer itself.
// DeliveryKey is made of kind, status and id, or of Account and Reference where
// there is no id. Only a signed notification adds Account, Name, TransactionID,
// OccurredAt and Attempt, and what the answer leaves out of ID, Reference and
// Amount.
//
// With a store, fn runs once for each status of the answers. Another Reason or
// ProviderStatus for the same status is no news, unless the status is unknown.
//
// A notification of a kind without its Confirmer is answered 503 each time.
// Give ConfirmPayments, ConfirmPayouts, or both where notifications of both
// come to one URL, such as MPP's. The kind of a notification may be forged: it
// tells whom to ask first, and the other is asked where the first knows
// nothing. CinetPay has a URL for each kind, and there only one is asked. Two
// of a kind are refused: mount a handler for each account.
//
// The handler answers 503 without fn, so that the notification comes again,
// where the provider cannot be asked or does not know the order. It does the
// same where the answer has another reference than a signed notification. And
// it does so where the notification tells a final status, and the answer does
// not yet. A signed refund, transfer, test, or event of an unknown kind goes to
// fn as it came.
//
// A forged notification costs a call to the provider, and several if it has a
// reference and no id. Where the provider signs nothing, use a URL that nobody
// guesses.
func WithConfirm(confirmers ...Confirmer) HandlerOption {
	return func(c *handlerConfig) error {
		if len(confirmers) == 0 {
			return errors.New("WithConfirm: nobody to ask")
		}
		for _, one := range confirmers {
			if one.find == nil {
				return errors.New("WithConfirm: nil client")
			}
			if slices.ContainsFunc(c.confirmers, func(other Confirmer) bool { return other.kind == one.kind }) {
				return errors.New("WithConfirm: two for one kind")
			}
			c.confirmers = append(c.confirmers, one)
		}
		return nil
	}
}

// canConfirm is false if there are confirmers, and none for the one kind of the
// verifier's events.
func canConfirm(kind Kind, confirmers []Confirmer) bool {
	return kind == KindUnknown || len(confirmers) == 0 ||
		slices.ContainsFunc(confirmers, func(c Confirmer) bool { return c.kind == kind })
}

// errUnconfirmed: the provider was asked, and does not know the order.
var errUnconfirmed = errors.New("ipn: unconfirmed notification")

// confirm returns the event that reaches the merchant's function.
func confirm(ctx context.Context, confirmers []Confirmer, e *Event) (*Event, error) {
	if e.Proof != ProofNone && e.Kind != KindPayment && e.Kind != KindPayout {
		return e, nil
	}
	ref := wapay.Ref{ID: e.ID}
	if e.ID == "" {
		ref.Reference = e.Reference
	}
	if ref == (wapay.Ref{}) {
		return nil, fmt.Errorf("%w: it names nothing", errUnconfirmed)
	}
	denial := fmt.Errorf("%w: WithConfirm has nobody to ask about a %s", errUnconfirmed, e.Kind)
	for _, hinted := range []bool{true, false} {
		for _, one := range confirmers {
			if (one.kind == e.Kind) != hinted || !hinted && e.Provider == "cinetpay" {
				continue
			}
			found, err := one.find(ctx, ref)
			switch {
			case err == nil && found == nil:
				return nil, errors.New("ipn: the client returned neither result nor error")
			case err == nil:
				return confirmed(e, ref, one.kind, found)
			case !errors.Is(err, wapay.ErrNotFound) && !errors.Is(err, wapay.ErrInvalid):
				return nil, err
			}
			denial = fmt.Errorf("%w: asked about a %s: %w", errUnconfirmed, one.kind, err)
		}
	}
	return nil, denial
}

// confirmed makes the event of the answer to ref.
func confirmed(e *Event, ref wapay.Ref, kind Kind, found *wapay.Payment) (*Event, error) {
	signed := e.Proof != ProofNone
	switch {
	case found.Provider != "" && found.Provider != e.Provider:
		return nil, fmt.Errorf("ipn: %s was asked about a notification of %s", found.Provider, e.Provider)
	case differ(found.ID, ref.ID) || differ(found.Reference, ref.Reference), signed && differ(found.Reference, e.Reference),
		signed && ref.ID == "" && found.Amount != e.Amount && found.Amount != wapay.Money{} && e.Amount != wapay.Money{}:
		return nil, errors.New("ipn: the provider answered about another one")
	case e.claim(kind).Final() && !found.Status.Final():
		return nil, fmt.Errorf("ipn: the notification says %s, and the provider still says %s", e.claim(kind), found.Status)
	}
	c := &Event{
		Provider: e.Provider, Kind: kind, ID: cmp.Or(found.ID, ref.ID), Reference: cmp.Or(found.Reference, ref.Reference),
		Status: found.Status, ProviderStatus: found.ProviderStatus, Amount: found.Amount, Fee: found.Fee,
		Reason: found.Reason, OperatorID: found.OperatorID, Proof: ProofConfirmed, Body: found.Raw,
	}
	if signed {
		c.Account, c.Name, c.TransactionID = e.Account, e.Name, e.TransactionID
		c.OccurredAt, c.Attempt = e.OccurredAt, e.Attempt
		c.ID, c.Reference = cmp.Or(c.ID, e.ID), cmp.Or(c.Reference, e.Reference)
		c.Amount, c.Fee = cmp.Or(c.Amount, e.Amount), cmp.Or(c.Fee, e.Fee)
	}
	c.DeliveryKey = confirmedKey(c)
	return c, nil
}

// claim returns the status that a notification tells, whether it is proven or
// not. kind is the kind of the order that was found.
func (e *Event) claim(kind Kind) wapay.Status {
	switch {
	case e.Status != wapay.StatusUnknown:
		return e.Status
	case e.Provider == "mpp":
		return facts.MPPStatus(e.ProviderStatus)
	case e.Provider == "cinetpay" && kind == KindPayout:
		return facts.CinetPayTransferStatus(e.ProviderStatus, "")
	case e.Provider == "cinetpay":
		return facts.CinetPayMessageStatus(e.ProviderStatus)
	}
	return wapay.StatusUnknown
}

func differ(a, b string) bool { return a != "" && b != "" && a != b }

// confirmedKey is the same for any notification, and another as soon as the
// provider's answer has another status. What others than the provider may
// choose is at its end.
func confirmedKey(e *Event) string {
	status := e.Status.String()
	if e.Status == wapay.StatusUnknown {
		status += "(" + e.ProviderStatus + ")"
	}
	key := e.Provider + ":" + e.Kind.String() + ":" + status
	if e.Account != "" {
		key += ":" + e.Account
	}
	if e.ID == "" {
		return key + ":reference:" + e.Reference
	}
	return key + ":id:" + e.ID
}
