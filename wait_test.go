package wapay_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
)

var (
	byReference = wapay.Ref{Reference: "order-1"}
	fast        = wapay.PollEvery(time.Millisecond, time.Millisecond)
	errBoom     = errors.New("boom")
)

func TestWait(t *testing.T) {
	unknown := step{status: wapay.StatusUnknown}
	for _, s := range []wapay.Status{wapay.StatusSucceeded, wapay.StatusFailed, wapay.StatusCancelled, wapay.StatusRefunded} {
		check(t, waits, []step{{status: s}}, want{result: result{true, s}, lookups: 1})
		check(t, waits, []step{pending, unknown, pending, {status: s}}, want{result: result{true, s}, lookups: 4})
	}
	limited := step{err: &wapay.Error{Kind: wapay.ErrRateLimited, Outcome: wapay.OutcomeRejected, RetryAfter: 3 * time.Millisecond}}
	check(t, waits, []step{fails(wapay.ErrUnavailable), limited, fails(wapay.ErrDecode), pending, limited, succeeded},
		want{result: result{true, wapay.StatusSucceeded}, lookups: 6})
}

func TestWaitEndsWithAnError(t *testing.T) {
	none, last := result{}, result{true, wapay.StatusPending}
	notUnknown := []error{wapay.ErrOutcomeUnknown}
	for _, kind := range []error{
		wapay.ErrInvalid, wapay.ErrUnauthorized, wapay.ErrForbidden, wapay.ErrNotFound, wapay.ErrDuplicate, wapay.ErrInsufficientFunds,
	} {
		check(t, waits, []step{fails(kind)}, want{result: none, is: []error{kind}, isNot: notUnknown, lookups: 1})
		check(t, waits, []step{pending, fails(wapay.ErrUnavailable), fails(kind)},
			want{result: last, is: []error{kind}, isNot: append(notUnknown, wapay.ErrUnavailable), lookups: 3})
	}
	check(t, waits, []step{pending, {err: errBoom}}, want{result: last, is: []error{errBoom}, isNot: kinds, lookups: 2})
	check(t, waits, []step{nothing}, want{result: none, is: []error{wapay.ErrDecode}, isNot: notUnknown, lookups: 1})
	other := step{status: wapay.StatusFailed, reference: "order-2"}
	check(t, waits, []step{other}, want{result: none, is: []error{wapay.ErrDecode}, isNot: notUnknown, lookups: 1})
	check(t, waits, []step{pending, other}, want{result: last, is: []error{wapay.ErrDecode}, isNot: notUnknown, lookups: 2})
	check(t, waits, []step{pending, nothing}, want{result: last, is: []error{wapay.ErrDecode}, isNot: notUnknown, lookups: 2})
	// A lookup moves no money, whatever its error says.
	check(t, waits, []step{{err: &wapay.Error{Kind: wapay.ErrForbidden}}}, want{is: []error{wapay.ErrForbidden}, isNot: notUnknown, lookups: 1})
	// A foreign error, of a type that cannot be compared, wrapped or not.
	check(t, waits, []step{{err: errorList{errBoom}}}, want{result: none, is: []error{errBoom}, lookups: 1})
	check(t, settles, []step{{err: errorList{errBoom}}}, want{result: none, is: []error{errBoom, wapay.ErrOutcomeUnknown}, lookups: 1})
}

type errorList []error

func (l errorList) Error() string { return errors.Join(l...).Error() }

func (l errorList) Unwrap() []error { return l }

// errors.As finds the details of the lookup that ended the wait.
func TestWaitErrorDetails(t *testing.T) {
	in := &wapay.Error{
		Provider: "fake", Op: "Find", Reference: "another", HTTPStatus: 403, Code: "E1", Message: "no", RequestID: "r1",
		Details: []wapay.FieldError{{Field: "id", Message: "bad"}}, RetryAfter: time.Second, Attempts: 2, Outcome: wapay.OutcomeRejected,
		Body: []byte("b"), Kind: wapay.ErrForbidden, Err: io.ErrUnexpectedEOF,
	}
	copied := *in
	_, waitErr := wapay.WaitPayment(context.Background(), &script{steps: []step{{err: in}}}, byReference, fast)
	_, settleErr := wapay.SettlePayout(context.Background(), &script{steps: []step{{err: in}}}, byReference, fast)
	for want, err := range map[string]error{
		`fake: WaitPayment "order-1": forbidden: HTTP 403: code E1: no: id: bad: retry after 1s: unexpected EOF (2 attempts)`:                   waitErr,
		`fake: SettlePayout "order-1": outcome unknown: forbidden: HTTP 403: code E1: no: id: bad: retry after 1s: unexpected EOF (2 attempts)`: settleErr,
	} {
		var e *wapay.Error
		if err == nil || err.Error() != want || !errors.As(err, &e) || e.RequestID != "r1" || string(e.Body) != "b" ||
			!errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if in.Op != copied.Op || in.Reference != copied.Reference || in.Outcome != copied.Outcome || in.Err != copied.Err {
		t.Errorf("the Payer's error was changed: %v", in)
	}
	found := wapay.Ref{ID: "id-1"}
	_, err := wapay.WaitPayment(context.Background(), &script{steps: []step{{err: in}}}, found, fast)
	var e *wapay.Error
	if !errors.As(err, &e) || e.Reference != "another" {
		t.Errorf("the reference that the lookup found out is lost: %v", err)
	}
}

func TestSettle(t *testing.T) {
	for _, s := range []wapay.Status{
		wapay.StatusUnknown, wapay.StatusPending, wapay.StatusSucceeded, wapay.StatusFailed, wapay.StatusCancelled, wapay.StatusRefunded,
	} {
		check(t, settles, []step{{status: s}}, want{result: result{true, s}, lookups: 1})
		check(t, settles, []step{fails(wapay.ErrNotFound), fails(wapay.ErrUnavailable), fails(wapay.ErrNotFound), {status: s}},
			want{result: result{true, s}, lookups: 4})
	}
	foreign := step{err: errorList{wapay.ErrNotFound}}
	check(t, settles, []step{foreign, fails(wapay.ErrRateLimited), fails(wapay.ErrDecode), pending},
		want{result: result{true, wapay.StatusPending}, lookups: 4})
}

func TestSettleEndsWithAnError(t *testing.T) {
	unknown := wapay.ErrOutcomeUnknown
	bound := wapay.PollFor(20 * time.Millisecond)
	for _, kind := range []error{wapay.ErrNotFound, wapay.ErrUnavailable, wapay.ErrRateLimited, wapay.ErrDecode} {
		check(t, settles, []step{fails(kind)}, want{is: []error{kind, unknown}}, bound)
	}
	check(t, settles, []step{{err: errorList{wapay.ErrNotFound}}}, want{is: []error{wapay.ErrNotFound, unknown}}, bound)
	for _, kind := range []error{
		wapay.ErrInvalid, wapay.ErrUnauthorized, wapay.ErrForbidden, wapay.ErrDuplicate, wapay.ErrInsufficientFunds,
	} {
		check(t, settles, []step{fails(kind)}, want{is: []error{kind, unknown}, lookups: 1})
		check(t, settles, []step{fails(wapay.ErrNotFound), fails(kind)},
			want{is: []error{kind, unknown}, isNot: []error{wapay.ErrNotFound}, lookups: 2})
	}
	notSent := step{err: &wapay.Error{Op: "Find", Kind: wapay.ErrInvalid, Outcome: wapay.OutcomeNotSent}}
	check(t, settles, []step{notSent}, want{is: []error{wapay.ErrInvalid, unknown}, lookups: 1})
	check(t, settles, []step{{err: errBoom}}, want{is: []error{errBoom, unknown}, lookups: 1})
	check(t, settles, []step{fails(wapay.ErrNotFound), {status: wapay.StatusFailed, reference: "order-2"}},
		want{is: []error{wapay.ErrDecode, unknown}, isNot: []error{wapay.ErrNotFound}, lookups: 2})
	check(t, settles, []step{nothing}, want{is: []error{wapay.ErrDecode, unknown}, lookups: 1})
}

func TestEmptyRef(t *testing.T) {
	for _, calls := range []map[string]call{waits, settles} {
		for name, f := range calls {
			s := &script{steps: []step{{status: wapay.StatusSucceeded, reference: "whatever"}}}
			got, err := f(context.Background(), s, wapay.Ref{})
			var e *wapay.Error
			if got.found || !errors.As(err, &e) || e.Kind != wapay.ErrInvalid || e.Outcome != outcomeOf(name) ||
				e.Op != name ||
				len(e.Details) != 1 || len(s.refs) != 0 {
				t.Errorf("%s: got %v, %v after %d lookups", name, got, err, len(s.refs))
			}
			if _, err := f(context.Background(), s, wapay.Ref{ID: "id-1"}); err != nil {
				t.Errorf("%s by id: %v", name, err)
			}
		}
	}
}

// outcomeOf returns the outcome that every error of a call has.
func outcomeOf(name string) wapay.Outcome {
	if _, isWait := waits[name]; isWait {
		return wapay.OutcomeReadOnly
	}
	return wapay.OutcomeUnknown
}

func TestWaitRefusesNil(t *testing.T) {
	ctx := context.Background()
	var (
		noContext context.Context
		nilCtx    *nilContext
		nobody    *script
		somebody  = &script{steps: []step{succeeded}}
	)
	for _, calls := range []map[string]call{waits, settles} {
		for name, f := range calls {
			for what, ask := range map[string]func() (result, error){
				"nil context":       func() (result, error) { return f(noContext, somebody, byReference) },
				"typed nil context": func() (result, error) { return f(nilCtx, somebody, byReference) },
				"typed nil client":  func() (result, error) { return f(ctx, nobody, byReference) },
			} {
				got, err := ask()
				checkError(t, name, err)
				var e *wapay.Error
				if got.found || !errors.As(err, &e) || e.Kind != wapay.ErrInvalid || e.Outcome != outcomeOf(name) ||
					wapay.NotDone(err) {
					t.Errorf("%s with a %s: %v, %v", name, what, got, err)
				}
			}
		}
	}
	_, wp := wapay.WaitPayment(ctx, nil, byReference)
	_, wo := wapay.WaitPayout(ctx, nil, byReference)
	_, sp := wapay.SettlePayment(ctx, nil, byReference)
	_, so := wapay.SettlePayout(ctx, nil, byReference)
	for name, err := range map[string]error{"WaitPayment": wp, "WaitPayout": wo, "SettlePayment": sp, "SettlePayout": so} {
		checkError(t, name, err)
		var e *wapay.Error
		if !errors.As(err, &e) || e.Kind != wapay.ErrInvalid || e.Outcome != outcomeOf(name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(somebody.refs) != 0 {
		t.Errorf("%d lookups, want none", len(somebody.refs))
	}
}

type nilContext struct{ context.Context }

// Whatever a lookup returns, no error of a Wait or Settle lets a caller send
// the order again.
func TestWaitErrorsAreNeverNotDone(t *testing.T) {
	for _, o := range []wapay.Outcome{wapay.OutcomeUnknown, wapay.OutcomeNotSent, wapay.OutcomeRejected, wapay.OutcomeReadOnly} {
		for _, kind := range kinds {
			for _, calls := range []map[string]call{waits, settles} {
				for name, f := range calls {
					_, err := f(context.Background(), &script{steps: []step{{err: &wapay.Error{Kind: kind, Outcome: o}}}}, byReference,
						fast, wapay.PollFor(0))
					var e *wapay.Error
					if !errors.As(err, &e) || e.Outcome != outcomeOf(name) || wapay.NotDone(err) {
						t.Errorf("%s after %v, %v: %v", name, kind, o, err)
					}
				}
			}
		}
	}
}

func TestWaitRefusesAnotherOrder(t *testing.T) {
	both := wapay.Ref{ID: "id-1", Reference: "order-1"}
	for _, tt := range []struct {
		ref   wapay.Ref
		found step
		want  bool
	}{
		{both, step{id: "id-1"}, true},
		{both, step{}, true},
		{both, step{id: "id-2"}, false},
		{both, step{id: "id-1", reference: "order-2"}, false},
		{wapay.Ref{ID: "id-1"}, step{id: "id-1", reference: "order-2"}, true},
		{wapay.Ref{ID: "id-1"}, step{id: "id-2"}, false},
		{wapay.Ref{ID: "000123"}, step{id: "123"}, false},
		{byReference, step{id: "id-2"}, true},
		{byReference, step{id: "id-2", reference: "Order-1"}, false},
	} {
		for _, calls := range []map[string]call{waits, settles} {
			for name, f := range calls {
				tt.found.status = wapay.StatusFailed
				got, err := f(context.Background(), &script{steps: []step{tt.found}}, tt.ref, fast)
				var e *wapay.Error
				switch {
				case tt.want && (err != nil || got.status != wapay.StatusFailed):
					t.Errorf("%s of %v, found %v: %v, %v", name, tt.ref, tt.found, got, err)
				case !tt.want && (got.found || !errors.As(err, &e) || e.Kind != wapay.ErrDecode || e.Outcome != outcomeOf(name)):
					t.Errorf("%s of %v, found %v: %v, %v", name, tt.ref, tt.found, got, err)
				}
			}
		}
	}
}

func TestWaitCountsTheAttemptsOfAllLookups(t *testing.T) {
	failed := func(kind error, attempts int) step {
		return step{err: &wapay.Error{Kind: kind, Attempts: attempts, Outcome: wapay.OutcomeReadOnly}}
	}
	for _, tt := range []struct {
		steps []step
		want  int
	}{
		{[]step{failed(wapay.ErrForbidden, 2)}, 2},
		{[]step{failed(wapay.ErrUnavailable, 3), failed(wapay.ErrRateLimited, 3), failed(wapay.ErrForbidden, 1)}, 7},
		{[]step{failed(wapay.ErrUnavailable, 3), failed(wapay.ErrInvalid, 0)}, 3},
		{[]step{failed(wapay.ErrUnavailable, 3), {err: errBoom}}, 4},
		{[]step{failed(wapay.ErrUnavailable, 3), nothing}, 4},
	} {
		for _, calls := range []map[string]call{waits, settles} {
			for name, f := range calls {
				_, err := f(context.Background(), &script{steps: tt.steps}, byReference, fast)
				var e *wapay.Error
				if !errors.As(err, &e) || e.Attempts != tt.want {
					t.Errorf("%s: %v, want %d attempts", name, err, tt.want)
				}
			}
		}
	}
	for name, f := range waits { // a result counts as one
		_, err := f(context.Background(), &script{steps: []step{pending, pending, failed(wapay.ErrForbidden, 2)}}, byReference, fast)
		var e *wapay.Error
		if !errors.As(err, &e) || e.Attempts != 4 {
			t.Errorf("%s: %v, want 4 attempts", name, err)
		}
	}
}
