package ipn

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/strict"
)

// CinetPayCheckout verifies the notifications of CinetPay's checkout with the
// secret key of a site. That is neither the API key nor the API password. Give
// several secrets if several sites share one URL, or while you replace one.
// Without a secret, or with a blank one, the verifier refuses everything.
//
// Status is always StatusUnknown: no value tells reliably whether the customer
// has paid. Use [WithConfirm], and one handler for each site. The token covers
// sixteen values, but no time. It does not show where one value ends and the
// next begins. docs/notifications.md describes the gaps that remain, and how
// each field is read.
func CinetPayCheckout(secrets ...wapay.Secret) Verifier {
	return cinetPayCheckout(func(string) bool { return true }, secrets)
}

// CinetPayCheckoutSite does the same as [CinetPayCheckout] for one site. It
// refuses a notification of any other site with ErrSignature. So its token
// proves the whole Reference. An empty siteID refuses everything.
func CinetPayCheckoutSite(siteID string, secrets ...wapay.Secret) Verifier {
	v := cinetPayCheckout(func(id string) bool { return id == siteID }, secrets)
	v.unset = v.unset || strings.TrimSpace(siteID) == ""
	return v
}

func cinetPayCheckout(isSite func(id string) bool, secrets []wapay.Secret) verifier {
	verify := func(h http.Header, body []byte) (*Event, error) {
		return verifyCinetPayCheckout(secrets, isSite, h, body)
	}
	return verifier{provider: "cinetpay", unset: anyBlank(secrets), kind: KindPayment, pings: true, verify: verify}
}

// cinetPayCheckoutFields has the signed fields in the order in which they are
// signed.
type cinetPayCheckoutFields struct {
	Site         text `json:"cpm_site_id"`
	Transaction  text `json:"cpm_trans_id"`
	Date         text `json:"cpm_trans_date"`
	Amount       text `json:"cpm_amount"`
	Currency     text `json:"cpm_currency"`
	Signature    text `json:"signature"`
	Method       text `json:"payment_method"`
	Phone        text `json:"cel_phone_num"`
	PhonePrefix  text `json:"cpm_phone_prefixe"`
	Language     text `json:"cpm_language"`
	Version      text `json:"cpm_version"`
	Config       text `json:"cpm_payment_config"`
	Action       text `json:"cpm_page_action"`
	Custom       text `json:"cpm_custom"`
	Designation  text `json:"cpm_designation"`
	ErrorMessage text `json:"cpm_error_message"`
}

func (f *cinetPayCheckoutFields) signedText() string {
	var b strings.Builder
	for _, field := range fieldsOf(f) {
		b.WriteString(field.String())
	}
	return b.String()
}

var readCheckout = strict.NewReader[cinetPayCheckoutFields]()

const cinetPayToken = "X-Token" // in canonical form

func verifyCinetPayCheckout(
	secrets []wapay.Secret, isSite func(string) bool, h http.Header, body []byte,
) (*Event, error) {
	f, err := readFields(readCheckout, h, body)
	if err != nil {
		return refuse(ErrMalformed, err.Error())
	}
	signed := f.signedText()
	if signed == "" {
		return refuse(ErrMalformed, "no field of a notification")
	}
	sign := func(secret wapay.Secret) string { return mac(secret, signed) }
	if !matches(secrets, sign, onlyHeader(h, cinetPayToken)) {
		return refuse(ErrSignature, "token missing, repeated or wrong")
	}
	amount, err := f.amount(signed)
	if err != nil {
		return refuse(ErrSignature, err.Error())
	}
	if !isSite(string(f.Site)) {
		return refuse(ErrSignature, "not of this site")
	}
	e := &Event{
		Provider: "cinetpay", Kind: KindPayment, Name: "payment", DeliveryKey: "cinetpay:checkout:" + hashOf(signed),
		Account: validUTF8(f.Site), ProviderStatus: validUTF8(f.ErrorMessage), Amount: amount,
		Proof: ProofSigned, Body: body,
	}
	if utf8.ValidString(string(f.Transaction)) {
		e.Reference = string(f.Transaction)
	}
	return e, nil
}

var errRearranged = errors.New("the values are not cut as they were signed")

// amount returns the amount. It returns an error if the signed text has the
// documented form, but the fields cut it at other places. Of several times in
// the text, the first one counts: before any other one there would be a time in
// the reference.
func (f *cinetPayCheckoutFields) amount(signed string) (wapay.Money, error) {
	at, end := 0, len(time.DateTime)
	for ; end <= len(signed) && !isCinetPayTime(signed[at:end]); at++ {
		end++
	}
	if end > len(signed) {
		return wapay.Money{}, nil
	}
	if !isDigits(string(f.Site)) || len(f.Site+f.Transaction) != at || string(f.Date) != signed[at:end] {
		return wapay.Money{}, errRearranged
	}
	rest := signed[end:]
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789."))
	currency := wapay.Currency(rest[digits:min(digits+3, len(rest))])
	switch {
	case digits == 0 || !slices.Contains(facts.CinetPayCheckoutCurrencies(), currency):
		return wapay.Money{}, nil
	case string(f.Amount) != rest[:digits] || string(f.Currency) != string(currency):
		return wapay.Money{}, errRearranged
	}
	return exactAmount(f.Amount, currency), nil
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// isCinetPayTime reports whether s is a time such as 2022-09-15 22:57:15.
// time.Parse alone would accept "2022-09-15 0:00:00" too.
func isCinetPayTime(s string) bool {
	if !hasForm(s, "dddd-dd-dd dd:dd:dd") {
		return false
	}
	_, err := time.Parse(time.DateTime, s)
	return err == nil
}
