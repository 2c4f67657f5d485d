package mpp_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/mpp"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

// live starts a sandbox and a client for it.
func live(t testing.TB, cfg mpptest.Config, opts ...wapay.Option) (*mpp.Client, *mpptest.Server) {
	t.Helper()
	m := mpptest.New(cfg)
	t.Cleanup(m.Close)
	return liveClient(t, m, opts...), m
}

func liveClient(t testing.TB, m *mpptest.Server, opts ...wapay.Option) *mpp.Client {
	t.Helper()
	cfg := m.Config()
	c, err := mpp.New(mpp.Credentials{
		SecretID: wapay.Secret(cfg.SecretID), SecretKey: wapay.Secret(cfg.SecretKey), BusinessID: cfg.BusinessID,
	}, append([]wapay.Option{wapay.WithBaseURL(m.URL())}, opts...)...)
	require.NoError(t, err)
	return c
}

// bookings returns the amounts that the ledger has booked for a reference, in
// cents.
func bookings(m *mpptest.Server, reference string) []int64 {
	return testkit.Moved(m.Entries(), reference)
}

func goodPay(t testing.TB) wapay.PaymentRequest {
	return wapay.PaymentRequest{
		Reference: "order-1", Amount: wapay.SLE.Minor(1250), Operator: "OM",
		Customer: wapay.Customer{Phone: phone(t, "080002209", "SL"), FirstName: "Bockarie", LastName: "Marah", Email: "b@example.com"},
	}
}

func goodPayout(t testing.TB) wapay.PayoutRequest {
	return wapay.PayoutRequest{
		Reference: "order-1", Amount: wapay.SLE.Minor(76738_84), Operator: "om",
		Recipient: wapay.Customer{Phone: phone(t, "080002209", "SL")},
	}
}

func TestSandboxPay(t *testing.T) {
	ctx := context.Background()
	c, m := live(t, mpptest.Config{Fee: func(string, int64) int64 { return 50 }})
	p, err := c.Pay(ctx, goodPay(t))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusPending, p.Status)
	assert.Equal(t, "initiated", p.ProviderStatus)
	assert.Equal(t, "080002209", m.Orders()[0].Phone)
	require.NoError(t, m.Approve(p.ID))
	for _, ref := range []wapay.Ref{{ID: p.ID}, byReference("order-1"), {ID: p.ID, Reference: "order-1"}} {
		found, err := c.FindPayment(ctx, ref)
		require.NoError(t, err)
		assert.Equal(t, p.ID, found.ID)
		assert.Equal(t, wapay.StatusSucceeded, found.Status)
		assert.Equal(t, wapay.SLE.Minor(1250), found.Amount)
		assert.Equal(t, wapay.SLE.Minor(50), found.Fee)
		assert.Equal(t, wapay.ActionNone, found.Action)
		assert.False(t, found.Replayed)
		assert.Equal(t, "order-1", found.Reference)
		assert.False(t, found.CreatedAt.IsZero())
	}
	assert.Equal(t, []int64{1250, -50}, bookings(m, "order-1"))
	assert.Equal(t, 1, m.Logins())
	assert.Equal(t, 1, m.Count("GET", "api/v1/business/*"), "the channels, once")
}
