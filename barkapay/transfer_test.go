package barkapay_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
)

func goodTransfer(t testing.TB) barkapay.TransferRequest {
	return barkapay.TransferRequest{
		OrderID: "iweidiewd743kwedk", Amount: wapay.XOF.Units(1000), Receiver: phone(t, "72929595", "BF"), Operator: "MOOV",
	}
}

func TestCreateTransfer(t *testing.T) {
	body := sample(t, "transfer_created.json")
	c, m := newMock(t, bothPairs, reply(201, body))
	got, err := c.CreateTransfer(context.Background(), goodTransfer(t))
	require.NoError(t, err)
	m.assertRequest("POST", "transfer/request/mobile", apiPair, url.Values{
		"receiver_country": {"BFA"}, "operator": {"MOOV"}, "receiver_phonenumber": {"72929595"}, "amount": {"1000"},
		"order_id": {"iweidiewd743kwedk"}, "order_id_unicity": {"1"},
	})
	assert.JSONEq(t, body, string(got.Raw))
	got.Raw = nil
	assert.Equal(t, &barkapay.Transaction{
		ID: "c6e16250-395e-47ab-920a-6f23ae141067", OrderID: "iweidiewd743kwedk", Amount: wapay.XOF.Units(1000),
		Phone: "72929595", Country: "BFA", Operator: "MOOV", Status: wapay.StatusPending, ProviderStatus: "0", AppLabel: "BRKCHG",
		Message: "Transfer request created successfully.",
	}, got)
}

func TestCreateTransferWithEverything(t *testing.T) {
	c, m := newMock(t, bothPairs, reply(201, sample(t, "transfer_created.json")))
	r := goodTransfer(t)
	r.Receiver = phone(t, "90123456", "TG")
	r.CallbackURL, r.OrderData, r.Note = "https://shop.example/ipn", `{"order_data":"no-data"}`, "Wages, März"
	r.AllowDuplicate, r.IgnoreDoubleSpendRisk = true, true
	_, err := c.CreateTransfer(context.Background(), r)
	require.NoError(t, err)
	m.assertRequest("POST", "transfer/request/mobile", apiPair, url.Values{
		"receiver_country": {"TOG"}, "operator": {"MOOV"}, "receiver_phonenumber": {"90123456"}, "amount": {"1000"},
		"order_id": {"iweidiewd743kwedk"}, "order_id_unicity": {"0"}, "callback_url": {"https://shop.example/ipn"},
		"order_data": {`{"order_data":"no-data"}`}, "note": {"Wages, März"}, "ignore_double_spend_risk": {"1"},
	})
}

func TestCreateTransferChecks(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, apiPair)
	_, err := c.CreateTransfer(ctx, barkapay.TransferRequest{})
	badFields(t, err, "OrderID", "Amount", "Receiver", "Operator")
	_, err = c.CreateTransfer(ctx, barkapay.TransferRequest{
		OrderID: "a:b", Amount: wapay.GNF.Units(5000), Receiver: phone(t, "601234567", "GN"), Operator: strings.Repeat("x", 101),
		Note: strings.Repeat("n", 16385), CallbackURL: "http://192.0.2.1/", OrderData: "\x1b[0m",
	})
	badFields(t, err, "OrderID", "Amount", "Receiver", "Operator", "Note", "CallbackURL", "OrderData")
	for name, amount := range badAmounts {
		t.Run("amount "+name, func(t *testing.T) {
			r := goodTransfer(t)
			r.Amount = amount
			_, err := c.CreateTransfer(ctx, r)
			badFields(t, err, "Amount")
		})
	}
	for name, reference := range badReferences {
		t.Run("reference "+name, func(t *testing.T) {
			r := goodTransfer(t)
			r.OrderID = reference
			_, err := c.CreateTransfer(ctx, r)
			badFields(t, err, "OrderID")
		})
	}
	m.none()
}

var sampleTransfer = barkapay.Transaction{
	ID: "c6e16250-395e-47ab-920a-6f23ae141067", OrderID: "iweidiewd743kwedk", Amount: wapay.XOF.Units(1000),
	Phone: "72929595", Country: "BFA", Operator: "MOOV", Status: wapay.StatusSucceeded, ProviderStatus: "1",
	TxID: "WCASH240216.0755.B00058", OrderData: `{"order_data":"no-data"}`, Reason: "Successfully sent.", Type: "mobile", CoderNote: "Ambition is priceless.",
	CreatedAt: at("2024-02-16T07:55:34.57Z"),
}

func TestTransfer(t *testing.T) {
	c, m := newMock(t, bothPairs, reply(200, sample(t, "transfer.json")))
	got, err := c.Transfer(context.Background(), sampleTransfer.ID)
	require.NoError(t, err)
	m.assertRequest("GET", "transfer/"+sampleTransfer.ID, apiPair, nil)
	got.Raw = nil
	assert.Equal(t, &sampleTransfer, got)
}

func TestTransferNotFound(t *testing.T) {
	c, m := newMock(t, bothPairs, reply(404, sample(t, "transfer_not_found.json")))
	_, err := c.Transfer(context.Background(), "bd8bcd91-f09a-4090-9eb5-c679bba85289")
	e := failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	assert.Equal(t, "No transfer found with this identifier", e.Message)
	assert.Equal(t, 404, e.HTTPStatus)
	m.assertRequest("GET", "transfer/bd8bcd91-f09a-4090-9eb5-c679bba85289", apiPair, nil)
}

func TestTransfers(t *testing.T) {
	c, m := newMock(t, bothPairs, reply(200, sample(t, "transfers.json")))
	got, err := c.Transfers(context.Background(), barkapay.Filter{
		Country: "BFA", Phone: "72929595", Operator: "MOOV", OrderID: "iweidiewd743kwedk", Status: wapay.StatusSucceeded,
		From: time.Date(2024, 2, 16, 23, 59, 0, 0, time.UTC), To: time.Date(2024, 6, 16, 1, 30, 0, 0, time.FixedZone("", 3600)),
	})
	require.NoError(t, err)
	m.assertRequest("GET", "transfer/?date_1=2024-02-16&date_2=2024-06-16&operator=MOOV&order_id=iweidiewd743kwedk"+
		"&receiver_country=BFA&receiver_phonenumber=72929595&status=1", apiPair, nil)
	require.Len(t, got, 1)
	assert.Contains(t, string(got[0].Raw), `"origin_source": 1`)
	assert.Equal(t, "1", got[0].OriginSource)
	got[0].Raw, got[0].OriginSource = nil, ""
	assert.Equal(t, sampleTransfer, got[0])
}
