package ipn

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/wapay-go/wapay"
)

// Confirmer asks a provider about what a notification is of. [ConfirmPayments] and [ConfirmPayouts] make one.
type Confirmer struct {
	kind Kind
	find func(context.Context, wapay.Ref) (*wapay.Payment, error) // of a payout too
}

// ConfirmPayments has payments confirmed by p, the client that they were made with. See [WithConfirm].
func ConfirmPayments(p wapay.Payer) Confirmer {
	if p == nil {
		return Confirmer{}
	}
	return Confirmer{kind: KindPayment, find: p.FindPayment}
}

// ConfirmPayouts has payouts confirmed by p, the client that they were made with. See [WithConfirm].
func ConfirmPayouts(p wapay.Payouter) Confirmer {
	if p == nil {
		return Confirmer{}
	}
	return Confirmer{kind: KindPayout, find: func(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
		found, err := p.FindPayout(ctx, ref)
		if err != nil || found == nil {
			return nil, err
		}
		return &wapay.Payment{
			Provider: found.Provider, ID: found.ID, Reference: found.Reference, Status: found.Status,
			ProviderStatus: found.ProviderStatus, Amount: found.Amount, Reason: found.Reason,
			OperatorID: found.OperatorID, Raw: found.Raw,
		}, nil
	}}
}

// WithConfirm has the provider asked about each notification of a payment or payout, and of any that is not signed. What
// reaches the merchant's function is made of the provider's answer: Kind, Status, ProviderStatus, Reason, OperatorID,
// ID, Reference and Amount, with Proof ProofConfirmed, DeliveryKey made of kind, status and id (or Account and
// Reference, where there is no id), and the answer itself as Body. From a signed notification, and from no other, come
// Account, Name, TransactionID, OccurredAt and Attempt, and what the answer leaves out of ID, Reference and Amount.
//
// With a store, fn runs once for each status that the provider answers: other words for the same status, in Reason or
// ProviderStatus, are no news, save where the status is unknown.
//
// Give ConfirmPayments, ConfirmPayouts, or both where notifications of both come to one URL, as MPP's do. The kind
// of a notification says whom to ask first, and no more: it may be forged, so that the other is asked when the first
// knows nothing. Only CinetPay has a URL for each, and there nobody else is asked. Two of a kind are refused: mount a
// handler for each account.
//
// The answer is 503, without fn being called, so that the notification may come again: when the provider cannot be
// asked, when it knows nothing of it, when its answer has another reference than a signed notification, and when it
// calls pending what that says is over. A signed refund, transfer between wallets, test, or event of an unknown kind
// goes to fn as it came.
//
// A forged notification costs a call to the provider, and one that names a reference and no id may cost several: give
// a provider that signs nothing a URL that nobody guesses.
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

// canConfirm is false if confirmers has somebody, and nobody who would be asked about v's events.
func canConfirm(v Verifier, confirmers []Confirmer) bool {
	own, ok := v.(verifier)
	if !ok || own.only == KindUnknown || len(confirmers) == 0 {
		return true
	}
	return slices.ContainsFunc(confirmers, func(c Confirmer) bool { return c.kind == own.only })
}

// errUnconfirmed: the provider was asked, and knows nothing of it.
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

// confirmed makes the event of what was found under ref.
func confirmed(e *Event, ref wapay.Ref, kind Kind, found *wapay.Payment) (*Event, error) {
	signed := e.Proof != ProofNone
	switch {
	case found.Provider != "" && found.Provider != e.Provider:
		return nil, fmt.Errorf("ipn: %s was asked about a notification of %s", found.Provider, e.Provider)
	case differ(found.ID, ref.ID) || differ(found.Reference, ref.Reference), signed && differ(found.Reference, e.Reference),
		signed && ref.ID == "" && found.Amount != e.Amount && found.Amount != wapay.Money{} && e.Amount != wapay.Money{}:
		return nil, errors.New("ipn: the provider answered about another one")
	case signed && e.Status.Final() && !found.Status.Final():
		return nil, fmt.Errorf("ipn: signed as %s, and the provider still says %s", e.Status, found.Status)
	}
	c := &Event{
		Provider: e.Provider, Kind: kind, ID: first(found.ID, ref.ID), Reference: first(found.Reference, ref.Reference),
		Status: found.Status, ProviderStatus: found.ProviderStatus, Amount: found.Amount,
		Reason: found.Reason, OperatorID: found.OperatorID, Proof: ProofConfirmed, Body: found.Raw,
	}
	if signed {
		c.Account, c.Name, c.TransactionID = e.Account, e.Name, e.TransactionID
		c.OccurredAt, c.Attempt = e.OccurredAt, e.Attempt
		c.ID, c.Reference = first(c.ID, e.ID), first(c.Reference, e.Reference)
		if c.Amount == (wapay.Money{}) {
			c.Amount = e.Amount
		}
	}
	c.DeliveryKey = confirmedKey(c)
	return c, nil
}

func differ(a, b string) bool { return a != "" && b != "" && a != b }

// confirmedKey is the same whatever the notification looked like, and another as soon as the provider says something
// else. What anybody but the provider may choose stands at its end.
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
