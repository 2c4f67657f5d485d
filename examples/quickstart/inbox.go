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
	mux    *http.ServeMux
	server *http.Server
	events chan *ipn.Event

	// By our own reference. Both belong to the goroutine that waits.
	unread map[string][]*ipn.Event
	last   map[string]*ipn.Event
}

// openInbox starts a web server on a free port of this machine. In a shop it would be the server that is there
// already, on https.
func openInbox() (*inbox, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &inbox{
		url: "http://" + listener.Addr().String(), mux: http.NewServeMux(), events: make(chan *ipn.Event, 100),
		unread: map[string][]*ipn.Event{}, last: map[string]*ipn.Event{},
	}
	b.server = &http.Server{Handler: b.mux, ReadTimeout: 5 * time.Second}
	go func() { _ = b.server.Serve(listener) }() // until close
	return b, nil
}

// accept adds a route for one kind of notification, and returns its URL.
func (b *inbox) accept(path string, v ipn.Verifier) (string, error) {
	handler, err := ipn.NewHandler(v, b.receive)
	if err != nil {
		return "", err
	}
	b.mux.Handle(path, handler)
	return b.url + path, nil
}

func (b *inbox) close() { _ = b.server.Close() }

// receive is called for each notification that is signed as it should be, if the provider signs any; the handler
// refuses the others by itself. An error would have the provider send the notification again.
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

// next returns the next notification about the order.
func (b *inbox) next(ctx context.Context, o *order) (*ipn.Event, error) {
	for len(b.unread[o.reference]) == 0 {
		select {
		case e := <-b.events:
			b.unread[e.Reference] = append(b.unread[e.Reference], e)
		case <-ctx.Done():
			return nil, fmt.Errorf("%s: no notification: %w", o.reference, ctx.Err())
		}
	}
	e := b.unread[o.reference][0]
	b.unread[o.reference], b.last[o.reference] = b.unread[o.reference][1:], e
	return e, nil
}

// wait returns when a signed notification has said how the order ended, and compares it with the order. The
// signature says who sent it, not that it is about what we think.
func (b *inbox) wait(ctx context.Context, o *order) error {
	for {
		e, err := b.next(ctx, o)
		if err != nil {
			return err
		}
		if e.Proof != ipn.ProofSigned || e.Kind != o.kind || e.ID != o.id || e.Amount != o.amount {
			return fmt.Errorf("%s: the notification is about something else: %s %q of %s", o.reference, e.Kind, e.ID, e.Amount)
		}
		if !e.Status.Final() {
			continue // "there is a page to pay on" and the like
		}
		if e.Status != wapay.StatusSucceeded {
			return fmt.Errorf("%s: the notification says %s: %s", o.reference, e.Status, e.Reason)
		}
		o.notified = ipn.ProofSigned
		return nil
	}
}

// ask returns when a notification has come that proves nothing of how the order stands, and the provider, which is
// therefore asked, has said how it ended. A shop would ask in receive, and return the error if it gets no answer.
func (b *inbox) ask(ctx context.Context, o *order, payer wapay.Payer, payouter wapay.Payouter) error {
	for {
		e, err := b.next(ctx, o)
		if err != nil {
			return err
		}
		if e.Status != wapay.StatusUnknown {
			return fmt.Errorf("%s: a notification that proves nothing says %s", o.reference, e.Status)
		}
		if err := o.find(ctx, payer, payouter); err != nil {
			return err
		}
		if !o.status.Final() {
			continue // there will be another
		}
		if o.status != wapay.StatusSucceeded {
			return fmt.Errorf("%s is %s", o.reference, o.status)
		}
		o.notified = ipn.ProofConfirmed
		if e.Proof == ipn.ProofSigned { // who sent it is known, as with CinetPay's checkout
			o.notified = ipn.ProofSigned
		}
		return nil
	}
}
