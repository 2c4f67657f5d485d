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
	find func(context.Context, wapay.Ref) (*wapay.Payment, error) // finds a payout too
}

// ConfirmPayments returns a Confirmer that asks p. See [WithConfirm].
func ConfirmPayments(p wapay.Payer) Confirmer {
	if isNil(p) {
		return Confirmer{}
	}
	return Confirmer{kind: KindPayment, find: p.FindPayment}
}

// ConfirmPayouts returns a Confirmer that asks p. See [WithConfirm].
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
// and about each that is not signed. It makes the event from the answer, with
// ProofConfirmed. docs/notifications.md tells how it makes each field.
//
// Give ConfirmPayments, ConfirmPayouts, or both if one URL receives both. If
// the provider does not confirm the notification, the handler answers 503
// without calling fn, and the notification comes again.
//
// A forged notification costs one or more calls to the provider. If the
// provider signs nothing, use a URL that is hard to guess.
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

// canConfirm reports whether one of the confirmers can ask about events of a
// kind. It can without confirmers, and for a verifier of several kinds.
func canConfirm(kind Kind, confirmers []Confirmer) bool {
	return kind == KindUnknown || len(confirmers) == 0 ||
		slices.ContainsFunc(confirmers, func(c Confirmer) bool { return c.kind == kind })
}

// errUnconfirmed: the provider does not know the order, or cannot be asked
// about it.
var errUnconfirmed = errors.New("ipn: unconfirmed notification")

// confirm returns the event for the merchant's function. The kind of an event
// may be forged: it only decides which confirmer is asked first. CinetPay has a
// URL for each kind, so there only that kind is asked.
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
	for _, ofKind := range []bool{true, false} {
		for _, one := range confirmers {
			if (one.kind == e.Kind) != ofKind || !ofKind && e.Provider == "cinetpay" {
				continue
			}
			found, err := one.find(ctx, ref)
			switch {
			case err == nil && found == nil:
				return nil, errors.New("ipn: the client returned neither result nor error")
			case err == nil:
				return answerEvent(e, ref, one.kind, found)
			case !errors.Is(err, wapay.ErrNotFound) && !errors.Is(err, wapay.ErrInvalid):
				return nil, err
			}
			denial = fmt.Errorf("%w: asked about a %s: %w", errUnconfirmed, one.kind, err)
		}
	}
	return nil, denial
}

// answerEvent makes an event of the provider's answer about ref. A signed e
// adds what the answer leaves out.
func answerEvent(e *Event, ref wapay.Ref, kind Kind, found *wapay.Payment) (*Event, error) {
	signed := e.Proof != ProofNone
	switch {
	case found.Provider != "" && found.Provider != e.Provider:
		return nil, fmt.Errorf("ipn: %s was asked about a notification of %s", found.Provider, e.Provider)
	case differ(found.ID, ref.ID) || differ(found.Reference, ref.Reference),
		signed && differ(found.Reference, e.Reference),
		signed && ref.ID == "" && found.Amount != e.Amount && found.Amount != wapay.Money{} && e.Amount != wapay.Money{}:
		return nil, errors.New("ipn: the provider answered about another order")
	case e.hint(kind).Final() && !found.Status.Final():
		return nil, fmt.Errorf("ipn: the notification says %s, and the provider still says %s",
			e.hint(kind), found.Status)
	}
	c := &Event{
		Provider: e.Provider, Kind: kind,
		ID: cmp.Or(found.ID, ref.ID), Reference: cmp.Or(found.Reference, ref.Reference),
		Status: found.Status, ProviderStatus: found.ProviderStatus, Amount: found.Amount, Fee: found.Fee,
		Reason: found.Reason, OperatorID: found.OperatorID, Proof: ProofConfirmed, Body: found.Raw,
	}
	if signed {
		c.Account, c.Name, c.TransactionID = e.Account, e.Name, e.TransactionID
		c.OccurredAt, c.Attempt = e.OccurredAt, e.Attempt
		c.ID, c.Reference = cmp.Or(c.ID, e.ID), cmp.Or(c.Reference, e.Reference)
		c.Amount, c.Fee = cmp.Or(c.Amount, e.Amount), cmp.Or(c.Fee, e.Fee)
	}
	c.DeliveryKey = confirmKey(c)
	return c, nil
}

// hint returns the status that a notification tells, proven or not. kind is the
// kind of the order in the answer.
func (e *Event) hint(kind Kind) wapay.Status {
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

// confirmKey returns a delivery key that depends on the provider's answer
// alone. It changes with the status. The parts that others than the provider
// may choose come last.
func confirmKey(e *Event) string {
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
