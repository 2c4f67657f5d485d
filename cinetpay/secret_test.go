package cinetpay_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
)

var secretKeys = cinetpay.Credentials{APIKey: "live-api-key-Qx7/w+Z=9", Password: `s3cr&t"A<b> \'%41-é`, SiteID: siteID}

const secretToken = "eyJ0eXAi/+Oi=JKV1Qi&LCJhbGci"

type leaks struct{ testkit.Leaks }

func newLeaks(t *testing.T) leaks {
	return leaks{testkit.Leaks{T: t, Secrets: []string{string(secretKeys.APIKey), string(secretKeys.Password), secretToken}}}
}

// result searches the result of a call.
func (l leaks) result(where string, v any) {
	l.T.Helper()
	l.Value(where, v)
	switch v := v.(type) {
	case *cinetpay.Batch:
		l.Text(where+" Raw", string(v.Raw))
		for _, r := range v.Results {
			l.Chain(where+" item", r.Err)
			l.Value(where+" item", r)
			if r.Transfer != nil {
				l.Text(where+" item's Raw", string(r.Transfer.Raw))
			}
		}
	case *cinetpay.ContactBatch:
		l.Text(where+" Raw", string(v.Raw))
		for _, r := range v.Results {
			l.Chain(where+" item", r.Err)
		}
	case *cinetpay.Balance:
		l.Text(where+" Raw", string(v.Raw))
	case *cinetpay.Transfer:
		l.Text(where+" Raw", string(v.Raw))
	case *cinetpay.Checkout:
		l.Text(where+" Raw", string(v.Raw))
	case *cinetpay.CheckoutPayment:
		l.Text(where+" Raw", string(v.Raw))
	case *wapay.Payout:
		l.Text(where+" Raw", string(v.Raw))
	case *wapay.Payment:
		l.Text(where+" Raw", string(v.Raw))
	}
}

func or(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// echo answers with all that it got and knows, in the form that mode names. It
// accepts each login unless mode refuses it.
func echo(mode string, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		login := strings.HasSuffix(r.URL.Path, "/auth/login")
		all := fmt.Sprintf("%s %s %s\n%v %s %s %s", r.Method, r.URL, r.URL.Query().Get("token"), r.Header, body, string(secretKeys.Password), string(secretKeys.APIKey))
		w.Header().Set("Location", r.URL.String())
		for _, name := range []string{"Retry-After", "X-Echo", "X-Request-Id", "Cf-Ray"} {
			w.Header().Set(name, r.URL.Query().Get("token")+" "+string(secretKeys.APIKey))
		}
		shown := r.URL.Query().Get("token")
		shown = or(shown != "", shown, string(secretKeys.APIKey)) // the checkout has no token
		inJSON := testkit.JSON
		if login && !strings.HasPrefix(mode, "login") {
			_, _ = io.WriteString(w, inJSON(map[string]any{"code": 0, "message": "OPERATION_SUCCES", "data": map[string]any{"token": secretToken}}))
			return
		}
		item := map[string]any{
			"prefix": "225", "phone": "0707895086", "client_transaction_id": "MYMERCHANTID1", "transaction_id": "EA201122.135600.200001",
			"amount": "500", "code": 0, "status": "ACCEPTED", "lot": all, "comment": all, "operator": all, "operator_id": all, "description": all,
			"treatment_status": all, "receiver": all, "metadata": all, "payment_url": "https://x.example/?t=" + url.QueryEscape(r.URL.Query().Get("token")) + all,
			"payment_token": all, "available": 5, "currency": "XOF", "payment_method": all, "sending_status": all, "transfer_valid": all,
		}
		out := all
		switch strings.TrimPrefix(mode, "login ") {
		case "message":
			out = inJSON(map[string]any{"code": "704", "message": all, "description": all, "api_response_id": all, "data": []any{}})
		case "code":
			out = strings.ReplaceAll(inJSON(map[string]any{"code": all, "message": all}), "/", `\/`)
		case "items":
			out = inJSON(map[string]any{"code": 0, "message": all, "data": []any{item}})
		case "failed":
			item["code"], item["status"] = "704", all
			out = inJSON(map[string]any{"code": 0, "message": all, "data": []any{[]any{item}}})
		case "odd":
			item["amount"], item["available"] = shown, shown
			out = inJSON(map[string]any{"code": 0, "message": all, "data": []any{item}})
		case "object":
			out = inJSON(map[string]any{"code": 0, "message": all, "data": item})
		case "paid":
			out = inJSON(map[string]any{"code": "00", "message": all, "data": item})
		case "created":
			out = inJSON(map[string]any{"code": "201", "message": all, "data": item})
		case "rejected":
			out = inJSON(map[string]any{"code": "706", "message": all, "data": all})
		case "half":
			out = `{"code":0,"message":"OPERATION_SUCCES","data":{"token":"` + or(login, secretToken, shown)
		case "elsewhere":
			out = inJSON(map[string]any{"code": 0, "data": []any{map[string]any{"token": or(login, secretToken, shown)}}})
		case "cut":
			w.Header().Set("Content-Length", "100000")
			out = `{"code":0,"data":{"token":"` + or(login, secretToken, shown) + `"}}`
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, out)
	}
}

// The client shows no secret of a server that echoes everything.
func TestSecretsStaySecret(t *testing.T) {
	statuses := []int{200, 204, 301, 302, 400, 401, 404, 417, 429, 500, 503}
	for _, mode := range []string{
		"raw", "message", "code", "items", "failed", "odd", "object", "paid", "created", "rejected", "half", "cut",
		"login raw", "login message", "login code", "login half", "login elsewhere", "login cut",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			for _, status := range statuses {
				l := newLeaks(t)
				s := httptest.NewServer(echo(mode, status))
				logger, records := testkit.Logs()
				c, err := cinetpay.New(secretKeys, wapay.WithBaseURL(s.URL), wapay.WithMaxRetries(0), logger)
				require.NoError(t, err)
				for name, fn := range calls(t) {
					name = fmt.Sprintf("%s, %d, %s", mode, status, name)
					got, err := fn(bg, c)
					if err != nil {
						l.Chain(name, err)
						continue
					}
					l.result(name, got)
				}
				l.Value("client", c)
				l.Value("*client", *c)
				s.Close()
				assert.NotZero(t, records.Len())
				l.Text("log", records.String())
			}
		})
	}
}

func TestSecretsInClientAndCredentials(t *testing.T) {
	l := newLeaks(t)
	c, err := cinetpay.New(secretKeys)
	require.NoError(t, err)
	testkit.PrintsAs(l.Leaks, c, "cinetpay client for https://client.cinetpay.com/v1, cinetpay client for https://api-checkout.cinetpay.com/v2")
	testkit.NeedsClientAndContext(t, c)
	testkit.Held(l.Leaks, "credentials", &secretKeys)

	_, err = cinetpay.New(cinetpay.Credentials{APIKey: "bad\nkey-of-the-api", Password: "bad-password\n"})
	testkit.Leaks{T: t, Secrets: []string{"key-of-the-api", "bad-password"}}.Chain("New", err)
}

// Printing a client while it is in use shows no secret and is no data race.
func TestPrintedWhileInUse(t *testing.T) {
	c, b := live(t, cinetpaytest.Config{})
	done := make(chan error, 8)
	for range cap(done) {
		go func() {
			_ = fmt.Sprintf("%+v %#v %v", c, c, *c)
			_, err := c.Balance(bg, wapay.XOF)
			done <- err
		}()
	}
	for range cap(done) {
		require.NoError(t, <-done)
	}
	assert.Equal(t, 1, b.Logins())
	c.Close()
	_, err := c.Balance(bg, wapay.XOF)
	require.NoError(t, err, "it can still be used")
	(*cinetpay.Client)(nil).Close()
	new(cinetpay.Client).Close()
}

// loginServer accepts each login, and passes other requests to next.
func loginServer(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that the server notices when the client leaves
		if strings.HasSuffix(r.URL.Path, "/auth/login") {
			fmt.Fprintf(w, `{"code":0,"data":{"token":%q}}`, secretToken)
			return
		}
		next(w, r)
	}
}

// A connection fails in each possible way after a login, so that there is a
// token to hide.
func TestSecretsInConnectionErrors(t *testing.T) {
	quiet := log.New(io.Discard, "", 0)
	hijack := func(do func(net.Conn)) http.HandlerFunc {
		return loginServer(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				do(conn)
				_ = conn.Close()
			}
		})
	}
	for name, handler := range map[string]http.HandlerFunc{
		"cut":     hijack(func(net.Conn) {}),
		"reset":   hijack(func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }),
		"garbage": hijack(func(c net.Conn) { _, _ = io.WriteString(c, "token="+url.QueryEscape(secretToken)+"\r\n\r\n") }),
		"garbled": hijack(func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n"+secretToken+"\r\n\r\n") }),
		"silence": loginServer(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
		"redirect": loginServer(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.String(), http.StatusTemporaryRedirect)
		}),
		"odd redirect": loginServer(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://[::1"+r.URL.String())
			w.WriteHeader(302)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewUnstartedServer(handler)
			s.Config.ErrorLog = quiet
			s.Start()
			defer s.Close()
			look(t, s.URL, nil)
		})
	}
	t.Run("refused", func(t *testing.T) {
		s := httptest.NewServer(loginServer(http.NotFound))
		hc := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		closed := false
		look(t, s.URL, hc, func() {
			if !closed {
				closed = true
				s.Close() // after the login
			}
		})
	})
	t.Run("TLS", func(t *testing.T) {
		s := httptest.NewUnstartedServer(loginServer(func(http.ResponseWriter, *http.Request) {}))
		s.Config.ErrorLog = quiet
		s.StartTLS()
		defer s.Close()
		look(t, s.URL, nil)
		hc := s.Client()
		hc.Transport.(*http.Transport).TLSClientConfig.MaxVersion = tls.VersionTLS11
		look(t, s.URL, hc)
	})
	t.Run("a transport that tells", func(t *testing.T) {
		look(t, "https://client.cinetpay.test", &http.Client{Transport: leakyTransport{}})
	})
}

// look makes each call and searches its result for secrets.
func look(t *testing.T, base string, hc *http.Client, before ...func()) {
	t.Helper()
	l := newLeaks(t)
	var records bytes.Buffer
	opts := []wapay.Option{
		wapay.WithBaseURL(base), wapay.WithMaxRetries(0), wapay.WithTimeout(200 * time.Millisecond),
		wapay.WithLogger(slog.New(slog.NewJSONHandler(&records, nil))),
	}
	if hc != nil {
		opts = append(opts, wapay.WithHTTPClient(hc))
	}
	c, err := cinetpay.New(secretKeys, opts...)
	require.NoError(t, err)
	if before != nil {
		_, _ = c.Balance(bg, wapay.XOF)
		before[0]()
	}
	for name, fn := range calls(t) {
		_, err := fn(bg, c)
		require.Error(t, err, name)
		l.Chain(name, err)
		assert.NotContains(t, err.Error(), "/transfer/", name)
		assert.NotContains(t, err.Error(), "token=", name)
	}
	l.Text("log", records.String())
}

// leakyTransport answers a login with a token. Its error for any other request
// holds that request.
type leakyTransport struct{}

func (leakyTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/auth/login") {
		return reply(200, fmt.Sprintf(`{"code":0,"data":{"token":%q}}`, secretToken))(r)
	}
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	return nil, &url.Error{Op: r.Method, URL: r.URL.String(), Err: fmt.Errorf("sent %s, %s: %w", r.URL, body, errors.Join(
		io.ErrUnexpectedEOF, errors.New(r.URL.RawQuery)))}
}
