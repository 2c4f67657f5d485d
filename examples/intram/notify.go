package main

import (
	"context"
	"fmt"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/intram"
	"github.com/wapay-go/wapay/ipn"
)

// serve starts to receive what is signed with the secret. In a shop this would be one more route of the server
// that is there already, on https. With the store each event of an operation's is acted on once, whatever the delivery
// is called: its id is not signed.
func (s *shop) serve(secret wapay.Secret) error {
	handler, err := ipn.NewHandler(ipn.Intram(secret), s.inbox.Receive,
		ipn.WithStore(ipn.NewMemoryStore())) // forgets when the program ends; a shop takes ipn.NewSQLStore
	if err != nil {
		return err
	}
	s.inbox.Handle("/", handler) // any path: INTRAM_WEBHOOK_URL may have one
	return nil
}

// hear waits for the notification of that name about an operation, or about any if id is "".
func (s *shop) hear(ctx context.Context, id, name string) (*ipn.Event, error) {
	e, err := s.inbox.Wait(ctx, func(e *ipn.Event) bool { return e.Name == name && (id == "" || id == e.ID) })
	if err != nil {
		return nil, fmt.Errorf("no notification %s: %w", name, err)
	}
	return e, nil
}

// subscribe has Intram send everything to the inbox, starts to receive it, and has a first notification sent
// for a test.
func (s *shop) subscribe(ctx context.Context) (string, error) {
	url := s.in.webhook
	if url == "" {
		url = s.inbox.URL + "/intram"
	}
	var err error
	s.webhook, err = s.client.CreateWebhook(ctx, intram.WebhookRequest{
		URL: url, Event: "*",
		// A shop subscribes once, and needs no key. This program ends its subscription: under the derived key
		// the next run would be told, for 24 hours, of the one that is gone.
		IdempotencyKey: "example-" + time.Now().UTC().Format("20060102-150405"),
	})
	if err != nil {
		return "", err
	}
	// The secret is shown this once: a shop stores it. It is another than the secret key of the API.
	if err := s.serve(s.webhook.Secret); err != nil {
		return "", err
	}
	if err := s.client.TestWebhook(ctx, s.webhook.ID); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	e, err := s.hear(ctx, "", "test.ping")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("to all, at %s\n%s came, signed", url, e.Name), nil
}

func (s *shop) receiveNotifications(ctx context.Context) (string, error) {
	if s.sandbox == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Minute)
		defer cancel()
	}
	n := 0
	for _, o := range s.orders {
		for _, want := range o.want {
			e, err := s.hear(ctx, o.id, want.event)
			if err != nil {
				return "", fmt.Errorf("%s: %w", o.reference, err)
			}
			if err := o.check(e, want); err != nil {
				return "", err
			}
			if o.status.MayBecome(e.Status) { // mostly we have asked meanwhile, and know more
				o.status = e.Status
			}
			o.got = append(o.got, want.event)
			n++
		}
	}
	return fmt.Sprintf("%d over HTTP, each signed by Intram and about an order of ours", n), nil
}

// check compares a notification with the order. The signature says who sent it, not that it is about what we
// think.
func (o *order) check(e *ipn.Event, want news) error {
	ours := e.Reference == o.reference
	if o.kind == ipn.KindRefund { // Intram does not say our reference, but whose money is given back
		ours = e.TransactionID == o.transaction
	}
	if e.Proof != ipn.ProofSigned || e.Kind != o.kind || !ours || e.Amount != o.amount {
		return fmt.Errorf("%s: the notification is about something else: %s %q of %s", o.reference, e.Name, e.Reference, e.Amount)
	}
	if e.Status != want.status {
		return fmt.Errorf("%s: %s says %s: %s", o.reference, e.Name, e.Status, e.Reason)
	}
	return nil
}

// refuseForgery sends a notification that came, with another amount in it.
func (s *shop) refuseForgery(ctx context.Context) (string, error) {
	answer, err := inbox.Forge(ctx, s.sandbox, s.payment.id, `"amount":`, s.payment.amount)
	if err != nil {
		return "", err
	}
	return "ten times the amount, old signature: " + answer, nil
}

func (s *shop) unsubscribe(ctx context.Context) (string, error) {
	if err := s.client.DeleteWebhook(ctx, s.webhook.ID); err != nil {
		return "", err
	}
	id := s.webhook.ID
	s.webhook = nil
	left, err := s.client.Webhooks(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s is gone, %d left", id, len(left.Items)), nil
}
