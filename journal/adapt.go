package journal

import (
	"errors"
	"fmt"
	"maps"

	"github.com/wapay-go/wapay"
)

// ProviderOption sets up one provider of a [Journal].
type ProviderOption func(*client) error

// AdaptPayments sets a function that fits each payment to the provider before
// it is sent there. Such a function sets the NotifyURL, and the provider's
// spelling of the Operator.
//
// fn gets a copy: the journal compares and stores the request of the route. fn
// must not change Reference, Amount, OTP or the customer's number. It must make
// the same changes to the same request each time. If it fails or panics, the
// order is not sent to this provider, and the route tries the next.
func AdaptPayments(fn func(r *wapay.PaymentRequest) error) ProviderOption {
	return func(c *client) error { return set("AdaptPayments", &c.adaptPayment, fn) }
}

// AdaptPayouts sets a function that fits each payout to the provider. The rules
// are those of [AdaptPayments].
func AdaptPayouts(fn func(r *wapay.PayoutRequest) error) ProviderOption {
	return func(c *client) error { return set("AdaptPayouts", &c.adaptPayout, fn) }
}

func set[R any](name string, to *func(*R) error, fn func(*R) error) error {
	if fn == nil || *to != nil {
		return errors.New(name + ": want one function")
	}
	*to = fn
	return nil
}

// payment returns the request that the client gets.
func (c client) payment(r wapay.PaymentRequest) (wapay.PaymentRequest, error) {
	if c.adaptPayment == nil {
		return r, nil
	}
	was := r
	r.Metadata = maps.Clone(r.Metadata)
	err := guard(func() error { return c.adaptPayment(&r) })
	same := r.Reference == was.Reference && r.Amount == was.Amount && r.Customer.Phone == was.Customer.Phone &&
		r.OTP == was.OTP
	return r, adaptError("AdaptPayments", err, same)
}

// payout returns the request that the client gets.
func (c client) payout(r wapay.PayoutRequest) (wapay.PayoutRequest, error) {
	if c.adaptPayout == nil {
		return r, nil
	}
	was := r
	r.Metadata = maps.Clone(r.Metadata)
	err := guard(func() error { return c.adaptPayout(&r) })
	same := r.Reference == was.Reference && r.Amount == was.Amount && r.Recipient.Phone == was.Recipient.Phone
	return r, adaptError("AdaptPayouts", err, same)
}

// adaptError returns why a request cannot be fitted to a provider, or nil.
func adaptError(option string, err error, same bool) error {
	if err == nil && !same {
		err = errors.New("the function changed the order: reference, amount, number and code have to stay")
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", option, err)
}
