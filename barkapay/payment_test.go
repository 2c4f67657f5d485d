package barkapay_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
)

func TestPayment(t *testing.T) {
	for file, want := range map[string]barkapay.Transaction{
		"payment_pending.json": {
			ID: "d275a941-e1f8-4c6d-9ddb-99765fc3b10d", OrderID: "23839488238", Amount: wapay.XOF.Units(200),
			Phone: "72929595", Country: "BFA", Status: wapay.StatusPending, ProviderStatus: "0",
			OrderData: `{"shop": "IsaShop","product-id": "239230jd9230ej0"}`, CoderNote: "Ambition is priceless.", CreatedAt: at("2024-02-01T20:42:24.394Z"),
		},
		"payment_succeeded.json": {
			ID: "a117879e-ebf3-4f25-9c56-cce7dda24d68", OrderID: "c1d66d7e1198d", Amount: wapay.XOF.Units(23460),
			Phone: "70187358", Country: "BFA", Status: wapay.StatusSucceeded, ProviderStatus: "1",
			TxID: "CHKTRANS240201.1615.B15593", Reason: "Successfully received payment.", CoderNote: "Ambition is priceless.", CreatedAt: at("2024-02-01T16:10:20.088Z"),
		},
		"payment_failed.json": {
			ID: "59793533-8cb2-410a-8a39-4a2afa0c2e7e", OrderID: "3ea21aac0dd2d", Amount: wapay.XOF.Units(1010),
			Phone: "72929595", Country: "BFA", Status: wapay.StatusFailed, ProviderStatus: "-1",
			Reason: "No payment.", CoderNote: "Ambition is priceless.", CreatedAt: at("2023-06-22T23:04:22.71Z"),
		},
	} {
		t.Run(file, func(t *testing.T) {
			body := sample(t, file)
			c, m := newMock(t, bothPairs, reply(200, body))
			got, err := c.Payment(context.Background(), want.ID)
			require.NoError(t, err)
			m.assertRequest("GET", "payment/"+want.ID, apiPair, nil)
			assert.JSONEq(t, body, "["+string(got.Raw)+"]")
			got.Raw = nil
			assert.Equal(t, &want, got)
			assert.Equal(t, time.UTC, got.CreatedAt.Location())
		})
	}
}

func TestPaymentPaths(t *testing.T) {
	for id, path := range map[string]string{
		"a/b": "payment/a%2Fb", "é": "payment/%C3%A9", "a b?c=d#e": "payment/a%20b%3Fc%3Dd%23e", "%2F": "payment/%252F",
		"...": "payment/...", "a/../b": "payment/a%2F..%2Fb",
	} {
		c, m := newMock(t, sciPair, reply(404, `{"error":"No payment found with this identifier"}`))
		_, err := c.Payment(context.Background(), id)
		failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
		m.assertRequest("GET", path, sciPair, nil)
	}
	c, m := newMock(t, sciPair)
	for _, id := range []string{"", ".", "..", "a\nb", "a\x00", "\xff"} {
		_, err := c.Payment(context.Background(), id)
		badFields(t, err, "ID")
	}
	m.none()
}

var samplePayments = []barkapay.Transaction{
	{
		ID: "f736d4b5-ea47-4244-b209-83371047a058", OrderID: "23839488238", Amount: wapay.XOF.Units(200), Phone: "72929595",
		Country: "BFA", Operator: "MOOV", Status: wapay.StatusSucceeded, ProviderStatus: "1", TxID: "CHKTRANS240124.1257.C15593",
		OrderData: `{"category": "mobile","type": "main_bfa","user_id": "6467571b952726d40405d003","country": "BFA","balance": 0}`,
		Reason:    "Successfully received payment.", Type: "mobile", CoderNote: "Ambition is priceless.", OriginSource: "1", CreatedAt: at("2024-01-24T12:29:25.41Z"),
	},
	{
		ID: "2193e086-46dd-4a3c-be51-e191adf40a9b", OrderID: "23839488238", Amount: wapay.XOF.Units(200), Phone: "72929595",
		Country: "BFA", Operator: "MOOV", Status: wapay.StatusSucceeded, ProviderStatus: "1", TxID: "CHKTRANS240124.1340.B17072",
		OrderData: `{"category": "mobile","type": "main_bfa","user_id": "6467571b952726d40405d003","country": "BFA","balance": 0}`,
		Reason:    "Successfully received payment.", Type: "mobile", CoderNote: "Ambition is priceless.", OriginSource: "1", CreatedAt: at("2024-01-24T13:34:38.218Z"),
	},
}

func TestPayments(t *testing.T) {
	body := sample(t, "payments.json")
	c, m := newMock(t, apiPair, reply(200, body))
	got, err := c.Payments(context.Background(), barkapay.Filter{
		Country: "CIV", Phone: "72929595", Operator: "CORIS", OrderID: "23839488238", Status: wapay.StatusFailed,
		From: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC),
	})
	require.NoError(t, err)
	m.assertRequest("GET", "payment/?date_1=2024-01-01&date_2=2024-01-31&operator=CORIS&order_id=23839488238"+
		"&sender_country=CIV&sender_phonenumber=72929595&status=-1", apiPair, nil)
	require.Len(t, got, 2)
	assert.JSONEq(t, body, "["+string(got[0].Raw)+","+string(got[1].Raw)+"]")
	for i := range got {
		got[i].Raw = nil
	}
	assert.Equal(t, samplePayments, got)
}

func TestPaymentsFilter(t *testing.T) {
	for _, x := range []struct {
		filter barkapay.Filter
		path   string
	}{
		{barkapay.Filter{}, "payment/"},
		{barkapay.Filter{Status: wapay.StatusPending}, "payment/?status=0"},
		{barkapay.Filter{OrderID: "a&b=ü/.."}, "payment/?order_id=a%26b%3D%C3%BC%2F.."},
		{barkapay.Filter{From: time.Date(2024, 1, 31, 23, 0, 0, 0, time.FixedZone("", -2*3600))}, "payment/?date_1=2024-02-01"},
	} {
		c, m := newMock(t, apiPair, reply(200, "[]"))
		got, err := c.Payments(context.Background(), x.filter)
		require.NoError(t, err)
		assert.Empty(t, got)
		m.assertRequest("GET", x.path, apiPair, nil)
	}
	c, m := newMock(t, apiPair)
	_, err := c.Payments(context.Background(), barkapay.Filter{
		OrderID: "a\x00", Status: wapay.StatusRefunded, From: time.Unix(1e9, 0), To: time.Unix(1e9-1, 0),
	})
	badFields(t, err, "OrderID", "Status", "To")
	m.none()
}
