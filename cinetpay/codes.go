package cinetpay

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
	"github.com/wapay-go/wapay/internal/token"
)

// Codes that decide something.
const (
	codeDone         = "0"
	codeExpiredToken = "705"
	codeInvalidToken = "706"
	codeNotFound     = "723"
	codeIsContact    = "726"
	codeExists       = "805"
	codeCreated      = "201"
)

// code is what a code of the provider's means.
type code struct {
	name string
	kind error
	// doubt: it does not say whether the order was carried out.
	doubt bool
}

// transferCodes are those of transfers (V). Numbers and strings are both in use, for the same code.
var transferCodes = map[string]code{
	"-1":  {"OPERATION_ERROR", wapay.ErrUnavailable, true},
	"602": {"INSUFFICIENT_BALANCE", wapay.ErrInsufficientFunds, false},
	"701": {"INVALID_CREDENTIALS", wapay.ErrUnauthorized, false},
	"702": {"COULD_NOT_CREATE_TOKEN", wapay.ErrUnavailable, true},
	"703": {"INVALID_USER", wapay.ErrUnauthorized, false},
	"704": {"INVALID_PARAM", wapay.ErrInvalid, false},
	"705": {"EXPIRED_TOKEN", wapay.ErrUnauthorized, false},
	"706": {"INVALID_TOKEN", wapay.ErrUnauthorized, false},
	"707": {"CANT_REFRESH_TOKEN", wapay.ErrUnauthorized, true},
	"708": {"NOT_ALLOWED", wapay.ErrForbidden, false},
	"709": {"EXECUTION_ERROR", wapay.ErrUnavailable, true},
	"710": {"EXECUTION_ERROR", wapay.ErrUnavailable, true},
	"715": {"UNEXPECTED_ERROR", wapay.ErrUnavailable, true},
	"716": {"DATA_NOT_VALID", wapay.ErrInvalid, false},
	"717": {"ERROR_PHONE_NOT_PARTICULAR", wapay.ErrInvalid, false},
	"718": {"JSON_PARSE_ERROR", wapay.ErrInvalid, false},
	"719": {"AMOUNT_TOO_SMALL", wapay.ErrInvalid, false},
	"720": {"AMOUNT_TOO_LARGE", wapay.ErrInvalid, false},
	"721": {"OPERATOR_NOT_AVAILABLE", wapay.ErrUnavailable, false},
	"723": {"NOT_FOUND", wapay.ErrNotFound, false},
	"724": {"ERROR_PHONE_NOT_MY_CONTACT", wapay.ErrInvalid, false},
	"725": {"MISSING_NOTIFY_URL", wapay.ErrInvalid, false},
	"726": {"ERROR_PHONE_ALREADY_MY_CONTACT", wapay.ErrDuplicate, false},
	"801": {"INVALID_AMOUNT", wapay.ErrInvalid, false},
	"802": {"INVALID_PHONE", wapay.ErrInvalid, false},
	"804": {"OPERATOR_UNAVAILABLE", wapay.ErrUnavailable, false},
	"805": {"CLIENT_TRANSACTION_ID_EXIST", wapay.ErrDuplicate, false},
}

// checkoutCodes are those with which the checkout refuses a request. 608, 609, 613 and 624 are F; the others are V.
// The codes of a payment that was made or refused are in payment.go.
var checkoutCodes = map[string]code{
	"-1":  {"OPERATION_ERROR", wapay.ErrUnavailable, true},
	"600": {"PAYMENT_FAILED", wapay.ErrInvalid, false},
	"602": {"INSUFFICIENT_BALANCE", wapay.ErrInsufficientFunds, false},
	"603": {"SERVICE_UNAVAILABLE", wapay.ErrUnavailable, false},
	"606": {"INCORRECT_SETTINGS", wapay.ErrInvalid, false},
	"608": {"MINIMUM_REQUIRED_FIELDS", wapay.ErrInvalid, false},
	"609": {"AUTH_NOT_FOUND", wapay.ErrUnauthorized, false},
	"613": {"ERROR_SITE_ID_NOTVALID", wapay.ErrUnauthorized, false},
	"624": {"ERROR_OCCURED", wapay.ErrUnavailable, true},
	"723": {"NOT_FOUND", wapay.ErrNotFound, false},
	"804": {"OPERATOR_UNAVAILABLE", wapay.ErrUnavailable, false},
	"805": {"CLIENT_TRANSACTION_ID_EXIST", wapay.ErrDuplicate, false},
}

// envelope is around every answer of both products.
type envelope struct {
	Code        loose.String `json:"code"`
	Message     loose.String `json:"message"`
	Description loose.String `json:"description"`
}

var errUndocumented = errors.New("a code that is not documented")

// explain fills in the error from a refusal.
func (v *envelope) explain(e *wapay.Error, codes map[string]code) {
	e.Code = string(v.Code)
	known, ok := codes[e.Code]
	e.Message = cmp.Or(string(v.Message), known.name)
	if d := string(v.Description); d != "" && d != e.Message {
		e.Message += ": " + d
	}
	switch {
	case e.HTTPStatus == http.StatusTooManyRequests:
	case ok:
		e.Kind = known.kind
	case e.HTTPStatus < 300 || e.HTTPStatus == http.StatusNotFound:
		// The status says nothing, or that there is no such order: that only 723 can say.
		e.Kind, e.Err = wapay.ErrDecode, errUndocumented
	}
}

// judgeTransfer reads {"code","message","description","data"}, whatever the status: an HTTP 200 with another code
// than 0 is a refusal all the same, and an error page without a code is nobody's verdict.
func judgeTransfer(e *wapay.Error, a call.Answer) call.Ruling {
	var v envelope
	if json.Unmarshal(a.Body, &v) != nil || v.Code == "" || v.Code == codeDone {
		if a.Status < 300 {
			return call.Success
		}
		if a.Status == http.StatusTooManyRequests && mayList(a.Body) {
			return call.MaybeDone
		}
		return call.NotTheirs
	}
	v.explain(e, transferCodes)
	if mayList(a.Body) {
		return call.MaybeDone
	}
	return call.Refusal(e.Kind, a.Earlier)
}

// judgeCheckout reads {"code","message","description","api_response_id"}. What the code says of a payment, which
// comes with its data, is no verdict on the request.
func judgeCheckout(e *wapay.Error, a call.Answer) call.Ruling {
	var v struct {
		envelope
		ID   loose.String    `json:"api_response_id"`
		Data json.RawMessage `json:"data"`
	}
	err := json.Unmarshal(a.Body, &v)
	e.RequestID = cmp.Or(e.RequestID, string(v.ID))
	theirs := call.NotTheirs
	if a.Status < 300 {
		theirs = call.Success
	}
	if err != nil || v.Code == "" {
		return theirs
	}
	var payment wirePayment
	if json.Unmarshal(v.Data, &payment) == nil && payment.Status != "" {
		e.Code = string(v.Code) // by which answered knows it
		return theirs
	}
	if v.Code == codeCreated || facts.CinetPayIsPaid(string(v.Code)) || facts.CinetPayIsOpen(string(v.Code)) {
		return theirs
	}
	v.explain(e, checkoutCodes)
	if e.Kind == wapay.ErrInvalid || e.Kind == wapay.ErrDecode {
		if saysDuplicate(strings.ToLower(e.Message)) {
			e.Kind, e.Err = wapay.ErrDuplicate, nil
		}
	}
	return call.Refusal(e.Kind, a.Earlier)
}

// saysDuplicate looks for the words, in English and French, for a transaction id that was used before. One that does
// not exist was not.
func saysDuplicate(message string) bool {
	return strings.Contains(message, "transaction") && (containsAny(message, "already", "déjà", "deja", "unique") ||
		strings.Contains(message, "exist") && !containsAny(message, " not ", "n't", "n'exist", "n’exist", "no ", "inexist", "aucun"))
}

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// doubt takes an answer's code for no verdict where it does not say whether the order was carried out.
func doubt(err error, codes map[string]code, effect call.Effect) error {
	var e *wapay.Error
	if !errors.As(err, &e) || errors.Is(err, token.ErrLogin) || e.Outcome != wapay.OutcomeRejected || e.Code == "" || e.HTTPStatus == http.StatusTooManyRequests {
		return err
	}
	if known, ok := codes[e.Code]; ok && !known.doubt {
		return err
	}
	e.Outcome = wapay.OutcomeUnknown
	if effect == call.Read {
		e.Outcome = wapay.OutcomeReadOnly
	}
	return err
}
