package call_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// echoes holds the forms in which a server may echo a request.
var echoes = map[string]func(text string) string{
	"plain":         func(s string) string { return s },
	"in a URL":      url.QueryEscape,
	"in a path":     url.PathEscape,
	"in JSON":       mustJSON,
	"in PHP's JSON": phpJSON,
	"quoted":        func(s string) string { return mustJSON(mustJSON(s)) },
	"quoted by PHP": func(s string) string { return phpJSON(mustJSON(s)) },
	"PHP's, quoted": func(s string) string { return phpJSON(phpJSON(s)) },
}

func phpJSON(s string) string { return strings.ReplaceAll(mustJSON(s), "/", `\/`) }

func mustJSON(s string) string {
	js, _ := json.Marshal(s)
	return strings.Trim(string(js), `"`)
}

// TestEchoedSecrets checks that no echoed secret is shown, from any body,
// header or status line.
func TestEchoedSecrets(t *testing.T) {
	t.Parallel()
	bodies := map[string]func(all string) string{
		"verdict": func(all string) string {
			return `{"code":"` + all + `","message":"` + all + `","field":"` + all + `","trace":["` + all + `"]}`
		},
		"result":      func(all string) string { return `{"id":"tx-1","trace":"` + all + `"}` },
		"broken JSON": func(all string) string { return `{"id":"` + all + `"` },
		"wrong JSON":  func(all string) string { return `{"id":{"` + all + `":1}}` },
		"HTML":        func(all string) string { return `<html><body>` + all + `</body></html>` },
	}
	for _, status := range []int{200, 201, 301, 400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503} {
		for kind, body := range bodies {
			for form, write := range echoes {
				t.Run(fmt.Sprintf("%d %s %s", status, kind, form), func(t *testing.T) {
					t.Parallel()
					log := &recorder{}
					p := newPeer(t, func(x *exchange) {
						echo := x.req.Header.Get("X-Api-Key") + " " + x.req.URL.Query().Get("token") + " " + x.req.Header.Get("X-Signature")
						all := body(write(echo))
						x.send("HTTP/1.1 %d %s\r\nX-Echo: %s\r\nWWW-Authenticate: %s\r\nContent-Length: %d\r\n\r\n%s",
							status, echo, echo, echo, len(all), all)
						x.keep = true
					})
					c := newClient(t, p.url, wapay.WithLogger(log.logger()), wapay.WithMaxRetries(0))
					var out struct {
						ID string `json:"id"`
					}
					resp, err := c.Do(context.Background(), newRequest(call.Write), &out)
					if err == nil {
						require.Equal(t, "result", kind)
						requireNoSecret(t, "the body", string(resp.Body))
						assert.Contains(t, string(resp.Body), "[redacted]")
					} else {
						for name, text := range secretForms(err) {
							requireNoSecret(t, name, text)
						}
						var e *wapay.Error
						require.ErrorAs(t, err, &e)
						assert.Contains(t, string(e.Body), "[redacted]")
						assert.NotContains(t, e.Error(), queryMark)
						assert.NotContains(t, e.Error(), bodyMark)
					}
					requireQuiet(t, log.String())
				})
			}
		}
	}
}

// TestSecretInRequestID checks that an id from a header shows no secret.
func TestSecretInRequestID(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name, id, body string
		status         int
	}{
		{"of a refusal", apiKey, verdictJSON, 400},
		{"of a broken answer", "id " + queryToken, errorPage, 502},
		{"of a good status", "id " + apiKey, errorPage, 200},
		{"that is long", strings.Repeat("i", 128-len(apiKey)/2) + apiKey, verdictJSON, 400},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, answering(x.status, x.body, "X-Request-Id: "+x.id))
			_, err := do(newClient(t, p.url, wapay.WithMaxRetries(0)), call.Write)
			require.Error(t, err)
			for name, text := range secretForms(err) {
				requireNoSecret(t, name, text)
				assert.NotContains(t, text, apiKey[:6], name)
			}
		})
	}
}

// TestCodeInRequestID has an answer whose header echoes a one-time code.
func TestCodeInRequestID(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400, 502} {
		p := newPeer(t, answering(status, errorPage, "X-Request-Id: otp-904417"))
		ctx := call.Start(context.Background(), "Pay", nil)
		call.HideCode(ctx, "904417")
		_, err := newClient(t, p.url, wapay.WithMaxRetries(0)).Do(ctx, newRequest(call.Write), new(result))
		require.Error(t, err)
		for name, text := range secretForms(err) {
			assert.NotContains(t, text, "904417", name)
		}
	}
}

// TestSecretBehindAnEscape checks a secret that only shows after decoding.
func TestSecretBehindAnEscape(t *testing.T) {
	t.Parallel()
	hidden := fmt.Sprintf(`\u%04x`, apiKey[0]) + apiKey[1:]
	p := newPeer(t, answering(400, `{"code":"`+hidden+`","message":"`+hidden+`","field":"`+hidden+`"}`))
	_, err := do(newClient(t, p.url), call.Write)
	var e *wapay.Error
	require.ErrorAs(t, err, &e)
	for _, text := range []string{e.Code, e.Message, e.Details[0].Field, e.Details[0].Message} {
		assert.Equal(t, "[redacted]", text)
	}
	requireNoSecret(t, "the error", e.Error())
}

// TestTruncatedSecret checks an answer that ends in the middle of a secret.
func TestTruncatedSecret(t *testing.T) {
	t.Parallel()
	for _, start := range []string{apiKey[:8], fmt.Sprintf(`\u%04x`, apiKey[0]) + apiKey[1:8]} {
		for _, rest := range []string{"", apiKey[8 : len(apiKey)-3], apiKey[8:], apiKey[8:] + ` "and`} {
			p := newPeer(t, func(x *exchange) {
				x.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 1000\r\n\r\nkey=%s", start+rest)
			})
			_, err := do(newClient(t, p.url), call.Write)
			var e *wapay.Error
			require.ErrorAs(t, err, &e)
			assert.NotContains(t, string(e.Body), apiKey[1:8], start+rest)
			assert.Contains(t, string(e.Body), "key=[redacted]", start+rest)
		}
	}
}

// TestSecretsWithEscapes are passwords in which the forms of escaping meet.
func TestSecretsWithEscapes(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ name, secret, echo string }{
		{"quote", `pass"word/1`, `pass\"word\/1`},
		{"quote as an escape", `pass"word/1`, `pass\u0022word\/1`},
		{"backslash as an escape", `pass\word&1`, `pass\u005Cword\u00261`},
		{"ampersand", "pass&word1", "pass&word1"},
		{"ampersand in Go's JSON", "pass&word1", `pass\u0026word1`},
		{"accent", "motdepassé", "motdepassé"},
		{"slash and ampersand in PHP's JSON", "pass/word&1", `pass\/word&1`},
		{"quote and ampersand in plain JSON", `pass"word&1`, `pass\"word&1`},
		{"accent in PHP's JSON", "motdepassé", `motdepass\u00e9`},
		{"accent in JSON with capital digits", "motdepassé", `motdepass\u00E9`},
		{"small letters in a URL", "pass/word+1", "pass%2fword%2b1"},
		{"escapes that a URL does not need", "password-1/2", "%70assw%6frd%2D%31%2f2"},
		{"escapes that a URL does not need, in JSON", "password-1", `%70assw\u006frd%2D1`},
		{"base64", "motdepassé~~??1", base64.StdEncoding.EncodeToString([]byte("motdepassé~~??1"))},
		{"base64 without padding", "password12", base64.RawStdEncoding.EncodeToString([]byte("password12"))},
		{"base64 of URLs", "motdepassé~~??1", base64.RawURLEncoding.EncodeToString([]byte("motdepassé~~??1"))},
		{"base64 of a pair", "password", base64.StdEncoding.EncodeToString([]byte("password"))[:8]},
		{"base64 as a secret, without padding", "c2VjcmV0Og==", "c2VjcmV0Og"},
		{"HTML", `pass"word&1`, "pass&#34;word&amp;1"},
		{"ampersand in Go's JSON, quoted", "pass&word1", `pass\\u0026word1`},
		{"quote in JSON, quoted", `pass"word1`, `pass\\\"word1`},
		{"slash in PHP's JSON, quoted by PHP", "pass/word1", `pass\\\/word1`},
		{"accent in PHP's JSON, quoted", "motdepassé", `motdepass\\u00e9`},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, answering(400, `{"code":"E1","trace":"`+x.echo+`"}`))
			r := newRequest(call.Write)
			r.Secrets = []wapay.Secret{wapay.Secret(x.secret)}
			_, err := newClient(t, p.url).Do(context.Background(), r, new(result))
			var e *wapay.Error
			require.ErrorAs(t, err, &e)
			assert.NotContains(t, string(e.Body), x.echo)
			assert.Contains(t, string(e.Body), "[redacted]")
		})
	}
}

// TestTransportsThatShowTheURL checks that an error does not show the query
// from a RoundTripper's error.
func TestTransportsThatShowTheURL(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name string
		err  func(*http.Request) error
	}{
		{"url.Error", func(r *http.Request) error {
			return &url.Error{Op: "Post", URL: r.URL.String(), Err: errPlain}
		}},
		{"url.Error, wrapped", func(r *http.Request) error {
			return fmt.Errorf("proxy: %w", &url.Error{Op: "Post", URL: r.URL.String(), Err: errPlain})
		}},
		{"url.Error, twice", func(r *http.Request) error {
			return &url.Error{Op: "Post", URL: r.URL.String(), Err: &url.Error{Op: "Get", URL: r.URL.String(), Err: errPlain}}
		}},
		{"url.Error, joined", func(r *http.Request) error {
			return errors.Join(errPlain, &url.Error{Op: "Post", URL: r.URL.String(), Err: errPlain})
		}},
		{"headers", func(r *http.Request) error { return fmt.Errorf("sent %v: %w", r.Header, errPlain) }},
		{"headers, joined", func(r *http.Request) error {
			return errors.Join(errPlain, fmt.Errorf("sent %v", r.Header))
		}},
		{"text with the URL", func(r *http.Request) error { return fmt.Errorf("cannot reach %s", r.URL) }},
		{"text with the query", func(r *http.Request) error {
			return fmt.Errorf("cannot reach %q: %w", r.URL.RequestURI(), errPlain)
		}},
		{"text of a url.Error", func(r *http.Request) error {
			return errors.New((&url.Error{Op: "Post", URL: r.URL.String(), Err: errPlain}).Error())
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			log := &recorder{}
			opts := through(roundTripper(func(r *http.Request) (*http.Response, error) { return nil, x.err(r) }))
			c := newClient(t, "https://api.provider.invalid", append(opts, wapay.WithMaxRetries(0), wapay.WithLogger(log.logger()))...)
			_, err := do(c, call.Write)
			requireError(t, err, wantError{outcome: wapay.OutcomeUnknown, kind: wapay.ErrUnavailable, attempts: 1})
			requireQuiet(t, log.String())
		})
	}
}

// TestClientIsNotPrinted checks that a printed client shows no secret.
func TestClientIsNotPrinted(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"%v", "%+v", "%#v", "%d", "%s", "%q"} {
		t.Run(verb, func(t *testing.T) {
			c := newClient(t, "https://api.provider.invalid")
			requireNoSecret(t, "pointer", fmt.Sprintf(verb, c))
			requireNoSecret(t, "value", fmt.Sprintf(verb, *c))
			requireNoSecret(t, "field", fmt.Sprintf(verb, struct{ c *call.Client }{c}))
		})
	}
}

// TestSecretBehindAnEscapeInAResult checks that decoding a scrubbed answer does
// not reveal a secret.
func TestSecretBehindAnEscapeInAResult(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ sent, want string }{
		{fmt.Sprintf(`\u%04x`, apiKey[0]) + apiKey[1:], "[redacted]"},
		{fmt.Sprintf(`\u%04X`, apiKey[1]) + "-", string(apiKey[1]) + "-"}, // no secret: left as it came
		{`\\u0041` + apiKey, `\u0041[redacted]`},
		{`\u0022` + fmt.Sprintf(`\u%04x`, apiKey[0]) + apiKey[1:] + `\u005c`, `"[redacted]\`},
		{`\u00zz`, ""},
	} {
		p := newPeer(t, answering(200, `{"id":"`+x.sent+`"}`))
		var out result
		resp, err := newClient(t, p.url).Do(context.Background(), newRequest(call.Write), &out)
		if x.want == "" {
			require.ErrorIs(t, err, wapay.ErrDecode)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, x.want, out.ID, x.sent)
		assert.NotContains(t, string(resp.Body), apiKey[1:])
	}
}
