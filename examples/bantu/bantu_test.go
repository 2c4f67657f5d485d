package main

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/bantu"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/internal/clitest"
	"github.com/wapay-go/wapay/sandbox/bantutest"
)

var anyKey = regexp.MustCompile(`(rak|ak|sk|pk)_[0-9a-z]|a-secret-of-hers|s3cret`)

func TestEverythingOnTheSandbox(t *testing.T) {
	stdout := clitest.Succeeds(t, run, nil)
	clitest.WantRows(t, stdout,
		`  create it once more +ErrDuplicate: account.email.exists`,
		` +for tests: +secret \[redacted\], public \[redacted\]`,
		` +for real money: secret \[redacted\], public \[redacted\]`,
		`  forget a key +not sent: Credentials.AccountKey is required: .*`,
		`  enable orange-money +HTTP 200`,
		`  forget a field +not sent: Config.ClientSecret is required .*; Config.MerchantID is required .*`,
		`  configure it +HTTP 200; client awa, secret \[redacted\]`,
		`  see the partner down +status: HTTP 200, DOWN; check: HTTP 200, DOWN`,
		`  see Bantu down +ErrUnavailable: HTTP 503, service.unavailable; trace [0-9a-f]+ .*`,
		`  see it back +HTTP 200, UP`,
		`CALL +KEY +PARTNER +ANSWER`,
		`ConfigurePartner +secret +orange-money +HTTP 200`,
		`CheckPartner +public +orange-money +HTTP 503, service.unavailable`,
		`CheckPartner +public +orange-money +HTTP 200, UP`,
		`EnablePartner +account +paypal +refused: partner.not.supported`,
	)
	if key := anyKey.FindString(stdout); key != "" {
		t.Errorf("%q is shown", key)
	}
}

func environment(more ...string) map[string]string {
	env := map[string]string{
		"BANTU_ACCOUNT_KEY": "rak_sandbox", "BANTU_SECRET_KEY": "sk_test_sandbox", "BANTU_PUBLIC_KEY": "pk_test_sandbox",
	}
	for i := 0; i < len(more); i += 2 {
		env[more[i]] = more[i+1]
	}
	return env
}

func TestBadInput(t *testing.T) {
	for _, test := range []struct {
		args string // separated by |
		env  map[string]string
		want string // begins the line on stderr
	}{
		{"-url|https://partner.example", nil, `-url: goes with -remote only`},
		{"-configure", nil, `-configure: goes with -remote only`},
		{"-partner|paypal", nil, `-partner: goes with -remote only`},
		{"-colour|red", nil, `flag provided but not defined: -colour; -h shows the flags`},
		{"please", nil, `unexpected argument "please"`},
		{"-real-money", nil, `-real-money: goes with -remote only`},
		{"-remote", nil, `-remote: not set in the environment: BANTU_ACCOUNT_KEY, BANTU_SECRET_KEY, BANTU_PUBLIC_KEY`},
		{"-remote", environment("BANTU_PUBLIC_KEY", ""), `-remote: not set in the environment: BANTU_PUBLIC_KEY`},
		{"-remote", environment("BANTU_SECRET_KEY", "sk_live_a"), `-remote: BANTU_SECRET_KEY is a live key, `},
		{"-remote", environment("BANTU_PUBLIC_KEY", "pk_live_a"), `-remote: BANTU_PUBLIC_KEY is a live key, `},
		{
			"-remote|-real-money", environment("BANTU_PUBLIC_KEY", "pk_live_a"),
			`the keys in the environment: PublicKey is of the mode live, and SecretKey of the mode test`,
		},
		{"-remote", environment("BANTU_ACCOUNT_KEY", "sk_test_s3cret"), `the keys in the environment: AccountKey must begin with rak_ or ak_`},
		{"-remote|-configure", environment(), `-configure: not set in the environment: BANTU_CLIENT_ID, BANTU_CLIENT_SECRET, BANTU_MERCHANT_ID`},
		{
			"-remote|-configure", environment("BANTU_CLIENT_SECRET", "s3cret"),
			`not sent: Config.ClientID is required by orange-money; Config.MerchantID is required by orange-money`,
		},
		{"-remote|-url|http://partner.example", environment(), `not sent: URL `},
		{"-remote|-partner|", environment(), `not sent: Partner `},
	} {
		clitest.Refuses(t, "bantu", run, test.args, test.env, test.want, "Usage", "s3cret")
	}
}

func TestHelp(t *testing.T) { clitest.Helps(t, run, "-real-money", "BANTU_ACCOUNT_KEY") }

// Without -remote the environment is not even read, and a proxy in it not used.
func TestEnvironmentIsNotReadWithoutRemote(t *testing.T) { clitest.IgnoresEnvironment(t, run) }

func TestInterrupted(t *testing.T) {
	clitest.NamesTheStep(t, run, `bantu: Bantu, step "create an account": `)
}

// The steps of -remote, with a sandbox in Bantu's place.
func TestRemoteSteps(t *testing.T) {
	s := bantutest.New(bantutest.Config{})
	defer s.Close()
	keys := s.Config()
	remote := func(args ...string) (string, error) {
		in, err := readInput(append([]string{"-remote"}, args...), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		client, err := bantu.New(bantu.Credentials{
			AccountKey: wapay.Secret(keys.AccountKey), SecretKey: wapay.Secret(keys.SecretKey), PublicKey: wapay.Secret(keys.PublicKey),
		}, wapay.WithBaseURL(s.URL()), wapay.WithHTTPClient(cli.LoopbackClient()))
		if err != nil {
			t.Fatal(err)
		}
		m := &merchant{client: client, owner: client, partner: bantu.Partner(in.partner), url: in.url}
		m.config = bantu.PartnerConfig{ClientID: "awa", ClientSecret: "s3cret", MerchantID: "4711"}
		var out bytes.Buffer
		err = m.remoteSteps(context.Background(), in, "its own sandbox", &out)
		if key := anyKey.FindString(out.String()); key != "" {
			t.Errorf("%q is shown", key)
		}
		return out.String(), err
	}

	// Nothing was enabled yet, and nothing is changed unless that is asked for.
	if _, err := remote(); err == nil || !strings.HasPrefix(err.Error(), `Bantu, step "ask for its status": `) {
		t.Errorf("%v", err)
	}
	if n := s.Count("PUT", ""); n != 0 {
		t.Errorf("%d changes", n)
	}
	stdout, err := remote("-url", "https://orange.shop.example", "-configure")
	if err != nil {
		t.Fatalf("%v after:\n%s", err, stdout)
	}
	clitest.WantRows(t, stdout, `  - orange-money is enabled, .*`, `  enable orange-money +HTTP 200`, `  configure it +HTTP 200; client awa, secret \[redacted\]`,
		`EnablePartner +account +orange-money +HTTP 200`, `CheckPartner +public +orange-money +HTTP 200, UP`)
	if got := s.PartnerConfig(keys.SecretKey, "orange-money")["merchantId"]; got != "4711" {
		t.Errorf("merchantId %q", got)
	}
	changes := s.Count("PUT", "")
	stdout, err = remote()
	if err != nil || s.Count("PUT", "") != changes {
		t.Errorf("%v, %d changes", err, s.Count("PUT", "")-changes)
	}
	clitest.WantRows(t, stdout, `  - nothing is changed: .*`, `PartnerStatus +none +orange-money +HTTP 200, UP`)
}
