package payhub

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// TestJudge checks the ruling and the kind for each status, code and earlier
// attempt.
func TestJudge(t *testing.T) {
	const notTheirs, success, refused, maybe = call.NotTheirs, call.Success, call.Refused, call.MaybeDone
	env := func(status, code string) string {
		return fmt.Sprintf(`{"status":%q,"code":%q,"message":"m","request_id":"r-1"}`, status, code)
	}
	type rulings [3]call.Ruling // with no earlier attempt, after a 429, after a lost answer
	all := func(r call.Ruling) rulings { return rulings{r, r, r} }
	refusal := rulings{refused, refused, maybe}
	for _, x := range []struct {
		status int
		body   string
		kind   error
		want   rulings
	}{
		{201, `{"status":"success","data":{"payment":{"public_id":"p"}}}`, nil, all(success)},
		{200, `<html>`, nil, all(success)}, // which cannot be decoded
		{200, ``, nil, all(success)},
		{200, env("failed", "invalid_input"), wapay.ErrInvalid, all(maybe)},
		{200, env("failed", "resource_not_found"), wapay.ErrNotFound, all(maybe)},
		{200, env("failed", "duplicate_transaction"), wapay.ErrDuplicate, all(maybe)},
		{200, env("failed", "balance_too_low"), wapay.ErrInvalid, all(maybe)}, // a new code
		{200, env("error", "server_error"), wapay.ErrUnavailable, all(maybe)},
		{200, env("error", "strange"), wapay.ErrUnavailable, all(maybe)},
		{302, ``, wapay.ErrDecode, all(notTheirs)},
		{302, env("failed", "invalid_input"), wapay.ErrDecode, all(notTheirs)},
		{400, env("failed", "strange"), wapay.ErrInvalid, refusal},
		{400, env("error", "strange"), wapay.ErrInvalid, all(maybe)},
		{400, env("failed", "validation_error"), wapay.ErrInvalid, refusal},
		{401, env("failed", "strange"), wapay.ErrUnauthorized, all(maybe)},
		{403, env("failed", "strange"), wapay.ErrForbidden, refusal},
		{410, env("failed", "strange"), wapay.ErrInvalid, all(maybe)},
		{413, env("failed", "validation_error"), wapay.ErrInvalid, all(maybe)},
		{422, env("failed", "strange"), wapay.ErrInvalid, refusal},
		{422, env("error", "validation_error"), wapay.ErrInvalid, all(maybe)},
		{400, `{"message":"Bad Request"}`, wapay.ErrInvalid, all(notTheirs)},
		{400, env("success", ""), wapay.ErrInvalid, all(notTheirs)},
		{401, env("failed", "invalid_api_key"), wapay.ErrUnauthorized, refusal},
		{401, env("failed", "unauthenticated"), wapay.ErrUnauthorized, refusal},
		{401, env("failed", "incorrect_credentials"), wapay.ErrUnauthorized, refusal},
		{402, env("failed", "balance_too_low"), wapay.ErrInsufficientFunds, rulings{refused, maybe, maybe}},
		{403, env("failed", "unauthorized"), wapay.ErrForbidden, refusal},
		{403, env("failed", "ip_not_allowed"), wapay.ErrForbidden, refusal},
		{410, env("failed", "merchant_closed"), wapay.ErrForbidden, refusal},
		{410, `{}`, wapay.ErrInvalid, all(notTheirs)},
		{451, env("failed", "merchant_suspended"), wapay.ErrForbidden, refusal},
		{404, env("failed", "resource_not_found"), wapay.ErrNotFound, refusal},
		{404, env("failed", "route_missing"), wapay.ErrNotFound, all(notTheirs)},
		{404, `{"message":"no Route matched"}`, wapay.ErrNotFound, all(notTheirs)},
		{409, env("failed", "duplicate_transaction"), wapay.ErrDuplicate, all(maybe)},
		{409, env("failed", "resource_already_exists"), wapay.ErrDuplicate, all(maybe)},
		{409, env("failed", "new_conflict"), wapay.ErrDuplicate, all(maybe)},
		{409, env("failed", "validation_error"), wapay.ErrInvalid, all(maybe)},
		{422, env("failed", "validation_error"), wapay.ErrInvalid, refusal},
		{422, env("failed", "invalid_input"), wapay.ErrInvalid, refusal},
		{422, env("failed", "resource_already_exists"), wapay.ErrDuplicate, all(maybe)},
		{422, `{"status":"failed","data":{"payment":{"public_id":"p"}}}`, wapay.ErrInvalid, all(maybe)},
		{422, `{"status":"failed","data":{"transfers":[{"public_id":"p"}]}}`, wapay.ErrInvalid, all(maybe)},
		{422, `{"data":{"payment":{"public_id":7}}}`, wapay.ErrInvalid, all(maybe)},
		{422, `{"status":"failed","code":"invalid_input","data":{"order_id":"a"}}`, wapay.ErrInvalid, all(maybe)},
		{404, `{"status":"failed","code":"resource_not_found","data":{"payments":[{"public_id":"p"}]}}`, wapay.ErrDecode, all(maybe)},
		{422, `<html>`, wapay.ErrInvalid, all(notTheirs)},
		{429, env("error", "too_many_requests"), wapay.ErrRateLimited, refusal},
		{429, env("failed", "too_many_requests"), wapay.ErrRateLimited, refusal},
		{429, env("failed", "strange"), wapay.ErrRateLimited, refusal},
		{429, env("failed", "validation_error"), wapay.ErrInvalid, all(maybe)},
		{429, `<html>`, wapay.ErrRateLimited, all(maybe)}, // so no repeat
		{429, `{"message":"Too Many Attempts."}`, wapay.ErrRateLimited, all(maybe)},
		{500, env("error", "server_error"), wapay.ErrUnavailable, all(maybe)},
		{500, env("failed", "invalid_input"), wapay.ErrInvalid, all(maybe)},
		{503, env("error", "service_unavailable"), wapay.ErrUnavailable, all(maybe)},
		{503, env("error", "operator_unavailable"), wapay.ErrUnavailable, all(maybe)},
	} {
		before := map[int]error{ // the kind by the status
			302: wapay.ErrDecode, 401: wapay.ErrUnauthorized, 402: wapay.ErrInsufficientFunds, 403: wapay.ErrForbidden,
			404: wapay.ErrNotFound, 409: wapay.ErrDuplicate, 429: wapay.ErrRateLimited, 400: wapay.ErrInvalid,
			410: wapay.ErrInvalid, 413: wapay.ErrInvalid, 422: wapay.ErrInvalid, 451: wapay.ErrInvalid, 500: wapay.ErrUnavailable, 503: wapay.ErrUnavailable,
		}
		for i, earlier := range []call.Earlier{call.NoneBefore, call.RateLimited, call.Lost} {
			e := &wapay.Error{HTTPStatus: x.status, Kind: before[x.status]}
			name := fmt.Sprintf("%d %s, earlier %d", x.status, x.body, earlier)
			assert.Equal(t, x.want[i], judge(e, call.Answer{Status: x.status, Body: []byte(x.body), Earlier: earlier}), name)
			if x.kind != nil {
				assert.Equal(t, x.kind, e.Kind, name)
			}
		}
	}
}
