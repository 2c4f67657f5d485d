package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/intram"
)

// openRemote is the shop of somebody who has an account with Intram.
func openRemote(in *input) (*shop, error) {
	var opts []wapay.Option
	if in.baseURL != "" {
		opts = append(opts, wapay.WithBaseURL(in.baseURL))
	}
	client, err := intram.New(in.keys, opts...)
	if err != nil {
		return nil, cli.Usage("the INTRAM_ variables in the environment", "%v", err)
	}
	// A new reference for each run: under an old one Intram would repeat what it answered then.
	return &shop{in: in, client: client, prefix: time.Now().UTC().Format("20060102-150405-")}, nil
}

// runRemote says what will be done, and does it. With a live key that is less: it asks one customer for money,
// the user, and takes nothing from the balance.
func (s *shop) runRemote(ctx context.Context, out io.Writer) error {
	live := s.client.Live()
	if live {
		fmt.Fprintln(out, "Intram, its own server, a live key and real money:")
	} else {
		fmt.Fprintln(out, "Intram, its own server and a sandbox key, so no real money:")
	}
	fmt.Fprintln(out, "  - the balance, and the newest operations and transactions are read")
	fmt.Fprintf(out, "  - %s is asked of %s, who has to open a page and pay; reference %sorder-1\n",
		s.in.amount, mask(s.in.phone), s.prefix)
	if live {
		fmt.Fprintln(out, "  - nobody is paid out and nothing given back: that would take money from your balance")
	} else {
		fmt.Fprintln(out, "  - payouts are made to that number and to a bank account, and the payment is given back")
	}
	if s.in.webhook == "" {
		fmt.Fprintln(out, "  - notifications cannot reach this program, so it asks instead; for them set INTRAM_WEBHOOK_URL to a")
		fmt.Fprintln(out, "    public https URL that leads to this machine, and say with -listen where")
	} else {
		fmt.Fprintf(out, "  - notifications are subscribed to at INTRAM_WEBHOOK_URL and received at %s, until the program ends\n", s.in.listen)
	}

	steps := []cli.Step{{Name: "read the balance", Do: s.readBalance}}
	add := func(when bool, name string, do func(context.Context) (string, error)) {
		if when {
			steps = append(steps, cli.Step{Name: name, Do: do})
		}
	}
	notified := s.in.webhook != ""
	add(notified, "listen", s.listen)
	add(notified, "subscribe to notifications", s.subscribe)
	add(true, "ask a customer for money", s.askForMoney)
	add(true, "write the QR code", s.writeQRCode)
	add(!live, "pay out to a wallet", s.payWallet)
	add(!live, "pay out to a bank", s.payBank)
	add(true, "wait for the customer", s.customerPays)
	add(!live, "give the money back", s.refund)
	add(notified, "receive the notifications", s.receiveNotifications)
	add(true, "list the operations", s.listOperations)
	add(true, "list the transactions", s.listTransactions)
	add(notified, "end the subscription", s.unsubscribe)
	return cli.Run(ctx, out, "Intram", steps)
}

func (s *shop) listen(context.Context) (string, error) {
	var err error
	if s.inbox, err = inbox.Open(s.in.listen); err != nil {
		return "", err
	}
	return "on " + s.inbox.URL, nil
}
