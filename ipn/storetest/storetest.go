// Package storetest tests an [ipn.Store] of one's own, such as one on Redis,
// against what package ipn expects of it.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) ipn.Store { return newRedisStore(t) })
//	}
package storetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wapay-go/wapay/ipn"
)

// Run tests the store that open returns. Each test opens an empty one.
func Run(t *testing.T, open func(t *testing.T) ipn.Store) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(suite{t, open(t)}) })
	}
}

var tests = []struct {
	name string
	run  func(suite)
}{
	{"new, in flight, done", suite.states},
	{"release", suite.release},
	{"lease ends", suite.leaseEnds},
	{"late commit", suite.lateCommit},
	{"one of many claims", suite.oneClaims},
	{"one of many claims after a lease", suite.oneClaimsAgain},
	{"claims and releases at once", suite.churn},
	{"each key is its own", suite.keys},
	{"bad arguments", suite.badArguments},
}

const (
	lease = time.Minute
	short = 20 * time.Millisecond // a lease that a test waits for the end of
)

type suite struct {
	testing.TB
	store ipn.Store
}

func (s suite) noError(err error, what string) {
	s.Helper()
	if err != nil {
		s.Fatalf("%s: %v", what, err)
	}
}

// claim begins a delivery that has to be new.
func (s suite) claim(key string, lease time.Duration) ipn.Claim {
	s.Helper()
	state, c, err := s.store.Begin(context.Background(), key, lease)
	s.noError(err, "Begin")
	if state != ipn.StateNew || c.Key != key || c.Token == "" {
		s.Fatalf("Begin(%.60q) returned %v and %+v, want new and a claim of this key with a token", key, state, c)
	}
	return c
}

// reclaim waits until the lease of another claim has ended, and claims the
// delivery then.
func (s suite) reclaim(key string) ipn.Claim {
	s.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		state, c, err := s.store.Begin(context.Background(), key, lease)
		s.noError(err, "Begin")
		if state == ipn.StateNew {
			return c
		}
	}
	s.Fatalf("a lease of %v has not ended after 10 s", short)
	return ipn.Claim{}
}

// want checks that the delivery is in flight or done.
func (s suite) want(state ipn.State, key string) {
	s.Helper()
	got, c, err := s.store.Begin(context.Background(), key, lease)
	s.noError(err, "Begin")
	if got != state || c != (ipn.Claim{}) {
		s.Fatalf("Begin(%.60q) returned %v and %+v, want %v and no claim", key, got, c, state)
	}
}

func (s suite) commit(c ipn.Claim) {
	s.Helper()
	s.noError(s.store.Commit(context.Background(), c), "Commit")
}

func (s suite) giveBack(c ipn.Claim) {
	s.Helper()
	s.noError(s.store.Release(context.Background(), c), "Release")
}

// other checks that two claims have different tokens.
func (s suite) other(first, second ipn.Claim) {
	s.Helper()
	if first.Token == second.Token {
		s.Fatalf("two claims have the token %q", first.Token)
	}
}

func (s suite) states() {
	c := s.claim("barkapay:1", lease)
	s.want(ipn.StateInFlight, "barkapay:1")
	s.commit(c)
	s.want(ipn.StateDone, "barkapay:1")
	s.commit(c)   // again
	s.giveBack(c) // too late
	s.want(ipn.StateDone, "barkapay:1")
	s.other(c, s.claim("barkapay:2", lease))
}

func (s suite) release() {
	first := s.claim("key", lease)
	s.giveBack(first)
	second := s.claim("key", lease)
	s.other(first, second)
	s.giveBack(first) // no longer its own
	s.want(ipn.StateInFlight, "key")
}

func (s suite) leaseEnds() {
	first := s.claim("key", short)
	second := s.reclaim("key")
	s.other(first, second)
	s.want(ipn.StateInFlight, "key")
	s.giveBack(first)
	s.want(ipn.StateInFlight, "key")
	s.giveBack(second)
	s.claim("key", lease)
}

func (s suite) lateCommit() {
	first := s.claim("claimed", short)
	second := s.reclaim("claimed")
	s.commit(first)
	s.want(ipn.StateDone, "claimed")
	s.giveBack(second)
	s.want(ipn.StateDone, "claimed")

	first = s.claim("released", short)
	second = s.reclaim("released")
	s.giveBack(second)
	s.commit(first)
	s.want(ipn.StateDone, "released")
}

func (s suite) oneClaims() {
	for round := range 5 {
		s.oneOf50(fmt.Sprint("key", round))
	}
}

func (s suite) oneClaimsAgain() {
	s.claim("key", time.Millisecond)
	s.claim("clock", time.Millisecond)
	s.reclaim("clock") // so that the lease of key has ended, too
	s.oneOf50("key")
}

func (s suite) oneOf50(key string) {
	s.Helper()
	got := atOnce(50, func() string {
		state, _, err := s.store.Begin(context.Background(), key, lease)
		if err != nil {
			return err.Error()
		}
		return state.String()
	})
	if got["new"] != 1 || got["in flight"] != 49 {
		s.Fatalf("50 calls of Begin at once returned %v, want new for one and in flight for 49", got)
	}
}

// churn is where a database could see a deadlock: deletes and inserts of one
// key.
func (s suite) churn() {
	var mu sync.Mutex
	holders, most, claims := 0, 0, 0
	hold := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		holders += n
		most = max(most, holders)
		claims += max(n, 0)
	}
	got := atOnce(16, func() string {
		for range 30 {
			state, c, err := s.store.Begin(context.Background(), "key", lease)
			if err != nil {
				return err.Error()
			}
			if state != ipn.StateNew {
				continue
			}
			hold(1)
			hold(-1)
			if err := s.store.Release(context.Background(), c); err != nil {
				return err.Error()
			}
		}
		return "ok"
	})
	if got["ok"] != 16 || most != 1 || claims == 0 {
		s.Fatalf("16 callers ended with %v, up to %d held one key at once, of %d claims", got, most, claims)
	}
}

func (s suite) keys() {
	keys := []string{
		"a", "A", "a ", " a", "a\t", "a\x00", "a\x00b", "\x00", "\xff", "\xfe", "\xff\xfe", "é", "É", "e\u0301", "ss", "ß",
		"'", "''", `"`, "`", `\`, `\'`, "\\\\", "a%", "a_", "'; DROP TABLE x; --", "$1", "?", "?1", "{now}", "{table}",
		"1", "01", "1.0", "1e0", "0x31", "NULL", "\u2028", "\r\n", "\n",
		"sha256:", "sha256:00", "SHA256:00", "sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afe48bbb",
		"sha256:a", strings.Repeat("k", 199), strings.Repeat("k", 200), strings.Repeat("k", 201), strings.Repeat("K", 200),
		strings.Repeat("k", 10<<10), strings.Repeat("k", 10<<10) + " ", strings.Repeat("\x00", 200), "ﬀ", "ff", "İ", "i",
	}
	for i, key := range keys {
		c := s.claim(key, lease)
		if i%2 == 0 {
			s.commit(c)
		}
	}
	for i, key := range keys {
		s.want([]ipn.State{ipn.StateDone, ipn.StateInFlight}[i%2], key)
	}
}

func (s suite) badArguments() {
	for _, bad := range []struct {
		key   string
		lease time.Duration
	}{{"", lease}, {"key", 0}, {"key", -time.Second}} {
		state, c, err := s.store.Begin(context.Background(), bad.key, bad.lease)
		if err == nil || state != 0 || c != (ipn.Claim{}) {
			s.Fatalf("Begin(%q, %v) returned %v, %+v and %v, want an error alone", bad.key, bad.lease, state, c, err)
		}
	}
	c := s.claim("key", time.Nanosecond)
	s.giveBack(c)
	s.claim("key", 1<<63-1)
	s.want(ipn.StateInFlight, "key")
}

// atOnce calls f in n goroutines that start together, and counts what they
// return.
func atOnce(n int, f func() string) map[string]int {
	var mu sync.Mutex
	var ready, done sync.WaitGroup
	ready.Add(n)
	done.Add(n)
	got := map[string]int{}
	for range n {
		go func() {
			defer done.Done()
			ready.Done()
			ready.Wait()
			result := f()
			mu.Lock()
			defer mu.Unlock()
			got[result]++
		}()
	}
	done.Wait()
	return got
}
