package call_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// newCounted starts a net/http server and counts its connections.
func newCounted(t *testing.T, handler http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	var accepted atomic.Int32
	s := httptest.NewUnstartedServer(handler)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			accepted.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s, &accepted
}

// TestReadsShareConnections checks that 64 goroutines need 64 connections. So
// every body is read to its end, also that of a refusal, chunked or with
// padding after the JSON. The first calls wait for each other, so that there
// are as many connections as goroutines from the start: net/http would open a
// few more while it waits for the first.
func TestReadsShareConnections(t *testing.T) {
	t.Parallel()
	const workers, calls = 64, 50
	statuses := []int{200, 200, 400, 401, 404, 409, 422, 429, 500, 502, 503, 204, 301}
	// On a slow machine net/http gives up a connection whose request it is not
	// sure to have written. A status whose body is left would cost twice
	// margin.
	margin := workers * calls / len(statuses) / 2
	var first sync.WaitGroup
	first.Add(workers)
	var served atomic.Int32
	s, accepted := newCounted(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if served.Add(1) <= workers {
			first.Done()
			first.Wait()
		}
		var status int
		_, _ = fmt.Sscan(r.Header.Get("X-Want"), &status)
		w.WriteHeader(status)
		if status == 204 {
			return
		}
		if status == 200 {
			_, _ = io.WriteString(w, resultJSON)
		} else {
			_, _ = io.WriteString(w, verdictJSON)
		}
		_, _ = io.WriteString(w, strings.Repeat(" ", 256))
		w.(http.Flusher).Flush() // so it is chunked
		_, _ = io.WriteString(w, strings.Repeat(" ", 2<<10))
	})
	c := newClient(t, s.URL, wapay.WithMaxRetries(0))
	var wg sync.WaitGroup
	var wrong atomic.Int32
	for worker := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range calls {
				status := statuses[(worker+i)%len(statuses)]
				r := newRequest(call.Read)
				r.Prepare = func(h http.Header) { h.Set("X-Want", fmt.Sprint(status)) }
				resp, err := c.Do(context.Background(), r, new(result))
				var got int
				if e, ok := err.(*wapay.Error); ok {
					got = e.HTTPStatus
				} else if resp != nil {
					got = resp.Status
				}
				if got != status {
					wrong.Add(1)
				}
			}
		}()
	}
	wg.Wait()
	assert.Zero(t, wrong.Load(), "answers that are not the one asked for")
	assert.LessOrEqual(t, accepted.Load(), int32(workers+margin), "connections for %d calls", workers*calls)
}

// TestManyGoroutines has 1,000 calls at once on one client, each with its own
// answer.
func TestManyGoroutines(t *testing.T) {
	t.Parallel()
	s, _ := newCounted(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		n := r.Header.Get("X-Call")
		if r.Method == http.MethodPost && string(body) != `{"n":`+n+`}` {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		if strings.HasSuffix(n, "7") {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"code":"C`+n+`","message":"m","trace":"`+apiKey+`"}`)
			return
		}
		_, _ = io.WriteString(w, `{"id":"`+n+`","trace":"`+apiKey+`"}`)
	})
	tr := pool(t)
	tr.MaxConnsPerHost = 64 // for the sake of the limit on open files
	log := &recorder{}
	c := newClient(t, s.URL, append(through(tr), wapay.WithLogger(log.logger()), wapay.WithTimeout(5*time.Minute))...)
	shared := http.Header{"X-Api-Key": {apiKey}}
	errs := make(chan error, 1000)
	for i := range cap(errs) {
		go func() {
			n := fmt.Sprint(i)
			r := newRequest(call.Effect(i % 3))
			r.Header = shared
			r.Prepare = func(h http.Header) { h.Set("X-Call", n) }
			if r.Body != nil {
				r.Body = []byte(`{"n":` + n + `}`)
			}
			out := new(result)
			resp, err := c.Do(context.Background(), r, out)
			e, refused := err.(*wapay.Error)
			switch {
			case strings.HasSuffix(n, "7") && refused && e.Code == "C"+n && (e.Outcome == wapay.OutcomeRejected || r.Effect == call.Read):
				errs <- nil
			case !strings.HasSuffix(n, "7") && err == nil && out.ID == n && !strings.Contains(string(resp.Body), apiKey):
				errs <- nil
			default:
				errs <- fmt.Errorf("call %s: %+v, %v, %w", n, out, resp, err)
			}
		}()
	}
	for range cap(errs) {
		assert.NoError(t, <-errs)
	}
	assert.Len(t, log.all(), cap(errs))
	assert.Equal(t, http.Header{"X-Api-Key": {apiKey}}, shared)
}

// TestManyFailures has the goroutines fail and try again, which is where the
// state of a call is reused.
func TestManyFailures(t *testing.T) {
	t.Parallel()
	s, _ := newCounted(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusTooManyRequests)
		_ = json.NewEncoder(w).Encode(map[string]string{"code": r.Header.Get("X-Call"), "message": "m"})
	})
	c := newClient(t, s.URL, wapay.WithMaxRetries(1))
	errs := make(chan error, 100)
	for i := range cap(errs) {
		go func() {
			r := newRequest(call.Write)
			r.Prepare = func(h http.Header) { h.Set("X-Call", fmt.Sprint(i)) }
			_, err := c.Do(context.Background(), r, new(result))
			if e, ok := err.(*wapay.Error); !ok || e.Code != fmt.Sprint(i) || e.Attempts != 2 {
				errs <- fmt.Errorf("call %d: %w", i, err)
				return
			}
			errs <- nil
		}()
	}
	for range cap(errs) {
		require.NoError(t, <-errs)
	}
}
