package mpp_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/mpp"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

const bearer = `eyJhbGciOi.JSUzI1/NiIs"<In+R5.cCI6IkpXVCJ9`

// echo answers with all that it got and with the token, in the form that mode
// names. Logins and channels work.
func echo(mode string, status int) http.HandlerFunc {
	inJSON := testkit.JSON
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		isLogin := strings.HasSuffix(r.URL.Path, "/token")
		all := fmt.Sprintf("%s %s\n%v %s %s %s", r.Method, r.URL, r.Header, body, bearer, string(creds.SecretKey))
		for _, name := range []string{"Location", "Retry-After", "Set-Cookie", "X-Request-Id"} {
			w.Header().Set(name, all[len(all)-60:])
		}
		switch {
		case isLogin && mode != "login":
			fmt.Fprint(w, inJSON(map[string]any{"data": map[string]any{"access_token": bearer, "expires_in": 1740}, "success": true}))
			return
		case strings.HasSuffix(r.URL.Path, "/channel") && mode != "found":
			fmt.Fprint(w, `{"data":[{"code":"OM"}],"success":true}`)
			return
		}
		tx := map[string]any{
			"id": txID, "status": all, "external_id": "order-1", "category": "payment", "reference": bearer, "details": map[string]string{bearer: all},
			"message": all, "reason": all, "amount": 2, "currency": map[string]any{"iso3": "SLE"}, "channel": bearer, "balance": 1,
			"commission": bearer, "name": all, "first_name": bearer, "author": all, "exhange_rate": bearer, "customer_profile": all,
		}
		out := all
		switch mode {
		case "refusal", "login":
			out = inJSON(map[string]any{
				"code": "MPP-REQ-4022", "message": all, "success": false, "trace_request_id": bearer,
				"errors": map[string]any{bearer: []string{all}},
			})
		case "code":
			out = strings.ReplaceAll(inJSON(map[string]any{"code": bearer, "message": all, "success": false, "data": map[string]any{bearer: all}}), "/", `\/`)
		case "made":
			out = inJSON(map[string]any{"data": tx, "success": true, "trace_request_id": bearer})
		case "found":
			tx["code"], tx["description"], tx["callback"], tx["fields"] = "OM", all, bearer, map[string]any{"msisdn": []string{bearer}}
			out = inJSON(map[string]any{"data": []any{tx}, "success": true})
		case "cut":
			w.Header().Set("Content-Length", "100000")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, out)
	}
}

// The client shows no secret of a server that echoes everything.
func TestSecretsStaySecret(t *testing.T) {
	keys := mpp.Credentials{SecretID: `live-id-Qx7/w+Z=9`, SecretKey: creds.SecretKey, BusinessID: businessID}
	for _, x := range []struct {
		mode     string
		statuses []int
	}{
		{"raw", []int{200, 204, 301, 400, 401, 404, 422, 429, 500}}, {"refusal", []int{200, 400, 401, 403, 404, 409, 422, 429, 500}},
		{"code", []int{200, 401, 404, 422, 502}}, {"made", []int{200, 201, 422}}, {"found", []int{200, 500}}, {"cut", []int{200, 422, 502}},
		{"login", []int{200, 401, 404, 422, 500}},
	} {
		for _, status := range x.statuses {
			t.Run(fmt.Sprint(x.mode, " ", status), func(t *testing.T) {
				t.Parallel()
				l := testkit.Leaks{T: t, Secrets: []string{string(keys.SecretID), string(keys.SecretKey)}}
				if x.mode != "login" { // this mode gives no token
					l.Secrets = append(l.Secrets, bearer)
				}
				s := httptest.NewServer(echo(x.mode, status))
				defer s.Close()
				logger, log := testkit.Logs()
				c, err := mpp.New(keys, wapay.WithBaseURL(s.URL), wapay.WithMaxRetries(0), logger)
				require.NoError(t, err)
				results := 0
				for name, fn := range calls(t) {
					got, err := fn(context.Background(), c)
					if err != nil {
						l.Chain(name, err)
						continue
					}
					results++
					l.Value(name, got)
				}
				if x.mode == "made" && status < 300 || x.mode == "found" && status == 200 {
					assert.Positive(t, results)
				}
				assert.NotZero(t, log.Len())
				l.Text("log", log.String())
			})
		}
	}
}

func TestSecretsInClientAndCredentials(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "business.json")))
	for range 2 { // now there is a token, and its goroutine has ended
		_, err := c.Business(context.Background())
		require.NoError(t, err)
	}
	assert.Len(t, m.logins, 1)
	l := testkit.Leaks{T: t, Secrets: []string{secretID, secretKey, "your-token"}}
	testkit.PrintsAs(l, c, "mpp client for "+mockBase)
	testkit.Held(l, "credentials", &creds)
	testkit.Held(l, "key", &creds.SecretKey)

	_, err := mpp.New(mpp.Credentials{SecretID: "bad\nid-of-the-api", SecretKey: secretKey + "\x00"})
	testkit.Leaks{T: t, Secrets: []string{"id-of-the-api", secretKey}}.Chain("New", err)
}

// No error, no result and no printed request shows a one-time code.
func TestOneTimeCode(t *testing.T) {
	l := testkit.Leaks{T: t, Secrets: []string{"4821"}}
	l.Value("request", mpp.TransactionRequest{ExternalID: "order-1", OTP: "4821"})
	for _, answer := range []string{
		`{"success":false,"code":"MPP-REQ-4002","message":"otp 4821 is not valid","data":{"otp":"4821"}}`,
		`{"success":true,"data":{"id":"a","status":"initiated","otp":"4821"}}`,
	} {
		c, m := newMock(t, reply(200, answer))
		m.channelsAnswer = reply(200, `{"data":[{"code":"OM","fields":{"otp":["required"]}}],"success":true}`)
		r := goodPay(t)
		r.OTP = "4821"
		p, err := c.Pay(context.Background(), r)
		assert.Contains(t, m.Requests[0].Body, `"otp":"4821"`)
		if err != nil {
			l.Chain("Pay", err)
		} else {
			l.Value("Pay", p)
		}
	}
}

// The lookup of a used reference does not show a one-time code either.
func TestOneTimeCodeInLookup(t *testing.T) {
	c, m := newMock(t, reply(409, refusal("MPP-TX-REQ-4091", "Conflict")), reply(200, listOf(`{"id":"a","external_id":"order-1",
		"category":"payment","status":"pending","amount":12.5,"currency":{"iso3":"SLE"},"channel":{"code":"OM"},"details":{"otp":"4821"}}`)))
	m.channelsAnswer = reply(200, `{"data":[{"code":"OM","fields":{"otp":["required"]}}],"success":true}`)
	r := goodPay(t)
	r.OTP = "4821"
	p, err := c.Pay(context.Background(), r)
	require.NoError(t, err)
	assert.True(t, p.Replayed)
	testkit.Leaks{T: t, Secrets: []string{"4821"}}.Value("Pay", p)
}

// A transport's error may hold the request with its headers.
func TestSecretsInTransportErrors(t *testing.T) {
	l := testkit.Leaks{T: t, Secrets: []string{secretID, secretKey, "your-token"}}
	_, m := newMock(t)
	m.Answers = append(m.Answers, func(r *http.Request) (*http.Response, error) {
		return nil, &url.Error{Op: r.Method, URL: r.URL.String(), Err: fmt.Errorf("sent %v: %w", r.Header, io.ErrUnexpectedEOF)}
	})
	c := m.client(creds, wapay.WithMaxRetries(0))
	for name, fn := range calls(t) {
		if _, err := fn(context.Background(), c); err != nil {
			l.Chain(name, err)
			assert.NotContains(t, err.Error(), "pay.example.test")
		}
	}
}

// Printing a client while it gets its token and the channels shows no secret
// and is no data race.
func TestPrintedWhileInUse(t *testing.T) {
	c, _ := live(t, mpptest.Config{})
	done := make(chan error, 8)
	for i := range cap(done) {
		go func() {
			r := goodPayout(t)
			r.Reference, r.Amount = fmt.Sprint("order-", i), wapay.SLE.Units(1)
			_, err := c.Payout(context.Background(), r)
			done <- err
		}()
	}
	for range cap(done) {
		for range 20 {
			_ = fmt.Sprintf("%+v %#v %v", c, c, *c)
			_ = assert.ObjectsAreEqual(c, new(mpp.Client))
		}
		require.NoError(t, <-done)
	}
}
