package intram_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/intram"
	"github.com/wapay-go/wapay/ipn"
)

// replay returns the first answer again.
func replay(answer func(*http.Request) (*http.Response, error)) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		resp, err := answer(r)
		resp.Header.Set("Idempotent-Replay", "true")
		return resp, err
	}
}

// A replay is an old answer. Pay returns the payment's current state.
func TestPayReplayed(t *testing.T) {
	ctx := context.Background()
	const id = "op_2f4a8b1c"
	first := replay(data(202, accepted("payment_request")))
	tx := func(status string) func(*http.Request) (*http.Response, error) {
		return data(200, `{"reference":"AB12CD34EF","status":"`+status+`","type":"CREDIT","amount":5000,"fees":100,"currency":"XOF"}`)
	}
	page := data(200, operation(id, "payment_request", "succeeded", paymentPayload, checkout))
	for name, x := range map[string]struct {
		then   []func(*http.Request) (*http.Response, error)
		status wapay.Status
		action wapay.Action
	}{
		"paid":      {append(list(page), tx("SUCCESS")), wapay.StatusSucceeded, wapay.ActionNone},
		"declined":  {append(list(page), tx("ERROR")), wapay.StatusFailed, wapay.ActionNone},
		"not yet":   {append(list(page), tx("PENDING")), wapay.StatusPending, wapay.ActionOpenPage},
		"no answer": {append(list(page), refusal(403, "merchant_inactive", "")), wapay.StatusUnknown, wapay.ActionNone},
		"failed":    {list(data(200, operation(id, "payment_request", "failed", paymentPayload, ""))), wapay.StatusFailed, wapay.ActionNone},
		"queued":    {list(data(200, operation(id, "payment_request", "queued", paymentPayload, ""))), wapay.StatusPending, wapay.ActionNone},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t)
			for _, a := range append(list(first), x.then...) {
				m.Answers = append(m.Answers, a)
			}
			p, err := c.WithCheckoutWait(time.Millisecond).Pay(ctx, goodPay(t))
			require.NoError(t, err)
			assert.True(t, p.Replayed)
			assert.Equal(t, x.status, p.Status)
			assert.Equal(t, x.action, p.Action)
			assert.Equal(t, "order-4521", p.Reference)
			m.nth(1, "GET", "/operations/"+id, "", "")
		})
	}
}

func list(answers ...func(*http.Request) (*http.Response, error)) []func(*http.Request) (*http.Response, error) {
	return answers
}

func TestPayoutReplayed(t *testing.T) {
	ctx := context.Background()
	first := replay(data(202, accepted("payout")))
	c, m := newMock(t, first, data(200, operation("op_2f4a8b1c", "payout", "failed", `{"reference":"PO-2026-0001"}`, "")))
	p, err := c.Payout(ctx, goodPayoutOrder(t))
	require.NoError(t, err)
	assert.True(t, p.Replayed)
	assert.Equal(t, wapay.StatusFailed, p.Status)
	assert.Equal(t, wapay.XOF.Units(25000), p.Amount)
	require.Len(t, m.Requests, 2)
	m.nth(1, "GET", "/operations/op_2f4a8b1c", "", "")

	// The reference is used, and the lookup does not find the order.
	for _, then := range list(
		refusal(403, "merchant_inactive", ""), refusal(404, "operation_not_found", ""),
		data(200, operation("op_2f4a8b1c", "payout", "failed", `{"reference":"PO-9"}`, "")),
	) {
		c, _ = newMock(t, first, then)
		_, err = c.Payout(ctx, goodPayoutOrder(t))
		e := failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
		assert.Equal(t, "Payout", e.Op)
		assert.Equal(t, "PO-2026-0001", e.Reference)
		assert.False(t, wapay.NotDone(err))
		assert.NotErrorIs(t, err, wapay.ErrNotFound)
	}
}

// If the provider refuses a refund because it was made, the client finds it.
func TestRefundMadeBefore(t *testing.T) {
	ctx := context.Background()
	payload := `{"transaction_reference":"AB12CD34EF","amount":1500,"metadata":{"reference":"refund-7"}}`
	c, m := newMock(t, refusal(400, "not_refundable", "No"), operations(`null`, operation("op_1", "refund", "succeeded", payload, "")))
	o, err := c.CreateRefund(ctx, goodRefund())
	require.NoError(t, err)
	assert.True(t, o.Replayed)
	assert.Equal(t, "refund-7", o.Reference)
	m.nth(1, "GET", "/operations?limit=50&type=refund", "", "")

	c, _ = newMock(t, refusal(400, "not_refundable", "No"), operations(`null`))
	_, err = c.CreateRefund(ctx, goodRefund())
	e := failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	assert.Equal(t, "not_refundable", e.Code)
}

// The errors of lookups have the outcome of reads, and count all attempts.
func TestLookupsOnlyRead(t *testing.T) {
	ctx := context.Background()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close() // refuses the connection
	c, err := intram.New(sandboxKeys, wapay.WithBaseURL(server.URL), wapay.WithMaxRetries(1))
	require.NoError(t, err)
	defer c.Close()
	for _, ref := range []wapay.Ref{{ID: "op_1"}, {Reference: "order-1"}} {
		_, err = c.FindPayment(ctx, ref)
		e := failure(t, err, wapay.ErrUnavailable, wapay.OutcomeReadOnly)
		assert.Equal(t, 2, e.Attempts)
		_, err = wapay.WaitPayment(ctx, c, ref, wapay.PollFor(0))
		var waited *wapay.Error
		require.ErrorAs(t, err, &waited)
		assert.Equal(t, wapay.OutcomeReadOnly, waited.Outcome)
	}

	c, _ = newMock(t, data(200, operation("op_1", "payment_request", "succeeded", paymentPayload, checkout)), refusal(403, "merchant_inactive", ""))
	_, err = c.FindPayment(ctx, wapay.Ref{ID: "op_1"})
	assert.Equal(t, 2, failure(t, err, wapay.ErrForbidden, wapay.OutcomeReadOnly).Attempts, "of both requests")
	c, _ = newMock(t, operations(`"b1"`, many("a", 1)...), operations(`null`))
	_, err = c.FindPayout(ctx, byReference)
	assert.Equal(t, 2, failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly).Attempts)

	// A server error does not end a wait, with any code.
	_, m := newMock(t, refusal(500, "operation_not_found", ""), data(200, operation("op_1", "payout", "failed", "", "")))
	c = m.client(sandboxKeys, wapay.WithMaxRetries(0))
	_, err = c.FindPayout(ctx, wapay.Ref{ID: "op_1"})
	failure(t, err, wapay.ErrUnavailable, wapay.OutcomeReadOnly)
	m.Requests = nil
	p, err := wapay.WaitPayout(ctx, c, wapay.Ref{ID: "op_1"}, quickly)
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, p.Status)
}

// After a 429 that names the order, the client does not repeat it: it may
// exist.
func TestRateLimitWithTheOrder(t *testing.T) {
	c, m := newMock(t, reply(429, `{"error":true,"code":"rate_limited","message":"PO-2026-0001"}`))
	_, err := c.Payout(context.Background(), goodPayoutOrder(t))
	failure(t, err, wapay.ErrRateLimited, wapay.OutcomeUnknown)
	assert.Len(t, m.Requests, 1)
}

// An unreadable row does not make the list unreadable.
func TestUnreadableRow(t *testing.T) {
	ctx := context.Background()
	good := payoutOf("op_1", "succeeded", "PO-1")
	for _, bad := range []string{
		`{}`, `null`, `7`, `{"operation_id":"op_9"}`, `{"operation_id":"op_9","status":"queued","attempts":"many"}`,
	} {
		c, _ := newMock(t, operations(`null`, bad, good))
		page, err := c.Operations(ctx, intram.OperationFilter{})
		require.NoError(t, err, bad)
		require.Len(t, page.Items, 1)
		assert.Equal(t, "op_1", page.Items[0].ID)
		assert.Equal(t, 1, page.Unreadable)

		p, err := c.FindPayout(ctx, byReference)
		require.NoError(t, err, bad)
		assert.Equal(t, "op_1", p.ID)
		_, err = c.FindPayout(ctx, wapay.Ref{Reference: "PO-2"})
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
		assert.ErrorContains(t, err, "1 of which cannot be read")

		var seen int
		var last error
		for _, err := range c.AllOperations(ctx, intram.OperationFilter{}) {
			if last = err; err == nil {
				seen++
			}
		}
		assert.Equal(t, 1, seen)
		assert.ErrorContains(t, last, "1 rows of the list cannot be read")
	}

	// An unreadable result does not make the operation unreadable.
	for _, kind := range []string{"payout", "payment_request"} {
		c, _ := newMock(t, data(200, operation("op_1", kind, "succeeded", "", `"?"`)))
		o, err := c.Operation(ctx, "op_1")
		require.NoError(t, err)
		assert.Equal(t, `"?"`, o.Result.String())
		if kind == "payout" {
			p, err := c.FindPayout(ctx, wapay.Ref{ID: "op_1"})
			require.NoError(t, err)
			assert.Equal(t, wapay.StatusUnknown, p.Status)
			continue
		}
		p, err := c.FindPayment(ctx, wapay.Ref{ID: "op_1"})
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusUnknown, p.Status)
	}
}

// A reference that comes back as a number lacks its leading zeros or its end.
func TestReferenceAsNumber(t *testing.T) {
	ctx := context.Background()
	for reference, shown := range map[string]string{"000123": "123", "20251125223849000001234": "2.0251125223849e+22"} {
		payload := `{"reference":` + shown + `,"amount":1}`
		c, _ := newMock(t, operations(`null`, operation("op_1", "payout", "succeeded", payload, "")))
		_, err := c.FindPayout(ctx, wapay.Ref{Reference: reference})
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
		c, _ = newMock(t, data(200, operation("op_1", "payout", "succeeded", payload, "")))
		_, err = c.FindPayout(ctx, wapay.Ref{ID: "op_1", Reference: reference})
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	}
}

// The client refuses an order that its notification or lookup could not show.
func TestOrderTooLarge(t *testing.T) {
	ctx := context.Background()
	large := func(bytes int) map[string]string { return map[string]string{"cart": strings.Repeat("x", bytes)} }
	keys := map[string]string{}
	for i := range 1001 {
		keys[fmt.Sprint(i)] = ""
	}
	for _, data := range []map[string]string{large(48 << 10), {"cart": strings.Repeat("é", 9<<10)}, {"cart": strings.Repeat("😀", 4<<10)}, keys} {
		c, m := newMock(t)
		pay, out, refund, transfer := goodPay(t), goodPayoutOrder(t), goodRefund(), goodTransfer()
		pay.Metadata, out.Metadata, refund.Metadata, transfer.Metadata = data, data, data, data
		_, err := c.Pay(ctx, pay)
		badFields(t, err, "Metadata")
		_, err = c.Payout(ctx, out)
		badFields(t, err, "Metadata")
		_, err = c.CreateRefund(ctx, refund)
		badFields(t, err, "Metadata")
		_, err = c.CreateTransfer(ctx, transfer)
		badFields(t, err, "Metadata")
		m.none()
	}

	// The client can read a page of the largest orders.
	r := goodPayout(t)
	delete(keys, "1000")
	for k := range keys {
		keys[k] = strings.Repeat("<", 6)
	}
	r.Metadata = keys
	c, m := newMock(t, data(202, accepted("payout")))
	_, err := c.CreatePayout(ctx, r)
	require.NoError(t, err)
	require.Greater(t, len(m.Requests[0].Body), 44<<10)
	var page []string
	for i := range 50 {
		page = append(page, operation(fmt.Sprint("op_", i), "payout", "queued", m.Requests[0].Body, m.Requests[0].Body[:1]+`"x":1}`))
	}
	page[49] = payoutOf("op_49", "queued", "PO-1")
	c, _ = newMock(t, operations(`null`, page...))
	p, err := c.FindPayout(ctx, byReference)
	require.NoError(t, err)
	assert.Equal(t, "op_49", p.ID)
}

// Intram has no one-time codes. The client neither sends nor shows one.
func TestOneTimeCodeIsNotSent(t *testing.T) {
	c, m := newMock(t, refusal(400, "validation_error", "No"))
	r := goodPay(t)
	r.OTP = "842917"
	_, err := c.Pay(context.Background(), r)
	assert.NotContains(t, m.Requests[0].Body+err.Error(), r.OTP)
}

func TestRepeatSafe(t *testing.T) {
	c, _ := newMock(t)
	assert.Less(t, c.RepeatSafe(), 24*time.Hour, "which the provider documents")
	assert.Positive(t, c.RepeatSafe())
}

// The notification has the provider's reference, and the operation has the
// merchant's.
func TestNotificationIsConfirmed(t *testing.T) {
	body, err := os.ReadFile("testdata/in_webhook_paid_ebio.json")
	require.NoError(t, err)
	c, m := newMock(t, fixture(t, 200, "in_op_payment_succeeded_payload.json"), fixture(t, 200, "in_transaction_doc.json"))
	var got *ipn.Event
	h, err := ipn.NewHandler(ipn.Intram("whsec_1"), func(_ context.Context, e *ipn.Event) error { got = e; return nil },
		ipn.WithConfirm(ipn.ConfirmPayments(c)))
	require.NoError(t, err)
	stamp := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	mac := hmac.New(sha256.New, []byte("whsec_1"))
	mac.Write([]byte(stamp + "." + string(body)))
	r := httptest.NewRequest("POST", "/", strings.NewReader(string(body)))
	r.Header.Set("X-Intram-Timestamp", stamp)
	r.Header.Set("X-Intram-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, 200, w.Code)
	require.NotNil(t, got)
	assert.Equal(t, "order-4521", got.Reference)
	assert.Equal(t, wapay.StatusSucceeded, got.Status)
	assert.Len(t, m.Requests, 2)
}

// The end of the context ends a replay's lookup, but not the order.
func TestReplayEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c, m := newMock(t, func(r *http.Request) (*http.Response, error) {
		defer cancel()
		return replay(data(202, accepted("payout")))(r)
	})
	_, err := c.Payout(ctx, goodPayoutOrder(t))
	e := failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	assert.Equal(t, "PO-2026-0001", e.Reference)
	assert.False(t, errors.Is(err, wapay.ErrNotFound))
	assert.Len(t, m.Requests, 1)
}

// A wait counts each attempt once.
func TestWaitCountsAttempts(t *testing.T) {
	_, m := newMock(t, reply(502, ""), reply(502, ""), refusal(403, "merchant_inactive", ""))
	_, err := m.client(sandboxKeys, wapay.WithMaxRetries(0)).WaitOperation(context.Background(), "op_1", quickly)
	e := failure(t, err, wapay.ErrForbidden, wapay.OutcomeReadOnly)
	assert.Equal(t, 3, e.Attempts)
	assert.Equal(t, "WaitOperation", e.Op)
}

// A refund of all is not a refund of a part.
func TestRefundOfAnotherAmount(t *testing.T) {
	payload := `{"transaction_reference":"AB12CD34EF","amount":1500,"metadata":{"reference":"refund-7"}}`
	c, _ := newMock(t, refusal(409, "idempotency_conflict", "No"), operations(`null`, operation("op_1", "refund", "succeeded", payload, "")))
	r := goodRefund()
	r.Amount = wapay.Money{}
	_, err := c.CreateRefund(context.Background(), r)
	failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	assert.ErrorContains(t, err, "does not show the same amount")
}

// The type of an operation or a transaction may be in any letter case. One
// without a type may be a payout.
func TestTypesOfAnyCase(t *testing.T) {
	ctx := context.Background()
	payload := `{"reference":"PO-1","amount":1,"currency":"XOF"}`
	for kind, want := range map[string]error{"PAYOUT": nil, "": wapay.ErrDecode, "payout_v2": wapay.ErrDecode, "Refund": wapay.ErrNotFound} {
		o := operation("op_1", kind, "queued", payload, "")
		for _, x := range []struct {
			answer func(*http.Request) (*http.Response, error)
			ref    wapay.Ref
		}{{data(200, o), wapay.Ref{ID: "op_1"}}, {operations(`null`, o), byReference}} {
			c, _ := newMock(t, x.answer)
			_, err := c.FindPayout(ctx, x.ref)
			if want == nil {
				assert.NoError(t, err, kind)
			} else {
				failure(t, err, want, wapay.OutcomeReadOnly)
			}
		}
	}
	c, _ := newMock(t, data(200, `{"reference":"AB12CD34EF","status":"SUCCESS","type":"credit"}`))
	_, err := c.FindPayout(ctx, wapay.Ref{ID: "AB12CD34EF"})
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
}

// The reference in a payout's result may be the provider's own.
func TestReferenceOfThePayload(t *testing.T) {
	ctx := context.Background()
	o := operation("op_1", "payout", "succeeded", `{"reference":"PO-1","amount":1}`, `{"reference":"AB12CD34EF","status":"completed"}`)
	c, _ := newMock(t, operations(`null`, o))
	p, err := c.FindPayout(ctx, byReference)
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusSucceeded, p.Status)
	_, err = c.FindPayout(ctx, wapay.Ref{Reference: "AB12CD34EF"})
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
}
