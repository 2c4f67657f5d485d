package barkapay_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
)

func TestPing(t *testing.T) {
	c, m := newMock(t, bothPairs, reply(200, sample(t, "ping.json")))
	require.NoError(t, c.Ping(context.Background()))
	m.assertRequest("GET", "ping", apiPair, nil)
	c, m = newMock(t, bothPairs, reply(200, sample(t, "ping.json")))
	require.NoError(t, c.PingSCI(context.Background()))
	m.assertRequest("GET", "ping", sciPair, nil)
	c, m = newMock(t, apiPair, reply(200, sample(t, "ping.json")))
	badFields(t, c.PingSCI(context.Background()), "Credentials.SCIKey")
	assert.Empty(t, m.Requests)

	for _, body := range []string{`{}`, `[]`, `{"message":null}`, `{"message":"Failure"}`, `{"message":{"Success":1}}`, `{"status":200}`} {
		c, _ := newMock(t, sciPair, reply(200, body))
		failure(t, c.Ping(context.Background()), wapay.ErrDecode, wapay.OutcomeReadOnly)
	}
}

func TestOperatorsAvailability(t *testing.T) {
	body := sample(t, "availability.json")
	c, m := newMock(t, bothPairs, reply(200, body))
	got, err := c.OperatorsAvailability(context.Background())
	require.NoError(t, err)
	m.assertRequest("GET", "operators-availability", apiPair, nil)
	const up, down = "OPERATIONAL", "DOWN"
	assert.Equal(t, []barkapay.Availability{
		{"BEN", "MOOV", down, down}, {"BEN", "MTN", down, down},
		{"BFA", "MOOV", up, up}, {"BFA", "ORANGE", up, "UNSTABLE"},
		{"CIV", "MOOV", down, down}, {"CIV", "MTN", down, down}, {"CIV", "ORANGE", down, down}, {"CIV", "WAVE", down, down},
		{"SEN", "FREE", down, down}, {"SEN", "ORANGE", up, up}, {"SEN", "WAVE", up, up},
		{"TGO", "MOOV", down, down}, {"TGO", "TMONEY", down, down},
	}, got.Operators)
	assert.Nil(t, got.Payments)
	assert.Nil(t, got.Transfers)
	assert.JSONEq(t, body, string(got.Raw))
}

func TestOperatorsAvailabilityTolerant(t *testing.T) {
	c, _ := newMock(t, apiPair, reply(200, sample(t, "availability_older.json")))
	got, err := c.OperatorsAvailability(context.Background())
	require.NoError(t, err)
	services := map[string]bool{"mobile": true, "crypto": false, "electro": false}
	assert.Equal(t, services, got.Payments)
	assert.Equal(t, services, got.Transfers)
	assert.Empty(t, got.Operators)

	for name, x := range map[string]struct {
		services  string
		operators []barkapay.Availability
		payments  map[string]bool
	}{
		"an empty list":   {`[]`, nil, nil},
		"null inside":     {`{"mobile-operators-availability":null,"payments":null}`, nil, nil},
		"empty countries": {`{"mobile-operators-availability":{"BFA":[],"SEN":null}}`, nil, nil},
		"empty operators": {`{"mobile-operators-availability":{"BFA":{"MOOV":[],"ORANGE":null}}}`, []barkapay.Availability{{"BFA", "MOOV", "", ""}, {"BFA", "ORANGE", "", ""}}, nil},
		"a new word":      {`{"mobile-operators-availability":{"BFA":{"MOOV":{"payment":"SLOW","transfer":1,"x":{}}}}}`, []barkapay.Availability{{"BFA", "MOOV", "SLOW", "1"}}, nil},
		"odd booleans":    {`{"payments":{"a":1,"b":"0","c":"true","d":null,"e":""}}`, nil, map[string]bool{"a": true, "b": false, "c": true, "d": false, "e": false}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newMock(t, apiPair, reply(200, `{"available_services":`+x.services+`}`))
			got, err := c.OperatorsAvailability(context.Background())
			require.NoError(t, err)
			assert.Equal(t, x.operators, got.Operators)
			assert.Equal(t, x.payments, got.Payments)
		})
	}
	for _, body := range []string{`{}`, `{"available_services":null}`, `{"available_services":"x"}`} {
		c, _ := newMock(t, apiPair, reply(200, body))
		_, err := c.OperatorsAvailability(context.Background())
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	}
}

func TestMerchant(t *testing.T) {
	app := barkapay.App{
		Name: "App name", Description: "Short app description.", Label: "App label", AllowedServices: "both",
		AllowedCountries: []string{"BFA", "CIV", "SEN"}, AllowNotifications: "ENABLED",
		NotificationURL: "Secured notification url", CanPerformTransfers: true, Type: "api",
	}
	for file, id := range map[string]string{"merchant_number.json": "100000100", "merchant_string.json": "0000100000100"} {
		body := sample(t, file)
		c, m := newMock(t, bothPairs, reply(200, body))
		got, err := c.Merchant(context.Background())
		require.NoError(t, err)
		m.assertRequest("GET", "user-and-api-app-info", apiPair, nil)
		assert.JSONEq(t, body, string(got.Raw))
		got.Raw = nil
		assert.Equal(t, &barkapay.Merchant{Name: "Store Name", ID: id, Status: "ENABLED", App: app}, got)
	}
}

// The documented sample has a comment and a number with leading zeros.
func TestMerchantSample(t *testing.T) {
	c, m := newMock(t, apiPair, reply(200, sample(t, "merchant_as_printed.txt")))
	got, err := c.Merchant(context.Background())
	assert.Nil(t, got)
	e := failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	assert.Equal(t, 200, e.HTTPStatus)
	assert.Equal(t, 1, e.Attempts)
	assert.ErrorContains(t, err, "invalid character '0'")
	assert.Contains(t, string(e.Body), "0000100000100", "the body is there to be looked at")
	m.assertRequest("GET", "user-and-api-app-info", apiPair, nil)
}

func TestMerchantTolerant(t *testing.T) {
	c, _ := newMock(t, apiPair, reply(200, `{"user":[],"api_app_details":null,"more":1}`))
	got, err := c.Merchant(context.Background())
	require.NoError(t, err)
	got.Raw = nil
	assert.Equal(t, &barkapay.Merchant{}, got)

	c, _ = newMock(t, apiPair, reply(200, `{"user":{"status":0},"api_app_details":{"can_perform_transfers":"1","allowed_countries":{}}}`))
	got, err = c.Merchant(context.Background())
	require.NoError(t, err)
	assert.Equal(t, "0", got.Status)
	assert.True(t, got.App.CanPerformTransfers)
	assert.Empty(t, got.App.AllowedCountries)

	c, _ = newMock(t, apiPair, reply(200, `{"user-data":{}}`))
	_, err = c.Merchant(context.Background())
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
}

func TestOperators(t *testing.T) {
	c, m := newMock(t, bothPairs, reply(200, sample(t, "operators.json")))
	got, err := c.Operators(context.Background())
	require.NoError(t, err)
	m.assertRequest("GET", "operators-infos", apiPair, nil)
	require.Len(t, got, 1)
	assert.Contains(t, string(got[0].Raw), `"pay_delay": 1800`)
	got[0].Raw = nil
	assert.Equal(t, []barkapay.Operator{{
		Country: "BFA", Name: "MOOV",
		PaymentInstructions: "Veuillez composer le *555*6#, puis sélectionnez et finalisez le paiement. Nom du bénéficiaire : PAY BARKA.",
		PayDelay:            30 * time.Minute, MinAmount: wapay.XOF.Units(100), MaxAmount: wapay.XOF.Units(1_000_000),
	}}, got)
}

func TestOperatorsTolerant(t *testing.T) {
	for name, x := range map[string]struct {
		infos string
		want  []barkapay.Operator
	}{
		"strings":         {`{"BFA":{"ORANGE":{"otp_required":"1","pay_delay":"60","min_amount":"100.00","max_amount":"1e6"}}}`, []barkapay.Operator{{Country: "BFA", Name: "ORANGE", OTPRequired: true, PayDelay: time.Minute, MinAmount: wapay.XOF.Units(100), MaxAmount: wapay.XOF.Units(1_000_000)}}},
		"null":            {`{"BFA":{"MOOV":{"otp_required":null,"payment_instructions":null,"pay_delay":null,"min_amount":null}}}`, []barkapay.Operator{{Country: "BFA", Name: "MOOV"}}},
		"empty operator":  {`{"BFA":{"MOOV":[]}}`, []barkapay.Operator{{Country: "BFA", Name: "MOOV"}}},
		"no limit":        {`{"BFA":{"MOOV":{"otp_required":true,"max_amount":null,"pay_delay":"30 minutes","min_amount":"abc"}}}`, []barkapay.Operator{{Country: "BFA", Name: "MOOV", OTPRequired: true}}},
		"one unreadable":  {`{"BFA":{"MOOV":7,"ORANGE":{"otp_required":true}}}`, []barkapay.Operator{{Country: "BFA", Name: "MOOV"}, {Country: "BFA", Name: "ORANGE", OTPRequired: true}}},
		"other francs":    {`{"GIN":{"ORANGE":{"min_amount":5000}}}`, []barkapay.Operator{{Country: "GIN", Name: "ORANGE"}}},
		"empty country":   {`{"BFA":[]}`, nil},
		"empty":           {`[]`, nil},
		"by country, too": {`{"SEN":{"A":{}},"BFA":{"B":{},"A":{}}}`, []barkapay.Operator{{Country: "BFA", Name: "A"}, {Country: "BFA", Name: "B"}, {Country: "SEN", Name: "A"}}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newMock(t, apiPair, reply(200, `{"infos":`+x.infos+`}`))
			got, err := c.Operators(context.Background())
			require.NoError(t, err)
			for i := range got {
				got[i].Raw = nil
			}
			assert.Equal(t, x.want, got)
		})
	}
	for _, body := range []string{`{}`, `{"infos":null}`} {
		c, _ := newMock(t, apiPair, reply(200, body))
		_, err := c.Operators(context.Background())
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	}
}
