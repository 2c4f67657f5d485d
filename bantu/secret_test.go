package bantu_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/bantu"
)

// newKeys are those that the server of these tests gives a new application.
var newKeys = []string{"pk_test_new-1a", "sk_test_new-2b", "pk_live_new-3c", "sk_live_new-4d"}

func secrets() []string {
	all := append([]string{string(goodConfig.ClientSecret), string(goodConfig.Token)}, newKeys...)
	for _, key := range []string{accountKey, secretKey, publicKey} {
		all = append(all, key, base64.StdEncoding.EncodeToString([]byte(key+":")))
	}
	return all
}

// leaks looks for secrets, and for the forms that they have in a URL, in JSON and in Java's JSON.
type leaks struct {
	t *testing.T
}

func (l leaks) text(where, s string) {
	l.t.Helper()
	for _, secret := range secrets() {
		quoted, _ := json.Marshal(secret)
		inJSON := strings.Trim(string(quoted), `"`)
		for _, form := range []string{secret, url.QueryEscape(secret), inJSON, strings.ReplaceAll(inJSON, "/", `\/`)} {
			if strings.Contains(s, form) {
				l.t.Errorf("%s shows the secret %q: %.200q", where, form, s)
				return
			}
		}
	}
}

func (l leaks) value(where string, v any) {
	l.t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		l.text(where+" "+verb, fmt.Sprintf(verb, v))
	}
	if data, err := json.Marshal(v); err == nil {
		l.text(where+" in JSON", string(data))
	}
}

func (l leaks) chain(where string, err error) {
	l.t.Helper()
	for err != nil {
		l.value(fmt.Sprintf("%s, %T", where, err), err)
		var e *wapay.Error
		if errors.As(err, &e) && error(e) == err {
			l.text(where+" body", string(e.Body))
			l.value(where+" fields", []string{e.Message, e.Code, e.RequestID})
		}
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, err := range many.Unwrap() {
				l.chain(where, err)
			}
			return
		}
		err = errors.Unwrap(err)
	}
}

// echo answers with all that it was sent, and to who makes an application with new keys in every corner.
func echo(mode string, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		all := fmt.Sprintf("%s %s %v %s", r.Method, r.URL, r.Header, body)
		w.Header().Set("X-Request-Id", r.Header.Get("Authorization"))
		keys := []string{"a", "b", "c", "d"}
		if strings.HasSuffix(r.URL.Path, "/applications") {
			keys = newKeys
			all += " " + strings.Join(keys, " ")
		}
		inJSON := func(v any) string {
			data, _ := json.Marshal(v)
			return string(data)
		}
		out := all
		switch mode {
		case "refusal":
			out = inJSON(map[string]any{"kind": "BadRequestException", "message": all, "traceId": all, "status": 400})
		case "made":
			out = inJSON(map[string]any{
				"accountId": all, "message": all, "status": all, keys[0]: all, "extra": []any{all, map[string]any{"deep": keys}},
				"application": map[string]any{"id": "x", "name": all, "description": keys[1], "pkTest": keys[0], "skTest": keys[1], "pkLive": keys[2], "skLive": keys[3]},
			})
		case "cut":
			out = inJSON(map[string]any{"application": map[string]any{"id": "x", "skTest": keys[1], "echo": all}})
			w.Header().Set("Content-Length", "100000")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, out)
	}
}

// A server that gives everything back, in every way, makes the client show nothing.
func TestSecretsStaySecret(t *testing.T) {
	for mode, statuses := range map[string][]int{
		"raw": {200, 204, 301, 400, 401, 404, 429, 500}, "refusal": {200, 400, 401, 404, 409, 500}, "made": {200, 201, 400, 500}, "cut": {200, 400, 500},
	} {
		for _, status := range statuses {
			t.Run(fmt.Sprint(mode, " ", status), func(t *testing.T) {
				t.Parallel()
				l := leaks{t}
				s := httptest.NewServer(echo(mode, status))
				defer s.Close()
				var log bytes.Buffer
				c, err := bantu.New(creds, wapay.WithBaseURL(s.URL), wapay.WithMaxRetries(0),
					wapay.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
				require.NoError(t, err)
				for name, fn := range calls {
					got, err := fn(context.Background(), c)
					if err != nil {
						l.chain(name, err)
						continue
					}
					l.value(name, got)
					switch got := got.(type) {
					case *bantu.Application:
						l.text(name+" Raw", string(got.Raw))
						assert.Equal(t, newKeys[1], string(got.SecretTest))
					case *bantu.Account:
						l.text(name+" Raw", string(got.Raw))
					case *bantu.Answer:
						l.text(name+" Raw", string(got.Raw))
					}
				}
				assert.NotZero(t, log.Len())
				l.text("log", log.String())
			})
		}
	}
}

func TestSecretsInClientAndCredentials(t *testing.T) {
	c, err := bantu.New(creds)
	require.NoError(t, err)
	l := leaks{t}
	l.value("client", c)
	l.value("*client", *c)
	l.value("a struct with a client", struct{ C *bantu.Client }{c})
	l.value("credentials", creds)
	l.value("configuration", &goodConfig)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("made", "client", c, "credentials", creds, "config", goodConfig)
	l.text("log", log.String())
	_, err = bantu.New(bantu.Credentials{AccountKey: secretKey, SecretKey: publicKey, PublicKey: accountKey + "\n"})
	l.chain("New", err)
	_, err = c.ConfigurePartner(context.Background(), bantu.OrangeMoney, bantu.PartnerConfig{ClientSecret: " " + goodConfig.ClientSecret})
	l.chain("ConfigurePartner", err)
}

// Whatever a server answers, a call ends in a result or in an error that makes sense, and shows no key of its own kind.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{"", conflict, application, `{"application":` + application + `}`, `{"status":"UP"}`, `{"accountId":1}`, "<html>", "null"} {
		f.Add(200, []byte(body))
		f.Add(400, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			t.Skip()
		}
		for name, fn := range calls {
			c, _ := newMock(t, creds, status, string(body))
			got, err := fn(context.Background(), c)
			var e *wapay.Error
			switch {
			case err == nil:
				data, err := json.Marshal(got)
				require.NoError(t, err, name)
				if strings.HasPrefix(name, "Create") {
					assert.NotContains(t, string(data), "sk_live_3", name)
				}
			case !errors.As(err, &e):
				t.Errorf("%s: %T", name, err)
			case e.Outcome == wapay.OutcomeNotSent, e.Outcome == wapay.OutcomeRejected && status >= 500:
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
