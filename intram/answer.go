package intram

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"sort"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
)

// answer is the envelope of everything that is no refusal.
type answer[T any] struct {
	Error loose.Bool `json:"error"`
	Data  T          `json:"data"`
}

// Check makes an answer undecodable whose data is, or that says it is an error and not which.
func (a *answer[T]) Check() error {
	if a.Error {
		return errors.New("an error that does not say what is wrong")
	}
	return any(&a.Data).(call.Checker).Check()
}

// replayed tells whether an answer is the one that a request before got, under the same idempotency key.
func replayed(r *call.Response) bool {
	return strings.EqualFold(r.Header.Get("Idempotent-Replay"), "true")
}

// kinds are the codes of refusals (V). What became of an order after one of the last three is not known.
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

// refusal is the envelope of an error.
type refusal struct {
	Error    loose.Bool      `json:"error"`
	Code     loose.String    `json:"code"`
	Message  loose.String    `json:"message"`
	Details  json.RawMessage `json:"details"`
	ClientIP loose.String    `json:"client_ip"`
}

// judge reads an error answer, which may also come with a status of 2xx.
func judge(e *wapay.Error, a call.Answer) call.Ruling {
	if e.HTTPStatus < 300 && bytes.HasPrefix(a.Body, []byte(`{"error":false`)) {
		return call.Success // as a rule: spare it a second pass
	}
	var v refusal
	if json.Unmarshal(a.Body, &v) != nil || !v.Error {
		return call.ByStatus(a.Status)
	}
	e.Code, e.Message, e.Details = string(v.Code), string(v.Message), details(v.Details)
	if v.ClientIP != "" {
		e.Message += " (this machine's address: " + string(v.ClientIP) + ")"
	}
	kind := kindOf(string(v.Code), e.HTTPStatus)
	if kind == nil && e.HTTPStatus < 300 {
		return call.MaybeDone // an error, but it does not say which
	}
	if kind != nil {
		e.Kind = kind
	}
	// The server's own failure is no verdict on the order, whatever the status it came with.
	if kind == wapay.ErrUnavailable {
		return call.MaybeDone
	}
	return call.Refusal(e.Kind, a.Earlier)
}

// kindOf is the kind of error that a code stands for, nil where the status has to say. What is missing is named
// before "_not_found"; a 404 with another code may be about the address of the request.
func kindOf(code string, status int) error {
	if kind := kinds[code]; kind != nil {
		return kind
	}
	thing, missing := strings.CutSuffix(code, "_not_found")
	switch thing { // any other may be about the address or the merchant
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

// details reads what is wrong with each field: [{path,msg}], where path may be a list, or an object.
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
			all = append(all, wapay.FieldError{Field: cmp.Or(string(d.Path), string(d.Field)), Message: string(cmp.Or(d.Msg, d.Message))})
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

// UnmarshalJSON implements json.Unmarshaler.
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

// notFound is the error of a lookup that the provider answered, but not with what was asked for.
func notFound(op, reference, message string) *wapay.Error {
	return lookupError(op, reference, wapay.ErrNotFound, message)
}

func lookupError(op, reference string, kind error, message string) *wapay.Error {
	e := &wapay.Error{
		Provider: provider, Op: op, Reference: reference, HTTPStatus: http.StatusOK, Attempts: 1,
		Outcome: wapay.OutcomeReadOnly, Kind: kind, Message: message,
	}
	if kind == wapay.ErrNotFound || kind == wapay.ErrDuplicate {
		e.Outcome = wapay.OutcomeRejected
	}
	return e
}
