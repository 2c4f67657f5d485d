package ipn

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

type cinetPayVector struct {
	Name   string
	Secret wapay.Secret `json:"secret_key"`
	Form   map[string]string
	Token  string `json:"x_token"`
}

func (v cinetPayVector) header() http.Header {
	return http.Header{"Content-Type": {formType}, "X-Token": {v.Token}}
}

// checkoutValues are the signed values in their order.
type checkoutValues [16]string

// Some of their indexes.
const ccSite, ccTransaction, ccDate, ccSignature, ccDesignation, ccFields = 0, 1, 2, 5, 14, 16

var cinetPayCheckoutNames = func() (names []string) {
	for name := range fieldsOf(new(cinetPayCheckoutFields)) {
		names = append(names, name)
	}
	return names
}()

func valuesOf(form map[string]string) (values checkoutValues) {
	for i, name := range cinetPayCheckoutNames {
		values[i] = form[name]
	}
	return values
}

func (v cinetPayVector) values() checkoutValues { return valuesOf(v.Form) }

func (s checkoutValues) fields() *cinetPayCheckoutFields {
	f, i := new(cinetPayCheckoutFields), 0
	for _, field := range fieldsOf(f) {
		field.SetString(s[i])
		i++
	}
	return f
}

func (s checkoutValues) encode() string { return s.fields().encode() }

func (s checkoutValues) amount() (wapay.Money, error) {
	return s.fields().amount(strings.Join(s[:], ""))
}

func cinetPayVectors(t testing.TB) []cinetPayVector {
	t.Helper()
	data, err := os.ReadFile("testdata/cinetpay_xtoken.json")
	require.NoError(t, err)
	var vectors []cinetPayVector
	require.NoError(t, json.Unmarshal(data, &vectors))
	require.NotEmpty(t, vectors)
	return vectors
}

// referenceToken returns the token that the provider's page describes.
func referenceToken(secret string, form map[string]string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	for _, name := range strings.Fields("cpm_site_id cpm_trans_id cpm_trans_date cpm_amount cpm_currency signature payment_method " +
		"cel_phone_num cpm_phone_prefixe cpm_language cpm_version cpm_payment_config cpm_page_action cpm_custom cpm_designation cpm_error_message") {
		mac.Write([]byte(form[name]))
	}
	return fmt.Sprintf("%x", mac.Sum(nil))
}

// cinetPayCheckoutForm returns the first vector's form. Pairs of name and value
// replace some of it.
func cinetPayCheckoutForm(t testing.TB, pairs ...string) map[string]string {
	f := cinetPayVectors(t)[0].Form
	for i := 0; i < len(pairs); i += 2 {
		f[pairs[i]] = pairs[i+1]
	}
	return f
}

func verifyCheckout(form map[string]string) (*Event, error) {
	h := http.Header{"Content-Type": {formType}, "X-Token": {referenceToken(testSecret, form)}}
	return CinetPayCheckout(testSecret).Verify(h, []byte(formOf(form)))
}

func TestCinetPayCheckoutVectors(t *testing.T) {
	for _, v := range cinetPayVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			require.Equal(t, v.Token, referenceToken(string(v.Secret), v.Form))
			body := []byte(formOf(v.Form))
			e, err := CinetPayCheckout(v.Secret).Verify(v.header(), body)
			require.NoError(t, err)
			amount, err := wapay.ParseMoney(v.Form["cpm_amount"], wapay.Currency(v.Form["cpm_currency"]))
			require.NoError(t, err)
			require.Regexp(t, `^cinetpay:checkout:[0-9a-f]{64}$`, e.DeliveryKey)
			assert.NotContains(t, e.DeliveryKey, v.Token)
			want := &Event{
				Provider: "cinetpay", Kind: KindPayment, Name: "payment", DeliveryKey: e.DeliveryKey,
				Account: v.Form["cpm_site_id"], Reference: v.Form["cpm_trans_id"],
				Status: wapay.StatusUnknown, ProviderStatus: v.Form["cpm_error_message"], Amount: amount, Proof: ProofSigned, Body: body,
			}
			assert.Equal(t, want, e)

			for _, secrets := range [][]wapay.Secret{nil, {}, {""}, {"wrong"}, {v.Secret, ""}, {"", v.Secret}, {v.Secret + "x"}} {
				for _, verifier := range []Verifier{CinetPayCheckout(secrets...), CinetPayCheckoutSite("445160", secrets...)} {
					e, err := verifier.Verify(v.header(), body)
					require.ErrorIs(t, err, ErrSignature)
					require.Nil(t, e)
				}
			}
			for _, secrets := range [][]wapay.Secret{{"old", v.Secret}, {v.Secret, "new"}, {"old", v.Secret, "new"}, {v.Secret, v.Secret}} {
				e, err := CinetPayCheckoutSite("445160", secrets...).Verify(v.header(), body)
				require.NoError(t, err)
				assert.Equal(t, want, e)
			}
			for _, site := range []string{"", "44516", "4451600", "445161", "0445160"} {
				_, err := CinetPayCheckoutSite(site, v.Secret).Verify(v.header(), body)
				require.ErrorIs(t, err, ErrSignature, site)
			}
		})
	}
}

func TestCinetPayCheckoutEmptySecretSignsNothing(t *testing.T) {
	form := cinetPayCheckoutForm(t)
	h := http.Header{"X-Token": {referenceToken("", form)}}
	for _, v := range []Verifier{CinetPayCheckout(), CinetPayCheckout(""), CinetPayCheckout("a", ""), CinetPayCheckoutSite("445160", "")} {
		_, err := v.Verify(h, []byte(formOf(form)))
		require.ErrorIs(t, err, ErrSignature)
	}
}

func TestCinetPayCheckoutToken(t *testing.T) {
	v := cinetPayVectors(t)[0]
	for name, tokens := range map[string][]string{
		"missing": nil, "empty": {""}, "twice": {v.Token, v.Token}, "with another": {v.Token, "x"}, "listed": {v.Token + ", " + v.Token},
		"upper case": {strings.ToUpper(v.Token)}, "prefixed": {"sha256=" + v.Token}, "cut": {v.Token[:62]}, "longer": {v.Token + "00"},
		"space": {v.Token + " "}, "zeros": {strings.Repeat("0", 64)},
	} {
		h := v.header()
		h["X-Token"] = tokens
		e, err := CinetPayCheckout(v.Secret).Verify(h, []byte(formOf(v.Form)))
		require.ErrorIs(t, err, ErrSignature, name)
		require.Nil(t, e)
	}
	_, err := CinetPayCheckout(v.Secret).Verify(nil, []byte(formOf(v.Form)))
	require.ErrorIs(t, err, ErrSignature)
	h := http.Header{}
	h.Set("x-token", v.Token)
	_, err = CinetPayCheckout(v.Secret).Verify(h, []byte(formOf(v.Form)))
	require.NoError(t, err, "the content type is not needed")
}

func TestCinetPayCheckoutFields(t *testing.T) {
	form := cinetPayCheckoutForm(t, "signature", "", "cpm_custom", "")
	want, err := verifyCheckout(form)
	require.NoError(t, err)
	delete(form, "signature")
	delete(form, "cpm_custom")
	form["cpm_result"], form["CPM_AMOUNT"] = "00", "999" // neither is a signed field
	e, err := verifyCheckout(form)
	require.NoError(t, err)
	e.Body = want.Body
	assert.Equal(t, want, e, "a field that is not there is empty")

	v := cinetPayVectors(t)[0]
	for _, name := range cinetPayCheckoutNames {
		body := formOf(v.Form) + "&" + name + "="
		_, err := CinetPayCheckout(v.Secret).Verify(v.header(), []byte(body))
		require.ErrorIs(t, err, ErrMalformed, "%s twice", name)
	}
	_, err = verifyCheckout(nil)
	require.ErrorIs(t, err, ErrMalformed, "a token over nothing")
}

// The token is right, but the values are not as documented. Rearranged values
// are refused, and unreadable ones stay zero.
func TestCinetPayCheckoutShapes(t *testing.T) {
	set := func(name string, want error, amount wapay.Money, values ...string) {
		t.Helper()
		for _, value := range values {
			e, err := verifyCheckout(cinetPayCheckoutForm(t, name, value))
			require.ErrorIs(t, err, want, "%s %q", name, value)
			require.Equal(t, want == nil, e != nil)
			if e != nil {
				assert.Equal(t, amount, e.Amount, "%s %q", name, value)
			}
		}
	}
	francs, none := wapay.XOF.Units(100), wapay.Money{}
	set("cpm_site_id", nil, francs, "1", "105888888")
	set("cpm_site_id", ErrSignature, none, "", "44516a", " 445160", "-1", "4.5", "٤٤٥", "+1")
	set("cpm_trans_id", nil, francs, "1", "0", "a b", "é", "", "\xff", "2022-09-15", "2022-09-15 22:57", "2022-09-15T22:57:15", "order 2022-13-15 22:57:15", strings.Repeat("9", 5000))
	set("cpm_trans_id", ErrSignature, none, "2022-09-15 22:57:15", "a2022-09-15 22:57:15", "2022-09-15 22:57:15b", "é2022-09-15 22:57:15é")
	set("cpm_trans_date", nil, francs, "2022-09-15 22:57:15", "1999-12-31 00:00:00", "2024-02-29 23:59:59")
	set("cpm_trans_date", ErrSignature, none, "2022-09-15 22:57:15 ", "2022-09-15 22:57:15.0", "2022-09-15 2:57:152022-09-15 22:57:15")
	set("cpm_trans_date", nil, none, "", " ", "20230101", "2022-09-15", "2022-09-15 22:57", "2022-09-15T22:57:15", "2022-09-15  2:57:15",
		"2022-09-15 2:57:15.1", "2022-9-15 22:57:15", "2022-02-30 22:57:15", "2022-09-15 24:00:00", "0000-00-00 00:00:00", "15/09/2022 22:57:15")
	set("cpm_amount", nil, wapay.XOF.Units(0), "0")
	set("cpm_amount", nil, francs, "100", "0100", "100.00")
	set("cpm_amount", nil, wapay.XOF.Units(9223372036854775807), "9223372036854775807")
	set("cpm_amount", nil, none, "", "-100", "+100", "100.50", "1e2", "100 ", "1,000", "9223372036854775808", "١٠٠")
	set("cpm_currency", nil, none, "", "xof", "EUR", "SLE", "XO", "F CFA")
	set("cpm_currency", ErrSignature, none, "XOFX")

	for currency, want := range map[string]string{"XOF": "100 XOF", "XAF": "100 XAF", "GNF": "100 GNF", "CDF": "100.00 CDF", "USD": "100.00 USD"} {
		e, err := verifyCheckout(cinetPayCheckoutForm(t, "cpm_currency", currency))
		require.NoError(t, err)
		assert.Equal(t, want, e.Amount.String())
	}
	for _, message := range []string{"SUCCES", "PAYMENT_FAILED", "", "new word", "\xff"} {
		e, err := verifyCheckout(cinetPayCheckoutForm(t, "cpm_error_message", message))
		require.NoError(t, err)
		assert.Equal(t, validUTF8(text(message)), e.ProviderStatus)
		assert.Equal(t, wapay.StatusUnknown, e.Status, "it carries no verdict")
	}
}

func TestNewCinetPayCheckoutRequest(t *testing.T) {
	for _, v := range cinetPayVectors(t) {
		r, err := NewCinetPayCheckoutRequest("https://shop.example/ipn", v.Secret,
			CinetPayCheckoutNotification{Fields: v.Form})
		require.NoError(t, err)
		assert.Equal(t, http.MethodPost, r.Method)
		assert.Equal(t, v.header(), r.Header)
		require.NoError(t, r.ParseForm())
		assert.Len(t, r.PostForm, ccFields)
		for name, value := range v.Form {
			assert.Equal(t, []string{value}, r.PostForm[name])
		}
	}
	good := CinetPayCheckoutNotification{Reference: "TX-1", Amount: wapay.USD.Units(15)}
	for _, tt := range []struct {
		url    string
		secret wapay.Secret
		change func(n *CinetPayCheckoutNotification)
	}{
		{"/", "", func(*CinetPayCheckoutNotification) {}},
		{"http://local host/", testSecret, func(*CinetPayCheckoutNotification) {}},
		{"/", testSecret, func(n *CinetPayCheckoutNotification) { n.Reference = "" }},
		{"/", testSecret, func(n *CinetPayCheckoutNotification) { n.Amount = wapay.Money{} }},
		{"/", testSecret, func(n *CinetPayCheckoutNotification) { n.Amount = wapay.USD.Minor(1550) }},
		{"/", testSecret, func(n *CinetPayCheckoutNotification) { n.Amount = wapay.XOF.Units(-100) }},
		{"/", testSecret, func(n *CinetPayCheckoutNotification) { n.Amount = wapay.EUR.Units(100) }},
		{"/", testSecret, func(n *CinetPayCheckoutNotification) { n.SiteID = "site" }},
		{"/", testSecret, func(n *CinetPayCheckoutNotification) { n.Fields = map[string]string{"cpm_result": "00"} }},
	} {
		n := good
		tt.change(&n)
		r, err := NewCinetPayCheckoutRequest(tt.url, tt.secret, n)
		require.Error(t, err)
		require.Nil(t, r)
		assert.NotContains(t, err.Error(), testSecret)
	}
	r, err := NewCinetPayCheckoutRequest("/", testSecret, good)
	require.NoError(t, err)
	require.NoError(t, r.ParseForm())
	assert.Equal(t, "15", r.PostForm.Get("cpm_amount"))
	assert.Equal(t, "SUCCES", r.PostForm.Get("cpm_error_message"))
}
