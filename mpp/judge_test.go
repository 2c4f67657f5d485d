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
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/mpp"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

// TestJudge checks the ruling, the outcome and the kind of each code and
// status, for each effect and earlier attempt.
func TestJudge(t *testing.T) {
	const (
		refused = call.Refused
		maybe   = call.MaybeDone
		theirs  = call.NotTheirs
		success = call.Success // but undecodable
	)
	for _, x := range []struct {
		before call.Earlier
		status int
		body   string
		kind   error
		ruling call.Ruling // on a write; the error of a read is always read only
	}{
		{0, 400, refusal("MPP-REQ-4000", "Request failed."), wapay.ErrInvalid, refused},
		{0, 422, refusal("MPP-REQ-4002", "Validation code/otp is not valid or has expired."), wapay.ErrInvalid, refused},
		{0, 404, refusal("MPP-REQ-4004", "Resouce not found."), wapay.ErrNotFound, refused},
		{0, 405, refusal("MPP-REQ-4005", "Method not allowed."), wapay.ErrInvalid, refused},
		{0, 404, sample(t, "mpp_status_answer_404.json"), wapay.ErrNotFound, refused},
		{0, 422, refusal("MPP-REQ-4022", "Bad parameters."), wapay.ErrInvalid, refused},
		{0, 409, refusal("MPP-ACC-1001", "Username already exists"), wapay.ErrInvalid, refused},
		{0, 401, refusal("MPP-AUTH-4401", "Unauthorized"), wapay.ErrUnauthorized, refused},
		{0, 404, refusal("MPP-AUTH-4401", "Unauthorized"), wapay.ErrUnauthorized, refused},
		{0, 422, refusal("MPP-AUTH-4402", "Username or password incorrect"), wapay.ErrUnauthorized, refused},
		{0, 403, refusal("MPP-AUTH-4403", "Email not verified"), wapay.ErrForbidden, refused},
		{0, 409, refusal("MPP-AUTH-4404", "Your email has been already verified"), wapay.ErrInvalid, refused},
		{0, 401, refusal("MPP-AUTH-4405", "Invalid password"), wapay.ErrUnauthorized, refused},
		{0, 401, refusal("MPP-AUTH-4406", "Two-Factor"), wapay.ErrUnauthorized, refused},
		{0, 403, refusal("MPP-AUTH-4407", "Not authorized to perform that action"), wapay.ErrForbidden, refused},
		// A missing business is no missing order.
		{0, 404, refusal("MPP-BS-4504", "Business not created yet"), wapay.ErrForbidden, refused},
		{0, 404, refusal("MPP-BS-4505", "Business not found"), wapay.ErrForbidden, refused},
		{0, 409, refusal("MPP-BS-4506", "Account already linked to a business"), wapay.ErrInvalid, refused},
		{0, 403, refusal("MPP-BS-4507", "Business account not actived"), wapay.ErrForbidden, refused},
		{0, 409, refusal("MPP-TX-4301", "The transaction cannot be cancelled"), wapay.ErrInvalid, refused},
		{0, 422, refusal("MPP-PP-4200", "Payment page not fully configured"), wapay.ErrForbidden, refused},
		{0, 400, refusal("MPP-NEW-1", "New."), wapay.ErrInvalid, refused},
		{0, 404, refusal("MPP-NEW-1", "New."), wapay.ErrDecode, refused},
		{0, 403, refusal("MPP-REQ-4004", "Resouce not found."), wapay.ErrForbidden, refused},
		{0, 400, refusal("MPP-REQ-4000", "Insufficient balance."), wapay.ErrInsufficientFunds, refused},
		{0, 422, `{"message":"The given data was invalid.","errors":{}}`, wapay.ErrInvalid, refused},
		{0, 401, `{"message":"Unauthenticated."}`, wapay.ErrUnauthorized, refused},
		// The reference is used.
		{0, 409, refusal("MPP-TX-REQ-4091", "Conflict over the treatment of resources"), wapay.ErrDuplicate, maybe},
		{0, 409, refusal("MPP-NEW-1", "New."), wapay.ErrDuplicate, maybe},
		{0, 409, refusal("MPP-REQ-4000", "Request failed."), wapay.ErrDuplicate, maybe},
		{0, 422, `{"success":false,"code":"MPP-REQ-4022","data":{"external_id":["The external id has already been taken."]}}`, wapay.ErrDuplicate, maybe},
		{0, 200, refusal("MPP-TX-REQ-4091", "Conflict"), wapay.ErrDuplicate, maybe},
		// These are of another server, or truncated.
		{0, 404, `{"message":""}`, wapay.ErrDecode, theirs},
		{0, 404, `{"message":"The route api/v2 could not be found."}`, wapay.ErrDecode, theirs},
		{0, 404, "<html>", wapay.ErrDecode, theirs},
		{0, 400, "<html>", wapay.ErrInvalid, theirs},
		{0, 400, `{"code":0,"data":5}`, wapay.ErrInvalid, theirs},
		{0, 400, `{"success":true,"code":"MPP-REQ-0000","message":"ok"}`, wapay.ErrInvalid, theirs},
		{0, 502, "<html>", wapay.ErrUnavailable, theirs},
		{0, 302, "", wapay.ErrDecode, theirs},
		// With these statuses any code leaves the order open.
		{0, 408, refusal("MPP-REQ-4022", "Bad parameters."), wapay.ErrUnavailable, refused},
		{0, 500, refusal("MPP-REQ-4022", "Bad parameters."), wapay.ErrUnavailable, refused},
		{0, 503, refusal("MPP-REQ-4000", "Request failed."), wapay.ErrUnavailable, refused},
		// With HTTP 200 only a documented code rejects an order. A message does
		// not.
		{0, 200, refusal("MPP-REQ-4022", "Bad parameters."), wapay.ErrInvalid, refused},
		{0, 200, refusal("MPP-REQ-4008", "Object/resource not found."), wapay.ErrNotFound, refused},
		{0, 200, refusal("MPP-REQ-4000", "Insufficient balance."), wapay.ErrInsufficientFunds, maybe},
		{0, 200, refusal("MPP-REQ-4000", "Request failed."), wapay.ErrUnavailable, maybe},
		{0, 200, refusal("MPP-NEW-1", "New."), wapay.ErrDecode, maybe},
		{0, 200, refusal("MPP-REQ-0000", "ok"), wapay.ErrDecode, maybe},
		// A transaction in a refusal may exist.
		{0, 200, `{"data":{"id":"x","status":"initiated"},"success":false}`, wapay.ErrDecode, maybe},
		{0, 200, `{"data":{"id":"x","status":"initiated"},"code":"MPP-REQ-4022"}`, wapay.ErrInvalid, maybe},
		{0, 401, `{"data":{"id":"x"},"code":"MPP-AUTH-4401","success":false}`, wapay.ErrUnauthorized, maybe},
		{0, 429, `{"data":{"id":"x","status":"initiated"}}`, wapay.ErrRateLimited, maybe},
		// These are no refusals, but have no data.
		{0, 200, "", wapay.ErrDecode, success}, {0, 200, "null", wapay.ErrDecode, success}, {0, 200, "[]", wapay.ErrDecode, success},
		{0, 200, `{"data":[],"code":"MPP-REQ-0000","success":true}`, wapay.ErrDecode, success}, {0, 204, "", wapay.ErrDecode, success},
		// After a 429, the earlier attempt may be the cause of a low balance.
		{call.RateLimited, 400, refusal("MPP-REQ-4000", "Insufficient balance."), wapay.ErrInsufficientFunds, maybe},
		{call.RateLimited, 422, refusal("MPP-REQ-4022", "Bad parameters."), wapay.ErrInvalid, refused},
		{call.RateLimited, 403, refusal("MPP-BS-4507", "Business account not actived"), wapay.ErrForbidden, refused},
	} {
		t.Run(fmt.Sprintf("%d %d %.60s", x.before, x.status, x.body), func(t *testing.T) {
			t.Parallel()
			a := call.Answer{Status: x.status, Body: []byte(x.body), Earlier: x.before}
			assert.Equal(t, x.ruling, mpp.Judge(&wapay.Error{HTTPStatus: x.status, Kind: byStatus(x.status)}, a), "ruling")
			write := wapay.OutcomeUnknown
			if x.ruling == refused && x.status < 500 && x.status != 408 {
				write = wapay.OutcomeRejected
			}
			for name, fn := range calls(t) {
				isWrite := slices.Contains(writes, name)
				if x.before == call.RateLimited && !isWrite {
					continue
				}
				const pagers = "Channels AllChannels OperatorStates Transactions AllTransactions " +
					"ListPayments ListPayouts FindPayment"
				if strings.Contains(pagers, name) && strings.Contains(x.body, `"data":[]`) && x.status == 200 {
					continue // an empty list
				}
				_, m := newMock(t, reply(x.status, x.body))
				want, retries := 1, 0
				if x.before == call.RateLimited {
					want, retries = 2, 1
					m.Answers = slices.Insert(m.Answers, 0, reply(429, `{"message":"Too Many Attempts."}`))
				}
				if strings.HasSuffix(name, "Channels") || name == "OperatorStates" {
					m.channelsAnswer = nil
				}
				_, err := fn(context.Background(), m.client(creds, wapay.WithMaxRetries(retries)))
				kind := x.kind
				lists := name == "FindPayment" || strings.HasPrefix(name, "ListP") // a lookup by reference reads a list
				if lists && kind == wapay.ErrNotFound ||                           // the list was not found
					// can only be about the list
					name == "OperatorStates" && (kind == wapay.ErrDuplicate || kind == wapay.ErrNotFound) {
					kind = wapay.ErrUnavailable
				}
				e := failure(t, err, kind, outcomeOf(name, write))
				assert.Equal(t, name, e.Op)
				assert.Equal(t, x.status, e.HTTPStatus)
				if x.kind == wapay.ErrUnauthorized && strings.HasPrefix(name, "Pay") && x.ruling == refused && e.Code != "MPP-AUTH-4406" {
					want = 2 // the token is older: the channels have used it
				}
				if x.kind == wapay.ErrDuplicate && strings.HasPrefix(name, "Pay") {
					want = 2 // looked up
				}
				assert.Equal(t, want, len(m.Requests), name)
				if isWrite {
					assert.Equal(t, "order-1", e.Reference)
				}
				if strings.Contains(x.body, "trace-1") {
					assert.Equal(t, "trace-1", e.RequestID, name)
				}
			}
		})
	}
}

// byStatus returns the kind of a status.
func byStatus(status int) error {
	switch {
	case status == 401:
		return wapay.ErrUnauthorized
	case status == 403:
		return wapay.ErrForbidden
	case status == 409:
		return wapay.ErrDuplicate
	case status == 429:
		return wapay.ErrRateLimited
	case status == 408 || status >= 500:
		return wapay.ErrUnavailable
	case status >= 400:
		return wapay.ErrInvalid
	}
	return wapay.ErrDecode
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

// The client replaces a token that the server has forgotten, for each form of
// the refusal.
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
			assert.Equal(t, []int64{-7673884}, bookings(m, "order-1"))

			m.Inject(sandbox.Fault{Kind: sandbox.FaultExpiredToken, Path: "api/v1/transaction", Times: 2})
			r := goodPayout(t)
			r.Reference = "order-2"
			_, err = c.Payout(ctx, r)
			e := failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeRejected)
			assert.Equal(t, 2, e.Attempts, "once more, and no more")
			assert.Len(t, m.Orders(), 1)
			_, err = c.Payout(ctx, r)
			require.NoError(t, err)
		})
	}
}

// With another code, the client repeats only a lookup, and only with an old
// token.
func TestRefusedTokenWithOtherCode(t *testing.T) {
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

			now = now.Add(time.Minute + 1) // a missing order costs one login a minute
			for range 3 {
				_, err = c.FindPayout(ctx, wapay.Ref{ID: "x"})
				failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
			}
			assert.Equal(t, 3, m.Logins())
			assert.Equal(t, []int64{-7673884}, bookings(m, "order-1"))
		})
	}
}

// The client does not replace a token that is rejected right after its login.
func TestNewTokenRefused(t *testing.T) {
	c, m := newMock(t, reply(401, refusal("MPP-AUTH-4401", "Unauthorized")))
	for i := range 2 {
		_, err := c.Business(context.Background())
		failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeReadOnly)
		assert.Len(t, m.logins, i+1)
		assert.Len(t, m.Requests, i+1)
	}
}

func TestForbiddenIsNoBadToken(t *testing.T) {
	c, m := newMock(t, reply(403, refusal("MPP-AUTH-4407", "Not authorized to perform that action")))
	for range 3 {
		_, err := c.Business(context.Background())
		failure(t, err, wapay.ErrForbidden, wapay.OutcomeReadOnly)
	}
	assert.Len(t, m.logins, 1)
}

// A used reference is never a rejection, not even with a status that means that
// the provider ignored the order. The order is neither repeated nor sent with
// another token.
func TestUsedReferenceWithAnyStatus(t *testing.T) {
	for _, status := range []int{200, 400, 401, 403, 404, 408, 409, 422, 429, 500, 503} {
		for _, body := range []string{
			refusal("MPP-TX-REQ-4091", "Conflict over the treatment of resources"),
			`{"success":false,"code":"MPP-REQ-4022","data":{"external_id":["The external id has already been taken."]}}`,
		} {
			c, m := newMock(t, reply(status, body))
			_, err := c.CreateTransaction(context.Background(), goodTransaction())
			failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
			assert.Len(t, m.Requests, 1, "%d %s", status, body)
		}
	}
}
