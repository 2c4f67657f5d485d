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
// the channel's code ("OM"), in any letter case.
//
// Pay checks the order by the channel's rules before it sends it. The order
// carries what the channel has a field for: Customer's phone, names and e-mail
// address, OTP (as otp) and Metadata. The keys of Metadata are the provider's
// names (account_number), and must be fields of the channel. Description,
// ReturnURL, CancelURL and ExpiresIn have no place. NotifyURL goes as
// callback_url, a name that is not documented. Where the channels cannot be
// read, the order is not sent. An order has at most 8 KiB as JSON.
//
// The phone number is sent in the country's own form, as documented
// ("0770000001", "080002209"). So the channel decides the country, and has to
// be one of the customer's. A number goes in E.164 ("+224624849557") if its
// country has another currency than the amount, or if the channel has the rule
// phone_number for it. Metadata with the key msisdn replaces it.
//
// Where the provider says that it has a transaction with the reference, Pay
// looks it up. A transaction of that amount, channel and number is the payment,
// as it is now and with Replayed. Else the error is [wapay.ErrDuplicate] and
// [wapay.ErrOutcomeUnknown]: use [wapay.SettlePayment].
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
// checks it, fills it in, and looks it up where the provider has one with the
// reference, as [Client.Pay] does.
func (c *Client) Payout(ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	return c.PayoutAs(call.Start(ctx, "Payout", payoutNames), CategoryTransfer, r)
}

// PayoutAs is [Client.Payout] with another category: [CategoryPayout], with
// which a merchant takes its own money out of the platform, or
// [CategoryTransfer]. FindPayout finds both.
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

// FindPayment looks a payment up by its id, or by the merchant's reference
// through the list of transactions: see the package's comment.
func (c *Client) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	t, err := c.in().find(call.Start(ctx, "FindPayment", nil), payments, ref)
	return lookup.Found(t, err, ref.Reference, (*Transaction).payment)
}

// FindPayout looks a payout up, of category transfer or payout, as
// [Client.FindPayment] does.
func (c *Client) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	t, err := c.in().find(call.Start(ctx, "FindPayout", nil), payouts, ref)
	return lookup.Found(t, err, ref.Reference, (*Transaction).payout)
}

var (
	payNames      = names("Customer", "Operator")
	payoutNames   = names("Recipient", "Operator")
	payoutAsNames = names("Recipient", "Category")
)

// names gives the fields of wapay's requests for those of a
// [TransactionRequest].
func names(customer, category string) call.Names {
	return call.Names{
		"ExternalID": "Reference", "Channel": "Operator", "CallbackURL": "NotifyURL", "Category": category,
		"MSISDN": customer + ".Phone", "Phone": customer + ".Phone", "FirstName": customer + ".FirstName",
		"LastName": customer + ".LastName", "Email": customer + ".Email",
		"AccountNumber": "Metadata[account_number]", "Fields[": "Metadata[", "Fields": "Metadata",
	}
}

var errNoChannels = errors.New("the channels, by which an order is checked, could not be read")

// order sends an order, of which t has the fields that every transaction has.
// replayed reports that the provider had it before.
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
		in.channels.Drop(cached) // their rules are not what they were
	}
	found, err := lookup.AfterDuplicate(ctx, err,
		func(ctx context.Context) (*Transaction, error) { return in.search(ctx, k, t.ExternalID) },
		func(found *Transaction) string { return found.differs(&t) })
	return found, err == nil, err
}

// complete fills in what the channel of a transaction has a field for, and
// checks it by the channel's rules.
func (l *channelList) complete(bad *check.Fields, t *TransactionRequest, customer wapay.Customer,
	metadata map[string]string) {
	if ch := l.find(bad, t.Channel); ch != nil {
		t.fill(ch, customer, metadata)
		t.check(bad)
		ch.check(bad, t)
	}
}

// fill gives the transaction what its channel has a field for.
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

// currencies has the currency of each country whose numbers may be sent in its
// own form.
var currencies = map[string]wapay.Currency{
	"BJ": wapay.XOF, "BF": wapay.XOF, "CI": wapay.XOF, "GW": wapay.XOF, "ML": wapay.XOF, "NE": wapay.XOF,
	"SN": wapay.XOF, "TG": wapay.XOF, "CM": wapay.XAF, "TD": wapay.XAF, "CF": wapay.XAF, "CG": wapay.XAF,
	"GA": wapay.XAF, "GQ": wapay.XAF, "GN": wapay.GNF, "SL": wapay.SLE, "GH": wapay.GHS, "NG": wapay.NGN,
	"GM": wapay.GMD, "LR": wapay.LRD, "CV": wapay.CVE, "MR": wapay.MRU, "CD": wapay.CDF,
}

// msisdn returns the number in the form that [Client.Pay] describes.
func msisdn(p wapay.Phone, c wapay.Currency, rules []string) string {
	if p.IsZero() || currencies[p.Country()] != c || slices.Contains(rules, "phone_number") {
		return p.E164()
	}
	switch p.Country() {
	case "SL", "GH", "NG", "LR", "CD": // where a 0 comes before the number
		return "0" + p.National()
	}
	return p.National()
}

// differs returns what makes the transaction another one than r asks for, or
// "". It has to show each number that was sent.
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
		Reason: t.why(), Party: t.party(), Action: t.action(), CreatedAt: t.CreatedAt, Raw: t.Raw,
	}
}

func (t *Transaction) payout(reference string) *wapay.Payout {
	return &wapay.Payout{
		Provider: provider, ID: t.ID, Reference: cmp.Or(reference, t.ExternalID),
		Status: t.Status, ProviderStatus: t.ProviderStatus, Amount: t.Amount.Money,
		Fee:    facts.MPPFee(string(t.FeePayer), t.Fees.Money, t.Amount.Money),
		Reason: t.why(), Party: t.party(), CreatedAt: t.CreatedAt, Raw: t.Raw,
	}
}

// action returns what a customer has to do. No page is documented, so a payment
// that is open and not in review waits for the customer's phone.
func (t *Transaction) action() wapay.Action {
	if t.Status == wapay.StatusPending && !strings.EqualFold(t.ProviderStatus, "blocked") {
		return wapay.ActionConfirm
	}
	return wapay.ActionNone
}

// why returns the reason, or the message of a transaction that has not
// succeeded.
func (t *Transaction) why() string {
	if t.Reason == "" && t.Status != wapay.StatusSucceeded {
		return t.Message
	}
	return t.Reason
}
