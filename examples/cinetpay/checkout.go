package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/examples/internal/inbox"
)

// customer pays on CinetPay's page, by Orange Money of Côte d'Ivoire.
const customer = "+2250708091011"

// pay makes a page on which a customer pays. Nothing has been charged when it returns.
func (s *shop) pay(ctx context.Context, o *order, notifyURL, returnURL string) (*wapay.Payment, error) {
	s.orders = append(s.orders, o)
	p, err := s.client.Pay(ctx, wapay.PaymentRequest{
		Reference:   o.reference, // at CinetPay, the payment's name; good for one page only
		Amount:      o.amount,
		Description: "Two bags of rice",
		Operator:    cinetpay.ChannelMobileMoney, // left out, the page takes cards too
		NotifyURL:   notifyURL,                   // where the notification goes
		ReturnURL:   returnURL,                   // where the customer goes; not a sign that anything was paid
	})
	if err != nil {
		// Also if the outcome is unknown: there may be a page now, but nobody has its address, and so nobody can
		// pay. A shop makes another one, with a new reference.
		return nil, o.fail(err)
	}
	o.id, o.status = p.ID, p.Status
	return p, nil
}

func (s *shop) makePage(ctx context.Context) (string, error) {
	s.paid = &order{reference: "order-1", what: "checkout", amount: s.in.amount}
	p, err := s.pay(ctx, s.paid, s.checkouts, s.inbox.URL+"/thanks")
	if err != nil {
		return "", err
	}
	pinged, err := s.pinged(ctx, s.paid.reference)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: the shop sends the customer to\n%s\n%s", s.paid.amount, p.CheckoutURL, pinged), nil
}

// pinged says how the shop answered when CinetPay tried whether its notify URL is there.
func (s *shop) pinged(ctx context.Context, id string) (string, error) {
	if err := s.sandbox.Flush(ctx); err != nil {
		return "", err
	}
	for _, d := range s.sandbox.Pings(id) {
		if d.Method == http.MethodGet && d.OK() {
			return fmt.Sprintf("CinetPay tries the notify URL with a GET: %d", d.Status), nil
		}
	}
	return "", errors.New("the notify URL did not answer CinetPay's GET")
}

// hearPaid has the customer pay, and waits for the notification.
func (s *shop) hearPaid(ctx context.Context) (string, error) {
	o := s.paid
	if err := s.sandbox.PayCheckout(o.reference, "OM", customer); err != nil {
		return "", err
	}
	e, err := s.hear(ctx, o)
	if err != nil {
		return "", err
	}
	if o.status != wapay.StatusSucceeded {
		return "", fmt.Errorf("%s is %s: %s", o.reference, o.status, o.reason)
	}
	return fmt.Sprintf("the customer pays; the notification's x-token is right, which is no verdict\n"+
		"so the handler asks; FindPayment says %s, %s", e.Status, e.Amount), nil
}

// refuseForgery sends the notification that came once more, with another amount in it.
func (s *shop) refuseForgery(ctx context.Context) (string, error) {
	answer, err := inbox.Forge(ctx, s.sandbox, s.paid.reference, "cpm_amount=", s.paid.amount)
	if err != nil {
		return "", err
	}
	return "ten times the amount, old x-token: " + answer, nil
}

// havePaymentRefused shows that a refused payment is an answer like any other, and no error: FindPayment was
// asked what became of it, and could say.
func (s *shop) havePaymentRefused(ctx context.Context) (string, error) {
	const cancelled = 627 // TRANSACTION_CANCEL
	o := &order{reference: "order-2", what: "checkout", amount: wapay.XOF.Units(7500)}
	if _, err := s.pay(ctx, o, s.checkouts, s.inbox.URL+"/thanks"); err != nil {
		return "", err
	}
	if err := s.sandbox.RefuseCheckout(o.reference, cancelled); err != nil { // the customer's part
		return "", err
	}
	if _, err := s.hear(ctx, o); err != nil {
		return "", err
	}
	if o.status != wapay.StatusFailed {
		return "", fmt.Errorf("%s is %s: %s", o.reference, o.status, o.reason)
	}
	return fmt.Sprintf("the customer cancels; FindPayment returns no error, but a payment\n"+
		"that is %s, with a reason: %s", o.status, o.reason), nil
}
