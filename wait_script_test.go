package wapay_test

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/wapay-go/wapay"
)

// step is one answer of a lookup: a status, an error, or neither.
type step struct {
	status    wapay.Status
	id        string
	reference string // the order's, if not that of the lookup
	err       error
	before    func() // runs first
}

var (
	pending   = step{status: wapay.StatusPending}
	succeeded = step{status: wapay.StatusSucceeded}
	nothing   = step{status: -1}
)

func fails(kind error) step {
	return step{err: &wapay.Error{
		Provider: "fake", Op: "Find", HTTPStatus: 400, Code: "E1", Message: "no", Outcome: wapay.OutcomeRejected, Kind: kind,
	}}
}

// script is a Payer and Payouter that answers lookups step by step. It repeats
// the last one.
type script struct {
	steps []step
	refs  []wapay.Ref // of the lookups so far
}

func (s *script) next(ref wapay.Ref) step {
	now := s.steps[min(len(s.refs), len(s.steps)-1)]
	s.refs = append(s.refs, ref)
	if now.before != nil {
		now.before()
	}
	return now
}

func (s *script) Pay(context.Context, wapay.PaymentRequest) (*wapay.Payment, error) {
	panic("an order was sent")
}

func (s *script) Payout(context.Context, wapay.PayoutRequest) (*wapay.Payout, error) {
	panic("an order was sent")
}

func (s *script) FindPayment(_ context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	now := s.next(ref)
	if now.err != nil || now.status == -1 {
		return nil, now.err
	}
	return &wapay.Payment{ID: now.id, Reference: cmp.Or(now.reference, ref.Reference), Status: now.status}, nil
}

func (s *script) FindPayout(_ context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	now := s.next(ref)
	if now.err != nil || now.status == -1 {
		return nil, now.err
	}
	return &wapay.Payout{ID: now.id, Reference: cmp.Or(now.reference, ref.Reference), Status: now.status}, nil
}

// result holds what these tests read of a payment or payout.
type result struct {
	found  bool
	status wapay.Status
}

type call func(context.Context, *script, wapay.Ref, ...wapay.PollOption) (result, error)

func ofPayment(p *wapay.Payment, err error) (result, error) {
	if p == nil {
		return result{}, err
	}
	return result{true, p.Status}, err
}

func ofPayout(p *wapay.Payout, err error) (result, error) {
	if p == nil {
		return result{}, err
	}
	return result{true, p.Status}, err
}

var waits = map[string]call{
	"WaitPayment": func(ctx context.Context, s *script, ref wapay.Ref, opts ...wapay.PollOption) (result, error) {
		return ofPayment(wapay.WaitPayment(ctx, s, ref, opts...))
	},
	"WaitPayout": func(ctx context.Context, s *script, ref wapay.Ref, opts ...wapay.PollOption) (result, error) {
		return ofPayout(wapay.WaitPayout(ctx, s, ref, opts...))
	},
}

var settles = map[string]call{
	"SettlePayment": func(ctx context.Context, s *script, ref wapay.Ref, opts ...wapay.PollOption) (result, error) {
		return ofPayment(wapay.SettlePayment(ctx, s, ref, opts...))
	},
	"SettlePayout": func(ctx context.Context, s *script, ref wapay.Ref, opts ...wapay.PollOption) (result, error) {
		return ofPayout(wapay.SettlePayout(ctx, s, ref, opts...))
	},
}

// want holds what a call has to return: a result, errors that match, errors
// that do not, and the number of its lookups.
type want struct {
	result
	is, isNot []error
	lookups   int
}

func check(t *testing.T, calls map[string]call, steps []step, w want, opts ...wapay.PollOption) {
	t.Helper()
	for name, f := range calls {
		s := &script{steps: steps}
		got, err := f(context.Background(), s, byReference, append([]wapay.PollOption{fast, nil}, opts...)...)
		if got != w.result || (err != nil) != (len(w.is) > 0) {
			t.Errorf("%s: got %v, %v; want %v, %v", name, got, err, w.result, w.is)
			continue
		}
		if w.lookups != 0 && len(s.refs) != w.lookups {
			t.Errorf("%s: %d lookups, want %d", name, len(s.refs), w.lookups)
		}
		for _, ref := range s.refs {
			if ref != byReference {
				t.Errorf("%s: asked for %v", name, ref)
			}
		}
		if err == nil {
			continue
		}
		for _, target := range w.is {
			if !errors.Is(err, target) {
				t.Errorf("%s: %v is not %v", name, err, target)
			}
		}
		for _, target := range w.isNot {
			if errors.Is(err, target) {
				t.Errorf("%s: %v is %v", name, err, target)
			}
		}
		checkError(t, name, err)
	}
}

func checkError(t *testing.T, op string, err error) {
	t.Helper()
	var e *wapay.Error
	if !errors.As(err, &e) || e.Op != op || e.Reference != byReference.Reference ||
		!strings.Contains(e.Error(), `"order-1"`) {
		t.Errorf("%s: %#v does not name the call and the order", op, err)
	}
}
