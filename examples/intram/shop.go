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
	"github.com/wapay-go/wapay/sandbox/intramtest"
)

// shop is a merchant who has an account with Intram.
type shop struct {
	in     *input
	client *intram.Client
	pace   []wapay.PollOption // how often to ask what became of an order
	prefix string             // of our references; new in each run with -remote

	inbox   *inbox.Inbox    // nil where notifications cannot arrive
	webhook *intram.Webhook // nil while not subscribed
	orders  []*order
	payment *order // the customer's, one of the orders

	sandbox *intramtest.Server // nil with -remote
}

// openSandbox starts what the shop needs: a provider, a client for it, and a place for its notifications.
func openSandbox(in *input) (*shop, error) {
	s := &shop{
		in: in, pace: []wapay.PollOption{wapay.PollEvery(10*time.Millisecond, 100*time.Millisecond)},
		// An operation is queued for a millisecond, and processed for another.
		sandbox: intramtest.New(intramtest.Config{StepAfter: time.Millisecond}),
	}
	if most := wapay.XOF.Units(s.sandbox.Config().MaxAmount); in.amount.MinorUnits() > most.MinorUnits() {
		s.sandbox.Close()
		return nil, cli.Usage("-amount", "the sandbox takes at most %s, not %s", most, in.amount)
	}
	s.client = s.sandbox.Client(wapay.WithHTTPClient(cli.LoopbackClient())) // reaches this machine only
	var err error
	s.inbox, err = inbox.Open("127.0.0.1:0") // any free port
	if err != nil {
		s.sandbox.Close()
		return nil, err
	}
	return s, nil
}

func (s *shop) run(ctx context.Context, out io.Writer) error {
	if s.in.flags.Remote {
		return s.runRemote(ctx, out)
	}
	fmt.Fprintln(out, "Intram, played by the sandbox in this program: no account, no network, no money")
	return cli.Run(ctx, out, "Intram", []cli.Step{
		{Name: "read the balance", Do: s.readBalance},
		{Name: "subscribe to notifications", Do: s.subscribe},
		{Name: "ask a customer for money", Do: s.askForMoney},
		{Name: "write the QR code", Do: s.writeQRCode},
		{Name: "wait for the customer", Do: s.customerPays},
		{Name: "pay out to a wallet", Do: s.payWallet},
		{Name: "pay out to a bank", Do: s.payBank},
		{Name: "the bank settles it", Do: s.bankSettles},
		{Name: "lose an answer", Do: s.loseAnswer},
		{Name: "lose every answer", Do: s.loseEveryAnswer},
		{Name: "give the money back", Do: s.refund},
		{Name: "receive the notifications", Do: s.receiveNotifications},
		{Name: "refuse a forged one", Do: s.refuseForgery},
		{Name: "list the operations", Do: s.listOperations},
		{Name: "list the transactions", Do: s.listTransactions},
		{Name: "compare with the ledger", Do: s.compareLedger},
		{Name: "end the subscription", Do: s.unsubscribe},
	})
}

// close ends the subscription if a step that failed has left it, and the sandbox before the inbox: it may have
// a notification on the way.
func (s *shop) close(ctx context.Context, out io.Writer) {
	if s.in.flags.Remote && s.webhook != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if _, err := s.unsubscribe(ctx); err != nil {
			fmt.Fprintf(out, "The subscription %s is still there; delete it yourself: %v\n", s.webhook.ID, err)
		}
	}
	if s.sandbox != nil {
		s.sandbox.Close()
	}
	if s.inbox != nil {
		s.inbox.Close()
	}
}

// readBalance reads what is in the wallet. Intram keeps it by payment method: a payout to MTN is paid from
// the part that belongs to MTN.
func (s *shop) readBalance(ctx context.Context) (string, error) {
	b, err := s.client.Balance(ctx)
	if err != nil {
		return "", err
	}
	said := fmt.Sprintf("%d payment methods", len(b.Methods))
	for _, m := range b.Methods {
		said += fmt.Sprintf("\n%-22s %s", m.Method, m.Available)
	}
	return said, nil
}
