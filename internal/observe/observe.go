// Package observe calls a merchant's observer in such a way that it can do no
// harm to the call.
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

// Begin tells the observer that what o describes begins. It returns the context
// to go on with, and a function that tells the end. In that context the values
// of the observer's stand before those of ctx, except under the keys in own.
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

// Guard runs a merchant's function and ends its panic, which would take away
// the outcome of an order that was sent. It logs the type of the panic's value,
// not the value: that may be an error with an answer in it.
func Guard(ctx context.Context, l *slog.Logger, fn func()) {
	defer func() {
		if p := recover(); p != nil && l != nil {
			defer func() { _ = recover() }() // of the logger
			l.LogAttrs(ctx, slog.LevelError, "wapay: the observer panicked",
				slog.String("type", fmt.Sprintf("%T", p)), slog.String("stack", string(debug.Stack())))
		}
	}()
	fn()
}

// merged is a context that has the values of an observer's. When it ends stays
// as it was, and so does the trace that tells whether a request was sent.
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
