package call

import (
	"errors"
	"net/http"

	"github.com/wapay-go/wapay"
)

// Judge rules on an answer of its provider. It fills in Code, Message and
// Details of e, and Kind if the status does not decide it. It does not decide
// the outcome.
//
// The client asks the judge about each whole and unambiguous answer, those of
// 2xx and 429 included.
type Judge func(e *wapay.Error, a Answer) Ruling

// Answer is the answer to one attempt.
type Answer struct {
	Status  int
	Header  http.Header
	Body    []byte // whole, without secrets
	Effect  Effect
	Earlier Earlier
}

// Earlier says how the earlier attempts ended. A later constant outweighs the
// ones above it.
type Earlier int

const (
	// NoneBefore means that no earlier attempt can have reached the provider.
	NoneBefore Earlier = iota
	// RateLimited means that an earlier attempt got a 429.
	RateLimited
	// Lost means that an earlier attempt may have been carried out.
	Lost
)

// Ruling is a judge's decision about an answer.
type Ruling int

const (
	// NotTheirs means that the answer is not the provider's, such as a proxy's
	// page, and leaves the order open. It is the zero value.
	NotTheirs Ruling = iota
	// Success means that the provider took the request. Decoding finds what the
	// answer lacks.
	Success
	// Refused means that the provider did not carry the order out, neither now
	// nor in an earlier attempt.
	Refused
	// MaybeDone means that the provider refuses, but that the order may exist.
	// The refusal shows an order, says that the reference is used, or may
	// follow from an earlier attempt.
	MaybeDone
)

// Refusal rules on a refusal by its kind. It is for judges without a rule of
// their own.
//
// A used reference is always MaybeDone, because it has an order. After a 429 or
// a lost answer, an earlier attempt may be the cause of a low balance. After a
// lost answer, a refusal of the credentials, of the rate or of the service
// leaves the earlier attempt open.
func Refusal(kind error, earlier Earlier) Ruling {
	switch kind {
	case wapay.ErrDuplicate:
		return MaybeDone
	case wapay.ErrInsufficientFunds:
		if earlier != NoneBefore {
			return MaybeDone
		}
	case wapay.ErrUnauthorized, wapay.ErrForbidden, wapay.ErrRateLimited, wapay.ErrUnavailable, wapay.ErrDecode:
		if earlier == Lost {
			return MaybeDone
		}
	}
	return Refused
}

// wire is how far one attempt got.
type wire int

const (
	notSent  wire = iota // the request provably was not sent
	noAnswer             // the request may have been sent, and no whole answer came
	answered             // a whole, unambiguous answer came
	limited              // a whole 429 came that names no order
)

// outcome decides the outcome of a failed call. The ruling counts only for an
// answer.
func outcome(effect Effect, w wire, status int, ruling Ruling, kind error, earlier Earlier) wapay.Outcome {
	if effect == Read {
		return wapay.OutcomeReadOnly
	}
	switch {
	case w == notSent && earlier != Lost:
		return wapay.OutcomeNotSent
	case w == limited && earlier != Lost:
		return wapay.OutcomeRejected
	case w == answered && ruling == Refused && mayRefuse(status) && kind != wapay.ErrDuplicate:
		return wapay.OutcomeRejected
	}
	return wapay.OutcomeUnknown
}

// mayRefuse reports whether an answer with the status can reject an order. 5xx
// and 408 do not say what was done. Proxies use 444, 460 and 499 for a closed
// connection. No provider documents a 3xx. A 429 rejects an order only if the
// wire is limited.
func mayRefuse(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, 444, 460, 499:
		return false
	}
	return status >= 200 && status < 300 || status >= 400 && status < 500
}

// RefusalWithOrder rules on a refusal that shows an order, which may exist. A
// 404 with an order is no "not found".
func RefusalWithOrder(e *wapay.Error) Ruling {
	if e.Kind == wapay.ErrNotFound {
		e.Kind = wapay.ErrDecode
	}
	if e.Err == nil {
		e.Err = errShown
	}
	return MaybeDone
}

var errShown = errors.New("the refusal shows an order")

// ByStatus rules on an answer by its status alone.
func ByStatus(status int) Ruling {
	if status < 300 {
		return Success // decoding finds what it lacks
	}
	return NotTheirs
}
