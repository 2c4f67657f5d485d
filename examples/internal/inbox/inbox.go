// Package inbox is where the example programs receive notifications: a web server, and a queue that leads from there
// to the goroutine that tells the story. There is nothing in it that a merchant needs, who has a web server on https
// and a database; the handlers are what to read, and each example makes its own.
package inbox

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
)

// Inbox receives notifications.
type Inbox struct {
	URL    string // "http://127.0.0.1:1234"
	mux    *http.ServeMux
	server *http.Server
	events chan *ipn.Event
	kept   []*ipn.Event // nobody has waited for them yet; belongs to the goroutine that waits
}

// Open starts a web server at an address of this machine, host:port; with port 0 on a free one.
func Open(address string) (*Inbox, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	b := &Inbox{
		URL: "http://" + listener.Addr().String(), mux: http.NewServeMux(), events: make(chan *ipn.Event, 100),
	}
	b.server = &http.Server{Handler: b.mux, ReadTimeout: 5 * time.Second}
	go func() { _ = b.server.Serve(listener) }() // until Close
	return b, nil
}

// Handle adds a route for one kind of notification, and returns its URL. Any method may come there: CinetPay first
// tries with a GET whether the URL is there, and the handler answers that by itself.
func (b *Inbox) Handle(path string, h http.Handler) string {
	b.mux.Handle(path, h)
	return b.URL + path
}

// Close ends the server.
func (b *Inbox) Close() { _ = b.server.Close() }

// Receive is what the examples' handlers call, once for each delivery because they have a store. An error would have
// the provider send the notification again.
//
// A shop would write to its database here: find the order, compare it with the event, and set its status if
// wapay.Status.MayBecome allows that. Here the event goes to the goroutine that waits for it.
func (b *Inbox) Receive(ctx context.Context, e *ipn.Event) error {
	select {
	case b.events <- e:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Wait returns the first event that is wanted and was not returned before, and keeps the others.
func (b *Inbox) Wait(ctx context.Context, wanted func(*ipn.Event) bool) (*ipn.Event, error) {
	for i := 0; ; i++ {
		if i == len(b.kept) {
			select {
			case e := <-b.events:
				b.kept = append(b.kept, e)
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if e := b.kept[i]; wanted(e) {
			b.kept = append(b.kept[:i], b.kept[i+1:]...)
			return e, nil
		}
	}
}

// Post is somebody sending something to an inbox. It returns the status code of the answer.
func Post(ctx context.Context, url string, header http.Header, body []byte) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	if header != nil {
		r.Header = header.Clone()
	}
	resp, err := cli.LoopbackClient().Do(r)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// Sender is any provider's sandbox.
type Sender interface {
	Flush(context.Context) error
	DeliveriesOf(id string) []sandbox.Delivery
}

// Forge sends the first notification that came about id once more, with its signature and ten times the amount. It
// returns the answer, which has to be 401. before is what stands before the amount.
func Forge(ctx context.Context, from Sender, id, before string, amount wapay.Money) (string, error) {
	if err := from.Flush(ctx); err != nil { // until our answer to it has got there
		return "", err
	}
	sent := from.DeliveriesOf(id)
	if len(sent) == 0 {
		return "", errors.New("no notification to forge")
	}
	original := []byte(before + amount.Decimal())
	forged := bytes.Replace(sent[0].Body, original, append(bytes.Clone(original), '0'), 1)
	if bytes.Equal(forged, sent[0].Body) {
		return "", errors.New("no amount to forge in the notification")
	}
	status, err := Post(ctx, sent[0].URL, sent[0].Header, forged)
	if err != nil {
		return "", err
	}
	if status != http.StatusUnauthorized {
		return "", errors.New("ten times the amount, and the answer is " + http.StatusText(status))
	}
	return "401 Unauthorized", nil
}
