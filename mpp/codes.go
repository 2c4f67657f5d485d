package mpp

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
	"github.com/wapay-go/wapay/internal/token"
)

// Codes that decide something (S).
const (
	codeOK           = "MPP-REQ-0000"
	codeFailed       = "MPP-REQ-4000"
	codeParameters   = "MPP-REQ-4022"
	codeUnauthorized = "MPP-AUTH-4401"
	codeCredentials  = "MPP-AUTH-4402"
	codePassword     = "MPP-AUTH-4405"
	codeConflict     = "MPP-TX-REQ-4091"
)

// kinds has the codes of S. MPP-REQ-4000, "Request failed.", says nothing: the status does.
var kinds = map[string]error{
	"MPP-REQ-4002":    wapay.ErrInvalid, // one-time code wrong or expired
	"MPP-REQ-4004":    wapay.ErrNotFound,
	"MPP-REQ-4005":    wapay.ErrInvalid, // method not allowed
	"MPP-REQ-4008":    wapay.ErrNotFound,
	codeParameters:    wapay.ErrInvalid,
	"MPP-ACC-1001":    wapay.ErrDuplicate, // user name exists
	codeUnauthorized:  wapay.ErrUnauthorized,
	codeCredentials:   wapay.ErrUnauthorized,
	"MPP-AUTH-4403":   wapay.ErrForbidden, // e-mail not verified
	"MPP-AUTH-4404":   wapay.ErrInvalid,   // e-mail verified already
	codePassword:      wapay.ErrUnauthorized,
	"MPP-AUTH-4406":   wapay.ErrUnauthorized, // second factor
	"MPP-AUTH-4407":   wapay.ErrForbidden,    // not authorized to perform that action
	"MPP-BS-4504":     wapay.ErrNotFound,     // business not created yet
	"MPP-BS-4505":     wapay.ErrNotFound,     // business not found
	"MPP-BS-4506":     wapay.ErrDuplicate,    // account linked to a business already
	"MPP-BS-4507":     wapay.ErrForbidden,    // business not active
	"MPP-TX-4301":     wapay.ErrInvalid,      // cannot be cancelled
	"MPP-TX-REQ-4091": wapay.ErrDuplicate,    // conflict
	"MPP-PP-4200":     wapay.ErrForbidden,    // payment page not configured
}

// envelope is around every answer.
type envelope struct {
	Code    loose.String    `json:"code"`
	Message loose.String    `json:"message"`
	Success success         `json:"success"`
	Trace   loose.String    `json:"trace_request_id"`
	Trace2  loose.String    `json:"traceRequestId"` // of account/validate (S)
	Errors  json.RawMessage `json:"errors"`         // where Laravel puts them; not documented
	Data    json.RawMessage `json:"data"`
}

// success is what the member of that name says. What is neither yes nor no says nothing, and the code counts.
type success int

const (
	saysNothing success = iota
	saysYes
	saysNo
)

// UnmarshalJSON implements json.Unmarshaler.
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

// refused reports whether the answer says no: by success, where it is there. Without success and code it is not the
// envelope, but Laravel's own {"message"}, which a 4xx may have.
func (v *envelope) refused(status int) bool {
	switch {
	case v.Success == saysNo:
		return true
	case status < 300:
		return v.Success == saysNothing && v.Code != "" && v.Code != codeOK
	}
	return v.Success == saysNothing && v.Code != codeOK && (v.Code != "" || v.Message != "" && status != http.StatusNotFound)
}

// judge reads the envelope. An HTTP 200 with success false is a refusal all the same.
func judge(e *wapay.Error, a call.Answer) call.Ruling {
	var v envelope
	if json.Unmarshal(a.Body, &v) != nil {
		return call.ByStatus(a.Status)
	}
	if id := string(cmp.Or(v.Trace, v.Trace2)); id != "" {
		e.RequestID = id
	}
	refused := v.refused(e.HTTPStatus)
	if refused {
		v.explain(e)
	}
	if (refused || e.HTTPStatus == http.StatusTooManyRequests) && v.listsOne() {
		return call.MaybeDone
	}
	if !refused {
		return call.ByStatus(a.Status)
	}
	return call.Refusal(e.Kind, a.Earlier)
}

// explain says what is wrong.
func (v *envelope) explain(e *wapay.Error) {
	e.Code, e.Message, e.Details = string(v.Code), string(v.Message), loose.FieldErrors(v.Errors)
	if e.Details == nil && v.Code == codeParameters {
		e.Details = loose.FieldErrors(v.Data)
	}
	switch {
	case e.HTTPStatus == http.StatusTooManyRequests || e.HTTPStatus == http.StatusRequestTimeout || e.HTTPStatus >= 500:
	case saysInsufficient(e.Message):
		e.Kind = wapay.ErrInsufficientFunds
	default:
		e.Kind = kindOf(e.HTTPStatus, e.Code, e.Kind)
	}
}

// listsOne reports whether there is a transaction in a refusal, which then may have been made all the same. Of bad
// parameters the data may be what is wrong with each, of which one may be an id.
func (v *envelope) listsOne() bool {
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

// isScalar reports whether raw is a text or a number that is not empty.
func isScalar(raw json.RawMessage) bool {
	var s loose.String
	return len(raw) > 0 && raw[0] != '[' && raw[0] != '{' && s.UnmarshalJSON(raw) == nil && s != ""
}

// kindOf is the kind of a refusal, of which byStatus is what the status stands for. That something was not found
// counts only if the status does not say otherwise.
func kindOf(status int, code string, byStatus error) error {
	kind := kinds[code]
	switch {
	case code == codeFailed && status < 300:
		return wapay.ErrUnavailable
	case status == http.StatusUnauthorized, kind == nil && status != http.StatusNotFound:
		return byStatus // for an HTTP 200, ErrDecode
	case kind == nil:
		return wapay.ErrDecode // a 404 with another code may be about the address
	case kind == wapay.ErrNotFound && status >= 300 && status != http.StatusNotFound:
		return byStatus
	}
	return kind
}

// saysDuplicate reports whether a refusal of an order says that there is one with its external_id: by the code of a
// conflict, by that status with a code that is new, or by Laravel's words for a field that has to be unique. None of
// them is documented of transactions.
func saysDuplicate(e *wapay.Error) bool {
	if e.Code == codeConflict || e.HTTPStatus == http.StatusConflict && kinds[e.Code] == nil {
		return true
	}
	return slices.ContainsFunc(e.Details, func(d wapay.FieldError) bool {
		return d.Field == "external_id" && saysTaken(d.Message)
	})
}

func saysTaken(message string) bool {
	return containsAny(message, "already", "taken", "exists", "duplicate", "déjà")
}

// saysInsufficient goes by the words, because there is no code for it.
func saysInsufficient(message string) bool {
	return containsAny(message, "insufficient", "insuffisant", "not enough")
}

func containsAny(message string, words ...string) bool {
	message = strings.ToLower(message)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(message, word) })
}

func refusesToken(e *wapay.Error) bool {
	switch e.Code {
	case codeUnauthorized, codeCredentials, codePassword:
		return true
	}
	return e.HTTPStatus == http.StatusUnauthorized && !strings.HasPrefix(e.Code, "MPP-AUTH-")
}

// scheme puts the token where it is documented, and knows when it was refused.
var scheme = token.Scheme{
	Set: func(r *call.Request, t wapay.Secret) {
		r.Header = http.Header{"Authorization": {"Bearer " + string(t)}}
	},
	Rejected:  refusesToken,
	OlderOnly: true,
	Doubtful: func(e *wapay.Error) bool {
		switch e.HTTPStatus {
		case http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity:
			return (e.Code == "" || strings.HasPrefix(e.Code, "MPP-REQ-")) && e.Details == nil
		}
		return false
	},
}

var errUndocumented = errors.New("a refusal without a code that is documented")

// judge takes a refusal of an order with HTTP 200 for no verdict unless the code is one. It also finds the request's id in
// an answer that was not taken for the provider's.
func (c *Client) judge(err error, effect call.Effect) error {
	var e *wapay.Error
	if !errors.As(err, &e) {
		return err
	}
	var v envelope
	escaped := bytes.IndexByte(e.Body, '\\') >= 0 // and might hide what has to be scrubbed
	if e.RequestID == "" && !escaped && json.Unmarshal(e.Body, &v) == nil {
		e.RequestID = string(cmp.Or(v.Trace, v.Trace2))
	}
	if e.HTTPStatus >= 300 || e.Outcome != wapay.OutcomeRejected || errors.Is(err, token.ErrLogin) {
		return e
	}
	if kinds[e.Code] == nil { // also where the words say what is missing: words are no verdict
		if e.Err == nil && e.Code != codeFailed {
			e.Err = errUndocumented
		}
		e.Outcome = wapay.OutcomeUnknown
		if effect == call.Read {
			e.Outcome = wapay.OutcomeReadOnly
		}
	}
	return e
}
