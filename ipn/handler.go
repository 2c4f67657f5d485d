package ipn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"runtime/debug"
	"strings"
	"time"
)

// maxBody is in bytes. A notification has less than 2 KiB, and the merchant's
// own data.
const maxBody = 64 << 10

// HandlerOption sets up a handler. [NewHandler] returns the first error among
// the options.
type HandlerOption func(*handlerConfig) error

type handlerConfig struct {
	logger     *slog.Logger // nil: silent, except for a panic
	confirmers []Confirmer
	store      Store // nil: call fn for each delivery
	timeout    time.Duration
	addresses  addresses
	counters   *Counters // nil: count nothing
}

// WithLogger writes one record for each request. The package comment lists its
// attributes. No record holds the body, its signature or a secret. A record
// shows an error or a panic of the merchant's function unchanged.
func WithLogger(l *slog.Logger) HandlerOption {
	return func(c *handlerConfig) error {
		if l == nil {
			return errors.New("WithLogger: nil logger")
		}
		c.logger = l
		return nil
	}
}

// WithStore calls fn for each delivery until it has returned nil. Then the
// delivery is done, and its repeats are answered 200. If another request
// handles the delivery at this moment, the answer is 503, and the notification
// comes again. If fn hangs for more than twice the time of [WithTimeout], the
// next request calls it again. So fn runs at least once. [SQLStore.InTx] makes
// that exactly once for what fn writes. Several handlers may share a store.
//
// If the store fails after fn has returned nil, the handler tries again for up
// to 5 seconds, within the time of WithTimeout. After that, fn may run again.
func WithStore(s Store) HandlerOption {
	return func(c *handlerConfig) error {
		if isNil(s) {
			return errors.New("WithStore: nil store")
		}
		c.store = s
		return nil
	}
}

// WithTimeout bounds the time for one request, from reading it to the return of
// fn. At its end the context of fn ends, but nothing interrupts fn. The default
// is 30 seconds, the maximum a day. With [WithStore], the handler answers 503
// to repeats of a delivery while fn hangs, for up to twice that time.
//
// The bound covers reading too, unless middleware hides the connection from
// [http.ResponseController], as [http.TimeoutHandler] does. Give the
// [http.Server] a ReadTimeout in any case.
func WithTimeout(d time.Duration) HandlerOption {
	return func(c *handlerConfig) error {
		if d <= 0 || d > 24*time.Hour {
			return errors.New("WithTimeout: not between 0 and 24 hours")
		}
		c.timeout = d
		return nil
	}
}

// WithCounters counts each request in counters. Several handlers may share
// them.
func WithCounters(counters *Counters) HandlerOption {
	return func(c *handlerConfig) error {
		if counters == nil {
			return errors.New("WithCounters: nil counters")
		}
		c.counters = counters
		return nil
	}
}

// NewHandler returns a handler that calls fn for each notification that v
// accepts. fn owns the event, and may run in several goroutines at once. Its
// context ends when the provider hangs up, and after the time of [WithTimeout].
// The handler answers 200 if fn returns nil: docs/notifications.md lists the
// answers. A panic of fn is answered 500, and logged with its stack.
//
// NewHandler refuses a verifier with a missing or blank secret, and a nil store
// or client. It refuses [CinetPayTransfer], [CinetPayV1] and [MPP] without
// [WithConfirm]. It cannot see one of them inside a merchant's own Verifier:
// use WithConfirm there too.
func NewHandler(v Verifier, fn func(context.Context, *Event) error, opts ...HandlerOption) (http.Handler, error) {
	if isNil(v) {
		return nil, errors.New("ipn: NewHandler: nil verifier")
	}
	if fn == nil {
		return nil, errors.New("ipn: NewHandler: nil function")
	}
	h := &handler{verifier: v, fn: fn, config: handlerConfig{timeout: 30 * time.Second}}
	h.builtin, _ = v.(verifier)
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(&h.config); err != nil {
			return nil, fmt.Errorf("ipn: NewHandler: %w", err)
		}
	}
	switch {
	case h.builtin.unset:
		return nil, fmt.Errorf("ipn: NewHandler: a secret or the site of %s is missing or blank",
			h.builtin.provider)
	case h.builtin.unsigned && len(h.config.confirmers) == 0:
		return nil, errors.New("ipn: NewHandler: this provider signs nothing: WithConfirm is needed")
	case !canConfirm(h.builtin.kind, h.config.confirmers):
		return nil, errors.New("ipn: NewHandler: WithConfirm has nobody to ask about this kind: " +
			"CinetPay's checkout needs ConfirmPayments, its transfers ConfirmPayouts")
	}
	return h, nil
}

// isNil reports whether v is nil, or an interface around a nil value.
func isNil(v any) bool {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Chan:
		return r.IsNil()
	}
	return false
}

type handler struct {
	verifier Verifier
	builtin  verifier // zero for a merchant's own
	fn       func(context.Context, *Event) error
	config   handlerConfig
}

// delivery collects what is known of one request. A panic does not lose what it
// has so far.
type delivery struct {
	provider, kind, key, reference string

	outcome outcome
	status  int // of the answer; 0 if there is none
	err     error
	stack   []byte // of a panic
}

// describe takes over what the record shows of an event. It leaves out a
// reference that anybody may have written.
func (d *delivery) describe(e *Event) {
	d.provider, d.kind, d.key = e.Provider, e.Kind.String(), e.DeliveryKey
	if e.Proof != ProofNone {
		d.reference = e.Reference
	}
}

func (d *delivery) end(o outcome, status int, err error) { d.outcome, d.status, d.err = o, status, err }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var d delivery
	d.end(outcomeFailed, 0, errors.New("aborted")) // it stays if receive does not return
	d.provider = h.builtin.provider
	defer func() {
		h.config.counters.count(d.outcome)
		h.log(r.Context(), &d)
	}()
	h.receive(w, r, &d)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case d.outcome == outcomeMethod && h.builtin.pings:
		w.Header().Set("Allow", "GET, HEAD, POST")
	case d.outcome == outcomeMethod:
		w.Header().Set("Allow", http.MethodPost)
	case d.outcome == outcomeInFlight:
		w.Header().Set("Retry-After", "5") // seconds
	}
	w.WriteHeader(d.status)
	_, _ = io.WriteString(w, http.StatusText(d.status)+"\n")
}

func (h *handler) receive(w http.ResponseWriter, r *http.Request, d *delivery) {
	defer func() {
		p := recover()
		if p == http.ErrAbortHandler {
			panic(p)
		}
		if p != nil {
			d.end(outcomeFailed, http.StatusInternalServerError, fmt.Errorf("panic: %v", p))
			d.stack = debug.Stack()
		}
	}()
	h.bound(w, r)
	switch {
	case !h.config.addresses.allows(r):
		d.end(outcomeAddress, http.StatusForbidden, errors.New("address not allowed"))
		return
	case (r.Method == http.MethodGet || r.Method == http.MethodHead) && h.builtin.pings:
		d.kind = "ping"
		d.end(outcomePing, http.StatusOK, nil)
		return
	case r.Method != http.MethodPost:
		d.end(outcomeMethod, http.StatusMethodNotAllowed, errors.New("not a POST"))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.config.timeout)
	defer cancel()
	e, err := h.read(w, r)
	if err != nil {
		o, status := refusal(err)
		d.end(o, status, err)
		return
	}
	d.describe(e)
	if len(h.config.confirmers) > 0 {
		e, err = confirm(ctx, h.config.confirmers, e)
		switch {
		case errors.Is(err, errUnconfirmed):
			d.end(outcomeUnconfirmed, http.StatusServiceUnavailable, err)
			return
		case err != nil:
			d.end(outcomeFailed, http.StatusServiceUnavailable, err)
			return
		}
		d.describe(e)
	}
	h.act(ctx, e, d)
}

// bound limits the time for reading. net/http reads the body before it answers,
// even if the handler does not.
func (h *handler) bound(w http.ResponseWriter, r *http.Request) {
	server, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	if server == nil || server.ReadTimeout <= 0 || server.ReadTimeout > h.config.timeout {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.config.timeout)) // not every writer can
	}
}

// read returns the verifier's event of a request.
func (h *handler) read(w http.ResponseWriter, r *http.Request) (*Event, error) {
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	e, err := h.verifier.Verify(r.Header, body)
	if err == nil && e == nil {
		err = errors.New("the verifier returned neither event nor error")
	}
	return e, err
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, ErrTooLarge
	case err != nil:
		return nil, fmt.Errorf("%w: body broke off", ErrMalformed)
	case len(body) == 0 && r.ContentLength > 0:
		return nil, errors.New("the body was read before: mount the handler before the middleware that reads it")
	}
	return body, nil
}

func refusal(err error) (outcome, int) {
	switch {
	case errors.Is(err, ErrSignature):
		return outcomeSignature, http.StatusUnauthorized
	case errors.Is(err, ErrStale):
		return outcomeStale, http.StatusUnauthorized
	case errors.Is(err, ErrTooLarge):
		return outcomeTooLarge, http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrMalformed):
		return outcomeMalformed, http.StatusBadRequest
	}
	return outcomeFailed, http.StatusInternalServerError
}

// clip bounds a text for the log.
func clip(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func (h *handler) log(ctx context.Context, d *delivery) {
	logger := h.config.logger
	if logger == nil && d.stack != nil {
		logger = slog.Default()
	}
	if logger == nil {
		return
	}
	level := slog.LevelWarn
	attrs := []slog.Attr{
		slog.String("provider", d.provider), slog.String("kind", d.kind),
		slog.String("delivery_key", clip(d.key)), slog.String("reference", clip(d.reference)),
		slog.String("outcome", d.outcome.String()), slog.Int("status", d.status),
	}
	switch {
	case d.status == http.StatusOK:
		level = slog.LevelInfo
	case d.outcome == outcomeFailed:
		level = slog.LevelError
	}
	if d.err != nil {
		attrs = append(attrs, slog.String("reason", d.err.Error()))
	}
	if d.stack != nil {
		attrs = append(attrs, slog.String("stack", string(d.stack)))
	}
	logger.LogAttrs(ctx, level, "ipn: delivery", attrs...)
}
