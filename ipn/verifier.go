package ipn

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/wapay-go/wapay"
)

// Verifier tells a provider's notifications from forged ones. The functions
// named after providers return one.
type Verifier interface {
	// Verify returns the event of a notification, or an error of one of the
	// kinds of refusal, such as [ErrSignature]. h is the header of the request.
	// body is its body, byte for byte. The event keeps body, and does not copy
	// it. No error repeats anything of the notification.
	Verify(h http.Header, body []byte) (*Event, error)
}

// The kinds of refusal, for [errors.Is].
var (
	// ErrSignature: the signature is missing or wrong, or somebody changed or
	// rearranged the values that it covers.
	ErrSignature = errors.New("ipn: bad signature")
	// ErrStale: the signature is right, but its time is too far from now.
	ErrStale = errors.New("ipn: stale notification")
	// ErrMalformed: the notification cannot be read, or lacks a required value.
	ErrMalformed = errors.New("ipn: malformed notification")
	// ErrTooLarge: the body is larger than any notification.
	ErrTooLarge = errors.New("ipn: notification too large")
)

// verifier is a provider's Verifier. It holds the secrets in a closure, where
// neither package fmt nor reflection finds them.
type verifier struct {
	provider string
	verify   func(h http.Header, body []byte) (*Event, error)
	unsigned bool // every event has ProofNone
	unset    bool // a secret is missing or blank: never call verify
	kind     Kind // the kind of all events; KindUnknown if it differs
	pings    bool // the provider sends a GET to see whether the URL exists
}

func (v verifier) Verify(h http.Header, body []byte) (*Event, error) {
	if v.unset {
		return nil, fmt.Errorf("%w: no secret to verify it with (%s)", ErrSignature, v.provider)
	}
	e, err := v.verify(h, body)
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, v.provider)
	}
	return e, nil
}

// anyBlank reports whether there are no secrets, or one without a visible
// character, such as the byte order mark of an empty file.
func anyBlank(secrets []wapay.Secret) bool {
	visible := func(r rune) bool { return r != ' ' && unicode.IsPrint(r) }
	for _, secret := range secrets {
		if !strings.ContainsFunc(string(secret), visible) {
			return true
		}
	}
	return len(secrets) == 0
}

// refuse returns an error of the kind. reason must not repeat anything of the
// notification.
func refuse(kind error, reason string) (*Event, error) {
	return nil, fmt.Errorf("%w: %s", kind, reason)
}
