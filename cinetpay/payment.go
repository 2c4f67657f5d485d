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
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// CheckedPayment is a payment as the provider shows it. It does not repeat the merchant's reference.
type CheckedPayment struct {
	// Status is succeeded only where Code and ProviderStatus both say so, and the same goes for failed and
	// pending. Where they contradict each other, or one of them is new, it is unknown, and so is a payment that was
	// made by an answer with an HTTP status of 4xx.
	Status         wapay.Status
	Code, Message  string      // "00" "SUCCES", "627" "TRANSACTION_CANCEL"
	ProviderStatus string      // status: ACCEPTED, REFUSED, WAITING_FOR_CUSTOMER …
	Amount         wapay.Money // amount and currency; the zero value if the provider did not say
	PaymentMethod  string      // payment_method
	Description    string      // description
	Metadata       string      // metadata
	OperatorID     string      // operator_id
	// PaymentDate and FundAvailabilityDate are taken for UTC, which is the time of Abidjan: the zone is not
	// documented. They are zero for the " " of a payment that was not made (V).
	PaymentDate          time.Time // payment_date
	FundAvailabilityDate time.Time // fund_availability_date
	Raw                  json.RawMessage
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
	Code    loose.String              `json:"code"`
	Message loose.String              `json:"message"`
	Data    loose.Object[wirePayment] `json:"data"`
}

// Check makes an answer without a code, or that is about no payment, undecodable.
func (a *paymentAnswer) Check() error {
	if a.Code == "" || a.Data.V.Status == "" && !facts.CinetPayIsOpen(string(a.Code)) {
		return errors.New("no payment")
	}
	return nil
}

type wireCheck struct {
	site
	TransactionID string `json:"transaction_id,omitempty"`
	Token         string `json:"token,omitempty"`
}

// CheckPayment looks a payment up: POST payment/check. ref.Reference is the transaction id and ref.ID the payment
// token. With both the transaction id is looked up, because the answer repeats neither, so that they cannot be
// compared. A payment that is open or was refused is an answer and no error.
//
// What the provider answers about an id that it does not know is not documented: code 723 is [wapay.ErrNotFound], and
// any other without a payment an error that says nothing about the payment.
func (c *Client) CheckPayment(ctx context.Context, ref wapay.Ref) (*CheckedPayment, error) {
	return c.checkPayment(ctx, "CheckPayment", ref)
}

func (c *Client) checkPayment(ctx context.Context, op string, ref wapay.Ref) (*CheckedPayment, error) {
	var bad check.Fields
	w := wireCheck{TransactionID: ref.Reference}
	if ref.ID != "" && ref.Reference == "" {
		bad.Word("ID", ref.ID)
		w.Token = ref.ID
	} else {
		bad.Reference("Reference", ref.Reference, maxReference, "")
	}
	if err := bad.Err(provider, op, ref.Reference); err != nil {
		return nil, err
	}
	r := &call.Request{Op: op, Reference: ref.Reference, Effect: call.Read, Path: "payment/check"}
	if err := c.authorize(r); err != nil {
		return nil, err
	}
	w.site = *c.checkout.site
	var answer paymentAnswer
	resp, err := c.atCheckout(ctx, r, w, &answer)
	if err != nil {
		if resp = answered(err, &answer); resp == nil {
			return nil, err
		}
	}
	p, err := answer.payment(resp.Body)
	if err != nil {
		return nil, c.checkout.calls.Undecodable(r, resp, err)
	}
	if p.Status == wapay.StatusSucceeded && resp.Status >= 400 {
		p.Status = wapay.StatusUnknown
	}
	return p, nil
}

// answered finds the payment in an answer with a status of 4xx: with which one the provider tells of a refused
// payment is not documented. Without a code the verdict saw no payment in it, or was not asked, because the answer broke
// off or says two things under one name.
func answered(err error, answer *paymentAnswer) *call.Response {
	var e *wapay.Error
	if !errors.As(err, &e) || e.Code == "" || e.HTTPStatus < 400 || e.HTTPStatus >= 500 || e.HTTPStatus == http.StatusTooManyRequests {
		return nil
	}
	*answer = paymentAnswer{}
	if json.Unmarshal(e.Body, answer) != nil || answer.Check() != nil || answer.Data.V.Status == "" {
		return nil
	}
	return &call.Response{Status: e.HTTPStatus, Body: e.Body, Attempts: e.Attempts}
}

func (a *paymentAnswer) payment(raw json.RawMessage) (*CheckedPayment, error) {
	d := &a.Data.V
	p := &CheckedPayment{
		Status: facts.CinetPayCheckoutStatus(string(a.Code), string(d.Status)), Code: string(a.Code), Message: string(a.Message),
		ProviderStatus: string(d.Status), PaymentMethod: string(d.PaymentMethod), Description: string(d.Description),
		Metadata: string(d.Metadata), OperatorID: string(d.OperatorID), PaymentDate: d.PaymentDate.Time,
		FundAvailabilityDate: d.FundDate.Time, Raw: raw,
	}
	if d.Amount == "" || d.Currency == "" {
		return p, nil
	}
	var err error
	p.Amount, err = d.Amount.Money(wapay.Currency(d.Currency))
	return p, err
}

// Pay makes a page on which the customer pays ([Client.CreatePayment]): open CheckoutURL. Reference, Amount,
// Description, NotifyURL and ReturnURL are required. Operator is one of the channels, ChannelAll if left out; the
// customer chooses the operator on the page, which also asks for the phone number and the code. Metadata becomes the
// field metadata, as a JSON object. OTP and CancelURL have no use here.
//
// The ID of the payment is its token.
func (c *Client) Pay(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	q := CheckoutRequest{
		TransactionID: r.Reference, Amount: r.Amount, Description: r.Description,
		NotifyURL: r.NotifyURL, ReturnURL: r.ReturnURL, Channels: r.Operator,
		CustomerPhone: r.Customer.Phone, CustomerName: r.Customer.LastName, CustomerSurname: r.Customer.FirstName,
		CustomerEmail: r.Customer.Email,
	}
	if len(r.Metadata) > 0 {
		data, _ := json.Marshal(r.Metadata) // a map of strings always has a JSON form
		q.Metadata = string(data)
	}
	page, err := c.createPayment(ctx, "Pay", q)
	if err != nil {
		return nil, inTermsOf(err, paymentFields)
	}
	return &wapay.Payment{
		Provider: provider, ID: page.Token, Reference: r.Reference, Status: wapay.StatusPending,
		ProviderStatus: "CREATED", Amount: r.Amount, CheckoutURL: page.URL, Raw: wapay.Raw(page.Raw),
	}, nil
}

// FindPayment looks a payment up by the merchant's reference, or by its token ([Client.CheckPayment]).
func (c *Client) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	found, err := c.checkPayment(ctx, "FindPayment", ref)
	if err != nil {
		return nil, err
	}
	p := &wapay.Payment{
		Provider: provider, ID: ref.ID, Reference: ref.Reference, Status: found.Status,
		ProviderStatus: cmp.Or(found.ProviderStatus, found.Message), Amount: found.Amount,
		OperatorID: found.OperatorID, Raw: wapay.Raw(found.Raw),
	}
	if found.Status != wapay.StatusSucceeded {
		p.Reason = found.Message
	}
	return p, nil
}
