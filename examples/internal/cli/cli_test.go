package cli_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wapay-go/wapay/examples/internal/cli"
)

func TestLoopbackClientReachesThisMachineOnly(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://192.0.2.1:3128")
	here := httptest.NewServer(http.NotFoundHandler())
	defer here.Close()
	client := cli.LoopbackClient()

	resp, err := client.Get(here.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()

	// 192.0.2.0/24 is for documentation; a name is refused before it is looked
	// up.
	for _, url := range []string{"http://192.0.2.1/", "https://[2001:db8::1]/", "http://barkapay.example/"} {
		if resp, err := client.Get(url); err == nil {
			resp.Body.Close()
			t.Errorf("%s was reached", url)
		} else if !strings.Contains(err.Error(), "is not on this machine") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestExit(t *testing.T) {
	for _, test := range []struct {
		err  error
		code int
		line string
	}{
		{nil, 0, ""},
		{flag.ErrHelp, 0, ""},
		{cli.Usage("-x", "is %d", 1), 2, "prog: -x: is 1\n"},
		{errors.New("two\nlines"), 1, "prog: two; lines\n"},
	} {
		var stderr bytes.Buffer
		if code := cli.Exit("prog", &stderr, test.err); code != test.code || stderr.String() != test.line {
			t.Errorf("%v: %d, %q", test.err, code, stderr.String())
		}
	}
}

func TestRunStopsAtTheFirstFailure(t *testing.T) {
	bad := errors.New("no luck")
	done := 0
	step := func(err error) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { done++; return "one\ntwo", err }
	}
	var out bytes.Buffer
	err := cli.Run(context.Background(), &out, "Bank", []cli.Step{
		{Name: "a", Do: step(nil)}, {Name: "long", Do: step(bad)}, {Name: "c", Do: step(nil)},
	})
	if !errors.Is(err, bad) || err.Error() != `Bank, step "long": no luck` || done != 2 {
		t.Errorf("%v after %d steps", err, done)
	}
	if want := "  a      one\n         two\n  long   failed\n"; out.String() != want {
		t.Errorf("said %q", out.String())
	}
}
