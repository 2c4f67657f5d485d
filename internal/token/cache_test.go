package token_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/token"
)

const crowd = 1000

// clock is a time of day that only the test moves.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Unix(1_700_000_000, 0).Add(time.Duration(c.offset.Load()))
}
func (c *clock) pass(d time.Duration) { c.offset.Add(int64(d)) }

// provider gives the tokens t-1, t-2 …, or errors.
type provider struct {
	clock
	lifetime time.Duration
	gate     chan struct{} // a login waits until it is closed; nil: it does not wait
	err      error
	logins   atomic.Int32
}

func (p *provider) login(ctx context.Context) (wapay.Secret, time.Duration, error) {
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
	return wapay.Secret("t-" + strconv.Itoa(int(n))), p.lifetime, nil
}

// waiter is a context that counts who waits on it: a caller looks at Done when it has joined a login.
type waiter struct {
	context.Context
	waiting *atomic.Int32
}

func (w waiter) Done() <-chan struct{} {
	w.waiting.Add(1)
	return w.Context.Done()
}

// rush has a crowd of callers, all of whom wait before the login that they wait for ends.
func rush(t *testing.T, p *provider, c *token.Cache) (tokens map[wapay.Secret]int, errs map[error]int) {
	t.Helper()
	p.gate = make(chan struct{})
	var waiting atomic.Int32
	var mu sync.Mutex
	var wg sync.WaitGroup
	tokens, errs = map[wapay.Secret]int{}, map[error]int{}
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
			tokens[v]++
		}()
	}
	require.Eventually(t, func() bool { return waiting.Load() == crowd }, 20*time.Second, time.Millisecond)
	close(p.gate)
	wg.Wait()
	p.gate = nil
	return tokens, errs
}

func TestOneLoginForACrowd(t *testing.T) {
	p := &provider{lifetime: 5 * time.Minute}
	c := token.New(p.login, p.now)

	tokens, errs := rush(t, p, c) // a cold start
	assert.Equal(t, map[wapay.Secret]int{"t-1": crowd}, tokens)
	assert.Empty(t, errs)
	assert.EqualValues(t, 1, p.logins.Load())

	p.pass(5 * time.Minute) // expiry
	tokens, errs = rush(t, p, c)
	assert.Equal(t, map[wapay.Secret]int{"t-2": crowd}, tokens)
	assert.Empty(t, errs)
	assert.EqualValues(t, 2, p.logins.Load())

	p.pass(5 * time.Minute) // the login answers an error
	p.err = errors.New("no")
	tokens, errs = rush(t, p, c)
	assert.Empty(t, tokens)
	assert.Equal(t, map[error]int{p.err: crowd}, errs)
	assert.EqualValues(t, 3, p.logins.Load())

	// Who comes later has another login made, and another token.
	_, err := c.Get(context.Background())
	assert.Equal(t, p.err, err)
	p.err = nil
	v, err := c.Get(context.Background())
	require.NoError(t, err)
	assert.Equal(t, wapay.Secret("t-5"), v)
}

func TestOneLoginForACrowdOfTheRejected(t *testing.T) {
	p := &provider{lifetime: 5 * time.Minute}
	c := token.New(p.login, p.now)
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
			assert.Equal(t, wapay.Secret("t-2"), v)
		}()
	}
	wg.Wait()
	c.Drop(old)
	c.Drop("")
	v, err := c.Get(context.Background())
	require.NoError(t, err)
	assert.Equal(t, wapay.Secret("t-2"), v, "only the token that was rejected is dropped")
	assert.EqualValues(t, 2, p.logins.Load())
}

func TestLifetimes(t *testing.T) {
	for _, x := range []struct{ lifetime, used time.Duration }{
		{5 * time.Minute, 4*time.Minute + 30*time.Second},
		{1740 * time.Second, 1710 * time.Second},
		{150 * time.Second, 2 * time.Minute},
		{100 * time.Second, 80 * time.Second},
		{30 * time.Second, 24 * time.Second}, // as long as the margin
		{10 * time.Second, 8 * time.Second},
		{2 * time.Second, 1600 * time.Millisecond},
		{time.Second, time.Second},
		{time.Nanosecond, time.Second},
		{0, time.Second},
		{-time.Hour, time.Second},
		{math.MinInt64, time.Second},
		{24 * time.Hour, 24*time.Hour - 30*time.Second},
		{math.MaxInt64, 24*time.Hour - 30*time.Second},
	} {
		t.Run(x.lifetime.String(), func(t *testing.T) {
			p := &provider{lifetime: x.lifetime}
			c := token.New(p.login, p.now)
			get := func(want wapay.Secret) {
				t.Helper()
				for range 100 {
					v, err := c.Get(context.Background())
					require.NoError(t, err)
					require.Equal(t, want, v)
				}
			}
			get("t-1")
			p.pass(x.used - 1)
			get("t-1")
			p.pass(1)
			get("t-2")
			p.pass(-x.used) // a clock that is put back
			get("t-2")
		})
	}
}

// A lifetime counts from the beginning of the login, but a login that takes longer than it gives something all the same.
func TestSlowLogin(t *testing.T) {
	p := &provider{lifetime: 5 * time.Minute}
	took := time.Minute
	slow := func(ctx context.Context) (wapay.Secret, time.Duration, error) {
		p.pass(took)
		return p.login(ctx)
	}
	c := token.New(slow, p.now)
	want := func(v wapay.Secret) {
		t.Helper()
		got, err := c.Get(context.Background())
		require.NoError(t, err)
		assert.Equal(t, v, got)
	}
	want("t-1")
	p.pass(4*time.Minute + 30*time.Second - took - 1)
	want("t-1")
	p.pass(1)
	took = time.Hour
	want("t-2")
	want("t-2")
	p.pass(time.Second)
	want("t-3")
}

func TestCallerLeaves(t *testing.T) {
	p := &provider{lifetime: time.Minute, gate: make(chan struct{})}
	c := token.New(p.login, p.now)
	type key struct{}
	var waiting atomic.Int32
	first, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "v"))
	left, got := make(chan error), make(chan wapay.Secret)
	go func() {
		_, err := c.Get(waiter{first, &waiting})
		left <- err
	}()
	require.Eventually(t, func() bool { return p.logins.Load() == 1 }, 5*time.Second, time.Millisecond)
	go func() {
		v, err := c.Get(waiter{context.Background(), &waiting})
		assert.NoError(t, err)
		got <- v
	}()
	require.Eventually(t, func() bool { return waiting.Load() == 2 }, 5*time.Second, time.Millisecond)

	cancel()
	assert.Equal(t, context.Canceled, <-left, "who began the login leaves at once")
	short, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := c.Get(short)
	assert.Equal(t, context.DeadlineExceeded, err)
	close(p.gate)
	assert.Equal(t, wapay.Secret("t-1"), <-got, "and the login goes on for the others")
	assert.EqualValues(t, 1, p.logins.Load())

	// A context that has ended begins no login, but a token that is there costs nothing.
	v, err := c.Get(first)
	require.NoError(t, err)
	assert.Equal(t, wapay.Secret("t-1"), v)
	p.pass(time.Hour)
	_, err = c.Get(first)
	assert.Equal(t, context.Canceled, err)
	assert.EqualValues(t, 1, p.logins.Load())
}

func TestLoginHasTheValuesOfItsCaller(t *testing.T) {
	type key struct{}
	c := token.New(func(ctx context.Context) (wapay.Secret, time.Duration, error) {
		_, bounded := ctx.Deadline()
		assert.True(t, bounded)
		assert.Equal(t, "v", ctx.Value(key{}))
		return "t", time.Minute, nil
	}, time.Now)
	_, err := c.Get(context.WithValue(context.Background(), key{}, "v"))
	assert.NoError(t, err)
}

// Nobody waits any more, and nothing stays behind: a login that hangs ends by its own time-out.
func TestLoginIsBounded(t *testing.T) {
	p := &provider{lifetime: time.Minute, gate: make(chan struct{})}
	ended := make(chan struct{}, 1)
	c := token.New(func(ctx context.Context) (wapay.Secret, time.Duration, error) {
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
		if !strings.Contains(string(stack[:runtime.Stack(stack, true)]), "token.(*Cache).fly") {
			break
		}
	}
	assert.NotContains(t, string(stack[:runtime.Stack(stack, true)]), "token.(*Cache).fly")

	_, err = c.Get(context.Background())
	assert.Equal(t, context.DeadlineExceeded, err, "its own end")
	assert.EqualValues(t, 2, p.logins.Load())
}

func TestLoginThatDoesNotComeBack(t *testing.T) {
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
			c := token.New(func(ctx context.Context) (wapay.Secret, time.Duration, error) {
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
			assert.Equal(t, wapay.Secret("t-1"), v)
		})
	}
}

func name() string { return "four" }

func TestEmptyTokenIsNone(t *testing.T) {
	c := token.New(func(context.Context) (wapay.Secret, time.Duration, error) { return "", time.Hour, nil }, time.Now)
	_, err := c.Get(context.Background())
	assert.ErrorContains(t, err, "empty token")
}

func TestTokenDoesNotPrint(t *testing.T) {
	c := token.New(func(context.Context) (wapay.Secret, time.Duration, error) {
		return "token-in-the-clear", time.Hour, nil
	}, time.Now)
	_, err := c.Get(context.Background())
	require.NoError(t, err)
	c.Drop("") // the login has put its lock down
	holder := struct{ C *token.Cache }{c}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		for _, v := range []any{c, holder, &holder, &c} {
			assert.NotContains(t, fmt.Sprintf(verb, v), "token-in-the-clear", verb)
			assert.NotContains(t, fmt.Sprintf(verb, v), fmt.Sprintf("%x", "token-in-the-clear"), verb)
		}
	}
}

func BenchmarkGet(b *testing.B) {
	p := &provider{lifetime: time.Hour}
	c := token.New(p.login, p.now)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Get(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
