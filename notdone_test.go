package wapay_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
)

// impostor pretends to be an *Error.
type impostor struct{}

func (impostor) Error() string { return "not one of ours" }
func (impostor) As(target any) bool {
	if e, ok := target.(**wapay.Error); ok {
		*e = &wapay.Error{Outcome: wapay.OutcomeRejected}
		return true
	}
	return false
}

func TestNotDone(t *testing.T) {
	of := func(o wapay.Outcome, kind, cause error) error {
		return &wapay.Error{Outcome: o, Kind: kind, Err: cause}
	}
	notSent := of(wapay.OutcomeNotSent, wapay.ErrUnavailable, nil)
	rejected := of(wapay.OutcomeRejected, wapay.ErrInsufficientFunds, nil)
	unknown := of(wapay.OutcomeUnknown, wapay.ErrUnavailable, nil)
	readOnly := of(wapay.OutcomeReadOnly, wapay.ErrNotFound, nil)
	for name, x := range map[string]struct {
		err  error
		want bool
	}{
		"nil":                             {nil, false},
		"not sent":                        {notSent, true},
		"rejected":                        {rejected, true},
		"unknown":                         {unknown, false},
		"a zero Error":                    {&wapay.Error{}, false},
		"read only":                       {readOnly, false},
		"an outcome that is none":         {of(9, nil, nil), false},
		"wrapped":                         {fmt.Errorf("order 7: %w", rejected), true},
		"wrapped twice":                   {fmt.Errorf("a: %w", fmt.Errorf("b: %w", notSent)), true},
		"a bare kind":                     {wapay.ErrInvalid, false},
		"a wrapped kind":                  {fmt.Errorf("x: %w", wapay.ErrInvalid), false},
		"a context":                       {context.Canceled, false},
		"not ours":                        {errors.New("x"), false},
		"pretends to be ours":             {impostor{}, false},
		"a nil *Error":                    {(*wapay.Error)(nil), false},
		"a nil *Error, wrapped":           {fmt.Errorf("x: %w", (*wapay.Error)(nil)), false},
		"duplicate, rejected":             {of(wapay.OutcomeRejected, wapay.ErrDuplicate, nil), false},
		"duplicate, not sent":             {of(wapay.OutcomeNotSent, wapay.ErrDuplicate, nil), false},
		"duplicate as the cause":          {of(wapay.OutcomeRejected, wapay.ErrInvalid, wapay.ErrDuplicate), false},
		"duplicate beside":                {errors.Join(rejected, wapay.ErrDuplicate), false},
		"unknown as the kind":             {of(wapay.OutcomeRejected, wapay.ErrOutcomeUnknown, nil), false},
		"unknown as the cause":            {of(wapay.OutcomeNotSent, wapay.ErrUnavailable, unknown), false},
		"unknown beside":                  {errors.Join(rejected, wapay.ErrOutcomeUnknown), false},
		"an earlier lookup as the cause":  {of(wapay.OutcomeNotSent, wapay.ErrUnavailable, readOnly), true},
		"joined: both":                    {errors.Join(notSent, rejected), true},
		"joined: one unknown":             {errors.Join(rejected, unknown), false},
		"joined: one unknown, first":      {errors.Join(unknown, rejected), false},
		"joined: one read only":           {errors.Join(rejected, readOnly), false},
		"joined: one a nil *Error":        {errors.Join(rejected, (*wapay.Error)(nil)), false},
		"joined with another's":           {errors.Join(errors.New("x"), rejected), false},
		"joined: none ours":               {errors.Join(errors.New("x"), wapay.ErrInvalid), false},
		"joined, wrapped, and one deeper": {fmt.Errorf("%w, %w", notSent, fmt.Errorf("y: %w", errors.Join(unknown))), false},
	} {
		assert.Equal(t, x.want, wapay.NotDone(x.err), name)
	}
}
