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

// CheckedPayment is a payment as the provider shows it. It does not echo the
// merchant's reference.
type CheckedPayment struct {
	// Status follows ProviderStatus, whatever the code: the provider uses more
	// codes than it documents. It is succeeded only where the code says paid
	// too. It is unknown where the two contradict each other, where the word is
	// new, and for a payment that was made by an answer with an HTTP status of
	// 4xx.
	Status         wapay.Status
	Code, Message  string      // "00" "SUCCES", "627" "TRANSACTION_CANCEL"
	ProviderStatus string      // status: ACCEPTED, REFUSED, WAITING_FOR_CUSTOMER …
	Amount         wapay.Money // amount and currency; the zero value if they are missing or cannot be read
	PaymentMethod  string      // payment_method
	Description    string      // description
	Metadata       string      // metadata
	OperatorID     string      // operator_id
	// PaymentDate and FundAvailabilityDate are read as UTC, which is the time
	// of Abidjan: the zone is not documented. They are zero for a payment that
	// was not made, for which the document shows " ".
	PaymentDate          time.Time // payment_date
	FundAvailabilityDate time.Time // fund_availability_date
	ResponseID           string    // api_response_id, to quote to the provider's support
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

// Check makes an answer without a code, or that is about no payment,
// undecodable.
func (a *paymentAnswer) Check() error {
	return call.FailIf(a.Code == "" || a.Data.V.Status == "" && !facts.CinetPayIsOpen(string(a.Code)), "no payment")
}

type wireCheck struct {
	site
	TransactionID string `json:"transaction_id,omitempty"`
	Token         string `json:"token,omitempty"`
}

// CheckPayment looks a payment up: POST payment/check. ref.Reference is the
// transaction id and ref.ID the payment token. With both, the transaction id is
// looked up: the answer echoes neither, so they cannot be compared. A payment
// that is open or was refused is an answer and no error.
//
// The document does not say what the answer about an unknown id is. Code 723 is
// [wapay.ErrNotFound]. Any other answer without a payment is an error that says
// nothing about the payment.
func (c *Client) CheckPayment(ctx context.Context, ref wapay.Ref) (*CheckedPayment, error) {
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
	resp, err := p.calls.Do(ctx, call.PostJSON(ref.Reference, "payment/check", call.Read, w), &answer)
	if err != nil {
		return paymentInRefusal(err)
	}
	return answer.payment(resp.Body), nil
}

// paymentInRefusal finds the payment in an answer with a status of 4xx: the
// document does not say with which one the provider tells of a refused payment.
// Such an answer is not believed that money moved. Without a code the judge saw
// no payment, or was not asked because the answer broke off or is ambiguous.
func paymentInRefusal(err error) (*CheckedPayment, error) {
	var e *wapay.Error
	if !errors.As(err, &e) || e.Code == "" || e.HTTPStatus < 400 || e.HTTPStatus >= 500 || e.HTTPStatus == http.StatusTooManyRequests {
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

func (a *paymentAnswer) payment(raw []byte) *CheckedPayment {
	d := &a.Data.V
	p := &CheckedPayment{
		Status: facts.CinetPayCheckoutStatus(string(a.Code), string(d.Status)), Code: string(a.Code), Message: string(a.Message),
		ProviderStatus: string(d.Status), PaymentMethod: string(d.PaymentMethod), Description: string(d.Description),
		Metadata: string(d.Metadata), OperatorID: string(d.OperatorID), PaymentDate: d.PaymentDate.Time,
		FundAvailabilityDate: d.FundDate.Time, ResponseID: string(a.ResponseID), Raw: wapay.Raw(raw),
	}
	p.Amount, _ = d.Amount.Money(wapay.Currency(d.Currency))
	return p
}

// paymentNames gives the fields of a PaymentRequest for those of the request
// that it becomes.
var paymentNames = call.Names{"TransactionID": "Reference", "CustomerPhone": "Customer.Phone", "Channels": "Operator"}

// Pay makes a page on which the customer pays ([Client.CreatePayment]): open
// CheckoutURL. Reference, Amount, Description, NotifyURL and ReturnURL are
// required. Operator is one of the channels, ChannelAll if left out. The
// customer chooses the operator on the page, which also asks for the number and
// the code. Metadata becomes the field metadata, as a JSON object.
//
// The page has no use for OTP, CancelURL and ExpiresIn, nor for the customer's
// names and e-mail address. The latter are fields for a card, which the
// provider wants together with a postal address or not at all.
//
// The ID of the payment is its token. Where the provider has the reference
// already, Pay looks the payment up. One of the same amount is returned as it
// is now, with Replayed, but without its page. Else the error is
// [wapay.ErrDuplicate] with an unknown outcome.
func (c *Client) Pay(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	ctx = call.Start(ctx, "Pay", paymentNames)
	page, err := c.CreatePayment(ctx, checkoutOf(r))
	if err == nil {
		return &wapay.Payment{
			Provider: provider, ID: page.Token, Reference: r.Reference, Status: wapay.StatusPending,
			ProviderStatus: "CREATED", Amount: r.Amount, CheckoutURL: page.URL, Action: wapay.ActionOpenPage, Raw: page.Raw,
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

// FindPayment looks a payment up by the merchant's reference, or by its token
// ([Client.CheckPayment]). The Action of a pending one is
// [wapay.ActionPageLost]: the provider does not tell the page's address again.
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
