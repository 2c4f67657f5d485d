package ipn

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wapay-go/wapay"
)

// CinetPayCheckout verifies the notifications of CinetPay's checkout with the secret key of a site, which is neither
// the API key nor the API password. Several secrets are all accepted: the old and the new one, or those of several
// sites that share one URL. With no secret, or with an empty one among them, the verifier refuses everything.
//
// The header x-token is, in lower-case hex, the HMAC-SHA256 over sixteen values of the form, one after the other (V).
// A token that is missing, there twice or another is ErrSignature. A field that is not there counts as empty. One
// that is there twice is ErrMalformed, as is anything but a form.
//
// # What is proven
//
// That CinetPay has sent these values at some time: neither when, nor where one value ends and the next begins.
// Whoever holds a true notification can move characters from a value to its neighbour and keep the token. So the first
// five must look as they have to (ErrMalformed): cpm_site_id is digits, cpm_trans_date a time as in
// 2022-09-15 22:57:15, cpm_amount digits, cpm_currency one of XOF, XAF, CDF, GNF and USD; and there must be no such
// time in cpm_trans_id, so give none to your payments. That leaves one way to read date, amount and currency, and these
// gaps:
//
//   - Digits can be moved between cpm_site_id and cpm_trans_id: of site 445160, "7" can be made to read as payment
//     "07" of site 44516. [CinetPayCheckoutSite] closes this.
//   - The eleven values from signature to cpm_error_message can be cut anew at will. Of an [Event] it concerns
//     ProviderStatus. The others are not in it; who takes one out of Body has a hint.
//   - A captured notification verifies for ever.
//
// Of an Event, Amount and DeliveryKey are covered, and so are Account, which is cpm_site_id, and Reference as far as
// said. Kind and Name are always the same. There is no count and, for want of a time zone, no time: Attempt is 0 and
// OccurredAt zero. ID is empty, for CinetPay knows the payment by the merchant's reference, cpm_trans_id.
//
// # It is no verdict
//
// No value says reliably whether the customer has paid. Status is always StatusUnknown, and ProviderStatus
// is cpm_error_message, "SUCCES" among others. [WithConfirm] asks FindPayment with Reference; deliver for what it says,
// and compare Amount with the order's too. While it says StatusPending, ask again: it is not certain that another
// notification comes, nor that it would differ from this one.
//
// A client of the checkout knows one site. With WithConfirm mount a handler for each, of CinetPayCheckoutSite and the
// site's own client.
//
// DeliveryKey is made of the sixteen values as they were signed, so that no new cut of a captured notification makes a
// new one of it, or hides another. It says that the notification was seen, not that the payment was settled; WithConfirm
// replaces it.
func CinetPayCheckout(secrets ...wapay.Secret) Verifier {
	return cinetPayCheckout(func(string) bool { return true }, secrets)
}

// CinetPayCheckoutSite is [CinetPayCheckout] for one site: a notification of any other is ErrSignature. Knowing the
// site, it knows where cpm_trans_id begins, and Reference is proven to the last character. An empty siteID
// refuses everything.
func CinetPayCheckoutSite(siteID string, secrets ...wapay.Secret) Verifier {
	return cinetPayCheckout(func(id string) bool { return id == siteID }, secrets)
}

func cinetPayCheckout(isSite func(id string) bool, secrets []wapay.Secret) Verifier {
	keys := make([][]byte, len(secrets))
	for i, secret := range secrets {
		if secret == "" {
			keys = nil
			break
		}
		keys[i] = []byte(secret)
	}
	verify := func(h http.Header, body []byte) (*Event, error) {
		if len(keys) == 0 {
			return refuse(ErrSignature, "no secret to verify it with")
		}
		return verifyCinetPayCheckout(keys, isSite, h, body)
	}
	return verifier{provider: "cinetpay", only: KindPayment, pinged: true, verify: verify}
}

// The signed fields in the order in which they are signed, as indexes of cinetPayCheckoutNames.
const (
	ccSite = iota
	ccTransaction
	ccDate
	ccAmount
	ccCurrency
	ccSignature
	ccMethod
	ccPhone
	ccPhonePrefix
	ccLanguage
	ccVersion
	ccConfig
	ccAction
	ccCustom
	ccDesignation
	ccErrorMessage
	ccFields
)

var cinetPayCheckoutNames = [ccFields]string{
	ccSite:         "cpm_site_id",
	ccTransaction:  "cpm_trans_id",
	ccDate:         "cpm_trans_date",
	ccAmount:       "cpm_amount",
	ccCurrency:     "cpm_currency",
	ccSignature:    "signature",
	ccMethod:       "payment_method",
	ccPhone:        "cel_phone_num",
	ccPhonePrefix:  "cpm_phone_prefixe",
	ccLanguage:     "cpm_language",
	ccVersion:      "cpm_version",
	ccConfig:       "cpm_payment_config",
	ccAction:       "cpm_page_action",
	ccCustom:       "cpm_custom",
	ccDesignation:  "cpm_designation",
	ccErrorMessage: "cpm_error_message",
}

const cinetPayToken = "X-Token" // in canonical form

type cinetPayCheckoutFields [ccFields]string

func verifyCinetPayCheckout(keys [][]byte, isSite func(id string) bool, h http.Header, body []byte) (*Event, error) {
	asJSON, err := isJSON(h, body)
	if err != nil {
		return refuse(ErrMalformed, err.Error())
	}
	if asJSON {
		return refuse(ErrMalformed, "not a form")
	}
	var f cinetPayCheckoutFields
	if err := pickForm(body, cinetPayCheckoutNames[:], f[:]); err != nil {
		return refuse(ErrMalformed, err.Error())
	}
	token := only(h, cinetPayToken)
	if token == "" {
		return refuse(ErrSignature, "token missing, or more than one")
	}
	signed := strings.Join(f[:], "")
	if !cinetPayTokenMatches(keys, signed, token) {
		return refuse(ErrSignature, "token does not match")
	}
	amount, err := f.amount()
	if err != nil {
		return refuse(ErrMalformed, err.Error())
	}
	if !isSite(f[ccSite]) {
		return refuse(ErrSignature, "not of this site")
	}
	return &Event{
		Provider: "cinetpay", Kind: KindPayment, Name: "payment", DeliveryKey: "cinetpay:checkout:" + hashOf(signed),
		Account: f[ccSite], Reference: f[ccTransaction], ProviderStatus: readable(f[ccErrorMessage]), Amount: amount,
		Proof: ProofSigned, Body: body,
	}, nil
}

// cinetPayTokenMatches tries every key, so that the time it takes does not say which one it was.
func cinetPayTokenMatches(keys [][]byte, signed, token string) bool {
	given := []byte(token)
	matches := 0
	for _, key := range keys {
		matches |= subtle.ConstantTimeCompare(signCinetPay(key, signed), given)
	}
	return matches == 1
}

// signCinetPay returns the token for the values, as the header has it.
func signCinetPay(key []byte, signed string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signed))
	var sum [sha256.Size]byte
	return hex.AppendEncode(nil, mac.Sum(sum[:0]))
}

// amount refuses values that the token fits and that cannot be: someone has cut them anew. Of several dates in the
// signed text only the first can be taken, for another would leave it in what goes before.
func (f *cinetPayCheckoutFields) amount() (wapay.Money, error) {
	id := f[ccTransaction]
	switch {
	case !isDigits(f[ccSite]):
		return wapay.Money{}, errors.New("site is not digits")
	case id == "" || !utf8.ValidString(id):
		return wapay.Money{}, errors.New("no transaction id in UTF-8")
	case !isCinetPayTime(f[ccDate]):
		return wapay.Money{}, errors.New("date is not a date")
	case !isDigits(f[ccAmount]):
		return wapay.Money{}, errors.New("amount is not digits")
	}
	before := f[ccSite] + id
	for end := len(time.DateTime); end <= len(before); end++ {
		if isCinetPayTime(before[end-len(time.DateTime) : end]) {
			return wapay.Money{}, errors.New("date in the transaction id")
		}
	}
	switch currency := wapay.Currency(f[ccCurrency]); currency {
	case wapay.XOF, wapay.XAF, wapay.CDF, wapay.GNF, wapay.USD:
		amount, err := wapay.ParseMoney(f[ccAmount], currency)
		if err != nil {
			return wapay.Money{}, errors.New("amount out of range")
		}
		return amount, nil
	}
	return wapay.Money{}, errors.New("currency is none of the five")
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// isCinetPayTime looks at the form first: time.Parse takes "2022-09-15  0:00:00" too.
func isCinetPayTime(s string) bool {
	if !fits(s, "dddd-dd-dd dd:dd:dd") {
		return false
	}
	_, err := time.Parse(time.DateTime, s)
	return err == nil
}
