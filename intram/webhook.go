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
	// Secret verifies the notifications: give it to package ipn. Only the
	// answer to CreateWebhook has it, so store it at once.
	Secret    wapay.Secret
	CreatedAt time.Time // date or created_at
	// Replayed reports that this is the first answer to CreateWebhook with the
	// same idempotency key.
	Replayed bool
	Raw      wapay.Raw // without the Secret
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
		CreatedAt: cmp.Or(w.Date, w.CreatedAt).Time, Raw: withoutSecret(data, wapay.Secret(w.Secret)),
	}, nil
}

// withoutSecret returns the answer without the secret. It returns nil if the
// answer spells the secret in another way.
func withoutSecret(answer []byte, secret wapay.Secret) wapay.Raw {
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
	Event string // event: "payout.completed" and so on, "payout.*" for all of a kind, or "*" for all
	// IdempotencyKey replaces the key derived from Event and URL: 8 to 128
	// letters, digits, _ and -. Set it to subscribe again within 24 hours after
	// a deletion. With the same key, the provider would repeat its first answer
	// with the deleted subscription.
	IdempotencyKey string
}

type webhookBody struct {
	URL   string `json:"url"`
	Event string `json:"event"`
}

// CreateWebhook subscribes to notifications: POST webhooks. Only its answer has
// the Secret. The same call again within 24 hours gets the same answer.
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
	w.Replayed, w.Raw = isReplay(resp), withoutSecret(resp.Body, w.Secret)
	if w.Secret == "" {
		w.Raw = nil // another member may have the secret
		if !w.Replayed {
			return nil, call.WithoutBody(c.in().calls.Undecodable(request, resp,
				errors.New("a new webhook without secret")))
		}
	}
	return w, nil
}

// Webhooks lists the subscriptions: GET webhooks. None of them has its Secret.
func (c *Client) Webhooks(ctx context.Context) (*Page[Webhook], error) {
	page, err := list(ctx, c, "Webhooks", 0, nil, nil, readWebhook)
	return page, call.WithoutBody(err)
}

// okAnswer is an answer without data.
type okAnswer struct {
	Error   *loose.Bool  `json:"error"`
	Message loose.String `json:"message"`
}

// Check accepts only the provider's envelope.
func (d *okAnswer) Check() error {
	wrong := d.Error != nil && bool(*d.Error) || d.Error == nil && d.Message == ""
	return call.FailIf(wrong, "not the answer to a deletion or a test")
}

// DeleteWebhook ends a subscription: DELETE webhooks/:subscription_id.
//
// As documented, the request has no idempotency key. The client repeats it all
// the same, because a second deletion does no harm. A repeated attempt that
// finds no subscription is a success.
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	ctx, err := c.startWebhook(ctx, "DeleteWebhook", id)
	if err != nil {
		return err
	}
	r := &call.Request{Effect: call.IdempotentWrite, Method: http.MethodDelete, Path: call.Path("webhooks", id)}
	_, err = c.in().do(ctx, r, "", &okAnswer{})
	var e *wapay.Error
	if errors.As(err, &e) && e.Attempts > 1 && e.Kind == wapay.ErrNotFound {
		return nil
	}
	return err
}

// TestWebhook asks the provider to send the notification test.ping: POST
// webhooks/:subscription_id/test. Each call has a random idempotency key, so
// each call sends a notification.
func (c *Client) TestWebhook(ctx context.Context, id string) error {
	ctx, err := c.startWebhook(ctx, "TestWebhook", id)
	if err != nil {
		return err
	}
	r, err := c.newWrite(ctx, "", call.Path("webhooks", id, "test"), nil, struct{}{})
	if err == nil {
		_, err = c.in().do(ctx, r, randomKey("webhook_test"), &okAnswer{})
	}
	return err
}

// startWebhook begins a method for the subscription with an id.
func (c *Client) startWebhook(ctx context.Context, op, id string) (context.Context, error) {
	var bad check.Fields
	bad.ID("ID", id)
	ctx = call.Start(ctx, op, nil)
	return ctx, c.in().calls.Check(ctx, call.IdempotentWrite, "", bad)
}
