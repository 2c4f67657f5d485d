package intram_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/intram"
)

func TestBalance(t *testing.T) {
	later := `{"currency":"XOF","payment_method_balances":[{"payment_method":"MTN_BENIN_229","available":841513,"pending":2586}]}`
	earlier := `{"merchant_id":"65f0aa","env":"sandbox","currency":{"code":"XOF","numeric_code":952,"symbol":"CFA"},
		"available":"841513","pending":2586.00,"as_of":"2026-05-20T10:30:00.000Z","payment_method_balances":[
		{"payment_method":{"name":"MTN"},"payment_method_id":"65f0bb","available":1e3,"pending":null}]}`
	for _, x := range []struct {
		data string
		want intram.Balance
	}{
		{later, intram.Balance{Currency: "XOF", Methods: []intram.MethodBalance{
			{Method: "MTN_BENIN_229", Available: wapay.XOF.Units(841513), Pending: wapay.XOF.Units(2586)},
		}}},
		{earlier, intram.Balance{
			Currency: "XOF", Available: wapay.XOF.Units(841513), Pending: wapay.XOF.Units(2586), MerchantID: "65f0aa", Env: "sandbox",
			AsOf:    at("2026-05-20T10:30:00Z"),
			Methods: []intram.MethodBalance{{Method: "MTN", ID: "65f0bb", Available: wapay.XOF.Units(1000)}},
		}},
		{`{"currency":null,"payment_method_balances":[{"payment_method":null,"available":5}]}`,
			intram.Balance{Methods: []intram.MethodBalance{{}}}},
		{`{"currency":"xof","available":-5,"payment_method_balances":null}`, intram.Balance{Currency: "XOF", Available: wapay.XOF.Units(-5)}},
		{`{"currency":"EUR","available":"12.50","pending":0.125,"payment_method_balances":{}}`,
			intram.Balance{Currency: "EUR", Available: wapay.EUR.Minor(1250)}},
	} {
		c, m := newMock(t, data(200, x.data))
		got, err := c.Balance(context.Background())
		require.NoError(t, err, x.data)
		m.assertRequest("GET", "/balance", "", "")
		assert.JSONEq(t, `{"error":false,"http_status":200,"data":`+x.data+`}`, string(got.Raw))
		got.Raw = nil
		assert.Equal(t, &x.want, got)
	}
	for _, bad := range []string{`{}`, `[]`, `null`, `"x"`, `{"currency":["XOF"],"available":1}`} {
		c, _ := newMock(t, data(200, bad))
		_, err := c.Balance(context.Background())
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	}
}

const aTransaction = `{"reference":"AB12CD34EF","status":"SUCCESS","type":"CREDIT","amount":5000,"fees":125,"net_amount":4875,
	"currency":"XOF","payment_method":"MTN_BENIN_229","customer":{"email":"awa@example.com","first_name":"Awa","last_name":"Dossou",
	"phone":"2290161234567"},"source":{"number":"2290161234567"},"date":"2026-05-20T10:31:00.000Z",
	"refunds":[{"reference":"RF12CD34EF","status":"PENDING","reason":"Broken","date":"2026-05-21T10:31:00.000Z"}]}`

func transactionWant() intram.Transaction {
	return intram.Transaction{
		Reference: "AB12CD34EF", Status: wapay.StatusSucceeded, ProviderStatus: "SUCCESS", Type: intram.Credit,
		Amount: wapay.XOF.Units(5000), Fees: wapay.XOF.Units(125), NetAmount: wapay.XOF.Units(4875), PaymentMethod: "MTN_BENIN_229",
		Customer: intram.TransactionCustomer{Email: "awa@example.com", FirstName: "Awa", LastName: "Dossou", Phone: "2290161234567"},
		Source:   "2290161234567", CreatedAt: at("2026-05-20T10:31:00Z"),
		Refunds: []intram.TransactionRefund{{
			Reference: "RF12CD34EF", Status: wapay.StatusPending, ProviderStatus: "PENDING", Reason: "Broken",
			CreatedAt: at("2026-05-21T10:31:00Z"),
		}},
	}
}

func TestTransaction(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, data(200, aTransaction))
	got, err := c.Transaction(ctx, "AB12CD34EF")
	require.NoError(t, err)
	m.assertRequest("GET", "/transactions/AB12CD34EF", "", "")
	got.Raw = nil
	want := transactionWant()
	assert.Equal(t, &want, got)

	_, err = c.Transaction(ctx, "65f0aa65f0aa65f0aa65f0aa")
	assert.NoError(t, err, "the id of 24 digits has another form than the reference")
	_, err = c.Transaction(ctx, "ZZ12CD34EF")
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	assert.ErrorContains(t, err, "another transaction")
}

func TestTransactionTolerant(t *testing.T) {
	base := intram.Transaction{Reference: "T1", Status: wapay.StatusPending, ProviderStatus: "PENDING"}
	for more, change := range map[string]func(*intram.Transaction){
		``: func(*intram.Transaction) {},
		`,"customer":[],"refunds":{},"source":[],"payment_method":null,"currency":null,"amount":5`: func(*intram.Transaction) {},
		`,"customer":null,"refunds":null,"source":null`:                                            func(*intram.Transaction) {},
		`,"source_msisdn":22961234567`:                                                             func(t *intram.Transaction) { t.Source = "22961234567" },
		`,"source":"22961234567"`:                                                                  func(t *intram.Transaction) { t.Source = "22961234567" },
		`,"source":{"number":null},"source_msisdn":"1"`:                                            func(t *intram.Transaction) { t.Source = "1" },
		`,"payment_method":{"payment_method_id":"x","code":"MTN","name":"N"}`:                      func(t *intram.Transaction) { t.PaymentMethod, t.PaymentMethodName = "MTN", "N" },
		`,"payment_method":{}`:                                                                     func(*intram.Transaction) {},
		`,"currency":{"code":"XOF"},"amount":"5000","fees":12.5`:                                   func(t *intram.Transaction) { t.Amount = wapay.XOF.Units(5000) },
		`,"currency":{"code":"EUR"},"amount":12.5,"fees":"0.10"`: func(t *intram.Transaction) {
			t.Amount, t.Fees = wapay.EUR.Minor(1250), wapay.EUR.Minor(10)
		},
		`,"refunds":{"reference":7,"status":"on_hold"}`: func(t *intram.Transaction) {
			t.Refunds = []intram.TransactionRefund{{Reference: "7", ProviderStatus: "on_hold"}}
		},
		`,"customer":{"phone":229,"first_name":null},"date":"soon"`: func(t *intram.Transaction) { t.Customer.Phone = "229" },
	} {
		c, _ := newMock(t, data(200, `{"reference":"T1","status":"PENDING"`+more+`}`))
		got, err := c.Transaction(context.Background(), "T1")
		require.NoError(t, err, more)
		got.Raw = nil
		want := base
		change(&want)
		assert.Equal(t, &want, got, more)
	}
	for word, status := range map[string]wapay.Status{
		"PENDING": wapay.StatusPending, "SUCCESS": wapay.StatusSucceeded, "ERROR": wapay.StatusFailed, "REFUNDED": wapay.StatusRefunded,
		"CHARGEBACK": wapay.StatusUnknown, "1": wapay.StatusUnknown,
	} {
		c, _ := newMock(t, data(200, `{"reference":"T1","status":"`+word+`"}`))
		got, err := c.Transaction(context.Background(), "T1")
		require.NoError(t, err)
		assert.Equal(t, status, got.Status, word)
		assert.Equal(t, word, got.ProviderStatus)
	}
	for _, bad := range []string{`{}`, `null`, `[]`, `{"reference":"T1"}`, `{"status":"SUCCESS"}`, `{"reference":"T1","status":"SUCCESS","customer":"x"}`} {
		c, _ := newMock(t, data(200, bad))
		_, err := c.Transaction(context.Background(), "T1")
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	}
}

func TestTransfer(t *testing.T) {
	c, m := newMock(t, data(200, `{"reference":"TR12CD34EF","status":"SUCCESS","direction":"sent","amount":700,"currency":"XOF",
		"recipient":{"type":"customer_email","value":"b@example.com"},"reason":null,"date":"2026-05-20T10:31:00.000Z"}`))
	got, err := c.Transfer(context.Background(), "TR12CD34EF")
	require.NoError(t, err)
	m.assertRequest("GET", "/transfers/TR12CD34EF", "", "")
	assert.Contains(t, string(got.Raw), "b@example.com")
	got.Raw = nil
	assert.Equal(t, &intram.Transfer{
		Reference: "TR12CD34EF", Status: wapay.StatusSucceeded, ProviderStatus: "SUCCESS", Direction: "sent",
		Amount: wapay.XOF.Units(700), CreatedAt: at("2026-05-20T10:31:00Z"),
	}, got)

	c, _ = newMock(t, data(200, `{"status":"SUCCESS"}`))
	_, err = c.Transfer(context.Background(), "TR12CD34EF")
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
}

func TestOperation(t *testing.T) {
	c, m := newMock(t, data(200, `{"operation_id":"op_1","type":"payout","status":"succeeded","env":"live","payload":{"reference":"PO-1"},
		"result":{"reference":"PO-1","amount":25000,"currency":"XOF","status":"completed","destination":{"type":"mobile_money"},
		"provider_response":{"responsecode":"00","responsemsg":"APPROVED","serviceref":"S-77"}},"error":null,"attempts":2,
		"date":"2026-05-20T10:30:00.000Z","updated_date":"2026-05-20T10:31:00.000Z","completed_date":"2026-05-20T10:32:00.000Z"}`))
	got, err := c.Operation(context.Background(), "op_1")
	require.NoError(t, err)
	m.assertRequest("GET", "/operations/op_1", "", "")
	assert.JSONEq(t, `{"reference":"PO-1"}`, string(got.Payload))
	assert.Equal(t, &intram.PayoutResult{
		Reference: "PO-1", Amount: wapay.XOF.Units(25000), Status: wapay.StatusSucceeded, ProviderStatus: "completed",
		ResponseCode: "00", ResponseMessage: "APPROVED", ServiceRef: "S-77", Destination: []byte(`{"type":"mobile_money"}`),
	}, got.Payout)
	got.Raw, got.Payload, got.Result, got.Payout = nil, nil, nil, nil
	assert.Equal(t, &intram.Operation{
		ID: "op_1", Type: intram.TypePayout, Status: intram.OperationSucceeded, ProviderStatus: "succeeded", Reference: "PO-1", Env: "live", Attempts: 2,
		CreatedAt: at("2026-05-20T10:30:00Z"), UpdatedAt: at("2026-05-20T10:31:00Z"), CompletedAt: at("2026-05-20T10:32:00Z"),
	}, got)
	assert.True(t, got.Status.Final())
}

func TestOperationTolerant(t *testing.T) {
	for _, x := range []string{
		`"payload":null,"result":null,"error":null,"attempts":null,"completed_date":null`,
		`"payload":[],"result":{},"error":[],"attempts":"0","date":""`,
		`"env":null`,
	} {
		c, _ := newMock(t, data(200, `{"operation_id":"op_1","type":"payout","status":"on_hold",`+x+`}`))
		got, err := c.Operation(context.Background(), "op_1")
		require.NoError(t, err, x)
		got.Raw = nil
		assert.Equal(t, &intram.Operation{ID: "op_1", Type: "payout", Status: "on_hold", ProviderStatus: "on_hold"}, got)
		assert.False(t, got.Status.Final(), "a status that nobody has heard of is not final")
	}
	c, _ := newMock(t, data(200, `{"operation_id":"op_1","type":"refund","status":"failed","error":"Le solde est insuffisant","result":{"x":1}}`))
	got, err := c.Operation(context.Background(), "op_1")
	require.NoError(t, err)
	assert.Equal(t, &intram.OperationError{Message: "Le solde est insuffisant"}, got.Error)
	assert.JSONEq(t, `{"x":1}`, string(got.Result))

	for _, bad := range []string{
		`{}`, `null`, `{"operation_id":"op_1"}`, `{"status":"queued"}`, `{"operation_id":"op_2","status":"queued"}`,
	} {
		c, _ := newMock(t, data(200, bad))
		_, err := c.Operation(context.Background(), "op_1")
		e := failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
		assert.NotEmpty(t, e.Body, bad)
	}

	// The provider has taken an order even if the result in its answer is
	// unreadable.
	c, _ = newMock(t, data(202, `{"operation_id":"op_1","type":"payout","status":"succeeded","result":"x"}`))
	o, err := c.CreatePayout(context.Background(), goodPayout(t))
	require.NoError(t, err)
	assert.Equal(t, "op_1", o.ID)
	assert.Nil(t, o.Payout)
}

func TestCheckout(t *testing.T) {
	c, _ := newMock(t, data(200, operation("op_1", "payment_request", "succeeded", "", checkout)))
	o, err := c.Operation(context.Background(), "op_1")
	require.NoError(t, err)
	assert.Equal(t, &intram.Checkout{
		TransactionReference: "AB12CD34EF", Status: wapay.StatusPending, ProviderStatus: "pending", Amount: wapay.XOF.Units(5000),
		GatewayURL: "https://gw.example/g", PaymentURL: "https://gw.example/p", ReceiptURL: "https://gw.example/r", QRCode: "data:image/png;base64,iVBOR",
	}, o.Checkout)
	assert.Equal(t, "https://gw.example/g", o.Checkout.URL())
	assert.Equal(t, "https://gw.example/p", (&intram.Checkout{PaymentURL: "https://gw.example/p"}).URL())
	assert.Equal(t, "https://gw.example/p", (&intram.Checkout{GatewayURL: "none", PaymentURL: "https://gw.example/p"}).URL())
	assert.Empty(t, (&intram.Checkout{GatewayURL: "none", PaymentURL: "false"}).URL())
}

const checkout = `{"transaction_reference":"AB12CD34EF","status":"pending","amount":5000,"currency":"XOF",` +
	`"gateway_url":"https://gw.example/g","payment_url":"https://gw.example/p","receipt_url":"https://gw.example/r",` +
	`"qr_code":"data:image/png;base64,iVBOR"}`

// operation returns an operation of a lookup. An empty payload or result is
// null.
func operation(id, kind, status, payload, result string) string {
	for _, s := range []*string{&payload, &result} {
		if *s == "" {
			*s = "null"
		}
	}
	return fmt.Sprintf(`{"operation_id":%q,"type":%q,"status":%q,"payload":%s,"result":%s,"error":null,"date":"2026-05-20T10:30:00.000Z"}`,
		id, kind, status, payload, result)
}
