package cinetpaytest

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

const (
	cardFields = "customer_name customer_surname customer_email customer_address " +
		"customer_city customer_country customer_state customer_zip_code"
	checkoutFields = "apikey site_id transaction_id amount currency description notify_url return_url channels lang " +
		"metadata invoice_data lock_phone_number customer_id customer_phone_number " + cardFields
)

var (
	phonePattern = regexp.MustCompile(`^\+?[1-9][0-9]{7,14}$`)
	iso          = regexp.MustCompile(`^[A-Z]{2}$`)
	site         = regexp.MustCompile(`^[0-9]+$`)
	notable      = "#/$_&" // what a description should avoid; the sandbox refuses it
)

// body checks a JSON body one field after the other and keeps the first
// complaint.
type body struct {
	values    map[string]any
	complaint string
}

func readBody(r *sandbox.Request) *body {
	values, err := kit.ReadObject[any](r.Header.Get("Content-Type"), r.Body)
	b := &body{values: values}
	switch err {
	case nil:
	case kit.ErrMediaType:
		b.complain("Content-Type", "must be application/json")
	default:
		b.complain("body", "must be a JSON object")
	}
	return b
}

func (b *body) complain(name, what string) {
	if b.complaint == "" {
		b.complaint = "The " + name + " " + what
	}
}

func (b *body) onlyKnown(known string) {
	for name, v := range b.values {
		if !slices.Contains(strings.Fields(known), name) {
			b.complain(name, "is not documented")
		}
		if v == nil {
			b.complain(name, "must not be null")
		}
	}
}

// text is "" where there is none.
func (b *body) text(name string, limit int) string {
	v, given := b.values[name]
	s, ok := v.(string)
	if given && !ok {
		b.complain(name, "must be a string")
	}
	if utf8.RuneCountInString(s) > limit {
		b.complain(name, "must have at most "+strconv.Itoa(limit)+" characters")
	}
	return s
}

func (b *body) need(name string) string {
	v := b.text(name, 255)
	if v == "" {
		b.complain(name, "must not be null")
	}
	return v
}

// siteID may be a string or a number: the documents have it in quotes and call
// it a number.
func (b *body) siteID() string {
	if n, ok := b.values["site_id"].(json.Number); ok && site.MatchString(n.String()) {
		return n.String()
	}
	return b.need("site_id")
}

func (b *body) oneOf(name, v string, words ...string) {
	if v != "" && !slices.Contains(words, v) {
		b.complain(name, "must be one of "+strings.Join(words, ", "))
	}
}

func (b *body) url(name string) string {
	v := b.text(name, 2048)
	if v == "" {
		b.complain(name, "must not be null")
	}
	if !kit.AcceptableURL(v) {
		b.complain(name, "must be an https URL")
	}
	return v
}

// amount is a whole number, not a string.
func (b *body) amount() int64 {
	n, ok := b.values["amount"].(json.Number)
	if !ok || !amountPattern.MatchString(n.String()) {
		b.complain("amount", "must be an integer above 0")
		return 0
	}
	amount, _ := n.Int64()
	if amount%5 != 0 && b.values["currency"] != "USD" { // which integrations send otherwise
		b.complain("amount", "must be a multiple of 5")
	}
	return amount
}

// checkout reads all of POST payment.
func (b *body) checkout() *checkout {
	b.onlyKnown(checkoutFields)
	c := &checkout{
		id: b.need("transaction_id"), amount: b.amount(), currency: b.need("currency"), description: b.need("description"),
		notifyURL: b.url("notify_url"), channels: b.need("channels"), lang: b.text("lang", 2),
		metadata: b.text("metadata", 1000),
	}
	if u, err := url.Parse(b.need("return_url")); err != nil || !u.IsAbs() {
		b.complain("return_url", "must be a URL")
	}
	b.oneOf("currency", c.currency, currencies...)
	b.oneOf("channels", c.channels, "ALL", "MOBILE_MONEY", "CREDIT_CARD", "WALLET")
	b.oneOf("lang", c.lang, "fr", "en")
	if strings.ContainsAny(c.description, notable) {
		b.complain("description", "must have none of # / $ _ &")
	}
	if _, ok := b.values["invoice_data"].(map[string]any); !ok && b.values["invoice_data"] != nil {
		b.complain("invoice_data", "must be an object")
	}
	b.customer(c)
	return c
}

// customer checks the fields for a card, which come together or not at all, and
// the phone number.
func (b *body) customer(c *checkout) {
	b.text("customer_id", 255)
	there, wanted := 0, strings.Fields(cardFields)
	for _, name := range wanted {
		if b.text(name, 255) != "" {
			there++
		}
	}
	c.lacksCard = there < len(wanted) && (there > 0 || c.channels == "CREDIT_CARD")
	phone := b.text("customer_phone_number", 255)
	c.customer = strings.TrimPrefix(phone, "+")
	if phone != "" && !phonePattern.MatchString(phone) {
		b.complain("customer_phone_number", "must be an international number")
	}
	for _, name := range []string{"customer_country", "customer_state"} {
		if v := b.text(name, 255); v != "" && !iso.MatchString(v) {
			b.complain(name, "must be a code of two letters")
		}
	}
	email := b.text("customer_email", 255)
	if email != "" && !kit.IsEmail(email) {
		b.complain("customer_email", "must be an email address")
	}
	lock, given := b.values["lock_phone_number"]
	locked, ok := lock.(bool)
	if given && !ok {
		b.complain("lock_phone_number", "must be true or false")
	}
	if !locked {
		return
	}
	if _, _, known := splitPhone(phone); !known {
		b.complain("customer_phone_number", "must be a mobile number if it is locked")
	}
	c.lockedPhone = c.customer
}
