package main

import (
	"context"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/ipn"
)

// listen receives CinetPay's notifications: those of the checkout and those of transfers are two kinds, and get a
// URL each. In a shop these would be two more routes of the server that is there already, on https.
//
// The secret key of the site is neither the API key nor the password. With it a notification of the checkout proves who
// sent it, and as the site is named, which payment it is about to the last digit; but not that the customer has paid: no
// field of it says so reliably. Those of transfers carry no signature, and are worth what anybody may say. So the
// handlers ask CinetPay about both, and what they hand on is its answer, once for each that differs.
func (s *shop) listen(address, site string, secret wapay.Secret) error {
	var err error
	if s.inbox, err = inbox.Open(address); err != nil {
		return err
	}
	once := ipn.WithStore(ipn.NewMemoryStore()) // forgets when the program ends; a shop takes ipn.NewSQLStore
	checkout, err := ipn.NewHandler(ipn.CinetPayCheckoutSite(site, secret), s.inbox.Receive,
		ipn.WithConfirm(ipn.ConfirmPayments(s.client)), once)
	if err != nil {
		return err
	}
	transfers, err := ipn.NewHandler(ipn.CinetPayTransfer(), s.inbox.Receive,
		ipn.WithConfirm(ipn.ConfirmPayouts(s.client)), once)
	if err != nil {
		return err
	}
	s.checkouts = s.inbox.Handle("/cinetpay/checkout", checkout)
	s.transfers = s.inbox.Handle("/cinetpay/transfers", transfers)
	return nil
}

// hear waits for a notification about an order, and keeps what CinetPay said when the handler asked. It compares the
// amounts: what was paid has to be what the order costs.
func (s *shop) hear(ctx context.Context, o *order) (*ipn.Event, error) {
	e, err := s.inbox.Wait(ctx, func(e *ipn.Event) bool {
		return e.Reference == o.reference && (e.Kind == ipn.KindPayout) == o.payout
	})
	if err != nil {
		return nil, fmt.Errorf("%s: no notification: %w", o.reference, err)
	}
	if e.Proof != ipn.ProofConfirmed || e.Amount != o.amount {
		return nil, fmt.Errorf("%s: %s ordered, and %s with proof %s", o.reference, o.amount, e.Amount, e.Proof)
	}
	o.hear(e)
	return e, nil
}
