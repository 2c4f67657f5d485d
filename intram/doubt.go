package intram

import (
	"errors"
	"net/http"

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

// doubted makes unknown what became of an order whose refusal may be owed to the order itself: one that is locked, or
// comes too early, as what is still at work may be said to be, and, where an attempt before may have arrived, every one
// that does not follow from the request alone. A balance may be short because that attempt was carried out. How the
// attempts before ended is not told here, so that one answered with 429 counts too.
func doubted(err error) error {
	var e *wapay.Error
	if !errors.As(err, &e) || e.Outcome != wapay.OutcomeRejected {
		return err
	}
	atWork := e.HTTPStatus == http.StatusLocked || e.HTTPStatus == http.StatusTooEarly
	repeated := e.Attempts > 1 && e.HTTPStatus != http.StatusTooManyRequests
	if atWork || repeated && !stateless[e.Code] {
		e.Outcome = wapay.OutcomeUnknown
	}
	return err
}
