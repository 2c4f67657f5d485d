package intram_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/intram"
)

// fixture returns an answer from the provider's documents or from integrators'
// code.
func fixture(t testing.TB, status int, name string) func(*http.Request) (*http.Response, error) {
	body, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return reply(status, string(body))
}

func TestDocumentedTransaction(t *testing.T) {
	ctx := context.Background()
	c, _ := newMock(t, fixture(t, 200, "in_transaction_doc.json"))
	got, err := c.Transaction(ctx, "AB12CD34EF")
	require.NoError(t, err)
	got.Raw = nil
	assert.Equal(t, &intram.Transaction{
		Reference: "AB12CD34EF", ID: "67e900000000000000000001", ServiceReference: "MTN987654321",
		Status: wapay.StatusSucceeded, ProviderStatus: "SUCCESS", Type: intram.Credit, Env: "live",
		Amount: wapay.XOF.Units(12000), Fees: wapay.XOF.Units(240), NetAmount: wapay.XOF.Units(11760),
		PaymentMethod: "MTN_BENIN_229", PaymentMethodType: "Mobile", PaymentMethodName: "MTN Bénin",
		Customer: intram.TransactionCustomer{
			ID: "65a000000000000000000002", Email: "client@example.com", FirstName: "Ada", LastName: "Lovelace",
		},
		Source: "2290161234567", QRCode: "data:image/png;base64,iVBORw0KGgo=",
		WebhookData: map[string]string{"reference": "order-4521", "order_id": "4521"}, CreatedAt: at("2026-05-20T10:30:00Z"),
		Refunds: []intram.TransactionRefund{{
			Reference: "9DEFGH1234", ServiceReference: "MTN98REFUND", Status: wapay.StatusSucceeded, ProviderStatus: "SUCCESS",
			Reason: "Demande client", CreatedAt: at("2026-05-20T11:45:00Z"),
		}},
	}, got)
	assert.Equal(t, "order-4521", got.MerchantReference())

	for _, ref := range []wapay.Ref{
		{ID: "AB12CD34EF"}, {ID: "67e900000000000000000001"}, {ID: "AB12CD34EF", Reference: "order-4521"},
	} {
		c, m := newMock(t, fixture(t, 200, "in_transaction_doc.json"))
		p, err := c.FindPayment(ctx, ref)
		require.NoError(t, err)
		assert.Len(t, m.Requests, 1, "the transaction shows the reference")
		p.Raw = nil
		assert.Equal(t, &wapay.Payment{
			Provider: "intram", ID: ref.ID, Reference: "order-4521", Status: wapay.StatusSucceeded, ProviderStatus: "SUCCESS",
			Amount: wapay.XOF.Units(12000), Fee: wapay.XOF.Units(240), OperatorID: "MTN987654321", CreatedAt: at("2026-05-20T10:30:00Z"),
		}, p)
	}
	_, err = c.FindPayment(ctx, wapay.Ref{ID: "AB12CD34EF", Reference: "order-1"})
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	_, err = c.FindPayout(ctx, wapay.Ref{ID: "AB12CD34EF"})
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
}

func TestDeclinedTransaction(t *testing.T) {
	ctx := context.Background()
	c, _ := newMock(t, data(200, `{"reference":"AB12CD34EF","status":"ERROR","type":"CREDIT","declined_reason":"Solde insuffisant",
		"refunded_at":"2026-05-20T11:00:00Z"}`))
	got, err := c.Transaction(ctx, "AB12CD34EF")
	require.NoError(t, err)
	assert.Equal(t, "Solde insuffisant", got.DeclinedReason)
	assert.Equal(t, at("2026-05-20T11:00:00Z"), got.RefundedAt)
	p, err := c.FindPayment(ctx, wapay.Ref{ID: "AB12CD34EF"})
	require.NoError(t, err)
	assert.Equal(t, "Solde insuffisant", p.Reason)
	assert.Equal(t, wapay.StatusFailed, p.Status)
}

func TestOperationsInIntegrations(t *testing.T) {
	ctx := context.Background()
	transaction := fixture(t, 200, "in_transaction_doc.json")
	noTransaction := refusal(404, "transaction_not_found", "")
	for _, x := range []struct {
		file   string
		then   func(*http.Request) (*http.Response, error) // for the transaction
		status intram.OperationStatus
		want   wapay.Payment
	}{
		{"in_op_payment_succeeded_payload.json", transaction, intram.OperationSucceeded, wapay.Payment{
			Reference: "order-4521", Status: wapay.StatusSucceeded, ProviderStatus: "SUCCESS", Amount: wapay.XOF.Units(12000),
			Fee: wapay.XOF.Units(240), OperatorID: "MTN987654321", CreatedAt: at("2026-05-20T10:30:00Z"),
		}},
		{"in_op_payment_succeeded_payload.json", noTransaction, intram.OperationSucceeded, wapay.Payment{
			Reference: "order-4521", Status: wapay.StatusPending, ProviderStatus: "pending", Amount: wapay.XOF.Units(12000),
			Action: wapay.ActionOpenPage, CreatedAt: at("2026-05-20T10:30:00Z"),
		}},
		{"in_op_payment_succeeded.json", noTransaction, intram.OperationSucceeded, wapay.Payment{
			Status: wapay.StatusPending, ProviderStatus: "pending", Amount: wapay.XOF.Units(12000), Action: wapay.ActionOpenPage,
			CreatedAt: at("2026-05-20T10:30:00Z"),
		}},
		{"in_op_payment_completed.json", noTransaction, intram.OperationSucceeded, wapay.Payment{
			Status: wapay.StatusPending, ProviderStatus: "completed", Action: wapay.ActionOpenPage,
		}},
		{"in_op_payment_completed.json", transaction, intram.OperationSucceeded, wapay.Payment{
			Status: wapay.StatusSucceeded, ProviderStatus: "SUCCESS", Amount: wapay.XOF.Units(12000),
			Fee: wapay.XOF.Units(240), OperatorID: "MTN987654321",
		}},
	} {
		const id = "op_4d2a0000000001"
		c, m := newMock(t, fixture(t, 200, x.file), x.then)
		p, err := c.FindPayment(ctx, wapay.Ref{ID: id})
		require.NoError(t, err, x.file)
		require.Len(t, m.Requests, 2)
		m.nth(1, "GET", "/transactions/AB12CD34EF", "", "")
		x.want.Provider, x.want.ID, x.want.CheckoutURL, p.Raw = "intram", id, "https://gateway.intram.org/67e900000000000000000001", nil
		assert.Equal(t, &x.want, p, x.file)

		c, _ = newMock(t, fixture(t, 200, x.file))
		o, err := c.WaitOperation(ctx, id)
		require.NoError(t, err, x.file)
		assert.Equal(t, x.status, o.Status)
	}

	for _, x := range []struct {
		file string
		want wapay.Payout
	}{
		{"in_op_payout_succeeded.json", wapay.Payout{
			Reference: "PO-2026-0001", Status: wapay.StatusSucceeded, ProviderStatus: "completed", Amount: wapay.XOF.Units(25000),
			OperatorID: "MTN987654321", CreatedAt: at("2026-05-20T10:30:00Z"),
		}},
		{"in_op_payout_completed.json", wapay.Payout{Reference: "PO-2026-0001", Status: wapay.StatusSucceeded, ProviderStatus: "completed"}},
		{"in_op_payout_failed.json", wapay.Payout{
			Status: wapay.StatusFailed, ProviderStatus: "failed", Reason: "provider_rejected: Provider rejected the payout",
		}},
		{"in_op_payout_failed_error_message.json", wapay.Payout{
			Status: wapay.StatusFailed, ProviderStatus: "failed", Reason: "Solde marchand insuffisant",
		}},
	} {
		const id = "op_2f4a8b1c0001"
		c, _ := newMock(t, fixture(t, 200, x.file))
		p, err := c.FindPayout(ctx, wapay.Ref{ID: id})
		require.NoError(t, err, x.file)
		x.want.Provider, x.want.ID, p.Raw = "intram", id, nil
		assert.Equal(t, &x.want, p, x.file)
		o, err := c.WaitOperation(ctx, id)
		require.NoError(t, err, x.file)
		assert.True(t, o.Status.Final())
	}

	c, _ := newMock(t, fixture(t, 200, "in_op_payout_succeeded.json"))
	o, err := c.Operation(ctx, "op_2f4a8b1c0001")
	require.NoError(t, err)
	assert.Equal(t, "65a000000000000000000001", o.Payout.ReversementID)
	c, _ = newMock(t, fixture(t, 200, "in_op_payment_succeeded.json"))
	o, err = c.Operation(ctx, "op_4d2a0000000001")
	require.NoError(t, err)
	assert.Equal(t, "67e900000000000000000001", o.Checkout.TransactionID)
}

// A word means the same in an operation, in its result and in a notification.
func TestOperationWords(t *testing.T) {
	for word, want := range map[string]intram.OperationStatus{
		"queued": intram.OperationQueued, "processing": intram.OperationProcessing, "pending": intram.OperationProcessing,
		"succeeded": intram.OperationSucceeded, "completed": intram.OperationSucceeded, "successful": intram.OperationSucceeded,
		"settled": intram.OperationSucceeded, "SUCCESS": intram.OperationSucceeded, "failed": intram.OperationFailed,
		"rejected": intram.OperationFailed, "cancelled": intram.OperationFailed, "expired": intram.OperationExpired,
		"Expired": intram.OperationExpired, "on_hold": "on_hold",
	} {
		c, _ := newMock(t, data(200, operation("op_1", "payout", word, "", "")))
		o, err := c.Operation(context.Background(), "op_1")
		require.NoError(t, err)
		assert.Equal(t, want, o.Status, word)
		assert.Equal(t, word, o.ProviderStatus)
	}
	for word, want := range map[string]wapay.Status{
		"settled": wapay.StatusSucceeded, "successful": wapay.StatusSucceeded, "expired": wapay.StatusFailed,
		"rejected": wapay.StatusFailed, "cancelled": wapay.StatusFailed, "on_hold": wapay.StatusUnknown,
	} {
		c, _ := newMock(t, data(200, operation("op_1", "payout", "succeeded", "", `{"status":"`+word+`"}`)))
		p, err := c.FindPayout(context.Background(), wapay.Ref{ID: "op_1"})
		require.NoError(t, err)
		assert.Equal(t, want, p.Status, word)
	}
}

func TestAnswersToOrders(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, fixture(t, 202, "in_202_payout.json"))
	out, err := c.Payout(ctx, goodPayoutOrder(t))
	require.NoError(t, err)
	out.Raw = nil
	assert.Equal(t, &wapay.Payout{
		Provider: "intram", ID: "op_2f4a8b1c0001", Reference: "PO-2026-0001", Status: wapay.StatusPending, ProviderStatus: "queued",
		Amount: wapay.XOF.Units(25000), Party: "2290161234567", CreatedAt: at("2026-05-20T10:30:00Z"),
	}, out)
	assert.Len(t, m.Requests, 1)

	c, _ = newMock(t, fixture(t, 202, "in_202_payment.json"))
	p, err := c.WithCheckoutWait(0).Pay(ctx, goodPay(t))
	require.NoError(t, err)
	p.Raw = nil
	assert.Equal(t, &wapay.Payment{
		Provider: "intram", ID: "op_4d2a0000000001", Reference: "order-4521", Status: wapay.StatusPending, ProviderStatus: "queued",
		Amount: wapay.XOF.Units(5000),
	}, p)

	// The customer is required, even if empty.
	c, m = newMock(t, fixture(t, 400, "in_err_validation_customer.json"))
	_, err = c.Pay(ctx, wapay.PaymentRequest{Reference: "order-4521", Amount: wapay.XOF.Units(12000)})
	assert.Contains(t, m.Requests[0].Body, `"customer":{}`)
	e := failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
	assert.Equal(t, []wapay.FieldError{{Field: "invoice.customer", Message: "Required"}}, e.Details)
}

func TestBalancesInIntegrations(t *testing.T) {
	c, _ := newMock(t, fixture(t, 200, "in_balance_object.json"))
	b, err := c.Balance(context.Background())
	require.NoError(t, err)
	b.Raw = nil
	assert.Equal(t, &intram.Balance{
		Currency: "XOF", Available: wapay.XOF.Units(150000), Pending: wapay.XOF.Units(2500), AsOf: at("2026-05-20T10:30:00Z"),
		Methods: []intram.MethodBalance{{
			Method: "MTN_BENIN_229", ID: "65a000000000000000000004", Available: wapay.XOF.Units(150000), Pending: wapay.XOF.Units(2500),
		}},
	}, b)
	c, _ = newMock(t, fixture(t, 200, "in_balance_none.json"))
	b, err = c.Balance(context.Background())
	require.NoError(t, err)
	b.Raw = nil
	assert.Equal(t, &intram.Balance{MerchantID: "65a000000000000000000003", Env: "sandbox", Message: "No wallet provisioned"}, b)
}

func TestErrorsInIntegrations(t *testing.T) {
	for _, x := range []struct {
		file   string
		status int
		kind   error
		text   string
	}{
		{"in_err_ip.json", 403, wapay.ErrForbidden, "IP not allowed (this machine's address: 203.0.113.7)"},
		{"in_err_missing_key.json", 401, wapay.ErrUnauthorized, "missing_api_key"},
		{"in_err_signature.json", 401, wapay.ErrUnauthorized, "signature_mismatch"},
		{"in_err_invalid_token.json", 401, wapay.ErrUnauthorized, "invalid token"},
		{"in_err_invalid_token.json", 200, wapay.ErrDecode, "invalid token"}, // an unknown error
	} {
		for name, fn := range calls(t) {
			c, _ := newMock(t, fixture(t, x.status, x.file))
			_, err := fn(context.Background(), c)
			outcome := wapay.OutcomeRejected
			if x.kind == wapay.ErrDecode {
				outcome = wapay.OutcomeUnknown
			}
			failure(t, err, x.kind, outcomeOf(name, outcome))
			assert.ErrorContains(t, err, x.text, name)
		}
	}
}

// If a 404 at the documented address is not about an order, the error names the
// other address.
func TestWrongAddress(t *testing.T) {
	ctx := context.Background()
	for _, file := range []string{"in_err_404_base.json", "in_err_404_base.html"} {
		for base, named := range map[string]bool{
			"": true, intram.DefaultBaseURL + "/": true, intram.MerchantBaseURL: false, "https://proxy.example.com": false,
		} {
			_, m := newMock(t, fixture(t, 404, file))
			opts := []wapay.Option{wapay.WithHTTPClient(&http.Client{Transport: m})}
			if base != "" {
				opts = append(opts, wapay.WithBaseURL(base))
			}
			c, err := intram.New(sandboxKeys, opts...)
			require.NoError(t, err)
			_, err = c.FindPayment(ctx, wapay.Ref{ID: "op_1"})
			failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
			where := fmt.Sprint(file, " ", base)
			if named {
				assert.ErrorContains(t, err, "https://api.intram.org/api/v1/merchant", where)
			} else {
				assert.NotContains(t, err.Error(), "api.intram.org", where)
			}
			_, err = c.Pay(ctx, goodPay(t))
			assert.ErrorIs(t, err, wapay.ErrDecode)
		}
	}
	c, err := intram.New(sandboxKeys, wapay.WithHTTPClient(&http.Client{Transport: roundTripper(refusal(404, "operation_not_found", "No"))}))
	require.NoError(t, err)
	_, err = c.FindPayment(ctx, wapay.Ref{ID: "op_1"})
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	assert.NotContains(t, err.Error(), "address")
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The client rejects the answers of the provider's older API.
func TestOlderAPI(t *testing.T) {
	for _, file := range []string{"inold_confirm_answer.json", "inold_request_answer.json"} {
		for name, fn := range calls(t) {
			if name == "DeleteWebhook" || name == "TestWebhook" {
				continue // these calls accept any success
			}
			c, _ := newMock(t, fixture(t, 200, file))
			_, err := fn(context.Background(), c)
			failure(t, err, wapay.ErrDecode, outcomeOf(name, wapay.OutcomeUnknown))
			assert.ErrorContains(t, err, "no data", name)
		}
	}
}
