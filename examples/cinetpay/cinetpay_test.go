package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/internal/clitest"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
)

const id = `[0-9A-Fa-f]{8}…`

func TestEverythingOnTheSandbox(t *testing.T) {
	stdout := clitest.Succeeds(t, run, nil)
	const mail = `waits for the merchant's confirmation by mail`
	clitest.WantRows(t, stdout,
		`  read the balance +1000000 XOF to send, 0 XOF on the way`,
		` +http://127\.0\.0\.1:[0-9]+/payment/[0-9a-f]+`,
		` +CinetPay tries the notify URL with a GET: 200`,
		`  hear that it is paid +.*`,
		` +so the handler asks; FindPayment says succeeded, 5000 XOF`,
		`  refuse a forged notification +.*: 401 Unauthorized`,
		` +that is failed, with a reason: TRANSACTION_CANCEL`,
		`  send a batch +4 transfers in one call, .*`,
		` +team-2: cinetpay: Send "team-2": rejected: insufficient funds: .*code 602.*`,
		`  confirm a payout by mail +pending, because it `+mail,
		` +the merchant confirms; FindPayout says pending: REC`,
		`  receive a hint +a notification about salary-1 comes; nobody has signed it, .*`,
		` +FindPayout says succeeded; proof confirmed`,
		`  see through a false hint +somebody says "VAL" of team-4; .* 503`,
		` +FindPayout says pending: it `+mail,
		`  lose an answer +salary-2: .* Was it paid\?`,
		` +the error is ErrOutcomeUnknown: cinetpay: Payout "salary-2": outcome unknown: .*`,
		` +CinetPay has it, as `+id+`, pending; the ledger shows 1 debit`,
		`  look the transfers up +3 succeeded, 1 rejected by the operator, 1 still waiting for the mail`,
		`  compare with the ledger +each of the 8 orders moved what the table says, .*`,
		`REFERENCE +WHAT +PHONE +AMOUNT +STATUS +NOTIFICATION +PROVIDER ID +LEDGER +REASON`,
		`order-1 +checkout +- +5000 XOF +succeeded +signed, confirmed +`+id+` +\+5000 +-`,
		`order-2 +checkout +- +7500 XOF +failed +signed, confirmed +`+id+` +- +TRANSACTION_CANCEL`,
		`team-1 +transfer in a batch +\+225••••04 +12500 XOF +succeeded +hint, confirmed +`+id+` +-12500 +-`,
		`team-2 +transfer in a batch +\+221••••67 +1400000 XOF +not made +- +- +- +insufficient funds`,
		`team-3 +transfer in a batch +\+226••••33 +20000 XOF +failed +hint, confirmed +`+id+` +-20000 \+20000 +The wallet is closed`,
		`team-4 +transfer in a batch +\+228••••33 +7500 XOF +pending +hint, false +`+id+` +-7500 +`+mail,
		`salary-1 +payout +\+225••••11 +10000 XOF +succeeded +hint, confirmed +`+id+` +-10000 +-`,
		`salary-2 +payout, answer lost +\+223••••33 +15000 XOF +succeeded +hint, confirmed +`+id+` +-15000 +-`,
	)
	if strings.Contains(stdout, "0708091011") || strings.Contains(stdout, "sandbox-") || strings.Contains(stdout, "token=") {
		t.Errorf("a phone number or a secret is shown in:\n%s", stdout)
	}
}

func TestAmount(t *testing.T) {
	stdout := clitest.Succeeds(t, run, nil, "-amount", "2505")
	clitest.WantRows(t, stdout, `order-1 +checkout +- +2505 XOF +succeeded +signed, confirmed +`+id+` +\+2505 +-`)
}

func TestBadInput(t *testing.T) {
	keys := func(changed ...string) map[string]string {
		env := map[string]string{
			"CINETPAY_API_KEY": "k", "CINETPAY_PASSWORD": "p", "CINETPAY_SITE_ID": "1",
			"CINETPAY_NOTIFY_URL": "https://shop.example/ipn",
		}
		for i := 0; i < len(changed); i += 2 {
			env[changed[i]] = changed[i+1]
		}
		return env
	}
	for _, test := range []struct {
		args string // separated by |
		env  map[string]string
		want string // begins the line on stderr
	}{
		{"-amount|lots", nil, `-amount: "lots" is not an amount`},
		{"-amount|12.50", nil, `-amount: amount "12.50" has 2 decimals, XOF has none`},
		{"-amount|0", nil, `-amount: 0 XOF is not a multiple of 5, and more than 0`},
		{"-amount|-5", nil, `-amount: -5 XOF is not a multiple of 5, and more than 0`},
		{"-amount|101", nil, `-amount: 101 XOF is not a multiple of 5, and more than 0`},
		{"-listen|127.0.0.1:0", nil, `-listen: goes with -remote only`},
		{"-colour|red", nil, `flag provided but not defined: -colour; -h shows the flags`},
		{"please", nil, `unexpected argument "please"`},
		{"-real-money", keys(), `-real-money: goes with -remote only`},
		{"-remote", keys(), `-remote: CinetPay documents no sandbox, so this would move real money; add -real-money`},
		{
			"-remote|-real-money", nil,
			`-remote: not set in the environment: CINETPAY_API_KEY, CINETPAY_PASSWORD, CINETPAY_SITE_ID, CINETPAY_NOTIFY_URL`,
		},
		{"-remote|-real-money", keys("CINETPAY_PASSWORD", ""), `-remote: not set in the environment: CINETPAY_PASSWORD`},
		{"-remote|-real-money|-listen|127.0.0.1:0", keys(), `-remote: not set in the environment: CINETPAY_SECRET_KEY`},
		{"-remote|-real-money", keys(), `-amount: has to be given with -remote`},
		{
			"-remote|-real-money|-amount|100", keys("CINETPAY_NOTIFY_URL", "http://localhost/ipn"),
			`CINETPAY_NOTIFY_URL: want a public https URL`,
		},
		{"-remote|-real-money|-amount|100", keys("CINETPAY_API_KEY", "two words"), `the keys in the environment: cinetpay: New: `},
		{"-remote|-real-money|-amount|100|-listen|nowhere", keys("CINETPAY_SECRET_KEY", "s"), `-listen: `},
	} {
		clitest.Refuses(t, "cinetpay", run, test.args, test.env, test.want)
	}
}

func TestHelp(t *testing.T) { clitest.Helps(t, run, "-real-money", "CINETPAY_SECRET_KEY") }

// Keys in the environment are another account's than the sandbox's, which would refuse them. Without -remote
// they are not even read.
func TestEnvironmentIsNotReadWithoutRemote(t *testing.T) { clitest.IgnoresEnvironment(t, run) }

func TestInterrupted(t *testing.T) {
	clitest.NamesTheStep(t, run, `cinetpay: CinetPay, step "read the balance": `)
}

// The steps of -remote, with a sandbox in CinetPay's place: reads, one page, no transfer.
func TestRemoteSteps(t *testing.T) {
	for _, test := range []struct {
		name         string
		listen, paid bool
		status       wapay.Status
		fails        string
	}{
		{"without notifications", false, false, wapay.StatusPending, ""},
		{"paid", true, true, wapay.StatusSucceeded, ""},
		{"cancelled", true, false, wapay.StatusFailed, `step "wait for you to pay": example-`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := openShop(&input{amount: wapay.XOF.Units(500)})
			if err != nil {
				t.Fatal(err)
			}
			defer s.sandbox.Close()
			defer s.inbox.Close()
			notify, err := url.Parse(s.checkouts)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			customerDone := make(chan error, 1)
			if test.listen {
				go func() { // the customer, when the page has been asked about: login, balance, page, question
					err := s.sandbox.WaitRequests(ctx, 4)
					if err == nil {
						page := s.sandbox.Checkouts()[0].ID
						if test.paid {
							err = s.sandbox.PayCheckout(page, "OM", customer)
						} else {
							err = s.sandbox.RefuseCheckout(page, 627)
						}
					}
					customerDone <- err
				}()
			} else {
				s.inbox.Close()
				s.inbox = nil
				customerDone <- nil
			}
			var out bytes.Buffer
			err = s.remoteSteps(ctx, &out, notify)
			if (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Fatalf("%v after:\n%s", err, &out)
			}
			if err := <-customerDone; err != nil {
				t.Error(err)
			}
			if len(s.orders) != 1 || s.orders[0].status != test.status {
				t.Errorf("%d orders, of which one %s", len(s.orders), s.orders[0].status)
			}
			if n := s.sandbox.Count("POST", sendPath) + s.sandbox.Count("POST", "v1/transfer/contact"); n != 0 {
				t.Errorf("%d requests to send money", n)
			}
			if n := s.sandbox.Count("POST", "v2/payment"); n != 1 {
				t.Errorf("%d pages", n)
			}
			clitest.WantRows(t, out.String(), `  - a payment page for 500 XOF is made, reference example-[0-9]{14}; .*`,
				`  - nobody is sent money: .*`, `  make a payment page +http://127\.0\.0\.1:.*`)
		})
	}
}

// A port that is taken is the user's to change.
func TestListenOnATakenPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	code, _, stderr := clitest.Start(t, run, map[string]string{
		"CINETPAY_API_KEY": "k", "CINETPAY_PASSWORD": "p", "CINETPAY_SITE_ID": "1",
		"CINETPAY_NOTIFY_URL": "https://shop.example/ipn", "CINETPAY_SECRET_KEY": "s",
	}, "-remote", "-real-money", "-amount", "100", "-listen", taken.Addr().String())
	if code != 2 || !strings.HasPrefix(stderr, "cinetpay: -listen: ") {
		t.Errorf("exit status %d, stderr %q", code, stderr)
	}
}

func TestCompareLedger(t *testing.T) {
	amount := wapay.XOF.Units(700)
	entry := func(kind sandbox.EntryKind, amount int64, reference string) sandbox.Entry {
		return sandbox.Entry{Kind: kind, Amount: amount, Currency: "XOF", Reference: reference, Why: "transfer"}
	}
	debit, back := entry(sandbox.Debit, 700, "a"), entry(sandbox.Credit, 700, "a")
	funding := sandbox.Entry{Kind: sandbox.Credit, Amount: 1000, Currency: "XOF", Why: "funding"}
	for _, test := range []struct {
		name    string
		order   order
		entries []sandbox.Entry
		want    string
	}{
		{"sent", order{payout: true, status: wapay.StatusSucceeded}, []sandbox.Entry{funding, debit}, ""},
		{"pending", order{payout: true, status: wapay.StatusPending}, []sandbox.Entry{debit}, ""},
		{"sent twice", order{payout: true, status: wapay.StatusSucceeded}, []sandbox.Entry{debit, debit}, `a: the ledger has "-700 -700", want "-700"`},
		{"not sent", order{payout: true, status: wapay.StatusSucceeded}, nil, `a: the ledger has "", want "-700"`},
		{"given back", order{payout: true, status: wapay.StatusFailed}, []sandbox.Entry{debit, back}, ""},
		{"not given back", order{payout: true, status: wapay.StatusFailed}, []sandbox.Entry{debit}, `a: the ledger has "-700", want "-700 +700"`},
		{"not made", order{payout: true, refused: true}, []sandbox.Entry{debit}, `a: the ledger has "-700", want ""`},
		{"paid", order{status: wapay.StatusSucceeded}, []sandbox.Entry{back}, ""},
		{"paid another amount", order{status: wapay.StatusSucceeded}, []sandbox.Entry{entry(sandbox.Credit, 70, "a")}, `a: the ledger has "+70", want "+700"`},
		{"refused, and paid", order{status: wapay.StatusFailed}, []sandbox.Entry{back}, `a: the ledger has "+700", want ""`},
		{"one too many", order{status: wapay.StatusSucceeded}, []sandbox.Entry{back, entry(sandbox.Debit, 5, "b")}, `the ledger has "b"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := test.order
			o.reference, o.amount = "a", amount
			err := compareLedger(test.entries, []*order{&o})
			if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A step that fails ends the program with its name; what was done until then is in the table.
func TestFailingStep(t *testing.T) {
	s, err := openShop(&input{amount: wapay.XOF.Units(500)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.sandbox.Inject(sandbox.Fault{Kind: sandbox.FaultProviderError, Method: "POST", Path: "v2/payment", Before: true})
	err = cli.Run(context.Background(), io.Discard, "CinetPay", []cli.Step{{Name: "make a payment page", Do: s.makePage}})
	var stderr bytes.Buffer
	if code := cli.Exit("cinetpay", &stderr, err); code != 1 || !strings.HasPrefix(stderr.String(), `cinetpay: CinetPay, step "make a payment page": `) {
		t.Errorf("exit status %d, stderr %q", code, &stderr)
	}
	if len(s.orders) != 1 || s.orders[0].status != wapay.StatusUnknown || s.orders[0].refused {
		t.Errorf("%d orders, want one of which nothing is known", len(s.orders))
	}
}

// Whoever stops the program while a payout's outcome is unknown has to find the payout in the table.
func TestStoppedWhileUnknown(t *testing.T) {
	s, err := openShop(&input{amount: wapay.XOF.Units(500)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s.sandbox.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Before: true, Method: "GET", Path: "v1/transfer/check/money", Times: -1})
	go func() { // login, contact, transfer, lookup: stopped when the first lookup has come
		_ = s.sandbox.WaitRequests(ctx, 4)
		cancel()
	}()
	if _, err := s.loseAnswer(ctx); !errors.Is(err, wapay.ErrOutcomeUnknown) {
		t.Errorf("%v", err)
	}
	if len(s.orders) != 1 || s.orders[0].reference != "salary-2" || s.orders[0].status != wapay.StatusUnknown || s.orders[0].refused {
		t.Errorf("orders %+v", s.orders)
	}
}

// What CinetPay has under the order's name is compared with the order, and what is known is not undone.
func TestHear(t *testing.T) {
	b, err := inbox.Open("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	about := func(reference string, status wapay.Status, francs int64, proof ipn.Proof) *ipn.Event {
		return &ipn.Event{Kind: ipn.KindPayment, Reference: reference, Status: status, Amount: wapay.XOF.Units(francs), Proof: proof}
	}
	payout := about("a", wapay.StatusFailed, 700, ipn.ProofConfirmed)
	payout.Kind = ipn.KindPayout
	for _, e := range []*ipn.Event{
		about("b", wapay.StatusFailed, 700, ipn.ProofConfirmed), payout,
		about("a", wapay.StatusSucceeded, 70, ipn.ProofConfirmed), about("a", wapay.StatusSucceeded, 700, ipn.ProofNone),
		about("a", wapay.StatusSucceeded, 700, ipn.ProofConfirmed), about("a", wapay.StatusPending, 700, ipn.ProofConfirmed),
	} {
		if err := b.Receive(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
	s, o := &shop{inbox: b}, &order{reference: "a", amount: wapay.XOF.Units(700)}
	for i, want := range []struct {
		err    string
		status wapay.Status
	}{
		{"a: 700 XOF ordered, and 70 XOF with proof confirmed", wapay.StatusUnknown},
		{"a: 700 XOF ordered, and 700 XOF with proof none", wapay.StatusUnknown},
		{"", wapay.StatusSucceeded},
		{"", wapay.StatusSucceeded},
	} {
		_, err := s.hear(context.Background(), o)
		if (err == nil) != (want.err == "") || err != nil && err.Error() != want.err || o.status != want.status {
			t.Errorf("%d: %v, and the order is %s", i, err, o.status)
		}
	}
}
