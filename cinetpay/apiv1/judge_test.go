package apiv1

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// letters abbreviates the rulings in the tables below. Each row has three: with
// no earlier attempt, after a 429 and after a lost answer.
var letters = map[call.Ruling]string{call.NotTheirs: "-", call.Success: "S", call.Refused: "R", call.MaybeDone: "M"}

func rulings(status int, body string, effect call.Effect) (got string, e *wapay.Error) {
	for _, earlier := range []call.Earlier{call.NoneBefore, call.RateLimited, call.Lost} {
		e = &wapay.Error{HTTPStatus: status}
		got += letters[judge(e, call.Answer{Status: status, Body: []byte(body), Effect: effect, Earlier: earlier})]
	}
	return got, e
}

// TestJudgeWords checks the ruling of each word without an order. It is the
// same for every effect and for every status of 2xx and 4xx but 429. The word
// may be inside or outside details. The outcome of M is unknown and that of R
// is rejected.
func TestJudgeWords(t *testing.T) {
	type row struct {
		code int
		kind error
		want string
	}
	rows := map[string]row{
		"INVALID_TOKEN": {1002, wapay.ErrUnauthorized, "RRM"}, "EXPIRED_TOKEN": {1003, wapay.ErrUnauthorized, "RRM"},
		"INVALID_CREDENTIALS": {1005, wapay.ErrUnauthorized, "RRM"}, "NOT_ALLOWED": {2011, wapay.ErrForbidden, "RRM"},
		"INVALID_PARAMS": {1004, wapay.ErrInvalid, "RRR"}, "BAD_REQUEST": {400, wapay.ErrInvalid, "RRR"},
		"TRANSACTION_EXIST": {1200, wapay.ErrDuplicate, "MMM"}, "NOT_FOUND": {404, wapay.ErrNotFound, "MMM"},
		"OPERATION_ERROR": {-1, wapay.ErrUnavailable, "MMM"}, "UNIMPLEMENTED": {2013, wapay.ErrUnavailable, "MMM"},
		"INSUFFICIENT_BALANCE": {2005, wapay.ErrInsufficientFunds, "RMM"}, "FAILED": {2010, wapay.ErrInvalid, "RRR"},
		"OTP_ERROR": {2004, wapay.ErrInvalid, "RRR"}, "OTP_EXPIRED": {2008, wapay.ErrInvalid, "RRR"},
		"USER_NOT_FOUND": {2006, wapay.ErrInvalid, "RRR"}, "USER_IS_BLOCKED": {2007, wapay.ErrInvalid, "RRR"},
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(refusals)), slices.Collect(maps.Keys(rows)))
	for word, x := range rows {
		bodies := []string{
			fmt.Sprintf(`{"code":%d,"status":%q}`, x.code, word), fmt.Sprintf(`{"code":"%d"}`, x.code), fmt.Sprintf(`{"status":%q}`, word),
			fmt.Sprintf(`{"code":2999,"status":%q,"details":null}`, word), fmt.Sprintf(`{"details":{"code":%d,"status":%q}}`, x.code, word),
			fmt.Sprintf(`{"code":2010,"status":"FAILED","details":{"code":"%d"}}`, x.code),
		}
		for _, body := range bodies {
			for _, status := range []int{200, 400, 401, 403, 404, 422} {
				for _, effect := range []call.Effect{call.Read, call.Write} {
					got, e := rulings(status, body, effect)
					assert.Equal(t, x.want, got, "%d %s", status, body)
					assert.Equal(t, x.kind, e.Kind, "%d %s", status, body)
					assert.NotEmpty(t, e.Code)
				}
			}
		}
		// With an order beside it, a refusal of a write is no rejection, and a
		// status is the order's.
		got, _ := rulings(200, fmt.Sprintf(`{"code":%d,"status":%q,"transaction_id":"T"}`, x.code, word), call.Write)
		assert.Contains(t, []string{"MMM", "SSS"}, got, word)
		assert.Equal(t, callWords[word] || unsure[word], got == "MMM", word)
	}
}

// TestJudgeAnswers checks answers that have more than a refusal.
func TestJudgeAnswers(t *testing.T) {
	const r, w = call.Read, call.Write
	for _, x := range []struct {
		effect call.Effect
		status int
		body   string
		want   string
		kind   error
	}{
		{w, 200, `{"code":200,"status":"OK","transaction_id":"T"}`, "SSS", nil},
		{w, 200, `{"code":200,"status":"PENDING","transaction_id":"T"}`, "SSS", nil},
		{w, 200, `{"code":2002,"status":"PENDING"}`, "SSS", nil}, // undecodable without its ids
		{w, 400, `{"code":2002,"status":"PENDING"}`, "MMM", nil},
		{w, 400, `{"code":2010,"status":"FAILED","transaction_id":"T"}`, "SSS", nil}, // so the ruling is MaybeDone
		{w, 200, `{"code":100,"status":"FAILED","transaction_id":"T"}`, "MMM", wapay.ErrDecode},
		{w, 200, `{"code":2999,"status":"SOMETHING_NEW","transaction_id":"T"}`, "MMM", wapay.ErrDecode},
		{w, 200, `{"code":2012,"status":"CANCELLED","transaction_id":"T"}`, "MMM", wapay.ErrDecode},
		{w, 200, `{"code":1004,"status":"INVALID_PARAMS","transaction_id":"T"}`, "MMM", wapay.ErrInvalid},
		{w, 400, `{"code":2999,"status":"SOMETHING_NEW"}`, "MMM", nil},
		{r, 200, `{"code":100,"status":"FAILED","transaction_id":"T"}`, "SSS", nil}, // an unknown status
		{r, 200, `{"code":2999,"status":"SOMETHING_NEW","transaction_id":"T"}`, "SSS", nil},
		{r, 200, `{"code":-1,"status":"OPERATION_ERROR","transaction_id":"T"}`, "SSS", nil},
		{r, 200, `{"code":404,"status":"NOT_FOUND","transaction_id":"T"}`, "MMM", wapay.ErrDecode}, // it shows a transfer
		{r, 404, `{"code":2999,"status":"SOMETHING_NEW"}`, "MMM", wapay.ErrDecode},                 // perhaps a gateway's
		{r, 200, `{"code":2012,"status":"CANCELLED"}`, "MMM", wapay.ErrDecode},
		// Two sources swap the numbers of these words, so the word counts.
		{w, 422, `{"code":1002,"status":"INVALID_PARAMS"}`, "RRR", wapay.ErrInvalid},
		{w, 422, `{"code":1004,"status":"INVALID_TOKEN"}`, "RRM", wapay.ErrUnauthorized},
		// A bad token inside an answer that is no refusal does not count.
		{w, 422, `{"code":1004,"status":"INVALID_PARAMS","details":{"status":"INVALID_TOKEN"}}`, "RRM", wapay.ErrUnauthorized},
		{w, 200, `{"code":200,"status":"OK","details":{"code":1002,"status":"INVALID_TOKEN"}}`, "SSS", nil}, // undecodable without its ids
		{w, 400, `{"code":-1,"status":"OPERATION_ERROR","details":{"code":1002,"status":"INVALID_TOKEN"}}`, "MMM", wapay.ErrUnavailable},
		{w, 200, `{"code":2002,"status":"PENDING","transaction_id":"T","details":{"status":"INVALID_TOKEN"}}`, "SSS", nil},
		{w, 401, `{}`, "RRM", nil},
		{w, 401, `<html>`, "---", nil},
		{w, 403, `{}`, "---", nil},
		{w, 403, `error code: 1010`, "---", nil},
		{w, 422, `{"details":"a text"}`, "---", nil},
		{w, 200, `<html>`, "SSS", nil}, // undecodable
		{w, 200, `[]`, "SSS", nil},
		{w, 422, `{"code":422,"status":"SOMETHING_NEW","details":{"code":1002,"status":"INVALID_TOKEN"}}`, "RRM", wapay.ErrUnauthorized},
		{w, 400, `{"code":422,"status":"SOMETHING_NEW","details":{"code":1002,"status":"INVALID_TOKEN"}}`, "MMM", nil},
		{w, 422, `{"code":1200,"status":"TRANSACTION_EXIST","details":{"code":1002,"status":"INVALID_TOKEN"}}`, "MMM", wapay.ErrDuplicate},
		{w, 422, `{"code":1004,"status":"INVALID_PARAMS","details":{"code":1200,"status":"TRANSACTION_EXIST"}}`, "MMM", wapay.ErrDuplicate},
		{w, 401, `{"code":1003,"status":"EXPIRED_TOKEN","details":{"status":"TRANSACTION_EXIST"}}`, "MMM", wapay.ErrDuplicate},
		{w, 422, `{"code":1004,"status":"INVALID_PARAMS","payment_token":"p"}`, "MMM", wapay.ErrInvalid},
		{w, 422, `{"code":1004,"status":"INVALID_PARAMS","details":{"transaction_id":"T"}}`, "MMM", wapay.ErrInvalid},
		{w, 200, `{"code":2010,"status":"FAILED","notify_token":"n"}`, "SSS", nil}, // undecodable without its ids
		// A 429 is not documented. No word in it counts, and the client does
		// not repeat a write.
		{w, 429, `{"code":1004,"status":"INVALID_PARAMS"}`, "MMM", nil},
		{w, 429, `<html>`, "MMM", nil},
		{w, 429, `{"details":{"transaction_id":"T"}}`, "MMM", nil},
	} {
		got, e := rulings(x.status, x.body, x.effect)
		assert.Equal(t, x.want, got, "%d %s", x.status, x.body)
		assert.Equal(t, x.kind, e.Kind, "%d %s", x.status, x.body)
	}
}
