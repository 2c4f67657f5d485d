package barkapay

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// PriceKind says who chooses the amount that a payment link asks for.
type PriceKind string

// The kinds of price, with the provider's words for them. The zero value is PriceFixed.
const (
	PriceFixed    PriceKind = "fixed"    // LinkRequest.Amount
	PriceFloating PriceKind = "floating" // the customer chooses
	PriceInterval PriceKind = "interval" // the customer chooses between LinkRequest.MinAmount and MaxAmount
)

// LinkRequest makes a page on which a customer pays.
type LinkRequest struct {
	OrderID              string        // order_id, as in ChargeRequest
	Price                PriceKind     // set_amount
	Amount               wapay.Money   // amount, with PriceFixed
	MinAmount, MaxAmount wapay.Money   // amount_interval, with PriceInterval
	Period               time.Duration // period, whole seconds; how long the link is good, 5 minutes if left out
	// NotifyPayer has the provider mail the link to PayerEmail.
	NotifyPayer    bool   // notify_payer
	PayerEmail     string // payer_notification_email
	Title          string // title
	Description    string // description
	PayURL         string // pay_url, where the customer goes after paying; the app's own if left out
	NoPayURL       string // no_pay_url, where the customer goes who did not pay
	CallbackURL    string // callback_url, as in ChargeRequest
	OrderData      string // order_data, as in ChargeRequest
	AllowDuplicate bool   // order_id_unicity=0, as in ChargeRequest
}

type linkForm struct {
	SetAmount              PriceKind `url:"set_amount"`
	Amount                 string    `url:"amount,omitempty"`
	AmountInterval         string    `url:"amount_interval,omitempty"`
	OrderID                string    `url:"order_id"`
	OrderIDUnicity         bool      `url:"order_id_unicity,int"`
	CallbackURL            string    `url:"callback_url,omitempty"`
	OrderData              string    `url:"order_data,omitempty"`
	Period                 int64     `url:"period,omitempty"`
	NotifyPayer            bool      `url:"notify_payer,int,omitempty"`
	PayerNotificationEmail string    `url:"payer_notification_email,omitempty"`
	Title                  string    `url:"title,omitempty"`
	Description            string    `url:"description,omitempty"`
	PayURL                 string    `url:"pay_url,omitempty"`
	NoPayURL               string    `url:"no_pay_url,omitempty"`
}

// PaymentLink is a page on which a customer pays.
type PaymentLink struct {
	URL            string       // link
	ID             string       // data.public_id, the id of the payment
	OrderID        string       // data.order_id
	Price          PriceKind    // data.set_amount
	Amount         wapay.Money  // data.amount, the zero value unless the price is fixed
	Status         wapay.Status // data.status
	ProviderStatus string
	Raw            json.RawMessage
}

type linkAnswer struct {
	Link loose.String `json:"link"`
	Data loose.Object[struct {
		wireTransaction
		SetAmount loose.String `json:"set_amount"`
	}] `json:"data"`
}

// Check makes an answer without a link undecodable. The merchant will send the customer there, so it has to lead to the
// web.
func (a *linkAnswer) Check() error {
	if u, err := url.Parse(string(a.Link)); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return errors.New("a payment link without link, or with one that is no web address")
	}
	return a.Data.V.check(true)
}

// CreatePaymentLink makes a page on which a customer pays: POST payment/mobile/web/create, with the SCI pair.
// It is sent once, and what its errors mean stands with [Client.Charge].
func (c *Client) CreatePaymentLink(ctx context.Context, r LinkRequest) (*PaymentLink, error) {
	return c.createLink(ctx, "CreatePaymentLink", r)
}

func (c *Client) createLink(ctx context.Context, op string, r LinkRequest) (*PaymentLink, error) {
	if r.Price == "" {
		r.Price = PriceFixed
	}
	if err := r.check().Err(provider, op, r.OrderID); err != nil {
		return nil, err
	}
	form := linkForm{
		SetAmount: r.Price, OrderID: r.OrderID, OrderIDUnicity: !r.AllowDuplicate,
		CallbackURL: r.CallbackURL, OrderData: r.OrderData, Period: int64(r.Period / time.Second),
		NotifyPayer: r.NotifyPayer, PayerNotificationEmail: r.PayerEmail,
		Title: r.Title, Description: r.Description, PayURL: r.PayURL, NoPayURL: r.NoPayURL,
	}
	switch r.Price {
	case PriceFixed:
		form.Amount = francs(r.Amount)
	case PriceInterval:
		form.AmountInterval = "[" + francs(r.MinAmount) + "," + francs(r.MaxAmount) + "]"
	}
	req, err := post(op, r.OrderID, "payment/mobile/web/create", call.Write, form)
	if err != nil {
		return nil, err
	}
	if err := c.authorize(req, sciApp); err != nil {
		return nil, err
	}
	var answer linkAnswer
	resp, err := c.calls.Do(ctx, req, &answer)
	if err != nil {
		return nil, inDoubt(err)
	}
	d := &answer.Data.V
	if t := d.transaction(nil); !t.answers(order{id: r.OrderID, amount: r.Amount}) {
		return nil, c.calls.Undecodable(req, resp, errAnother)
	}
	return &PaymentLink{
		URL: string(answer.Link), ID: string(d.PublicID), OrderID: string(d.OrderID),
		Price: PriceKind(d.SetAmount), Amount: d.amount,
		Status: facts.BarkaPayStatus(string(d.Status)), ProviderStatus: string(d.Status), Raw: resp.Body,
	}, nil
}

func (r LinkRequest) check() check.Fields {
	var bad check.Fields
	checkOrder(&bad, r.OrderID, r.OrderData, r.CallbackURL)
	none := wapay.Money{}
	fixed, interval := r.Amount != none, r.MinAmount != none || r.MaxAmount != none
	switch r.Price {
	case PriceFixed:
		checkAmount(&bad, "Amount", r.Amount)
		fixed = false
	case PriceInterval:
		checkAmount(&bad, "MinAmount", r.MinAmount)
		checkAmount(&bad, "MaxAmount", r.MaxAmount)
		if cmp, err := r.MinAmount.Cmp(r.MaxAmount); err == nil && cmp > 0 {
			bad.Add("MaxAmount", "is less than MinAmount")
		}
		interval = false
	case PriceFloating:
	default:
		bad.Add("Price", "is %q, want fixed, floating or interval", r.Price)
	}
	if fixed {
		bad.Add("Amount", "goes with PriceFixed only")
	}
	if interval {
		bad.Add("MinAmount", "and MaxAmount go with PriceInterval only")
	}
	if r.Period < 0 || r.Period%time.Second != 0 {
		bad.Add("Period", "is %v, want whole seconds", r.Period)
	}
	if r.NotifyPayer && r.PayerEmail == "" {
		bad.Add("PayerEmail", "is required with NotifyPayer")
	}
	bad.Email("PayerEmail", r.PayerEmail)
	bad.Text("Title", r.Title, 255)
	bad.Text("Description", r.Description, 2000)
	bad.URL("PayURL", r.PayURL)
	bad.URL("NoPayURL", r.NoPayURL)
	return bad
}
