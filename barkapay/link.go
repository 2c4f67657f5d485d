package barkapay

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
)

// PriceKind says who chooses the amount that a payment link asks for.
type PriceKind string

// The kinds of price, with the provider's words for them. The zero value is
// PriceFixed.
const (
	PriceFixed    PriceKind = "fixed"    // LinkRequest.Amount
	PriceFloating PriceKind = "floating" // the customer chooses
	PriceInterval PriceKind = "interval" // the customer chooses between LinkRequest.MinAmount and MaxAmount
)

// LinkRequest makes a page on which a customer pays.
type LinkRequest struct {
	OrderID              string        // order_id, as in ChargeRequest
	Price                PriceKind     // set_amount
	Amount               wapay.Money   // amount, XOF, with PriceFixed
	MinAmount, MaxAmount wapay.Money   // amount_interval, XOF, with PriceInterval
	Period               time.Duration // period, whole seconds; the life of the link; zero means 5 minutes
	// NotifyPayer asks the provider to mail the link to PayerEmail.
	NotifyPayer    bool   // notify_payer
	PayerEmail     string // payer_notification_email
	Title          string // title
	Description    string // description
	PayURL         string // pay_url, the page after a payment; "" means the app's own
	NoPayURL       string // no_pay_url, the page for a customer who did not pay
	CallbackURL    string // callback_url, as in ChargeRequest
	OrderData      string // order_data, as in ChargeRequest
	AllowDuplicate bool   // order_id_unicity=0, as in ChargeRequest
}

// PaymentLink is a page on which a customer pays.
type PaymentLink struct {
	URL            string        // link
	ID             string        // data.public_id, the id of the payment
	OrderID        string        // data.order_id
	Price          PriceKind     // data.set_amount
	Amount         wapay.Money   // data.amount, the zero value unless the price is fixed
	AmountInterval string        // data.amount_interval, "[50000,75000]"
	Period         time.Duration // data.period; zero if absent
	PayerEmail     string        // data.payer_notification_email
	Title          string        // data.title
	Description    string        // data.description
	Agent          string        // data.agent, as in Transaction
	Status         wapay.Status  // data.status
	ProviderStatus string
	Message        string // message
	Raw            wapay.Raw
}

type linkAnswer struct {
	Message loose.String `json:"message"`
	Link    loose.String `json:"link"`
	Data    loose.Object[struct {
		wireTransaction
		SetAmount      loose.String `json:"set_amount"`
		AmountInterval loose.String `json:"amount_interval"`
		Period         loose.String `json:"period"`
		PayerEmail     loose.String `json:"payer_notification_email"`
		Title          loose.String `json:"title"`
		Description    loose.String `json:"description"`
	}] `json:"data"`
}

// Check rejects an answer without a link to a web page. The merchant sends the
// customer to that page.
func (a *linkAnswer) Check() error {
	if a.Link.Page() == "" {
		return errors.New("a payment link without link, or with one that is no web address")
	}
	d := &a.Data.V
	if d.PublicID == "" {
		return errors.New("a payment link without public_id")
	}
	if d.Amount == "" { // the customer chooses
		return nil
	}
	_, err := d.Amount.Money(wapay.XOF)
	return err
}

// CreatePaymentLink makes a page on which a customer pays: POST
// payment/mobile/web/create, with the SCI pair.
//
// CreatePaymentLink sends the order once and looks nothing up. Its errors are
// those of [Client.Charge].
func (c *Client) CreatePaymentLink(ctx context.Context, r LinkRequest) (*PaymentLink, error) {
	ctx = call.Start(ctx, "CreatePaymentLink", nil)
	if r.Price == "" {
		r.Price = PriceFixed
	}
	values := form{
		"set_amount": string(r.Price), "order_id": r.OrderID, "order_id_unicity": bit(!r.AllowDuplicate),
		"callback_url": r.CallbackURL, "order_data": r.OrderData, "payer_notification_email": r.PayerEmail,
		"title": r.Title, "description": r.Description, "pay_url": r.PayURL, "no_pay_url": r.NoPayURL,
	}
	if r.Period != 0 {
		values["period"] = strconv.FormatInt(int64(r.Period/time.Second), 10)
	}
	if r.NotifyPayer {
		values["notify_payer"] = "1"
	}
	switch r.Price {
	case PriceFixed:
		values["amount"] = francs(r.Amount)
	case PriceInterval:
		values["amount_interval"] = "[" + francs(r.MinAmount) + "," + francs(r.MaxAmount) + "]"
	}
	request := post("payment/mobile/web/create", r.OrderID, values)
	var answer linkAnswer
	resp, err := c.send(ctx, sciApp, request, r.check(), &answer)
	if err != nil {
		return nil, err
	}
	d := &answer.Data.V
	t := d.transaction(resp.Body)
	if o := (order{id: r.OrderID, amount: r.Amount}); !o.answeredBy(&t) {
		return nil, c.in().calls.Undecodable(request, resp, errOtherOrder)
	}
	return &PaymentLink{
		URL: string(answer.Link), ID: t.ID, OrderID: t.OrderID, Price: PriceKind(d.SetAmount), Amount: t.Amount,
		AmountInterval: string(d.AmountInterval), Period: seconds(d.Period), PayerEmail: string(d.PayerEmail),
		Title: string(d.Title), Description: string(d.Description), Agent: t.Agent,
		Status: t.Status, ProviderStatus: t.ProviderStatus, Message: string(answer.Message), Raw: resp.Body,
	}, nil
}

func (r LinkRequest) check() check.Fields {
	var bad check.Fields
	checkOrder(&bad, r.OrderID, r.OrderData, r.CallbackURL)
	none := wapay.Money{}
	fixed, interval := r.Amount != none, r.MinAmount != none || r.MaxAmount != none
	switch r.Price {
	case PriceFixed:
		bad.Amount("Amount", r.Amount, wapay.XOF)
		fixed = false
	case PriceInterval:
		bad.Amount("MinAmount", r.MinAmount, wapay.XOF)
		bad.Amount("MaxAmount", r.MaxAmount, wapay.XOF)
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
	bad.Text("Title", r.Title, maxText)
	bad.Text("Description", r.Description, maxText)
	checkPage(&bad, "PayURL", r.PayURL)
	checkPage(&bad, "NoPayURL", r.NoPayURL)
	return bad
}
