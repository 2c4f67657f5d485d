package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox/apiv1test"
	"github.com/wapay-go/wapay/sandbox/console"
)

// result is what a command did.
type result struct {
	status         int
	stdout, stderr string
}

func wapayCommand(t *testing.T, env map[string]string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var out, bad bytes.Buffer
	status := run(ctx, args, func(name string) string { return env[name] }, &out, &bad)
	return result{status, out.String(), bad.String()}
}

// Bad input is one clear line and exit status 2.
func TestBadInput(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	url := "http://127.0.0.1:1/"
	for want, args := range map[string][]string{
		"want sandbox, trigger or doctor; -h":  {},
		`doctor, not "fly"`:                    {"fly"},
		"address already in use":               {"sandbox", "-addr", taken.Addr().String()},
		"want host:port":                       {"sandbox", "-addr", "127.0.0.1"},
		`not "127.0.0.1:http-alt-x"`:           {"sandbox", "-addr", "127.0.0.1:http-alt-x"},
		"flag provided but not defined":        {"sandbox", "-key", "x"},
		`unexpected argument "now"`:            {"sandbox", "now"},
		`not "nobody"`:                         {"trigger", "-provider", "nobody", "-url", url},
		"documents no notifications":           {"trigger", "-provider", "bantu", "-url", url},
		"-kind: want payment or payout":        {"trigger", "-provider", "mpp", "-kind", "gift", "-url", url},
		`not "lost"`:                           {"trigger", "-provider", "barkapay", "-status", "lost", "-url", url},
		"-set: barkapay":                       {"trigger", "-provider", "barkapay", "-set", "a=b", "-url", url},
		`not "pigeon"`:                         {"trigger", "-provider", "barkapay", "-how", "pigeon", "-url", url},
		"-url: want an http":                   {"trigger", "-provider", "barkapay", "-url", "shop"},
		"-amount":                              {"trigger", "-provider", "barkapay", "-amount", "1.5", "-url", url},
		"-phone":                               {"trigger", "-provider", "barkapay", "-phone", "7", "-url", url},
		`doctor: -provider: want one of bantu`: {"doctor"},
		"-base-url":                            {"doctor", "-provider", "mpp", "-base-url", "nowhere"},
		"shows the credentials":                {"doctor", "-provider", "mpp", "-base-url", "http://gateway.mpp.bnbcash.app"},
	} {
		r := wapayCommand(t, nil, args...)
		require.Equal(t, 2, r.status, args)
		require.Equal(t, 1, strings.Count(r.stderr, "\n"), r.stderr)
		require.Contains(t, r.stderr, want)
		require.Empty(t, r.stdout)
	}
	for _, args := range [][]string{{"-h"}, {"sandbox", "-h"}, {"trigger", "-h"}, {"doctor", "-h"}} {
		r := wapayCommand(t, nil, args...)
		require.Equal(t, 0, r.status, args)
		require.Contains(t, r.stdout, "wapay")
	}
}

// running is the sandbox command on a free port. stop ends it as a signal does.
func running(t *testing.T, addr string) (url string, stop func() result) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	var rest, bad bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"sandbox", "-addr", addr}, func(string) string { return "" }, in, &bad)
		in.Close()
	}()
	line := make([]byte, 1024)
	n, err := out.Read(line)
	require.NoError(t, err)
	copied := make(chan struct{})
	go func() { defer close(copied); _, _ = io.Copy(&rest, out) }()
	url = regexp.MustCompile(`http://[^/\s]+`).FindString(string(line[:n]))
	require.NotEmpty(t, url, "no address in %q", line[:n])
	stop = func() result {
		cancel()
		select {
		case status := <-ended:
			<-copied
			return result{status, rest.String(), bad.String()}
		case <-time.After(20 * time.Second):
			t.Fatal("the sandbox does not end")
			return result{}
		}
	}
	t.Cleanup(cancel)
	return url, stop
}

// The sandbox ends cleanly though a request hangs and a page follows it.
func TestSandbox(t *testing.T) {
	url, stop := running(t, "127.0.0.1:0")
	answer, err := http.Get(url + "/healthz")
	require.NoError(t, err)
	answer.Body.Close()
	require.Equal(t, 200, answer.StatusCode)

	events, err := http.Get(url + "/api/events")
	require.NoError(t, err)
	defer events.Body.Close()
	_, err = events.Body.Read(make([]byte, 10))
	require.NoError(t, err)
	r := stop()
	require.Equal(t, 0, r.status)
	require.Empty(t, r.stderr)
	require.Contains(t, r.stdout, "sandbox-api-key")
	for _, p := range standsFor(t) {
		require.Contains(t, r.stdout, url+"/"+p.Name)
		p.Close()
	}
	_, err = http.Get(url + "/healthz")
	require.Error(t, err)
}

func TestSandboxWarns(t *testing.T) {
	_, stop := running(t, "0.0.0.0:0")
	r := stop()
	require.Contains(t, r.stderr, "warning: 0.0.0.0:0 can be reached from other machines")
}

// Each provider's notification is taken by its verifier as this library reads
// it, and no other way of it is.
func TestTrigger(t *testing.T) {
	verifiers := map[string]ipn.Verifier{
		"barkapay payment": ipn.BarkaPay(senders["barkapay payment"].key), "barkapay payout": ipn.BarkaPay(senders["barkapay payout"].key),
		"intram payment": ipn.Intram(senders["intram payment"].key), "intram payout": ipn.Intram(senders["intram payout"].key),
		"cinetpay payment": ipn.CinetPayCheckout(senders["cinetpay payment"].key), "cinetpay payout": ipn.CinetPayTransfer(),
		"payhub payment": ipn.PayHub(senders["payhub payment"].key), "payhub payout": ipn.PayHub(senders["payhub payout"].key),
		"mpp payment": ipn.MPP(), "mpp payout": ipn.MPP(),
		"cinetpay-v1 payment": ipn.CinetPayV1(), "cinetpay-v1 payout": ipn.CinetPayV1(),
	}
	for name, s := range senders {
		t.Run(name, func(t *testing.T) {
			type got struct {
				event *ipn.Event
				err   error
			}
			took := make(chan got, 2)
			shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				event, err := verifiers[name].Verify(r.Header, body)
				if took <- (got{event, err}); err != nil {
					w.WriteHeader(401)
				}
			}))
			defer shop.Close()
			provider, kind, _ := strings.Cut(name, " ")
			send := func(how, status string) got {
				t.Helper()
				r := wapayCommand(t, nil, "trigger", "-provider", provider, "-kind", kind, "-status", status, "-how", how,
					"-reference", "order-4521", "-amount", "7500", "-url", shop.URL)
				require.Equal(t, 0, r.status, r.stderr)
				require.Equal(t, len(took), strings.Count(r.stdout, "\n"))
				return <-took
			}
			for status := range s.words {
				g := send("genuine", status)
				require.NoError(t, g.err, status)
				require.Equal(t, provider, g.event.Provider)
				if provider == "payhub" { // tells neither reference nor amount
					require.Equal(t, []string{"test-order-4521", status}, []string{g.event.ID, g.event.Status.String()})
					continue
				}
				require.Equal(t, "order-4521", g.event.Reference)
				if name != "cinetpay payout" && provider != "cinetpay-v1" { // tells no currency
					require.Equal(t, wapay.Currency(s.currency).Units(7500), g.event.Amount)
				}
				if g.event.Proof == ipn.ProofSigned && provider != "cinetpay" {
					require.Equal(t, status, g.event.Status.String())
				}
			}
			first := send("duplicate", "succeeded")
			require.NoError(t, first.err)
			require.Equal(t, first.event.DeliveryKey, (<-took).event.DeliveryKey)
			if s.variable == "" {
				return
			}
			require.ErrorIs(t, send("tampered", "succeeded").err, ipn.ErrSignature)
			require.ErrorIs(t, send("forged", "succeeded").err, ipn.ErrSignature)
			if s.dated {
				require.ErrorIs(t, send("late", "succeeded").err, ipn.ErrStale)
			}
		})
	}
}

func TestTriggerSignsWithYourKey(t *testing.T) {
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, err := ipn.BarkaPay("my own key").Verify(r.Header, body); err != nil {
			w.WriteHeader(401)
		}
	}))
	defer shop.Close()
	to := strings.Replace(shop.URL, "://", "://user:secret1@", 1) + "/n?token=secret2"
	args := []string{"trigger", "-provider", "barkapay", "-url", to}
	require.Contains(t, wapayCommand(t, map[string]string{"BARKAPAY_IPN_KEY": "my own key"}, args...).stdout, "200 OK")
	r := wapayCommand(t, nil, args...)
	require.Contains(t, r.stdout, shop.URL+"/n: 401")
	require.NotContains(t, r.stdout+r.stderr, "secret")
	shop.Close()
	r = wapayCommand(t, nil, args...)
	require.Equal(t, 1, r.status)
	require.Contains(t, r.stderr, shop.URL+"/n: no answer")
	require.NotContains(t, r.stdout+r.stderr, "secret")
}

func variablePrefix(p *console.Provider) string {
	return strings.ToUpper(strings.ReplaceAll(p.Name, "-", "_"))
}

func keysOf(p *console.Provider) map[string]string {
	keys := map[string]string{}
	for _, k := range p.Keys {
		name := strings.NewReplacer(
			"APIPassword", "API_PASSWORD", "APIKey", "API_KEY", "APISecret", "API_SECRET", "SCIKey", "SCI_KEY", "SCISecret", "SCI_SECRET", "Password", "PASSWORD",
			"SiteID", "SITE_ID", "PublicKey", "PUBLIC_KEY", "SecretKey", "SECRET_KEY", "SecretID", "SECRET_ID", "BusinessID", "BUSINESS_ID",
			"KeyID", "KEY_ID", "Country", "COUNTRY", "Secret", "SECRET",
		).Replace(k.Name)
		keys[variablePrefix(p)+"_"+name] = k.Value
	}
	return keys
}

// The doctor finds good keys good and bad keys bad, shows none, and only reads.
func TestDoctor(t *testing.T) {
	for _, p := range standsFor(t) {
		t.Run(p.Name, func(t *testing.T) {
			defer p.Close()
			base, env := strings.TrimSuffix(p.URL(), "/"), keysOf(p)
			args := []string{"doctor", "-provider", p.Name, "-base-url", base}
			r := wapayCommand(t, env, args...)
			require.Equal(t, 0, r.status, r.stdout+r.stderr)
			require.Contains(t, r.stdout, "ok    clock")

			r = wapayCommand(t, env, append(args, "-json", "-notify-url", "http://shop.example/")...)
			require.Equal(t, 1, r.status)
			var checks []check
			require.NoError(t, json.Unmarshal([]byte(r.stdout), &checks))
			require.Equal(t, check{"notify URL", false, "http://shop.example is not https"}, checks[len(checks)-1])

			bad := map[string]string{}
			for name, value := range env {
				if bad[name] = value; !strings.HasSuffix(name, "_COUNTRY") {
					bad[name] = value + "-wrong-1234567"
				}
			}
			r = wapayCommand(t, bad, args...)
			require.Equal(t, 1, r.status)
			require.Contains(t, r.stdout, "FAIL")
			require.NotContains(t, r.stdout+r.stderr, "wrong-1234567")

			r = wapayCommand(t, nil, args...)
			require.Equal(t, 1, r.status)
			require.Contains(t, r.stdout, "not set in the environment: "+variablePrefix(p))
			for _, request := range p.Requests() {
				login := strings.HasSuffix(request.Path, "auth/login") || strings.HasSuffix(request.Path, "/auth/token")
				lookup := strings.HasSuffix(request.Path, "/payment/check")
				require.True(t, request.Method == "GET" || login || lookup, "%s %s", request.Method, request.Path)
			}
		})
	}
}

func standsFor(t *testing.T) []*console.Provider {
	t.Helper()
	providers, err := stands(nil)
	require.NoError(t, err)
	return providers
}

// A switch reaches the sandbox that it is for, and a wrong one is told in a
// line.
func TestSettings(t *testing.T) {
	s := settings{}
	for _, text := range []string{"cinetpay-v1.OneToken=true", "cinetpay-v1.TokenRefusals=details", "cinetpay-v1.Fee=10", "cinetpay-v1.LookupsLag=2s"} {
		require.NoError(t, s.add(text))
	}
	for _, text := range []string{"", "x", "x=1", "cinetpay-v1.=1", ".OneToken=1"} {
		require.Error(t, s.add(text))
	}
	var err error
	c := config[apiv1test.Config](s, "cinetpay-v1", &err)
	require.NoError(t, err)
	require.Equal(t, apiv1test.Config{OneToken: true, TokenRefusals: apiv1test.TokenRefusedInDetails, Fee: 10, LookupsLag: 2 * time.Second}, c)
	for text, says := range map[string]string{
		"cinetpay-v1.Nothing=1": "no field", "cinetpay-v1.OneToken=perhaps": "cannot be", "cinetpay-v1.Fee=x": "cannot be",
		"cinetpay-v1.Clock=now": "cannot be", "nobody.OneToken=true": "no provider", "x": "want provider.Field=value",
		"cinetpay-v1.NotFound=405": "cannot be", "intram.PublicKey=x": "starts with pk_sandbox_", "bantu.SecretKey=x": "starts with",
	} {
		r := wapayCommand(t, nil, "sandbox", "-addr", "127.0.0.1:0", "-set", text)
		require.Equal(t, 2, r.status, text)
		require.Contains(t, r.stderr, says)
	}
}

// Keys go nowhere that they are not for.
func TestDoctorSendsNoKeysElsewhere(t *testing.T) {
	asked := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	defer server.Close()
	for want, c := range map[string]struct {
		base string
		env  map[string]string
	}{
		"may move real money":             {server.URL, map[string]string{"INTRAM_PUBLIC_KEY": "pk_live_1", "INTRAM_SECRET_KEY": "sk_live_1"}},
		"not an address":                  {"https://intram.example", map[string]string{"INTRAM_PUBLIC_KEY": "pk_live_1", "INTRAM_SECRET_KEY": "s"}},
		"ends with a space or a line bre": {server.URL, map[string]string{"INTRAM_PUBLIC_KEY": "pk_sandbox_1\n", "INTRAM_SECRET_KEY": "s"}},
	} {
		r := wapayCommand(t, c.env, "doctor", "-provider", "intram", "-base-url", c.base)
		require.Equal(t, 1, r.status)
		require.Contains(t, r.stdout, want)
	}
	require.Empty(t, asked)
}

// A clock that is off is found by the Date header.
func TestDoctorClock(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-10*time.Minute).UTC().Format(http.TimeFormat))
		w.WriteHeader(401)
	}))
	defer server.Close()
	env := map[string]string{"INTRAM_PUBLIC_KEY": "pk_sandbox_1", "INTRAM_SECRET_KEY": "s"}
	r := wapayCommand(t, env, "doctor", "-provider", "intram", "-base-url", server.URL)
	require.Equal(t, 1, r.status)
	require.Regexp(t, `FAIL  clock +this machine is 10m\S* ahead of the provider`, r.stdout)
}
