package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
)

// shop is a shop that has an account with CinetPay.
type shop struct {
	in     *input
	client *cinetpay.Client
	orders []*order

	inbox                *inbox.Inbox // with -remote, nil unless there is -listen
	checkouts, transfers string       // its notify URLs

	sandbox *cinetpaytest.Server // nil with -remote

	paid, mailed, waiting *order // those of which more than one step tells
}

func showSandbox(ctx context.Context, in *input, out io.Writer) ([]*order, error) {
	s, err := openShop(in)
	if err != nil {
		return nil, err
	}
	defer s.close()
	fmt.Fprintln(out, "CinetPay, played by the sandbox in this program: no account, no network, no money")
	err = cli.Run(ctx, out, "CinetPay", []cli.Step{
		{Name: "read the balance", Do: s.readBalance},
		{Name: "make a payment page", Do: s.makePage},
		{Name: "hear that it is paid", Do: s.hearPaid},
		{Name: "refuse a forged notification", Do: s.refuseForgery},
		{Name: "have a payment refused", Do: s.havePaymentRefused},
		{Name: "send a batch", Do: s.sendBatch},
		{Name: "confirm a payout by mail", Do: s.confirmByMail},
		{Name: "receive a hint", Do: s.receiveHint},
		{Name: "see through a false hint", Do: s.seeThroughHint},
		{Name: "lose an answer", Do: s.loseAnswer},
		{Name: "look the transfers up", Do: s.lookUp},
		{Name: "compare with the ledger", Do: s.compareLedger},
	})
	return s.orders, err
}

// openShop starts what the shop needs: a provider, a client for it, and an inbox for its notifications.
func openShop(in *input) (*shop, error) {
	s := &shop{in: in, sandbox: cinetpaytest.New(cinetpaytest.Config{})}

	// One client for both products: transfers want the password, the checkout the site.
	s.client = s.sandbox.Client(wapay.WithHTTPClient(cli.LoopbackClient())) // reaches this machine only
	err := s.listen("127.0.0.1:0", s.sandbox.Credentials().SiteID, s.sandbox.IPNKey())
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// close ends the sandbox first: it may have a notification on the way.
func (s *shop) close() {
	s.sandbox.Close()
	if s.inbox != nil {
		s.inbox.Close()
	}
}

// readBalance says which currency it expects, because the answer names none.
func (s *shop) readBalance(ctx context.Context) (string, error) {
	b, err := s.client.Balance(ctx, wapay.XOF)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s to send, %s on the way", b.Available, b.InUse), nil
}

// compareLedger makes sure that each order moved its money as often as the table says, and that nothing else
// moved any.
func (s *shop) compareLedger(context.Context) (string, error) {
	if err := compareLedger(s.sandbox.Entries(), s.orders); err != nil {
		return "", err
	}
	return fmt.Sprintf("each of the %d orders moved what the table says, and nothing else moved", len(s.orders)), nil
}

func compareLedger(entries []sandbox.Entry, orders []*order) error {
	booked := map[string][]string{}
	for _, e := range entries {
		if e.Why == "funding" { // the opening balances
			continue
		}
		sign := "+"
		if e.Kind == sandbox.Debit {
			sign = "-"
		}
		amount := wapay.Currency(e.Currency).Minor(e.Amount)
		booked[e.Reference] = append(booked[e.Reference], sign+amount.Decimal())
	}
	for _, o := range orders {
		want := ""
		switch amount := o.amount.Decimal(); {
		case o.refused:
		case o.payout && o.status == wapay.StatusFailed:
			want = "-" + amount + " +" + amount // given back
		case o.payout:
			want = "-" + amount // pending ones too: the money is set aside
		case o.status == wapay.StatusSucceeded:
			want = "+" + amount
		}
		o.ledger = strings.Join(booked[o.reference], " ")
		if o.ledger != want {
			return fmt.Errorf("%s: the ledger has %q, want %q", o.reference, o.ledger, want)
		}
		delete(booked, o.reference)
	}
	for reference := range booked {
		return fmt.Errorf("the ledger has %q, which is not in the table", reference)
	}
	return nil
}
