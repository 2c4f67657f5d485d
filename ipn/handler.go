package ipn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
)

// maxBody is in bytes. A notification is smaller than 2 KiB, save for the merchant's own data in it.
const maxBody = 64 << 10

// HandlerOption sets up a handler. Options are given to [NewHandler], which returns the first one's error.
type HandlerOption func(*handlerConfig) error

type handlerConfig struct {
	logger *slog.Logger // nil: silent, save for a panic
}

// WithLogger has one record written for each request: provider, kind, delivery key, status code of the
// answer, and the reason if that is not 200. Level Info for 200, Error for 500, Warn for the rest. No record
// holds the body, its signature or a secret; the text of an error or panic of the merchant's own function stands in
// it as it is. The record of a ping has the kind "ping" and no delivery key.
func WithLogger(l *slog.Logger) HandlerOption {
	return func(c *handlerConfig) error {
		if l == nil {
			return errors.New("WithLogger: nil logger")
		}
		c.logger = l
		return nil
	}
}

// NewHandler returns a handler that calls fn for each notification that v accepts. fn gets the request's
// context, which ends when the provider hangs up, and owns the event.
//
// It answers 200 when fn returned nil, and 500 when fn returned an error, so that the provider sends the
// notification again. When fn panics it answers 500 too, and writes a record with the stack, to the default
// logger of log/slog where there is no other; only [http.ErrAbortHandler] is passed on.
//
// An event of [CinetPayTransfer] or [MPP] is nothing but a hint, which anybody could have sent (its Proof is
// ProofNone): fn must ask the provider, as with FindPayout, and act on the answer alone.
//
// Without calling fn it answers 405 to anything but POST, 413 to more than 64 KiB, 400 to a body that breaks
// off or is malformed, 401 to a signature that is bad or stale, and 500 when v fails in any other way.
// CinetPay tries with a GET whether the URL is there: with its verifiers, GET and HEAD are answered 200, and tell
// fn nothing. The answers do not say more than that.
//
// fn may be called from several goroutines at once.
func NewHandler(v Verifier, fn func(context.Context, *Event) error, opts ...HandlerOption) (http.Handler, error) {
	if v == nil {
		return nil, errors.New("ipn: NewHandler: nil verifier")
	}
	if fn == nil {
		return nil, errors.New("ipn: NewHandler: nil function")
	}
	h := &handler{verifier: v, fn: fn}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(&h.config); err != nil {
			return nil, fmt.Errorf("ipn: NewHandler: %w", err)
		}
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
	provider, kind, key string
	status              int
	err                 error
	stack               []byte // of a panic
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var d delivery
	if v, ok := h.verifier.(verifier); ok {
		d.provider = v.provider
	}
	h.receive(w, r, &d)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if d.status == http.StatusMethodNotAllowed {
		allow := http.MethodPost
		if isPinged(h.verifier) {
			allow = "GET, HEAD, POST"
		}
		w.Header().Set("Allow", allow)
	}
	w.WriteHeader(d.status)
	_, _ = io.WriteString(w, http.StatusText(d.status)+"\n")
	h.log(r.Context(), &d)
}

func (h *handler) receive(w http.ResponseWriter, r *http.Request, d *delivery) {
	defer func() {
		p := recover()
		if p == http.ErrAbortHandler {
			panic(p)
		}
		if p != nil {
			d.status, d.err, d.stack = http.StatusInternalServerError, fmt.Errorf("panic: %v", p), debug.Stack()
		}
	}()
	if (r.Method == http.MethodGet || r.Method == http.MethodHead) && isPinged(h.verifier) {
		d.kind, d.status = "ping", http.StatusOK
		return
	}
	if r.Method != http.MethodPost {
		d.status, d.err = http.StatusMethodNotAllowed, errors.New("not a POST")
		return
	}
	body, err := readBody(w, r)
	if err != nil {
		d.status, d.err = statusOf(err), err
		return
	}
	e, err := h.verifier.Verify(r.Header, body)
	if err == nil && e == nil {
		err = errors.New("the verifier returned neither event nor error")
	}
	if err != nil {
		d.status, d.err = statusOf(err), err
		return
	}
	d.provider, d.kind, d.key = e.Provider, e.Kind.String(), e.DeliveryKey
	d.status = http.StatusOK
	if err := h.fn(r.Context(), e); err != nil {
		d.status, d.err = http.StatusInternalServerError, err
	}
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
	}
	return body, nil
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, ErrSignature), errors.Is(err, ErrStale):
		return http.StatusUnauthorized
	case errors.Is(err, ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrMalformed):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
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
		slog.String("delivery_key", d.key), slog.Int("status", d.status),
	}
	switch d.status {
	case http.StatusOK:
		level = slog.LevelInfo
	case http.StatusInternalServerError:
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
