package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay/examples/internal/clitest"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

const id = `[0-9a-f]{8}…`

func TestEverythingOnTheSandbox(t *testing.T) {
	began := time.Now()
	stdout := clitest.Succeeds(t, run, nil)
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("took %v", took)
	}
	clitest.WantRows(t, stdout,
		`  ask who we are +SANDBOX in SL, with SLE; `+id,
		`  read the balance +76738.84 SLE, to the last cent`,
		`  list the channels +OM \(Orange Money\) for payment, transfer`,
		` +requires amount numeric min:1 max:50000.5; first_name string min:2; .*`,
		`  break a channel's rules +7 things wrong with one for CDT, and nothing sent:`,
		` +LastName is required`,
		` +Payout refuses such a one, too: Amount is 0.5, .*; Recipient.LastName is required`,
		`  ask whose wallet it is +\+232••••09 is Mariama K.`,
		`  charge a customer +250.75 SLE by OM: pending, .*`,
		`  pay three people +3 payouts sent`,
		` +the error is ErrOutcomeUnknown: mpp: Payout "salary-2": outcome unknown: .*`,
		` +MPP has it, as `+id+`, pending; its ledger shows 1 debit`,
		`  follow the statuses +order-1: initiated → pending → processing → transmitted → completed, which is succeeded`,
		` +salary-3: initiated → pending → processing → transmitted → failed, which is failed`,
		`  receive the callbacks +16 over HTTP, unsigned: .*`,
		` +so MPP was asked, .*: 3 succeeded, 1 failed \(the wallet is full\)`,
		`  disbelieve a forged one +it says "failed" of salary-1, .*`,
		` +MPP says "completed", and that is what counts`,
		`  list by pages +page 1 of 2: salary-3, salary-2`,
		` +page 2 of 2: salary-1, order-1`,
		`  outlive a token +MPP refused the one we had; .*`,
		`  compare with the ledger +76738.84 SLE .* = 74916.34 SLE, on both sides`,
		`REFERENCE +WHAT +CHANNEL +PHONE +AMOUNT +FEES +STATUS +CALLBACK +MPP ID`,
		`order-1 +payment +OM +\+232••••09 +250.75 SLE +2.50 +succeeded +a hint, then asked +`+id,
		`salary-1 +payout +OM +\+232••••56 +1200.00 SLE +12.00 +succeeded +a hint, then asked +`+id,
		`salary-2 +payout, answer lost +OM +\+232••••00 +850.25 SLE +8.50 +succeeded +a hint, then asked +`+id,
		`salary-3 +payout +AFM +\+232••••66 +999.99 SLE +9.99 +failed +a hint, then asked +`+id,
	)
	for _, whole := range []string{"80002209", "sandbox-secret"} {
		if strings.Contains(stdout, whole) {
			t.Errorf("%s is shown", whole)
		}
	}
}

func TestOwnCustomer(t *testing.T) {
	for _, test := range []struct {
		args []string
		row  string
	}{
		// The customer pays AFM's fees: they do not touch the balance.
		{[]string{"-phone", "076 123456", "-country", "sl", "-channel", "afm", "-amount", "120.5"}, `AFM +\+232••••56 +120.50 SLE +1.20`},
		{[]string{"-phone", "+224 620 12 34 56", "-amount", "0.01"}, `OM +\+224••••56 +0.01 SLE +0.00`},
	} {
		stdout := clitest.Succeeds(t, run, nil, test.args...)
		clitest.WantRows(t, stdout, `order-1 +payment +`+test.row+` +succeeded +a hint, then asked +`+id)
	}
}

func TestBadInput(t *testing.T) {
	s := mpptest.New(mpptest.Config{})
	defer s.Close()
	keys := environment(s)
	other := environment(s)
	other["MPP_BUSINESS_ID"] = "7f1c2a9e-2a57-4f0c-b9a2-7a8f6cfc2d11"
	odd := environment(s)
	odd["MPP_BASE_URL"] = "http://mpp.example"
	for _, test := range []struct {
		args string // separated by |
		env  map[string]string
		want string // begins the line on stderr
	}{
		{"-phone|12", nil, `-phone: `},
		{"-phone|80 002209", nil, `-phone: a phone number without a country must begin with + or 00 and a calling code (or give -country)`},
		{"-country|SL", nil, `-country: needs a -phone of that country`},
		{"-channel|WAVE", nil, `-channel: the business takes no payments by "WAVE", but by OM, AFM`},
		{"-channel|CDT", nil, `-channel: the business takes no payments by "CDT", but by OM, AFM`},
		{"-amount|lots", nil, `-amount: "lots" is not an amount`},
		{"-amount|1.005", nil, `-amount: amount "1.005" has 3 decimals, SLE has 2`},
		{"-amount|0", nil, `-amount: 0.00 SLE is not more than 0`},
		{"-amount|50000.51|-channel|AFM", nil, `not sent: Amount is 50000.51, the channel allows 50000.5 at most`},
		{"-otp|123456", nil, `-otp: goes with -remote only`},
		{"-colour|red", nil, `flag provided but not defined: -colour; -h shows the flags`},
		{"please", nil, `unexpected argument "please"`},
		{"-real-money", keys, `-real-money: goes with -remote only`},
		{"-remote", keys, `-remote: where MPP has its sandbox is not documented, so the server may be the one with real money; add -real-money`},
		{"-remote|-real-money", nil, `-remote: not set in the environment: MPP_SECRET_ID, MPP_SECRET_KEY, MPP_BUSINESS_ID`},
		{"-remote|-real-money|-amount|5", keys, `-amount: needs a -phone to charge, with -remote`},
		{"-remote|-real-money|-phone|+23280002209", keys, `-amount: has to be given with -remote and -phone`},
		{"-remote|-real-money|-phone|+23280002209|-amount|5", keys, `-channel: has to be given with -remote and -phone`},
		{"-remote|-real-money|-otp|5", keys, `-otp: needs a -phone to charge, with -remote`},
		{"-remote|-real-money", other, `MPP_BUSINESS_ID: the keys are for the business 9ad49c94-`},
		{"-remote|-real-money", odd, `the values in the environment: mpp: New: `},
	} {
		clitest.Refuses(t, "mpp", run, test.args, test.env, test.want, "Usage", "order-1")
	}
	if n := s.Count("POST", "api/v1/transaction"); n != 0 {
		t.Errorf("%d transactions", n)
	}
}

func TestHelp(t *testing.T) { clitest.Helps(t, run, "-real-money", "MPP_BASE_URL") }

// Without -remote the environment is not even read, and a proxy in it not used.
func TestEnvironmentIsNotReadWithoutRemote(t *testing.T) { clitest.IgnoresEnvironment(t, run) }

func TestInterrupted(t *testing.T) {
	clitest.NamesTheStep(t, run, `mpp: MPP, step "ask who we are": `)
}

// environment has the keys of a sandbox that stands in MPP's place.
func environment(s *mpptest.Server) map[string]string {
	c := s.Config()
	return map[string]string{
		"MPP_SECRET_ID": c.SecretID, "MPP_SECRET_KEY": c.SecretKey, "MPP_BUSINESS_ID": c.BusinessID, "MPP_BASE_URL": s.URL(),
	}
}

func TestRemoteOnlyReads(t *testing.T) {
	s := mpptest.New(mpptest.Config{Currency: "XOF"})
	defer s.Close()
	stdout := clitest.Succeeds(t, run, environment(s), "-remote", "-real-money")
	clitest.WantRows(t, stdout, `MPP, on the server in MPP_BASE_URL:`, `  - nobody is charged: .*`, `  read the balance +1000000 XOF, .*`,
		`  list the newest +0 of 0`)
	if n := s.Count("POST", "api/v1/transaction"); n != 0 {
		t.Errorf("%d transactions", n)
	}
}

func TestRemoteCharge(t *testing.T) {
	s := mpptest.New(mpptest.Config{AutoSettle: true})
	defer s.Close()
	stdout := clitest.Succeeds(t, run, environment(s), "-remote", "-real-money", "-phone", "+232 80 002209", "-channel", "OM", "-amount", "5.25")
	clitest.WantRows(t, stdout, `  - 5.25, in the currency of the business, is charged to \+232••••09 by OM, once; .*`, `  - nobody is paid out: .*`,
		`  ask whose wallet it is +MPP knows no wallet with this number`, `  charge your phone +5.25 SLE: pending`,
		`  wait for you to confirm +succeeded`, `wapay-\S+ +payment +OM +\+232••••09 +5.25 SLE +- +succeeded +- +`+id,
		`wapay-\S+ +payment +OM +5.25 SLE +succeeded +`+id)
	if n := len(s.Transactions()); n != 1 {
		t.Errorf("%d transactions", n)
	}
}

// Where the answer to the charge is lost it is found again, and not sent once more.
func TestRemoteChargeWithoutAnswer(t *testing.T) {
	s := mpptest.New(mpptest.Config{AutoSettle: true})
	defer s.Close()
	s.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST", Path: "api/v1/transaction"})
	stdout := clitest.Succeeds(t, run, environment(s), "-remote", "-real-money", "-phone", "+23280002209", "-channel", "OM", "-amount", "5")
	clitest.WantRows(t, stdout, `  wait for you to confirm +succeeded`)
	if n := s.Count("POST", "api/v1/transaction"); n != 1 {
		t.Errorf("sent %d times", n)
	}
}

func TestRemoteFailures(t *testing.T) {
	charge := []string{"-remote", "-real-money", "-phone", "+23280002209", "-channel", "OM", "-amount", "5"}
	for name, test := range map[string]struct {
		secret string
		args   []string
		want   string
	}{
		"wrong keys": {"another-s3cret", charge[:2], `mpp: MPP, step "ask who we are": mpp: `},
		"declined":   {"", charge, `mpp: MPP, step "wait for you to confirm": wapay-`},
	} {
		t.Run(name, func(t *testing.T) {
			s := mpptest.New(mpptest.Config{AutoSettle: true})
			defer s.Close()
			s.EndAs("080002209", "rejected", "wrong PIN")
			env := environment(s)
			if test.secret != "" {
				env["MPP_SECRET_KEY"] = test.secret
			}
			code, stdout, stderr := clitest.Start(t, run, env, test.args...)
			if code != 1 || !strings.HasPrefix(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("exit status %d, stderr %q", code, stderr)
			}
			if test.secret == "" && !strings.HasSuffix(stderr, "is failed: wrong PIN\n") {
				t.Errorf("stderr %q", stderr)
			}
			if strings.Contains(stdout+stderr, "s3cret") {
				t.Error("a key is shown")
			}
		})
	}
}

// Ctrl-C while the customer looks for the phone: the program says what was seen last, and that it is not over.
func TestRemoteInterrupted(t *testing.T) {
	s := mpptest.New(mpptest.Config{})
	defer s.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	go func() {
		defer cancel()
		for n := 1; s.Count("GET", "api/v1/transaction/*") == 0 && s.WaitRequests(ctx, n) == nil; n++ {
		}
	}()
	env := environment(s)
	var stdout, stderr bytes.Buffer
	args := []string{"-remote", "-real-money", "-phone", "+23280002209", "-channel", "OM", "-amount", "5"}
	code := run(ctx, args, func(name string) string { return env[name] }, &stdout, &stderr)
	if code != 1 || !strings.HasPrefix(stderr.String(), `mpp: MPP, step "wait for you to confirm": wapay-`) ||
		!strings.Contains(stderr.String(), "was pending when last seen, and may yet be paid") || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("exit status %d, stderr %q", code, &stderr)
	}
	clitest.WantRows(t, stdout.String(), `wapay-\S+ +payment +OM +\+232••••09 +5.00 SLE +- +pending +- +`+id)
}
