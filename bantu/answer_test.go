package bantu_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/bantu"
)

// The client accepts any answer if the documents describe none.
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
		a, err := c.CreateApplication(context.Background(), "shop", "The shop")
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
	for _, body := range []string{
		`{}`, `{"application":null}`, `{"application":{"id":"x"}}`, `{"application":{"skTest":"sk_test_1"}}`,
		application[:len(application)-9],
	} {
		c, _ := newMock(t, creds, 201, body)
		_, err := c.CreateApplication(context.Background(), "shop", "The shop")
		e := failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
		assert.Nil(t, e.Body, "which may hold keys")
	}
}

// The keys of the documented answer end in characters that are no letters.
func TestCreateApplicationAsDocumented(t *testing.T) {
	c, _ := newMock(t, creds, 200, sample(t, "bantu_application_created.json"))
	a, err := c.CreateApplication(context.Background(), "test-app", "Hello world")
	require.NoError(t, err)
	assert.Equal(t, "app_1ib9893gdtlcz", a.ID)
	assert.Equal(t, "sk_live_example-00000000", string(a.SecretLive))
	assert.NotContains(t, a.Raw.String(), "00000000")
}

// The client checks required fields before it sends anything.
func TestApplicationName(t *testing.T) {
	for _, x := range []struct {
		name, description string
		bad               []string
	}{
		{"My App", "", []string{"Description", "Name"}}, {"", "x", []string{"Name"}}, {"my-app\x00", "x", []string{"Name"}},
		{"my app", "", []string{"Description"}},
	} {
		c, m := newMock(t, creds, 200, application)
		_, err := c.CreateApplication(context.Background(), x.name, x.description)
		badFields(t, err, x.bad...)
		assert.Empty(t, m.Requests)
	}
	c, _ := newMock(t, creds, 200, application)
	_, err := c.CreateApplication(context.Background(), strings.Repeat("a", 200), strings.Repeat("é", 5000))
	assert.NoError(t, err, "no length is documented")
}
