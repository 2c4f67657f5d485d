package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/wapay-go/wapay/ipn"
)

// inbox receives MPP's callbacks.
type inbox struct {
	url    string
	server *http.Server
	hints  chan *ipn.Event
}

// openInbox starts a web server on a free port of this machine. In a shop it would be one more route of
// the server that is there already, on https, with a path that nobody guesses.
func openInbox() (*inbox, error) {
	b := &inbox{hints: make(chan *ipn.Event, 100)}
	handler, err := ipn.NewHandler(ipn.MPP(), b.receive)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b.url = "http://" + listener.Addr().String() + "/callback"
	mux := http.NewServeMux()
	mux.Handle("/callback", handler)
	b.server = &http.Server{Handler: mux, ReadTimeout: 5 * time.Second}
	go func() { _ = b.server.Serve(listener) }() // until close
	return b, nil
}

func (b *inbox) close() { _ = b.server.Close() }

// receive is called for each callback. MPP does not sign them, so anybody may have sent it: it is worth no more
// than a note to look at an order. This program hands the note to the goroutine that does.
func (b *inbox) receive(ctx context.Context, e *ipn.Event) error {
	select {
	case b.hints <- e:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// next returns the next callback.
func (b *inbox) next(ctx context.Context) (*ipn.Event, error) {
	select {
	case e := <-b.hints:
		return e, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
