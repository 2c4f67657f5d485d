package call

import (
	"context"
	"net/http/httptrace"
	"reflect"
	"sync"
)

// Detach returns a context with the values of ctx that does not end with it. It
// is for work that outlives its call, such as a login for several callers. It
// leaves out the hooks of a caller's httptrace, which would run after the
// caller's call has returned.
func Detach(ctx context.Context) context.Context {
	return context.WithoutCancel(withTrace{ctx, nil})
}

// withTrace is a context that replaces the caller's httptrace.
type withTrace struct {
	context.Context
	trace *httptrace.ClientTrace
}

// Value returns the context's value, but another trace. httptrace does not
// export the key of a trace, so Value recognises it by its type.
func (c withTrace) Value(key any) any {
	v := c.Context.Value(key)
	switch v.(type) {
	case *httptrace.ClientTrace:
		if c.trace == nil {
			return nil
		}
		return c.trace
	case *method: // a new call
		if c.trace == nil {
			return nil
		}
	}
	return v
}

// guard runs a caller's hooks until the call returns. net/http runs some of
// them later, such as at the end of a dial that the call no longer needs.
type guard struct {
	mu   sync.Mutex
	over bool
}

// guardHooks returns ctx with guarded hooks, and a function that ends them.
// That function waits for a running hook.
func guardHooks(ctx context.Context) (context.Context, func()) {
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

// wrap returns the hooks of t, each of them guarded. All fields of a
// ClientTrace are functions. After the end, a hook with an error as result
// returns nil.
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
