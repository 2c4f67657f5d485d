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

// refusals are the words with which the provider refuses a request, and their
// kinds. What a word says of an order that exists is in package facts.
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

// unsure words do not say that an order was not carried out: the provider
// failed, or has no such answer to an order.
var unsure = map[string]bool{"OPERATION_ERROR": true, "UNIMPLEMENTED": true, "NOT_FOUND": true}

// ofCall are the words about the call. Any other word tells about an order that
// comes with it.
var ofCall = map[string]bool{
	"INVALID_TOKEN": true, "EXPIRED_TOKEN": true, "INVALID_CREDENTIALS": true, "NOT_ALLOWED": true, "INVALID_PARAMS": true,
	"BAD_REQUEST": true, "TRANSACTION_EXIST": true, "NOT_FOUND": true,
}

var errUndocumented = errors.New("a word that is not documented, or that its code contradicts")

// verdict returns the word that counts, and its code. The word inside details
// counts where the outside says nothing, where it says no more than FAILED, and
// where both refuse and the inside refuses the token. HTTP 401 and 422 refuse
// where the word outside is not documented.
func (a *answer) verdict(status int) (word, code string) {
	word, code = facts.CinetPayV1Word(string(a.Code), string(a.Status)), string(a.Code)
	inner := facts.CinetPayV1Word(string(a.Details.V.Code), string(a.Details.V.Status))
	silent := a.Code == "" && a.Status == ""
	refused := refusals[word] != nil && !unsure[word] && refusals[word] != wapay.ErrDuplicate
	if status == http.StatusUnauthorized || status == http.StatusUnprocessableEntity {
		refused = refused || refusals[word] == nil && facts.CinetPayV1Status("", word) == wapay.StatusUnknown
	}
	badToken := refused && refusals[inner] == wapay.ErrUnauthorized
	if silent || badToken || word == "FAILED" && refusals[inner] != nil {
		return inner, cmp.Or(string(a.Details.V.Code), inner)
	}
	return word, cmp.Or(code, string(a.Status))
}

// judge reads {"code","status","description" or "message","details"}, whatever
// the HTTP status: errors may come with 200. The word counts, then the code.
//
// An answer with a transaction_id or a token shows an order. No refusal beside
// it is believed, and a state, such as FAILED, is the order's own.
//
// Nothing is documented of a 429, so it says nothing of an order, which is not
// repeated.
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
		return call.Refusal(wapay.ErrUnauthorized, a.Earlier) // seen with an empty object
	case code == "":
		return call.ByStatus(a.Status)
	case shown && !ofCall[word] && (a.Effect == call.Read || facts.CinetPayV1Status("", word) != wapay.StatusUnknown):
		return call.Success // which the engine does not believe with a status of 4xx
	case kind != nil:
		e.Kind = kind
	case facts.CinetPayV1Status("", word) != wapay.StatusUnknown && a.Status < 300:
		return call.Success // what it lacks is found when it is decoded
	default:
		if a.Status < 300 || a.Status == http.StatusNotFound { // only a known word says that there is no such order
			e.Kind, e.Err = wapay.ErrDecode, errUndocumented
		}
		return call.MaybeDone
	}
	switch {
	case shown:
		return call.Shown(e)
	case unsure[word]:
		return call.MaybeDone
	}
	return call.Refusal(kind, a.Earlier)
}
