package lookup_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/lookup"
)

func TestAfterDuplicate(t *testing.T) {
	ended, end := context.WithCancel(context.Background())
	end()
	for name, x := range map[string]struct {
		ctx     context.Context
		kind    error
		found   string
		err     error
		differs string
		asked   bool
		want    string
		text    string
	}{
		"the order":         {kind: wapay.ErrDuplicate, found: "id-1", asked: true, want: "id-1"},
		"another order":     {kind: wapay.ErrDuplicate, found: "id-1", differs: "has another amount", asked: true, text: "has another amount"},
		"not found":         {kind: wapay.ErrDuplicate, err: wapay.ErrNotFound, asked: true, text: "looked up: wapay: not found"},
		"no duplicate":      {kind: wapay.ErrInvalid, found: "id-1", text: "invalid request"},
		"the context ended": {ctx: ended, kind: wapay.ErrDuplicate, found: "id-1", text: "duplicate"},
	} {
		t.Run(name, func(t *testing.T) {
			refused := &wapay.Error{Provider: "p", Op: "Pay", Reference: "order-1", Kind: x.kind}
			ctx, asked := x.ctx, false
			if ctx == nil {
				ctx = context.Background()
			}
			got, err := lookup.AfterDuplicate(ctx, refused, func(context.Context) (string, error) {
				asked = true
				return x.found, x.err
			}, func(string) string { return x.differs })
			assert.Equal(t, x.asked, asked)
			assert.Equal(t, x.want, got)
			if x.want != "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, x.kind)
			assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
			assert.NotErrorIs(t, err, wapay.ErrNotFound, "that is not what the error is about")
			assert.ErrorContains(t, err, x.text)
		})
	}
	_, err := lookup.AfterDuplicate(context.Background(), errors.New("another's"), func(context.Context) (int, error) { return 1, nil }, nil)
	assert.EqualError(t, err, "another's")
}

func TestCompare(t *testing.T) {
	for _, x := range []struct {
		shown, reference string
		want             lookup.Match
	}{
		{"order-1", "order-1", lookup.Same},
		{"order-1", "order-2", lookup.Other},
		{"Order-1", "order-1", lookup.Other},
		{"", "order-1", lookup.Perhaps},
		{"123", "000123", lookup.Perhaps},
		{"000123", "123", lookup.Perhaps},
		{"123.0", "123", lookup.Perhaps},
		{"1.2345678901234568e+19", "12345678901234567890", lookup.Perhaps},
		{"124", "000123", lookup.Other},
	} {
		assert.Equal(t, x.want, lookup.Compare(x.shown, x.reference), "%q and %q", x.shown, x.reference)
	}
}
