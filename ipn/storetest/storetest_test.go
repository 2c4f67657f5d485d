package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/wapay-go/wapay/ipn"
)

func TestMemoryStore(t *testing.T) {
	Run(t, func(*testing.T) ipn.Store { return ipn.NewMemoryStore() })
}

// recorder is a test that may fail.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) {
	r.said = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// broken is a store that a test breaks on purpose.
type broken struct {
	ipn.Store
	begin   func(ctx context.Context, s ipn.Store, key string, lease time.Duration) (ipn.State, ipn.Claim, error)
	commit  func(ipn.Claim) error
	release func(ipn.Store, ipn.Claim) error
}

func (b broken) Begin(ctx context.Context, key string, lease time.Duration) (ipn.State, ipn.Claim, error) {
	if b.begin != nil {
		return b.begin(ctx, b.Store, key, lease)
	}
	return b.Store.Begin(ctx, key, lease)
}

func (b broken) Commit(ctx context.Context, c ipn.Claim) error {
	if b.commit != nil {
		return b.commit(c)
	}
	return b.Store.Commit(ctx, c)
}

func (b broken) Release(ctx context.Context, c ipn.Claim) error {
	if b.release != nil {
		return b.release(b.Store, c)
	}
	return b.Store.Release(ctx, c)
}

// TestBrokenStores checks that each test of the suite fails for a store that
// breaks its rule.
func TestBrokenStores(t *testing.T) {
	keep := func(ipn.Claim) error { return nil }
	letAll := func(_ context.Context, _ ipn.Store, key string, _ time.Duration) (ipn.State, ipn.Claim, error) {
		return ipn.StateNew, ipn.Claim{Key: key, Token: fmt.Sprint(time.Now().UnixNano())}, nil
	}
	for name, store := range map[string]broken{
		"new, in flight, done": {commit: keep},
		"release":              {release: func(ipn.Store, ipn.Claim) error { return nil }},
		"lease ends": {begin: func(ctx context.Context, s ipn.Store, key string, d time.Duration) (ipn.State, ipn.Claim, error) {
			state, c, err := s.Begin(ctx, key, d)
			if state == ipn.StateNew {
				c.Token = "one for all"
			}
			return state, c, err
		}},
		"late commit":                      {commit: keep},
		"one of many claims":               {begin: letAll},
		"one of many claims after a lease": {begin: letAll},
		"claims and releases at once":      {release: func(ipn.Store, ipn.Claim) error { return errors.New("deadlock") }},
		"each key is its own": {begin: func(ctx context.Context, s ipn.Store, key string, d time.Duration) (ipn.State, ipn.Claim, error) {
			state, c, err := s.Begin(ctx, key[:min(len(key), 200)], d)
			if state == ipn.StateNew {
				c.Key = key
			}
			return state, c, err
		}},
		"bad arguments": {begin: func(ctx context.Context, s ipn.Store, key string, d time.Duration) (ipn.State, ipn.Claim, error) {
			return s.Begin(ctx, key, max(d, 1))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			store.Store = ipn.NewMemoryStore()
			r := &recorder{TB: t}
			found := false
			for _, test := range tests {
				if test.name != name {
					continue
				}
				found = true
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					test.run(suite{r, store})
				}()
				<-ended
			}
			if !found || r.said == "" {
				t.Errorf("the suite has the test: %v, and says nothing", found)
			}
			t.Log(r.said)
		})
	}
}
