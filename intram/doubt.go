package intram

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/wapay-go/wapay"
)

// stateless are the documented refusals (V) that follow from the request alone: the provider says the same to the same
// bytes whenever they come. amount_too_large is not among them, because it may be about what is left of a limit, nor is
// missing_idempotency_key, because a proxy may have lost the header of one attempt only.
var stateless = map[string]bool{
	"invalid_idempotency_key": true,
	"validation_error":        true,
	"invalid_body":            true,
	"unknown_currency":        true,
	"amount_too_small":        true,
	"missing_invoice":         true,
}

// doubted makes unknown what became of an order whose refusal may be owed to the order itself: one that is said to be at
// work, and, where an attempt before may have arrived, every one that does not follow from the request alone. A balance
// may be short because that attempt was carried out. How the attempts before ended is not told here, so that one
// answered with 429 counts too.
func doubted(err error) error {
	var e *wapay.Error
	if !errors.As(err, &e) || e.Outcome != wapay.OutcomeRejected {
		return err
	}
	repeated := e.Attempts > 1 && e.HTTPStatus != http.StatusTooManyRequests
	if atWork(e) || repeated && !stateless[e.Code] {
		e.Outcome = wapay.OutcomeUnknown
	}
	return err
}

// atWork reports whether a refusal may be of an order that was sent before, by a process that died perhaps, and is not
// done: V does not say how such a one is answered. A code that is not documented is gone by in words.
func atWork(e *wapay.Error) bool {
	if e.HTTPStatus == http.StatusLocked || e.HTTPStatus == http.StatusTooEarly {
		return true
	}
	return kinds[e.Code] == nil && slices.ContainsFunc(
		[]string{"progress", "processing", "pending", "locked", "idempot", "duplicate", "conflict", "already"},
		func(word string) bool { return strings.Contains(strings.ToLower(e.Code), word) })
}
