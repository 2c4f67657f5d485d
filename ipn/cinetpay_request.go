package ipn

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
)

// CinetPayCheckoutNotification is a notification to test with: see [NewCinetPayCheckoutRequest].
type CinetPayCheckoutNotification struct {
	Reference string      // cpm_trans_id
	Amount    wapay.Money // cpm_amount and cpm_currency: whole units of XOF, XAF, CDF, GNF or USD
	Message   string      // cpm_error_message; "SUCCES" where empty
	SiteID    string      // "445160" where empty
	At        time.Time   // cpm_trans_date, in UTC; now where it is zero
	// Fields has values of other fields by name, as "cpm_custom", and those of the above to set in another way.
	Fields map[string]string
}

// NewCinetPayCheckoutRequest returns a request such as CinetPay sends for its checkout, with the x-token that secret
// makes, so that merchants can test their own handlers. It can be sent by an [http.Client], or handed to a
// handler's ServeHTTP. What [CinetPayCheckout] would refuse, it refuses to make.
func NewCinetPayCheckoutRequest(url string, secret wapay.Secret, n CinetPayCheckoutNotification) (*http.Request, error) {
	if secret == "" {
		return nil, errors.New("ipn: NewCinetPayCheckoutRequest: empty secret")
	}
	f, err := n.fields()
	if err == nil {
		_, err = f.amount()
	}
	if err != nil {
		return nil, fmt.Errorf("ipn: NewCinetPayCheckoutRequest: %w", err)
	}
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(f.encode()))
	if err != nil {
		return nil, fmt.Errorf("ipn: NewCinetPayCheckoutRequest: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set(cinetPayToken, string(signCinetPay([]byte(secret), strings.Join(f[:], ""))))
	return r, nil
}

func (n *CinetPayCheckoutNotification) fields() (*cinetPayCheckoutFields, error) {
	at := n.At
	if at.IsZero() {
		at = time.Now()
	}
	f := &cinetPayCheckoutFields{
		ccSite: first(n.SiteID, "445160"), ccTransaction: n.Reference, ccDate: at.UTC().Format(time.DateTime),
		ccAmount: strings.TrimSuffix(n.Amount.Decimal(), ".00"), ccCurrency: string(n.Amount.Currency()),
		ccMethod: "OM", ccLanguage: "fr", ccVersion: "V4", ccConfig: "SINGLE", ccAction: "PAYMENT",
		ccErrorMessage: first(n.Message, "SUCCES"),
	}
	for name, value := range n.Fields {
		i := slices.Index(cinetPayCheckoutNames[:], name)
		if i < 0 {
			return nil, errors.New("no such field")
		}
		f[i] = value
	}
	return f, nil
}

// encode keeps the order of the fields, which [url.Values] would not.
func (f *cinetPayCheckoutFields) encode() string {
	var pairs [ccFields]string
	for i, name := range cinetPayCheckoutNames {
		pairs[i] = name + "=" + url.QueryEscape(f[i])
	}
	return strings.Join(pairs[:], "&")
}
