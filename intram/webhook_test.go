package intram_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/intram"
)

func goodWebhook() intram.WebhookRequest {
	return intram.WebhookRequest{URL: "https://shop.example/hook", Event: "payout.*"}
}

const (
	hookSecret = "whsec_0123456789abcdef"
	aHook      = `{"subscription_id":"whs_1","url":"https://shop.example/hook","event":"payout.*","date":"2026-05-20T10:30:00.000Z"`
)

func TestCreateWebhook(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, data(201, aHook+`,"secret":"`+hookSecret+`"}`))
	w, err := c.CreateWebhook(ctx, goodWebhook())
	require.NoError(t, err)
	m.assertRequest("POST", "/webhooks", deriveKey("webhook", "payout.* https://shop.example/hook"),
		`{"url":"https://shop.example/hook","event":"payout.*"}`)
	assert.JSONEq(t, `{"error":false,"http_status":201,"data":`+aHook+`,"secret":"[redacted]"}}`, string(w.Raw))
	testkit.Held(testkit.Leaks{T: t, Secrets: []string{hookSecret}}, "webhook", w)
	w.Raw = nil
	assert.Equal(t, &intram.Webhook{
		ID: "whs_1", URL: "https://shop.example/hook", Event: "payout.*", Secret: hookSecret, CreatedAt: at("2026-05-20T10:30:00Z"),
	}, w)

	// The client does not show the secret in another spelling either.
	c, _ = newMock(t, data(201, aHook+`,"secret":"\u0077hsec_0123456789abcdef"}`))
	w, err = c.CreateWebhook(ctx, goodWebhook())
	require.NoError(t, err)
	assert.Equal(t, wapay.Secret(hookSecret), w.Secret)
	assert.Nil(t, w.Raw)

	c, _ = newMock(t, data(201, aHook+`}`))
	_, err = c.CreateWebhook(ctx, goodWebhook())
	failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
	assert.ErrorContains(t, err, "without secret")

	c, _ = newMock(t, func(r *http.Request) (*http.Response, error) {
		resp, err := data(201, aHook+`}`)(r)
		resp.Header.Set("Idempotent-Replay", "true")
		return resp, err
	})
	w, err = c.CreateWebhook(ctx, goodWebhook())
	require.NoError(t, err)
	assert.True(t, w.Replayed)
}

// An unreadable answer may hold the secret.
func TestCreateWebhookErrorShowsNoSecret(t *testing.T) {
	for _, body := range []string{
		`{"error":false,"data":{"secret":"` + hookSecret + `"`, `{"error":false,"data":{"secret":"` + hookSecret + `"}}`,
		hookSecret,
	} {
		c, _ := newMock(t, reply(201, body))
		_, err := c.CreateWebhook(context.Background(), goodWebhook())
		e := failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
		text, _ := json.Marshal(e)
		assert.NotContains(t, fmt.Sprintf("%s %v %+v %#v %s", e.Body, e, *e, e, text), hookSecret)
	}
}

func TestWebhooks(t *testing.T) {
	c, m := newMock(t, data(200, `[`+aHook+`},{"subscription_id":"whs_2","url":null,"event":"*","secret":"`+hookSecret+`"}]`))
	got, err := c.Webhooks(context.Background())
	require.NoError(t, err)
	m.assertRequest("GET", "/webhooks", "", "")
	require.Len(t, got.Items, 2)
	assert.NotContains(t, string(got.Items[1].Raw), hookSecret)
	got.Items[0].Raw, got.Items[1].Raw = nil, nil
	assert.Equal(t, []intram.Webhook{
		{ID: "whs_1", URL: "https://shop.example/hook", Event: "payout.*", CreatedAt: at("2026-05-20T10:30:00Z")},
		{ID: "whs_2", Event: "*", Secret: hookSecret},
	}, got.Items)
}

func TestDeleteWebhook(t *testing.T) {
	ctx := context.Background()
	const deleted = `{"error":false,"http_status":200,"message":"Deleted"}`
	c, m := newMock(t, reply(200, deleted))
	require.NoError(t, c.DeleteWebhook(ctx, "whs/1"))
	m.assertRequest("DELETE", "/webhooks/whs%2F1", "", "")

	c, m = newMock(t, reply(502, "<html>"), refusal(404, "subscription_not_found", "No"))
	require.NoError(t, c.DeleteWebhook(ctx, "whs_1"), "the attempt before had deleted it")
	require.Len(t, m.Requests, 2)
	m.nth(1, "DELETE", "/webhooks/whs_1", "", "")

	c, _ = newMock(t, refusal(404, "subscription_not_found", "No"))
	failure(t, c.DeleteWebhook(ctx, "whs_1"), wapay.ErrNotFound, wapay.OutcomeRejected)
}

func TestTestWebhook(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, reply(502, ""), data(202, `{"event":"test.ping"}`))
	require.NoError(t, c.TestWebhook(ctx, "whs_1"))
	require.NoError(t, c.TestWebhook(ctx, "whs_1"))
	require.Len(t, m.Requests, 3)
	var keys []string
	for _, r := range m.Requests {
		assert.Equal(t, mockBase+"/webhooks/whs_1/test", r.URL.String())
		assert.Equal(t, "{}", r.Body)
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		assert.Regexp(t, `^wapay-webhook_test-[0-9a-f]{32}$`, keys[len(keys)-1])
	}
	assert.Equal(t, keys[0], keys[1], "one call has one key")
	assert.NotEqual(t, keys[1], keys[2], "each call sends a ping")
}

// The client prints and logs no key, even if the provider echoes it.
func TestSecretsAreNotShown(t *testing.T) {
	echo := `{"error":true,"code":"validation_error ` + secretKey + `","message":"bad ` + publicKey + ` and ` + secretKey + `",
		"details":[{"path":"` + secretKey + `","msg":"` + publicKey + `"}]}`
	for _, keys := range []intram.Credentials{sandboxKeys} {
		for _, status := range []int{200, 400, 500} {
			for name, fn := range calls(t) {
				var log strings.Builder
				_, m := newMock(t, reply(status, echo))
				c := m.client(keys, wapay.WithMaxRetries(0), wapay.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
				_, err := fn(context.Background(), c)
				require.Error(t, err)
				var e *wapay.Error
				require.True(t, errors.As(err, &e))
				text, _ := json.Marshal(e)
				all := fmt.Sprintf("%v %+v %#v %s %q %s %s %v %+v %#v %v", err, e, *e, text, e.Body, e.Code, e.Message, e.Details, c, c, c) + log.String()
				assert.NotContains(t, all, secretKey, name)
				assert.NotContains(t, all, publicKey, name)
			}
		}
	}
	c, m := newMock(t)
	l := testkit.Leaks{T: t, Secrets: []string{secretKey, publicKey}}
	testkit.PrintsAs(l, c, "intram client for "+testkit.Base)
	testkit.Held(l, "client that waits", c.WithCheckoutWait(1))
	testkit.Held(l, "credentials", &sandboxKeys)
	testkit.NeedsClientAndContext(t, c)
	m.none()
}
