package barkapay

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
)

// judge rules on an answer. Documented refusals have one of the forms
// {"status","message"}, {"status","error"} and {"error"}. Laravel, the
// provider's framework, adds "errors" by field.
func judge(e *wapay.Error, a call.Answer) call.Ruling {
	if a.Status < 300 {
		return call.Success // decoding finds what a success lacks
	}
	var v struct {
		Error   loose.String    `json:"error"`
		Message loose.String    `json:"message"`
		Errors  json.RawMessage `json:"errors"`
		Data    json.RawMessage `json:"data"`
	}
	if showsOrder(a.Body) || json.Unmarshal(a.Body, &v) == nil && showsOrder(v.Data) {
		return call.RefusalWithOrder(e)
	}
	if e.Message = string(v.Message); e.Message == "" {
		e.Message = string(v.Error)
	}
	if e.Message == "" || e.Message == "false" { // {"error":false} reports no error
		return call.NotTheirs
	}
	e.Details = loose.FieldErrors(v.Errors)
	if a.Status == http.StatusNotFound && !saysNone(e.Message) {
		return call.NotTheirs // gateways and Laravel's router answer in the same form
	}
	kind := kindOf(e)
	if e.Kind == wapay.ErrInvalid || kind == wapay.ErrDuplicate && a.Effect != call.Read {
		e.Kind = kind // a used reference may come with any status
	}
	switch {
	case a.Earlier == call.Lost:
		return call.MaybeDone // see Client.lookBeforeCode
	case a.Earlier == call.RateLimited && e.Kind == wapay.ErrInvalid && mentions(e, "otp", "code"):
		return call.MaybeDone // the earlier attempt may have used up the code
	}
	return call.Refusal(e.Kind, a.Earlier)
}

// showsOrder reports whether an answer, or its data, is an order or a list of
// orders.
func showsOrder(data json.RawMessage) bool {
	var orders []struct {
		PublicID loose.String `json:"public_id"`
	}
	return loose.DecodeList(data, &orders) == nil && len(orders) > 0 && orders[0].PublicID != ""
}

// saysNone reports whether a message says that there is no such order. "No
// transfer found with this identifier" is documented. The message for a
// payment, and both in French, are not.
func saysNone(message string) bool {
	message = strings.ToLower(message)
	return strings.HasPrefix(message, "no transfer found") || strings.HasPrefix(message, "no payment found")
}

// kindOf returns the kind of a refusal. The provider has no error codes and
// documents none of these messages. The words come from Laravel's rule "unique"
// and from common usage, in English and French. If they match another refusal
// by mistake, the outcome is unknown, not rejected.
//
// A refusal for double spend risk shows that there is a similar transfer,
// perhaps this order's. So it counts as a used reference.
func kindOf(e *wapay.Error) error {
	switch {
	case mentions(e, "order", "commande") &&
		mentions(e, "already", "taken", "exist", "unique", " used", "utilis", "déjà", "deja"),
		mentions(e, "double", "duplicate", "doublon"):
		return wapay.ErrDuplicate
	case mentions(e, "insufficient", "insuffisant", "not enough"):
		return wapay.ErrInsufficientFunds
	}
	return wapay.ErrInvalid
}

// mentions reports whether one of the words is in the message or the details.
func mentions(e *wapay.Error, words ...string) bool {
	texts := []string{strings.ToLower(e.Message)}
	for _, d := range e.Details {
		texts = append(texts, strings.ToLower(d.Field+" "+d.Message))
	}
	for _, text := range texts {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
	}
	return false
}
