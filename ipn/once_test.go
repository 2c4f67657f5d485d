package ipn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

func TestOnce(t *testing.T) {
	var counters Counters
	var results []error
	calls := 0
	h := newHandler(t, func(context.Context, *Event) error {
		calls++
		return results[calls-1]
	}, WithStore(NewMemoryStore()), WithCounters(&counters))
	results = []error{errors.New("no database"), errors.New("still none"), nil}
	for i, want := range []int{500, 500, 200, 200, 200} {
		assert.Equal(t, want, post(h, bytes.NewReader(sign(payment))).StatusCode, "delivery %d", i)
	}
	assert.Equal(t, 3, calls)
	assert.Equal(t, Counts{Accepted: 1, Duplicate: 2, Failed: 2, Refused: map[string]int64{}}, counters.Counts())
}

func TestOnceTwoAtOnce(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	var log records
	h := newHandler(t, func(context.Context, *Event) error {
		close(entered) // a second call panics
		<-leave
		return nil
	}, WithStore(NewMemoryStore()), log.option())
	first := make(chan int)
	go func() { first <- post(h, bytes.NewReader(sign(payment))).StatusCode }()
	<-entered
	res := post(h, bytes.NewReader(sign(payment)))
	assert.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	assert.Equal(t, "5", res.Header.Get("Retry-After"))
	assert.Equal(t, "in flight", log.all(t)[0]["outcome"])
	close(leave)
	assert.Equal(t, 200, <-first)
	assert.Equal(t, 200, post(h, bytes.NewReader(sign(payment))).StatusCode)
}

func TestOnceAfterPanic(t *testing.T) {
	for _, with := range []any{"the text", http.ErrAbortHandler} {
		calls := 0
		h := newHandler(t, func(context.Context, *Event) error {
			if calls++; calls == 1 {
				panic(with)
			}
			return nil
		}, WithStore(NewMemoryStore()), WithLogger(discardLogger()))
		func() {
			defer func() { _ = recover() }()
			post(h, bytes.NewReader(sign(payment)))
		}()
		assert.Equal(t, 200, post(h, bytes.NewReader(sign(payment))).StatusCode)
		assert.Equal(t, 2, calls)
	}
}

// The request ends while the function does its work. The delivery is done.
func TestOnceAfterRequestEnded(t *testing.T) {
	ctx, hangUp := context.WithCancel(context.Background())
	calls := 0
	h := newHandler(t, func(ctx context.Context, _ *Event) error {
		calls++
		hangUp()
		<-ctx.Done()
		return nil
	}, WithStore(NewMemoryStore()))
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(sign(payment)))
	h.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
	assert.Equal(t, 200, post(h, bytes.NewReader(sign(payment))).StatusCode)
	assert.Equal(t, 1, calls)
}

// scriptStore is a store with fixed answers.
type scriptStore struct {
	state             State
	begin, mark       error
	key               string
	lease             time.Duration
	failures          int // how many times mark is returned; 0: always
	commits, releases int
	until             time.Time // when the context of a mark ends
}

func (s *scriptStore) Begin(_ context.Context, key string, lease time.Duration) (State, Claim, error) {
	s.key, s.lease = key, lease
	return s.state, Claim{Key: key, Token: "t"}, s.begin
}

func (s *scriptStore) Commit(ctx context.Context, c Claim) error {
	s.commits++
	return s.finish(ctx)
}

func (s *scriptStore) Release(ctx context.Context, c Claim) error {
	s.releases++
	return s.finish(ctx)
}

func (s *scriptStore) finish(ctx context.Context) error {
	s.until, _ = ctx.Deadline()
	if s.failures > 0 && s.commits+s.releases > s.failures {
		return nil
	}
	return s.mark
}

func TestHandlerWhenTheStoreFails(t *testing.T) {
	down, bad := errors.New("no database"), errors.New("no such order")
	for name, tt := range map[string]struct {
		store                    scriptStore
		fn                       error
		status                   int
		reason                   string
		calls, commits, releases int
	}{
		"begin":         {scriptStore{begin: down}, nil, 503, "store: no database", 0, 0, 0},
		"commit":        {scriptStore{state: StateNew, mark: down}, nil, 503, "store: no database", 1, 1, 0},
		"release":       {scriptStore{state: StateNew, mark: down}, bad, 503, "no such order\nstore: no database", 1, 0, 1},
		"unknown state": {scriptStore{state: 7}, nil, 503, "store: state 7", 0, 0, 0},
		"no state":      {scriptStore{}, nil, 503, "store: state 0", 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var log records
			calls := 0
			h := newHandler(t, func(context.Context, *Event) error { calls++; return tt.fn },
				WithStore(&tt.store), log.option(), WithTimeout(1)) // no time to try again
			assert.Equal(t, tt.status, post(h, bytes.NewReader(sign(payment))).StatusCode)
			assert.Equal(t, "failed", log.all(t)[0]["outcome"])
			assert.Equal(t, tt.reason, log.all(t)[0]["reason"])
			assert.Equal(t, []int{tt.calls, tt.commits, tt.releases}, []int{calls, tt.store.commits, tt.store.releases})
		})
	}
	h, err := NewHandler(stubVerifier{&Event{}}, accept, WithStore(&scriptStore{state: StateNew}))
	require.NoError(t, err)
	assert.Equal(t, 500, post(h, strings.NewReader("x")).StatusCode, "no delivery key")
}

// stubVerifier is a merchant's own verifier.
type stubVerifier struct{ e *Event }

func (v stubVerifier) Verify(http.Header, []byte) (*Event, error) { return v.e, nil }

// The handler counts and logs the request, however the function ends.
func TestHandlerFunctionExits(t *testing.T) {
	for name, leave := range map[string]func(){
		"abort": func() { panic(http.ErrAbortHandler) }, "goexit": runtime.Goexit,
	} {
		var counters Counters
		var log records
		store := &scriptStore{state: StateNew}
		h := newHandler(t, func(context.Context, *Event) error { leave(); return nil }, WithStore(store),
			WithCounters(&counters), log.option())
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer func() { _ = recover() }()
			post(h, bytes.NewReader(sign(payment)))
		}()
		<-done
		assert.EqualValues(t, 1, counters.Counts().Failed, name)
		assert.Equal(t, "aborted", log.all(t)[0]["reason"], name)
		assert.Equal(t, 1, store.releases)
	}
}

func TestTimeout(t *testing.T) {
	store := &scriptStore{state: StateNew}
	var until time.Time
	h := newHandler(t, func(ctx context.Context, _ *Event) error {
		until, _ = ctx.Deadline()
		<-ctx.Done()
		return ctx.Err()
	}, WithTimeout(20*time.Millisecond), WithStore(store))
	assert.Equal(t, 500, post(h, bytes.NewReader(sign(payment))).StatusCode)
	assert.Equal(t, "barkapay:p-1:1", store.key)
	assert.Equal(t, 40*time.Millisecond, store.lease)
	assert.Equal(t, []int{0, 1}, []int{store.commits, store.releases})
	assert.True(t, store.until.After(until), "the store has its own time")
}

// A merchant's function commits the claim in its own transaction. The handler
// does not commit it again.
func TestFunctionCommits(t *testing.T) {
	store := &scriptStore{state: StateNew}
	h := newHandler(t, func(ctx context.Context, _ *Event) error {
		active := activeClaimOf(ctx)
		assert.Equal(t, Claim{Key: "barkapay:p-1:1", Token: "t"}, active.claim)
		active.committed = true
		return nil
	}, WithStore(store))
	assert.Equal(t, 200, post(h, bytes.NewReader(sign(payment))).StatusCode)
	assert.Zero(t, store.commits+store.releases)
	assert.Nil(t, activeClaimOf(context.Background()))
}

// net/http reads a body to its end before it answers, even if the handler does
// not.
func TestSlowBody(t *testing.T) {
	short, long := 20*time.Millisecond, time.Hour
	for name, tt := range map[string]struct {
		method, want         string
		timeout, readTimeout time.Duration
		opt                  HandlerOption
	}{
		"the handler's time":            {"POST", "400", short, 0, nil},
		"the server's time":             {"POST", "400", long, short, nil},
		"the handler's, sooner":         {"POST", "400", short, long, nil},
		"the handler's, server has -1":  {"POST", "400", short, -1, nil},
		"a method that is not accepted": {"PUT", "405", short, 0, nil},
		"an address that is not":        {"POST", "403", short, 0, WithAllowedIPs("203.0.113.7")},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewUnstartedServer(newHandler(t, accept, WithTimeout(tt.timeout), tt.opt))
			s.Config.ReadHeaderTimeout, s.Config.ReadTimeout = time.Minute, tt.readTimeout
			s.Start()
			defer s.Close()
			conn, err := net.Dial("tcp", s.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, tt.method+" / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
			require.NoError(t, err)
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
			answer, err := io.ReadAll(conn) // until it is closed
			require.NoError(t, err)
			assert.Contains(t, string(answer), "HTTP/1.1 "+tt.want)
		})
	}
}

// Middleware that reads forms leaves an empty body. That is no forged
// notification.
func TestBodyReadBefore(t *testing.T) {
	var counters Counters
	var log records
	h := newHandler(t, accept, WithCounters(&counters), log.option())
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(sign(payment)))
	_, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	assert.Equal(t, 500, w.Code)
	assert.Equal(t, "the body was read before: mount the handler before the middleware that reads it",
		log.all(t)[0]["reason"])
	assert.EqualValues(t, 1, counters.Counts().Failed)
}

// A database that was just restarted refuses old connections, and then takes
// new ones.
func TestMarkIsTriedAgain(t *testing.T) {
	for name, fn := range map[string]error{"commit": nil, "release": errors.New("no such order")} {
		store := &scriptStore{state: StateNew, mark: errors.New("connection reset"), failures: 2}
		h := newHandler(t, func(context.Context, *Event) error { return fn }, WithStore(store))
		want := map[bool]int{true: 200, false: 500}[fn == nil]
		assert.Equal(t, want, post(h, bytes.NewReader(sign(payment))).StatusCode)
		assert.Equal(t, 3, store.commits+store.releases, name)
	}
}

// For five minutes anybody can send a captured notification of Intram's again
// under another delivery id.
func TestOnceForIntramsOperations(t *testing.T) {
	for _, event := range []string{"payment_request.paid", "payout.frozen", "test.ping"} {
		for _, operation := range []string{"op-1", ""} {
			calls := 0
			h, err := NewHandler(Intram(testSecret), func(context.Context, *Event) error { calls++; return nil },
				WithStore(NewMemoryStore()))
			require.NoError(t, err)
			r, err := NewIntramRequest("/", testSecret, IntramNotification{Event: event, OperationID: operation})
			require.NoError(t, err)
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			for _, id := range []string{"d-1", "d-2", "d-2"} {
				again := r.Clone(context.Background())
				again.Header.Set("X-Intram-Delivery", id)
				again.Body = io.NopCloser(bytes.NewReader(body))
				w := httptest.NewRecorder()
				h.ServeHTTP(w, again)
				require.Equal(t, 200, w.Code)
			}
			assert.Equal(t, 1, calls, "%s %q", event, operation)
		}
	}
}

func TestOnceForSwitchedKind(t *testing.T) {
	calls := 0
	h := newHandler(t, func(context.Context, *Event) error { calls++; return nil }, WithStore(NewMemoryStore()))
	switched := strings.NewReplacer("receiver_", "sender_", `"type":"transfer"`, `"type":"payment"`).Replace(string(sign(transfer)))
	assert.Equal(t, 200, post(h, bytes.NewReader(sign(transfer))).StatusCode)
	assert.Equal(t, 200, post(h, strings.NewReader(switched)).StatusCode)
	assert.Equal(t, 1, calls)
}

// A checkout's notification is the same for a pending payment and for one that
// succeeded.
func TestOnceForEachAnswer(t *testing.T) {
	provider := &answerer{payment: &wapay.Payment{Provider: "cinetpay", Reference: "TX-1", Status: wapay.StatusPending}}
	var got []wapay.Status
	h, err := NewHandler(CinetPayCheckout(testSecret), func(_ context.Context, e *Event) error {
		got = append(got, e.Status)
		return nil
	}, WithStore(NewMemoryStore()), WithConfirm(ConfirmPayments(provider)))
	require.NoError(t, err)
	for _, status := range []wapay.Status{
		wapay.StatusPending, wapay.StatusPending, wapay.StatusSucceeded, wapay.StatusSucceeded, wapay.StatusRefunded,
	} {
		provider.payment.Status = status
		r, err := NewCinetPayCheckoutRequest("/", testSecret,
			CinetPayCheckoutNotification{Reference: "TX-1", Amount: wapay.XOF.Units(100), Message: "WAITING"})
		require.NoError(t, err)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, 200, w.Code)
	}
	assert.Equal(t, []wapay.Status{wapay.StatusPending, wapay.StatusSucceeded, wapay.StatusRefunded}, got)
}

func TestCountersCountEveryEnd(t *testing.T) {
	var c Counters
	h := newHandler(t, accept, WithCounters(&c), WithConfirm(ConfirmPayments(&answerer{err: notFound()})))
	for _, body := range []string{"", "{}", string(sign(payment)), payment, strings.Repeat("x", maxBody+1)} {
		post(h, strings.NewReader(body))
	}
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPut, "/", nil))
	h = newHandler(t, accept, WithCounters(&c), WithAllowedIPs("203.0.113.7"))
	assert.Equal(t, 403, post(h, bytes.NewReader(sign(payment))).StatusCode)
	want := map[string]int64{"malformed": 2, "unconfirmed": 1, "signature": 1, "too_large": 1, "method": 1, "address": 1}
	assert.Equal(t, Counts{Refused: want}, c.Counts())
	assert.Contains(t, fmt.Sprint(&c), `"unconfirmed":1`)
}
