package intram

import (
	"bytes"
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
	// Secret verifies the notifications: give it to package ipn. It is in the answer to CreateWebhook and never
	// again, so store it at once.
	Secret    wapay.Secret
	CreatedAt time.Time // date
	// Replayed: this is what CreateWebhook was answered the first time, under the same idempotency key.
	Replayed bool
	Raw      json.RawMessage // with the Secret blotted out
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (w Webhook) Format(f fmt.State, _ rune) { redact.Format(f, w) }

type wireWebhook struct {
	ID     loose.String `json:"subscription_id"`
	URL    loose.String `json:"url"`
	Event  loose.String `json:"event"`
	Secret loose.String `json:"secret"`
	Date   loose.Time   `json:"date"`
}

// Check is what a subscription needs in order to be of use.
func (w *wireWebhook) Check() error {
	if w.ID == "" {
		return errors.New("a webhook without subscription_id")
	}
	return nil
}

func (w *wireWebhook) value(raw json.RawMessage) (Webhook, error) {
	secret := wapay.Secret(w.Secret)
	if secret != "" {
		blotted := bytes.ReplaceAll(raw, []byte(secret), []byte(secret.String()))
		if bytes.Equal(blotted, raw) { // it is there in another spelling
			blotted = nil
		}
		raw = blotted
	}
	return Webhook{
		ID: string(w.ID), URL: string(w.URL), Event: string(w.Event), Secret: secret, CreatedAt: w.Date.Time, Raw: raw,
	}, nil
}

// WebhookRequest subscribes to notifications.
type WebhookRequest struct {
	URL   string // url, https
	Event string // event: one as "payout.completed", all of a kind as "payout.*", or "*"
	// IdempotencyKey replaces the key derived from Event and URL: 8 to 128 letters, digits, _ and -. It is needed
	// in order to subscribe again within 24 hours after the subscription was deleted: under the same key the
	// provider repeats its first answer, and the subscription in that is gone.
	IdempotencyKey string
}

type webhookBody struct {
	URL   string `json:"url"`
	Event string `json:"event"`
}

// CreateWebhook subscribes to notifications: POST webhooks. The answer is the only one that has the Secret; a
// repeated call within 24 hours gets the same answer.
func (c *Client) CreateWebhook(ctx context.Context, r WebhookRequest) (*Webhook, error) {
	const op = "CreateWebhook"
	var bad check.Fields
	if r.URL == "" {
		bad.Add("URL", "is required")
	}
	bad.URL("URL", r.URL)
	bad.Word("Event", r.Event)
	checkKey(&bad, r.IdempotencyKey)
	if err := bad.Err(provider, op, ""); err != nil {
		return nil, err
	}
	var a answer[wireWebhook]
	key := c.key(r.IdempotencyKey, keyWebhook, r.Event+" "+r.URL)
	resp, err := c.post(ctx, op, "", "webhooks", key, webhookBody{r.URL, r.Event}, &a)
	if err != nil {
		return nil, withoutSecret(err)
	}
	if a.Data.Secret == "" && !replayed(resp) {
		lost := &call.Request{Op: op, Effect: call.IdempotentWrite}
		return nil, withoutSecret(c.calls.Undecodable(lost, resp, errors.New("a new webhook without secret")))
	}
	w, err := a.Data.value(resp.Body)
	if a.Data.Secret == "" {
		w.Raw = nil // it may be there under another name
	}
	w.Replayed = replayed(resp)
	return &w, err
}

// withoutSecret takes the body off an error of CreateWebhook: whatever the status, it may have the secret in it.
func withoutSecret(err error) error {
	var e *wapay.Error
	if errors.As(err, &e) {
		e.Body = nil
	}
	return err
}

// Webhooks lists the subscriptions: GET webhooks. None of them has its Secret.
func (c *Client) Webhooks(ctx context.Context) ([]Webhook, error) {
	page, err := list(ctx, c, "Webhooks", "webhooks", nil, (*wireWebhook).value)
	if err != nil {
		return nil, withoutSecret(err)
	}
	return page.Items, nil
}

// done is an answer of which only matters that it is one.
type done struct {
	Error   *loose.Bool  `json:"error"`
	Message loose.String `json:"message"`
}

// Check takes nothing but the provider's envelope for a yes.
func (d *done) Check() error {
	if d.Error != nil && bool(*d.Error) || d.Error == nil && d.Message == "" {
		return errors.New("not the answer to a deletion or a test")
	}
	return nil
}

// DeleteWebhook ends a subscription: DELETE webhooks/:subscription_id.
//
// It carries no idempotency key (V), and is sent again like a write that does, because nothing more can come of
// deleting twice than that there is nothing left to delete: a repeated attempt that finds nothing has done its work.
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	const op = "DeleteWebhook"
	if err := checkID(op, id); err != nil {
		return err
	}
	r := &call.Request{Op: op, Effect: call.IdempotentWrite, Method: http.MethodDelete, Path: "webhooks/" + element(id)}
	c.sign(r, "")
	_, err := c.calls.Do(ctx, r, &done{})
	var e *wapay.Error
	if errors.As(err, &e) && e.Attempts > 1 && e.Kind == wapay.ErrNotFound {
		return nil
	}
	return err
}

// TestWebhook has the provider send the notification test.ping: POST webhooks/:subscription_id/test. The idempotency
// key of each call is random, so that each sends one: no money depends on it.
func (c *Client) TestWebhook(ctx context.Context, id string) error {
	const op = "TestWebhook"
	if err := checkID(op, id); err != nil {
		return err
	}
	_, err := c.post(ctx, op, "", "webhooks/"+element(id)+"/test", randomKey(keyWebhookTest), struct{}{}, &done{})
	return err
}
