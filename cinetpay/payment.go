package cinetpay

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/lookup"
	"github.com/wapay-go/wapay/internal/loose"
)

// CheckoutPayment is a payment as the provider shows it. It does not show the
// merchant's reference.
type CheckoutPayment struct {
	// Status follows ProviderStatus, because the provider uses undocumented
	// codes. It is succeeded only if the code says so, too. It is unknown if
	// the two contradict each other or if the word is new. A success with an
	// HTTP status of 4xx is also unknown.
	Status         wapay.Status
	Code, Message  string      // "00" "SUCCES", "627" "TRANSACTION_CANCEL"
	ProviderStatus string      // status: ACCEPTED, REFUSED, WAITING_FOR_CUSTOMER …
	Amount         wapay.Money // amount and currency; the zero value if missing or unreadable
	PaymentMethod  string      // payment_method
	Description    string      // description
	Metadata       string      // metadata
	OperatorID     string      // operator_id
	// PaymentDate and FundAvailabilityDate are read as UTC, the time of
	// Abidjan, because the zone is not documented. They are zero until the
	// customer has paid: the documents show " ".
	PaymentDate          time.Time // payment_date
	FundAvailabilityDate time.Time // fund_availability_date
	ResponseID           string    // api_response_id, for the provider's support
	Raw                  wapay.Raw
}

type wirePayment struct {
	Amount        loose.String `json:"amount"`
	Currency      loose.String `json:"currency"`
	Status        loose.String `json:"status"`
	PaymentMethod loose.String `json:"payment_method"`
	Description   loose.String `json:"description"`
	Metadata      loose.String `json:"metadata"`
	OperatorID    loose.String `json:"operator_id"`
	PaymentDate   loose.Time   `json:"payment_date"`
	FundDate      loose.Time   `json:"fund_availability_date"`
}

type paymentAnswer struct {
	Code       loose.String              `json:"code"`
	Message    loose.String              `json:"message"`
	ResponseID loose.String              `json:"api_response_id"`
	Data       loose.Object[wirePayment] `json:"data"`
}

// Check rejects an answer without a code or without a payment.
func (a *paymentAnswer) Check() error {
	return call.FailIf(a.Code == "" || a.Data.V.Status == "" && !facts.CinetPayIsOpen(string(a.Code)), "no payment")
}

type wireCheck struct {
	site
	TransactionID string `json:"transaction_id,omitempty"`
	Token         string `json:"token,omitempty"`
}

// CheckPayment looks a payment up: POST payment/check. ref.Reference is the
// transaction id and ref.ID the payment token. With both, it looks the
// transaction id up. The answer shows neither, so the client cannot compare
// them. A pending or refused payment is no error.
//
// The answer about an unknown id is not documented. Code 723 is
// [wapay.ErrNotFound]. After any other error the payment may exist.
func (c *Client) CheckPayment(ctx context.Context, ref wapay.Ref) (*CheckoutPayment, error) {
	ctx, p := call.Start(ctx, "CheckPayment", nil), &c.in().checkout
	bad := p.missing()
	w := wireCheck{site: p.site, TransactionID: ref.Reference}
	if ref.ID != "" && ref.Reference == "" {
		bad.Word("ID", ref.ID)
		w.Token = ref.ID
	} else {
		bad.Reference("Reference", ref.Reference, maxReference, "")
	}
	if err := p.calls.Check(ctx, call.Read, ref.Reference, bad); err != nil {
		return nil, err
	}
	var answer paymentAnswer
	r := call.PostJSON(ref.Reference, "payment/check", call.Read, w)
	r.Alone = true // the answer shows neither id
	resp, err := p.calls.Do(ctx, r, &answer)
	if err != nil {
		return paymentInRefusal(err)
	}
	return answer.payment(resp.Body), nil
}

// paymentInRefusal finds the payment in an answer with a status of 4xx: the
// documents do not say which status a refused payment has. A success in such an
// answer is unknown. An error without a code has no payment: the judge saw
// none, or the answer was truncated or ambiguous.
func paymentInRefusal(err error) (*CheckoutPayment, error) {
	var e *wapay.Error
	if !errors.As(err, &e) || e.Code == "" || e.HTTPStatus/100 != 4 || e.HTTPStatus == http.StatusTooManyRequests {
		return nil, err
	}
	var answer paymentAnswer
	if json.Unmarshal(e.Body, &answer) != nil || answer.Data.V.Status == "" {
		return nil, err
	}
	p := answer.payment(e.Body)
	if p.Status == wapay.StatusSucceeded {
		p.Status = wapay.StatusUnknown
	}
	return p, nil
}

func (a *paymentAnswer) payment(raw []byte) *CheckoutPayment {
	d := &a.Data.V
	p := &CheckoutPayment{
		Status: facts.CinetPayCheckoutStatus(string(a.Code), string(d.Status)),
		Code:   string(a.Code), Message: string(a.Message),
		ProviderStatus: string(d.Status), PaymentMethod: string(d.PaymentMethod), Description: string(d.Description),
		Metadata: string(d.Metadata), OperatorID: string(d.OperatorID), PaymentDate: d.PaymentDate.Time,
		FundAvailabilityDate: d.FundDate.Time, ResponseID: string(a.ResponseID), Raw: wapay.Raw(raw),
	}
	p.Amount, _ = d.Amount.Money(wapay.Currency(d.Currency))
	return p
}

// paymentNames maps the fields of a CheckoutRequest to those of a
// wapay.PaymentRequest.
var paymentNames = call.Names{"TransactionID": "Reference", "CustomerPhone": "Customer.Phone", "Channels": "Operator"}

// Pay makes a page on which the customer pays ([Client.CreatePayment]). The
// customer must open CheckoutURL, and chooses the operator there. Reference,
// Amount, Description, NotifyURL and ReturnURL are required. Operator is one of
// the channels, or "" for ChannelAll. Metadata becomes metadata, as a JSON
// object. The ID of the payment is its token.
//
// The package comment lists the fields that the page has no use for. It also
// says what happens to a used reference.
func (c *Client) Pay(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	ctx = call.Start(ctx, "Pay", paymentNames)
	page, err := c.CreatePayment(ctx, checkoutOf(r))
	if err == nil {
		return &wapay.Payment{
			Provider: provider, ID: page.Token, Reference: r.Reference, Status: wapay.StatusPending,
			ProviderStatus: "CREATED", Amount: r.Amount, CheckoutURL: page.URL,
			Action: wapay.ActionOpenPage, Raw: page.Raw,
		}, nil
	}
	p, err := lookup.AfterDuplicate(ctx, err, func(ctx context.Context) (*wapay.Payment, error) {
		return c.FindPayment(ctx, wapay.Ref{Reference: r.Reference})
	}, func(p *wapay.Payment) string { return lookup.OtherAmount(p.Amount, r.Amount) })
	if err != nil {
		return nil, err
	}
	p.Replayed = true
	return p, nil
}

// FindPayment looks a payment up by the merchant's reference, or by the
// payment's token ([Client.CheckPayment]). The Action of a pending payment is
// [wapay.ActionPageLost], because a lookup does not show the page's address.
func (c *Client) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	found, err := c.CheckPayment(call.Start(ctx, "FindPayment", nil), ref)
	if err != nil {
		return nil, err
	}
	p := &wapay.Payment{
		Provider: provider, ID: ref.ID, Reference: ref.Reference, Status: found.Status,
		ProviderStatus: cmp.Or(found.ProviderStatus, found.Message), Amount: found.Amount,
		OperatorID: found.OperatorID, Raw: found.Raw,
	}
	if found.Status == wapay.StatusPending {
		p.Action = wapay.ActionPageLost
	}
	if found.Status != wapay.StatusSucceeded {
		p.Reason = found.Message
	}
	return p, nil
}
