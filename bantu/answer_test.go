package bantu_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/bantu"
)

// conflict is V's sample of an error, with the key timestamp twice.
const conflict = `{"timestamp":"2022-02-08T21:58:10.689+00:00","source":"accounts","kind":"ConflictException","status":409,` +
	`"message":"account.email.exists","prod":false,"traceId":"7f3a","spanId":"91bc","tenant":null,"timestamp":"2022-02-08T21:58:10.689+00:00"}`

func TestErrorAnswers(t *testing.T) {
	kindOf := func(kind string) string { return strings.Replace(conflict, "ConflictException", kind, 1) }
	for _, x := range []struct {
		status  int
		body    string
		kind    error
		verdict bool
	}{
		{409, conflict, wapay.ErrDuplicate, true}, {400, kindOf("BadRequestException"), wapay.ErrInvalid, true},
		{401, kindOf("UnauthorizedException"), wapay.ErrUnauthorized, true}, {403, kindOf("ForbiddenException"), wapay.ErrForbidden, true},
		{404, kindOf("NotFoundException"), wapay.ErrNotFound, true}, {422, kindOf("OtherException"), wapay.ErrInvalid, true},
		{400, conflict, wapay.ErrDuplicate, true}, {200, conflict, wapay.ErrDuplicate, true},
		{401, "", wapay.ErrUnauthorized, false}, {403, "<html>", wapay.ErrForbidden, false}, {429, "", wapay.ErrRateLimited, true},
		{404, `{"timestamp":"x","status":404,"error":"Not Found","path":"/x"}`, wapay.ErrDecode, false},
		{404, `{"message":"No static resource"}`, wapay.ErrDecode, true},
		{500, kindOf("ConflictException"), wapay.ErrUnavailable, false}, {503, `{"status":"DOWN"}`, wapay.ErrUnavailable, false},
		{502, "<html>", wapay.ErrUnavailable, false}, {200, "<html>", wapay.ErrDecode, false}, {200, `{"a":`, wapay.ErrDecode, false},
		{301, "", wapay.ErrDecode, false},
	} {
		t.Run(fmt.Sprintf("%d %.40s", x.status, x.body), func(t *testing.T) {
			for name, fn := range calls {
				c, m := newMock(t, creds, x.status, x.body)
				_, err := fn(context.Background(), c)
				outcome := wapay.OutcomeReadOnly
				switch {
				case x.verdict:
					outcome = wapay.OutcomeRejected
				case name != "PartnerStatus" && name != "CheckPartner":
					outcome = wapay.OutcomeUnknown
				}
				e := failure(t, err, x.kind, outcome)
				assert.Equal(t, name, e.Op)
				assert.Len(t, m.Requests, 1)
				if x.body == conflict {
					assert.Equal(t, []string{"ConflictException", "account.email.exists", "7f3a"}, []string{e.Code, e.Message, e.RequestID})
				}
				if strings.Contains(x.body, "DOWN") && !strings.HasPrefix(name, "Create") {
					assert.Equal(t, "DOWN", e.Message)
				}
			}
		})
	}
}

// What is not documented is taken as it comes.
func TestAnswers(t *testing.T) {
	for _, x := range []struct {
		status int
		body   string
		want   bantu.Answer
	}{
		{200, "", bantu.Answer{HTTPStatus: 200}}, {204, "", bantu.Answer{HTTPStatus: 204}}, {200, " \n", bantu.Answer{HTTPStatus: 200}},
		{200, `{"status":"UP","message":"fine","x":1}`, bantu.Answer{200, "UP", "fine", []byte(`{"status":"UP","message":"fine","x":1}`)}},
		{200, `{"status":200,"message":null}`, bantu.Answer{200, "200", "", []byte(`{"status":200,"message":null}`)}},
		{202, `[1]`, bantu.Answer{HTTPStatus: 202, Raw: []byte(`[1]`)}}, {200, `"ok"`, bantu.Answer{HTTPStatus: 200, Raw: []byte(`"ok"`)}},
		{200, `null`, bantu.Answer{HTTPStatus: 200, Raw: []byte(`null`)}},
	} {
		for name, fn := range calls {
			if strings.HasPrefix(name, "Create") {
				continue
			}
			c, _ := newMock(t, creds, x.status, x.body)
			got, err := fn(context.Background(), c)
			require.NoError(t, err)
			assert.Equal(t, &x.want, got)
		}
	}
}

func TestCreateAccount(t *testing.T) {
	c, _ := newMock(t, creds, 201, `{"accountId":"a-1","message":"Your key has been sent"}`)
	a, err := c.CreateAccount(context.Background(), "Shop", "a@b.example")
	require.NoError(t, err)
	assert.Equal(t, &bantu.Account{ID: "a-1", Message: "Your key has been sent", Raw: []byte(`{"accountId":"a-1","message":"Your key has been sent"}`)}, a)
	c, _ = newMock(t, creds, 200, `{"message":"Your key has been sent"}`)
	_, err = c.CreateAccount(context.Background(), "Shop", "a@b.example")
	failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
}

const application = `{"id":"x-1","accountId":"a-1","name":"Shop","description":"The shop","pkTest":"pk_test_1111","skTest":"sk_test_2222",` +
	`"pkLive":"pk_live_3333","skLive":"odd\u002flive\/4444","createdAt":"2022-02-08T21:58:10.689+00:00","count":12345678901234567890}`

func TestCreateApplication(t *testing.T) {
	for _, body := range []string{application, `{"application":` + application + `}`} {
		c, _ := newMock(t, creds, 201, body)
		a, err := c.CreateApplication(context.Background(), "Shop", "The shop")
		require.NoError(t, err)
		raw := string(a.Raw)
		a.Raw = nil
		assert.Equal(t, &bantu.Application{
			ID: "x-1", AccountID: "a-1", Name: "Shop", Description: "The shop", PublicTest: "pk_test_1111", SecretTest: "sk_test_2222",
			PublicLive: "pk_live_3333", SecretLive: "odd/live/4444", CreatedAt: time.Date(2022, 2, 8, 21, 58, 10, 689e6, time.UTC),
		}, a)
		clean := `{"id":"x-1","accountId":"a-1","name":"Shop","description":"The shop","pkTest":"[redacted]","skTest":"[redacted]",` +
			`"pkLive":"[redacted]","skLive":"[redacted]","createdAt":"2022-02-08T21:58:10.689+00:00","count":12345678901234567890}`
		if body != application {
			clean = `{"application":` + clean + `}`
		}
		assert.JSONEq(t, clean, raw)
		assert.Contains(t, raw, "12345678901234567890", "a number as it came")
	}
	for _, body := range []string{`{}`, `{"application":null}`, `{"application":{"id":"x"}}`, `{"application":{"skTest":"sk_test_1"}}`, application[:len(application)-9]} {
		c, _ := newMock(t, creds, 201, body)
		_, err := c.CreateApplication(context.Background(), "Shop", "")
		e := failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
		assert.Nil(t, e.Body, "which may hold keys")
	}
}
