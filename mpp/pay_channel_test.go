package mpp_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/mpp"
)

// The client leaves out a value without a field in the channel, and fills in
// the channel's fields.
func TestFieldsOfTheChannel(t *testing.T) {
	for _, x := range []struct{ channel, want string }{
		{`{"code":"OM","fields":{"msisdn":[]}}`, `"msisdn":"080002209"`},
		{`{"code":"OM","fields":[]}`, `"msisdn":"080002209"`},
		{`{"code":"OM","fields":{"account_number":[]}}`, ``}, // a bank
		{`{"code":"OM","fields":{"otp":["required"]}}`, `"otp":"1234"`},
		{`{"code":"OM","fields":{"phone":["required","phone_number"]}}`, `"phone":"+23280002209"`},
		{`{"code":"OM","fields":{"phone":["nullable"]}}`, ``},
		{`{"code":"OM","fields":{"email":["nullable","email"]}}`, `"email":"b@example.com"`},
	} {
		c, m := newMock(t, reply(200, sample(t, "created.json")))
		m.channelsAnswer = reply(200, `{"data":[`+x.channel+`],"success":true}`)
		r := goodPay(t)
		r.OTP = "1234"
		_, err := c.Pay(context.Background(), r)
		require.NoError(t, err)
		want := `{"business_id":"` + businessID + `","channel":"OM","external_id":"order-1","currency":"SLE","category":"payment","amount":12.5`
		if x.want != "" {
			want += "," + x.want
		}
		assert.JSONEq(t, want+"}", m.Requests[0].Body)
	}
}

// Without the channels' rules the client sends no order.
func TestNoChannels(t *testing.T) {
	for _, x := range []struct {
		answer httpmock.Responder
		kind   error
	}{
		{reply(502, "<html>"), wapay.ErrUnavailable}, {reply(200, "<html>"), wapay.ErrDecode}, {reply(429, ""), wapay.ErrRateLimited},
		{reply(403, refusal("MPP-BS-4507", "Business account not actived")), wapay.ErrForbidden},
		{func(*http.Request) (*http.Response, error) { return nil, errors.New("reset") }, wapay.ErrUnavailable},
		{func(*http.Request) (*http.Response, error) { panic("transport") }, wapay.ErrUnavailable},
	} {
		_, m := newMock(t, reply(200, sample(t, "created.json")))
		c := m.client(creds, wapay.WithMaxRetries(0))
		m.channelsAnswer = x.answer
		for range 2 {
			_, err := c.Pay(context.Background(), goodPay(t))
			e := failure(t, err, x.kind, wapay.OutcomeNotSent)
			assert.Equal(t, []string{"Pay", "order-1"}, []string{e.Op, e.Reference})
			assert.ErrorContains(t, err, "the channels, by which an order is checked, could not be read")
		}
		assert.Len(t, m.channels, 2, "an error is not kept")
		assert.Empty(t, m.Requests)
		m.channelsAnswer = reply(200, sample(t, "channels.json"))
		_, err := c.Pay(context.Background(), goodPay(t))
		require.NoError(t, err)
	}
}

func TestChannelsAreCached(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	_, m := newMock(t, reply(200, sample(t, "created.json")))
	c := m.client(creds, wapay.WithClock(func() time.Time { return now }))
	for _, x := range []struct {
		pass    time.Duration
		fetches int
	}{{0, 1}, {0, 1}, {5*time.Minute - 1, 1}, {1, 2}, {time.Minute, 2}} {
		now = now.Add(x.pass)
		_, err := c.Pay(ctx, goodPay(t))
		require.NoError(t, err)
		assert.Len(t, m.channels, x.fetches)
	}
	// If the provider refuses the fields, the rules have changed.
	m.Answers = []httpmock.Responder{reply(422, refusal("MPP-REQ-4022", "Bad parameters."))}
	for want := 2; want < 4; want++ {
		_, err := c.Pay(ctx, goodPay(t))
		failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
		assert.Len(t, m.channels, want)
	}
}

// Serves applies a channel's rules without a request if they are cached.
func TestServesKnowsTheChannel(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	_, m := newMock(t, reply(200, sample(t, "created.json")))
	m.channelsAnswer = reply(200, `{"data":[{"code":"OM","active":true,"fields":{"otp":["required"]},"categories":[{"transaction_category":"payment"}]}],`+
		`"current_page":1,"last_page":1,"success":true}`)
	c := m.client(creds, wapay.WithClock(func() time.Time { return now }))
	r := goodPay(t)
	require.NoError(t, wapay.Serves(c, r), "the channels are not known")
	assert.Empty(t, m.channels)

	err := wapay.ServesNow(ctx, c, r)
	e := failure(t, err, wapay.ErrInvalid, wapay.OutcomeNotSent)
	assert.Equal(t, []wapay.FieldError{{Field: "OTP", Message: "is required"}}, e.Details)
	assert.Equal(t, e.Details, failure(t, wapay.Serves(c, r), wapay.ErrInvalid, wapay.OutcomeNotSent).Details)
	_, err = c.Pay(ctx, r)
	assert.Equal(t, e.Details, failure(t, err, wapay.ErrInvalid, wapay.OutcomeNotSent).Details)
	r.OTP = "1234"
	require.NoError(t, wapay.Serves(c, r))
	payout := wapay.PayoutRequest{Reference: "1", Amount: r.Amount, Operator: "OM", Recipient: r.Customer}
	failure(t, wapay.Serves(c, payout), wapay.ErrInvalid, wapay.OutcomeNotSent) // the channel is for payments only
	assert.Len(t, m.channels, 1)
	assert.Empty(t, m.Requests)

	now = now.Add(5 * time.Minute)
	r.OTP = ""
	require.NoError(t, wapay.Serves(c, r), "the rules may be others by now")
	m.channelsAnswer = reply(200, `{"data":[{"code":"OM","active":false,"fields":[]}],"current_page":1,"last_page":1,"success":true}`)
	err = wapay.ServesNow(ctx, c, r)
	require.ErrorIs(t, err, wapay.ErrUnavailable)
	assert.True(t, wapay.NotDone(err))
}

// One fetch serves all callers. It does not end with the context of the first.
func TestOneFetchOfChannels(t *testing.T) {
	_, m := newMock(t, reply(200, sample(t, "created.json")))
	gate := make(chan struct{})
	var fetches int
	tr := roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/channel") {
			fetches++
			<-gate
		}
		return m.RoundTrip(r)
	})
	c, err := mpp.New(creds, wapay.WithBaseURL(mockBase), wapay.WithHTTPClient(&http.Client{Transport: tr}))
	require.NoError(t, err)
	first, cancel := context.WithCancel(context.Background())
	_, err = c.Business(first) // gets the token
	require.NoError(t, err)
	left := make(chan error, 1)
	go func() { _, err := c.Pay(first, goodPay(t)); left <- err }()
	time.AfterFunc(20*time.Millisecond, cancel)
	err = <-left
	e := failure(t, err, nil, wapay.OutcomeNotSent)
	assert.ErrorIs(t, e, context.Canceled)

	errs := make(chan error, 50)
	for range cap(errs) {
		go func() { _, err := c.Pay(context.Background(), goodPay(t)); errs <- err }()
	}
	time.AfterFunc(20*time.Millisecond, func() { close(gate) })
	for range cap(errs) {
		assert.NoError(t, <-errs)
	}
	assert.Equal(t, 1, fetches)
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
