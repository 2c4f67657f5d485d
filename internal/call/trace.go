package call

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"net/textproto"
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

func (g *guard) run(hook func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.over {
		hook()
	}
}

// wrap returns the hooks that there are in t, each of them guarded.
func (g *guard) wrap(t *httptrace.ClientTrace) *httptrace.ClientTrace {
	w := &httptrace.ClientTrace{
		GotFirstResponseByte: guard0(g, t.GotFirstResponseByte),
		Got100Continue:       guard0(g, t.Got100Continue),
		TLSHandshakeStart:    guard0(g, t.TLSHandshakeStart),
		WroteHeaders:         guard0(g, t.WroteHeaders),
		Wait100Continue:      guard0(g, t.Wait100Continue),
		GetConn:              guard1(g, t.GetConn),
		GotConn:              guard1(g, t.GotConn),
		PutIdleConn:          guard1(g, t.PutIdleConn),
		DNSStart:             guard1(g, t.DNSStart),
		DNSDone:              guard1(g, t.DNSDone),
		WroteRequest:         guard1(g, t.WroteRequest),
	}
	if f := t.Got1xxResponse; f != nil {
		w.Got1xxResponse = func(code int, h textproto.MIMEHeader) (err error) {
			g.run(func() { err = f(code, h) })
			return err
		}
	}
	if f := t.ConnectStart; f != nil {
		w.ConnectStart = func(network, addr string) { g.run(func() { f(network, addr) }) }
	}
	if f := t.ConnectDone; f != nil {
		w.ConnectDone = func(network, addr string, err error) { g.run(func() { f(network, addr, err) }) }
	}
	if f := t.TLSHandshakeDone; f != nil {
		w.TLSHandshakeDone = func(s tls.ConnectionState, err error) { g.run(func() { f(s, err) }) }
	}
	if f := t.WroteHeaderField; f != nil {
		w.WroteHeaderField = func(key string, value []string) { g.run(func() { f(key, value) }) }
	}
	return w
}

func guard0(g *guard, f func()) func() {
	if f == nil {
		return nil
	}
	return func() { g.run(f) }
}

func guard1[T any](g *guard, f func(T)) func(T) {
	if f == nil {
		return nil
	}
	return func(v T) { g.run(func() { f(v) }) }
}
