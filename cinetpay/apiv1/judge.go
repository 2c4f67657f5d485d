package apiv1

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/facts"
)

// codeCredentials is INVALID_CREDENTIALS: a wrong key or password.
const codeCredentials = "1005"

// refusals maps the provider's words for a refusal to kinds. Package facts has
// the words for the status of an order.
var refusals = map[string]error{
	"INVALID_TOKEN":        wapay.ErrUnauthorized,
	"EXPIRED_TOKEN":        wapay.ErrUnauthorized,
	"INVALID_CREDENTIALS":  wapay.ErrUnauthorized,
	"NOT_ALLOWED":          wapay.ErrForbidden, // the caller's address is not on the account's list
	"INVALID_PARAMS":       wapay.ErrInvalid,
	"BAD_REQUEST":          wapay.ErrInvalid,
	"TRANSACTION_EXIST":    wapay.ErrDuplicate,
	"NOT_FOUND":            wapay.ErrNotFound,
	"OPERATION_ERROR":      wapay.ErrUnavailable,
	"UNIMPLEMENTED":        wapay.ErrUnavailable,
	"INSUFFICIENT_BALANCE": wapay.ErrInsufficientFunds,
	"FAILED":               wapay.ErrInvalid,
	"OTP_ERROR":            wapay.ErrInvalid,
	"OTP_EXPIRED":          wapay.ErrInvalid,
	"USER_NOT_FOUND":       wapay.ErrInvalid,
	"USER_IS_BLOCKED":      wapay.ErrInvalid,
}

// unsure holds words that leave an order open. The provider failed, or the word
// is no answer to an order.
var unsure = map[string]bool{"OPERATION_ERROR": true, "UNIMPLEMENTED": true, "NOT_FOUND": true}

// callWords holds the words about a call. Any other word is the status of the
// order beside it.
var callWords = map[string]bool{
	"INVALID_TOKEN": true, "EXPIRED_TOKEN": true, "INVALID_CREDENTIALS": true, "NOT_ALLOWED": true,
	"INVALID_PARAMS": true, "BAD_REQUEST": true, "TRANSACTION_EXIST": true, "NOT_FOUND": true,
}

var errUndocumented = errors.New("a word that is not documented, or that its code contradicts")

// verdict returns the word that counts, and its code. The word inside details
// counts if there is none outside, if the outer word is FAILED, or if it says
// that the reference is used. It also counts if the outside refuses and the
// inside rejects the token. HTTP 401 and 422 refuse if the outer word is not
// documented.
func (a *answer) verdict(status int) (word, code string) {
	word, code = facts.CinetPayV1Word(string(a.Code), string(a.Status)), string(a.Code)
	inner := facts.CinetPayV1Word(string(a.Details.V.Code), string(a.Details.V.Status))
	silent := a.Code == "" && a.Status == ""
	refused := refusals[word] != nil && !unsure[word] && refusals[word] != wapay.ErrDuplicate
	if status == http.StatusUnauthorized || status == http.StatusUnprocessableEntity {
		refused = refused || refusals[word] == nil && facts.CinetPayV1Status("", word) == wapay.StatusUnknown
	}
	badToken := refused && refusals[inner] == wapay.ErrUnauthorized
	if silent || badToken || word == "FAILED" && refusals[inner] != nil || refusals[inner] == wapay.ErrDuplicate {
		return inner, cmp.Or(string(a.Details.V.Code), inner)
	}
	return word, cmp.Or(code, string(a.Status))
}

// judge rules on {"code","status","description" or "message","details"} with
// any HTTP status, because errors may come with 200. The word counts, then the
// code.
//
// An answer with a transaction_id or a token shows an order. A refusal beside
// it leaves the outcome unknown. A status beside it, such as FAILED, is the
// order's.
//
// A 429 is not documented. After it the outcome is unknown, so the client does
// not repeat an order.
func judge(e *wapay.Error, a call.Answer) call.Ruling {
	v := new(answer)
	readable := json.Unmarshal(a.Body, v) == nil
	switch {
	case a.Status == http.StatusTooManyRequests:
		e.Message = v.explanation()
		return call.MaybeDone
	case !readable:
		return call.ByStatus(a.Status)
	}
	word, code := v.verdict(a.Status)
	e.Code, e.Message = code, v.explanation()
	shown := v.ID+v.Token+v.NotifyToken+v.Details.V.ID != ""
	kind := refusals[word]
	switch {
	case code == "" && a.Status == http.StatusUnauthorized:
		return call.Refusal(wapay.ErrUnauthorized, a.Earlier) // integrations see it with an empty object
	case code == "":
		return call.ByStatus(a.Status)
	case shown && !callWords[word] && (a.Effect == call.Read || facts.CinetPayV1Status("", word) != wapay.StatusUnknown):
		return call.Success // with a 4xx the ruling becomes MaybeDone
	case kind != nil:
		e.Kind = kind
	case facts.CinetPayV1Status("", word) != wapay.StatusUnknown && a.Status < 300:
		return call.Success // decoding finds what it lacks
	default:
		if a.Status < 300 || a.Status == http.StatusNotFound { // only a known word says that there is no such order
			e.Kind, e.Err = wapay.ErrDecode, errUndocumented
		}
		return call.MaybeDone
	}
	switch {
	case shown:
		return call.RefusalWithOrder(e)
	case unsure[word]:
		return call.MaybeDone
	}
	return call.Refusal(kind, a.Earlier)
}
