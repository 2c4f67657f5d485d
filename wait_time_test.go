//go:build go1.25

package wapay_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wapay-go/wapay"
)

// These tests run on a clock of their own, which jumps to the next timer: they
// take no time and are exact.

const day = 24 * time.Hour

func retryAfter(d time.Duration) step {
	return step{err: &wapay.Error{Op: "Find", Kind: wapay.ErrRateLimited, Outcome: wapay.OutcomeRejected, RetryAfter: d}}
}

// pauses returns the first n pauses between the lookups of a wait.
func pauses(t *testing.T, n int, answer step, opts ...wapay.PollOption) []time.Duration {
	t.Helper()
	var at []time.Time
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	answer.before = func() {
		if at = append(at, time.Now()); len(at) > n {
			cancel()
		}
	}
	_, err := wapay.WaitPayment(ctx, &script{steps: []step{answer}}, byReference, opts...)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	var got []time.Duration
	for i := range n {
		got = append(got, at[i+1].Sub(at[i]))
	}
	return got
}

func TestPauses(t *testing.T) {
	for _, tt := range []struct {
		name           string
		opts           []wapay.PollOption
		first, longest time.Duration
	}{
		{"default", nil, 500 * time.Millisecond, 15 * time.Second},
		{"seconds", []wapay.PollOption{wapay.PollEvery(time.Second, 10*time.Second)}, time.Second, 10 * time.Second},
		{"constant", []wapay.PollOption{wapay.PollEvery(time.Minute, time.Minute)}, time.Minute, time.Minute},
		{"longest below first", []wapay.PollOption{wapay.PollEvery(time.Minute, time.Second)}, time.Minute, time.Minute},
		{"zero", []wapay.PollOption{wapay.PollEvery(0, 0)}, time.Millisecond, time.Millisecond},
		{"negative", []wapay.PollOption{wapay.PollEvery(math.MinInt64, -1)}, time.Millisecond, time.Millisecond},
		{"largest", []wapay.PollOption{wapay.PollEvery(math.MaxInt64, math.MaxInt64)}, day, day},
		{"largest at last", []wapay.PollOption{wapay.PollEvery(time.Hour, math.MaxInt64)}, time.Hour, day},
	} {
		synctest.Test(t, func(t *testing.T) {
			low, high := 1.0, 1.0
			for range 50 {
				mean := tt.first
				for i, got := range pauses(t, 12, pending, tt.opts...) {
					if got < mean-mean/5 || got > mean+mean/5+1 {
						t.Fatalf("%s: pause %d is %v, want %v give or take a fifth", tt.name, i, got, mean)
					}
					low, high = min(low, float64(got)/float64(mean)), max(high, float64(got)/float64(mean))
					mean = min(mean*8/5, tt.longest)
				}
			}
			if low > 0.85 || high < 1.15 {
				t.Errorf("%s: pauses only vary between %.2f and %.2f", tt.name, low, high)
			}
		})
	}
}

// A pause that the provider asks for is kept, unless it is absurd.
func TestRetryAfterIsKept(t *testing.T) {
	for _, tt := range []struct {
		retryAfter, want time.Duration
		opts             []wapay.PollOption
	}{
		{30 * time.Second, 30 * time.Second, nil},
		{5 * time.Minute, 5 * time.Minute, nil},
		{day, 5 * time.Minute, nil},
		{math.MaxInt64, 5 * time.Minute, nil},
		{day, time.Hour, []wapay.PollOption{wapay.PollEvery(time.Second, time.Hour)}},
	} {
		synctest.Test(t, func(t *testing.T) {
			for _, got := range pauses(t, 4, retryAfter(tt.retryAfter), tt.opts...) {
				if got != tt.want {
					t.Errorf("RetryAfter %v: waited %v, want %v", tt.retryAfter, got, tt.want)
				}
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		for _, got := range pauses(t, 4, retryAfter(time.Millisecond)) {
			if got < 400*time.Millisecond {
				t.Errorf("a short RetryAfter made a pause of %v", got)
			}
		}
	})
}

// A RetryAfter of a day does not keep a call past its context or its bound. The
// error repeats it.
func TestRetryAfterIsBounded(t *testing.T) {
	for _, calls := range []map[string]call{waits, settles} {
		for name, f := range calls {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				defer cancel()
				var e *wapay.Error
				start := time.Now()
				_, err := f(ctx, &script{steps: []step{retryAfter(day)}}, byReference, wapay.PollFor(time.Hour))
				if took := time.Since(start); took != 10*time.Second || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: %v after %v", name, err, took)
				}
				start = time.Now()
				_, err = f(context.Background(), &script{steps: []step{retryAfter(day)}}, byReference,
					wapay.PollFor(time.Minute))
				if took := time.Since(start); took > time.Minute || !errors.Is(err, wapay.ErrRateLimited) ||
					!errors.As(err, &e) || e.RetryAfter != day {
					t.Errorf("%s: %v after %v", name, err, took)
				}
				checkError(t, name, err)
				if _, isWait := waits[name]; isWait && e.Outcome != wapay.OutcomeReadOnly ||
					!isWait && e.Outcome != wapay.OutcomeUnknown {
					t.Errorf("%s: %v, the outcome of the last lookup only", name, e.Outcome)
				}
			})
		}
	}
}

func TestBounds(t *testing.T) {
	for name, f := range settles {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			s := &script{steps: []step{fails(wapay.ErrNotFound)}}
			_, err := f(context.Background(), s, byReference)
			took := time.Since(start)
			if took > time.Minute || took < 40*time.Second || len(s.refs) < 8 ||
				!errors.Is(err, wapay.ErrNotFound) || !errors.Is(err, wapay.ErrOutcomeUnknown) {
				t.Errorf("%s: %v after %v and %d lookups", name, err, took, len(s.refs))
			}
		})
	}
	for name, f := range waits {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			s := &script{steps: []step{pending}}
			s.steps[0].before = func() {
				if time.Since(start) > 30*day {
					s.steps = []step{succeeded}
				}
			}
			got, err := f(context.Background(), s, byReference, wapay.PollEvery(time.Hour, time.Hour))
			if err != nil || got.status != wapay.StatusSucceeded {
				t.Errorf("%s has a bound: %v, %v", name, got, err)
			}
		})
	}
	for _, bound := range []time.Duration{0, -1, math.MinInt64, time.Nanosecond} {
		for _, calls := range []map[string]call{waits, settles} {
			for name, f := range calls {
				synctest.Test(t, func(t *testing.T) {
					start := time.Now()
					s := &script{steps: []step{fails(wapay.ErrUnavailable)}}
					_, err := f(context.Background(), s, byReference, wapay.PollFor(bound))
					if took := time.Since(start); took != 0 || len(s.refs) != 1 || !errors.Is(err, wapay.ErrUnavailable) {
						t.Errorf("%s for %v: %v after %v and %d lookups", name, bound, err, took, len(s.refs))
					}
				})
			}
		}
	}
}

// If the payment is pending to the end, it comes beside an error of no kind.
func TestWaitPending(t *testing.T) {
	for name, f := range waits {
		synctest.Test(t, func(t *testing.T) {
			got, err := f(context.Background(), &script{steps: []step{pending}}, byReference, wapay.PollFor(time.Minute))
			if got != (result{true, wapay.StatusPending}) || err == nil {
				t.Fatalf("%s: %v, %v", name, got, err)
			}
			for _, kind := range kinds {
				if errors.Is(err, kind) {
					t.Errorf("%s: %v is %v", name, err, kind)
				}
			}
			checkError(t, name, err)
		})
	}
}

func TestContextEnds(t *testing.T) {
	type ending struct {
		name  string
		steps func(cancel func()) []step
		found bool
	}
	for _, calls := range []map[string]call{waits, settles} {
		for name, f := range calls {
			for _, tt := range []ending{
				{"while pausing", func(cancel func()) []step {
					end := fails(wapay.ErrUnavailable)
					end.before = func() { time.AfterFunc(100*time.Millisecond, cancel) }
					return []step{end}
				}, false},
				{"while looking up", func(cancel func()) []step {
					return []step{fails(wapay.ErrUnavailable), {err: errBoom, before: cancel}}
				}, false},
				{"while looking up, in the error of the Payer", func(cancel func()) []step {
					ended := &wapay.Error{Op: "Find", Outcome: wapay.OutcomeReadOnly, Err: context.Canceled}
					return []step{fails(wapay.ErrUnavailable), {err: ended, before: cancel}}
				}, false},
				{"while looking up, with another verdict", func(cancel func()) []step {
					return []step{{err: &wapay.Error{Kind: wapay.ErrForbidden}, before: cancel}}
				}, false},
				{"with a pending answer", func(cancel func()) []step {
					return []step{{status: wapay.StatusPending, before: cancel}}
				}, true},
			} {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancel(context.Background())
					defer cancel()
					_, isWait := waits[name]
					start := time.Now()
					s := &script{steps: tt.steps(cancel)}
					got, err := f(ctx, s, byReference, wapay.PollFor(time.Second))
					if tt.found && !isWait {
						if err != nil || !got.found {
							t.Errorf("%s, %s: %v, %v", name, tt.name, got, err)
						}
						return
					}
					if !errors.Is(err, context.Canceled) || got.found != tt.found ||
						errors.Is(err, wapay.ErrOutcomeUnknown) == isWait {
						t.Errorf("%s, %s: %v, %v", name, tt.name, got, err)
					}
					if took := time.Since(start); took > time.Second || len(s.refs) > 2 {
						t.Errorf("%s, %s: ended after %v and %d lookups", name, tt.name, took, len(s.refs))
					}
					checkError(t, name, err)
				})
			}
		}
	}
	// The state of an earlier answer is returned, and so is a final one that
	// comes as the context ends.
	for name, f := range waits {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			got, err := f(ctx, &script{steps: []step{pending, {err: errBoom, before: cancel}}}, byReference)
			if got != (result{true, wapay.StatusPending}) || !errors.Is(err, context.Canceled) ||
				!errors.Is(err, errBoom) {
				t.Errorf("%s: %v, %v", name, got, err)
			}
			got, err = f(ctx, &script{steps: []step{succeeded}}, byReference)
			if got.status != wapay.StatusSucceeded || err != nil {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		})
	}
}
