package main

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

const id = `[0-9a-f]{8}…`

// start runs the program. It reads nothing from the environment.
func start(t *testing.T, ctx context.Context, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	for _, proxy := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(proxy, "http://192.0.2.1:3128")
	}
	env := func(name string) string { t.Errorf("%s is read", name); return "a-live-key" }
	var out, errs bytes.Buffer
	code = run(ctx, args, env, &out, &errs)
	return code, out.String(), errs.String()
}

// wantRows fails unless the program succeeds and says a line for each of the
// patterns, in this order.
func wantRows(t *testing.T, patterns ...string) (stdout string) {
	t.Helper()
	code, stdout, stderr := start(t, context.Background())
	if code != 0 || stderr != "" {
		t.Fatalf("exit status %d, stderr %q, stdout:\n%s", code, stderr, stdout)
	}
	rest := stdout
	for _, p := range patterns {
		at := regexp.MustCompile(`(?m)^` + p + `$`).FindStringIndex(rest)
		if at == nil {
			t.Fatalf("no line %q where it should be in:\n%s", p, stdout)
		}
		rest = rest[at[1]:]
	}
	return stdout
}

func TestEverythingOnTheSandbox(t *testing.T) {
	stdout := wantRows(t,
		`  check the keys +accepted, those of both apps`,
		` +charge with code, 2500 XOF: succeeded`,
		` +but the answer to salary-5 was lost on the way. Was it paid\?`,
		` +the error is ErrOutcomeUnknown: barkapay: Payout "salary-5": outcome unknown: .*`,
		` +BarkaPay has it, as `+id+`, pending`,
		`  receive the notifications +of 8 orders over HTTP, each confirmed`,
		`  refuse a forged one +401 Unauthorized; .*`,
		`  compare with the ledger +one entry for each of the 8 orders, and no other`,
		`REFERENCE +WHAT +PHONE +AMOUNT +STATUS +NOTIFICATION +PROVIDER ID`,
		`order-1 +charge +\+226••••88 +5000 XOF +succeeded +received, confirmed by asking +`+id,
		`salary-5 +payout, answer lost +\+229••••00 +15000 XOF +succeeded +received, confirmed by asking +`+id,
		`PayHub, played by the sandbox in this program.*`,
		`  charge the customers +charge with code, 7500 XOF: pending, give code; with the code succeeded`,
		` +the error is ErrOutcomeUnknown: payhub: Payout "tailor-2": outcome unknown: .*`,
		`  receive the notifications +of 3 orders over HTTP, each confirmed`,
		`  compare with the ledger +one entry for each of the 3 orders, and no other`,
		`bill-1 +charge with code +\+226••••77 +7500 XOF +succeeded +received, confirmed by asking +`+id,
		`Intram, played by the sandbox in this program.*`,
		` +Payout sent it again under the same idempotency key, and got the first answer`,
		`  receive the notifications +of 3 orders over HTTP, each signed`,
		`  compare with the ledger +one entry for each of the 3 orders, and no other`,
		`CinetPay, played by the sandbox in this program.*`,
		` +the error is ErrOutcomeUnknown: cinetpay: Payout "driver-2": outcome unknown: .*`,
		`CinetPay v1, played by the sandbox in this program.*`,
		`  charge the customers +charge, 3500 XOF: pending`,
		` +the error is ErrOutcomeUnknown: cinetpay-v1: Payout "COOK-2": outcome unknown: .*`,
		`  receive the notifications +of 3 orders over HTTP, each confirmed`,
		`  compare with the ledger +one entry for each of the 3 orders, and no other`,
		`MPP, played by the sandbox in this program.*`,
		` +the error is ErrOutcomeUnknown: mpp: Payout "farmer-2": outcome unknown: .*`,
		`  compare with the ledger +one entry for each of the 3 orders, and no other`,
		`Bantu, played by the sandbox in this program; .*`,
		`  refuse half a configuration +bantu: ConfigurePartner: not sent: .*`,
		`  check the partner +the configuration works: HTTP 200 UP`,
		`BarkaPay +3 of 3 succeeded +5 of 5 succeeded +0 verified, 8 confirmed by asking +1 settled by asking`,
		`PayHub +1 of 1 succeeded +2 of 2 succeeded +0 verified, 3 confirmed by asking +1 settled by asking`,
		`Intram +1 of 1 succeeded +2 of 2 succeeded +3 verified, 0 confirmed by asking +1 settled by an idempotent repeat`,
		`CinetPay +1 of 1 succeeded +2 of 2 succeeded +0 verified, 3 confirmed by asking +1 settled by asking`,
		`CinetPay v1 +1 of 1 succeeded +2 of 2 succeeded +0 verified, 3 confirmed by asking +1 settled by asking`,
		`MPP +1 of 1 succeeded +2 of 2 succeeded +0 verified, 3 confirmed by asking +1 settled by asking`,
	)
	if strings.Contains(stdout, "70656188") {
		t.Error("a phone number is shown in full")
	}
}

func TestBadFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-colour|red": `flag provided but not defined: -colour; -h shows the flags`,
		"please":      `unexpected argument "please"`,
	} {
		code, stdout, stderr := start(t, context.Background(), strings.Split(args, "|")...)
		if code != 2 || !strings.HasPrefix(stderr, "quickstart: "+want) || strings.Count(stderr, "\n") != 1 || stdout != "" {
			t.Errorf("%s: exit status %d, stderr %q, stdout %q", args, code, stderr, stdout)
		}
	}
}

func TestHelp(t *testing.T) {
	code, stdout, stderr := start(t, context.Background(), "-h")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "provider by provider") {
		t.Errorf("exit status %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	code, _, stderr := start(t, ctx)
	if code != 1 || !strings.HasPrefix(stderr, `quickstart: BarkaPay, step "check the keys": `) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit status %d, stderr %q", code, stderr)
	}
}

// A notification that is true, but not about the order, is not believed.
func TestReceive(t *testing.T) {
	paid := ipn.Event{
		Kind: ipn.KindPayment, ID: "a", Reference: "order-1", Amount: wapay.XOF.Units(500),
		Status: wapay.StatusSucceeded, Proof: ipn.ProofSigned,
	}
	for name, test := range map[string]struct {
		change func(*ipn.Event)
		ok     bool
	}{
		"paid":           {func(*ipn.Event) {}, true},
		"without an id":  {func(e *ipn.Event) { e.ID = "" }, true},
		"failed":         {func(e *ipn.Event) { e.Status = wapay.StatusFailed }, false},
		"another amount": {func(e *ipn.Event) { e.Amount = wapay.XOF.Units(5) }, false},
		"a payout":       {func(e *ipn.Event) { e.Kind = ipn.KindPayout }, false},
		"another id":     {func(e *ipn.Event) { e.ID = "b" }, false},
		"not signed":     {func(e *ipn.Event) { e.Proof = ipn.ProofNone }, false},
	} {
		o := &order{kind: ipn.KindPayment, reference: "order-1", id: "a", amount: wapay.XOF.Units(500)}
		s := &shop{orders: []*order{o}, events: make(chan *ipn.Event, 1)}
		e := paid
		test.change(&e)
		s.events <- &e
		if _, err := s.receive(context.Background()); (err == nil) != test.ok || (o.status == wapay.StatusSucceeded) != test.ok {
			t.Errorf("%s: %v, and the order is %s", name, err, o.status)
		}
	}
}
