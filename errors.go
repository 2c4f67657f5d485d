package wapay

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/wapay-go/wapay/internal/words"
)

// The kinds of error, for [errors.Is]. The provider's own words are in the
// [Error].
var (
	// ErrInvalid: the request is wrong. Either the library found it before
	// sending, or the provider said so.
	ErrInvalid = errors.New("wapay: invalid request")
	// ErrUnauthorized: the provider does not accept the credentials.
	ErrUnauthorized = errors.New("wapay: unauthorized")
	// ErrForbidden: the credentials are right, but not allowed to do this.
	ErrForbidden = errors.New("wapay: forbidden")
	// ErrNotFound: the provider knows nothing under that id or reference.
	ErrNotFound = errors.New("wapay: not found")
	// ErrDuplicate: the reference or key was used before, or a lookup by
	// reference found several orders. It is never a rejection: there is an
	// order under that reference. See "Repeating" in the package comment.
	ErrDuplicate = errors.New("wapay: duplicate")
	// ErrInsufficientFunds: the balance does not cover the amount and the fees.
	ErrInsufficientFunds = errors.New("wapay: insufficient funds")
	// ErrRateLimited: too many requests. Error.RetryAfter says how long to
	// wait, if the provider did.
	ErrRateLimited = errors.New("wapay: rate limited")
	// ErrUnavailable: the provider could not be reached, or could not answer.
	ErrUnavailable = errors.New("wapay: provider unavailable")
	// ErrDecode: the answer cannot be read as the provider documents it.
	ErrDecode = errors.New("wapay: undecodable answer")
	// ErrOutcomeUnknown: the order may have been carried out. Never repeat it:
	// look it up with SettlePayment or SettlePayout. For a refund, see
	// [Refunder]. An error can match both ErrOutcomeUnknown and its kind: an
	// answer that broke off is both ErrUnavailable and ErrOutcomeUnknown.
	ErrOutcomeUnknown = errors.New("wapay: outcome unknown")
)

// Outcome says what is known of the effect of a call that returned an error.
// Its zero value is OutcomeUnknown, the careful answer. [NotDone] reports
// whether a call with that outcome may be repeated.
type Outcome int

const (
	// OutcomeUnknown: the provider may have carried the order out, or may still
	// do it.
	OutcomeUnknown Outcome = iota
	// OutcomeNotSent: the request provably never left this machine. It may be
	// repeated, or be given to another provider.
	OutcomeNotSent
	// OutcomeRejected: the provider answered that it did not do this order. It
	// may be corrected, or be given to another provider.
	OutcomeRejected
	// OutcomeReadOnly: the call only reads. Its error proves nothing about the
	// order. Every error of a lookup, a list and a wait has this outcome.
	OutcomeReadOnly
)

var outcomeNames = []string{"outcome unknown", "not sent", "rejected", "read only"}

// String returns the outcome in one or two words.
func (o Outcome) String() string { return words.Of(outcomeNames, o) }

// MarshalText implements [encoding.TextMarshaler].
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// NotDone reports whether err proves that the order was not carried out. Only
// then may it be sent again, or be given to another provider.
//
// It is true if err is, or wraps, an [*Error] with OutcomeNotSent or
// OutcomeRejected. It is false if anything in err is [ErrOutcomeUnknown] or
// [ErrDuplicate]. Each of several joined errors has to prove it. An error that
// is not an *Error proves nothing. Nil proves nothing either: a call without an
// error made the order, or found it.
func NotDone(err error) bool {
	if errors.Is(err, ErrOutcomeUnknown) || errors.Is(err, ErrDuplicate) {
		return false
	}
	proofs, others := outcomes(err)
	return proofs > 0 && others == 0
}

// outcomes counts the topmost errors in err: the proofs that nothing was done,
// and the others.
func outcomes(err error) (proofs, others int) {
	switch e := err.(type) {
	case *Error:
		if e != nil && (e.Outcome == OutcomeNotSent || e.Outcome == OutcomeRejected) {
			return 1, 0
		}
		return 0, 1
	case interface{ Unwrap() error }:
		return outcomes(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, joined := range e.Unwrap() {
			p, o := outcomes(joined)
			proofs, others = proofs+p, others+o
		}
		return proofs, others
	}
	return 0, 1 // not ours
}

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	// Field is the name of the Go field ("Amount", "Customer.Phone"). If the
	// provider found the fault, it is the provider's own name.
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Error is the error of every call in this library. Use [errors.Is] with the
// kinds (ErrInvalid and so on) to decide, and [errors.As] to read the details.
//
// Neither its fields nor its printed forms hold a credential. Where a
// provider's answer repeats one, the text reads "[redacted]". A credential of
// fewer than six characters is left, because it would match ordinary text.
type Error struct {
	Provider  string // "barkapay"
	Op        string // the method that was called, "Charge"
	Reference string // the merchant's reference, if the call has one

	HTTPStatus int           // of the last answer, 0 if there was none
	Code       string        // the provider's own error code
	Message    string        // the provider's own words, not meant for decisions
	RequestID  string        // for the provider's support: its id of the request, or the id that the call sent
	Details    []FieldError  // every bad field at once
	RetryAfter time.Duration // how long the provider asked to wait, 0 if it did not
	Attempts   int           // how many requests the call made, with those of its lookups
	Outcome    Outcome
	Body       []byte // the start of the last answer's body, at most 16 KiB

	Kind error // one of the Err… variables of this package, or nil if none fits: the caller's context ended
	Err  error // the cause, or nil; never a *url.Error, which shows the URL
}

// Error returns which call failed, how, and what that means for the order. It
// shows neither body nor query.
func (e *Error) Error() string {
	if e == nil {
		return "wapay: nil *Error"
	}
	var b strings.Builder
	b.WriteString(e.Provider)
	if e.Provider == "" {
		b.WriteString("wapay")
	}
	b.WriteString(": ")
	b.WriteString(e.Op)
	if e.Reference != "" {
		b.WriteString(" " + strconv.Quote(clipTo(e.Reference, 100)))
	}
	if e.Outcome != OutcomeReadOnly {
		b.WriteString(": " + e.Outcome.String())
	}
	if e.Kind != nil && e.Kind != ErrOutcomeUnknown {
		b.WriteString(": " + strings.TrimPrefix(e.Kind.Error(), "wapay: "))
	}
	if e.HTTPStatus != 0 {
		b.WriteString(": HTTP " + strconv.Itoa(e.HTTPStatus))
	}
	if e.Code != "" {
		b.WriteString(": code " + oneLine(e.Code))
	}
	if e.Message != "" {
		b.WriteString(": " + oneLine(e.Message))
	}
	for i, d := range e.Details {
		if i == 10 {
			b.WriteString("; and " + strconv.Itoa(len(e.Details)-i) + " more")
			break
		}
		b.WriteString([]string{": ", "; "}[min(i, 1)] + oneLine(d.Field) + ": " + oneLine(d.Message))
	}
	if e.RetryAfter > 0 {
		b.WriteString(": retry after " + e.RetryAfter.String())
	}
	if e.Err != nil {
		b.WriteString(": " + oneLine(e.Err.Error()))
	}
	if e.Attempts > 1 {
		b.WriteString(" (" + strconv.Itoa(e.Attempts) + " attempts)")
	}
	return b.String()
}

// Unwrap returns the cause: a context error, a *net.OpError, a JSON syntax
// error.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// Is reports whether target is the error's kind, or [ErrOutcomeUnknown] for an
// error whose outcome is unknown.
func (e *Error) Is(target error) bool {
	return e != nil && target != nil && (target == e.Kind || target == ErrOutcomeUnknown && e.Outcome == OutcomeUnknown)
}

// GoString returns what Error returns: %#v shows no more than %v.
func (e *Error) GoString() string { return e.Error() }

// MarshalJSON implements [json.Marshaler]. It writes all fields but the body
// and the cause.
func (e *Error) MarshalJSON() ([]byte, error) {
	v := struct {
		Error      string       `json:"error"`
		Provider   string       `json:"provider,omitempty"`
		Op         string       `json:"op,omitempty"`
		Reference  string       `json:"reference,omitempty"`
		Kind       string       `json:"kind,omitempty"`
		Outcome    Outcome      `json:"outcome"`
		HTTPStatus int          `json:"http_status,omitempty"`
		Code       string       `json:"code,omitempty"`
		Message    string       `json:"message,omitempty"`
		RequestID  string       `json:"request_id,omitempty"`
		Details    []FieldError `json:"details,omitempty"`
		RetryAfter float64      `json:"retry_after_seconds,omitempty"`
		Attempts   int          `json:"attempts,omitempty"`
	}{
		e.Error(), e.Provider, e.Op, e.Reference, "", e.Outcome, e.HTTPStatus, e.Code, e.Message,
		e.RequestID, e.Details, e.RetryAfter.Seconds(), e.Attempts,
	}
	if e.Kind != nil {
		v.Kind = strings.TrimPrefix(e.Kind.Error(), "wapay: ")
	}
	return json.Marshal(v)
}

// oneLine makes remote text fit for one line of a log. It bounds the length. It
// also replaces control characters (C1 too), line separators and changes of
// direction, on which a terminal or a log viewer would act.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, clipTo(s, 300)) // Map replaces invalid UTF-8 with U+FFFD
}
