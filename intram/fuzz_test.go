package intram_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/intram"
)

// FuzzAnswer checks that each call reads any answer without a panic. A call
// gives a result or a *wapay.Error, and shows no key. A write is rejected only
// by a word of the provider.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"error":false,"http_status":202,"data":` + accepted("payout") + `}`,
		`{"error":false,"data":` + operation("op_1", "payment_request", "succeeded", paymentPayload, checkout) + `}`,
		`{"error":false,"data":[` + operation("op_1", "payout", "failed", `{"reference":"PO-1"}`, `{"status":"failed"}`) + `],"paging":{"next_before":"x"}}`,
		`{"error":false,"data":` + aTransaction + `}`,
		`{"error":false,"data":[` + aTransaction + `],"paging":{"limit":1,"next_before":null}}`,
		`{"error":false,"data":` + aHook + `,"secret":"` + hookSecret + `"}}`,
		`{"error":false,"data":{"currency":{"code":"XOF"},"available":"1e3","payment_method_balances":{}}}`,
		`{"error":true,"http_status":400,"code":"validation_error","message":"m","details":[{"path":["a",1],"msg":"x"}],"client_ip":"::1"}`,
		`{"error":true,"code":"` + secretKey + `","details":{"` + publicKey + `":null}}`,
		`{"error":"false","data":null,"message":"ok"}`, `[]`, `null`, `"`, ``, "\xff", `{"error":{}}`,
	} {
		f.Add(200, []byte(body))
		f.Add(404, []byte(body))
		f.Add(500, []byte(body))
	}
	ctx := context.Background()
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			t.Skip()
		}
		hc := &http.Client{Transport: &canned{status, body}}
		c, err := intram.New(sandboxKeys, wapay.WithHTTPClient(hc), wapay.WithMaxRetries(0))
		require.NoError(t, err)
		c = c.WithCheckoutWait(0)
		for name, fn := range calls(t) {
			got, err := fn(ctx, c)
			if err == nil {
				assert.True(t, status < 300, name)
				text, jsonErr := json.Marshal(got)
				require.NoError(t, jsonErr, name)
				assert.NotContains(t, string(text), secretKey)
				continue
			}
			var e *wapay.Error
			require.True(t, errors.As(err, &e), name)
			assert.NotContains(t, fmt.Sprintf("%v %s %q %v", e, e.Code, e.Message, e.Details), secretKey)
			if _, write := writes[name]; write && status < 300 && e.Outcome == wapay.OutcomeRejected {
				assert.NotEmpty(t, e.Code, "%s: rejected without a word of the provider's", name)
			}
		}
		n := 0
		for _, err := range c.AllOperations(ctx, intram.OperationFilter{}) {
			if n++; err != nil || n > 10_000 {
				break
			}
		}
		assert.LessOrEqual(t, n, 10_000, "an endless list")
	})
}
