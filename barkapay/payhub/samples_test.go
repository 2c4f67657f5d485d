package payhub_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay/payhub"
	"github.com/wapay-go/wapay/internal/testkit"
)

// A sample is a request or an answer of the provider's SDKs.
type sample struct {
	Name, Kind, Method, Path, Answers, Note string
	Query                                   map[string]any
	Status                                  int
	ContentType                             string `json:"content_type"`
	Body                                    json.RawMessage
}

func samples(t testing.TB) []sample {
	var all []sample
	require.NoError(t, json.Unmarshal([]byte(testkit.Sample(t, "samples.json")), &all))
	return all
}

// named returns the body of a response sample.
func named(t testing.TB, name string) string { return one(t, "response", name).text() }

func one(t testing.TB, kind, name string) sample {
	t.Helper()
	all := samples(t)
	i := slices.IndexFunc(all, func(s sample) bool { return s.Kind == kind && s.Name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return all[i]
}

func (s sample) text() string {
	var text string
	if s.ContentType != "application/json" && json.Unmarshal(s.Body, &text) == nil {
		return text
	}
	return string(s.Body)
}

// Each request equals its sample.
func TestRequests(t *testing.T) {
	otp := goodPayment(t)
	otp.OrderID, otp.Operator, otp.OTP = "shop-1002", "ORANGE", "904417"
	risky := goodTransfer(t)
	risky.OrderID, risky.IgnoreDoubleSpendRisk = "payout-2002", true
	from, to := testkit.Time(time.DateOnly, "2026-11-01"), testkit.Time(time.DateOnly, "2026-11-20")
	const id = "7ad41b58-90ce-4a3f-b6e7-2f8c0d5e1a94"
	does := calls(t, "")
	for name, do := range map[string]func(context.Context, *payhub.Client) (any, error){
		"ping": does["Ping"], "me": does["Me"], "balance": does["Balance"], "balance crypto": does["Balance"],
		"operators availability": does["OperatorsAvailability"], "operators info": does["OperatorsInfo"],
		"create payment without otp": does["CreatePayment"],
		"create payment with otp":    func(ctx context.Context, c *payhub.Client) (any, error) { return c.CreatePayment(ctx, otp) },
		"confirm otp":                func(ctx context.Context, c *payhub.Client) (any, error) { return c.ConfirmOTP(ctx, id, "904417") },
		"resend otp":                 func(ctx context.Context, c *payhub.Client) (any, error) { return nil, c.ResendOTP(ctx, id) },
		"get payment by public id": func(ctx context.Context, c *payhub.Client) (any, error) {
			return c.FindPayment(ctx, wapay.Ref{ID: "3f1c2a90-5b7e-4d21-8a64-0c9e7d1b2f35"})
		},
		"get payment by order id":           func(ctx context.Context, c *payhub.Client) (any, error) { return c.Payment(ctx, "shop-1001") },
		"create transfer":                   does["CreateTransfer"],
		"create transfer without the guard": func(ctx context.Context, c *payhub.Client) (any, error) { return c.CreateTransfer(ctx, risky) },
		"get transfer by order id":          func(ctx context.Context, c *payhub.Client) (any, error) { return c.Transfer(ctx, "payout-2001") },
		"list payments": func(ctx context.Context, c *payhub.Client) (any, error) {
			return c.Payments(ctx, payhub.Filter{Status: "SUCCESSFUL", Operator: "ORANGE", From: from, To: to, PerPage: 50})
		},
		"list payments page 2": func(ctx context.Context, c *payhub.Client) (any, error) {
			return c.Payments(ctx, payhub.Filter{PerPage: 50, Page: 2})
		},
		"list transfers": func(ctx context.Context, c *payhub.Client) (any, error) {
			return c.Transfers(ctx, payhub.Filter{From: from})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := one(t, "request", name)
			c, m := mockIn(t, s.Path[1:3], reply(500, ""))
			_, err := do(ctx, c)
			require.Error(t, err)
			require.Len(t, m.Requests, 1)
			r := m.Requests[0]
			assert.Regexp(t, regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`), r.Header.Get("X-Request-Id"))
			var e *wapay.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, r.Header.Get("X-Request-Id"), e.RequestID)
			r.Header.Del("X-Request-Id")
			query := r.URL.Query()
			for key, want := range s.Query {
				assert.Equal(t, fmt.Sprint(want), query.Get(key), key)
				query.Del(key)
			}
			assert.Empty(t, query)
			r.URL.RawQuery = ""
			body := string(s.Body)
			if body == "null" {
				body = ""
			}
			testkit.WantJSON(t, r, s.Method, testkit.Base+s.Path, "Bearer pk_live_7f3a91bc:sk_live_5d20e84f", body)
		})
	}
}

// Each response sample gives the result in its note.
func TestSamples(t *testing.T) {
	ends := map[string]struct {
		kind    error
		outcome wapay.Outcome
	}{
		"success without the object":                {wapay.ErrDecode, wapay.OutcomeUnknown},
		"success that is no JSON":                   {wapay.ErrDecode, wapay.OutcomeUnknown},
		"confirm otp, wrong code":                   {wapay.ErrInvalid, wapay.OutcomeUnknown},
		"payment looked up, none":                   {wapay.ErrNotFound, wapay.OutcomeReadOnly},
		"transfer looked up, none":                  {wapay.ErrNotFound, wapay.OutcomeReadOnly},
		"error: unauthenticated":                    {wapay.ErrUnauthorized, wapay.OutcomeRejected},
		"error: invalid_api_key":                    {wapay.ErrUnauthorized, wapay.OutcomeRejected},
		"error: incorrect_credentials":              {wapay.ErrUnauthorized, wapay.OutcomeRejected},
		"error: without request_id":                 {wapay.ErrUnauthorized, wapay.OutcomeRejected},
		"error: unauthorized":                       {wapay.ErrForbidden, wapay.OutcomeRejected},
		"error: ip_not_allowed":                     {wapay.ErrForbidden, wapay.OutcomeRejected},
		"error: merchant_suspended":                 {wapay.ErrForbidden, wapay.OutcomeRejected},
		"error: merchant_closed":                    {wapay.ErrForbidden, wapay.OutcomeRejected},
		"error: validation_error":                   {wapay.ErrInvalid, wapay.OutcomeRejected},
		"error: validation_error, errors as a list": {wapay.ErrInvalid, wapay.OutcomeRejected},
		"error: invalid_input":                      {wapay.ErrInvalid, wapay.OutcomeRejected},
		"error: with HTTP 200":                      {wapay.ErrInvalid, wapay.OutcomeUnknown},
		"error: resource_not_found":                 {wapay.ErrNotFound, wapay.OutcomeReadOnly},
		"error: duplicate_transaction":              {wapay.ErrDuplicate, wapay.OutcomeUnknown},
		"error: resource_already_exists":            {wapay.ErrDuplicate, wapay.OutcomeUnknown},
		"error: too_many_requests":                  {wapay.ErrRateLimited, wapay.OutcomeRejected},
		"error: service_unavailable":                {wapay.ErrUnavailable, wapay.OutcomeUnknown},
		"error: operator_unavailable":               {wapay.ErrUnavailable, wapay.OutcomeUnknown},
		"error: server_error":                       {wapay.ErrUnavailable, wapay.OutcomeUnknown},
		"error: of an unknown code":                 {wapay.ErrInsufficientFunds, wapay.OutcomeRejected},
		"error: bare 410":                           {wapay.ErrInvalid, wapay.OutcomeUnknown},
		"error: page of a proxy":                    {wapay.ErrUnavailable, wapay.OutcomeUnknown},
		"error: redirect":                           {wapay.ErrDecode, wapay.OutcomeUnknown},
	}
	statuses := map[string]wapay.Status{
		"successful": wapay.StatusSucceeded, "by": wapay.StatusSucceeded, "failed": wapay.StatusFailed,
		"canceled": wapay.StatusCancelled, "refunded": wapay.StatusRefunded, "unknown": wapay.StatusUnknown,
		"crypto": wapay.StatusSucceeded, "data": wapay.StatusSucceeded, "swapped": wapay.StatusSucceeded,
	}
	words := regexp.MustCompile(`[a-z]+`)
	tested := 0
	for _, s := range samples(t) {
		if s.Kind != "response" {
			continue
		}
		tested++
		t.Run(s.Name, func(t *testing.T) {
			name := cmp.Or(answersTo[s.Answers], "CreateTransfer") // of any
			c, m := newMock(t, reply(s.Status, s.text()))
			got, err := calls(t, orderOf(s))[name](ctx, c)
			require.Len(t, m.Requests, 1)
			if end, ok := ends[s.Name]; ok {
				e := failure(t, err, end.kind, end.outcome)
				assert.Equal(t, s.Status == 200 && end.outcome == wapay.OutcomeReadOnly, e.RequestID == "")
				var v struct {
					Code string `json:"code"`
				}
				_ = json.Unmarshal(s.Body, &v)
				assert.Equal(t, v.Code, e.Code)
				return
			}
			require.NoError(t, err)
			var status wapay.Status
			switch got := got.(type) {
			case *payhub.Transaction:
				status = got.Status
				assert.NotEmpty(t, got.ID)
				assert.Equal(t, s.text(), string(got.Raw))
			case *wapay.Payment:
				status = got.Status
				assert.NotEmpty(t, got.ID)
				assert.Equal(t, "payhub", got.Provider)
			case *wapay.Payout:
				status = got.Status
				assert.NotEmpty(t, got.ID)
			default:
				return
			}
			want := wapay.StatusPending
			for _, w := range words.FindAllString(s.Name, -1) {
				if x, ok := statuses[w]; ok {
					want = x
				}
			}
			assert.Equal(t, want, status, s.Name)
		})
	}
	assert.Greater(t, tested, 60)
}
