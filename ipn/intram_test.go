package ipn

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

const testSecret = "whsec_for_tests"

var intramNow = time.Date(2026, 5, 20, 10, 31, 14, 0, time.UTC)

func clockAt(t time.Time) func() time.Time { return func() time.Time { return t } }

type intramVector struct {
	Name, Body string
	Secret     wapay.Secret `json:"webhook_secret"`
	Headers    map[string]string
}

func (v intramVector) header() http.Header {
	h := http.Header{}
	for name, value := range v.Headers {
		h.Set(name, value)
	}
	return h
}

func (v intramVector) time(t testing.TB) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, v.Headers["X-Intram-Timestamp"])
	require.NoError(t, err)
	return at
}

func intramVectors(t testing.TB) []intramVector {
	t.Helper()
	data, err := os.ReadFile("testdata/intram_webhook.json")
	require.NoError(t, err)
	var vectors []intramVector
	require.NoError(t, json.Unmarshal(data, &vectors))
	require.NotEmpty(t, vectors)
	return vectors
}

// referenceSignature returns the signature that the provider's page describes.
func referenceSignature(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s.%s", timestamp, body)
	return fmt.Sprintf("sha256=%x", mac.Sum(nil))
}

// signedHeader returns the header of a notification with the time intramNow.
func signedHeader(body string) http.Header { return signedAt("2026-05-20T10:31:14.000Z", body) }

func signedAt(timestamp, body string) http.Header {
	return http.Header{
		"X-Intram-Signature": {referenceSignature(testSecret, timestamp, []byte(body))},
		"X-Intram-Timestamp": {timestamp},
		"X-Intram-Delivery":  {"whd_1"},
		"X-Intram-Attempt":   {"1"},
	}
}

func verifySigned(body string) (*Event, error) {
	return IntramWithClock(clockAt(intramNow), testSecret).Verify(signedHeader(body), []byte(body))
}

// intramBody returns a notification with these members in data.
func intramBody(event, data string) string {
	return `{"event":"` + event + `","operation_id":"op_1","occurred_at":"2026-05-20T10:31:00.000Z","data":{` + data + `}}`
}

func intramEventOf(t *testing.T, event, data string) *Event {
	t.Helper()
	e, err := verifySigned(intramBody(event, data))
	require.NoError(t, err, "%s %s", event, data)
	return e
}

func TestIntramVectors(t *testing.T) {
	for _, v := range intramVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			clock, h := clockAt(v.time(t)), v.header()
			e, err := IntramWithClock(clock, v.Secret).Verify(h, []byte(v.Body))
			require.NoError(t, err)
			assert.Equal(t, "intram", e.Provider)
			assert.Equal(t, v.Headers["X-Intram-Event"], e.Name)
			assert.Equal(t, "intram:"+v.Headers["X-Intram-Delivery"], e.DeliveryKey)
			assert.Equal(t, v.Headers["X-Intram-Attempt"], fmt.Sprint(e.Attempt))
			assert.True(t, e.OccurredAt.Equal(v.time(t)))
			assert.Equal(t, time.UTC, e.OccurredAt.Location())
			assert.Equal(t, ProofSigned, e.Proof)
			assert.Equal(t, v.Body, string(e.Body))

			for _, secrets := range [][]wapay.Secret{nil, {}, {""}, {"wrong"}, {v.Secret, ""}, {"", v.Secret}, {v.Secret + "x"}} {
				e, err := IntramWithClock(clock, secrets...).Verify(h, []byte(v.Body))
				require.ErrorIs(t, err, ErrSignature)
				require.Nil(t, e)
			}
			for _, secrets := range [][]wapay.Secret{{"old", v.Secret}, {v.Secret, "new"}, {"old", v.Secret, "new"}, {v.Secret, v.Secret}} {
				_, err := IntramWithClock(clock, secrets...).Verify(h, []byte(v.Body))
				require.NoError(t, err)
			}
			_, err = Intram(v.Secret).Verify(h, []byte(v.Body))
			require.ErrorIs(t, err, ErrStale, "by the clock of this machine")
		})
	}
}

func TestIntramWholeEvent(t *testing.T) {
	body := intramBody("payout.completed", `"reference":"PO-1","amount":25000,"currency":"XOF","status":"completed",`+
		`"transaction_reference":"AB12CD34EF","provider_response":{"responsecode":"00","responsemsg":"Success","serviceref":"MTN987"}`)
	e, err := verifySigned(body)
	require.NoError(t, err)
	assert.Equal(t, &Event{
		Provider: "intram", Kind: KindPayout, Name: "payout.completed", DeliveryKey: "intram:whd_1", ID: "op_1",
		TransactionID: "AB12CD34EF", Reference: "PO-1", Status: wapay.StatusSucceeded, ProviderStatus: "completed",
		Amount: wapay.XOF.Units(25000), Reason: "Success", OperatorID: "MTN987", Attempt: 1,
		OccurredAt: time.Date(2026, 5, 20, 10, 31, 0, 0, time.UTC), Proof: ProofSigned, Body: []byte(body),
	}, e)
}

func TestIntramHeaders(t *testing.T) {
	body := intramBody("payout.completed", ``)
	right := signedHeader(body).Get("X-Intram-Signature")
	tests := []struct {
		name   string
		change func(h http.Header)
		want   error
	}{
		{"as they are", func(http.Header) {}, nil},
		{"with the event", func(h http.Header) { h.Set("X-Intram-Event", "payout.completed") }, nil},
		{"header contradicts body", func(h http.Header) { h.Set("X-Intram-Event", "payout.failed") }, ErrSignature},
		{"header contradicts body once", func(h http.Header) { h["X-Intram-Event"] = []string{"payout.completed", "payout.failed"} }, ErrSignature},
		{"event empty", func(h http.Header) { h.Set("X-Intram-Event", "") }, ErrSignature},
		{"signature missing", func(h http.Header) { h.Del("X-Intram-Signature") }, ErrSignature},
		{"signature empty", func(h http.Header) { h.Set("X-Intram-Signature", "") }, ErrSignature},
		{"signature twice", func(h http.Header) { h.Add("X-Intram-Signature", right) }, ErrSignature},
		{"a list of signatures", func(h http.Header) { h.Set("X-Intram-Signature", right+", "+right) }, ErrSignature},
		{"no prefix", func(h http.Header) { h.Set("X-Intram-Signature", right[len("sha256="):]) }, ErrSignature},
		{"prefix alone", func(h http.Header) { h.Set("X-Intram-Signature", "sha256=") }, ErrSignature},
		{"other prefix", func(h http.Header) { h.Set("X-Intram-Signature", "sha512="+right[len("sha256="):]) }, ErrSignature},
		{"upper case", func(h http.Header) {
			h.Set("X-Intram-Signature", "sha256="+strings.ToUpper(right[len("sha256="):]))
		}, ErrSignature},
		{"cut", func(h http.Header) { h.Set("X-Intram-Signature", right[:len(right)-2]) }, ErrSignature},
		{"longer", func(h http.Header) { h.Set("X-Intram-Signature", right+"00") }, ErrSignature},
		{"space", func(h http.Header) { h.Set("X-Intram-Signature", right+" ") }, ErrSignature},
		{"time missing", func(h http.Header) { h.Del("X-Intram-Timestamp") }, ErrSignature},
		{"time twice", func(h http.Header) { h.Add("X-Intram-Timestamp", h.Get("X-Intram-Timestamp")) }, ErrSignature},
		{"same time, written otherwise", func(h http.Header) { h.Set("X-Intram-Timestamp", "2026-05-20T10:31:14Z") }, ErrSignature},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := signedHeader(body)
			tt.change(h)
			e, err := IntramWithClock(clockAt(intramNow), testSecret).Verify(h, []byte(body))
			require.ErrorIs(t, err, tt.want)
			require.Equal(t, tt.want == nil, e != nil)
		})
	}
	_, err := Intram(testSecret).Verify(nil, []byte(body))
	require.ErrorIs(t, err, ErrSignature)
}

func TestIntramDeliveryAndAttempt(t *testing.T) {
	body := intramBody("payout.completed", ``)
	verify := func(name string, values ...string) *Event {
		h := signedHeader(body)
		h[name] = values
		e, err := IntramWithClock(clockAt(intramNow), testSecret).Verify(h, []byte(body))
		require.NoError(t, err)
		return e
	}
	const long = "whd_550e8400e29b41d4a716446655440000550e8400e29b41d4a716446655440000"
	for _, id := range []string{"whd_1", long, "550e8400-e29b-41d4-a716-446655440000", "a.b"} {
		assert.Equal(t, "intram:"+id, verify("X-Intram-Delivery", id).DeliveryKey)
	}
	for _, ids := range [][]string{
		nil, {""}, {"whd_1", "whd_1"}, {"whd 1"}, {"whd\n1"}, {"op_1:payout.completed"}, {"é"}, {"\xff"}, {strings.Repeat("a", 101)},
	} {
		assert.Equal(t, "intram:op_1:payout.completed", verify("X-Intram-Delivery", ids...).DeliveryKey)
	}
	for attempt, want := range map[string]int{
		"1": 1, "5": 5, "17": 17, "2147483647": 2147483647,
		"0": 0, "": 0, "-1": 0, "+1": 0, "1.0": 0, "x": 0, " 1": 0, "2147483648": 0, "99999999999999999999": 0,
	} {
		assert.Equal(t, want, verify("X-Intram-Attempt", attempt).Attempt, attempt)
	}
	assert.Zero(t, verify("X-Intram-Attempt").Attempt)
	assert.Zero(t, verify("X-Intram-Attempt", "1", "2").Attempt)

	nothing := `{"event":"payout.completed"}`
	h := signedHeader(nothing)
	h.Del("X-Intram-Delivery")
	e, err := IntramWithClock(clockAt(intramNow), testSecret).Verify(h, []byte(nothing))
	require.NoError(t, err)
	assert.Regexp(t, "^intram:body:[0-9a-f]{64}$", e.DeliveryKey, "nothing else tells it from another")
}

func TestIntramWindow(t *testing.T) {
	body := intramBody("payout.completed", ``)
	h := signedHeader(body)
	for offset, want := range map[time.Duration]error{
		0: nil, time.Minute: nil, -time.Minute: nil, 5 * time.Minute: nil, -5 * time.Minute: nil,
		5*time.Minute + 1: ErrStale, -5*time.Minute - 1: ErrStale, time.Hour: ErrStale, -time.Hour: ErrStale,
		1<<63 - 1: ErrStale, -1 << 63: ErrStale,
	} {
		now := intramNow.Add(offset)
		for _, clock := range []func() time.Time{clockAt(now), clockAt(now.In(time.FixedZone("Benin", 3600)))} {
			_, err := IntramWithClock(clock, testSecret).Verify(h, []byte(body))
			require.ErrorIs(t, err, want, "%v", offset)
			_, err = IntramWithClock(clock, "wrong").Verify(h, []byte(body))
			require.ErrorIs(t, err, ErrSignature, "without a signature, the time does not count")
			require.NotErrorIs(t, err, ErrStale)
		}
	}
	_, err := IntramWithClock(clockAt(time.Time{}), testSecret).Verify(h, []byte(body))
	require.ErrorIs(t, err, ErrStale)

	timestamp := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	for _, clock := range []func() time.Time{nil, time.Now} {
		_, err = IntramWithClock(clock, testSecret).Verify(signedAt(timestamp, body), []byte(body))
		require.NoError(t, err)
	}
}

func TestIntramTimeFormat(t *testing.T) {
	body := intramBody("payout.completed", ``)
	for timestamp, want := range map[string]error{
		"2026-05-20T10:31:14.000Z": nil, "2026-05-20T10:31:14Z": nil, "2026-05-20T10:31:14.5Z": nil,
		"2026-05-20T10:31:14.123456789Z": nil, "0001-01-01T00:00:00Z": ErrStale, "9999-12-31T23:59:59.999Z": ErrStale,

		"2026-05-20T10:31:14.000+00:00": ErrMalformed, "2026-05-20T11:31:14.000+01:00": ErrMalformed,
		"2026-05-20t10:31:14.000z": ErrMalformed, "2026-05-20 10:31:14.000Z": ErrMalformed,
		"2026-05-20T10:31:14,000Z": ErrMalformed, "2026-05-20T10:31:14.0+00:00Z": ErrMalformed, "2026-05-20T10:31:14.0.0Z": ErrMalformed,
		"2026-05-20T10:31:60Z": ErrMalformed, "2026-05-20T10:31:14.-1Z": ErrMalformed, "2026-05-20T10:31:14.1e3Z": ErrMalformed,
		"2026-05-20T10:31:14": ErrMalformed, "2026-05-20T10:31:14.": ErrMalformed, "2026-05-20T10:31:14.5": ErrMalformed,
		"2026-05-20T10:31:14.Z": ErrMalformed, "2026-05-20T10:31Z": ErrMalformed,
		"2026-05-20T1:31:14Z": ErrMalformed, "2026-5-20T10:31:14Z": ErrMalformed, "20260520T103114Z": ErrMalformed,
		"2026-05-20T24:00:00Z": ErrMalformed, "2026-13-20T10:31:14Z": ErrMalformed, "2026-02-30T10:31:14Z": ErrMalformed,
		" 2026-05-20T10:31:14Z": ErrMalformed, "2026-05-20T10:31:14Z ": ErrMalformed, "2026-05-20T10:31:14ZZ": ErrMalformed,
		"+02026-05-20T10:31:14Z": ErrMalformed, "1779273074": ErrMalformed, "1779273074000": ErrMalformed, "now": ErrMalformed, "Z": ErrMalformed,
		"Wed, 20 May 2026 10:31:14 GMT": ErrMalformed, "\x00": ErrMalformed, strings.Repeat("9", 100_000): ErrMalformed,
	} {
		_, err := IntramWithClock(clockAt(intramNow), testSecret).Verify(signedAt(timestamp, body), []byte(body))
		require.ErrorIs(t, err, want, timestamp)
		if err != nil && len(timestamp) > 1 {
			assert.NotContains(t, err.Error(), timestamp)
		}
	}
}

func TestIntramHandler(t *testing.T) {
	var got []*Event
	h, err := NewHandler(IntramWithClock(clockAt(intramNow), testSecret), func(_ context.Context, e *Event) error {
		got = append(got, e)
		return nil
	})
	require.NoError(t, err)
	send := func(secret wapay.Secret, at time.Time, event string) int {
		r, err := NewIntramRequest("https://shop.example/ipn/intram", secret, IntramNotification{Event: event, At: at})
		require.NoError(t, err)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, http.StatusText(w.Code)+"\n", w.Body.String())
		return w.Code
	}
	assert.Equal(t, 200, send(testSecret, intramNow, "payout.completed"))
	assert.Equal(t, 200, send(testSecret, intramNow, "dispute.opened"))
	assert.Equal(t, 401, send("wrong", intramNow, "payout.completed"))
	assert.Equal(t, 401, send(testSecret, intramNow.Add(-6*time.Minute), "payout.completed"))
	assert.Equal(t, 401, send(testSecret, intramNow.Add(6*time.Minute), "payout.completed"))
	assert.Len(t, got, 2)

	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("[]"))
	r.Header = signedHeader("[]")
	w := httptest.NewRecorder()
	var log records
	h, err = NewHandler(IntramWithClock(clockAt(intramNow), testSecret), accept, log.option())
	require.NoError(t, err)
	h.ServeHTTP(w, r)
	assert.Equal(t, 200, w.Code, "its signature holds")
	assert.Equal(t, "intram", log.all(t)[0]["provider"])
}
