package mpp_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

// What every kind of error answer means, for what moves money and for what only reads.
func TestErrorAnswers(t *testing.T) {
	const (
		verdict = iota // the provider's own refusal
		none
		exists // of an order: that there is one, which Pay and Payout look up
	)
	for _, x := range []struct {
		status int
		body   string
		kind   error
		write  int // whether it is a verdict on an order
		read   int
	}{
		{400, refusal("MPP-REQ-4000", "Request failed."), wapay.ErrInvalid, verdict, verdict},
		{422, refusal("MPP-REQ-4002", "Validation code/otp is not valid or has expired."), wapay.ErrInvalid, verdict, verdict},
		{404, refusal("MPP-REQ-4004", "Resouce not found."), wapay.ErrNotFound, verdict, verdict},
		{405, refusal("MPP-REQ-4005", "Method not allowed."), wapay.ErrInvalid, verdict, verdict},
		{404, refusal("MPP-REQ-4008", "Object/resource not found."), wapay.ErrNotFound, verdict, verdict},
		{422, refusal("MPP-REQ-4022", "Bad parameters."), wapay.ErrInvalid, verdict, verdict},
		{409, refusal("MPP-ACC-1001", "Username already exists"), wapay.ErrDuplicate, verdict, verdict},
		{401, refusal("MPP-AUTH-4401", "Unauthorized"), wapay.ErrUnauthorized, verdict, verdict},
		{404, refusal("MPP-AUTH-4401", "Unauthorized"), wapay.ErrUnauthorized, verdict, verdict},
		{422, refusal("MPP-AUTH-4402", "Username or password incorrect"), wapay.ErrUnauthorized, verdict, verdict},
		{403, refusal("MPP-AUTH-4403", "Email not verified"), wapay.ErrForbidden, verdict, verdict},
		{409, refusal("MPP-AUTH-4404", "Your email has been already verified"), wapay.ErrInvalid, verdict, verdict},
		{401, refusal("MPP-AUTH-4405", "Invalid password"), wapay.ErrUnauthorized, verdict, verdict},
		{401, refusal("MPP-AUTH-4406", "Two-Factor"), wapay.ErrUnauthorized, verdict, verdict},
		{403, refusal("MPP-AUTH-4407", "Not authorized to perform that action"), wapay.ErrForbidden, verdict, verdict},
		{409, refusal("MPP-BS-4506", "Account already linked to a business"), wapay.ErrDuplicate, verdict, verdict},
		{403, refusal("MPP-BS-4507", "Business account not actived"), wapay.ErrForbidden, verdict, verdict},
		{409, refusal("MPP-TX-4301", "The transaction cannot be cancelled"), wapay.ErrInvalid, verdict, verdict},
		{409, refusal("MPP-TX-REQ-4091", "Conflict over the treatment of resources"), wapay.ErrDuplicate, exists, verdict},
		{422, refusal("MPP-PP-4200", "Payment page not fully configured"), wapay.ErrForbidden, verdict, verdict},
		{409, refusal("MPP-NEW-1", "New."), wapay.ErrDuplicate, exists, verdict},
		{400, refusal("MPP-NEW-1", "New."), wapay.ErrInvalid, verdict, verdict},
		{404, refusal("MPP-NEW-1", "New."), wapay.ErrDecode, verdict, verdict},
		{403, refusal("MPP-REQ-4004", "Resouce not found."), wapay.ErrForbidden, verdict, verdict},
		{400, refusal("MPP-REQ-4000", "Insufficient balance."), wapay.ErrInsufficientFunds, verdict, verdict},
		{422, `{"message":"The given data was invalid.","errors":{}}`, wapay.ErrInvalid, verdict, verdict},
		{401, `{"message":"Unauthenticated."}`, wapay.ErrUnauthorized, verdict, verdict},
		{404, `{"message":""}`, wapay.ErrDecode, none, none},
		{404, `{"message":"The route api/v2 could not be found."}`, wapay.ErrDecode, none, none},
		{404, "<html>", wapay.ErrDecode, none, none},
		{400, "<html>", wapay.ErrInvalid, none, none},
		{400, `{"success":true,"code":"MPP-REQ-0000","message":"ok"}`, wapay.ErrInvalid, none, none},
		{408, refusal("MPP-REQ-4022", "Bad parameters."), wapay.ErrUnavailable, none, none},
		{500, refusal("MPP-REQ-4022", "Bad parameters."), wapay.ErrUnavailable, none, none},
		{503, refusal("MPP-REQ-4000", "Request failed."), wapay.ErrUnavailable, none, none},
		{502, "<html>", wapay.ErrUnavailable, none, none},
		{302, "", wapay.ErrDecode, none, none},
		// With HTTP 200 the code decides.
		{200, refusal("MPP-REQ-4022", "Bad parameters."), wapay.ErrInvalid, verdict, verdict},
		{200, refusal("MPP-TX-REQ-4091", "Conflict"), wapay.ErrDuplicate, exists, verdict},
		{200, refusal("MPP-REQ-4008", "Object/resource not found."), wapay.ErrNotFound, verdict, verdict},
		{200, refusal("MPP-REQ-4000", "Insufficient balance."), wapay.ErrInsufficientFunds, none, none}, // words are no verdict
		{200, refusal("MPP-REQ-4000", "Request failed."), wapay.ErrUnavailable, none, none},
		{200, refusal("MPP-NEW-1", "New."), wapay.ErrDecode, none, none},
		{200, refusal("MPP-REQ-0000", "ok"), wapay.ErrDecode, none, none},
		{200, `{"data":{"id":"x","status":"initiated"},"success":false}`, wapay.ErrDecode, none, none},
		// What lists a transaction may have made it.
		{200, `{"data":{"id":"x","status":"initiated"},"code":"MPP-REQ-4022"}`, wapay.ErrInvalid, none, verdict},
		{200, "", wapay.ErrDecode, none, none}, {200, "null", wapay.ErrDecode, none, none}, {200, "[]", wapay.ErrDecode, none, none},
		{200, `{"data":[],"code":"MPP-REQ-0000","success":true}`, wapay.ErrDecode, none, none}, {204, "", wapay.ErrDecode, none, none},
	} {
		t.Run(fmt.Sprintf("%d %.60s", x.status, x.body), func(t *testing.T) {
			for name, fn := range calls(t) {
				if strings.Contains("Channels AllChannels Transactions AllTransactions FindPayment", name) && strings.Contains(x.body, `"data":[]`) {
					continue // an empty list
				}
				if strings.Contains("Status Transaction FindPayout", name) && strings.Contains(x.body, `"id":"x"`) {
					continue // another transaction
				}
				_, m := newMock(t, reply(x.status, x.body))
				if strings.HasSuffix(name, "Channels") {
					m.channelsAnswer = nil
				}
				_, err := fn(context.Background(), m.client(creds, wapay.WithMaxRetries(0)))
				outcome := wapay.OutcomeReadOnly
				switch isWrite := slices.Contains(writes, name); {
				case isWrite && x.write == verdict || !isWrite && x.read == verdict:
					outcome = wapay.OutcomeRejected
				case isWrite:
					outcome = wapay.OutcomeUnknown
				}
				kind := x.kind
				if name == "FindPayment" && kind == wapay.ErrNotFound { // by reference: it was the list that was not found
					kind, outcome = wapay.ErrUnavailable, wapay.OutcomeReadOnly
				}
				e := failure(t, err, kind, outcome)
				assert.Equal(t, name, e.Op)
				assert.Equal(t, x.status, e.HTTPStatus)
				want := 1
				if x.kind == wapay.ErrUnauthorized && strings.HasPrefix(name, "Pay") && e.Code != "MPP-AUTH-4406" {
					want = 2 // the token was taken for the channels, and so is older
				}
				if x.write == exists && strings.HasPrefix(name, "Pay") {
					want = 2
				}
				assert.Equal(t, want, len(m.Requests), name)
				if slices.Contains(writes, name) {
					assert.Equal(t, "order-1", e.Reference)
				}
				if strings.Contains(x.body, "trace-1") {
					assert.Equal(t, "trace-1", e.RequestID, name)
				}
			}
		})
	}
}

// A business that is not there is no order that is not there.
func TestBusinessNotFound(t *testing.T) {
	for _, code := range []string{"MPP-BS-4504", "MPP-BS-4505"} {
		for name, fn := range calls(t) {
			c, m := newMock(t, reply(404, refusal(code, "")))
			if strings.HasSuffix(name, "Channels") {
				m.channelsAnswer = nil
			}
			_, err := fn(context.Background(), c)
			kind := wapay.ErrNotFound
			if slices.Contains([]string{"Transaction", "Status", "Transactions", "AllTransactions", "FindPayment", "FindPayout"}, name) {
				kind = wapay.ErrForbidden
			}
			failure(t, err, kind, wapay.OutcomeRejected)
		}
	}
}

func TestDetails(t *testing.T) {
	want := []wapay.FieldError{{Field: "amount", Message: "too small"}, {Field: "amount", Message: "not round"}, {Field: "msisdn", Message: "missing"}}
	errors := `{"msisdn":["missing"],"amount":["too small","not round"]}`
	for _, body := range []string{
		`{"data":null,"code":"MPP-REQ-4022","message":"m","success":false,"errors":` + errors + `}`,
		`{"data":` + errors + `,"code":"MPP-REQ-4022","message":"m","success":false}`,
		`{"message":"m","errors":` + strings.Replace(errors, `["missing"]`, `"missing"`, 1) + `}`,
	} {
		c, _ := newMock(t, reply(422, body))
		_, err := c.CreateTransaction(context.Background(), goodTransaction())
		e := failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
		if !strings.Contains(body, `"missing"]`) { // a text is no list of texts
			continue
		}
		assert.Equal(t, want, e.Details)
	}
}

// A token that the server has forgotten is replaced, whichever way the server says so.
func TestRefusedToken(t *testing.T) {
	for _, status := range []int{401, 403, 422, 404, 200} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			ctx := context.Background()
			c, m := live(t, mpptest.Config{AuthStatus: status})
			_, err := c.Business(ctx)
			require.NoError(t, err)
			for i, order := range []func() error{
				func() error { _, err := c.Payout(ctx, goodPayout(t)); return err },
				func() error { _, err := c.FindPayout(ctx, byReference("order-1")); return err },
			} {
				m.ExpireTokens()
				require.NoError(t, order())
				assert.Equal(t, 2+i, m.Logins())
			}
			assert.Equal(t, []int64{-7673884}, moved(m, "order-1"))

			m.Inject(sandbox.Fault{Kind: sandbox.FaultExpiredToken, Path: "api/v1/transaction", Times: 2})
			r := goodPayout(t)
			r.Reference = "order-2"
			_, err = c.Payout(ctx, r)
			e := failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeRejected)
			assert.Equal(t, 2, e.Attempts, "once more, and no more")
			assert.Empty(t, m.TransactionsOf("order-2"))
			_, err = c.Payout(ctx, r)
			require.NoError(t, err)
		})
	}
}

// With a code that says something else, only what reads may be repeated, and only with a token that is not new.
func TestRefusedTokenInDisguise(t *testing.T) {
	for _, status := range []int{403, 422, 404} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			ctx := context.Background()
			now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			c, m := live(t, mpptest.Config{AuthStatus: status, AuthCode: "MPP-REQ-4004"}, wapay.WithClock(func() time.Time { return now }))
			p, err := c.Payout(ctx, goodPayout(t))
			require.NoError(t, err)

			m.ExpireTokens()
			_, err = c.Transaction(ctx, p.ID)
			require.Error(t, err)
			assert.Equal(t, 1, m.Logins())
			now = now.Add(time.Minute + 1)
			r := goodPayout(t)
			r.Reference = "order-2"
			_, err = c.Payout(ctx, r)
			failure(t, err, map[int]error{403: wapay.ErrForbidden, 422: wapay.ErrInvalid, 404: wapay.ErrNotFound}[status], wapay.OutcomeRejected)
			assert.Equal(t, 1, m.Logins())
			found, err := c.FindPayout(ctx, wapay.Ref{ID: p.ID})
			require.NoError(t, err)
			assert.Equal(t, p.ID, found.ID)
			assert.Equal(t, 2, m.Logins())

			now = now.Add(time.Minute + 1) // what is indeed not there costs a login a minute
			for range 3 {
				_, err = c.FindPayout(ctx, wapay.Ref{ID: "x"})
				failure(t, err, wapay.ErrNotFound, wapay.OutcomeRejected)
			}
			assert.Equal(t, 3, m.Logins())
			assert.Equal(t, []int64{-7673884}, moved(m, "order-1"))
		})
	}
}

// A token that is refused in the call that it was taken for is not replaced by another.
func TestNewTokenRefused(t *testing.T) {
	c, m := newMock(t, reply(401, refusal("MPP-AUTH-4401", "Unauthorized")))
	for i := range 2 {
		_, err := c.Business(context.Background())
		failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeRejected)
		assert.Len(t, m.logins, i+1)
		assert.Len(t, m.Requests, i+1)
	}
}

func TestForbiddenIsNoBadToken(t *testing.T) {
	c, m := newMock(t, reply(403, refusal("MPP-AUTH-4407", "Not authorized to perform that action")))
	for range 3 {
		_, err := c.Business(context.Background())
		failure(t, err, wapay.ErrForbidden, wapay.OutcomeRejected)
	}
	assert.Len(t, m.logins, 1)
}
