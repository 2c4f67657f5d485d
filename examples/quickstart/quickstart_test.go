package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/internal/sandbox"
	"github.com/wapay-go/wapay/ipn"
)

// start runs the program with an environment.
func start(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), args, func(name string) string { return env[name] }, &out, &errs)
	return code, out.String(), errs.String()
}

// wantRows fails unless stdout has a line for each of the patterns, in this order.
func wantRows(t *testing.T, stdout string, patterns ...string) {
	t.Helper()
	rest := stdout
	for _, p := range patterns {
		at := regexp.MustCompile(`(?m)^` + p + `$`).FindStringIndex(rest)
		if at == nil {
			t.Fatalf("no line %q where it should be in:\n%s", p, stdout)
		}
		rest = rest[at[1]:]
	}
}

const id = `[0-9a-f]{8}…`

func TestEverythingOnTheSandbox(t *testing.T) {
	began := time.Now()
	code, stdout, stderr := start(t, nil)
	if code != 0 || stderr != "" {
		t.Fatalf("exit status %d, stderr %q, stdout:\n%s", code, stderr, stdout)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("took %v", took)
	}
	wantRows(t, stdout,
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
			code, stdout, stderr := start(t, nil, test.args...)
			if code != 0 {
				t.Fatalf("exit status %d: %s", code, stderr)
			}
			wantRows(t, stdout, `order-1 +charge +`+test.row+` +succeeded +received, confirmed by asking +`+id)
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
		{"-phone|+226 70 65 61 88|-country|SN", nil, `-phone: phone number of SN with a calling code other than +221`},
		{"-country|XX", nil, `-country: "XX" is none of BF, BJ`},
		{"-country|SN", nil, `-country: needs a -phone of that country`},
		{"-phone|+223 70 65 61 88", nil, `-country: BarkaPay has no operators in ML`},
		{"-operator|WAVE", nil, `-operator: BarkaPay has no "WAVE" in BF, but MOOV, ORANGE`},
		{"-operator|", nil, `-operator: BarkaPay has no "" in BF, but MOOV, ORANGE`},
		{"-amount|lots", nil, `-amount: "lots" is not an amount`},
		{"-amount|12.50", nil, `-amount: "12.50" has 2 decimals, XOF has 0`},
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
		t.Run(test.args, func(t *testing.T) {
			code, stdout, stderr := start(t, test.env, strings.Split(test.args, "|")...)
			if code != 2 {
				t.Errorf("exit status %d", code)
			}
			if !strings.HasPrefix(stderr, "quickstart: "+test.want) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("stderr %q", stderr)
			}
			if strings.Contains(stdout, "Usage") || strings.Contains(stdout, "order-1") {
				t.Errorf("stdout %q", stdout)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	code, stdout, stderr := start(t, nil, "-h")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "-real-money") || !strings.Contains(stdout, "BARKAPAY_API_KEY") {
		t.Errorf("exit status %d, stderr %q, stdout %q", code, stderr, stdout)
	}
}

// Keys in the environment are another account's than the sandbox's, which would refuse them. Without -remote
// they are not even read.
func TestEnvironmentIsNotReadWithoutRemote(t *testing.T) {
	var read []string
	env := func(name string) string { read = append(read, name); return "a-live-key" }
	for _, proxy := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(proxy, "http://192.0.2.1:3128")
	}
	var stderr bytes.Buffer
	if code := run(context.Background(), nil, env, io.Discard, &stderr); code != 0 {
		t.Errorf("exit status %d: %s", code, &stderr)
	}
	if read != nil {
		t.Errorf("read %q", read)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, nil, func(string) string { return "" }, &stdout, &stderr)
	if code != 1 || !strings.HasPrefix(stderr.String(), `quickstart: BarkaPay, step "check the keys": `) || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("exit status %d, stderr %q", code, &stderr)
	}
}

// The steps of -remote, with a sandbox in BarkaPay's place.
func TestRemoteSteps(t *testing.T) {
	for _, link := range []bool{false, true} {
		t.Run(fmt.Sprintf("link=%t", link), func(t *testing.T) {
			s := sandbox.NewBarkaPay(sandbox.BarkaPayConfig{})
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
					_ = s.ConfirmPayment(s.PaymentIDs(orderOf(s))[0])
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
			wantRows(t, out.String(), `Intram, CinetPay, MPP and Bantu are left out: .*`, `  - 5000 XOF is charged to \+226••••88, .*`, `  - nobody is paid out: .*`,
				`  charge your phone +pending`, `  wait for you to confirm +succeeded`)
		})
	}
}

// orderOf is the reference of the sandbox's one charge.
func orderOf(s *sandbox.BarkaPay) string {
	for _, r := range s.Requests() {
		if reference := r.Query.Get("order_id"); reference != "" {
			return reference
		}
	}
	return ""
}

func TestCompareLedger(t *testing.T) {
	payment := &order{kind: ipn.KindPayment, reference: "order-1", amount: wapay.XOF.Units(500), id: "a"}
	payout := &order{kind: ipn.KindPayout, reference: "salary-1", amount: wapay.XOF.Units(700), id: "b"}
	credit := sandbox.Entry{Kind: sandbox.Credit, Amount: 500, Currency: "XOF", Reference: "order-1", ID: "a", Why: "transaction"}
	debit := sandbox.Entry{Kind: sandbox.Debit, Amount: 700, Currency: "XOF", Reference: "salary-1", ID: "b", Why: "transaction"}
	other := debit
	other.Reference = "salary-2"
	more, reversed := debit, debit
	more.Amount, reversed.Kind = 701, sandbox.Credit
	funding := sandbox.Entry{Kind: sandbox.Credit, Amount: 1000, Currency: "XOF", Why: "funding"}
	for _, test := range []struct {
		name    string
		entries []sandbox.Entry
		want    string
	}{
		{"equal", []sandbox.Entry{funding, debit, credit}, ""},
		{"debited twice", []sandbox.Entry{credit, debit, debit}, "salary-1: 2 entries"},
		{"not debited", []sandbox.Entry{credit}, "salary-1: 0 entries"},
		{"another amount", []sandbox.Entry{credit, more}, "salary-1: the ledger has a debit of 701 XOF"},
		{"the other way", []sandbox.Entry{credit, reversed}, "salary-1: the ledger has a credit"},
		{"one too many", []sandbox.Entry{credit, debit, other}, `the ledger has "salary-2"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := compareLedger(test.entries, []*order{payment, payout})
			if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("%v", err)
			}
		})
	}
}
