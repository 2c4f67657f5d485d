package call_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// childEnv is set in the process that a test starts to watch what it prints.
const childEnv = "WAPAY_CALL_CHILD"

// TestNoOutputWithoutLogger checks that nothing is printed without a logger.
// The calls run in another process, because a library that logs by itself keeps
// the standard error of its start.
func TestNoOutputWithoutLogger(t *testing.T) {
	if os.Getenv(childEnv) != "" {
		callInEveryWay(t)
		return
	}
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run=^TestNoOutputWithoutLogger$", "-test.count=1")
	cmd.Env = append(os.Environ(), childEnv+"=1")
	printed, err := cmd.CombinedOutput()
	require.NoError(t, err, string(printed))
	var rest []string
	for _, line := range strings.Split(strings.TrimSpace(string(printed)), "\n") {
		if line != "PASS" && !strings.HasPrefix(line, "coverage: ") {
			rest = append(rest, line)
		}
	}
	assert.Empty(t, rest)
}

func callInEveryWay(t *testing.T) {
	var wg sync.WaitGroup
	calls := func(base string, opts ...wapay.Option) {
		c := newClient(t, base, append(opts, wapay.WithMaxRetries(1))...)
		for _, x := range effects {
			wg.Add(1)
			go func() {
				defer wg.Done()
				_, _ = do(c, x.effect)
			}()
		}
	}
	for _, serve := range []func(*exchange){
		answering(200, resultJSON), answering(200, errorPage), answering(400, verdictJSON), answering(429, verdictJSON),
		answering(503, errorPage), answering(301, "", "Location: /x"), cut, (*exchange).reset,
		func(x *exchange) { x.send("%s", partialAnswer) },
	} {
		calls(newPeer(t, serve).url)
	}
	gone := newPeer(t, (*exchange).gone)
	calls(gone.url, wapay.WithTimeout(100*time.Millisecond))
	calls(strings.Replace(gone.url, "http:", "https:", 1), wapay.WithTimeout(100*time.Millisecond))
	calls("https://api.provider.invalid", through(roundTripper(func(*http.Request) (*http.Response, error) { return nil, nil }))...)

	ctx, cancel := context.WithCancel(context.Background())
	p := newPeer(t, func(x *exchange) { x.answer(503, verdictJSON, "Retry-After: 20"); cancel() })
	_, _ = newClient(t, p.url).Do(ctx, newRequest(call.Read), new(result))
	wg.Wait()
}
