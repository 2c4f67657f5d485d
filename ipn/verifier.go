package ipn

import (
	"errors"
	"fmt"
	"net/http"
)

// Verifier tells a provider's notifications from forged ones. The functions of this package that are named
// after providers make one.
type Verifier interface {
	// Verify returns the event that a notification is, or an error that [errors.Is] one of the Err… variables
	// of this package. h holds the request's header, body the request's body byte for byte.
	//
	// The event keeps body: whoever uses the slice again must give Verify a copy. No error repeats
	// anything of what was sent.
	Verify(h http.Header, body []byte) (*Event, error)
}

// The ways in which a notification is refused, for [errors.Is].
var (
	// ErrSignature: it is not signed, not with the right secret, or what arrived is not what was signed.
	ErrSignature = errors.New("ipn: bad signature")
	// ErrStale: it is signed, at a time too far from now.
	ErrStale = errors.New("ipn: stale notification")
	// ErrMalformed: it is not the notification that the provider documents.
	ErrMalformed = errors.New("ipn: malformed notification")
	// ErrTooLarge: its body is larger than any notification.
	ErrTooLarge = errors.New("ipn: notification too large")
)

// verifier holds its secrets in a closure, where neither package fmt nor reflection finds them.
type verifier struct {
	provider string
	verify   func(h http.Header, body []byte) (*Event, error)
	// unsigned: every event that it makes has ProofNone.
	unsigned bool
	// only is the kind of all its events; 0 where that differs.
	only Kind
	// pinged: the provider sends a GET to see whether the URL is there.
	pinged bool
}

func (v verifier) Verify(h http.Header, body []byte) (*Event, error) {
	e, err := v.verify(h, body)
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, v.provider)
	}
	return e, nil
}

// isUnsigned reports whether v is known to prove nothing. A merchant's own verifier, and one of this package inside
// it, is not.
func isUnsigned(v Verifier) bool {
	own, ok := v.(verifier)
	return ok && own.unsigned
}

// isPinged reports whether v is of a provider that sends a GET to see whether the URL is there.
func isPinged(v Verifier) bool {
	own, ok := v.(verifier)
	return ok && own.pinged
}

// refuse returns an error that is kind. reason must not repeat anything of what was sent.
func refuse(kind error, reason string) (*Event, error) {
	return nil, fmt.Errorf("%w: %s", kind, reason)
}
