package bantu_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/bantu"
	"github.com/wapay-go/wapay/internal/call"
)

// conflict is the documented sample of an error, with the key timestamp twice.
const conflict = `{"timestamp":"2022-02-08T21:58:10.689+00:00","source":"accounts","kind":"ConflictException","status":409,` +
	`"message":"account.email.exists","prod":false,"traceId":"7f3a","spanId":"91bc","tenant":null,"timestamp":"2022-02-08T21:58:10.689+00:00"}`

// TestJudge checks the ruling, the outcome and the kind of each exception and
// status, for each call.
func TestJudge(t *testing.T) {
	kindOf := func(kind string) string { return strings.Replace(conflict, "ConflictException", kind, 1) }
	notFound := sample(t, "bantu_foundation4j_not_found_404.json")
	required := sample(t, "bantu_foundation4j_requirement_417.json")
	unreadable := sample(t, "bantu_foundation4j_unreadable_500.json")
	for _, x := range []struct {
		before call.Earlier
		status int
		body   string
		kind   error
		ruling call.Ruling // on a write; the error of a read is always read only
	}{
		{0, 409, conflict, wapay.ErrDuplicate, call.MaybeDone},
		{0, 400, conflict, wapay.ErrDuplicate, call.MaybeDone},
		{0, 200, conflict, wapay.ErrDuplicate, call.MaybeDone},
		{0, 409, sample(t, "bantu_account_conflict_409.json"), wapay.ErrDuplicate, call.MaybeDone},
		{0, 404, notFound, wapay.ErrNotFound, call.Refused},
		{0, 417, required, wapay.ErrInvalid, call.Refused},
		{0, 400, kindOf("FunctionalException"), wapay.ErrInvalid, call.Refused},
		{0, 400, kindOf("ValidationException"), wapay.ErrInvalid, call.Refused},
		{0, 400, kindOf("InvalidTenantException"), wapay.ErrInvalid, call.Refused},
		{0, 400, kindOf("MethodArgumentNotValidException"), wapay.ErrInvalid, call.Refused},
		{0, 401, kindOf("UnauthorizedException"), wapay.ErrUnauthorized, call.Refused},
		{0, 401, kindOf("InvalidTokenException"), wapay.ErrUnauthorized, call.Refused},
		{0, 401, kindOf("AccessDeniedException"), wapay.ErrUnauthorized, call.Refused},
		{0, 403, kindOf("AccessDeniedException"), wapay.ErrForbidden, call.Refused},
		{0, 403, kindOf("ForbiddenException"), wapay.ErrForbidden, call.Refused},
		{0, 422, kindOf("OtherException"), wapay.ErrInvalid, call.Refused},
		{0, 404, `{"message":"No static resource"}`, wapay.ErrDecode, call.Refused},
		{0, 404, `{"timestamp":"x","status":404,"error":"Not Found","path":"/x"}`, wapay.ErrDecode, call.NotTheirs},
		{0, 401, "", wapay.ErrUnauthorized, call.NotTheirs},
		{0, 403, "<html>", wapay.ErrForbidden, call.NotTheirs},
		{0, 502, "<html>", wapay.ErrUnavailable, call.NotTheirs},
		{0, 503, `{"status":"DOWN"}`, wapay.ErrUnavailable, call.NotTheirs},
		{0, 301, "", wapay.ErrDecode, call.NotTheirs},
		// A 5xx or 408 wins over the exception.
		{0, 500, unreadable, wapay.ErrUnavailable, call.Refused},
		{0, 500, kindOf("ConflictException"), wapay.ErrUnavailable, call.Refused},
		{0, 408, kindOf("TimeoutException"), wapay.ErrUnavailable, call.Refused},
		{0, 501, kindOf("NotImplementedException"), wapay.ErrUnavailable, call.Refused},
		// A 2xx that is no JSON is no answer.
		{0, 200, "<html>", wapay.ErrDecode, call.Success},
		{0, 200, `{"a":`, wapay.ErrDecode, call.Success},
		// After a lost answer.
		{call.Lost, 401, kindOf("UnauthorizedException"), wapay.ErrUnauthorized, call.MaybeDone},
		{call.Lost, 400, kindOf("ValidationException"), wapay.ErrInvalid, call.Refused},
	} {
		t.Run(fmt.Sprintf("%d %d %.40s", x.before, x.status, x.body), func(t *testing.T) {
			for name, fn := range calls {
				c, m := newMock(t, creds, x.status, x.body)
				outcome := wapay.OutcomeUnknown
				if x.ruling == call.Refused && x.status < 500 && x.status != 408 {
					outcome = wapay.OutcomeRejected
				}
				switch {
				case name == "PartnerStatus" || name == "CheckPartner":
					outcome = wapay.OutcomeReadOnly
				case x.before == call.Lost && strings.HasPrefix(name, "Create"):
					continue // which is not repeated
				}
				requests := 1
				if x.before == call.Lost {
					requests = 2
					m.Answers = slices.Insert(m.Answers, 0, httpmock.NewStringResponder(503, ""))
					var err error
					c, err = bantu.New(creds, m.Options(wapay.WithMaxRetries(1))...)
					require.NoError(t, err)
				}
				_, err := fn(context.Background(), c)
				e := failure(t, err, x.kind, outcome)
				assert.Equal(t, name, e.Op)
				assert.Len(t, m.Requests, requests)
				switch x.body {
				case conflict:
					assert.Equal(t, []string{"ConflictException", "account.email.exists", "7f3a"}, []string{e.Code, e.Message, e.RequestID})
				case required:
					assert.Equal(t, []wapay.FieldError{{Field: "merchantId", Message: "is required"}}, e.Details)
					assert.Equal(t, []string{"RequirementException", "0af7651916cd43dd8448eb211c80319c"}, []string{e.Code, e.RequestID})
					assert.NotContains(t, err.Error(), "dev.soffa", "a stack trace")
				case notFound:
					assert.Equal(t, []string{"ResourceNotFoundException", "partner not found"}, []string{e.Code, e.Message})
				case unreadable:
					assert.Equal(t, []string{"HttpMessageNotReadableException", "JSON parse error"}, []string{e.Code, e.Message})
				}
				if strings.Contains(x.body, "DOWN") {
					assert.Equal(t, "DOWN", e.Message)
				}
			}
			if x.status == 200 && x.ruling == call.Success {
				return // what is wrong is found when it is decoded
			}
			e := &wapay.Error{HTTPStatus: x.status}
			if x.status == 401 {
				e.Kind = wapay.ErrUnauthorized
			}
			assert.Equal(t, x.ruling, bantu.Judge(e, call.Answer{Status: x.status, Body: []byte(x.body), Earlier: x.before}), "ruling")
		})
	}
}
