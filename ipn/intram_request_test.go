package ipn

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

func TestNewIntramRequest(t *testing.T) {
	r, err := NewIntramRequest("https://shop.example/ipn/intram?a=b", testSecret, IntramNotification{
		Event: "payment_request.paid", OperationID: "op_4d2a", At: intramNow.Add(time.Minute).In(time.FixedZone("Benin", 3600)),
		OccurredAt: intramNow, DeliveryID: "whd_7", Attempt: 3,
		Data: map[string]any{"transaction_reference": "AB12CD34EF", "status": "paid"},
	})
	require.NoError(t, err)
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	assert.Equal(t, `{"event":"payment_request.paid","operation_id":"op_4d2a","occurred_at":"2026-05-20T10:31:14.000Z",`+
		`"data":{"status":"paid","transaction_reference":"AB12CD34EF"}}`, string(body))
	assert.Equal(t, "POST https://shop.example/ipn/intram?a=b", r.Method+" "+r.URL.String())
	assert.EqualValues(t, len(body), r.ContentLength)
	assert.Equal(t, http.Header{
		"Content-Type":       {"application/json"},
		"User-Agent":         {"Intram-Webhooks/1.0"},
		"X-Intram-Signature": {referenceSignature(testSecret, "2026-05-20T10:32:14.000Z", body)},
		"X-Intram-Timestamp": {"2026-05-20T10:32:14.000Z"},
		"X-Intram-Event":     {"payment_request.paid"},
		"X-Intram-Delivery":  {"whd_7"},
		"X-Intram-Attempt":   {"3"},
	}, r.Header)
	e, err := IntramWithClock(clockAt(intramNow), "old", testSecret).Verify(r.Header, body)
	require.NoError(t, err)
	assert.Equal(t, "AB12CD34EF", e.TransactionID)
	assert.Equal(t, wapay.StatusSucceeded, e.Status)
}

func TestNewIntramRequestDefaults(t *testing.T) {
	keys := map[string]bool{}
	for range 2 {
		for event := range intramEvents {
			r, err := NewIntramRequest("http://localhost/", testSecret, IntramNotification{Event: event})
			require.NoError(t, err)
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			e, err := Intram(testSecret).Verify(r.Header, body)
			require.NoError(t, err)
			assert.Equal(t, event, e.Name)
			assert.Equal(t, "op_test", e.ID)
			assert.Equal(t, 1, e.Attempt)
			assert.WithinDuration(t, time.Now(), e.OccurredAt, time.Minute)
			keys[e.DeliveryKey] = true
		}
	}
	assert.Len(t, keys, len(intramEvents), "the same news has the same key, other news another")
}

func TestNewIntramRequestRefuses(t *testing.T) {
	for _, tt := range []struct {
		url    string
		secret wapay.Secret
		n      IntramNotification
	}{
		{"http://localhost/", "", IntramNotification{Event: "test.ping"}},
		{"http://localhost/", testSecret, IntramNotification{}},
		{"http://localhost/", testSecret, IntramNotification{Event: "test.ping", Data: func() {}}},
		{"http://local host/", testSecret, IntramNotification{Event: "test.ping"}},
	} {
		r, err := NewIntramRequest(tt.url, tt.secret, tt.n)
		require.Error(t, err)
		require.Nil(t, r)
		assert.NotContains(t, err.Error(), testSecret)
	}
}
