package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

// inbox receives a provider's notifications.
type inbox struct {
	url    string
	server *http.Server
	events chan *ipn.Event
	seen   map[string]*ipn.Event // by the provider's id of the order; belongs to the goroutine that waits
}

// openInbox starts a web server on a free port of this machine. In a shop it would be one more route of
// the server that is there already, on https.
func openInbox(v ipn.Verifier) (*inbox, error) {
	b := &inbox{events: make(chan *ipn.Event, 100), seen: map[string]*ipn.Event{}}
	handler, err := ipn.NewHandler(v, b.receive)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b.url = "http://" + listener.Addr().String() + "/ipn"
	mux := http.NewServeMux()
	mux.Handle("/ipn", handler)
	b.server = &http.Server{Handler: mux, ReadTimeout: 5 * time.Second}
	go func() { _ = b.server.Serve(listener) }() // until close
	return b, nil
}

func (b *inbox) close() { _ = b.server.Close() }

// receive is called for each notification that is signed as it should be; the handler refuses the others by
// itself. An error would have the provider send the notification again.
//
// A shop would do here, in one transaction: note the DeliveryKey, stop if it was there already, and mark the
// order. This program hands the event to the goroutine that waits for it.
func (b *inbox) receive(ctx context.Context, e *ipn.Event) error {
	select {
	case b.events <- e:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait returns when the order's notification has come, and compares it with the order. The signature says
// who sent it, not that it is about what we think.
func (b *inbox) wait(ctx context.Context, o *order) error {
	for b.seen[o.id] == nil {
		select {
		case e := <-b.events:
			b.seen[e.ID] = e
		case <-ctx.Done():
			return fmt.Errorf("%s: no notification: %w", o.reference, ctx.Err())
		}
	}
	e := b.seen[o.id]
	if e.Proof != ipn.ProofSigned || e.Kind != o.kind || e.Reference != o.reference || e.Amount != o.amount {
		return fmt.Errorf("%s: the notification is about something else: %s %q of %s", o.reference, e.Kind, e.Reference, e.Amount)
	}
	if e.Status != wapay.StatusSucceeded {
		return fmt.Errorf("%s: the notification says %s: %s", o.reference, e.Status, e.Reason)
	}
	o.notified = true
	return nil
}
