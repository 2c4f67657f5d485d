package bantu

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
)

// exceptions maps the provider's names of errors to kinds. The kind wins over
// that of a 4xx. ConflictException is documented; the others are in
// foundation4j, the provider's public framework.
var exceptions = map[string]error{
	"ConflictException":               wapay.ErrDuplicate,
	"FunctionalException":             wapay.ErrInvalid,
	"ValidationException":             wapay.ErrInvalid,
	"MethodArgumentNotValidException": wapay.ErrInvalid,
	"InvalidTenantException":          wapay.ErrInvalid,
	"RequirementException":            wapay.ErrInvalid, // with HTTP 417
	"BadRequestException":             wapay.ErrInvalid,
	"UnauthorizedException":           wapay.ErrUnauthorized,
	"InvalidAuthException":            wapay.ErrUnauthorized,
	"InvalidTokenException":           wapay.ErrUnauthorized,
	"ForbiddenException":              wapay.ErrForbidden,
	"ResourceNotFoundException":       wapay.ErrNotFound,
	"NotFoundException":               wapay.ErrNotFound,
	"TimeoutException":                wapay.ErrUnavailable,
	"TechnicalException":              wapay.ErrUnavailable,
	"ServiceUnavailableException":     wapay.ErrUnavailable,
}

// refusal is the documented body of an error. The documents show the member
// timestamp twice, which encoding/json allows.
type refusal struct {
	Kind    loose.String `json:"kind"`
	Message loose.String `json:"message"`
	Status  loose.String `json:"status"`
	TraceID loose.String `json:"traceId"`
}

// judge rules on an error answer. A 2xx is a refusal if its body has a kind and
// a status of 4xx or 5xx.
func judge(e *wapay.Error, a call.Answer) call.Ruling {
	var v refusal
	if json.Unmarshal(a.Body, &v) != nil ||
		a.Status < 300 && (v.Kind == "" || len(v.Status) != 3 || v.Status[0] != '4' && v.Status[0] != '5') {
		return call.ByStatus(a.Status)
	}
	e.Code, e.Message, e.RequestID = string(v.Kind), string(v.Message), blotText(string(v.TraceID), nil)
	if v.Kind == "" && v.Message == "" {
		e.Message = string(v.Status) // such as the status of a partner that is down
		return call.ByStatus(a.Status)
	}
	if field, ok := strings.CutSuffix(e.Message, " is required"); ok && field != "" && !strings.Contains(field, " ") {
		e.Details = []wapay.FieldError{{Field: field, Message: "is required"}}
	}
	kind := exceptions[e.Code]
	switch {
	case a.Status == http.StatusTooManyRequests || a.Status == http.StatusRequestTimeout || a.Status >= 500:
	case kind != nil:
		e.Kind = kind
	case a.Status == http.StatusNotFound && v.Kind == "":
		e.Kind = wapay.ErrDecode // Spring, the web framework, does not know the address
	}
	return call.Refusal(e.Kind, a.Earlier)
}
