package ipn

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

func TestPing(t *testing.T) {
	for name, tt := range map[string]struct {
		v     Verifier
		allow string
	}{
		"transfer": {CinetPayTransfer(), ""},
		"checkout": {CinetPayCheckout(testSecret), ""},
		"site":     {CinetPayCheckoutSite("445160", testSecret), ""},
		"barkapay": {BarkaPay(testKey), "POST"},
		"intram":   {Intram(testSecret), "POST"},
		"mpp":      {MPP(), "POST"},
		"own":      {brokenVerifier{}, "POST"},
	} {
		t.Run(name, func(t *testing.T) {
			var log records
			h, err := NewHandler(tt.v, func(context.Context, *Event) error {
				t.Error("fn called")
				return nil
			}, log.option(), WithConfirm(ConfirmPayments(&answerer{}), ConfirmPayouts(&answerer{})))
			require.NoError(t, err)
			s := httptest.NewServer(h)
			defer s.Close()
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, "get"} {
				r, err := http.NewRequest(method, s.URL+"/?"+formOf(cinetPayTransfer()), nil)
				require.NoError(t, err)
				res, err := http.DefaultClient.Do(r)
				require.NoError(t, err)
				body, _ := io.ReadAll(res.Body)
				res.Body.Close()
				if tt.allow == "" && (method == http.MethodGet || method == http.MethodHead) {
					assert.Equal(t, 200, res.StatusCode, method)
					assert.Equal(t, method == http.MethodGet, string(body) == "OK\n")
					assert.Empty(t, res.Header["Allow"])
					continue
				}
				assert.Equal(t, 405, res.StatusCode, method)
				assert.Equal(t, cmp.Or(tt.allow, "GET, HEAD, POST"), res.Header.Get("Allow"))
			}
			if tt.allow == "" {
				assert.Equal(t, map[string]any{
					"level": "INFO", "msg": "ipn: delivery", "provider": "cinetpay", "kind": "ping", "delivery_key": "",
					"reference": "", "outcome": "ping", "status": 200.,
				}, log.all(t)[0])
			}
			assert.NotContains(t, log.String(), "PO-1")
		})
	}
}

func TestCinetPayHandler(t *testing.T) {
	signed, err := NewCinetPayCheckoutRequest("/", testSecret, CinetPayCheckoutNotification{Reference: "TX-1", Amount: wapay.XOF.Units(100)})
	require.NoError(t, err)
	checkout, err := io.ReadAll(signed.Body)
	require.NoError(t, err)
	token := signed.Header.Get("X-Token")
	transfer := formOf(cinetPayTransfer())
	const asJSON = `{"transaction_id":"X","client_transaction_id":"PO-1"}`
	found := &answerer{payment: &wapay.Payment{Status: wapay.StatusSucceeded}, payout: &wapay.Payout{Status: wapay.StatusSucceeded}}
	for _, tt := range []struct {
		name  string
		v     Verifier
		media string
		token string
		body  string
		want  int
	}{
		{"form", CinetPayTransfer(), formType, "", transfer, 200},
		{"charset", CinetPayTransfer(), formType + "; charset=utf-8", "", transfer, 200},
		{"json", CinetPayTransfer(), "application/json", "", asJSON, 200},
		{"multipart", CinetPayTransfer(), "multipart/form-data; boundary=x", "", transfer, 400},
		{"empty", CinetPayTransfer(), formType, "", "", 400},
		{"at the limit", CinetPayTransfer(), formType, "", transfer + "&x=" + strings.Repeat("x", 64<<10-len(transfer)-3), 200},
		{"oversize", CinetPayTransfer(), formType, "", transfer + "&x=" + strings.Repeat("x", 64<<10-len(transfer)-2), 413},
		{"many fields", CinetPayTransfer(), formType, "", transfer + strings.Repeat("&", 60<<10), 200},

		{"checkout", CinetPayCheckout(testSecret), formType, token, string(checkout), 200},
		{"checkout, charset", CinetPayCheckout(testSecret), formType + ";charset=UTF-8", token, string(checkout), 200},
		{"checkout, forged", CinetPayCheckout(testSecret), formType, token, strings.Replace(string(checkout), "amount=100", "amount=900", 1), 401},
		{"checkout, no token", CinetPayCheckout(testSecret), formType, "", string(checkout), 401},
		{"checkout, json", CinetPayCheckout(testSecret), "application/json", token, asJSON, 400},
		{"checkout, multipart", CinetPayCheckout(testSecret), "multipart/form-data; boundary=x", token, string(checkout), 400},
		{"checkout, oversize", CinetPayCheckout(testSecret), formType, token, strings.Repeat("x", 64<<10+1), 413},

		{"mpp", MPP(), "application/json", "", `{"id":"X","external_id":"PO-1"}`, 200},
		{"mpp, form", MPP(), formType, "", transfer, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			calls := 0
			h, err := NewHandler(tt.v, func(_ context.Context, e *Event) error {
				calls++
				assert.Equal(t, ProofConfirmed, e.Proof)
				return nil
			}, WithConfirm(ConfirmPayments(found), ConfirmPayouts(found)))
			require.NoError(t, err)
			r := httptest.NewRequest(http.MethodPost, "/ipn", strings.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.media)
			if tt.token != "" {
				r.Header.Set("x-token", tt.token)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			assert.Equal(t, tt.want, w.Code)
			assert.Equal(t, tt.want == 200, calls == 1)
		})
	}
}
