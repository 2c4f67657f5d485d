package call

import (
	"errors"
	"net/http"

	"github.com/wapay-go/wapay"
)

// Judge says what an answer of its provider means. It fills in Code, Message,
// Details and, where the status alone does not say, Kind of e. It leaves the
// outcome to the engine.
//
// The engine asks the judge about every answer that arrived whole and is not
// ambiguous JSON, those of 2xx included. It asks about a 429 in the same way.
type Judge func(e *wapay.Error, a Answer) Ruling

// Answer is what came back for one attempt.
type Answer struct {
	Status  int
	Header  http.Header
	Body    []byte // whole, with secrets blotted out
	Effect  Effect
	Earlier Earlier
}

// Earlier says how the attempts before this one ended. A later value outweighs
// an earlier one.
type Earlier int

const (
	// NoneBefore: no attempt before can have reached the provider.
	NoneBefore Earlier = iota
	// RateLimited: an attempt before was told to come later.
	RateLimited
	// Lost: an attempt before may have been carried out.
	Lost
)

// Ruling is a judge's decision about an answer.
type Ruling int

const (
	// NotTheirs: the answer is not the provider's: a proxy's page, HTML, half an
	// answer. It says nothing about the order. It is the zero value.
	NotTheirs Ruling = iota
	// Success: the provider took the request. What the answer lacks is found when
	// it is decoded.
	Success
	// Refused: the provider did not do this order, neither now nor in an attempt
	// before.
	Refused
	// MaybeDone: the provider refuses, but the order may exist: the refusal shows
	// an order, names its reference as used, or may follow from an attempt before.
	MaybeDone
)

// Refusal is the ruling on a refusal of a kind for which the provider has no
// rule of its own.
//
// A used reference is always MaybeDone: there is an order under it. After a 429
// or a lost answer, a short balance may follow from the attempt before. After a
// lost answer, a refusal of the credentials, of the rate or of the service says
// nothing about the attempt before.
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

// wire says how far one attempt got.
type wire int

const (
	notSent  wire = iota // the request provably did not leave this machine
	noAnswer             // it may have left, and no whole answer came
	answered             // a whole, unambiguous answer came
	limited              // so did a 429 that names no order
)

// outcome is the one place where the end of a failed call is decided. The
// ruling counts only for an answer.
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

// mayRefuse reports whether an answer with the status can refuse an order. 5xx
// and 408 say that something went wrong, not what was done. Proxies say with
// 444, 460 and 499 that the connection was closed. A 3xx is not documented by
// any provider, and a 429 is decided by the limited row.
func mayRefuse(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, 444, 460, 499:
		return false
	}
	return status >= 200 && status < 300 || status >= 400 && status < 500
}

// Shown rules on a refusal that shows an order, which may have been made all
// the same. A 404 with an order in it does not say that there is none.
func Shown(e *wapay.Error) Ruling {
	if e.Kind == wapay.ErrNotFound {
		e.Kind = wapay.ErrDecode
	}
	if e.Err == nil {
		e.Err = errShown
	}
	return MaybeDone
}

var errShown = errors.New("the refusal shows an order")

// ByStatus is the ruling on an answer without the provider's words.
func ByStatus(status int) Ruling {
	if status < 300 {
		return Success // what it lacks is found when it is decoded
	}
	return NotTheirs
}
