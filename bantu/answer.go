package bantu

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
)

// Answer is an answer that is not documented.
type Answer struct {
	HTTPStatus int // 2xx
	// Status and Message are the members of that name, "" where there is none. What their words mean is not
	// documented either.
	Status, Message string
	Raw             json.RawMessage // the whole of it; nil if it was empty
}

type wireAnswer struct {
	status, message loose.String
	raw             json.RawMessage
}

// Decode takes any JSON, and nothing at all: a PUT is often answered so.
func (w *wireAnswer) Decode(body []byte) error {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil
	}
	if !json.Valid(body) {
		return errors.New("the answer is neither empty nor JSON")
	}
	w.raw = body
	var v struct {
		Status  loose.String `json:"status"`
		Message loose.String `json:"message"`
	}
	if json.Unmarshal(body, &v) == nil { // else it is no object
		w.status, w.message = v.Status, v.Message
	}
	return nil
}

func (w *wireAnswer) answer(status int) *Answer {
	return &Answer{HTTPStatus: status, Status: string(w.status), Message: string(w.message), Raw: w.raw}
}

// exceptions are the kinds of error. V has the first; the others are named after it.
var exceptions = map[string]error{
	"ConflictException":           wapay.ErrDuplicate,
	"BadRequestException":         wapay.ErrInvalid,
	"ValidationException":         wapay.ErrInvalid,
	"UnauthorizedException":       wapay.ErrUnauthorized,
	"ForbiddenException":          wapay.ErrForbidden,
	"NotFoundException":           wapay.ErrNotFound,
	"ServiceUnavailableException": wapay.ErrUnavailable,
}

// refusal is the body of an error (V). The key timestamp may be there twice, of which encoding/json has no complaint.
type refusal struct {
	Kind    loose.String `json:"kind"`
	Message loose.String `json:"message"`
	Status  loose.String `json:"status"`
	TraceID loose.String `json:"traceId"`
}

// judge reads an error answer. One with a status of 2xx is taken for a refusal if it has a kind and a status of its
// own that is none of 2xx.
func judge(e *wapay.Error, a call.Answer) call.Ruling {
	var v refusal
	if json.Unmarshal(a.Body, &v) != nil {
		return call.ByStatus(a.Status)
	}
	if e.HTTPStatus < 300 && (v.Kind == "" || len(v.Status) != 3 || v.Status[0] < '4' || v.Status[0] > '5') {
		return call.ByStatus(a.Status)
	}
	e.Code, e.Message = string(v.Kind), string(v.Message)
	if e.Message == "" && v.Kind == "" {
		e.Message = string(v.Status) // of a partner that is down, perhaps
	}
	if v.TraceID != "" {
		e.RequestID = string(v.TraceID)
	}
	if v.Kind == "" && v.Message == "" {
		return call.ByStatus(a.Status)
	}
	kind := exceptions[e.Code]
	switch {
	case e.HTTPStatus == http.StatusTooManyRequests || e.HTTPStatus >= 500:
	case kind != nil:
		e.Kind = kind
	case e.HTTPStatus == http.StatusNotFound && v.Kind == "":
		e.Kind = wapay.ErrDecode // Spring's own, about the address
	}
	return call.Refusal(e.Kind, a.Earlier)
}
