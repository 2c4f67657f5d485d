package intram

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
)

// kinds maps the documented codes of refusals.
var kinds = map[string]error{
	"missing_api_key":         wapay.ErrUnauthorized,
	"invalid_api_key":         wapay.ErrUnauthorized,
	"signature_invalid":       wapay.ErrUnauthorized,
	"merchant_inactive":       wapay.ErrForbidden,
	"ip_allowlist_empty":      wapay.ErrForbidden,
	"ip_not_allowed":          wapay.ErrForbidden,
	"missing_idempotency_key": wapay.ErrInvalid,
	"invalid_idempotency_key": wapay.ErrInvalid,
	"idempotency_conflict":    wapay.ErrDuplicate,
	"validation_error":        wapay.ErrInvalid,
	"invalid_body":            wapay.ErrInvalid,
	"unknown_currency":        wapay.ErrInvalid,
	"amount_too_small":        wapay.ErrInvalid,
	"amount_too_large":        wapay.ErrInvalid,
	"missing_invoice":         wapay.ErrInvalid,
	"not_refundable":          wapay.ErrDuplicate,
	"insufficient_balance":    wapay.ErrInsufficientFunds,
	"internal_error":          wapay.ErrUnavailable,
	"idempotency_error":       wapay.ErrUnavailable,
	"auth_error":              wapay.ErrUnavailable,
}

// followsFromRequest holds the documented refusals that follow from the request
// alone: the provider refuses the same bytes at any time. It lacks
// amount_too_large, which may depend on earlier orders. It lacks
// missing_idempotency_key, because a proxy may have dropped the header of one
// attempt.
var followsFromRequest = map[string]bool{
	"invalid_idempotency_key": true,
	"validation_error":        true,
	"invalid_body":            true,
	"unknown_currency":        true,
	"amount_too_small":        true,
	"missing_invoice":         true,
}

// refusal is the envelope of an error.
type refusal struct {
	Error    loose.Bool      `json:"error"`
	Code     loose.String    `json:"code"`
	Message  loose.String    `json:"message"`
	Details  json.RawMessage `json:"details"`
	ClientIP loose.String    `json:"client_ip"`
	Data     json.RawMessage `json:"data"`
}

func (v *refusal) showsOperation() bool {
	var o struct {
		ID loose.String `json:"operation_id"`
	}
	return json.Unmarshal(v.Data, &o) == nil && o.ID != ""
}

// judge rules on an answer. An error may also have a status of 2xx.
//
// All attempts have the same idempotency key. So after a lost answer, a refusal
// may be about the order of an earlier attempt, unless it follows from the
// request alone.
func judge(e *wapay.Error, a call.Answer) call.Ruling {
	if a.Status < 300 && bytes.HasPrefix(a.Body, []byte(`{"error":false`)) {
		return call.Success // spares most answers a second pass
	}
	var v refusal
	switch err := json.Unmarshal(a.Body, &v); {
	case err == nil && (bool(v.Error) || a.Status >= 300) && v.showsOperation():
		e.Code, e.Message = string(v.Code), string(v.Message)
		return call.RefusalWithOrder(e)
	case err != nil || !bool(v.Error):
		return call.ByStatus(a.Status)
	}
	code := string(v.Code)
	e.Code, e.Message, e.Details = code, string(v.Message), details(v.Details)
	if v.ClientIP != "" {
		e.Message += " (this machine's address: " + string(v.ClientIP) + ")"
	}
	e.Kind = cmp.Or(kindOf(code, a.Status), e.Kind)
	switch {
	case a.Status == http.StatusTooManyRequests && e.Kind == wapay.ErrUnavailable:
		return call.MaybeDone // no limit: the server failed
	case a.Status >= 500, e.Kind == wapay.ErrUnavailable:
		return call.NotTheirs // the server failed, and says nothing about the order
	case isAtWork(code, a.Status):
		e.Kind = wapay.ErrDuplicate
		return call.MaybeDone
	case a.Status == http.StatusNotFound && e.Kind == wapay.ErrDecode:
		return call.NotTheirs // it may be about the address
	case a.Status < 300 && e.Kind == wapay.ErrDecode:
		return call.MaybeDone // an unknown error
	case followsFromRequest[code]:
		return call.Refused
	case a.Earlier == call.Lost:
		return call.MaybeDone
	}
	return call.Refusal(e.Kind, a.Earlier)
}

// kindOf returns the kind of a code, or nil if the status decides. A code names
// the missing thing before "_not_found". A 404 with any other code may be about
// the address of the request.
func kindOf(code string, status int) error {
	if kind := kinds[code]; kind != nil {
		return kind
	}
	thing, missing := strings.CutSuffix(code, "_not_found")
	switch thing { // any other code may be about the address or the merchant
	case "transaction", "operation", "transfer", "webhook", "subscription":
	case "recipient":
		missing = status != http.StatusNotFound // of an operation, which has no status
	default:
		missing = false
	}
	switch {
	case missing:
		return wapay.ErrNotFound
	case status == http.StatusNotFound:
		return wapay.ErrDecode
	}
	return nil
}

// isAtWork reports whether a refusal may mean that an earlier request with the
// same order is in progress. The documents do not describe that answer. So
// isAtWork looks for words in an undocumented code.
func isAtWork(code string, status int) bool {
	if status == http.StatusLocked || status == http.StatusTooEarly {
		return true
	}
	return kinds[code] == nil && slices.ContainsFunc(
		[]string{"progress", "processing", "pending", "locked", "idempot", "duplicate", "conflict", "already"},
		func(word string) bool { return strings.Contains(strings.ToLower(code), word) })
}

// details reads the errors by field: an object, or [{path,msg}], where path may
// be a list.
func details(raw json.RawMessage) []wapay.FieldError {
	var list []struct {
		Path    path         `json:"path"`
		Field   loose.String `json:"field"`
		Msg     loose.String `json:"msg"`
		Message loose.String `json:"message"`
	}
	var all []wapay.FieldError
	if json.Unmarshal(raw, &list) == nil {
		for _, d := range list {
			field := cmp.Or(string(d.Path), string(d.Field))
			all = append(all, wapay.FieldError{Field: field, Message: string(cmp.Or(d.Msg, d.Message))})
		}
		return all
	}
	var byField map[string]loose.String
	if json.Unmarshal(raw, &byField) != nil {
		return nil
	}
	for field, message := range byField {
		all = append(all, wapay.FieldError{Field: field, Message: string(message)})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Field < all[j].Field })
	return all
}

// path is "destination.msisdn" or ["destination","msisdn"].
type path string

func (p *path) UnmarshalJSON(data []byte) error {
	var elements []loose.String
	if json.Unmarshal(data, &elements) != nil {
		return (*loose.String)(p).UnmarshalJSON(data)
	}
	for i, e := range elements {
		if i > 0 {
			*p += "."
		}
		*p += path(e)
	}
	return nil
}

// explainClock adds the error of the clock if it may be the cause of a refused
// signature.
func explainClock(clock func() time.Time, e *wapay.Error, answer http.Header) {
	if e.Code != "signature_invalid" || !strings.Contains(e.Message, "timestamp_out_of_window") {
		return
	}
	date, err := http.ParseTime(answer.Get("Date"))
	if err != nil {
		return
	}
	off, how := clock().Sub(date), "ahead of"
	if off < 0 {
		off, how = -off, "behind"
	}
	e.Err = fmt.Errorf("this machine's clock is %v %s the provider's, which allows 5 minutes",
		off.Round(time.Second), how)
}

var errAddress = errors.New("no such endpoint at this address: integrators find the API at " + MerchantBaseURL)

// explainAddress names the other address if a 404 may be about this one.
func explainAddress(e *wapay.Error, status int, ruling call.Ruling) {
	if status == http.StatusNotFound && (ruling == call.NotTheirs || e.Kind == wapay.ErrDecode) {
		e.Err = errAddress
	}
}
