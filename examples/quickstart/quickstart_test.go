package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/internal/clitest"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

const id = `[0-9a-f]{8}…`

func TestEverythingOnTheSandbox(t *testing.T) {
	began := time.Now()
	stdout := clitest.Succeeds(t, run, nil)
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("took %v", took)
	}
	clitest.WantRows(t, stdout,
		`  check the keys +accepted, those of both apps`,
		` +but the answer to salary-4 was lost on the way. Was it paid\?`,
		` +the error is ErrOutcomeUnknown: barkapay: Payout "salary-4": outcome unknown: .*`,
		` +BarkaPay has it, as `+id+`, pending; its ledger shows 1 debit`,
		`  receive the notifications +8 over HTTP, .*`,
		`  refuse a forged one +.* 401 Unauthorized`,
		`  compare with the ledger +one entry for each of the 8 orders, and no other`,
		`REFERENCE +WHAT +PHONE +AMOUNT +STATUS +NOTIFICATION +PROVIDER ID`,
		`order-1 +charge +\+226••••88 +5000 XOF +succeeded +received, confirmed by asking +`+id,
		`order-2 +charge with code +\+226••••66 +2500 XOF +succeeded +received, confirmed by asking +`+id,
		`order-3 +payment link +\+226••••88 +7500 XOF +succeeded +received, confirmed by asking +`+id,
		`salary-1 +payout +\+226••••33 +10000 XOF +succeeded +received, confirmed by asking +`+id,
		`salary-2 +payout +\+221••••67 +12500 XOF +succeeded +received, confirmed by asking +`+id,
		`salary-3 +payout +\+225••••04 +20000 XOF +succeeded +received, confirmed by asking +`+id,
		`salary-4 +payout, answer lost +\+229••••00 +15000 XOF +succeeded +received, confirmed by asking +`+id,
		`salary-5 +payout +\+228••••33 +7500 XOF +succeeded +received, confirmed by asking +`+id,
		`Intram, played by the sandbox in this program`,
		`  check the keys +accepted; MTN_BENIN_229 has 1000000 XOF`,
		` +Payout sent it again under the same idempotency key, and got the first answer`,
		`  receive the notifications +of 3 orders over HTTP, each signed by Intram`,
		`  compare with the ledger +one entry for each of the 3 orders, and no other`,
		`basket-1 +payment page +\+229••••67 +4000 XOF +succeeded +received, verified +op_.*`,
		`supplier-1 +payout +\+229••••01 +9000 XOF +succeeded +received, verified +op_.*`,
		`supplier-2 +payout, answer lost +\+229••••02 +9000 XOF +succeeded +received, verified +op_.*`,
		`CinetPay, played by the sandbox in this program`,
		` +the error is ErrOutcomeUnknown: cinetpay: Payout "driver-2": outcome unknown: .*`,
		` +CinetPay has it, as [0-9A-F]{8}…, pending; its ledger shows 1 debit`,
		`  receive the notifications +of 3 orders over HTTP; CinetPay was asked about each:`,
		`  compare with the ledger +one entry for each of the 3 orders, and no other`,
		`ticket-1 +payment page +\+225••••01 +6000 XOF +succeeded +received, confirmed by asking +`+id,
		`driver-1 +payout +\+225••••01 +8000 XOF +succeeded +received, confirmed by asking +[0-9A-F]{8}…`,
		`driver-2 +payout, answer lost +\+225••••02 +8000 XOF +succeeded +received, confirmed by asking +[0-9A-F]{8}…`,
		`MPP, played by the sandbox in this program`,
		`  check the keys +accepted; the balance is 1000000.00 SLE`,
		` +the error is ErrOutcomeUnknown: mpp: Payout "farmer-2": outcome unknown: .*`,
		` +MPP has it, as `+id+`, pending; its ledger shows 1 debit`,
		`  receive the notifications +of 3 orders over HTTP, none of them signed: MPP was asked about each`,
		`  compare with the ledger +one entry for each of the 3 orders, and no other`,
		`fare-1 +charge +\+232••••09 +75.50 SLE +succeeded +received, confirmed by asking +`+id,
		`farmer-1 +payout +\+232••••01 +120.25 SLE +succeeded +received, confirmed by asking +`+id,
		`farmer-2 +payout, answer lost +\+232••••02 +120.25 SLE +succeeded +received, confirmed by asking +`+id,
		`Bantu, played by the sandbox in this program; it documents no endpoint for payments or payouts`,
		`  check the keys +accepted, the public one: partner.not.configured`,
		`  refuse half a configuration +bantu: ConfigurePartner: not sent: .*`,
		`  check the partner +the configuration works: HTTP 200 UP`,
		`PARTNER +WHAT +KEY +ANSWER`,
		`orange-money +configured +secret +HTTP 200`,
		`orange-money +checked +public +HTTP 200 UP`,
		`PROVIDER +PAYMENTS +PAYOUTS +NOTIFICATIONS +LOST ANSWERS +ALSO`,
		`BarkaPay +3 of 3 succeeded +5 of 5 succeeded +8 of 8 confirmed by asking +1 settled by asking +operators and balances listed`,
		`Intram +1 of 1 succeeded +2 of 2 succeeded +3 of 3 verified +1 settled by an idempotent repeat +notifications subscribed to`,
		`CinetPay +1 of 1 succeeded +2 of 2 succeeded +3 of 3 confirmed by asking +1 settled by asking +balance read`,
		`MPP +1 of 1 succeeded +2 of 2 succeeded +3 of 3 confirmed by asking +1 settled by asking +channels listed`,
		`Bantu +none documented +none documented +none sent +- +partner enabled, configured, checked`,
	)
	if strings.Contains(stdout, "70656188") {
		t.Error("a phone number is shown in full")
	}
}

func TestOwnCustomer(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		row  string
	}{
		{"national number", []string{"-phone", "77 987 65 43", "-country", "sn", "-operator", "WAVE", "-amount", "700"}, `\+221••••43 +700 XOF`},
		{"international number", []string{"-phone", "+225 07 01 02 03 04", "-operator", "mtn"}, `\+225••••04 +5000 XOF`},
		{"Togo, which BarkaPay spells TOG", []string{"-phone", "+228 90 01 02 03", "-operator", "TMONEY"}, `\+228••••03 +5000 XOF`},
		{"operator with one-time codes", []string{"-operator", "ORANGE", "-amount", "1000000"}, `\+226••••88 +1000000 XOF`},
	} {
		t.Run(test.name, func(t *testing.T) {
			stdout := clitest.Succeeds(t, run, nil, test.args...)
			clitest.WantRows(t, stdout, `order-1 +charge +`+test.row+` +succeeded +received, confirmed by asking +`+id)
		})
	}
}

func TestBadInput(t *testing.T) {
	keys := map[string]string{"BARKAPAY_API_KEY": "k", "BARKAPAY_API_SECRET": "s"}
	with := func(name, value string) map[string]string {
		return map[string]string{"BARKAPAY_API_KEY": "k", "BARKAPAY_API_SECRET": "s", name: value}
	}
	for _, test := range []struct {
		args string // separated by |
		env  map[string]string
		want string // begins the line on stderr
	}{
		{"-phone|12", nil, `-phone: `},
		{"-phone|70 65 61 88", nil, `-phone: a phone number without a country must begin with + or 00 and a calling code (or give -country)`},
		{"-phone|+226 70 65 61", nil, `-phone: phone number of BF with 6 digits`},
		{"-phone|+233 24 123 4567", nil, `-phone: a number of GH, want one of BF, BJ`},
		{"-phone|+226 70 65 61 88|-country|SN", nil, `-phone: a number of BF, but -country is SN`},
		{"-country|XX", nil, `-country: "XX" is none of BF, BJ`},
		{"-country|SN", nil, `-country: needs a -phone of that country`},
		{"-phone|+223 70 65 61 88", nil, `-country: BarkaPay has no operators in ML`},
		{"-operator|WAVE", nil, `-operator: BarkaPay has no "WAVE" in BF, but MOOV, ORANGE`},
		{"-operator|", nil, `-operator: BarkaPay has no "" in BF, but MOOV, ORANGE`},
		{"-amount|lots", nil, `-amount: "lots" is not an amount`},
		{"-amount|12.50", nil, `-amount: amount "12.50" has 2 decimals, XOF has none`},
		{"-amount|0", nil, `-amount: 0 XOF is not more than 0`},
		{"-amount|-5", nil, `-amount: -5 XOF is not more than 0`},
		{"-amount|99", nil, `-amount: MOOV takes 100 XOF to 1000000 XOF, not 99 XOF`},
		{"-amount|1000001", nil, `-amount: MOOV takes 100 XOF to 1000000 XOF, not 1000001 XOF`},
		{"-otp|123456", nil, `-otp: goes with -remote only`},
		{"-colour|red", nil, `flag provided but not defined: -colour; -h shows the flags`},
		{"-phone", nil, `flag needs an argument: -phone; -h shows the flags`},
		{"please", nil, `unexpected argument "please"`},
		{"-real-money", keys, `-real-money: goes with -remote only`},
		{"-remote", keys, `-remote: BarkaPay documents no sandbox, so this would move real money; add -real-money`},
		{"-remote|-real-money", nil, `-remote: not set in the environment: BARKAPAY_API_KEY, BARKAPAY_API_SECRET`},
		{"-remote|-real-money", map[string]string{"BARKAPAY_API_KEY": "k"}, `-remote: not set in the environment: BARKAPAY_API_SECRET`},
		{"-remote|-real-money", with("BARKAPAY_SCI_KEY", "k2"), `-remote: not set in the environment: BARKAPAY_SCI_SECRET`},
		{"-remote|-real-money", keys, `-phone: has to be given with -remote`},
		{"-remote|-real-money|-phone|+22670656188", keys, `-operator: has to be given with -remote`},
		{"-remote|-real-money|-phone|+22670656188|-operator|MOOV", keys, `-amount: has to be given with -remote`},
		{
			"-remote|-real-money|-phone|+22670656188|-operator|MOOV|-amount|100",
			with("BARKAPAY_NOTIFY_URL", "http://localhost/ipn"), `BARKAPAY_NOTIFY_URL: want a public https URL`,
		},
		{
			"-remote|-real-money|-phone|+22670656188|-operator|MOOV|-amount|100",
			with("BARKAPAY_API_KEY", "two words"), `the keys in the environment: barkapay: New: `,
		},
	} {
		clitest.Refuses(t, "quickstart", run, test.args, test.env, test.want, "Usage", "order-1")
	}
}

func TestHelp(t *testing.T) { clitest.Helps(t, run, "-real-money", "BARKAPAY_API_KEY") }

// Keys in the environment are another account's than the sandbox's, which would refuse them. Without -remote
// they are not even read.
func TestEnvironmentIsNotReadWithoutRemote(t *testing.T) { clitest.IgnoresEnvironment(t, run) }

func TestInterrupted(t *testing.T) {
	clitest.NamesTheStep(t, run, `quickstart: BarkaPay, step "check the keys": `)
}

// The steps of -remote, with a sandbox in BarkaPay's place.
func TestRemoteSteps(t *testing.T) {
	for _, link := range []bool{false, true} {
		t.Run(fmt.Sprintf("link=%t", link), func(t *testing.T) {
			s := barkapaytest.New(barkapaytest.Config{})
			defer s.Close()
			account := s.Config()
			client, err := barkapay.New(barkapay.Credentials{
				APIKey: wapay.Secret(account.APIKey), APISecret: wapay.Secret(account.APISecret),
				SCIKey: wapay.Secret(account.SCIKey), SCISecret: wapay.Secret(account.SCISecret),
			}, wapay.WithBaseURL(s.URL()), wapay.WithHTTPClient(cli.LoopbackClient()))
			if err != nil {
				t.Fatal(err)
			}
			in, err := readInput([]string{"-remote", "-real-money"}, nil, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			before := 3 // keys, operators, balances
			if link {
				before = 4 // the keys of both apps
			}
			go func() { // the customer confirms when the charge has been followed by a question
				if s.WaitRequests(ctx, before+2) == nil {
					_ = s.Approve(s.PaymentIDs(orderOf(s))[0])
				}
			}()
			var out bytes.Buffer
			orders, err := (&barkaPay{in: in, client: client, links: link}).remoteSteps(ctx, &out)
			if err != nil {
				t.Fatalf("%v after:\n%s", err, &out)
			}
			want := []wapay.Status{wapay.StatusSucceeded}
			if link {
				want = append(want, wapay.StatusPending)
			}
			if len(orders) != len(want) {
				t.Fatalf("%d orders, want %d", len(orders), len(want))
			}
			for i, o := range orders {
				if o.status != want[i] {
					t.Errorf("%s is %s", o.what, o.status)
				}
			}
			if n := s.Count("POST", "transfer/*"); n != 0 {
				t.Errorf("%d payouts", n)
			}
			if n := s.Count("POST", "payment/mobile/api"); n != 1 {
				t.Errorf("%d charges", n)
			}
			clitest.WantRows(t, out.String(), `Intram, CinetPay, MPP and Bantu are left out: .*`, `  - 5000 XOF is charged to \+226••••88, .*`, `  - nobody is paid out: .*`,
				`  charge your phone +pending`, `  wait for you to confirm +succeeded`)
		})
	}
}

// orderOf is the reference of the sandbox's one charge.
func orderOf(s *barkapaytest.Server) string {
	for _, r := range s.Requests() {
		if reference := r.Query.Get("order_id"); reference != "" {
			return reference
		}
	}
	return ""
}
