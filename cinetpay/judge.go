package cinetpay

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

const (
	codeDone         = "0"
	codeCreated      = "201"
	codeInvalidParam = "704"
	codeExpiredToken = "705"
	codeInvalidToken = "706"
	codeNotFound     = "723"
	codeIsContact    = "726"
	codeExists       = "805"
)

type code struct {
	name string
	kind error
}

// transferCodes maps the codes of transfers. All are documented but 811, which
// is seen in integrations. A code may be a number or a string.
var transferCodes = map[string]code{
	"-1":  {"OPERATION_ERROR", wapay.ErrUnavailable},
	"602": {"INSUFFICIENT_BALANCE", wapay.ErrInsufficientFunds},
	"701": {"INVALID_CREDENTIALS", wapay.ErrUnauthorized},
	"702": {"COULD_NOT_CREATE_TOKEN", wapay.ErrUnavailable},
	"703": {"INVALID_USER", wapay.ErrUnauthorized},
	"704": {"INVALID_PARAM", wapay.ErrInvalid},
	"705": {"EXPIRED_TOKEN", wapay.ErrUnauthorized},
	"706": {"INVALID_TOKEN", wapay.ErrUnauthorized},
	"707": {"CANT_REFRESH_TOKEN", wapay.ErrUnauthorized},
	"708": {"NOT_ALLOWED", wapay.ErrForbidden},
	"709": {"EXECUTION_ERROR", wapay.ErrUnavailable},
	"710": {"EXECUTION_ERROR", wapay.ErrUnavailable},
	"715": {"UNEXPECTED_ERROR", wapay.ErrUnavailable},
	"716": {"DATA_NOT_VALID", wapay.ErrInvalid},
	"717": {"ERROR_PHONE_NOT_PARTICULAR", wapay.ErrInvalid},
	"718": {"JSON_PARSE_ERROR", wapay.ErrInvalid},
	"719": {"AMOUNT_TOO_SMALL", wapay.ErrInvalid},
	"720": {"AMOUNT_TOO_LARGE", wapay.ErrInvalid},
	"721": {"OPERATOR_NOT_AVAILABLE", wapay.ErrUnavailable},
	"723": {"NOT_FOUND", wapay.ErrNotFound},
	"724": {"ERROR_PHONE_NOT_MY_CONTACT", wapay.ErrInvalid},
	"725": {"MISSING_NOTIFY_URL", wapay.ErrInvalid},
	"726": {"ERROR_PHONE_ALREADY_MY_CONTACT", wapay.ErrInvalid}, // not a used reference
	"801": {"INVALID_AMOUNT", wapay.ErrInvalid},
	"802": {"INVALID_PHONE", wapay.ErrInvalid},
	"804": {"OPERATOR_UNAVAILABLE", wapay.ErrUnavailable},
	"805": {"CLIENT_TRANSACTION_ID_EXIST", wapay.ErrDuplicate},
	"811": {"INVALID_PAYMENT_METHOD", wapay.ErrInvalid},
}

// checkoutCodes maps the codes with which the checkout refuses a request. 403,
// 429 and 613 are seen in integrations, and the others are documented. Package
// facts has the codes of payments.
var checkoutCodes = map[string]code{
	"-1":  {"OPERATION_ERROR", wapay.ErrUnavailable},
	"403": {"FORBIDDEN", wapay.ErrForbidden},
	"429": {"TOO_MANY_REQUEST", wapay.ErrRateLimited},
	"600": {"PAYMENT_FAILED", wapay.ErrInvalid},
	"602": {"INSUFFICIENT_BALANCE", wapay.ErrInsufficientFunds},
	"603": {"SERVICE_UNAVAILABLE", wapay.ErrUnavailable},
	"606": {"INCORRECT_SETTINGS", wapay.ErrInvalid},
	"608": {"MINIMUM_REQUIRED_FIELDS", wapay.ErrInvalid},
	"609": {"AUTH_NOT_FOUND", wapay.ErrUnauthorized},
	"613": {"ERROR_SITE_ID_NOTVALID", wapay.ErrUnauthorized},
	// The documented causes of 624 are a wrong apikey, a lock_phone_number that
	// must be false, and missing fields for a card.
	"624": {"UNKNOWN_ERROR", wapay.ErrInvalid},
	"625": {"ABONNEMENT_OR_TRANSACTIONS_EXPIRED", wapay.ErrForbidden}, // the merchant's service has expired
	"723": {"NOT_FOUND", wapay.ErrNotFound},
	"804": {"OPERATOR_UNAVAILABLE", wapay.ErrUnavailable},
	"805": {"CLIENT_TRANSACTION_ID_EXIST", wapay.ErrDuplicate},
}

// unsureCodes say that the provider failed, but not at which point. 702 and 707
// are about tokens, but may still come after the money moved.
var unsureCodes = map[string]bool{"-1": true, "702": true, "707": true, "709": true, "710": true, "715": true}

// envelope is the outer object of each answer.
type envelope struct {
	Code        loose.String    `json:"code"`
	Message     loose.String    `json:"message"`
	Description loose.String    `json:"description"`
	ResponseID  loose.String    `json:"api_response_id"`
	Data        json.RawMessage `json:"data"`
	Status      json.RawMessage `json:"status"` // holds Code and Message in answers of the checkout before v2
}

var errUndocumented = errors.New("a code that is not documented")

// explain fills in the error. It returns the meaning of a known code.
func (v *envelope) explain(e *wapay.Error, codes map[string]code) (known code, ok bool) {
	e.Code = string(v.Code)
	known, ok = codes[e.Code]
	e.Message = cmp.Or(string(v.Message), known.name)
	if d := string(v.Description); d != "" && d != e.Message {
		e.Message += ": " + d
	}
	return known, ok
}

// ruleRefusal rules on a refusal and fills in its error.
func (v *envelope) ruleRefusal(e *wapay.Error, a call.Answer, codes map[string]code) call.Ruling {
	known, ok := v.explain(e, codes)
	switch {
	case ok:
		e.Kind = known.kind
	case a.Status < 300 || a.Status == http.StatusNotFound:
		// Neither status counts without a known code. Only 723 says that there
		// is no such order.
		e.Kind, e.Err = wapay.ErrDecode, errUndocumented
	}
	if !ok || unsureCodes[e.Code] {
		return call.MaybeDone
	}
	return call.Refusal(e.Kind, a.Earlier)
}

// ruleLimit rules on a 429, which means that the provider ignored the request.
// It does not mean that if it shows an order in any form, or if its code or its
// message says that there may be one.
func (v *envelope) ruleLimit(e *wapay.Error, a call.Answer) call.Ruling {
	v.explain(e, nil)
	empty := strings.Trim(string(v.Data), "[]{} \t\r\n") == "" || string(v.Data) == "null"
	switch {
	case !empty, bytes.Contains(a.Body, []byte("transaction_id")), bytes.Contains(a.Body, []byte("payment_token")),
		v.Code == codeDone, v.Code == codeCreated, unsureCodes[e.Code],
		facts.CinetPayIsPaid(e.Code), facts.CinetPayIsOpen(e.Code):
		return call.MaybeDone
	case v.Code == codeExists || saysDuplicate(strings.ToLower(e.Message)):
		e.Kind = wapay.ErrDuplicate
		return call.MaybeDone
	}
	return call.ByStatus(a.Status)
}

// judgeTransfer rules on {"code","message","description","data"} with any
// status. An HTTP 200 with another code than 0 is a refusal. An error page
// without a code is not the provider's.
func judgeTransfer(e *wapay.Error, a call.Answer) call.Ruling {
	var v envelope
	err := json.Unmarshal(a.Body, &v)
	switch {
	case a.Status == http.StatusTooManyRequests:
		return v.ruleLimit(e, a)
	case err != nil || v.Code == "" || v.Code == codeDone:
		return call.ByStatus(a.Status)
	}
	ruling := v.ruleRefusal(e, a, transferCodes)
	if mayList(v.Data) {
		return call.RefusalWithOrder(e)
	}
	return ruling
}

// judgeCheckout rules on {"code","message","description","api_response_id"}. A
// code beside a payment is about the payment and is no refusal.
func judgeCheckout(e *wapay.Error, a call.Answer) call.Ruling {
	var v envelope
	err := json.Unmarshal(a.Body, &v)
	e.RequestID = string(v.ResponseID)
	if v.Code == "" && len(v.Status) > 0 {
		_ = json.Unmarshal(v.Status, &v)
	}
	switch {
	case a.Status == http.StatusTooManyRequests:
		return v.ruleLimit(e, a)
	case err != nil || v.Code == "":
		return call.ByStatus(a.Status)
	case v.showsPayment():
		e.Code = string(v.Code) // for paymentInRefusal
		if a.Status >= 300 {
			e.Kind = wapay.ErrDecode
		}
		return call.Success
	case v.Code == codeCreated || facts.CinetPayIsPaid(string(v.Code)) || facts.CinetPayIsOpen(string(v.Code)):
		return call.ByStatus(a.Status)
	}
	ruling := v.ruleRefusal(e, a, checkoutCodes)
	invalid := e.Kind == wapay.ErrInvalid || e.Kind == wapay.ErrDecode
	if a.Effect == call.Write && invalid && saysDuplicate(strings.ToLower(e.Message)) {
		e.Kind, e.Err = wapay.ErrDuplicate, nil
		return call.MaybeDone
	}
	return ruling
}

func (v *envelope) showsPayment() bool {
	var p wirePayment
	return json.Unmarshal(v.Data, &p) == nil && p.Status != ""
}

// saysDuplicate reports whether a message, in English or French, says that the
// transaction id is used. No code for it is documented.
func saysDuplicate(message string) bool {
	exists := strings.Contains(message, "exist") &&
		!containsAny(message, " not ", "n't", "n'exist", "n’exist", "no ", "inexist", "aucun")
	return containsAny(message, "transaction", "reference", "référence") &&
		(exists || containsAny(message, "already", "déjà", "deja", "unique", "duplic", "doublon"))
}

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// judgeItem rules on one transfer in the answer to a batch.
func judgeItem(e *wapay.Error, a call.Answer) call.Ruling {
	var w wireItem
	_ = json.Unmarshal(a.Body, &w) // cannot fail: it was decoded before
	switch {
	case w.Code == codeDone || w.Code == "" && w.TransactionID != "":
		return call.Success
	case w.Code == "" || w.mayExist() && w.Code != codeExists:
		e.Code, e.Err = string(w.Code), errors.New("an item without a code, or one that contradicts its code")
		return call.MaybeDone
	}
	v := envelope{Code: w.Code, Message: w.Status}
	return v.ruleRefusal(e, a, transferCodes)
}

// judgeBesideOrphan rules on a transfer if the answer also shows one without a
// request. That one may be this transfer.
func judgeBesideOrphan(e *wapay.Error, a call.Answer) call.Ruling {
	ruling := judgeItem(e, a)
	if ruling == call.Refused {
		e.Err = errors.New("the answer has a transfer that nobody asked for")
		return call.MaybeDone
	}
	return ruling
}

// judgeContact rules on one contact. An existing contact is a success.
func judgeContact(e *wapay.Error, a call.Answer) call.Ruling {
	var w wireItem
	if json.Unmarshal(a.Body, &w) == nil && w.Code == codeIsContact {
		return call.Success
	}
	return judgeItem(e, a)
}
