package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
)

// team is paid in one call. The currency is that of the recipient's country. One of the amounts is a slip: it is
// more than the shop has.
var team = []struct {
	name, surname, country, phone string
	francs                        int64
}{
	{"Kouassi", "Awa", "CI", "05 01 02 03 04", 12_500},
	{"Diop", "Moussa", "SN", "77 123 45 67", 1_400_000},
	{"Ouédraogo", "Issa", "BF", "70 11 22 33", 20_000},
	{"Mensah", "Afi", "TG", "90 11 22 33", 7_500},
}

// sendBatch pays the team. No error from Send means that CinetPay has answered, not that it took every transfer:
// each has a result of its own.
func (s *shop) sendBatch(ctx context.Context) (string, error) {
	var contacts []cinetpay.Contact
	var requests []cinetpay.TransferRequest
	var orders []*order
	for i, p := range team {
		phone, err := wapay.ParsePhone(p.phone, p.country)
		if err != nil {
			return "", err
		}
		o := &order{
			reference: fmt.Sprintf("team-%d", i+1), what: "transfer in a batch", payout: true,
			phone: phone, amount: wapay.XOF.Units(p.francs),
		}
		orders = append(orders, o)
		contacts = append(contacts, cinetpay.Contact{Phone: phone, Name: p.name, Surname: p.surname, Email: "pay@shop.example"})
		requests = append(requests, cinetpay.TransferRequest{
			ClientTransactionID: o.reference, Receiver: phone, Amount: o.amount, NotifyURL: s.transfers,
		})
	}

	// CinetPay sends to contacts only. To add one again is no error. Payout, further down, does this by itself.
	added, err := s.client.AddContacts(ctx, contacts)
	if err == nil {
		err = added.Err()
	}
	if err != nil {
		return "", err
	}

	s.orders = append(s.orders, orders...)
	batch, err := s.client.Send(ctx, requests...)
	if err != nil { // about all of them; if the outcome is unknown, look each up by its reference
		for _, o := range orders {
			_ = o.fail(err)
		}
		return "", err
	}
	said := []string{fmt.Sprintf("%d transfers in one call, each with a result of its own", len(requests))}
	bad := 0
	for i, result := range batch.Results {
		o := orders[i]
		switch {
		case result.Err == nil:
			o.id, o.status = result.Transfer.ID, result.Transfer.Status
			said = append(said, fmt.Sprintf("  %s: %s as %s", o.reference, o.status, shorten(o.id)))
		case errors.Is(result.Err, wapay.ErrInsufficientFunds):
			// Rejected: this one has not moved, and may be sent again when there is money, under this or
			// another reference.
			bad, o.refused, o.reason = bad+1, true, "insufficient funds"
			said = append(said, fmt.Sprintf("  %s: %v", o.reference, result.Err))
		default:
			return "", o.fail(result.Err)
		}
	}
	if bad != 1 {
		return "", fmt.Errorf("%d transfers were refused, want 1", bad)
	}
	s.waiting = orders[len(orders)-1] // nobody confirms this one
	return strings.Join(said, "\n"), nil
}

// payout sends money to one person. It adds the contact, sends, and where CinetPay's answer is lost asks once
// what became of it.
func (s *shop) payout(ctx context.Context, reference, what, country, number string, francs int64) (*order, error) {
	phone, err := wapay.ParsePhone(number, country)
	if err != nil {
		return nil, err
	}
	o := &order{reference: reference, what: what, payout: true, phone: phone, amount: wapay.XOF.Units(francs)}
	// A shop has the reference in its database before it calls: whatever happens then, the payout can be found
	// by it.
	s.orders = append(s.orders, o)
	p, err := s.client.Payout(ctx, wapay.PayoutRequest{
		Reference: o.reference,
		Amount:    o.amount,
		Recipient: wapay.Customer{Phone: phone, FirstName: "Fatou", LastName: "Traoré", Email: "pay@shop.example"},
		NotifyURL: s.transfers,
	})
	if err != nil {
		return o, o.fail(err)
	}
	o.learn(p)
	return o, nil
}

// confirmByMail shows what keeps most new merchants waiting: CinetPay sends nothing before the merchant has
// followed the link in a mail, unless it has allow-listed the IP addresses that the calls come from.
func (s *shop) confirmByMail(ctx context.Context) (string, error) {
	o, err := s.payout(ctx, "salary-1", "payout", "CI", "07 08 09 10 11", 10_000)
	if err != nil {
		return "", err
	}
	s.mailed = o
	pinged, err := s.pinged(ctx, o.id)
	if err != nil {
		return "", err
	}
	// The answer to a new transfer says that CinetPay has it, and a lookup says what it waits for.
	p, err := s.client.FindPayout(ctx, o.ref())
	if err != nil {
		return "", err
	}
	before, reason := p.Status, p.Reason
	if before != wapay.StatusPending || reason == "" {
		return "", fmt.Errorf("%s is %s, and says nothing of a mail", o.reference, before)
	}
	if err := s.sandbox.ConfirmByMail(o.id); err != nil { // the merchant's part, in a mail program
		return "", err
	}
	e, err := s.hear(ctx, o)
	if err != nil {
		return "", err
	}
	if o.reason != "" {
		return "", fmt.Errorf("%s: %s", o.reference, o.reason)
	}
	return fmt.Sprintf("%s, because it %s\n%s\nthe merchant confirms; FindPayout says %s: %s",
		before, reason, pinged, o.status, e.ProviderStatus), nil
}

// receiveHint has the money arrive. The notification says so, but it is not signed.
func (s *shop) receiveHint(ctx context.Context) (string, error) {
	o := s.mailed
	if err := s.sandbox.Complete(o.id); err != nil { // the operator's part
		return "", err
	}
	e, err := s.hear(ctx, o)
	if err != nil {
		return "", err
	}
	if o.status != wapay.StatusSucceeded {
		return "", fmt.Errorf("%s is %s", o.reference, o.status)
	}
	return fmt.Sprintf("a notification about %s comes; nobody has signed it, so the handler asks\n"+
		"FindPayout says %s; proof %s", o.reference, e.Status, e.Proof), nil
}

// seeThroughHint is somebody who knows the URL, and would like a transfer to pass for paid.
func (s *shop) seeThroughHint(ctx context.Context) (string, error) {
	o := s.waiting
	const lie = "VAL"
	form := url.Values{"transaction_id": {o.id}, "client_transaction_id": {o.reference}, "treatment_status": {lie}}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	status, err := inbox.Post(ctx, s.transfers, header, []byte(form.Encode()))
	if err != nil {
		return "", err
	}
	found, err := s.client.FindPayout(ctx, o.ref())
	if err != nil {
		return "", err
	}
	o.learn(found)
	if status != http.StatusServiceUnavailable || o.status != wapay.StatusPending {
		return "", fmt.Errorf("%s is %s, and the answer %d", o.reference, o.status, status)
	}
	o.told = "hint, false"
	return fmt.Sprintf("somebody says %q of %s; CinetPay does not confirm it, so the handler answers %d\nFindPayout says %s: it %s",
		lie, o.reference, status, o.status, o.reason), nil
}

// lookUp asks for every transfer by our own reference, after the rest has happened: all but one are confirmed
// by mail, and one the operator does not carry out.
func (s *shop) lookUp(ctx context.Context) (string, error) {
	const unlucky = "team-3"
	states := map[wapay.Status]int{}
	for _, o := range s.orders {
		if !o.payout || o.refused {
			continue
		}
		if o != s.waiting && !o.status.Final() {
			if err := finish(s.sandbox, o.id, o.reference == unlucky); err != nil {
				return "", err
			}
			for !o.status.Final() { // there is a notification about each of the two steps
				if _, err := s.hear(ctx, o); err != nil {
					return "", err
				}
			}
		}
		p, err := s.client.FindPayout(ctx, o.ref())
		if err != nil {
			return "", err
		}
		o.learn(p)
		states[o.status]++
	}
	if states[wapay.StatusPending] != 1 || states[wapay.StatusFailed] != 1 {
		return "", fmt.Errorf("the transfers are %v", states)
	}
	return fmt.Sprintf("%d succeeded, %d rejected by the operator, %d still waiting for the mail",
		states[wapay.StatusSucceeded], states[wapay.StatusFailed], states[wapay.StatusPending]), nil
}

// finish is the merchant's part and the operator's.
func finish(s *cinetpaytest.Server, id string, reject bool) error {
	if err := s.ConfirmByMail(id); err != nil {
		return err
	}
	if reject {
		return s.Reject(id, "The wallet is closed")
	}
	return s.Complete(id)
}
