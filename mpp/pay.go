package mpp

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/lookup"
)

// Pay asks a customer for money: a transaction of category payment. Operator is
// the channel's code ("OM"), in any letter case. Pay checks the order by the
// channel's rules before it sends it.
//
// The package comment says which fields of the request an order has, and what
// happens to a used reference.
func (c *Client) Pay(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	ctx = call.Start(ctx, "Pay", payNames)
	t, replayed, err := c.order(ctx, payments, r.Customer, r.Metadata, paymentOf(r))
	if err != nil {
		return nil, err
	}
	p := t.payment(r.Reference)
	p.Replayed = replayed
	return p, nil
}

// Payout sends money to a customer: a transaction of category transfer. It
// checks and fills in the order like [Client.Pay], and treats a used reference
// in the same way.
func (c *Client) Payout(ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	return c.PayoutAs(call.Start(ctx, "Payout", payoutNames), CategoryTransfer, r)
}

// PayoutAs does the same as [Client.Payout] with a category:
// [CategoryTransfer], or [CategoryPayout], which takes the merchant's own money
// out of the platform. FindPayout finds both.
func (c *Client) PayoutAs(ctx context.Context, category Category, r wapay.PayoutRequest) (*wapay.Payout, error) {
	ctx = call.Start(ctx, "PayoutAs", payoutAsNames)
	var bad check.Fields
	bad.OneOf("Category", string(category), string(CategoryTransfer), string(CategoryPayout))
	if err := c.in().calls.Check(ctx, call.Write, r.Reference, bad); err != nil {
		return nil, err
	}
	t, replayed, err := c.order(ctx, payouts, r.Recipient, r.Metadata, payoutOf(category, r))
	if err != nil {
		return nil, err
	}
	p := t.payout(r.Reference)
	p.Replayed = replayed
	return p, nil
}

// FindPayment looks a payment up by its id, or by the merchant's reference in
// the list of transactions: see the package comment.
func (c *Client) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	t, err := c.in().find(call.Start(ctx, "FindPayment", nil), payments, ref)
	return lookup.Found(t, err, ref.Reference, (*Transaction).payment)
}

// FindPayout looks up a transaction of category transfer or payout, like
// [Client.FindPayment].
func (c *Client) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	t, err := c.in().find(call.Start(ctx, "FindPayout", nil), payouts, ref)
	return lookup.Found(t, err, ref.Reference, (*Transaction).payout)
}

var (
	payNames      = names("Customer", "Operator")
	payoutNames   = names("Recipient", "Operator")
	payoutAsNames = names("Recipient", "Category")
)

// names maps the fields of a [TransactionRequest] to those of wapay's requests.
func names(customer, category string) call.Names {
	return call.Names{
		"ExternalID": "Reference", "Channel": "Operator", "CallbackURL": "NotifyURL", "Category": category,
		"MSISDN": customer + ".Phone", "Phone": customer + ".Phone", "FirstName": customer + ".FirstName",
		"LastName": customer + ".LastName", "Email": customer + ".Email",
		"AccountNumber": "Metadata[account_number]", "Fields[": "Metadata[", "Fields": "Metadata",
	}
}

var errNoChannels = errors.New("the channels, by which an order is checked, could not be read")

// order sends an order. t has the fields that all transactions have. replayed
// reports that the provider had the order before.
func (c *Client) order(
	ctx context.Context, k orderKind, customer wapay.Customer, metadata map[string]string, t TransactionRequest,
) (_ *Transaction, replayed bool, err error) {
	in := c.in()
	bad := in.firstCheck(&t, metadata)
	if err := in.calls.Check(ctx, call.Write, t.ExternalID, bad); err != nil {
		return nil, false, err
	}
	cached, err := in.channels.Get(ctx)
	if err != nil {
		return nil, false, in.calls.Without(ctx, &call.Request{Reference: t.ExternalID}, errNoChannels, err)
	}
	cached.Value.complete(&bad, &t, customer, metadata)
	if err := in.calls.Check(ctx, call.Write, t.ExternalID, bad); err != nil {
		return nil, false, err
	}
	made, err := c.CreateTransaction(ctx, t)
	if err == nil {
		return &Transaction{
			ID: made.ID, Status: made.Status, ProviderStatus: made.ProviderStatus, Amount: Amount{Money: t.Amount},
			Raw: made.Raw,
		}, false, nil
	}
	var e *wapay.Error
	if errors.As(err, &e) && e.Code == codeParameters {
		in.channels.Drop(cached) // their rules have changed
	}
	found, err := lookup.AfterDuplicate(ctx, err,
		func(ctx context.Context) (*Transaction, error) { return in.search(ctx, k, t.ExternalID) },
		func(found *Transaction) string { return found.differs(&t) })
	return found, err == nil, err
}

// complete fills in the fields that the channel has, and checks the transaction
// by the channel's rules.
func (l *channelList) complete(bad *check.Fields, t *TransactionRequest, customer wapay.Customer,
	metadata map[string]string) {
	if ch := l.find(bad, t.Channel); ch != nil {
		t.fill(ch, customer, metadata)
		t.check(bad)
		ch.check(bad, t)
	}
}

// fill fills in the fields that the channel has.
func (r *TransactionRequest) fill(ch *Channel, customer wapay.Customer, metadata map[string]string) {
	r.Channel = ch.Code
	if ch.has("msisdn") {
		r.MSISDN = msisdn(customer.Phone, r.Amount.Currency(), ch.Fields["msisdn"])
	}
	if slices.Contains(ch.Fields["phone"], "required") {
		r.Phone = customer.Phone.E164()
	}
	for name, value := range map[string]string{
		"first_name": customer.FirstName, "last_name": customer.LastName, "email": customer.Email,
	} {
		if _, ok := ch.Fields[name]; ok {
			r.set(name, value)
		}
	}
	if _, ok := ch.Fields["otp"]; !ok {
		r.OTP = ""
	}
	for name, value := range metadata {
		r.set(name, value)
	}
}

// currencies maps the countries whose numbers the client sends in national
// form.
var currencies = map[string]wapay.Currency{
	"BJ": wapay.XOF, "BF": wapay.XOF, "CI": wapay.XOF, "GW": wapay.XOF, "ML": wapay.XOF, "NE": wapay.XOF,
	"SN": wapay.XOF, "TG": wapay.XOF, "CM": wapay.XAF, "TD": wapay.XAF, "CF": wapay.XAF, "CG": wapay.XAF,
	"GA": wapay.XAF, "GQ": wapay.XAF, "GN": wapay.GNF, "SL": wapay.SLE, "GH": wapay.GHS, "NG": wapay.NGN,
	"GM": wapay.GMD, "LR": wapay.LRD, "CV": wapay.CVE, "MR": wapay.MRU, "CD": wapay.CDF,
}

// msisdn returns the number in the form that the package comment describes.
func msisdn(p wapay.Phone, c wapay.Currency, rules []string) string {
	if p.IsZero() || currencies[p.Country()] != c || slices.Contains(rules, "phone_number") {
		return p.E164()
	}
	switch p.Country() {
	case "SL", "GH", "NG", "LR", "CD": // the national form has a leading 0
		return "0" + p.National()
	}
	return p.National()
}

// differs says how the transaction differs from the request, or returns "". The
// transaction must show each number that the client sent.
func (t *Transaction) differs(r *TransactionRequest) string {
	switch {
	case t.Amount.Money != r.Amount:
		return "has the amount " + cmp.Or(string(t.Amount.Number), "none") + " " + string(t.Currency)
	case !strings.EqualFold(string(t.Category), string(r.Category)):
		return "has the category " + string(t.Category)
	case !strings.EqualFold(t.Channel.Code, r.Channel):
		return "goes through the channel " + t.Channel.Code
	}
	for _, x := range []struct{ name, sent string }{
		{"msisdn", r.MSISDN}, {"phone", r.Phone}, {"account_number", r.AccountNumber},
	} {
		if x.sent != "" && t.Details[x.name] != x.sent {
			return "does not show the same " + x.name
		}
	}
	return ""
}

func (t *Transaction) payment(reference string) *wapay.Payment {
	return &wapay.Payment{
		Provider: provider, ID: t.ID, Reference: cmp.Or(reference, t.ExternalID),
		Status: t.Status, ProviderStatus: t.ProviderStatus, Amount: t.Amount.Money,
		Fee:    facts.MPPFee(string(t.FeePayer), t.Fees.Money, t.Amount.Money),
		Reason: t.reason(), Party: t.party(), Action: t.action(), CreatedAt: t.CreatedAt, Raw: t.Raw,
	}
}

func (t *Transaction) payout(reference string) *wapay.Payout {
	return &wapay.Payout{
		Provider: provider, ID: t.ID, Reference: cmp.Or(reference, t.ExternalID),
		Status: t.Status, ProviderStatus: t.ProviderStatus, Amount: t.Amount.Money,
		Fee:    facts.MPPFee(string(t.FeePayer), t.Fees.Money, t.Amount.Money),
		Reason: t.reason(), Party: t.party(), CreatedAt: t.CreatedAt, Raw: t.Raw,
	}
}

// action returns what a customer has to do. No page is documented. So a pending
// payment that is not in review needs a confirmation on the phone.
func (t *Transaction) action() wapay.Action {
	if t.Status == wapay.StatusPending && !strings.EqualFold(t.ProviderStatus, "blocked") {
		return wapay.ActionConfirm
	}
	return wapay.ActionNone
}

// reason returns the reason, or the message of a transaction that has not
// succeeded.
func (t *Transaction) reason() string {
	if t.Reason == "" && t.Status != wapay.StatusSucceeded {
		return t.Message
	}
	return t.Reason
}
