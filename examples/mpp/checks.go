package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/mpp"
)

// disbelieve sends a callback that says of a payout that was made that it failed: whoever acts on it pays again. MPP is
// asked, says what it has said before, and so the callback tells us nothing.
func (s *shop) disbelieve(ctx context.Context) (string, error) {
	victim := s.orders[1]
	const lie = "failed"
	forged, err := json.Marshal(map[string]string{
		"id": victim.id, "external_id": victim.reference, "category": "transfer", "status": lie,
	})
	if err != nil {
		return "", err
	}
	before := s.counters.Counts()
	status, err := inbox.Post(ctx, s.notifyURL, nil, forged)
	if err != nil {
		return "", err
	}
	after := s.counters.Counts()
	if status != http.StatusOK || after.Accepted != before.Accepted || after.Duplicate != before.Duplicate+1 {
		return "", fmt.Errorf("a forged callback was answered %d, and made of %+v %+v", status, before, after)
	}
	return fmt.Sprintf("it says %q of %s, and nothing about it can be verified\nMPP says %q, and that is what counts",
		lie, victim.reference, victim.word), nil
}

// listByPages reads the list of transactions two at a time, and then all of it in one loop. What MPP says there
// of the fees goes into the table.
func (s *shop) listByPages(ctx context.Context) (string, error) {
	var said []string
	for n, more := 1, true; more; n++ {
		page, err := s.client.Transactions(ctx, mpp.PageRequest{Number: n, Size: 2})
		if err != nil {
			return "", err
		}
		var names []string
		for _, t := range page.Items {
			names = append(names, t.ExternalID)
		}
		said = append(said, fmt.Sprintf("page %d of %d: %s", page.Number, page.Last, strings.Join(names, ", ")))
		more = page.More
	}
	seen := 0
	for t, err := range s.client.AllTransactions(ctx) { // fetches pages as they are needed
		if err != nil {
			return "", err
		}
		for _, o := range s.orders {
			if o.id == t.ID {
				o.fees, o.ours = t.Fees.Money, t.FeePayer == mpp.FeeMerchant
				seen++
			}
		}
	}
	if seen != len(s.orders) {
		return "", fmt.Errorf("%d of %d orders are in the list", seen, len(s.orders))
	}
	return strings.Join(append(said, fmt.Sprintf("and with AllTransactions in one loop: %d", seen)), "\n"), nil
}

// outliveToken has MPP forget the token that the client holds. The client sees by the answer that nothing was
// looked at, takes a new token, and makes the call again; the caller sees nothing of it.
func (s *shop) outliveToken(ctx context.Context) (string, error) {
	s.sandbox.ExpireTokens()
	logins, asked := s.sandbox.Logins(), s.sandbox.Count("GET", "api/v1/business")
	if _, err := s.client.Business(ctx); err != nil {
		return "", err
	}
	logins, asked = s.sandbox.Logins()-logins, s.sandbox.Count("GET", "api/v1/business")-asked
	if logins != 1 || asked != 2 {
		return "", fmt.Errorf("%d logins and %d questions, want 1 and 2", logins, asked)
	}
	return "MPP refused the one we had; the client took another and asked once more", nil
}

// compareLedger makes sure that the balance is what the orders make it, to the cent: what succeeded moved its
// money once, what failed moved none, and the fees are those that MPP told.
func (s *shop) compareLedger(ctx context.Context) (string, error) {
	want := s.opening
	for _, o := range s.orders {
		if o.status != wapay.StatusSucceeded {
			continue
		}
		move := wapay.Money.Sub
		if o.kind == ipn.KindPayment {
			move = wapay.Money.Add
		}
		var err, ferr error
		want, err = move(want, o.amount)
		if o.ours && err == nil {
			want, ferr = want.Sub(o.fees)
		}
		if err := errors.Join(err, ferr); err != nil {
			return "", err
		}
	}
	b, err := s.client.Balance(ctx)
	if err != nil {
		return "", err
	}
	currency := want.Currency()
	if booked := currency.Minor(s.sandbox.Balance(string(currency))); booked != want || b.Balance.Money != want {
		return "", fmt.Errorf("the orders make %s, the ledger has %s, and MPP says %s", want, booked, b.Balance.Money)
	}
	return fmt.Sprintf("%s + payment - payouts - fees = %s, on both sides", s.opening, want), nil
}
