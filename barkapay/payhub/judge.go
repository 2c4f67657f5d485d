package payhub

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
)

// kinds maps the documented codes. A code wins over the HTTP status.
var kinds = map[string]error{
	"unauthenticated":         wapay.ErrUnauthorized,
	"invalid_api_key":         wapay.ErrUnauthorized,
	"incorrect_credentials":   wapay.ErrUnauthorized,
	"unauthorized":            wapay.ErrForbidden,
	"ip_not_allowed":          wapay.ErrForbidden,
	"merchant_suspended":      wapay.ErrForbidden,
	"merchant_closed":         wapay.ErrForbidden,
	"validation_error":        wapay.ErrInvalid,
	"invalid_input":           wapay.ErrInvalid,
	"resource_not_found":      wapay.ErrNotFound,
	"duplicate_transaction":   wapay.ErrDuplicate, // a transfer like this one, perhaps this one
	"resource_already_exists": wapay.ErrDuplicate,
	"too_many_requests":       wapay.ErrRateLimited,
	"service_unavailable":     wapay.ErrUnavailable,
	"operator_unavailable":    wapay.ErrUnavailable,
	"server_error":            wapay.ErrUnavailable,
}

// judge rules on an answer. An answer of the provider has an envelope with a
// status: success, failed (a refusal) or error (a fault). failed and error mean
// an error with any HTTP status.
func judge(e *wapay.Error, a call.Answer) call.Ruling {
	var v struct {
		Status    loose.String    `json:"status"`
		Code      loose.String    `json:"code"`
		Message   loose.String    `json:"message"`
		Errors    json.RawMessage `json:"errors"`
		Data      json.RawMessage `json:"data"`
		RequestID loose.String    `json:"request_id"`
	}
	failed := json.Unmarshal(a.Body, &v) == nil && (v.Status == "failed" || v.Status == "error")
	e.RequestID = string(v.RequestID)
	kind, known := kinds[string(v.Code)]
	switch {
	case !failed && a.Status < 300:
		return call.Success // decoding finds what it lacks
	case bytes.Contains(v.Data, []byte(`"public_id"`)), bytes.Contains(v.Data, []byte(`"order_id"`)):
		e.Code, e.Message = string(v.Code), string(v.Message)
		return call.RefusalWithOrder(e)
	case !failed && a.Status == http.StatusTooManyRequests:
		return call.MaybeDone // a proxy's 429 says nothing about the order: no repeat of a write
	case !failed, a.Status >= 300 && a.Status < 400:
		return call.NotTheirs
	}
	e.Code, e.Message, e.Details = string(v.Code), string(v.Message), details(v.Errors)
	switch {
	case known:
		e.Kind = kind
	case a.Status == http.StatusNotFound:
		return call.NotTheirs // does not say "no such order"
	case a.Status < 300 && v.Status == "failed":
		e.Kind = wapay.ErrInvalid
	case a.Status < 300:
		e.Kind = wapay.ErrUnavailable
	}
	limited := a.Status == http.StatusTooManyRequests && e.Kind == wapay.ErrRateLimited
	refused := v.Status == "failed" && refuses(a.Status, known)
	if a.Earlier == call.Lost || !limited && !refused { // an earlier call may have used up the code
		return call.MaybeDone
	}
	return call.Refusal(e.Kind, a.Earlier)
}

// refuses reports whether a refusal with the HTTP status means that there is no
// order. Some statuses mean it only with a documented code.
func refuses(status int, known bool) bool {
	switch status {
	case 400, 402, 403, 422:
		return true
	case 401, 404, 410, 451:
		return known
	}
	return false
}

// details reads errors by field, or a bare list of texts.
func details(errors json.RawMessage) []wapay.FieldError {
	var texts []string
	if len(errors) == 0 || json.Unmarshal(errors, &texts) != nil {
		return loose.FieldErrors(errors)
	}
	var all []wapay.FieldError
	for _, text := range texts {
		all = append(all, wapay.FieldError{Message: text})
	}
	return all
}
