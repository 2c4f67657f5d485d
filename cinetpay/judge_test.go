package cinetpay

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

func rulings(judge call.Judge, status int, body string, effect call.Effect) (got string, e *wapay.Error) {
	for _, earlier := range []call.Earlier{call.NoneBefore, call.RateLimited, call.Lost} {
		e = &wapay.Error{HTTPStatus: status}
		got += letters[judge(e, call.Answer{Status: status, Body: []byte(body), Effect: effect, Earlier: earlier})]
	}
	return got, e
}

// TestJudgeCodes checks the kind and the ruling of each code, for each earlier
// attempt. They are the same for every effect and for every status of 2xx and
// 4xx but 429. The outcome of M is unknown and that of R is rejected. 5xx, 408
// and ErrDuplicate are always unknown. TestCodes and TestCheckoutRefusals check
// the outcome, too.
func TestJudgeCodes(t *testing.T) {
	type row struct {
		kind error
		want string
	}
	var (
		invalid   = row{wapay.ErrInvalid, "RRR"}
		key       = row{wapay.ErrUnauthorized, "RRM"}
		forbidden = row{wapay.ErrForbidden, "RRM"}
		down      = row{wapay.ErrUnavailable, "RRM"}
		unsure    = row{wapay.ErrUnavailable, "MMM"}
		funds     = row{wapay.ErrInsufficientFunds, "RMM"}
		none      = row{wapay.ErrNotFound, "RRR"}
		used      = row{wapay.ErrDuplicate, "MMM"}
	)
	for _, product := range []struct {
		name   string
		judges []call.Judge
		codes  map[string]code
		want   map[string]row
	}{
		{"transfers", []call.Judge{judgeTransfer, judgeItem}, transferCodes, map[string]row{
			"-1": unsure, "602": funds, "701": key, "702": unsure, "703": key, "704": invalid, "705": key, "706": key,
			"707": {wapay.ErrUnauthorized, "MMM"}, "708": forbidden, "709": unsure, "710": unsure, "715": unsure,
			"716": invalid, "717": invalid, "718": invalid, "719": invalid, "720": invalid, "721": down, "723": none,
			"724": invalid, "725": invalid, "726": invalid, "801": invalid, "802": invalid, "804": down, "805": used,
			"811": invalid,
		}},
		{"checkout", []call.Judge{judgeCheckout}, checkoutCodes, map[string]row{
			"-1": unsure, "403": forbidden, "429": {wapay.ErrRateLimited, "RRM"}, "600": invalid, "602": funds, "603": down,
			"606": invalid, "608": invalid, "609": key, "613": key, "624": invalid, "625": forbidden, "723": none,
			"804": down, "805": used,
		}},
	} {
		assert.ElementsMatch(t, slices.Collect(maps.Keys(product.want)), slices.Collect(maps.Keys(product.codes)), product.name)
		for code, x := range product.want {
			for _, body := range []string{`{"code":%s}`, `{"code":"%s","data":[]}`, `{"code":"%s","data":null,"message":""}`} {
				for _, status := range []int{200, 400, 401, 404, 409, 417, 422} {
					for _, effect := range []call.Effect{call.Read, call.Write, call.IdempotentWrite} {
						for _, judge := range product.judges {
							text := fmt.Sprintf(body, code)
							got, e := rulings(judge, status, text, effect)
							assert.Equal(t, x.want, got, "%s %d %s", product.name, status, text)
							assert.Equal(t, x.kind, e.Kind, "%s %d %s", product.name, status, text)
							assert.Equal(t, code, e.Code)
						}
					}
				}
			}
		}
	}
}

// TestJudgeAnswers checks answers that have more than a code.
func TestJudgeAnswers(t *testing.T) {
	for _, x := range []struct {
		judge  call.Judge
		status int
		body   string
		want   string
	}{
		{judgeTransfer, 200, `{"code":0}`, "SSS"},
		{judgeTransfer, 200, `{"code":"0","data":[{"code":602}]}`, "SSS"}, // each item has its own code
		{judgeTransfer, 200, `<html>`, "SSS"},                             // undecodable
		{judgeTransfer, 400, `{"code":0}`, "---"},
		{judgeTransfer, 417, `<html>`, "---"},
		{judgeTransfer, 403, `error code: 1010`, "---"},
		{judgeTransfer, 400, `{"code":"999"}`, "MMM"},
		{judgeTransfer, 400, `{"code":"602","data":[{"code":0}]}`, "MMM"},
		{judgeTransfer, 400, `{"code":"602","data":[{"transaction_id":"T"}]}`, "MMM"},
		{judgeTransfer, 400, `{"code":"602","data":[{"code":602}]}`, "RMM"},
		{judgeTransfer, 429, `Too many`, "---"},
		{judgeTransfer, 429, `{"message":"Too Many Attempts."}`, "---"},
		{judgeTransfer, 429, `{"code":"429","data":[]}`, "---"},
		{judgeTransfer, 429, `{"code":"705","data":{}}`, "---"},
		{judgeTransfer, 429, `{"code":"429","data":[{"client_transaction_id":"a","code":602}]}`, "MMM"},
		{judgeTransfer, 429, `[{"client_transaction_id":"a"}]`, "MMM"},
		{judgeTransfer, 429, `{"code":"805","message":"CLIENT_TRANSACTION_ID_EXIST"}`, "MMM"},
		{judgeTransfer, 429, `{"code":-1,"message":"OPERATION_ERROR"}`, "MMM"},
		{judgeTransfer, 429, `{"code":0,"data":[]}`, "MMM"},
		{judgeCheckout, 429, `{"code":"201"}`, "MMM"},
		{judgeCheckout, 429, `{"code":"00","message":"SUCCES"}`, "MMM"},
		{judgeCheckout, 429, `{"code":"662"}`, "MMM"},
		{judgeCheckout, 429, `{"code":"608","description":"Duplicate transaction"}`, "MMM"},
		{judgeTransfer, 429, `{"client_transaction_id":"a"}`, "MMM"},
		{judgeCheckout, 429, `{"code":"429","message":"TOO_MANY_REQUEST"}`, "---"},
		{judgeCheckout, 429, `{"code":"429","data":{"payment_url":"https://x.example"}}`, "MMM"},
		{judgeCheckout, 200, `{"code":"201","data":{"payment_url":"https://x.example"}}`, "SSS"},
		{judgeCheckout, 400, `{"code":"201","data":{"payment_url":"https://x.example"}}`, "---"},
		{judgeCheckout, 200, `{"code":"627","data":{"status":"REFUSED"}}`, "SSS"},
		{judgeCheckout, 404, `{"code":"627","data":{"status":"REFUSED"}}`, "SSS"}, // so the ruling is MaybeDone
		{judgeCheckout, 400, `{"code":"662"}`, "---"},
		{judgeCheckout, 400, `{"code":"999"}`, "MMM"},
		{judgeCheckout, 400, `{"code":"608","description":"transaction_id already used"}`, "MMM"},
		{judgeCheckout, 400, `{"code":"608","description":"Duplicate transaction"}`, "MMM"},
		{judgeCheckout, 400, `{"code":"608","description":"The transaction does not exist"}`, "RRR"},
		{judgeCheckout, 401, `{"status":{"code":"609","message":"AUTH_NOT_FOUND"}}`, "RRM"},
		{judgeCheckout, 200, `{"status":{"code":"609"}}`, "RRM"},
		{judgeCheckout, 400, `{"status":"x"}`, "---"},
		{judgeItem, 200, `{"code":0}`, "SSS"},
		{judgeItem, 200, `{"transaction_id":"T"}`, "SSS"},
		{judgeItem, 200, `{"client_transaction_id":"a"}`, "MMM"},
		{judgeItem, 200, `{"code":602,"transaction_id":"T"}`, "MMM"},
		{judgeItem, 200, `{"code":602,"treatment_status":"REJ"}`, "RMM"},
		{judgeBesideOrphan, 200, `{"code":0}`, "SSS"},
		{judgeBesideOrphan, 200, `{"code":704}`, "MMM"},
		{judgeContact, 200, `{"code":726}`, "SSS"},
		{judgeContact, 200, `{"code":"0"}`, "SSS"},
		{judgeContact, 200, `{"code":802}`, "RRR"},
		{judgeContact, 200, `{"code":null}`, "MMM"},
	} {
		got, _ := rulings(x.judge, x.status, x.body, call.Write)
		assert.Equal(t, x.want, got, "%d %s", x.status, x.body)
	}
}
