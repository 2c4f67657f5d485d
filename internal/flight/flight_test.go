package flight_test

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay/internal/flight"
)

const crowd = 1000

// clock is a time of day that only the test moves.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Unix(1_700_000_000, 0).Add(time.Duration(c.offset.Load()))
}
func (c *clock) pass(d time.Duration) { c.offset.Add(int64(d)) }

// provider gives the values t-1, t-2 …, or errors.
type provider struct {
	clock
	lifetime time.Duration
	gate     chan struct{} // a login waits until it is closed; nil is no wait
	err      error
	logins   atomic.Int32
}

func (p *provider) login(ctx context.Context) (string, time.Duration, error) {
	n := p.logins.Add(1)
	if p.gate != nil {
		select {
		case <-p.gate:
		case <-ctx.Done():
			return "", 0, ctx.Err()
		}
	}
	if p.err != nil {
		return "", 0, p.err
	}
	return "t-" + strconv.Itoa(int(n)), p.lifetime, nil
}

// waiter is a context that counts its waiting callers. A caller looks at Done
// once it has joined a login.
type waiter struct {
	context.Context
	waiting *atomic.Int32
}

func (w waiter) Done() <-chan struct{} {
	w.waiting.Add(1)
	return w.Context.Done()
}

// rush starts a crowd of callers. All of them wait before the login ends.
func rush(t *testing.T, p *provider, c *flight.Cache[string]) (tokens map[string]int, errs map[error]int) {
	t.Helper()
	p.gate = make(chan struct{})
	var waiting atomic.Int32
	var mu sync.Mutex
	var wg sync.WaitGroup
	tokens, errs = map[string]int{}, map[error]int{}
	for range crowd {
		wg.Add(1)
		go func() {
			defer wg.Done()
			v, err := c.Get(waiter{context.Background(), &waiting})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs[err]++
				return
			}
			tokens[v.Value]++
		}()
	}
	require.Eventually(t, func() bool { return waiting.Load() == crowd }, 20*time.Second, time.Millisecond)
	close(p.gate)
	wg.Wait()
	p.gate = nil
	return tokens, errs
}

func TestOneLoginForManyCallers(t *testing.T) {
	p := &provider{lifetime: 5 * time.Minute}
	c := flight.New("login", p.login, p.now)

	tokens, errs := rush(t, p, c) // a cold start
	assert.Equal(t, map[string]int{"t-1": crowd}, tokens)
	assert.Empty(t, errs)
	assert.EqualValues(t, 1, p.logins.Load())

	p.pass(5 * time.Minute) // expiry
	tokens, errs = rush(t, p, c)
	assert.Equal(t, map[string]int{"t-2": crowd}, tokens)
	assert.Empty(t, errs)
	assert.EqualValues(t, 2, p.logins.Load())

	p.pass(5 * time.Minute) // the login answers an error
	p.err = errors.New("no")
	tokens, errs = rush(t, p, c)
	assert.Empty(t, tokens)
	assert.Equal(t, map[error]int{p.err: crowd}, errs)
	assert.EqualValues(t, 3, p.logins.Load())

	// A later caller triggers another login, and gets another token.
	_, err := c.Get(context.Background())
	assert.Equal(t, p.err, err)
	p.err = nil
	v, err := c.Get(context.Background())
	require.NoError(t, err)
	assert.Equal(t, "t-5", v.Value)
}

func TestOneLoginForManyRejected(t *testing.T) {
	p := &provider{lifetime: 5 * time.Minute}
	c := flight.New("login", p.login, p.now)
	old, err := c.Get(context.Background())
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range crowd {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c.Drop(old)
			v, err := c.Get(context.Background())
			assert.NoError(t, err)
			assert.Equal(t, "t-2", v.Value)
		}()
	}
	wg.Wait()
	c.Drop(old)
	c.Drop(nil)
	v, err := c.Get(context.Background())
	require.NoError(t, err)
	assert.Equal(t, "t-2", v.Value, "only the token that was rejected is dropped")
	assert.EqualValues(t, 2, p.logins.Load())
}

func TestCallerLeaves(t *testing.T) {
	p := &provider{lifetime: time.Minute, gate: make(chan struct{})}
	c := flight.New("login", p.login, p.now)
	type key struct{}
	var waiting atomic.Int32
	first, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "v"))
	left, got := make(chan error), make(chan string)
	go func() {
		_, err := c.Get(waiter{first, &waiting})
		left <- err
	}()
	require.Eventually(t, func() bool { return p.logins.Load() == 1 }, 5*time.Second, time.Millisecond)
	go func() {
		v, err := c.Get(waiter{context.Background(), &waiting})
		assert.NoError(t, err)
		got <- v.Value
	}()
	require.Eventually(t, func() bool { return waiting.Load() == 2 }, 5*time.Second, time.Millisecond)

	cancel()
	assert.Equal(t, context.Canceled, <-left, "who began the login leaves at once")
	short, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := c.Get(short)
	assert.Equal(t, context.DeadlineExceeded, err)
	close(p.gate)
	assert.Equal(t, "t-1", <-got, "and the login goes on for the others")
	assert.EqualValues(t, 1, p.logins.Load())

	// A call with an ended context begins no login. It still gets a token that
	// is in the cache.
	v, err := c.Get(first)
	require.NoError(t, err)
	assert.Equal(t, "t-1", v.Value)
	p.pass(time.Hour)
	_, err = c.Get(first)
	assert.Equal(t, context.Canceled, err)
	assert.EqualValues(t, 1, p.logins.Load())
}

func TestLoginHasTheValuesOfItsCaller(t *testing.T) {
	type key struct{}
	c := flight.New("login", func(ctx context.Context) (string, time.Duration, error) {
		_, bounded := ctx.Deadline()
		assert.True(t, bounded)
		assert.Equal(t, "v", ctx.Value(key{}))
		return "t", time.Minute, nil
	}, time.Now)
	_, err := c.Get(context.WithValue(context.Background(), key{}, "v"))
	assert.NoError(t, err)
}

// TestLoginIsBounded checks that a login that hangs ends by its own time-out,
// even if no caller waits for it.
func TestLoginIsBounded(t *testing.T) {
	p := &provider{lifetime: time.Minute, gate: make(chan struct{})}
	ended := make(chan struct{}, 1)
	c := flight.New("login", func(ctx context.Context) (string, time.Duration, error) {
		defer func() { ended <- struct{}{} }()
		return p.login(ctx)
	}, p.now)
	c.SetTimeout(20 * time.Millisecond)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(time.Millisecond, cancel)
	_, err := c.Get(ctx)
	assert.Equal(t, context.Canceled, err)
	<-ended
	stack := make([]byte, 1<<20)
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if !strings.Contains(string(stack[:runtime.Stack(stack, true)]), ".fly(") {
			break
		}
	}
	assert.NotContains(t, string(stack[:runtime.Stack(stack, true)]), ".fly(")

	_, err = c.Get(context.Background())
	assert.Equal(t, context.DeadlineExceeded, err, "its own end")
	assert.EqualValues(t, 2, p.logins.Load())
}

func TestHangingLogin(t *testing.T) {
	for name, x := range map[string]struct {
		end  func()
		want string
	}{
		"panic":         {func() { panic("with api-key-secret in it") }, "the login panicked with a string"},
		"panic, error":  {func() { panic(errors.New("api-key-secret")) }, "the login panicked with a *errors.errorString"},
		"runtime error": {func() { _ = []int{}[len(name())] }, "the login panicked: runtime error: index out of range [4] with length 0"},
		"nil panic":     {func() { panic(nil) }, "panic called with nil argument"},
		"goexit":        {runtime.Goexit, "the login ended its goroutine"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &provider{lifetime: time.Minute}
			broken := true
			c := flight.New("login", func(ctx context.Context) (string, time.Duration, error) {
				if broken {
					x.end()
				}
				return p.login(ctx)
			}, p.now)
			_, err := c.Get(context.Background())
			require.Error(t, err)
			assert.ErrorContains(t, err, x.want)
			assert.NotContains(t, err.Error(), "api-key-secret")
			broken = false
			v, err := c.Get(context.Background())
			require.NoError(t, err)
			assert.Equal(t, "t-1", v.Value)
		})
	}
}

func name() string { return "four" }

func BenchmarkGet(b *testing.B) {
	p := &provider{lifetime: time.Hour}
	c := flight.New("login", p.login, p.now)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Get(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
