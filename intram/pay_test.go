package intram_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/intram"
)

func goodPay(t testing.TB) wapay.PaymentRequest {
	return wapay.PaymentRequest{
		Reference: "order-4521", Amount: wapay.XOF.Units(5000), Description: "Panier", Operator: "MTN_BENIN_229",
		Customer: wapay.Customer{
			Phone: phone(t, "0161234567", "BJ"), FirstName: "Awa", LastName: "Dossou", Email: "awa@example.com",
		},
		ReturnURL: "https://shop.example/ok", CancelURL: "https://shop.example/no", NotifyURL: "https://unused.example",
		OTP: "123456", Metadata: map[string]string{"basket": "42"},
	}
}

func goodPayoutOrder(t testing.TB) wapay.PayoutRequest {
	return wapay.PayoutRequest{
		Reference: "PO-2026-0001", Amount: wapay.XOF.Units(25000), Description: "Mai", Operator: "MTN_BENIN_229",
		Metadata:  map[string]string{"b": "2", "a": "<é>"},
		Recipient: wapay.Customer{Phone: phone(t, "0161234567", "BJ"), FirstName: "Awa", LastName: "Dossou"},
	}
}

const paymentPayload = `{"invoice":{"amount":5000,"currency":"XOF"},"webhook_data":{"reference":"order-4521"}}`

func TestPay(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, data(202, accepted("payment_request")),
		data(200, operation("op_2f4a8b1c", "payment_request", "processing", paymentPayload, "")),
		reply(502, "<html>"), reply(502, "<html>"), reply(502, "<html>"), // the engine gives up, the wait does not
		data(200, operation("op_2f4a8b1c", "payment_request", "succeeded", paymentPayload, checkout)))
	p, err := c.Pay(ctx, goodPay(t))
	require.NoError(t, err)
	require.Len(t, m.Requests, 6)

	other, n := newMock(t, data(202, accepted("payment_request")))
	_, err = other.CreatePaymentRequest(ctx, goodPayment(t))
	require.NoError(t, err)
	m.nth(0, "POST", "/payment-requests", deriveKey("payment_request", "order-4521"), n.Requests[0].Body)
	m.nth(1, "GET", "/operations/op_2f4a8b1c", "", "")
	p.Raw = nil
	assert.Equal(t, &wapay.Payment{
		Provider: "intram", ID: "op_2f4a8b1c", Reference: "order-4521", Status: wapay.StatusPending, ProviderStatus: "pending",
		Amount: wapay.XOF.Units(5000), CheckoutURL: "https://gw.example/g", Action: wapay.ActionOpenPage, CreatedAt: at("2026-05-20T10:30:00Z"),
	}, p)
}

// It is no error if there is no page in time, or if the wait fails in another
// way.
func TestPayWithoutCheckout(t *testing.T) {
	pending := func(t *testing.T, p *wapay.Payment, err error) {
		t.Helper()
		require.NoError(t, err)
		assert.Equal(t, "op_2f4a8b1c", p.ID)
		assert.Equal(t, "order-4521", p.Reference)
		assert.Equal(t, wapay.StatusPending, p.Status)
		assert.Equal(t, wapay.XOF.Units(5000), p.Amount)
		assert.Empty(t, p.CheckoutURL)
	}
	queued := data(200, operation("op_2f4a8b1c", "payment_request", "queued", "", ""))
	t.Run("no wait", func(t *testing.T) {
		c, m := newMock(t, data(202, accepted("payment_request")), queued)
		for _, d := range []time.Duration{0, -1} {
			m.Requests = nil
			p, err := c.WithCheckoutWait(d).Pay(context.Background(), goodPay(t))
			pending(t, p, err)
			assert.Len(t, m.Requests, 1)
		}
	})
	t.Run("too short a wait", func(t *testing.T) {
		c, m := newMock(t, data(202, accepted("payment_request")), queued)
		began := time.Now()
		p, err := c.WithCheckoutWait(400*time.Millisecond).Pay(context.Background(), goodPay(t))
		pending(t, p, err)
		assert.Less(t, time.Since(began), 3*time.Second)
		assert.GreaterOrEqual(t, len(m.Requests), 2)
	})
	t.Run("the context ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		c, _ := newMock(t, data(202, accepted("payment_request")), func(*http.Request) (*http.Response, error) {
			cancel()
			return nil, ctx.Err()
		})
		p, err := c.Pay(ctx, goodPay(t))
		pending(t, p, err)
	})
	for name, answer := range map[string]func(*http.Request) (*http.Response, error){
		"not known yet": refusal(404, "operation_not_found", "No"), "forbidden": refusal(403, "merchant_inactive", "No"),
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newMock(t, data(202, accepted("payment_request")), answer)
			p, err := c.Pay(context.Background(), goodPay(t))
			pending(t, p, err)
		})
	}
}

// If the payment request fails while Pay waits, the payment has failed.
func TestPayFails(t *testing.T) {
	c, _ := newMock(t, data(202, accepted("payment_request")), data(200, `{"operation_id":"op_2f4a8b1c","type":"payment_request",
		"status":"failed","result":null,"error":{"code":"unsupported_payment_method","message":"Not for XOF"}}`))
	p, err := c.Pay(context.Background(), goodPay(t))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, p.Status)
	assert.Equal(t, "unsupported_payment_method: Not for XOF", p.Reason)
	assert.Equal(t, wapay.XOF.Units(5000), p.Amount)
}

// An order with an unreadable result, or with an operation without type, has
// neither failed nor succeeded.
func TestResultIsUnreadable(t *testing.T) {
	ctx := context.Background()
	for _, x := range []string{
		`"type":"%s","status":"expired","result":"x"`, `"type":"%s","status":"expired","result":[7]`,
		`"type":"%s","status":"failed","result":"x"`, `"%s":"","status":"failed","result":{"status":"completed"}`,
		`"%s":"","status":"expired","result":{"status":"paid"}`,
	} {
		c, _ := newMock(t, data(202, `{"operation_id":"op_1",`+fmt.Sprintf(x, "payment_request")+`}`))
		p, err := c.WithCheckoutWait(0).Pay(ctx, goodPay(t))
		require.NoError(t, err, x)
		assert.Equal(t, wapay.StatusUnknown, p.Status, x)

		c, _ = newMock(t, data(202, `{"operation_id":"op_1",`+fmt.Sprintf(x, "payout")+`}`))
		out, err := c.Payout(ctx, goodPayoutOrder(t))
		require.NoError(t, err, x)
		assert.Equal(t, wapay.StatusUnknown, out.Status, x)
	}
	c, _ := newMock(t, data(202, `{"operation_id":"op_1","type":"payout","status":"succeeded",
		"payload":{"destination":{"type":"mobile_money"}},"result":"failed"}`))
	out, err := c.Payout(ctx, goodPayoutOrder(t))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusUnknown, out.Status)
}

func TestPayout(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, data(202, accepted("payout")))
	p, err := c.Payout(ctx, goodPayoutOrder(t))
	require.NoError(t, err)
	other, n := newMock(t, data(202, accepted("payout")))
	_, err = other.CreatePayout(ctx, goodPayout(t))
	require.NoError(t, err)
	m.assertRequest("POST", "/payouts", deriveKey("payout", "PO-2026-0001"), n.Requests[0].Body)
	p.Raw = nil
	assert.Equal(t, &wapay.Payout{
		Provider: "intram", ID: "op_2f4a8b1c", Reference: "PO-2026-0001", Status: wapay.StatusPending, ProviderStatus: "queued",
		Amount: wapay.XOF.Units(25000), CreatedAt: at("2026-05-20T10:30:00.5Z"),
	}, p)
}

func TestFindPaymentByOperation(t *testing.T) {
	ctx := context.Background()
	tx := func(status string) func(*http.Request) (*http.Response, error) {
		return data(200, `{"reference":"AB12CD34EF","status":"`+status+`","type":"CREDIT","amount":5000,"currency":"XOF"}`)
	}
	for _, x := range []struct {
		operation, result string
		answer            func(*http.Request) (*http.Response, error) // for the transaction, nil: not asked for
		status            wapay.Status
		word              string
	}{
		{"queued", "", nil, wapay.StatusPending, "queued"},
		{"processing", "", nil, wapay.StatusPending, "processing"},
		{"failed", "", nil, wapay.StatusFailed, "failed"},
		{"expired", "", nil, wapay.StatusFailed, "expired"}, // there was no page
		{"succeeded", "", nil, wapay.StatusPending, "succeeded"},
		{"on_hold", "", nil, wapay.StatusUnknown, "on_hold"},
		{"succeeded", checkout, tx("PENDING"), wapay.StatusPending, "PENDING"},
		{"succeeded", checkout, tx("SUCCESS"), wapay.StatusSucceeded, "SUCCESS"},
		{"succeeded", checkout, tx("ERROR"), wapay.StatusFailed, "ERROR"},
		{"succeeded", checkout, tx("REFUNDED"), wapay.StatusRefunded, "REFUNDED"},
		{"succeeded", checkout, tx("CHARGEBACK"), wapay.StatusUnknown, "CHARGEBACK"},
		{"expired", checkout, tx("SUCCESS"), wapay.StatusSucceeded, "SUCCESS"}, // paid on the page
		{"succeeded", checkout, refusal(404, "transaction_not_found", ""), wapay.StatusPending, "pending"},
		{"expired", checkout, refusal(404, "transaction_not_found", ""), wapay.StatusUnknown, "expired"},
		{"failed", `{"responsecode":"91"}`, nil, wapay.StatusFailed, "failed"},
		{"failed", `{"status":"failed","gateway_url":"https://gw.example/g"}`, nil, wapay.StatusFailed, "failed"},
		{"failed", `{"gateway_url":"https://gw.example/g"}`, nil, wapay.StatusUnknown, "failed"}, // there was a page
		{"failed", checkout, tx("SUCCESS"), wapay.StatusSucceeded, "SUCCESS"},
		{"failed", checkout, refusal(404, "transaction_not_found", ""), wapay.StatusUnknown, "failed"},
	} {
		t.Run(x.operation+" "+x.word, func(t *testing.T) {
			c, m := newMock(t, data(200, operation("op_1", "payment_request", x.operation, paymentPayload, x.result)), x.answer)
			p, err := c.FindPayment(ctx, wapay.Ref{ID: "op_1", Reference: "order-4521"})
			require.NoError(t, err)
			assert.Equal(t, x.status, p.Status)
			assert.Equal(t, x.word, p.ProviderStatus)
			assert.Equal(t, "op_1", p.ID)
			assert.Equal(t, "order-4521", p.Reference)
			assert.Equal(t, wapay.XOF.Units(5000), p.Amount)
			m.nth(0, "GET", "/operations/op_1", "", "")
			if x.answer != nil {
				m.nth(1, "GET", "/transactions/AB12CD34EF", "", "")
			} else {
				assert.Len(t, m.Requests, 1)
			}
		})
	}
	_, m := newMock(t, data(200, operation("op_1", "payment_request", "succeeded", paymentPayload, checkout)), reply(502, ""))
	c := m.client(sandboxKeys, wapay.WithMaxRetries(0))
	_, err := c.FindPayment(ctx, wapay.Ref{ID: "op_1", Reference: "order-4521"})
	e := failure(t, err, wapay.ErrUnavailable, wapay.OutcomeReadOnly)
	assert.Equal(t, "order-4521", e.Reference)
}

func TestFindPayoutByOperation(t *testing.T) {
	ctx := context.Background()
	momo := `{"reference":"PO-1","amount":25000,"currency":"XOF","destination":{"type":"mobile_money"}}`
	bank := `{"reference":"PO-1","amount":25000,"currency":"XOF","destination":{"type":"bank_account"}}`
	result := func(status string) string {
		return `{"reference":"PO-1","amount":25000,"currency":"XOF","status":"` + status +
			`","provider_response":{"responsecode":"0","responsemsg":"Words","serviceref":"S-77"}}`
	}
	for _, x := range []struct {
		operation, payload, result string
		status                     wapay.Status
		word, reason               string
	}{
		{"queued", momo, "", wapay.StatusPending, "queued", ""},
		{"processing", momo, "", wapay.StatusPending, "processing", ""},
		{"succeeded", momo, result("completed"), wapay.StatusSucceeded, "completed", ""},
		{"succeeded", momo, "", wapay.StatusSucceeded, "succeeded", ""},
		{"succeeded", bank, result("queued_for_settlement"), wapay.StatusPending, "queued_for_settlement", ""},
		{"succeeded", bank, result("completed"), wapay.StatusSucceeded, "completed", ""},
		{"succeeded", bank, "", wapay.StatusPending, "succeeded", ""},
		{"succeeded", momo, result("failed"), wapay.StatusFailed, "failed", "Words"},
		{"succeeded", momo, result("on_hold"), wapay.StatusUnknown, "on_hold", ""},
		{"failed", momo, "", wapay.StatusFailed, "failed", ""},
		{"expired", momo, "", wapay.StatusUnknown, "expired", ""}, // it may have moved
		{"on_hold", momo, "", wapay.StatusUnknown, "on_hold", ""},
		// A failed operation whose result says otherwise contradicts itself.
		{"failed", momo, result("failed"), wapay.StatusFailed, "failed", "Words"},
		{"failed", momo, result("completed"), wapay.StatusUnknown, "completed", ""},
		{"failed", momo, result("queued_for_settlement"), wapay.StatusUnknown, "queued_for_settlement", ""},
		{"failed", momo, result("on_hold"), wapay.StatusUnknown, "on_hold", ""},
		{"failed", momo, result(""), wapay.StatusFailed, "failed", "Words"},
	} {
		t.Run(x.operation+" "+x.word, func(t *testing.T) {
			c, m := newMock(t, data(200, operation("op_1", "payout", x.operation, x.payload, x.result)))
			p, err := c.FindPayout(ctx, wapay.Ref{ID: "op_1"})
			require.NoError(t, err)
			m.assertRequest("GET", "/operations/op_1", "", "")
			p.Raw = nil
			want := &wapay.Payout{
				Provider: "intram", ID: "op_1", Reference: "PO-1", Status: x.status, ProviderStatus: x.word, Reason: x.reason,
				Amount: wapay.XOF.Units(25000), CreatedAt: at("2026-05-20T10:30:00Z"),
			}
			if x.result != "" {
				want.OperatorID = "S-77"
			}
			assert.Equal(t, want, p)
		})
	}
	c, _ := newMock(t, data(200, `{"operation_id":"op_1","type":"payout","status":"failed","payload":`+momo+
		`,"error":{"code":"insufficient_balance","message":"Solde insuffisant"}}`))
	p, err := c.FindPayout(ctx, wapay.Ref{ID: "op_1", Reference: "PO-1"})
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, p.Status)
	assert.Equal(t, "insufficient_balance: Solde insuffisant", p.Reason)
}

// An ID of another kind or order is not found.
func TestFindMismatch(t *testing.T) {
	ctx := context.Background()
	missing := func(err error) {
		t.Helper()
		failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	}
	c, _ := newMock(t, data(200, operation("op_1", "payment_request", "queued", paymentPayload, "")))
	_, err := c.FindPayout(ctx, wapay.Ref{ID: "op_1"})
	missing(err)
	_, err = c.FindPayment(ctx, wapay.Ref{ID: "op_1", Reference: "order-1"})
	missing(err)
	c, _ = newMock(t, refusal(404, "operation_not_found", ""))
	_, err = c.FindPayment(ctx, wapay.Ref{ID: "op_1"})
	missing(err)
	c, _ = newMock(t, data(200, operation("op_1", "payment_request", "queued", "", "")))
	_, err = c.FindPayment(ctx, wapay.Ref{ID: "op_1", Reference: "order-1"})
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)

	// An id without the prefix is a transaction's, or else an operation's.
	c, m := newMock(t, refusal(404, "transaction_not_found", ""), data(200, operation("7f3a", "payout", "queued", "", "")))
	p, err := c.FindPayout(ctx, wapay.Ref{ID: "7f3a"})
	require.NoError(t, err)
	assert.Equal(t, "7f3a", p.ID)
	m.nth(0, "GET", "/transactions/7f3a", "", "")
	m.nth(1, "GET", "/operations/7f3a", "", "")
	_, m = newMock(t, reply(502, ""))
	c = m.client(sandboxKeys, wapay.WithMaxRetries(0))
	_, err = c.FindPayout(ctx, wapay.Ref{ID: "7f3a"})
	failure(t, err, wapay.ErrUnavailable, wapay.OutcomeReadOnly)
	assert.Len(t, m.Requests, 1)
}

func TestFindByTransaction(t *testing.T) {
	ctx := context.Background()
	tx := func(kind string) func(*http.Request) (*http.Response, error) {
		return data(200, fmt.Sprintf(`{"reference":"AB12CD34EF","status":"SUCCESS","type":%q,"amount":5000,"currency":"XOF"}`, kind))
	}
	c, m := newMock(t, tx("CREDIT"))
	p, err := c.FindPayment(ctx, wapay.Ref{ID: "AB12CD34EF"})
	require.NoError(t, err)
	m.assertRequest("GET", "/transactions/AB12CD34EF", "", "")
	p.Raw = nil
	assert.Equal(t, &wapay.Payment{
		Provider: "intram", ID: "AB12CD34EF", Status: wapay.StatusSucceeded, ProviderStatus: "SUCCESS", Amount: wapay.XOF.Units(5000),
	}, p)
	_, err = c.FindPayout(ctx, wapay.Ref{ID: "AB12CD34EF"})
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	c, _ = newMock(t, tx("DEBIT"))
	out, err := c.FindPayout(ctx, wapay.Ref{ID: "AB12CD34EF"})
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusSucceeded, out.Status)

	c, _ = newMock(t, tx("DEBIT"), reply(200, `{"error":false,"data":[`+operation("op_1", "payout", "succeeded", `{"reference":"PO-1"}`, "")+`]}`))
	_, err = c.FindPayout(ctx, wapay.Ref{ID: "AB12CD34EF", Reference: "PO-1"})
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	assert.ErrorContains(t, err, "op_1")

	// With a reference beside it, the operation must have both.
	for result, ok := range map[string]bool{checkout: true, `{"transaction_reference":"ZZ"}`: false} {
		c, m = newMock(t, tx("CREDIT"), reply(200, `{"error":false,"data":[`+
			operation("op_1", "payment_request", "succeeded", paymentPayload, result)+`],"paging":{"next_before":null}}`))
		p, err = c.FindPayment(ctx, wapay.Ref{ID: "AB12CD34EF", Reference: "order-4521"})
		require.Len(t, m.Requests, 2)
		if !ok {
			failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, "AB12CD34EF", p.ID)
		assert.Equal(t, wapay.StatusSucceeded, p.Status)
	}
}

func TestWaitOperation(t *testing.T) {
	ctx := context.Background()
	quick := wapay.PollEvery(time.Millisecond, time.Millisecond)
	queued, done := data(200, operation("op_1", "payout", "queued", "", "")), data(200, operation("op_1", "payout", "failed", "", ""))
	c, m := newMock(t, queued, reply(200, "<html>"), queued, done)
	o, err := c.WaitOperation(ctx, "op_1", quick)
	require.NoError(t, err)
	assert.Equal(t, intram.OperationFailed, o.Status)
	assert.Len(t, m.Requests, 4)

	c, _ = newMock(t, queued)
	o, err = c.WaitOperation(ctx, "op_1", quick, wapay.PollFor(20*time.Millisecond))
	e := failure(t, err, nil, wapay.OutcomeReadOnly)
	assert.Equal(t, "WaitOperation", e.Op)
	assert.Equal(t, intram.OperationQueued, o.Status, "the last state stands beside the error")

	c, _ = newMock(t, queued, refusal(403, "merchant_inactive", ""))
	o, err = c.WaitOperation(ctx, "op_1", quick)
	failure(t, err, wapay.ErrForbidden, wapay.OutcomeReadOnly)
	assert.Equal(t, intram.OperationQueued, o.Status)

	c, _ = newMock(t, refusal(404, "operation_not_found", ""))
	o, err = c.WaitOperation(ctx, "op_1", quick)
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	assert.Nil(t, o)

	ctx, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	c, _ = newMock(t, queued)
	o, err = c.WaitOperation(ctx, "op_1", quick)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.NotNil(t, o)
}
