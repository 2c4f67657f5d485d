package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/ipn"
)

// news is a notification, and what CinetPay said when it was asked. Only the second half is to be acted on.
type news struct {
	event   *ipn.Event
	payment *wapay.Payment // of KindPayment
	payout  *wapay.Payout  // of KindPayout; nil where CinetPay knows no such transfer
}

// inbox receives CinetPay's notifications: those of the checkout and those of transfers are two kinds, and get
// a URL each.
type inbox struct {
	client    *cinetpay.Client
	base      string // "http://127.0.0.1:1234"
	checkout  string // notify URL of payments
	transfers string // notify URL of transfers
	server    *http.Server
	arrived   chan news
	kept      []news // not asked for yet; belongs to the goroutine that waits
}

// openInbox starts a web server. In a shop it would be two more routes of the server that is there already,
// on https.
//
// The secret key of the site is neither the API key nor the password. A shop with one site names it: then a
// notification proves which payment it is about to the last digit.
func openInbox(client *cinetpay.Client, address, site string, secret wapay.Secret) (*inbox, error) {
	b := &inbox{client: client, arrived: make(chan news, 100)}
	checkout, err := ipn.NewHandler(ipn.CinetPayCheckoutSite(site, secret), b.aboutPayment)
	if err != nil {
		return nil, err
	}
	transfers, err := ipn.NewHandler(ipn.CinetPayTransfer(), b.aboutTransfer)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	b.base = "http://" + listener.Addr().String()
	b.checkout, b.transfers = b.base+"/cinetpay/checkout", b.base+"/cinetpay/transfers"
	mux := http.NewServeMux()
	// Any method: CinetPay first tries with a GET whether the URL is there. The handler answers that by itself.
	mux.Handle("/cinetpay/checkout", checkout)
	mux.Handle("/cinetpay/transfers", transfers)
	b.server = &http.Server{Handler: mux, ReadTimeout: 5 * time.Second}
	go func() { _ = b.server.Serve(listener) }() // until close
	return b, nil
}

func (b *inbox) close() { _ = b.server.Close() }

// aboutPayment is called for each notification that has the right x-token. That proves who sent it, and
// when it comes to the payment, which one and how much; but not that the customer has paid: no field of it says
// so reliably. FindPayment does.
//
// An error has the handler answer 500. That is right where asking failed: nothing has been done yet.
func (b *inbox) aboutPayment(ctx context.Context, e *ipn.Event) error {
	p, err := b.client.FindPayment(ctx, wapay.Ref{Reference: e.Reference})
	if err != nil {
		return err
	}
	return b.keep(ctx, news{event: e, payment: p})
}

// aboutTransfer is called for whatever anybody sends: these notifications carry no signature. All that can be
// taken from one is which transfer to ask about.
func (b *inbox) aboutTransfer(ctx context.Context, e *ipn.Event) error {
	p, err := b.client.FindPayout(ctx, wapay.Ref{ID: e.ID, Reference: e.Reference})
	if err != nil && !errors.Is(err, wapay.ErrNotFound) {
		return err
	}
	return b.keep(ctx, news{event: e, payout: p})
}

// keep hands the news to the goroutine that waits for it. A shop would write to its database here: set the
// order's status, in one transaction that does nothing if it was set before.
func (b *inbox) keep(ctx context.Context, n news) error {
	select {
	case b.arrived <- n:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait returns the next news about an order.
func (b *inbox) wait(ctx context.Context, o *order) (news, error) {
	for i, n := range b.kept {
		if n.isAbout(o) {
			b.kept = append(b.kept[:i], b.kept[i+1:]...)
			return n, nil
		}
	}
	for {
		select {
		case n := <-b.arrived:
			if n.isAbout(o) {
				return n, nil
			}
			b.kept = append(b.kept, n)
		case <-ctx.Done():
			return news{}, fmt.Errorf("%s: no notification: %w", o.reference, ctx.Err())
		}
	}
}

func (n news) isAbout(o *order) bool {
	return n.event.Reference == o.reference && (n.event.Kind == ipn.KindPayout) == o.payout
}
