package payhubtest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

// A notification without an amount is tampered with too.
func TestTampered(t *testing.T) {
	p := payhubtest.Start(t, payhubtest.Config{})
	verdicts := make(chan error, 10)
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, err := ipn.PayHub(p.WebhookSecret()).Verify(r.Header, body)
		verdicts <- err
	}))
	defer shop.Close()
	p.Notify(shop.URL)
	phone, err := wapay.ParsePhone("+22670000001", "")
	require.NoError(t, err)
	_, err = p.Client().Pay(context.Background(), wapay.PaymentRequest{
		Reference: "order-1", Amount: wapay.XOF.Units(5000), Customer: wapay.Customer{Phone: phone}, Operator: "MOOV",
	})
	require.NoError(t, err)
	require.NoError(t, p.Approve("order-1"))
	require.NoError(t, <-verdicts)
	_, err = p.Resend(context.Background(), "order-1", sandbox.SendTampered)
	require.NoError(t, err)
	require.ErrorIs(t, <-verdicts, ipn.ErrSignature)
}
