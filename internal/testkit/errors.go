package testkit

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// Provider is a provider's name in errors.
type Provider string

// Failure checks that err is the provider's error of this kind and outcome, and
// returns it. A nil kind stands for an error without one.
func (p Provider) Failure(t testing.TB, err, kind error, outcome wapay.Outcome) *wapay.Error {
	t.Helper()
	var e *wapay.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, string(p), e.Provider)
	assert.NotEmpty(t, e.Op)
	assert.Equal(t, kind, e.Kind, "kind of %v", err)
	assert.Equal(t, outcome, e.Outcome, "outcome of %v", err)
	if kind != nil {
		assert.ErrorIs(t, err, kind)
	}
	assert.Equal(t, outcome == wapay.OutcomeUnknown, errors.Is(err, wapay.ErrOutcomeUnknown))
	return e
}

// BadFields checks that err names exactly these fields, and that nothing was
// sent. It returns the error.
func (p Provider) BadFields(t testing.TB, err error, fields ...string) *wapay.Error {
	t.Helper()
	outcome := wapay.OutcomeNotSent
	var read *wapay.Error
	if errors.As(err, &read) && read.Outcome == wapay.OutcomeReadOnly {
		outcome = wapay.OutcomeReadOnly
	}
	e := p.Failure(t, err, wapay.ErrInvalid, outcome)
	assert.Zero(t, e.Attempts)
	var got []string
	for _, d := range e.Details {
		got = append(got, d.Field)
		assert.NotEmpty(t, d.Message)
	}
	slices.Sort(got)
	slices.Sort(fields)
	assert.Equal(t, fields, got, "%v", err)
	return e
}
