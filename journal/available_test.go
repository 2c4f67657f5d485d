//go:build go1.25

package journal

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// live answers as a test says, and counts the questions.
type live struct {
	asked  atomic.Int32
	answer func(context.Context) ([]wapay.OperatorState, error)
}

func (l *live) OperatorStates(ctx context.Context) ([]wapay.OperatorState, error) {
	l.asked.Add(1)
	return l.answer(ctx)
}

// Each answer is kept for a minute. A provider that does not answer costs three
// seconds in this time, and says nothing of its operators.
func TestOperatorStatesAreKept(t *testing.T) {
	states := []wapay.OperatorState{{Operator: "MOOV"}}
	for name, tt := range map[string]struct {
		answer func(context.Context) ([]wapay.OperatorState, error)
		want   []wapay.OperatorState
		wait   time.Duration
	}{
		"an answer": {func(context.Context) ([]wapay.OperatorState, error) { return states, nil }, states, 0},
		"an error":  {func(context.Context) ([]wapay.OperatorState, error) { return nil, errors.New("no") }, nil, 0},
		"both":      {func(context.Context) ([]wapay.OperatorState, error) { return states, errors.New("no") }, nil, 0},
		"a panic":   {func(context.Context) ([]wapay.OperatorState, error) { panic("no") }, nil, 0},
		"silence": {func(ctx context.Context) ([]wapay.OperatorState, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, nil, 3 * time.Second},
		"silence that ignores the context": {func(context.Context) ([]wapay.OperatorState, error) {
			time.Sleep(time.Hour)
			return states, nil
		}, nil, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &live{answer: tt.answer}
				k := newCachedClient(client{}, l)
				ask := func() (took time.Duration) {
					began := time.Now()
					got, err := k.OperatorStates(context.Background())
					require.NoError(t, err)
					assert.Equal(t, tt.want, got)
					return time.Since(began)
				}
				began := time.Now()
				assert.Equal(t, tt.wait, ask())
				assert.Zero(t, ask())
				time.Sleep(time.Minute - time.Since(began) - 1)
				assert.Zero(t, ask())
				assert.EqualValues(t, 1, l.asked.Load())
				time.Sleep(time.Nanosecond)
				assert.Equal(t, tt.wait, ask())
				assert.EqualValues(t, 2, l.asked.Load())
				time.Sleep(time.Hour) // until the last answer has come
			})
		})
	}
}
