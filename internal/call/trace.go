package call

import (
	"context"
	"net/http/httptrace"
	"reflect"
	"sync"
)

// Detach returns a context with the values of ctx that does not end with it. It
// is for work that outlives the call which began it, such as a login that
// several callers wait for. The hooks of a caller's httptrace are left out,
// because they would run after the caller's call has returned.
func Detach(ctx context.Context) context.Context {
	return context.WithoutCancel(withTrace{ctx, nil})
}

// withTrace is a context in which the caller's httptrace is replaced.
type withTrace struct {
	context.Context
	trace *httptrace.ClientTrace
}

// Value returns what the context has, but another trace. The key of a trace is
// unexported in httptrace, so it is told by its type.
func (c withTrace) Value(key any) any {
	v := c.Context.Value(key)
	switch v.(type) {
	case *httptrace.ClientTrace:
		if c.trace == nil {
			return nil
		}
		return c.trace
	case *method: // a call of its own
		if c.trace == nil {
			return nil
		}
	}
	return v
}

// guard runs a caller's hooks until the call returns. net/http runs some of
// them later, for example when a dial ends that the call no longer waits for.
type guard struct {
	mu   sync.Mutex
	over bool
}

// guarded returns ctx with the caller's hooks guarded, and a function that ends
// them. It waits for a hook that is running.
func guarded(ctx context.Context) (context.Context, func()) {
	hooks := httptrace.ContextClientTrace(ctx)
	if hooks == nil {
		return ctx, func() {}
	}
	g := new(guard)
	return withTrace{ctx, g.wrap(hooks)}, g.stop
}

func (g *guard) stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = true
}

// wrap returns the hooks that there are in t, each of them guarded. All fields
// of a ClientTrace are functions. One that returns an error returns none after
// the end.
func (g *guard) wrap(t *httptrace.ClientTrace) *httptrace.ClientTrace {
	w := new(httptrace.ClientTrace)
	from, to := reflect.ValueOf(t).Elem(), reflect.ValueOf(w).Elem()
	for i := range from.NumField() {
		hook := from.Field(i)
		if hook.IsNil() {
			continue
		}
		to.Field(i).Set(reflect.MakeFunc(hook.Type(), func(args []reflect.Value) []reflect.Value {
			g.mu.Lock()
			defer g.mu.Unlock()
			if !g.over {
				return hook.Call(args)
			}
			var none []reflect.Value
			for i := range hook.Type().NumOut() {
				none = append(none, reflect.Zero(hook.Type().Out(i)))
			}
			return none
		}))
	}
	return w
}
