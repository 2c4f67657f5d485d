package bantu_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/bantu"
	"github.com/wapay-go/wapay/internal/testkit"
)

// newKeys are the keys that the tests' server gives to a new application.
var newKeys = []string{"pk_test_new-1a", "sk_test_new-2b", "pk_live_new-3c", "sk_live_new-4d"}

func secrets() []string {
	all := append([]string{string(goodConfig.ClientSecret), string(goodConfig.Token)}, newKeys...)
	for _, key := range []string{accountKey, secretKey, publicKey} {
		all = append(all, key, base64.StdEncoding.EncodeToString([]byte(key+":")))
	}
	return all
}

// echo answers with all that it got. To the creation of an application it adds
// new keys in all places.
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
		inJSON := testkit.JSON
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

// The client shows no secret of a server that echoes everything.
func TestSecretsStaySecret(t *testing.T) {
	for mode, statuses := range map[string][]int{
		"raw": {200, 204, 301, 400, 401, 404, 429, 500}, "refusal": {200, 400, 401, 404, 409, 500}, "made": {200, 201, 400, 500}, "cut": {200, 400, 500},
	} {
		for _, status := range statuses {
			t.Run(fmt.Sprint(mode, " ", status), func(t *testing.T) {
				t.Parallel()
				l := testkit.Leaks{T: t, Secrets: secrets()}
				s := httptest.NewServer(echo(mode, status))
				defer s.Close()
				logger, log := testkit.Logs()
				c, err := bantu.New(creds, wapay.WithBaseURL(s.URL), wapay.WithMaxRetries(0), logger)
				require.NoError(t, err)
				for name, fn := range calls {
					got, err := fn(context.Background(), c)
					if err != nil {
						l.Chain(name, err)
						continue
					}
					l.Value(name, got)
					switch got := got.(type) {
					case *bantu.Application:
						testkit.Held(l, name, got)
						l.Text(name+" Raw", string(got.Raw))
						assert.Equal(t, newKeys[1], string(got.SecretTest))
					case *bantu.Account:
						l.Text(name+" Raw", string(got.Raw))
					case *bantu.Answer:
						l.Text(name+" Raw", string(got.Raw))
					}
				}
				assert.NotZero(t, log.Len())
				l.Text("log", log.String())
			})
		}
	}
}

func TestSecretsInClientAndCredentials(t *testing.T) {
	c, err := bantu.New(creds)
	require.NoError(t, err)
	l := testkit.Leaks{T: t, Secrets: secrets()}
	testkit.PrintsAs(l, c, "bantu client for https://sandbox.bantu.dev")
	testkit.Held(l, "credentials", &creds)
	testkit.Held(l, "configuration", &goodConfig)
	_, err = bantu.New(bantu.Credentials{AccountKey: secretKey, SecretKey: publicKey, PublicKey: accountKey + "\n"})
	l.Chain("New", err)
	_, err = c.ConfigurePartner(context.Background(), bantu.OrangeMoney, bantu.PartnerConfig{ClientSecret: " " + goodConfig.ClientSecret})
	l.Chain("ConfigurePartner", err)
}

// Each answer of a server gives a result or a well-formed error, and neither
// shows a key.
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
