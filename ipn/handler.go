package ipn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// maxBody is in bytes. A notification is smaller than 2 KiB, save for the merchant's own data in it.
const maxBody = 64 << 10

// HandlerOption sets up a handler. Options are given to [NewHandler], which returns the first one's error.
type HandlerOption func(*handlerConfig) error

type handlerConfig struct {
	logger     *slog.Logger // nil: silent, save for a panic
	confirmers []Confirmer
	store      Store // nil: fn is called for each delivery
	timeout    time.Duration
	addresses  addresses
	counters   *Counters // nil: nothing is counted
}

// WithLogger has one record written for each request: provider, kind, delivery key, reference, outcome as in [Counts],
// status code of the answer, and the reason if that is not 200. Level Info for 200, Error for what failed, Warn for the
// rest. No record holds the body, its signature or a secret; the text of an error or panic of the merchant's own
// function stands in it as it is. The delivery key is the one that the store knows. The record of a ping has the kind
// "ping" and no delivery key.
func WithLogger(l *slog.Logger) HandlerOption {
	return func(c *handlerConfig) error {
		if l == nil {
			return errors.New("WithLogger: nil logger")
		}
		c.logger = l
		return nil
	}
}

// WithStore has each delivery acted on once: fn is called only for one that s does not know as done, and only
// when fn has returned nil is it done. One that is done is answered 200, and one that another request is
// handling at this moment 503, so that it comes again. Where fn fails, where the process dies, and where it
// hangs for more than twice the time-out of [WithTimeout], the next delivery calls fn again. So fn is called at
// least once, and a second time only if the first did not end; [SQLStore.InTx] makes that exactly once for what fn
// writes.
//
// One order has several deliveries, as when it is begun and when it is paid, and whoever asks the provider hears of it
// too: fn has to look at what the order's status is, with [wapay.Status.MayBecome], and change it only from that one.
//
// Without it fn has to do this by itself. Several handlers may share a store.
//
// A delivery is known by its [Event.DeliveryKey], after [WithConfirm] has set it. That of Intram is not signed: there it
// is known by ID and Name; a test, an event that is not documented, and one without ID by its body.
//
// When fn has returned nil and the store cannot be told, it is tried again for up to 5 seconds, or the time-out if that
// is less. After that, too, fn runs a second time.
func WithStore(s Store) HandlerOption {
	return func(c *handlerConfig) error {
		if s == nil {
			return errors.New("WithStore: nil store")
		}
		c.store = s
		return nil
	}
}

// WithTimeout bounds the time for one request, from reading it to fn's return: the context that fn gets ends
// then, and a function that does not heed it is not interrupted. The default is 30 seconds, the most a day. For twice
// that time, a delivery that never ends keeps others of it off.
//
// Reading is bounded by it too, unless middleware hides the connection from [http.ResponseController], as
// [http.TimeoutHandler] does: give the [http.Server] a ReadTimeout all the same.
func WithTimeout(d time.Duration) HandlerOption {
	return func(c *handlerConfig) error {
		if d <= 0 || d > 24*time.Hour {
			return errors.New("WithTimeout: not between 0 and 24 hours")
		}
		c.timeout = d
		return nil
	}
}

// WithCounters has each request counted in counters, which several handlers may share.
func WithCounters(counters *Counters) HandlerOption {
	return func(c *handlerConfig) error {
		if counters == nil {
			return errors.New("WithCounters: nil counters")
		}
		c.counters = counters
		return nil
	}
}

// NewHandler returns a handler that calls fn for each notification that v accepts. fn owns the event. Its context is the
// request's, which ends when the provider hangs up, and ends after the time-out of [WithTimeout].
//
// It answers 200 when fn returned nil, and 500 when fn returned an error, so that the provider sends the
// notification again. When fn panics it answers 500 too, and writes a record with the stack, to the default
// logger of log/slog where there is no other; only [http.ErrAbortHandler] is passed on.
//
// A notification of [CinetPayTransfer] or [MPP] could have been sent by anybody: with these, NewHandler
// refuses to make a handler without [WithConfirm]. A merchant's own Verifier around one of them it cannot see through;
// give that WithConfirm too.
//
// Without calling fn it answers 405 to anything but POST, 403 to an address that is not allowed, 413 to more than
// 64 KiB, 400 to a body that breaks off or is malformed, 401 to a signature that is bad or stale, 503 to what
// cannot be confirmed, what is being handled (with Retry-After: 5), and when the store fails, 500 when v fails in any
// other way, and when middleware has read the body before.
// CinetPay tries with a GET whether the URL is there: with its verifiers, GET and HEAD are answered 200, and tell
// fn nothing. The answers do not say more than that.
//
// fn may be called from several goroutines at once. [http.Server.Shutdown] waits until those that run have ended; what
// comes later the provider sends again.
func NewHandler(v Verifier, fn func(context.Context, *Event) error, opts ...HandlerOption) (http.Handler, error) {
	if v == nil {
		return nil, errors.New("ipn: NewHandler: nil verifier")
	}
	if fn == nil {
		return nil, errors.New("ipn: NewHandler: nil function")
	}
	h := &handler{verifier: v, fn: fn, config: handlerConfig{timeout: 30 * time.Second}}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(&h.config); err != nil {
			return nil, fmt.Errorf("ipn: NewHandler: %w", err)
		}
	}
	if isUnsigned(v) && len(h.config.confirmers) == 0 {
		return nil, errors.New("ipn: NewHandler: this provider signs nothing: WithConfirm is needed")
	}
	if !canConfirm(v, h.config.confirmers) {
		return nil, errors.New("ipn: NewHandler: WithConfirm has nobody to ask about this kind: CinetPay's checkout needs " +
			"ConfirmPayments, its transfers ConfirmPayouts")
	}
	return h, nil
}

type handler struct {
	verifier Verifier
	fn       func(context.Context, *Event) error
	config   handlerConfig
}

// delivery is what one request turned out to be. It is filled in on the way, so that a panic does not lose
// what was known before.
type delivery struct {
	provider, kind, key, reference string

	outcome outcome
	status  int // of the answer; 0 if there is none
	err     error
	stack   []byte // of a panic
}

// about leaves out a reference that anybody may have written.
func (d *delivery) about(e *Event) {
	d.provider, d.kind, d.key = e.Provider, e.Kind.String(), e.DeliveryKey
	if e.Proof != ProofNone {
		d.reference = e.Reference
	}
}

func (d *delivery) end(o outcome, status int, err error) { d.outcome, d.status, d.err = o, status, err }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var d delivery
	d.end(outcomeFailed, 0, errors.New("aborted")) // unless receive returns
	if v, ok := h.verifier.(verifier); ok {
		d.provider = v.provider
	}
	defer func() {
		h.config.counters.count(d.outcome)
		h.log(r.Context(), &d)
	}()
	h.receive(w, r, &d)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case d.outcome == outcomeMethod && isPinged(h.verifier):
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
	case (r.Method == http.MethodGet || r.Method == http.MethodHead) && isPinged(h.verifier):
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
	d.about(e)
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
		d.about(e)
	}
	h.act(ctx, e, d)
}

// bound limits the time for reading, also of a body that is not looked at: net/http reads that to answer.
func (h *handler) bound(w http.ResponseWriter, r *http.Request) {
	server, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	if server == nil || server.ReadTimeout <= 0 || server.ReadTimeout > h.config.timeout {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.config.timeout)) // not every one can
	}
}

// read returns the event that a request is, as far as the verifier knows.
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
		return nil, errors.New("something has read the body before: mount the handler before that")
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
