package barkapay_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

// echo answers with all that it got, in the form that mode names.
func echo(mode string, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		key, secret := r.Header.Get("X-Api-Key"), r.Header.Get("X-Api-Secret")
		all := fmt.Sprintf("%s %s\n%q %q\n%v %s", r.Method, r.URL, key, secret, r.Header, body)
		for _, name := range []string{"Location", "Retry-After", "Set-Cookie", "X-Echo", "X-Request-Id", "Cf-Ray"} {
			w.Header().Set(name, key+" "+secret)
		}
		out := all
		inJSON := testkit.JSON
		tx := map[string]any{
			"public_id": "p-1", "amount": 200, "status": key + secret, "order_id": "order-1", "txid": secret, "reason": all, "order_data": all,
			"launch_url": "https://w.example/?k=" + url.QueryEscape(secret), "operator": key, "type": secret, "app_label": secret,
		}
		switch mode {
		case "message":
			out = inJSON(map[string]any{"status": status, "message": all, "errors": map[string]any{key: []string{secret, all}}})
		case "error":
			out = strings.ReplaceAll(inJSON(map[string]any{"error": all}), "/", `\/`)
		case "created":
			balance := map[string]any{"label": all, "balance": secret}
			out = inJSON(map[string]any{
				"link": "https://pay.example/" + secret, "data": tx, "message": "Success", "user": tx,
				"infos":              map[string]any{key: map[string]any{secret: tx}},
				"balances":           map[string]any{key: map[string]any{secret: []any{balance}}},
				"account_info":       map[string]any{"type": key, "balance": secret, "statement": []any{tx}},
				"available_services": map[string]any{"payments": map[string]any{secret: true}},
			})
		case "found":
			out = inJSON([]any{tx})
		case "amount":
			tx["amount"] = secret
			out = inJSON([]any{tx})
		case "cut":
			w.Header().Set("Content-Length", "100000")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, out)
	}
}

// The client shows no secret of a server that echoes everything.
func TestSecretsStaySecret(t *testing.T) {
	keys := barkapay.Credentials{
		APIKey: "live-api-key-Qx7/w+Z=9", APISecret: `s3cr&t"A<b>\'%41-api`, SCIKey: "live-sci-key-Rt8/v+Y=1", SCISecret: `s3cr&t"B<c>\'%42-sci`,
	}
	secrets := []string{string(keys.APIKey), string(keys.APISecret), string(keys.SCIKey), string(keys.SCISecret)}
	for _, x := range []struct {
		mode     string
		statuses []int
	}{
		{"raw", []int{200, 204, 301, 400, 401, 404, 422, 429, 500, 503}}, {"message", []int{200, 400, 401, 404, 409, 422, 429, 500, 503}},
		{"error", []int{200, 401, 404, 422, 502}}, {"created", []int{200, 201, 422}}, {"found", []int{200, 500}}, {"amount", []int{200}},
		{"cut", []int{200, 422, 502}},
	} {
		for _, status := range x.statuses {
			t.Run(fmt.Sprint(x.mode, " ", status), func(t *testing.T) {
				t.Parallel()
				l := testkit.Leaks{T: t, Secrets: secrets}
				s := httptest.NewServer(echo(x.mode, status))
				defer s.Close()
				logger, log := testkit.Logs()
				c, err := barkapay.New(keys, wapay.WithBaseURL(s.URL), wapay.WithMaxRetries(0), logger)
				require.NoError(t, err)
				for name, fn := range calls(t) {
					got, err := fn(context.Background(), c)
					if err != nil {
						l.Chain(name, err)
						continue
					}
					l.Value(name, got)
					for _, raw := range raws(got) {
						l.Text(name+" Raw", string(raw))
					}
				}
				assert.NotZero(t, log.Len())
				l.Text("log", log.String())
			})
		}
	}
}

func raws(v any) []wapay.Raw {
	switch v := v.(type) {
	case *barkapay.Transaction:
		return []wapay.Raw{v.Raw}
	case *barkapay.PaymentLink:
		return []wapay.Raw{v.Raw}
	case *barkapay.Statement:
		return []wapay.Raw{v.Raw}
	case *barkapay.Merchant:
		return []wapay.Raw{v.Raw}
	case *barkapay.Availabilities:
		return []wapay.Raw{v.Raw}
	case *wapay.Payment:
		return []wapay.Raw{v.Raw}
	case *wapay.Payout:
		return []wapay.Raw{v.Raw}
	case []barkapay.Transaction:
		var all []wapay.Raw
		for _, t := range v {
			all = append(all, t.Raw)
		}
		return all
	}
	return nil
}

func TestSecretsInClientAndCredentials(t *testing.T) {
	l := testkit.Leaks{T: t, Secrets: []string{apiKey, apiSecret, sciKey, sciSecret}}
	c, err := barkapay.New(bothPairs)
	require.NoError(t, err)
	testkit.PrintsAs(l, c, "barkapay client for https://api.barkapay.com/api/client")
	testkit.NeedsClientAndContext(t, c)
	testkit.Held(l, "credentials", &bothPairs)
	testkit.Held(l, "key", &bothPairs.APIKey)

	_, err = barkapay.New(barkapay.Credentials{APIKey: "bad\nkey-of-the-api", APISecret: apiSecret, SCIKey: sciKey})
	testkit.Leaks{T: t, Secrets: []string{"key-of-the-api", apiSecret, sciKey}}.Chain("New", err)
}

// A transport's error may hold the request with its headers.
func TestSecretsInTransportErrors(t *testing.T) {
	l := testkit.Leaks{T: t, Secrets: []string{apiKey, apiSecret, sciKey, sciSecret}}
	c, err := barkapay.New(bothPairs, wapay.WithMaxRetries(0), wapay.WithHTTPClient(&http.Client{Transport: leakyTransport{}}))
	require.NoError(t, err)
	for name, fn := range calls(t) {
		_, err := fn(context.Background(), c)
		require.Error(t, err)
		l.Chain(name, err)
		assert.NotContains(t, err.Error(), "api.barkapay.com")
	}
}

type leakyTransport struct{}

func (leakyTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, &url.Error{Op: r.Method, URL: r.URL.String(), Err: fmt.Errorf("sent %v: %w", r.Header, io.ErrUnexpectedEOF)}
}

// Printing a client while it is in use shows no secret and is no data race.
func TestPrintedWhileInUse(t *testing.T) {
	c, b := live(t, barkapaytest.Config{})
	done := make(chan error, 8)
	for range cap(done) {
		go func() {
			for range 10 {
				_ = fmt.Sprintf("%+v %#v %v", c, c, *c)
				if err := c.Ping(context.Background()); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range cap(done) {
		require.NoError(t, <-done)
	}
	assert.Equal(t, 80, b.Count("GET", "ping"))
	c.Close()
	require.NoError(t, c.Ping(context.Background()), "it can still be used")
	(*barkapay.Client)(nil).Close()
}

// The longest order_data fits into a notification that package ipn reads.
func TestOrderDataFitsItsNotification(t *testing.T) {
	const atMost = 16 << 10
	for _, s := range []string{"\u00e9", "\"", "/", "\U0001f600", "\u20ac", "x"} {
		data := strings.Repeat(s, atMost/len(s))
		escaped := 0 // as PHP escapes: \u and four digits for what is not ASCII
		for _, c := range utf16.Encode([]rune(data)) {
			escaped += 2
			if c > 127 {
				escaped += 4
			}
		}
		assert.Less(t, escaped, 60<<10, s)
		charge := goodCharge(t)
		charge.OrderData = data
		c, m := newMock(t, apiPair, reply(422, `{"message":"no"}`))
		_, err := c.Charge(context.Background(), charge)
		failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
		assert.Len(t, m.Requests, 1)
		charge.OrderData += s + s
		_, err = c.Charge(context.Background(), charge)
		badFields(t, err, "OrderData")
	}
}
