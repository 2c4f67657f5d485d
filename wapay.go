package wapay

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
)

// Payer takes money from a customer. The clients of the provider packages
// implement it.
type Payer interface {
	// Pay asks the customer for the amount. It returns as soon as the provider
	// has the order, most often with StatusPending: the customer has to act.
	//
	// After an error, Pay may be called again only if [NotDone] is true of it,
	// or if a [RepeatSafer] allows it. After [ErrOutcomeUnknown] the customer
	// may have been charged: call [SettlePayment]. If the provider already has
	// the reference, the call returns either that order as it is now, with
	// Replayed, or [ErrDuplicate]. ErrDuplicate is ErrOutcomeUnknown too.
	Pay(ctx context.Context, r PaymentRequest) (*Payment, error)
	// FindPayment looks a payment up. [ErrNotFound] means that the provider has
	// no such payment now. Every error is OutcomeReadOnly.
	FindPayment(ctx context.Context, ref Ref) (*Payment, error)
}

// Payouter sends money to a recipient. The clients of the provider packages
// implement it.
type Payouter interface {
	// Payout sends the amount from the merchant's balance. It returns as soon
	// as the provider has the order.
	//
	// After an error, Payout may be called again only if [NotDone] is true of
	// it, or if a [RepeatSafer] allows it. After [ErrOutcomeUnknown] the money
	// may have moved: call [SettlePayout]. If the provider already has the
	// reference, the call returns either that order as it is now, with
	// Replayed, or [ErrDuplicate]. ErrDuplicate is ErrOutcomeUnknown too.
	Payout(ctx context.Context, r PayoutRequest) (*Payout, error)
	// FindPayout looks a payout up. [ErrNotFound] means that the provider has
	// no such payout now. Every error is OutcomeReadOnly.
	FindPayout(ctx context.Context, ref Ref) (*Payout, error)
}

// Pacer is an optional interface of a client that knows how many orders its
// provider takes in a period. The provider's answers may change the limit. 0
// orders means that it is not known. Pace must return at once: it makes no
// request, and a bulk run waits for it.
type Pacer interface {
	Pace() (orders int, per time.Duration)
}

// RepeatSafer is an optional interface of a client. Its provider carries an
// order out once, however often it comes under one reference.
type RepeatSafer interface {
	// RepeatSafe returns how long the provider remembers a reference after its
	// first request. 0 means without end.
	RepeatSafe() time.Duration
}

// Ref names a payment or payout by the provider's id, by the merchant's
// reference, or by both. With both, the client looks the id up, and the order
// must have the reference.
type Ref struct{ ID, Reference string }

// Customer is a person who pays or is paid. Providers differ in which fields
// they need.
type Customer struct {
	Phone     Phone
	FirstName string
	LastName  string
	Email     string
}

// LogValue implements [slog.LogValuer]. A log shows the phone number as
// [Phone.LogValue] does, and neither name nor e-mail address.
func (c Customer) LogValue() slog.Value {
	return slog.GroupValue(slog.Attr{Key: "phone", Value: c.Phone.LogValue()})
}

// PaymentRequest asks a customer for money.
type PaymentRequest struct {
	// Reference is the merchant's own id of this order. Never use it for
	// another order.
	Reference string
	Amount    Money
	Customer  Customer
	// Operator is the mobile network or wallet, in the provider's spelling
	// ("MOOV").
	Operator string
	// OTP is a one-time code. With some operators the customer asks for it
	// before paying. No printed form of the request shows it. If a struct holds
	// the request, that field must be exported: see [Secret].
	OTP         string
	Description string
	NotifyURL   string // where the provider sends its notification, https
	ReturnURL   string // where a hosted page sends the customer after paying
	CancelURL   string // where a hosted page sends the customer who did not pay
	// ExpiresIn is how long the customer has to pay, if the provider lets the
	// merchant choose. 0 leaves it to the provider.
	ExpiresIn time.Duration
	// Metadata travels with the order, if the provider has a place for it. Put
	// no secret in it.
	Metadata map[string]string
}

// LogValue implements [slog.LogValuer]. A log shows what identifies the order,
// and the customer as [Customer.LogValue] does.
func (r PaymentRequest) LogValue() slog.Value {
	return orderValue(r.Reference, r.Amount, r.Operator, slog.Any("customer", r.Customer))
}

// Format implements [fmt.Formatter] for every verb and flag. It does not show
// the one-time code.
func (r PaymentRequest) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), r.withoutCode(redacted))
}

// String returns the request without its one-time code.
func (r PaymentRequest) String() string { return fmt.Sprint(r) }

// MarshalJSON implements [json.Marshaler]. It leaves the one-time code out, so
// a request that was stored and read again has none.
func (r PaymentRequest) MarshalJSON() ([]byte, error) { return json.Marshal(r.withoutCode("")) }

// paymentRequest is a PaymentRequest without methods.
type paymentRequest PaymentRequest

// withoutCode returns r with another text for the one-time code, if it has one.
func (r PaymentRequest) withoutCode(text string) paymentRequest {
	if r.OTP != "" {
		r.OTP = text
	}
	return paymentRequest(r)
}

// PayoutRequest sends money to a recipient. [PaymentRequest] describes the
// fields.
type PayoutRequest struct {
	Reference   string
	Amount      Money
	Recipient   Customer
	Operator    string
	Description string
	NotifyURL   string
	Metadata    map[string]string
}

// LogValue implements [slog.LogValuer], as [PaymentRequest.LogValue] does.
func (r PayoutRequest) LogValue() slog.Value {
	return orderValue(r.Reference, r.Amount, r.Operator, slog.Any("recipient", r.Recipient))
}

// orderValue returns what a log shows of a request.
func orderValue(reference string, amount Money, operator string, who slog.Attr) slog.Value {
	return slog.GroupValue(slog.String("reference", reference), slog.String("amount", amount.String()),
		slog.String("operator", operator), who)
}

// Payment is what a provider says of a payment.
type Payment struct {
	Provider       string // "barkapay"
	ID             string // the provider's id
	Reference      string // the merchant's
	Status         Status
	ProviderStatus string // the provider's own word or number for Status
	Amount         Money
	Fee            Money  // zero if the provider did not say
	Reason         string // why it failed or waits, in the provider's words
	OperatorID     string // the mobile operator's transaction id, once there is one
	// Party is the number that pays or is paid, as the provider shows it: with
	// or without the calling code, empty if it shows none. No log shows it.
	Party string
	// CheckoutURL is a page on which the customer pays. It is empty if there is
	// none, or if Action is ActionPageLost.
	CheckoutURL string
	Action      Action    // what the customer has to do next
	CreatedAt   time.Time // zero if the provider did not say
	// Replayed reports that the provider had the order before this call. The
	// call made no new one: the other fields show the order as it is now.
	Replayed bool
	Raw      Raw // the provider's answer, as it came
}

// Payout is what a provider says of a payout. [Payment] describes the fields.
type Payout struct {
	Provider       string
	ID             string
	Reference      string
	Status         Status
	ProviderStatus string
	Amount         Money
	Fee            Money
	Reason         string
	OperatorID     string
	Party          string
	CreatedAt      time.Time
	Replayed       bool
	Raw            Raw
}

// LogValue implements [slog.LogValuer]. A log shows all fields but Party, and
// only the length of Raw.
func (p Payment) LogValue() slog.Value {
	return slog.GroupValue(append(p.payout().logAttrs(),
		slog.String("checkout_url", p.CheckoutURL), slog.String("action", p.Action.String()))...)
}

// LogValue implements [slog.LogValuer], as [Payment.LogValue] does.
func (p Payout) LogValue() slog.Value { return slog.GroupValue(p.logAttrs()...) }

// payout returns the fields that both have.
func (p Payment) payout() Payout {
	return Payout{
		p.Provider, p.ID, p.Reference, p.Status, p.ProviderStatus, p.Amount, p.Fee, p.Reason, p.OperatorID,
		p.Party, p.CreatedAt, p.Replayed, p.Raw,
	}
}

func (p Payout) logAttrs() []slog.Attr {
	return []slog.Attr{
		slog.String("provider", p.Provider), slog.String("id", p.ID), slog.String("reference", p.Reference),
		slog.String("status", p.Status.String()), slog.String("provider_status", p.ProviderStatus),
		slog.String("amount", p.Amount.String()), slog.String("fee", p.Fee.String()), slog.String("reason", p.Reason),
		slog.String("operator_id", p.OperatorID), slog.Time("created_at", p.CreatedAt),
		slog.Bool("replayed", p.Replayed), slog.Any("raw", p.Raw),
	}
}
