package intram_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/intram"
)

func goodPayout(t testing.TB) intram.PayoutRequest {
	return intram.PayoutRequest{
		Reference: "PO-2026-0001", Amount: wapay.XOF.Units(25000), Note: "Mai", Metadata: map[string]string{"b": "2", "a": "<é>"},
		Destination: intram.MobileMoney{
			Phone: phone(t, "0161234567", "BJ"), Operator: "MTN_BENIN_229", FirstName: "Awa", LastName: "Dossou",
		},
	}
}

func goodPayment(t testing.TB) intram.PaymentRequest {
	return intram.PaymentRequest{
		Reference: "order-4521", Amount: wapay.XOF.Units(5000), Description: "Panier", Operator: "MTN_BENIN_229",
		Customer: wapay.Customer{
			Phone: phone(t, "0161234567", "BJ"), FirstName: "Awa", LastName: "Dossou", Email: "awa@example.com",
		},
		SuccessURL: "https://shop.example/ok", CancelURL: "https://shop.example/no", WebhookData: map[string]string{"basket": "42"},
	}
}

func goodRefund() intram.RefundRequest {
	return intram.RefundRequest{
		Reference: "refund-7", TransactionReference: "AB12CD34EF", Amount: wapay.XOF.Units(1500), Reason: "Broken",
		Metadata: map[string]string{"by": "Ola"},
	}
}

func goodTransfer() intram.TransferRequest {
	return intram.TransferRequest{
		Reference: "transfer-9", Amount: wapay.XOF.Units(700), RecipientType: intram.CustomerEmail, Recipient: "b@example.com",
		Reason: "Share", PaymentMethodID: "65f0aa", Metadata: map[string]string{"k": "v"},
	}
}

func accepted(kind string) string {
	return `{"operation_id":"op_2f4a8b1c","type":"` + kind + `","status":"queued","env":"sandbox",` +
		`"date":"2026-05-20T10:30:00.500Z","_links":{"self":"/v1/operations/op_2f4a8b1c"}}`
}

func TestOrders(t *testing.T) {
	ctx := context.Background()
	bank := goodPayout(t)
	bank.Note, bank.Metadata = "", nil
	bank.Destination = intram.BankAccount{SWIFT: "BOABBJBJ", AccountNumber: "BJ066", AccountName: "SARL Soleil"}
	least := intram.PaymentRequest{Reference: "o1", Amount: wapay.EUR.Units(12)}
	hint := intram.PaymentRequest{Reference: "o1", Amount: wapay.XOF.Units(1), Operator: "MTN_BENIN_229"}
	whole := intram.RefundRequest{Reference: "r1", TransactionReference: "AB12CD34EF"}
	for name, x := range map[string]struct {
		do                    func(*intram.Client) (*intram.Operation, error)
		kind, path, key, body string
	}{
		"payout": {
			func(c *intram.Client) (*intram.Operation, error) { return c.CreatePayout(ctx, goodPayout(t)) },
			"payout", "/payouts", deriveKey("payout", "PO-2026-0001"),
			`{"amount":25000,"currency":"XOF","destination":{"type":"mobile_money","country_code":"BJ","provider_code":"MTN_BENIN_229",` +
				`"msisdn":"2290161234567","account_name":"Awa","account_surname":"Dossou"},"reference":"PO-2026-0001","note":"Mai",` +
				`"metadata":{"a":"\u003cé\u003e","b":"2"}}`,
		},
		"payout to a bank": {
			func(c *intram.Client) (*intram.Operation, error) { return c.CreatePayout(ctx, bank) },
			"payout", "/payouts", deriveKey("payout", "PO-2026-0001"),
			`{"amount":25000,"currency":"XOF","destination":{"type":"bank_account","swift":"BOABBJBJ","account_number":"BJ066",` +
				`"account_name":"SARL Soleil"},"reference":"PO-2026-0001"}`,
		},
		"payment request": {
			func(c *intram.Client) (*intram.Operation, error) { return c.CreatePaymentRequest(ctx, goodPayment(t)) },
			"payment_request", "/payment-requests", deriveKey("payment_request", "order-4521"),
			`{"invoice":{"amount":5000,"currency":"XOF","description":"Panier","customer":{"email":"awa@example.com",` +
				`"first_name":"Awa","last_name":"Dossou","phone":"2290161234567"}},` +
				`"payment_method":{"code":"MTN_BENIN_229","country_code":"BJ","msisdn":"2290161234567"},` +
				`"return_urls":{"success":"https://shop.example/ok","cancel":"https://shop.example/no"},` +
				`"webhook_data":{"basket":"42","reference":"order-4521"}}`,
		},
		"the least payment request": {
			func(c *intram.Client) (*intram.Operation, error) { return c.CreatePaymentRequest(ctx, least) },
			"payment_request", "/payment-requests", deriveKey("payment_request", "o1"),
			`{"invoice":{"amount":12,"currency":"EUR","customer":{}},"webhook_data":{"reference":"o1"}}`,
		},
		"a hint without a phone": {
			func(c *intram.Client) (*intram.Operation, error) { return c.CreatePaymentRequest(ctx, hint) },
			"payment_request", "/payment-requests", deriveKey("payment_request", "o1"),
			`{"invoice":{"amount":1,"currency":"XOF","customer":{}},"payment_method":{"code":"MTN_BENIN_229"},"webhook_data":{"reference":"o1"}}`,
		},
		"refund": {
			func(c *intram.Client) (*intram.Operation, error) { return c.CreateRefund(ctx, goodRefund()) },
			"refund", "/refunds", deriveKey("refund", "refund-7"),
			`{"transaction_reference":"AB12CD34EF","amount":1500,"reason":"Broken","metadata":{"by":"Ola","reference":"refund-7"}}`,
		},
		"refund of all": {
			func(c *intram.Client) (*intram.Operation, error) { return c.CreateRefund(ctx, whole) },
			"refund", "/refunds", deriveKey("refund", "r1"),
			`{"transaction_reference":"AB12CD34EF","metadata":{"reference":"r1"}}`,
		},
		"transfer": {
			func(c *intram.Client) (*intram.Operation, error) { return c.CreateTransfer(ctx, goodTransfer()) },
			"transfer", "/transfers", deriveKey("transfer", "transfer-9"),
			`{"amount":700,"recipient":{"type":"customer_email","value":"b@example.com"},"reason":"Share","payment_method_id":"65f0aa",` +
				`"metadata":{"k":"v","reference":"transfer-9"}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, data(202, accepted(x.kind)))
			o, err := x.do(c)
			require.NoError(t, err)
			m.assertRequest("POST", x.path, x.key, x.body)
			assert.Equal(t, "op_2f4a8b1c", o.ID)
			assert.Equal(t, intram.OperationType(x.kind), o.Type)
			assert.Equal(t, intram.OperationQueued, o.Status)
			assert.False(t, o.Status.Final())
			assert.Equal(t, "sandbox", o.Env)
			assert.Equal(t, at("2026-05-20T10:30:00.5Z"), o.CreatedAt)
			assert.False(t, o.Replayed)
			assert.JSONEq(t, `{"error":false,"http_status":202,"data":`+accepted(x.kind)+`}`, string(o.Raw))

			c, _ = newMock(t, func(r *http.Request) (*http.Response, error) {
				resp, err := data(202, accepted(x.kind))(r)
				resp.Header.Set("Idempotent-Replay", "true")
				return resp, err
			})
			o, err = x.do(c)
			require.NoError(t, err)
			assert.True(t, o.Replayed)

			c, _ = newMock(t, refusal(409, "idempotency_conflict", "Another request"))
			_, err = x.do(c)
			failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
		})
	}
}

// A conflict may be with this order's own earlier call or attempt. The client
// looks the order up.
func TestConflict(t *testing.T) {
	same := `{"reference":"PO-2026-0001","amount":25000,"currency":"XOF","destination":{"type":"mobile_money",` +
		`"provider_code":"MTN_BENIN_229","msisdn":"2290161234567"}}`
	for name, x := range map[string]struct {
		payload string // the payload of the only payout in the list
		text    string // of the error; "" for the order
	}{
		"the same":           {payload: same},
		"a number with plus": {payload: strings.Replace(same, `"229`, `"+229`, 1)},
		"another amount":     {strings.Replace(same, "25000", "2500", 1), "which has another amount"},
		"another recipient":  {strings.Replace(same, "67", "68", 1), "does not show the same recipient"},
		"another operator":   {strings.Replace(same, "MTN", "MOOV", 1), "does not show the same operator"},
		"no amount":          {strings.Replace(same, `"amount":25000,`, "", 1), "does not show the same amount"},
		"no currency":        {strings.Replace(same, `"currency":"XOF",`, "", 1), "does not show the same amount"},
		"no recipient":       {strings.Replace(same, `"msisdn"`, `"x"`, 1), "does not show the same recipient"},
		"another reference":  {strings.Replace(same, "0001", "0002", 1), "no payout with this reference"},
		"nothing":            {`null`, "do not show whether they carry the reference"},
	} {
		for _, code := range []string{"idempotency_conflict", "idempotency_in_progress", ""} {
			c, m := newMock(t, refusal(409, code, "In progress"), operations(`null`, operation("op_7", "payout", "succeeded", x.payload, "")))
			p, err := c.Payout(context.Background(), goodPayoutOrder(t))
			require.Len(t, m.Requests, 2)
			m.nth(1, "GET", "/operations?limit=50&type=payout", "", "")
			if x.text == "" {
				require.NoError(t, err, name)
				assert.Equal(t, "op_7", p.ID)
				assert.Equal(t, wapay.StatusSucceeded, p.Status, "as it is now")
				assert.True(t, p.Replayed)
				continue
			}
			e := failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
			assert.ErrorContains(t, err, strings.TrimPrefix(x.text, "which "), name)
			assert.Equal(t, "PO-2026-0001", e.Reference)
			assert.Equal(t, "Payout", e.Op)
		}
	}
}

func TestConflictAfterLostAnswer(t *testing.T) {
	c, m := newMock(t, reply(502, "<html>"), refusal(409, "idempotency_conflict", "Another request"), refusal(403, "merchant_inactive", ""))
	_, err := c.CreatePayout(context.Background(), goodPayout(t))
	e := failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	assert.Equal(t, "PO-2026-0001", e.Reference)
	assert.ErrorContains(t, err, "merchant_inactive")
	assert.Len(t, m.Requests, 3)
}

// The client does not change the caller's metadata.
func TestMetadataIsCopied(t *testing.T) {
	c, _ := newMock(t, data(202, accepted("refund")))
	r := goodRefund()
	_, err := c.CreateRefund(context.Background(), r)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"by": "Ola"}, r.Metadata)
}

func TestKeys(t *testing.T) {
	ctx := context.Background()
	// This value is for other implementations: printf
	// 'sandbox\npayout\nPO-2026-0001' | sha256sum
	require.Equal(t, "wapay-payout-f9dec92aa48e3c44a88bc5d093955e8fa5d81e30", deriveKey("payout", "PO-2026-0001"))
	c, m := newMock(t, data(202, accepted("payout")))
	given := goodPayout(t)
	given.IdempotencyKey = "my-key_01"
	_, err := c.CreatePayout(ctx, given)
	require.NoError(t, err)
	assert.Equal(t, []string{"my-key_01"}, m.Requests[0].Header["Idempotency-Key"])

	// The key is the same in each process. It differs for another reference,
	// kind of order or mode.
	seen := map[string]string{}
	for name, do := range map[string]func(*intram.Client) error{
		"payout": func(c *intram.Client) error { _, err := c.CreatePayout(ctx, goodPayout(t)); return err },
		"payout, other": func(c *intram.Client) error {
			r := goodPayout(t)
			r.Reference = "2"
			_, err := c.CreatePayout(ctx, r)
			return err
		},
		"payment": func(c *intram.Client) error {
			r := goodPayment(t)
			r.Reference = "PO-2026-0001"
			_, err := c.CreatePaymentRequest(ctx, r)
			return err
		},
		"refund": func(c *intram.Client) error {
			r := goodRefund()
			r.Reference = "PO-2026-0001"
			_, err := c.CreateRefund(ctx, r)
			return err
		},
		"transfer": func(c *intram.Client) error {
			r := goodTransfer()
			r.Reference = "PO-2026-0001"
			_, err := c.CreateTransfer(ctx, r)
			return err
		},
		"webhook": func(c *intram.Client) error { _, err := c.CreateWebhook(ctx, goodWebhook()); return err },
		"webhook, another": func(c *intram.Client) error {
			r := goodWebhook()
			r.Event = "*"
			_, err := c.CreateWebhook(ctx, r)
			return err
		},
	} {
		for _, keys := range []intram.Credentials{sandboxKeys, liveKeys} {
			var got []string
			for range 2 {
				_, m := newMock(t, data(202, `{"operation_id":"op_1","status":"queued","subscription_id":"whs_1","secret":"whsec_1"}`))
				require.NoError(t, do(m.client(keys)))
				got = append(got, m.Requests[0].Header.Get("Idempotency-Key"))
			}
			assert.Equal(t, got[0], got[1], name)
			assert.Regexp(t, `^[A-Za-z0-9_-]{8,128}$`, got[0])
			which := fmt.Sprint(name, keys == liveKeys)
			assert.Empty(t, seen[got[0]], which)
			seen[got[0]] = which
		}
	}

	// Pay and CreatePaymentRequest make the same kind of order. So do Payout
	// and CreatePayout.
	c, m = newMock(t, data(202, accepted("payout")))
	_, err = c.Payout(ctx, goodPayoutOrder(t))
	require.NoError(t, err)
	assert.Equal(t, deriveKey("payout", "PO-2026-0001"), m.Requests[0].Header.Get("Idempotency-Key"))
}

func TestOrderChecks(t *testing.T) {
	ctx := context.Background()
	long, note := strings.Repeat("é", 101), strings.Repeat("é", 501)
	bad := map[string]string{"k": "\xff"}
	for _, x := range []struct {
		do     func(*intram.Client) error
		fields []string
	}{
		{func(c *intram.Client) error { _, err := c.CreatePayout(ctx, intram.PayoutRequest{}); return err },
			[]string{"Reference", "Amount", "Destination"}},
		{func(c *intram.Client) error {
			_, err := c.CreatePayout(ctx, intram.PayoutRequest{
				Reference: long, Amount: wapay.EUR.Minor(1250), Destination: intram.MobileMoney{FirstName: note, LastName: note}, Note: note,
				Metadata: bad, IdempotencyKey: "short",
			})
			return err
		}, []string{"Reference", "Amount", "Destination.Phone", "Destination.Operator", "Note", "Metadata", "IdempotencyKey"}},
		{func(c *intram.Client) error {
			_, err := c.CreatePayout(ctx, intram.PayoutRequest{Reference: " x", Amount: wapay.XOF.Units(-1), Destination: intram.BankAccount{}})
			return err
		}, []string{"Reference", "Amount", "Destination.SWIFT", "Destination.AccountNumber", "Destination.AccountName"}},
		{func(c *intram.Client) error {
			_, err := c.CreatePayout(ctx, intram.PayoutRequest{Reference: "x", Amount: wapay.XOF.Units(1), Destination: (*intram.MobileMoney)(nil)})
			return err
		}, []string{"Destination"}},
		{func(c *intram.Client) error {
			_, err := c.CreatePaymentRequest(ctx, intram.PaymentRequest{})
			return err
		},
			[]string{"Reference", "Amount"}},
		{func(c *intram.Client) error {
			_, err := c.CreatePaymentRequest(ctx, intram.PaymentRequest{
				Reference: "a\nb", Amount: wapay.Currency("JPY").Units(1), Description: note, Operator: "a\x00",
				Customer:   wapay.Customer{Email: "nobody", FirstName: "\x00", LastName: note},
				SuccessURL: "https://shop.example/\x00", CancelURL: "app://x", WebhookData: map[string]string{"reference": "other"},
				IdempotencyKey: "with space",
			})
			return err
		}, []string{"Reference", "Amount", "Description", "Operator", "Customer.Email", "Customer.FirstName", "SuccessURL",
			"WebhookData", "IdempotencyKey"}},
		{func(c *intram.Client) error { _, err := c.CreateRefund(ctx, intram.RefundRequest{}); return err },
			[]string{"Reference", "TransactionReference"}},
		{func(c *intram.Client) error {
			_, err := c.CreateRefund(ctx, intram.RefundRequest{
				Reference: "\xff", TransactionReference: "x", Amount: wapay.EUR.Units(5), Reason: note,
				Metadata: map[string]string{"": "x"}, IdempotencyKey: strings.Repeat("k", 129),
			})
			return err
		}, []string{"Reference", "Amount", "Reason", "Metadata", "IdempotencyKey"}},
		{func(c *intram.Client) error {
			_, err := c.Refund(ctx, wapay.RefundRequest{Reference: "r1", Payment: wapay.Ref{ID: "op_1"}, Amount: wapay.XOF.Units(0), Reason: note})
			return err
		}, []string{"Amount", "Reason"}},
		{func(c *intram.Client) error { _, err := c.CreateTransfer(ctx, intram.TransferRequest{}); return err },
			[]string{"Reference", "Amount", "RecipientType", "Recipient"}},
		{func(c *intram.Client) error { _, err := c.CreateWebhook(ctx, intram.WebhookRequest{}); return err }, []string{"URL", "Event"}},
		{func(c *intram.Client) error {
			_, err := c.CreateWebhook(ctx, intram.WebhookRequest{URL: "http://shop.example/hook", Event: "*", IdempotencyKey: "é2345678"})
			return err
		}, []string{"URL", "IdempotencyKey"}},
		{func(c *intram.Client) error {
			_, err := c.Pay(ctx, wapay.PaymentRequest{ReturnURL: "\x00", CancelURL: "\xff", Metadata: bad, Description: note})
			return err
		}, []string{"Reference", "Amount", "ReturnURL", "CancelURL", "Metadata", "Description"}},
		{func(c *intram.Client) error {
			_, err := c.Payout(ctx, wapay.PayoutRequest{Description: note, Metadata: bad, Recipient: wapay.Customer{LastName: note}})
			return err
		}, []string{"Reference", "Amount", "Recipient.Phone", "Operator", "Description", "Metadata"}},
		{func(c *intram.Client) error { _, err := c.FindPayment(ctx, wapay.Ref{}); return err }, []string{"Reference"}},
		{func(c *intram.Client) error { _, err := c.FindPayout(ctx, wapay.Ref{Reference: "a\nb"}); return err }, []string{"Reference"}},
		{func(c *intram.Client) error {
			_, err := c.Operations(ctx, intram.OperationFilter{Limit: -1, Type: "x", Status: "y"})
			return err
		}, []string{"Limit", "Type", "Status"}},
		{func(c *intram.Client) error {
			_, err := c.Transactions(ctx, intram.TransactionFilter{Limit: 101, Type: "x", Status: wapay.StatusCancelled, Before: "\x00"})
			return err
		}, []string{"Limit", "Type", "Status", "Before"}},
		{func(c *intram.Client) error {
			_, err := c.Transfers(ctx, intram.TransferFilter{Direction: "up"})
			return err
		}, []string{"Direction"}},
	} {
		c, m := newMock(t)
		badFields(t, x.do(c), x.fields...)
		m.none()
	}
	c, _ := newMock(t, data(202, accepted("payout")))
	r := goodPayout(t)
	r.Reference = strings.Repeat("é", 100)
	_, err := c.CreatePayout(ctx, r)
	assert.NoError(t, err, "the limit is in characters")
}

func TestQRCode(t *testing.T) {
	png := "\x89PNG\r\n\x1a\n…"
	c := &intram.Checkout{QRCode: "data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte(png))}
	got, err := c.QRCodePNG()
	require.NoError(t, err)
	assert.Equal(t, png, string(got))
	for _, s := range []string{"", "https://x.example/qr.png", "data:image/png;base64,!", "data:image/png;base64,R0lG", "data:image/gif;base64,R0lG"} {
		c.QRCode = s
		_, err := c.QRCodePNG()
		assert.Error(t, err, s)
	}
}
