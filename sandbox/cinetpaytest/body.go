package cinetpaytest

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"

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

type body struct{ kit.Body }

// siteID reads a string or a number: the documents write it in quotes and call
// it a number.
func (b *body) siteID() string {
	if n, ok := b.Values["site_id"].(json.Number); ok && site.MatchString(n.String()) {
		return n.String()
	}
	return b.Need("site_id", 255)
}

// amount reads a whole number, and refuses a string.
func (b *body) amount() int64 {
	amount := b.Amount()
	if amount%5 != 0 && b.Values["currency"] != "USD" { // which integrations send otherwise
		b.Complain("amount", "must be a multiple of 5")
	}
	return amount
}

// checkout reads all of POST payment.
func (b *body) checkout() *checkout {
	b.OnlyKnown(checkoutFields)
	c := &checkout{
		Order: sandbox.Order{
			Kind: sandbox.Payment, Reference: b.Need("transaction_id", 255),
			Amount: b.amount(), Currency: b.Need("currency", 255),
		},
		description: b.Need("description", 255), notifyURL: b.URL("notify_url", b.Need("notify_url", 2048)),
		channels: b.Need("channels", 255), lang: b.Text("lang", 2), metadata: b.Text("metadata", 1000),
	}
	c.Amount *= unit(c.Currency)
	if u, err := url.Parse(b.Need("return_url", 255)); err != nil || !u.IsAbs() {
		b.Complain("return_url", "must be a URL")
	}
	b.OneOf("currency", c.Currency, currencies...)
	b.OneOf("channels", c.channels, "ALL", "MOBILE_MONEY", "CREDIT_CARD", "WALLET")
	b.OneOf("lang", c.lang, "fr", "en")
	if strings.ContainsAny(c.description, notable) {
		b.Complain("description", "must have none of # / $ _ &")
	}
	if _, ok := b.Values["invoice_data"].(map[string]any); !ok && b.Values["invoice_data"] != nil {
		b.Complain("invoice_data", "must be an object")
	}
	b.customer(c)
	return c
}

// customer checks the phone number, and the fields for a card, which must come
// together.
func (b *body) customer(c *checkout) {
	b.Text("customer_id", 255)
	there, wanted := 0, strings.Fields(cardFields)
	for _, name := range wanted {
		if b.Text(name, 255) != "" {
			there++
		}
	}
	c.lacksCard = there < len(wanted) && (there > 0 || c.channels == "CREDIT_CARD")
	phone := b.Text("customer_phone_number", 255)
	c.customer = strings.TrimPrefix(phone, "+")
	b.Match("customer_phone_number", phone, phonePattern, "must be an international number")
	for _, name := range []string{"customer_country", "customer_state"} {
		b.Match(name, b.Text(name, 255), iso, "must be a code of two letters")
	}
	b.Email("customer_email", b.Text("customer_email", 255))
	if !b.Flag("lock_phone_number") {
		return
	}
	if _, _, known := splitPhone(phone); !known {
		b.Complain("customer_phone_number", "must be a mobile number if it is locked")
	}
	c.lockedPhone = c.customer
}
