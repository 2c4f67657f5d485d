package ipn

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
)

// CinetPayCheckoutNotification is a notification to test with: see
// [NewCinetPayCheckoutRequest].
type CinetPayCheckoutNotification struct {
	Reference string      // cpm_trans_id
	Amount    wapay.Money // cpm_amount and cpm_currency: whole units of XOF, XAF, CDF, GNF or USD
	Message   string      // cpm_error_message; "SUCCES" if it is empty
	SiteID    string      // "445160" if it is empty
	At        time.Time   // cpm_trans_date, in UTC; now if it is zero
	// Fields has other values by their field's name, such as "cpm_custom". They
	// replace those above.
	Fields map[string]string
}

// NewCinetPayCheckoutRequest returns a request such as CinetPay sends for its
// checkout, signed with secret, for tests of your own handlers. Send it with an
// [http.Client], or give it to the ServeHTTP of a handler. It refuses what
// [CinetPayCheckout] would refuse, and an amount that is not documented.
func NewCinetPayCheckoutRequest(
	url string, secret wapay.Secret, n CinetPayCheckoutNotification,
) (*http.Request, error) {
	f, err := n.fields()
	const media = "application/x-www-form-urlencoded"
	r, err := newRequest("NewCinetPayCheckoutRequest", url, media, []byte(f.encode()), cmp.Or(err, checkSecret(secret)))
	if err != nil {
		return nil, err
	}
	r.Header.Set(cinetPayToken, mac(secret, f.signedText()))
	return r, nil
}

func (n *CinetPayCheckoutNotification) fields() (*cinetPayCheckoutFields, error) {
	at := n.At
	if at.IsZero() {
		at = time.Now()
	}
	f := &cinetPayCheckoutFields{
		Site: text(cmp.Or(n.SiteID, "445160")), Transaction: text(n.Reference),
		Date:   text(at.UTC().Format(time.DateTime)),
		Amount: text(strings.TrimSuffix(n.Amount.Decimal(), ".00")), Currency: text(n.Amount.Currency()),
		Method: "OM", Language: "fr", Version: "V4", Config: "SINGLE", Action: "PAYMENT",
		ErrorMessage: text(cmp.Or(n.Message, "SUCCES")),
	}
	known := 0
	for name, field := range fieldsOf(f) {
		if value, ok := n.Fields[name]; ok {
			field.SetString(value)
			known++
		}
	}
	amount, err := f.amount(f.signedText())
	switch {
	case err != nil:
		return f, err
	case known < len(n.Fields):
		return f, errors.New("a name in Fields is none of the sixteen")
	case f.Transaction == "" || amount == wapay.Money{} || !isDigits(string(f.Amount)):
		return f, errors.New("want a reference, and whole units of XOF, XAF, CDF, GNF or USD")
	}
	return f, nil
}

// encode keeps the order of the fields, which [url.Values] does not.
func (f *cinetPayCheckoutFields) encode() string {
	var pairs []string
	for name, field := range fieldsOf(f) {
		pairs = append(pairs, name+"="+url.QueryEscape(field.String()))
	}
	return strings.Join(pairs, "&")
}
