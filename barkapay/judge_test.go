package barkapay

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// TestJudge checks the ruling and the kind for each status, message and earlier
// attempt. TestErrorAnswers checks the outcome, too.
func TestJudge(t *testing.T) {
	const (
		used   = `{"status":422,"message":"The order id has already been taken."}`
		risk   = `{"status":422,"message":"Double spend risk: a transfer of the same amount was just sent to this receiver."}`
		code   = `{"status":422,"message":"The otp is invalid or expired."}`
		short  = `{"status":422,"message":"Insufficient balance."}`
		wrong  = `{"status":422,"message":"The set amount field is required."}`
		keys   = `{"status":401,"error":"Invalid or disabled API credentials"}`
		shown  = `{"public_id":"t-1","order_id":"order-1","status":0}`
		router = `{"message":"The route api/client/payment could not be found."}`
	)
	all := []call.Earlier{call.NoneBefore, call.RateLimited, call.Lost}
	for _, x := range []struct {
		status int
		body   string
		kind   error
		want   [3]call.Ruling // after none, after a 429, after a lost answer
	}{
		{200, used, nil, [3]call.Ruling{call.Success, call.Success, call.Success}},
		{201, "<html>", nil, [3]call.Ruling{call.Success, call.Success, call.Success}},
		{422, used, wapay.ErrDuplicate, [3]call.Ruling{call.MaybeDone, call.MaybeDone, call.MaybeDone}},
		{409, `{"error":"Conflict"}`, wapay.ErrDuplicate, [3]call.Ruling{call.MaybeDone, call.MaybeDone, call.MaybeDone}},
		{400, `{"message":"x","errors":{"order_id":["must be unique"]}}`, wapay.ErrDuplicate, [3]call.Ruling{call.MaybeDone, call.MaybeDone, call.MaybeDone}},
		{422, risk, wapay.ErrDuplicate, [3]call.Ruling{call.MaybeDone, call.MaybeDone, call.MaybeDone}},
		{422, `{"message":"x","errors":{"ignore_double_spend_risk":["A similar transfer exists."]}}`, wapay.ErrDuplicate, [3]call.Ruling{call.MaybeDone, call.MaybeDone, call.MaybeDone}},
		{422, `{"message":"Risque de double dépense."}`, wapay.ErrDuplicate, [3]call.Ruling{call.MaybeDone, call.MaybeDone, call.MaybeDone}},
		{403, risk, wapay.ErrDuplicate, [3]call.Ruling{call.MaybeDone, call.MaybeDone, call.MaybeDone}},
		{422, `{"message":"L'order id est deja utilise."}`, wapay.ErrDuplicate, [3]call.Ruling{call.MaybeDone, call.MaybeDone, call.MaybeDone}},
		{422, `{"message":"Une commande avec cet identifiant existe."}`, wapay.ErrDuplicate, [3]call.Ruling{call.MaybeDone, call.MaybeDone, call.MaybeDone}},
		{422, `{"message":"The order was refused."}`, wapay.ErrInvalid, [3]call.Ruling{call.Refused, call.Refused, call.MaybeDone}},
		{422, `{"message":"The order id must be an integer."}`, wapay.ErrInvalid, [3]call.Ruling{call.Refused, call.Refused, call.MaybeDone}},
		{422, short, wapay.ErrInsufficientFunds, [3]call.Ruling{call.Refused, call.MaybeDone, call.MaybeDone}},
		{422, code, wapay.ErrInvalid, [3]call.Ruling{call.Refused, call.MaybeDone, call.MaybeDone}},
		{422, wrong, wapay.ErrInvalid, [3]call.Ruling{call.Refused, call.Refused, call.MaybeDone}},
		{401, keys, wapay.ErrUnauthorized, [3]call.Ruling{call.Refused, call.Refused, call.MaybeDone}},
		{403, `{"message":"Forbidden"}`, wapay.ErrForbidden, [3]call.Ruling{call.Refused, call.Refused, call.MaybeDone}},
		{404, `{"error":"No transfer found with this identifier"}`, wapay.ErrNotFound, [3]call.Ruling{call.Refused, call.Refused, call.MaybeDone}},
		{404, router, wapay.ErrNotFound, [3]call.Ruling{}}, // NotTheirs, so the error is ErrDecode
		{429, `{"message":"Too Many Attempts."}`, wapay.ErrRateLimited, [3]call.Ruling{call.Refused, call.Refused, call.MaybeDone}},
		{429, `{"message":"Too Many Attempts.","data":` + shown + `}`, wapay.ErrRateLimited, [3]call.Ruling{call.MaybeDone, call.MaybeDone, call.MaybeDone}},
		{429, `{"data":[` + shown + `]}`, wapay.ErrRateLimited, [3]call.Ruling{call.MaybeDone, call.MaybeDone, call.MaybeDone}},
		{422, `[` + shown + `]`, wapay.ErrInvalid, [3]call.Ruling{call.MaybeDone, call.MaybeDone, call.MaybeDone}},
		{422, shown, wapay.ErrInvalid, [3]call.Ruling{call.MaybeDone, call.MaybeDone, call.MaybeDone}},
		{422, "<html>", wapay.ErrInvalid, [3]call.Ruling{}},
		{404, shown, wapay.ErrDecode, [3]call.Ruling{call.MaybeDone, call.MaybeDone, call.MaybeDone}},
		{422, `{"message":null}`, wapay.ErrInvalid, [3]call.Ruling{}},
		{400, `{"error":false,"data":{}}`, wapay.ErrInvalid, [3]call.Ruling{}},
		{422, `"The order id has already been taken."`, wapay.ErrInvalid, [3]call.Ruling{}},
		{500, `{"message":"Server Error"}`, wapay.ErrUnavailable, [3]call.Ruling{call.Refused, call.Refused, call.MaybeDone}},
	} {
		for i, earlier := range all {
			before := map[int]error{ // the kind by the status
				400: wapay.ErrInvalid, 401: wapay.ErrUnauthorized, 403: wapay.ErrForbidden, 404: wapay.ErrNotFound,
				409: wapay.ErrDuplicate, 422: wapay.ErrInvalid, 429: wapay.ErrRateLimited, 500: wapay.ErrUnavailable,
			}[x.status]
			e := &wapay.Error{HTTPStatus: x.status, Kind: before}
			got := judge(e, call.Answer{Status: x.status, Body: []byte(x.body), Earlier: earlier})
			name := fmt.Sprintf("%d %s, earlier %d", x.status, x.body, earlier)
			assert.Equal(t, x.want[i], got, name)
			assert.Equal(t, x.kind, e.Kind, name)
		}
	}
}
