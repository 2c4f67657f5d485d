package barkapay_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

func orange(t testing.TB, code string) wapay.PaymentRequest {
	r := goodPay(t)
	r.Operator, r.OTP = "ORANGE", code
	return r
}

func paymentRow(id string, status int) string {
	return fmt.Sprintf(`{"public_id":%q,"order_id":"order-1","amount":200,"status":%d,"sender_phonenumber":"72929595","sender_country":"BFA","created_at":"2024-02-0%dT00:00:00Z"}`,
		id, status, len(id)%9+1)
}

func form(t testing.TB, body string) url.Values {
	t.Helper()
	values, err := url.ParseQuery(body)
	require.NoError(t, err)
	return values
}

// TestLookupBeforeCode checks which request follows each result of the lookup
// before a one-time code.
func TestLookupBeforeCode(t *testing.T) {
	const (
		badCode = `{"status":422,"message":"The otp is invalid or expired."}`
		paid    = `{"data":{"public_id":"p-9","amount":200,"status":1,"order_id":"order-1","txid":"OM1"}}`
	)
	linkWaits := strings.Replace(paymentRow("l-1", 0), `"72929595"`, "null", 1)
	for name, x := range map[string]struct {
		look    string
		unicity string // in the call with the code; "" without such a call
		id      string
		kind    error
		refusal wapay.Outcome // of an invalid code
	}{
		"nothing":             {"[]", "1", "p-9", nil, wapay.OutcomeRejected},
		"one waits":           {"[" + paymentRow("p-1", 0) + "]", "0", "p-9", nil, wapay.OutcomeUnknown},
		"one failed":          {"[" + paymentRow("p-1", -1) + "]", "0", "p-9", nil, wapay.OutcomeRejected},
		"failed ones":         {"[" + paymentRow("p-1", -1) + "," + paymentRow("p-2", -1) + "]", "0", "p-9", nil, wapay.OutcomeRejected},
		"failed, one waits":   {"[" + paymentRow("p-1", -1) + "," + paymentRow("p-2", 0) + "]", "0", "p-9", nil, wapay.OutcomeUnknown},
		"one succeeded":       {"[" + paymentRow("p-1", 1) + "]", "", "p-1", nil, 0},
		"failed and paid":     {"[" + paymentRow("p-1", -1) + "," + paymentRow("p-2", 1) + "]", "", "p-2", nil, 0},
		"waits and paid":      {"[" + paymentRow("p-1", 0) + "," + paymentRow("p-2", 1) + "]", "", "p-2", nil, 0},
		"a status of no kind": {"[" + paymentRow("p-1", 7) + "]", "", "p-1", nil, 0},
		"two wait":            {"[" + paymentRow("p-1", 0) + "," + paymentRow("p-2", 0) + "]", "", "", wapay.ErrDuplicate, 0},
		"a link waits":        {"[" + linkWaits + "]", "", "", wapay.ErrDuplicate, 0},
		"another amount":      {"[" + strings.Replace(paymentRow("p-1", 0), "200", "300", 1) + "]", "", "", wapay.ErrDuplicate, 0},
		"another number":      {"[" + strings.Replace(paymentRow("p-1", 1), "72929595", "70000000", 1) + "]", "", "", wapay.ErrDuplicate, 0},
		"a row unreadable":    {"[7]", "", "", wapay.ErrDecode, 0},
		"no list":             {"<html>", "", "", wapay.ErrDecode, 0},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			c, m := newMock(t, apiPair, reply(200, x.look), reply(200, paid))
			p, err := c.Pay(ctx, orange(t, "123456"))
			m.nth(0, "GET", "payment/?order_id=order-1", apiPair, nil)
			if x.unicity == "" {
				require.Len(t, m.Requests, 1, "nothing is sent")
			} else {
				require.Len(t, m.Requests, 2)
				sent := form(t, m.Requests[1].Body)
				assert.Equal(t, x.unicity, sent.Get("order_id_unicity"))
				assert.Equal(t, "123456", sent.Get("otp"))
			}
			if x.kind != nil {
				assert.Nil(t, p)
				e := failure(t, err, x.kind, wapay.OutcomeUnknown)
				assert.Equal(t, "Pay", e.Op)
				assert.Equal(t, "order-1", e.Reference)
				assert.False(t, wapay.NotDone(err))
				return
			}
			require.NoError(t, err)
			assert.Equal(t, x.id, p.ID)
			assert.Equal(t, x.unicity == "", p.Replayed)
			if x.unicity == "" {
				return
			}
			// The provider refuses the code. A lookup follows.
			c, _ = newMock(t, apiPair, reply(200, x.look), reply(422, badCode), reply(200, x.look))
			_, err = c.Pay(ctx, orange(t, "123456"))
			failure(t, err, wapay.ErrInvalid, x.refusal)
			c, _ = newMock(t, apiPair, reply(200, x.look), reply(422, badCode), reply(200, "["+paymentRow("p-1", 1)+"]"))
			p, err = c.Pay(ctx, orange(t, "123456"))
			require.NoError(t, err, "another call has used the code up")
			assert.True(t, p.Replayed)
			assert.Equal(t, wapay.StatusSucceeded, p.Status)
			if x.refusal == wapay.OutcomeRejected {
				c, _ = newMock(t, apiPair, reply(200, x.look), reply(422, badCode), reply(200, "["+paymentRow("p-5", 0)+"]"))
				p, err = c.Pay(ctx, orange(t, "123456"))
				require.NoError(t, err, "another call is using the code")
				assert.True(t, p.Replayed)
				assert.Equal(t, wapay.StatusPending, p.Status)
				for _, after := range []string{"[7]", "<html>", "[" + linkWaits + "]"} {
					c, _ = newMock(t, apiPair, reply(200, x.look), reply(422, badCode), reply(200, after))
					_, err = c.Pay(ctx, orange(t, "123456"))
					failure(t, err, wapay.ErrInvalid, wapay.OutcomeUnknown)
					assert.ErrorContains(t, err, "The otp is invalid")
				}
			}

			// The call was not sent, but an earlier one may have moved the
			// money.
			_, m = newMock(t, apiPair, reply(200, x.look), reply(429, `{"message":"Too Many Attempts."}`))
			_, err = m.client(apiPair, wapay.WithMaxRetries(0)).Pay(ctx, orange(t, "123456"))
			failure(t, err, wapay.ErrRateLimited, x.refusal)
		})
	}
}

// Two calls send the same code for one pending order.
func TestSandboxCodeTwiceAtOnce(t *testing.T) {
	ctx := context.Background()
	c, b := live(t, barkapaytest.Config{})
	b.SetOperator("BFA", "ORANGE", barkapaytest.Operator{Min: 100, Max: 1_000_000, Payment: "OPERATIONAL", Transfer: "OPERATIONAL"})
	_, err := c.Pay(ctx, orange(t, ""))
	require.NoError(t, err)
	code := b.OTP("72929595")
	results := make(chan error, 6)
	for range cap(results) {
		go func() {
			p, err := c.Pay(ctx, orange(t, code))
			if err == nil && p.Status != wapay.StatusSucceeded {
				err = fmt.Errorf("%v", p.Status)
			}
			results <- err
		}()
	}
	for range cap(results) {
		assert.NoError(t, <-results)
	}
	assert.Equal(t, []int64{200}, bookings(b, "order-1"))
}

// A process without the code repeats an order that has succeeded.
func TestOrderWithoutItsCode(t *testing.T) {
	ctx := context.Background()
	const missing = `{"status":422,"message":"The otp field is required."}`
	c, m := newMock(t, apiPair, reply(422, missing), reply(200, "["+paymentRow("p-1", 1)+"]"))
	p, err := c.Pay(ctx, orange(t, ""))
	require.NoError(t, err)
	assert.True(t, p.Replayed)
	assert.Len(t, m.Requests, 2)

	c, _ = newMock(t, apiPair, reply(422, missing), reply(200, "[]"))
	_, err = c.Pay(ctx, orange(t, ""))
	failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)

	live, b := live(t, barkapaytest.Config{})
	b.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Path: chargePath})
	_, err = live.Pay(ctx, orange(t, b.OTP("72929595")))
	assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
	p, err = live.Pay(ctx, orange(t, ""))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusSucceeded, p.Status)
	assert.Equal(t, []int64{200}, bookings(b, "order-1"))
}

// If the lookup fails, Pay does not send the code.
func TestCodeAfterFailedLookup(t *testing.T) {
	for name, x := range map[string]struct {
		look httpmock.Responder
		kind error
	}{
		"wrong keys":  {reply(401, `{"status":401,"error":"Invalid or disabled API credentials"}`), wapay.ErrUnauthorized},
		"unavailable": {reply(503, "<html>"), wapay.ErrUnavailable},
		"no answer":   {httpmock.NewErrorResponder(assert.AnError), wapay.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			_, m := newMock(t, apiPair, x.look)
			_, err := m.client(apiPair, wapay.WithMaxRetries(0)).Pay(context.Background(), orange(t, "123456"))
			e := failure(t, err, x.kind, wapay.OutcomeUnknown)
			assert.Equal(t, "order-1", e.Reference)
			assert.ErrorContains(t, err, "before a one-time code")
			assert.Len(t, m.Requests, 1)
		})
	}
	c, m := newMock(t, bothPairs)
	bad := orange(t, "123456")
	bad.Amount = wapay.Money{}
	_, err := c.Pay(context.Background(), bad)
	badFields(t, err, "Amount")
	c = m.client(sciPair)
	_, err = c.Pay(context.Background(), orange(t, "123456"))
	badFields(t, err, "Credentials.APIKey")
	m.none()
}

// Pay runs twice against the sandbox: first without the code, then with it.
func TestSandboxTwoSteps(t *testing.T) {
	ctx := context.Background()
	c, b := live(t, barkapaytest.Config{})
	b.SetOperator("BFA", "ORANGE", barkapaytest.Operator{Min: 100, Max: 1_000_000, Payment: "OPERATIONAL", Transfer: "OPERATIONAL"})
	p, err := c.Pay(ctx, orange(t, ""))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusPending, p.Status)
	assert.Equal(t, wapay.ActionConfirm, p.Action)

	_, err = c.Pay(ctx, orange(t, "000000"))
	failure(t, err, wapay.ErrInvalid, wapay.OutcomeUnknown)

	code := b.OTP("72929595")
	p, err = c.Pay(ctx, orange(t, code))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusSucceeded, p.Status)
	assert.Equal(t, []int64{200}, bookings(b, "order-1"))

	for _, otp := range []string{code, b.OTP("72929595"), ""} {
		again, err := c.Pay(ctx, orange(t, otp))
		require.NoError(t, err)
		assert.Equal(t, p.ID, again.ID)
		assert.True(t, again.Replayed)
		assert.Equal(t, wapay.StatusSucceeded, again.Status)
	}
	assert.Equal(t, []int64{200}, bookings(b, "order-1"))
}

// The answer to the call with the code is lost. The same call again finds the
// code used up and the money bookings.
func TestSandboxCodeWithALostAnswer(t *testing.T) {
	ctx := context.Background()
	for _, kind := range []sandbox.FaultKind{sandbox.FaultCut, sandbox.FaultReset, sandbox.FaultHTML} {
		c, b := live(t, barkapaytest.Config{})
		b.Inject(sandbox.Fault{Kind: kind, Path: chargePath})
		r := orange(t, b.OTP("72929595"))
		_, err := c.Pay(ctx, r)
		assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		p, err := c.Pay(ctx, r)
		require.NoError(t, err)
		assert.True(t, p.Replayed)
		assert.Equal(t, wapay.StatusSucceeded, p.Status)
		assert.Equal(t, []int64{200}, bookings(b, "order-1"))
	}
}

// The provider may answer an order's second request with a second payment.
func TestTwoChargesOfOneOrder(t *testing.T) {
	ctx := context.Background()
	failed, paid, waits := paymentRow("p-1", -1), paymentRow("p-22", 1), paymentRow("p-333", 0)
	for rows, id := range map[string]string{
		failed + "," + paid: "p-22", paid + "," + failed: "p-22", waits + "," + paid: "p-22", failed + "," + waits: "p-333",
		paymentRow("p-4", -1) + "," + paymentRow("p-55", -1) + "," + failed: "p-55", // the newest
	} {
		c, _ := newMock(t, apiPair, reply(200, "["+rows+"]"))
		p, err := c.FindPayment(ctx, byReference("order-1"))
		require.NoError(t, err, rows)
		assert.Equal(t, id, p.ID, rows)
	}
	for _, rows := range []string{
		paid + "," + paymentRow("p-4", 1), waits + "," + paymentRow("p-4", 0),
		paid + "," + strings.Replace(waits, "200", "300", 1), paid + "," + strings.Replace(waits, "72929595", "70000000", 1),
		paid + "," + strings.Replace(waits, `"72929595"`, "null", 1), paid + "," + paymentRow("p-4", 7),
		strings.ReplaceAll(paid+","+waits, `"72929595"`, "null"), // two links
	} {
		c, _ := newMock(t, apiPair, reply(200, "["+rows+"]"))
		_, err := c.FindPayment(ctx, byReference("order-1"))
		failure(t, err, wapay.ErrDuplicate, wapay.OutcomeReadOnly)
	}
	// A lookup never skips a pending transfer: it may move money again.
	transfers := strings.ReplaceAll(waits+","+paid, "sender", "receiver")
	c, _ := newMock(t, apiPair, reply(200, "["+transfers+"]"))
	_, err := c.FindPayout(ctx, byReference("order-1"))
	failure(t, err, wapay.ErrDuplicate, wapay.OutcomeReadOnly)
}

// The client shows no code that the provider echoes.
func TestCodeIsHidden(t *testing.T) {
	const code = "739154"
	l := testkit.Leaks{T: t, Secrets: []string{code}}
	ctx := context.Background()
	request := barkapay.ChargeRequest{OTP: code}
	testkit.Held(l, "request", &request)
	logger, log := testkit.Logs()
	for status, body := range map[int]string{
		422: `{"message":"The code 739154 is invalid.","errors":{"otp":["739154 is no code"]}}`,
		200: `{"data":{"public_id":"p-1","amount":200,"order_id":"order-1","status":1,"otp":"739154"}}`,
		500: `<html>otp=739154</html>`,
	} {
		_, m := newMock(t, apiPair, reply(200, "[]"), func(r *http.Request) (*http.Response, error) {
			if r.Body != nil {
				_, _ = io.Copy(io.Discard, r.Body)
			}
			return reply(status, body)(r)
		})
		c := m.client(apiPair, wapay.WithMaxRetries(0), logger)
		p, err := c.Pay(ctx, orange(t, code))
		if err != nil {
			l.Chain("error", err)
			continue
		}
		l.Value("payment", p)
		l.Text("raw", string(p.Raw))
		request := goodCharge(t)
		request.OTP = code
		charged, err := c.Charge(ctx, request)
		require.NoError(t, err)
		l.Text("raw of a charge", string(charged.Raw))
	}
	l.Text("log", log.String())
}
