package intram

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
	"github.com/wapay-go/wapay/internal/redact"
)

// Webhook is a subscription to notifications.
type Webhook struct {
	ID    string // subscription_id
	URL   string // url
	Event string // event
	// Secret verifies the notifications: give it to package ipn. It is in the
	// answer to CreateWebhook and never again, so store it at once.
	Secret    wapay.Secret
	CreatedAt time.Time // date or created_at
	// Replayed reports that this is what CreateWebhook was answered the first
	// time, under the same idempotency key.
	Replayed bool
	Raw      wapay.Raw // with the Secret blotted out
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (w Webhook) Format(f fmt.State, _ rune) { redact.Format(f, w) }

func readWebhook(data json.RawMessage) (Webhook, error) {
	var w struct {
		ID        loose.String `json:"subscription_id"`
		URL       loose.String `json:"url"`
		Event     loose.String `json:"event"`
		Secret    loose.String `json:"secret"`
		Date      loose.Time   `json:"date"`
		CreatedAt loose.Time   `json:"created_at"`
	}
	if err := decode(data, &w, "a webhook without subscription_id", &w.ID); err != nil {
		return Webhook{}, err
	}
	return Webhook{
		ID: string(w.ID), URL: string(w.URL), Event: string(w.Event), Secret: wapay.Secret(w.Secret),
		CreatedAt: cmp.Or(w.Date, w.CreatedAt).Time, Raw: blot(data, wapay.Secret(w.Secret)),
	}, nil
}

// blot returns the answer without the secret, or nil if the secret is there in
// another spelling.
func blot(answer []byte, secret wapay.Secret) wapay.Raw {
	if secret == "" {
		return answer
	}
	blotted := bytes.ReplaceAll(answer, []byte(secret), []byte(secret.String()))
	if bytes.Equal(blotted, answer) {
		return nil
	}
	return blotted
}

// WebhookRequest subscribes to notifications.
type WebhookRequest struct {
	URL   string // url, https
	Event string // event: one such as "payout.completed", all of a kind such as "payout.*", or "*"
	// IdempotencyKey replaces the key derived from Event and URL: 8 to 128
	// letters, digits, _ and -. It is needed in order to subscribe again within
	// 24 hours after the subscription was deleted: under the same key the
	// provider repeats its first answer, and the subscription in that is gone.
	IdempotencyKey string
}

type webhookBody struct {
	URL   string `json:"url"`
	Event string `json:"event"`
}

// CreateWebhook subscribes to notifications: POST webhooks. The answer is the
// only one that has the Secret. A repeated call within 24 hours gets the same
// answer.
func (c *Client) CreateWebhook(ctx context.Context, r WebhookRequest) (*Webhook, error) {
	ctx = call.Start(ctx, "CreateWebhook", nil)
	var bad check.Fields
	if r.URL == "" {
		bad.Add("URL", "is required")
	}
	bad.URL("URL", r.URL)
	bad.Word("Event", r.Event)
	checkKey(&bad, r.IdempotencyKey)
	request, err := c.newWrite(ctx, "", "webhooks", bad, webhookBody{r.URL, r.Event})
	if err != nil {
		return nil, err
	}
	a := answer[Webhook]{read: readWebhook}
	resp, err := c.in().do(ctx, request, c.in().key(r.IdempotencyKey, "webhook", r.Event+" "+r.URL), &a)
	if err != nil {
		return nil, call.WithoutBody(err)
	}
	w := &a.value
	w.Replayed, w.Raw = replayed(resp), blot(resp.Body, w.Secret)
	if w.Secret == "" {
		w.Raw = nil // the secret may be there under another name
		if !w.Replayed {
			return nil, call.WithoutBody(c.in().calls.Undecodable(request, resp, errors.New("a new webhook without secret")))
		}
	}
	return w, nil
}

// Webhooks lists the subscriptions: GET webhooks. None of them has its Secret.
func (c *Client) Webhooks(ctx context.Context) (*Page[Webhook], error) {
	page, err := list(ctx, c, "Webhooks", 0, nil, nil, readWebhook)
	return page, call.WithoutBody(err)
}

// done is an answer that matters only by being one.
type done struct {
	Error   *loose.Bool  `json:"error"`
	Message loose.String `json:"message"`
}

// Check takes nothing but the provider's envelope for a yes.
func (d *done) Check() error {
	wrong := d.Error != nil && bool(*d.Error) || d.Error == nil && d.Message == ""
	return call.FailIf(wrong, "not the answer to a deletion or a test")
}

// DeleteWebhook ends a subscription: DELETE webhooks/:subscription_id.
//
// It carries no idempotency key, as documented, and is repeated like a write
// that does: nothing more can come of deleting twice than that nothing is left
// to delete. A repeated attempt that finds nothing has done its work.
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	ctx, err := c.startWebhook(ctx, "DeleteWebhook", id)
	if err != nil {
		return err
	}
	r := &call.Request{Effect: call.IdempotentWrite, Method: http.MethodDelete, Path: call.Path("webhooks", id)}
	_, err = c.in().do(ctx, r, "", &done{})
	var e *wapay.Error
	if errors.As(err, &e) && e.Attempts > 1 && e.Kind == wapay.ErrNotFound {
		return nil
	}
	return err
}

// TestWebhook has the provider send the notification test.ping: POST
// webhooks/:subscription_id/test. The idempotency key of each call is random,
// so that each sends one: no money depends on it.
func (c *Client) TestWebhook(ctx context.Context, id string) error {
	ctx, err := c.startWebhook(ctx, "TestWebhook", id)
	if err != nil {
		return err
	}
	r, err := c.newWrite(ctx, "", call.Path("webhooks", id, "test"), nil, struct{}{})
	if err == nil {
		_, err = c.in().do(ctx, r, randomKey("webhook_test"), &done{})
	}
	return err
}

// startWebhook begins a method that changes the subscription with an id.
func (c *Client) startWebhook(ctx context.Context, op, id string) (context.Context, error) {
	var bad check.Fields
	bad.ID("ID", id)
	ctx = call.Start(ctx, op, nil)
	return ctx, c.in().calls.Check(ctx, call.IdempotentWrite, "", bad)
}
