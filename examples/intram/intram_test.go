package main

import (
	"bytes"
	"context"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay/examples/internal/clitest"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/intramtest"
)

// ownDirectory makes a directory of the test's the one for QR codes.
func ownDirectory(t *testing.T) { t.Setenv("TMPDIR", t.TempDir()) }

const id = `op_[0-9a-f]{16}`

func TestEverythingOnTheSandbox(t *testing.T) {
	file := filepath.Join(t.TempDir(), "order.PNG")
	ownDirectory(t)
	stdout := clitest.Succeeds(t, run, nil, "-qr", file)
	clitest.WantRows(t, stdout,
		` +test.ping came, signed`,
		`  write the QR code +\d+ bytes in `+regexp.QuoteMeta(file),
		` +the operation is queued, then succeeded; the payout is pending \(queued_for_settlement\)`,
		`  the bank settles it +succeeded`,
		`  lose an answer +the answer to payout-3 was cut off; .*`,
		` +sent 2 times, 1 operation, 1 debit in its ledger`,
		` +the error is ErrOutcomeUnknown: intram: CreatePayout "payout-4": outcome unknown: .*`,
		` +sent \d times, 1 operation, 1 debit in its ledger`,
		`  receive the notifications +8 over HTTP, .*`,
		`  refuse a forged one +.* 401 Unauthorized`,
		`  list the operations +6 in all: 1 refund, 4 payout, 1 payment_request; ours are among them`,
		`  list the transactions +6 in all: 1 REFUND succeeded, 4 DEBIT succeeded, 1 CREDIT refunded`,
		`  compare with the ledger +one entry for each of the 6 orders, and no other; the balances agree`,
		`  end the subscription +whs_[0-9a-f]{12} is gone, 0 left`,
		`REFERENCE +WHAT +WHO +AMOUNT +STATUS +OPERATION +NOTIFICATIONS, VERIFIED`,
		`order-1 +payment +\+229••••22 +5000 XOF +refunded +`+id+` +payment_request.created, payment_request.paid`,
		`payout-1 +payout +\+229••••22 +10000 XOF +succeeded +`+id+` +payout.completed`,
		`payout-2 +payout to a bank +BOABBJBJ +250000 XOF +succeeded +`+id+` +payout.queued, payout.completed`,
		`payout-3 +payout, answer lost +\+229••••22 +7500 XOF +succeeded +`+id+` +payout.completed`,
		`payout-4 +payout, all answers lost +\+229••••22 +7500 XOF +succeeded +`+id+` +payout.completed`,
		`refund-1 +refund of order-1 +\+229••••22 +5000 XOF +refunded +`+id+` +refund.completed`,
	)
	if strings.Contains(stdout, "97001122") || strings.Contains(stdout, "whsec_") {
		t.Error("a phone number or a secret is shown")
	}
	image, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	if _, err := png.Decode(image); err != nil {
		t.Errorf("the QR code is no image: %v", err)
	}
}

func TestOwnCustomer(t *testing.T) {
	for _, args := range [][]string{
		{"-phone", "01 95 12 34 56", "-operator", "MOOV_AFRICA_BENIN_229", "-amount", "1"},
		{"-phone", "+229 01 40 12 34 56", "-operator", "SBIN_BENIN_229", "-amount", "10000000"},
	} {
		ownDirectory(t)
		stdout := clitest.Succeeds(t, run, nil, args...)
		clitest.WantRows(t, stdout, `order-1 +payment +\+229••••56 +`+args[5]+` XOF +refunded +.*`)
		if files, _ := filepath.Glob(filepath.Join(os.TempDir(), "intram-qr-*.png")); len(files) != 1 || !strings.Contains(stdout, files[0]) {
			t.Errorf("QR codes %q", files)
		}
	}
}

func TestBadInput(t *testing.T) {
	ownDirectory(t)
	keys := func(more ...string) map[string]string {
		env := map[string]string{"INTRAM_PUBLIC_KEY": "pk_sandbox_1", "INTRAM_SECRET_KEY": "sk_sandbox_1"}
		for i := 0; i < len(more); i += 2 {
			env[more[i]] = more[i+1]
		}
		return env
	}
	live := keys("INTRAM_PUBLIC_KEY", "pk_live_1", "INTRAM_SECRET_KEY", "sk_live_1")
	for _, test := range []struct {
		args string // separated by |
		env  map[string]string
		want string // begins the line on stderr
	}{
		{"-phone|12", nil, `-phone: phone number of BJ with 2 digits`},
		{"-phone|+226 70 65 61 88", nil, `-phone: a number of BF, want one of BJ`},
		{"-operator|WAVE", nil, `-operator: "WAVE" is none of MTN_BENIN_229, MOOV`},
		{"-amount|lots", nil, `-amount: "lots" is not an amount`},
		{"-amount|12.50", nil, `-amount: amount "12.50" has 2 decimals, XOF has none`},
		{"-amount|0", nil, `-amount: 0 XOF is not more than 0`},
		{"-amount|10000001", nil, `-amount: the sandbox takes at most 10000000 XOF`},
		{"-qr|code.jpg", nil, `-qr: "code.jpg" does not end in .png`},
		{"-qr|nowhere/code.png", nil, `-qr: there is no directory "nowhere"`},
		{"-listen|127.0.0.1:80", nil, `-listen: goes with -remote only`},
		{"-colour|red", nil, `flag provided but not defined: -colour; -h shows the flags`},
		{"please", nil, `unexpected argument "please"`},
		{"-real-money", keys(), `-real-money: goes with -remote only`},
		{"-remote", nil, `-remote: not set in the environment: INTRAM_PUBLIC_KEY, INTRAM_SECRET_KEY`},
		{"-remote", keys("INTRAM_SECRET_KEY", ""), `-remote: not set in the environment: INTRAM_SECRET_KEY`},
		{"-remote", keys("INTRAM_PUBLIC_KEY", "pk_1"), `the INTRAM_ variables in the environment: intram: New: `},
		{"-remote", keys("INTRAM_BASE_URL", "http://intram.example"), `the INTRAM_ variables in the environment: `},
		{"-remote", live, `-remote: INTRAM_PUBLIC_KEY is live (pk_live_…), so this would move real money; add -real-money`},
		{"-remote|-real-money", live, `-phone: has to be given with a live key`},
		{"-remote|-real-money|-phone|0197001122", live, `-operator: has to be given with a live key`},
		{"-remote|-real-money|-phone|0197001122|-operator|SBIN_BENIN_229", live, `-amount: has to be given with a live key`},
		{"-remote", keys("INTRAM_WEBHOOK_URL", "https://shop.example/"), `INTRAM_WEBHOOK_URL: is set, and has to lead to this program`},
		{"-remote|-listen|:8080", keys(), `-listen: goes with INTRAM_WEBHOOK_URL`},
		{"-remote|-listen|:8080", keys("INTRAM_WEBHOOK_URL", "http://shop.example/"), `INTRAM_WEBHOOK_URL: want a public https URL`},
		{"-remote|-listen|8080", keys("INTRAM_WEBHOOK_URL", "https://shop.example/"), `-listen: "8080" is not host:port`},
	} {
		clitest.Refuses(t, "intram", run, test.args, test.env, test.want)
	}
}

func TestHelp(t *testing.T) { clitest.Helps(t, run, "-qr", "INTRAM_SECRET_KEY") }

// Without -remote the keys in the environment are not even read.
func TestEnvironmentIsNotReadWithoutRemote(t *testing.T) {
	ownDirectory(t)
	clitest.IgnoresEnvironment(t, run)
}

func TestInterrupted(t *testing.T) {
	clitest.NamesTheStep(t, run, `intram: Intram, step "read the balance": `)
}

// A step that fails is named, and what was ordered before is shown all the same.
func TestFailedStep(t *testing.T) {
	ownDirectory(t)
	code, stdout, stderr := clitest.Start(t, run, nil, "-qr", filepath.Join(unwritable(t), "code.png"))
	if code != 1 || !strings.HasPrefix(stderr, `intram: Intram, step "write the QR code": `) {
		t.Errorf("exit status %d, stderr %q", code, stderr)
	}
	clitest.WantRows(t, stdout, `order-1 +payment .* pending +`+id+` +-`)
}

// unwritable is a directory in which the file code.png cannot be written: it leads to a directory that is not there.
func unwritable(t *testing.T) string {
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(dir, "gone", "code.png"), filepath.Join(dir, "code.png")); err != nil {
		t.Skip(err)
	}
	return dir
}

// remote is a sandbox in the place of Intram's own server, with a customer who pays.
func remote(t *testing.T) (*intramtest.Server, map[string]string) {
	s := intramtest.New(intramtest.Config{StepAfter: time.Millisecond, AllowedIPs: []string{"127.0.0.1"}})
	t.Cleanup(s.Close)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	go func() {
		for n := 1; s.WaitRequests(ctx, n) == nil; n++ {
			for _, tx := range s.Transactions() {
				if tx.Type == "CREDIT" && s.PayRequest(tx.Reference) == nil {
					return
				}
			}
		}
	}()
	return s, map[string]string{
		"INTRAM_PUBLIC_KEY": s.Config().PublicKey, "INTRAM_SECRET_KEY": s.Config().SecretKey, "INTRAM_BASE_URL": s.URL(),
	}
}

func TestRemote(t *testing.T) {
	s, env := remote(t)
	ownDirectory(t)
	stdout := clitest.Succeeds(t, run, env, "-remote")
	clitest.WantRows(t, stdout, `Intram, its own server and a sandbox key, so no real money:`,
		`  - 5000 XOF is asked of \+229••••22, .*`, `  - payouts are made .*`, `  - notifications cannot reach this program, .*`,
		`  read the balance .*`, `  wait for the customer +succeeded, .*`,
		`\d{8}-\d{6}-order-1 +payment +.*refunded.*`, `.*payout-2 +payout to a bank +.*pending.*`)
	if n := len(s.Operations()); n != 4 {
		t.Errorf("%d operations", n)
	}
}

func TestRemoteLive(t *testing.T) {
	s, env := remote(t)
	env["INTRAM_PUBLIC_KEY"], env["INTRAM_SECRET_KEY"] = s.Config().LivePublicKey, s.Config().LiveSecretKey
	ownDirectory(t)
	stdout := clitest.Succeeds(t, run, env, "-remote", "-real-money", "-phone", "0197001122", "-operator", "MTN_BENIN_229", "-amount", "100")
	clitest.WantRows(t, stdout, `Intram, its own server, a live key and real money:`, `  - 100 XOF is asked of .*`, `  - nobody is paid out .*`,
		`.*order-1 +payment +.*succeeded.*`)
	if posts := s.Count("POST", ""); posts != 1 || s.Count("POST", "payment-requests") != 1 {
		t.Errorf("%d POST requests", posts)
	}
}

// Notifications that come through a tunnel; and the subscription is ended when a step fails.
func TestRemoteNotifications(t *testing.T) {
	for _, fails := range []bool{false, true} {
		s, env := remote(t)
		ownDirectory(t)
		in, err := readInput([]string{"-remote"}, func(name string) string { return env[name] }, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		shop, err := openRemote(in)
		if err != nil {
			t.Fatal(err)
		}
		tunnel := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			to, _ := url.Parse(shop.inbox.URL)
			httputil.NewSingleHostReverseProxy(to).ServeHTTP(w, r)
		}))
		defer tunnel.Close()
		in.webhook, in.listen = tunnel.URL, "127.0.0.1:0"
		if fails {
			s.Inject(sandbox.Fault{Kind: sandbox.FaultProviderError, Method: "POST", Path: "payment-requests", Times: -1, Code: 400, ErrorCode: "no"})
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		var out bytes.Buffer
		err = shop.run(ctx, &out)
		shop.close(ctx, &out)
		if (err != nil) != fails {
			t.Fatalf("%v after:\n%s", err, &out)
		}
		if !fails {
			clitest.WantRows(t, out.String(), `  receive the notifications +5 over HTTP, .*`, `  end the subscription .* 0 left`)
		}
		if s.Count("DELETE", "webhooks/*") != 1 || strings.Contains(out.String(), "still there") {
			t.Errorf("the subscription was left:\n%s", &out)
		}
	}
}
