// Package observe calls a merchant's observer so that it cannot harm the call.
package observe

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptrace"
	"runtime/debug"
	"slices"
	"time"

	"github.com/wapay-go/wapay"
)

// Begin tells the observer that the operation o begins. It returns the context
// for it, and a function that tells the end. In that context the observer's
// values come before those of ctx, except for the keys in own.
func Begin(
	ctx context.Context, fn wapay.Observer, l *slog.Logger, o *wapay.Observation, own ...any,
) (context.Context, func(error)) {
	var values context.Context
	var end func()
	began := time.Now()
	Guard(ctx, l, func() { values, end = fn(ctx, o) })
	inner := ctx
	if values != nil {
		inner = merged{ctx, values, own}
	}
	return inner, func(err error) {
		if end == nil {
			return
		}
		o.Duration, o.Err = time.Since(began), err
		Guard(ctx, l, end)
	}
}

// Guard runs a merchant's function and recovers its panic, which would lose the
// outcome of an order. It logs only the type of the panic's value, which may be
// an error with an answer.
func Guard(ctx context.Context, l *slog.Logger, fn func()) {
	defer func() {
		if p := recover(); p != nil && l != nil {
			defer func() { _ = recover() }() // a panic of the logger
			l.LogAttrs(ctx, slog.LevelError, "wapay: the observer panicked",
				slog.String("type", fmt.Sprintf("%T", p)), slog.String("stack", string(debug.Stack())))
		}
	}()
	fn()
}

// merged is the call's context with the values of an observer's. It ends with
// the call's context, and keeps its trace, which shows whether a request was
// sent.
type merged struct {
	context.Context
	values context.Context
	own    []any
}

// Value returns the observer's value, or the call's own.
func (c merged) Value(key any) any {
	if slices.Contains(c.own, key) {
		return c.Context.Value(key)
	}
	switch v := c.values.Value(key).(type) {
	case nil, *httptrace.ClientTrace:
		return c.Context.Value(key)
	default:
		return v
	}
}
