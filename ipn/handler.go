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

// maxBody is in bytes. A notification is smaller than 2 KiB, apart from the
// merchant's own data in it.
const maxBody = 64 << 10

// HandlerOption sets up a handler. [NewHandler] returns the first error of one.
type HandlerOption func(*handlerConfig) error

type handlerConfig struct {
	logger     *slog.Logger // nil: silent, except for a panic
	confirmers []Confirmer
	store      Store // nil: fn is called for each delivery
	timeout    time.Duration
	addresses  addresses
	counters   *Counters // nil: nothing is counted
}

// WithLogger writes one record for each request. The package comment lists its
// attributes. No record holds the body, its signature or a secret. An error or
// a panic of the merchant's function is in it as it is.
func WithLogger(l *slog.Logger) HandlerOption {
	return func(c *handlerConfig) error {
		if l == nil {
			return errors.New("WithLogger: nil logger")
		}
		c.logger = l
		return nil
	}
}

// WithStore calls fn only for a delivery that s does not know as done. It is
// done when fn has returned nil. A delivery that is done is answered 200. One
// that another request handles at this moment is answered 503, so that it comes
// again. Where fn fails, where the process dies, and where fn hangs for more
// than twice the time of [WithTimeout], the next delivery calls fn again. So fn
// runs at least once; [SQLStore.InTx] makes that exactly once for what fn
// writes. Several handlers may share a store.
//
// A delivery is known by its [Event.DeliveryKey], after [WithConfirm] has set
// it. For Intram that is not signed: there it is ID and Name, or the body for a
// test, for an event that is not documented, and without ID.
//
// Where the store fails after fn has returned nil, the handler tries again for
// up to 5 seconds, but no longer than the time of WithTimeout. After that, fn
// may run again.
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
// fn. The context of fn ends then; a function that ignores it is not
// interrupted. The default is 30 seconds, the maximum a day. For twice that
// time, a delivery that never ends keeps its repeats off.
//
// Reading is bounded too, unless middleware hides the connection from
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

// WithCounters counts each request in counters, which several handlers may
// share.
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
// accepts. fn owns the event. Its context is the request's: it ends when the
// provider hangs up, and after the time of [WithTimeout]. fn may run in several
// goroutines at once. [http.Server.Shutdown] waits for those that run.
//
// NewHandler refuses a verifier with a missing or blank secret, and a nil store
// or client. It refuses [CinetPayTransfer], [CinetPayV1] and [MPP] without
// [WithConfirm]: anybody could have sent their notifications. It cannot see
// through a merchant's own Verifier around one: give that WithConfirm too.
//
// The provider sends again what is not answered 200:
//
//	200  fn returned nil; or the delivery is done; or CinetPay's GET or HEAD, which tries the URL
//	400  the notification is malformed, or its body broke off
//	401  the signature is wrong or stale
//	403  the address is not allowed
//	405  it is no POST
//	413  it is longer than 64 KiB
//	500  fn failed or panicked; v failed otherwise; middleware has read the body before
//	503  it is not confirmed; it is being handled (Retry-After: 5); the store failed
//
// A panic is written with its stack, to the default logger of log/slog where
// there is no other. Only [http.ErrAbortHandler] is passed on. An answer tells
// no more than its status.
func NewHandler(v Verifier, fn func(context.Context, *Event) error, opts ...HandlerOption) (http.Handler, error) {
	if isNil(v) {
		return nil, errors.New("ipn: NewHandler: nil verifier")
	}
	if fn == nil {
		return nil, errors.New("ipn: NewHandler: nil function")
	}
	h := &handler{verifier: v, fn: fn, config: handlerConfig{timeout: 30 * time.Second}}
	h.own, _ = v.(verifier)
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(&h.config); err != nil {
			return nil, fmt.Errorf("ipn: NewHandler: %w", err)
		}
	}
	switch {
	case h.own.unset:
		return nil, fmt.Errorf("ipn: NewHandler: a secret or the site of %s is missing or blank", h.own.provider)
	case h.own.unsigned && len(h.config.confirmers) == 0:
		return nil, errors.New("ipn: NewHandler: this provider signs nothing: WithConfirm is needed")
	case !canConfirm(h.own.kind, h.config.confirmers):
		return nil, errors.New("ipn: NewHandler: WithConfirm has nobody to ask about this kind: CinetPay's checkout needs " +
			"ConfirmPayments, its transfers ConfirmPayouts")
	}
	return h, nil
}

// isNil finds a nil pointer in an interface too.
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
	own      verifier // zero for a merchant's own
	fn       func(context.Context, *Event) error
	config   handlerConfig
}

// delivery is what is known of one request. It is filled in on the way, so that
// a panic does not lose what was known before.
type delivery struct {
	provider, kind, key, reference string

	outcome outcome
	status  int // of the answer; 0 if there is none
	err     error
	stack   []byte // of a panic
}

// describe leaves out a reference that anybody may have written.
func (d *delivery) describe(e *Event) {
	d.provider, d.kind, d.key = e.Provider, e.Kind.String(), e.DeliveryKey
	if e.Proof != ProofNone {
		d.reference = e.Reference
	}
}

func (d *delivery) end(o outcome, status int, err error) { d.outcome, d.status, d.err = o, status, err }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var d delivery
	d.end(outcomeFailed, 0, errors.New("aborted")) // unless receive returns
	d.provider = h.own.provider
	defer func() {
		h.config.counters.count(d.outcome)
		h.log(r.Context(), &d)
	}()
	h.receive(w, r, &d)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case d.outcome == outcomeMethod && h.own.pinged:
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
	case (r.Method == http.MethodGet || r.Method == http.MethodHead) && h.own.pinged:
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

// bound limits the time for reading. net/http reads a body that nobody looks at
// too, before it answers.
func (h *handler) bound(w http.ResponseWriter, r *http.Request) {
	server, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	if server == nil || server.ReadTimeout <= 0 || server.ReadTimeout > h.config.timeout {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.config.timeout)) // not every writer can
	}
}

// read returns the event of a request, as the verifier reads it.
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

// clip keeps long names from filling the log.
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
		slog.String("provider", d.provider), slog.String("kind", d.kind), slog.String("delivery_key", clip(d.key)),
		slog.String("reference", clip(d.reference)), slog.String("outcome", d.outcome.String()), slog.Int("status", d.status),
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
