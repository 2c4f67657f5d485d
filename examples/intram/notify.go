package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/intram"
	"github.com/wapay-go/wapay/ipn"
)

// inbox receives Intram's notifications.
type inbox struct {
	url      string // where Intram is to send them
	listener net.Listener
	server   *http.Server
	events   chan *ipn.Event
	seen     map[string]*ipn.Event // by operation and event; belongs to the goroutine that waits
}

// openInbox takes an address of this machine, and leads url to it; without one, url is that address.
func openInbox(address, url string) (*inbox, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	if url == "" {
		url = "http://" + listener.Addr().String() + "/intram"
	}
	return &inbox{url: url, listener: listener, events: make(chan *ipn.Event, 100), seen: map[string]*ipn.Event{}}, nil
}

// serve starts to receive what is signed with the secret. In a shop this would be one more route of the server
// that is there already, on https.
func (b *inbox) serve(secret wapay.Secret) error {
	handler, err := ipn.NewHandler(ipn.Intram(secret), b.receive)
	if err != nil {
		return err
	}
	b.server = &http.Server{Handler: handler, ReadTimeout: 5 * time.Second}
	go func() { _ = b.server.Serve(b.listener) }() // until close
	return nil
}

func (b *inbox) close() {
	if b.server != nil {
		_ = b.server.Close()
	}
	_ = b.listener.Close()
}

// receive is called for each notification that is signed as it should be; the handler refuses the others by
// itself. An error would have Intram send the notification again.
//
// A shop would do here, in one transaction: note ID and Name, stop if they were there already, and mark the
// order. This program hands the event to the goroutine that waits for it.
func (b *inbox) receive(ctx context.Context, e *ipn.Event) error {
	select {
	case b.events <- e:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait returns the notification of that name about an operation, or about any if id is "".
func (b *inbox) wait(ctx context.Context, id, name string) (*ipn.Event, error) {
	for {
		if e := b.seen[id+" "+name]; e != nil {
			return e, nil
		}
		select {
		case e := <-b.events:
			b.seen[e.ID+" "+e.Name], b.seen[" "+e.Name] = e, e
		case <-ctx.Done():
			return nil, fmt.Errorf("no notification %s: %w", name, ctx.Err())
		}
	}
}

// subscribe has Intram send everything to the inbox, starts to receive it, and has a first notification sent
// for a test.
func (s *shop) subscribe(ctx context.Context) (string, error) {
	var err error
	s.webhook, err = s.client.CreateWebhook(ctx, intram.WebhookRequest{
		URL: s.inbox.url, Event: "*",
		// A shop subscribes once, and needs no key. This program ends its subscription: under the derived key
		// the next run would be told, for 24 hours, of the one that is gone.
		IdempotencyKey: "example-" + time.Now().UTC().Format("20060102-150405"),
	})
	if err != nil {
		return "", err
	}
	// The secret is shown this once: a shop stores it. It is another than the secret key of the API.
	if err := s.inbox.serve(s.webhook.Secret); err != nil {
		return "", err
	}
	if err := s.client.TestWebhook(ctx, s.webhook.ID); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	e, err := s.inbox.wait(ctx, "", "test.ping")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("to all, at %s\n%s came, signed", s.inbox.url, e.Name), nil
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
			e, err := s.inbox.wait(ctx, o.id, want.event)
			if err != nil {
				return "", fmt.Errorf("%s: %w", o.reference, err)
			}
			if err := o.check(e, want); err != nil {
				return "", err
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
	sent := s.sandbox.DeliveriesOf(s.payment.id)
	if len(sent) == 0 {
		return "", errors.New("nothing to forge")
	}
	amount := []byte(`"amount":` + s.payment.amount.Decimal())
	forged := bytes.Replace(sent[0].Body, amount, append(bytes.Clone(amount), '0'), 1)
	if bytes.Equal(forged, sent[0].Body) {
		return "", errors.New("no amount to forge in the notification")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.inbox.url, bytes.NewReader(forged))
	if err != nil {
		return "", err
	}
	r.Header = sent[0].Header.Clone()
	resp, err := s.http.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		return "", fmt.Errorf("ten times the amount, and the answer is %s", resp.Status)
	}
	return "ten times the amount, old signature: " + resp.Status, nil
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
	return fmt.Sprintf("%s is gone, %d left", id, len(left)), nil
}
