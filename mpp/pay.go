package mpp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
)

// Pay asks a customer for money: a transaction of category payment. Operator is the channel's code ("OM"), in any case.
//
// The order is checked by the channel's rules before it is sent, and carries what the channel has a field for:
// Customer's phone, names and e-mail address, OTP (as otp) and Metadata, whose keys are the provider's names
// (account_number), and must be fields of the channel. Description, ReturnURL and CancelURL have no place.
// NotifyURL goes as callback_url; the name of that field is not documented. Where the channels cannot be read the
// order is not sent.
//
// The phone number is sent in the local form, with a leading 0 where the country writes one ("080002209"), if the
// amount is in the currency that only the number's country has, as in the samples of Sierra Leone (S). Else it is sent
// in E.164 with its plus ("+22394996021"), because of eight digits it could not be told in which country of the franc
// they are; also where the channel has the rule phone_number for it, whose samples are in that form. Metadata with
// the key msisdn replaces it.
//
// Where the provider says that it has a transaction with the reference, Pay looks it up once. If it finds one of that
// amount, channel and number that has not failed, that is the payment. Else the error is [wapay.ErrDuplicate] and
// [wapay.ErrOutcomeUnknown]: use [wapay.SettlePayment].
func (c *Client) Pay(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	p, err := c.order(ctx, order{
		op: "Pay", who: "Customer", reference: r.Reference, category: CategoryPayment, operator: r.Operator,
		amount: r.Amount, customer: r.Customer, otp: r.OTP, notifyURL: r.NotifyURL, metadata: r.Metadata,
	}, payments)
	if err != nil {
		return nil, err
	}
	return p.payment(r.Reference), nil
}

// Payout sends money to a customer: a transaction of category transfer. It is checked, made up, and looked up where the
// provider has one with the reference, as [Client.Pay] does.
func (c *Client) Payout(ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	return c.payout(ctx, "Payout", CategoryTransfer, r)
}

// PayoutAs is [Client.Payout] with another category: [CategoryPayout], with which a merchant takes its own money out of
// the platform, or [CategoryTransfer]. FindPayout finds both.
func (c *Client) PayoutAs(ctx context.Context, category Category, r wapay.PayoutRequest) (*wapay.Payout, error) {
	const op = "PayoutAs"
	var bad check.Fields
	bad.OneOf("Category", string(category), string(CategoryTransfer), string(CategoryPayout))
	if err := bad.Err(provider, op, r.Reference); err != nil {
		return nil, err
	}
	return c.payout(ctx, op, category, r)
}

func (c *Client) payout(ctx context.Context, op string, category Category, r wapay.PayoutRequest) (*wapay.Payout, error) {
	p, err := c.order(ctx, order{
		op: op, who: "Recipient", reference: r.Reference, category: category, operator: r.Operator,
		amount: r.Amount, customer: r.Recipient, notifyURL: r.NotifyURL, metadata: r.Metadata,
	}, payouts)
	if err != nil {
		return nil, err
	}
	return p.payout(r.Reference), nil
}

// FindPayment looks a payment up by its id, or by the merchant's reference through the list of transactions; see the
// package's comment.
func (c *Client) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	t, err := c.find(ctx, "FindPayment", payments, ref)
	if err != nil {
		return nil, err
	}
	return t.payment(ref.Reference), nil
}

// FindPayout looks a payout up, of category transfer or payout, as [Client.FindPayment] does.
func (c *Client) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	t, err := c.find(ctx, "FindPayout", payouts, ref)
	if err != nil {
		return nil, err
	}
	return t.payout(ref.Reference), nil
}

// order is what payments and payouts have in common.
type order struct {
	op, who                             string // who is the customer's field in the request
	reference, operator, otp, notifyURL string
	category                            Category
	amount                              wapay.Money
	customer                            wapay.Customer
	metadata                            map[string]string
}

// order sends an order. Where the provider refuses it because it has the transaction, it is looked up once: it may be
// that of a process that died, or of an attempt before, which was answered with 429 and had arrived after all.
func (c *Client) order(ctx context.Context, o order, s sought) (*Transaction, error) {
	var bad check.Fields
	c.needBusiness(&bad)
	t := TransactionRequest{
		ExternalID: o.reference, Channel: o.operator, Category: o.category, Amount: o.amount, CallbackURL: o.notifyURL,
	}
	t.check(&bad)
	for _, name := range sortedKeys(o.metadata) {
		if name == "" || slices.Contains(basicFields, name) {
			bad.Add("Metadata", "must not have the key %q", name)
		}
	}
	if err := bad.Err(provider, o.op, o.reference); err != nil {
		return nil, o.inTermsOf(err)
	}
	ch, err := c.channel(ctx, o.op, o.reference, o.operator)
	if err != nil {
		return nil, o.inTermsOf(err)
	}
	t.Channel = ch.Code
	o.fill(&t, ch)
	t.check(&bad)
	ch.check(&bad, &t)
	if err := bad.Err(provider, o.op, o.reference); err != nil {
		return nil, o.inTermsOf(err)
	}
	made, err := c.create(ctx, o.op, &t)
	if err == nil {
		return &Transaction{
			ID: made.ID, Status: made.Status, ProviderStatus: made.ProviderStatus, ExternalID: o.reference,
			Amount: Amount{Money: o.amount}, Raw: made.Raw,
		}, nil
	}
	var e *wapay.Error
	if !errors.As(err, &e) {
		return nil, err
	}
	if e.Code == codeParameters {
		c.channels.drop()
	}
	if e.Outcome != wapay.OutcomeUnknown || !saysDuplicate(e) || ctx.Err() != nil {
		return nil, err
	}
	found, lookup := c.search(ctx, o.op, s, o.reference)
	switch {
	case lookup != nil:
		lookup = errors.New("looked up: " + lookup.Error()) // in words: that there is none is not what e is about
	case !found.isOf(&t):
		lookup = errors.New("looked up: the transaction with the reference, " + found.ID + ", does not show the same amount, channel and number")
	case found.Status == wapay.StatusFailed || found.Status == wapay.StatusCancelled:
		lookup = errors.New("looked up: the transaction with the reference that was found, " + found.ID + ", has failed")
	default:
		return found, nil
	}
	if e.Err != nil {
		lookup = fmt.Errorf("%w: %w", e.Err, lookup)
	}
	e.Err = lookup
	return nil, e
}

// fill gives the transaction what its channel has a field for.
func (o *order) fill(t *TransactionRequest, ch *Channel) {
	for name, value := range map[string]string{
		"msisdn": msisdn(o.customer.Phone, o.amount.Currency(), ch.Fields["msisdn"]), "otp": o.otp,
		"first_name": o.customer.FirstName, "last_name": o.customer.LastName, "email": o.customer.Email,
	} {
		if value != "" && ch.has(name) && (name == "msisdn" || len(ch.Fields) > 0) {
			t.set(name, value)
		}
	}
	if slices.Contains(ch.Fields["phone"], "required") {
		t.Phone = o.customer.Phone.E164()
	}
	for name, value := range o.metadata {
		t.set(name, value)
	}
}

// countries are those that have a currency to themselves.
var countries = map[wapay.Currency]string{
	wapay.GNF: "GN", wapay.SLE: "SL", wapay.GHS: "GH", wapay.NGN: "NG", wapay.GMD: "GM", wapay.LRD: "LR",
	wapay.CVE: "CV", wapay.MRU: "MR", wapay.CDF: "CD",
}

// msisdn is the number as [Client.Pay] says.
func msisdn(p wapay.Phone, c wapay.Currency, rules []string) string {
	if p.IsZero() || p.Country() != countries[c] || slices.Contains(rules, "phone_number") {
		return p.E164()
	}
	switch p.Country() {
	case "SL", "GH", "NG", "LR", "CD":
		return "0" + p.National()
	}
	return p.National()
}

// isOf reports whether the transaction is the one that was asked for. Each number that was sent has to be shown.
func (t *Transaction) isOf(r *TransactionRequest) bool {
	for name, sent := range map[string]string{"msisdn": r.MSISDN, "phone": r.Phone, "account_number": r.AccountNumber} {
		if sent != "" && t.Details[name] != sent {
			return false
		}
	}
	return t.Amount.Money == r.Amount && t.Category == r.Category && strings.EqualFold(t.Channel.Code, r.Channel)
}

func (t *Transaction) payment(reference string) *wapay.Payment {
	return &wapay.Payment{
		Provider: provider, ID: t.ID, Reference: cmp.Or(reference, t.ExternalID),
		Status: t.Status, ProviderStatus: t.ProviderStatus, Amount: t.Amount.Money,
		Reason: t.why(), CreatedAt: t.CreatedAt, Raw: wapay.Raw(t.Raw),
	}
}

func (t *Transaction) payout(reference string) *wapay.Payout {
	return &wapay.Payout{
		Provider: provider, ID: t.ID, Reference: cmp.Or(reference, t.ExternalID),
		Status: t.Status, ProviderStatus: t.ProviderStatus, Amount: t.Amount.Money,
		Reason: t.why(), CreatedAt: t.CreatedAt, Raw: wapay.Raw(t.Raw),
	}
}

// why is the reason, or the message of what has not succeeded.
func (t *Transaction) why() string {
	if t.Reason == "" && t.Status != wapay.StatusSucceeded {
		return t.Message
	}
	return t.Reason
}

// inTermsOf renames the bad fields of an error from MPP's requests to wapay's.
func (o *order) inTermsOf(err error) error {
	names := map[string]string{
		"ExternalID": "Reference", "Channel": "Operator", "CallbackURL": "NotifyURL", "Category": "Operator",
		"MSISDN": o.who + ".Phone", "Phone": o.who + ".Phone", "FirstName": o.who + ".FirstName",
		"LastName": o.who + ".LastName", "Email": o.who + ".Email", "AccountNumber": "Metadata[account_number]",
		"Fields[otp]": "OTP",
	}
	var e *wapay.Error
	if errors.As(err, &e) && e.Outcome == wapay.OutcomeNotSent {
		for i, d := range e.Details {
			name := cmp.Or(names[d.Field], d.Field)
			if key, ok := strings.CutPrefix(name, "Fields["); ok {
				name = "Metadata[" + key
			}
			e.Details[i].Field = name
		}
	}
	return err
}

func plural(n int) string {
	if n == 1 {
		return "1 character"
	}
	return strconv.Itoa(n) + " characters"
}
