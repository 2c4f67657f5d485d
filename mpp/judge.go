package mpp

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
)

const (
	codeOK           = "MPP-REQ-0000"
	codeFailed       = "MPP-REQ-4000"
	codeParameters   = "MPP-REQ-4022"
	codeUnauthorized = "MPP-AUTH-4401"
	codeCredentials  = "MPP-AUTH-4402"
	codePassword     = "MPP-AUTH-4405"
	codeConflict     = "MPP-TX-REQ-4091"
)

// kinds maps the documented codes. It lacks MPP-REQ-4000, "Request failed.",
// which adds nothing to the status.
//
// A missing business is no [wapay.ErrNotFound], which would mean a missing
// order.
var kinds = map[string]error{
	"MPP-REQ-4002":   wapay.ErrInvalid, // one-time code wrong or expired
	"MPP-REQ-4004":   wapay.ErrNotFound,
	"MPP-REQ-4005":   wapay.ErrInvalid, // method not allowed
	"MPP-REQ-4008":   wapay.ErrNotFound,
	codeParameters:   wapay.ErrInvalid,
	"MPP-ACC-1001":   wapay.ErrInvalid, // user name exists
	codeUnauthorized: wapay.ErrUnauthorized,
	codeCredentials:  wapay.ErrUnauthorized,
	"MPP-AUTH-4403":  wapay.ErrForbidden, // e-mail not verified
	"MPP-AUTH-4404":  wapay.ErrInvalid,   // e-mail verified already
	codePassword:     wapay.ErrUnauthorized,
	"MPP-AUTH-4406":  wapay.ErrUnauthorized, // second factor
	"MPP-AUTH-4407":  wapay.ErrForbidden,    // not authorized to perform that action
	"MPP-BS-4504":    wapay.ErrForbidden,    // business not created yet
	"MPP-BS-4505":    wapay.ErrForbidden,    // business not found
	"MPP-BS-4506":    wapay.ErrInvalid,      // account linked to a business already
	"MPP-BS-4507":    wapay.ErrForbidden,    // business not active
	"MPP-TX-4301":    wapay.ErrInvalid,      // cannot be cancelled
	codeConflict:     wapay.ErrDuplicate,
	"MPP-PP-4200":    wapay.ErrForbidden, // payment page not configured
}

// envelope is the outer object of each answer.
type envelope struct {
	Code    loose.String    `json:"code"`
	Message loose.String    `json:"message"`
	Success success         `json:"success"`
	Trace   loose.String    `json:"trace_request_id"`
	Trace2  loose.String    `json:"traceRequestId"` // of account/validate
	Errors  json.RawMessage `json:"errors"`         // Laravel's place for bad fields; not documented
	Data    json.RawMessage `json:"data"`
}

// success is the member of that name. If it is neither true nor false, the code
// counts.
type success int

const (
	saysNothing success = iota
	saysYes
	saysNo
)

func (s *success) UnmarshalJSON(data []byte) error {
	var b loose.Bool
	switch {
	case string(data) == "null" || string(data) == `""` || b.UnmarshalJSON(data) != nil:
		*s = saysNothing
	case bool(b):
		*s = saysYes
	default:
		*s = saysNo
	}
	return nil
}

// judge rules on an envelope. HTTP 200 with success false is a refusal. With
// that status only a documented code rejects an order: a message such as
// "Insufficient balance." does not.
func judge(e *wapay.Error, a call.Answer) call.Ruling {
	var v envelope
	if json.Unmarshal(a.Body, &v) != nil {
		return call.ByStatus(a.Status)
	}
	e.RequestID = string(cmp.Or(v.Trace, v.Trace2))
	refused := v.isRefusal(a.Status)
	if refused {
		v.explain(e)
	}
	if refused && a.Effect != call.Read && (e.Code == codeConflict || slices.ContainsFunc(e.Details, saysUsed)) {
		e.Kind = wapay.ErrDuplicate // whatever the status
	}
	switch {
	case (refused || a.Status == http.StatusTooManyRequests) && v.showsTransaction():
		return call.RefusalWithOrder(e)
	case !refused:
		return call.ByStatus(a.Status)
	case a.Status < 300 && kinds[e.Code] == nil:
		return call.MaybeDone
	}
	return call.Refusal(e.Kind, a.Earlier)
}

// isRefusal reports whether the answer is a refusal. success decides if it is
// there. A 4xx without success and code may be Laravel's {"message"}. A 404 of
// that form is about the address.
func (v *envelope) isRefusal(status int) bool {
	switch {
	case v.Success == saysNo:
		return true
	case status < 300:
		return v.Success == saysNothing && v.Code != "" && v.Code != codeOK
	}
	return v.Success == saysNothing && v.Code != codeOK &&
		(strings.HasPrefix(string(v.Code), "MPP-") || v.Message != "" && status != http.StatusNotFound)
}

// explain fills in the error of a refusal.
func (v *envelope) explain(e *wapay.Error) {
	e.Code, e.Message, e.Details = string(v.Code), string(v.Message), loose.FieldErrors(v.Errors)
	if e.Details == nil && v.Code == codeParameters {
		e.Details = loose.FieldErrors(v.Data)
	}
	switch status := e.HTTPStatus; {
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500:
	case containsAny(e.Message, "insufficient", "insuffisant", "not enough"): // no code for it is documented
		e.Kind = wapay.ErrInsufficientFunds
	case slices.ContainsFunc(e.Details, saysUsed):
		e.Kind = wapay.ErrDuplicate
	default:
		e.Kind = kindOf(status, e.Code, e.Kind)
	}
}

// kindOf returns the kind of a refusal. byStatus is the kind of the status. A
// code for "not found" counts only if the status does not contradict it.
func kindOf(status int, code string, byStatus error) error {
	kind := kinds[code]
	switch {
	case code == codeFailed && status < 300:
		return wapay.ErrUnavailable
	case status == http.StatusUnauthorized, kind == nil && status != http.StatusNotFound:
		return byStatus // for HTTP 200, ErrDecode
	case kind == nil:
		return wapay.ErrDecode // a 404 with another code may be about the address
	case kind == wapay.ErrNotFound && status >= 300 && status != http.StatusNotFound:
		return byStatus
	}
	return kind
}

// saysUsed reports whether a bad field says that the external_id is used. It
// looks for Laravel's message for a unique field. It is not documented whether
// the provider checks that.
func saysUsed(d wapay.FieldError) bool {
	return d.Field == "external_id" && containsAny(d.Message, "already", "taken", "exists", "duplicate", "déjà")
}

// showsTransaction reports whether a refusal shows a transaction, which may
// then exist. For bad parameters, data may hold a text for each, even for one
// named id.
func (v *envelope) showsTransaction() bool {
	type item struct {
		ID     json.RawMessage `json:"id"`
		Status json.RawMessage `json:"status"`
	}
	var list loose.List[item]
	if len(v.Data) == 0 || v.Data[0] != '{' && v.Data[0] != '[' || json.Unmarshal(v.Data, &list) != nil {
		return false
	}
	return slices.ContainsFunc(list, func(i item) bool {
		return isScalar(i.ID) && (v.Code != codeParameters || isScalar(i.Status))
	})
}

func isScalar(raw json.RawMessage) bool {
	var s loose.String
	return len(raw) > 0 && raw[0] != '[' && raw[0] != '{' && s.UnmarshalJSON(raw) == nil && s != ""
}

func containsAny(message string, words ...string) bool {
	message = strings.ToLower(message)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(message, word) })
}
