package cinetpay_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
)

// live starts a sandbox and a client for it. There is no rate limit unless cfg
// has one.
func live(t testing.TB, cfg cinetpaytest.Config, opts ...wapay.Option) (*cinetpay.Client, *cinetpaytest.Server) {
	t.Helper()
	if cfg.RateLimit == 0 {
		cfg.RateLimit = -1
	}
	b := cinetpaytest.New(cfg)
	t.Cleanup(b.Close)
	return liveClient(t, b, opts...), b
}

func liveClient(t testing.TB, b *cinetpaytest.Server, opts ...wapay.Option) *cinetpay.Client {
	t.Helper()
	cfg := b.Config()
	c, err := cinetpay.New(cinetpay.Credentials{
		APIKey: wapay.Secret(cfg.APIKey), Password: wapay.Secret(cfg.Password), SiteID: cfg.SiteID,
	}, append([]wapay.Option{wapay.WithBaseURL(b.URL())}, opts...)...)
	require.NoError(t, err)
	return c
}

const sendPath = "v1/transfer/money/send/contact"

// bookings returns the amounts that the ledger has booked for a reference.
func bookings(b *cinetpaytest.Server, account, reference string) []int64 {
	return testkit.Moved(b.EntriesOf(account), reference)
}

var shapes = map[string]cinetpaytest.Config{
	"as documented": {}, "flat": {FlatData: true}, "strings": {Codes: cinetpaytest.CodesStrings},
	"numbers": {Codes: cinetpaytest.CodesNumbers, FlatData: true}, "refusals as 200": {RefusalsAs200: true},
	"417": {PhoneErrorsAs417: true},
}

func TestSandboxTransfers(t *testing.T) {
	for name, cfg := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, b := live(t, cfg)
			before, err := c.Balance(bg, wapay.XOF)
			require.NoError(t, err)
			assert.Equal(t, wapay.XOF.Units(1_000_000), before.Available)

			p, err := c.Payout(bg, goodPayout(t))
			require.NoError(t, err)
			assert.Equal(t, wapay.StatusPending, p.Status)
			assert.Equal(t, []int64{-500}, bookings(b, "transfer/XOF", "MYMERCHANTID1"))
			after, err := c.Balance(bg, wapay.XOF)
			require.NoError(t, err)
			assert.Equal(t, wapay.XOF.Units(500), after.InUse)
			assert.Equal(t, wapay.XOF.Units(999_500), after.Available)

			for _, ref := range []wapay.Ref{{ID: p.ID}, byReference("MYMERCHANTID1"), {ID: p.ID, Reference: "MYMERCHANTID1"}} {
				found, err := c.FindPayout(bg, ref)
				require.NoError(t, err)
				assert.Equal(t, p.ID, found.ID)
				assert.Equal(t, "waits for the merchant's confirmation by mail", found.Reason)
				assert.Equal(t, wapay.XOF.Units(500), found.Amount)
			}
			require.NoError(t, b.ConfirmByMail(p.ID))
			require.NoError(t, b.Approve(p.ID))
			done, err := wapay.WaitPayout(bg, c, byReference("MYMERCHANTID1"), wapay.PollEvery(time.Millisecond, time.Millisecond))
			require.NoError(t, err)
			assert.Equal(t, wapay.StatusSucceeded, done.Status)

			// The same order again is the same transfer. The reference serves
			// no other.
			again, err := c.Payout(bg, goodPayout(t))
			require.NoError(t, err)
			assert.Equal(t, p.ID, again.ID)
			assert.Equal(t, wapay.StatusSucceeded, again.Status)
			assert.True(t, again.Replayed)
			assert.False(t, p.Replayed)
			other := goodPayout(t)
			other.Amount = wapay.XOF.Units(1000)
			_, err = c.Payout(bg, other)
			failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
			assert.ErrorContains(t, err, "is of 500 XOF")
			assert.Equal(t, []int64{-500}, bookings(b, "transfer/XOF", "MYMERCHANTID1"))

			poor := goodPayout(t)
			poor.Reference, poor.Amount = "poor", wapay.XOF.Units(1_400_000)
			_, err = c.Payout(bg, poor)
			failure(t, err, wapay.ErrInsufficientFunds, wapay.OutcomeRejected)
			_, err = c.FindPayout(bg, byReference("poor"))
			failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
			b.FailPhone("225", "0707895086", 802)
			poor.Amount = wapay.XOF.Units(500)
			_, err = c.Payout(bg, poor)
			failure(t, err, wapay.ErrInvalid, wapay.OutcomeNotSent)
			assert.Equal(t, 1, b.Logins())
		})
	}
}

func TestSandboxRejectedTransfer(t *testing.T) {
	c, b := live(t, cinetpaytest.Config{AllowListed: true})
	p, err := c.Payout(bg, goodPayout(t))
	require.NoError(t, err)
	found, err := c.FindPayout(bg, byReference("MYMERCHANTID1"))
	require.NoError(t, err)
	assert.Empty(t, found.Reason, "no confirmation is needed")
	require.NoError(t, b.Hold(p.ID))
	found, err = c.FindPayout(bg, wapay.Ref{ID: p.ID})
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusPending, found.Status)
	require.NoError(t, b.Decline(p.ID, "Compte inconnu"))
	found, err = c.FindPayout(bg, wapay.Ref{ID: p.ID})
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, found.Status)
	assert.Equal(t, "Compte inconnu", found.Reason)
}

// TestSandboxBatch sends a batch in four currencies with one transfer for each
// kind of error.
func TestSandboxBatch(t *testing.T) {
	c, b := live(t, cinetpaytest.Config{})
	q := func(id, number, country string, amount wapay.Money) cinetpay.TransferRequest {
		return cinetpay.TransferRequest{
			ClientTransactionID: id, Receiver: phone(t, number, country), Amount: amount, NotifyURL: "https://shop.example/ipn",
		}
	}
	batch := []cinetpay.TransferRequest{
		q("ci", "0707000001", "CI", wapay.XOF.Units(500)), q("gn", "620000001", "GN", wapay.GNF.Units(5000)),
		q("cm", "670000001", "CM", wapay.XAF.Units(505)), q("cd", "810000001", "CD", wapay.CDF.Units(2500)),
		q("poor", "0707000001", "CI", wapay.XOF.Units(1_400_000)), q("stranger", "0707000002", "CI", wapay.XOF.Units(500)),
		q("little", "0707000001", "CI", wapay.XOF.Units(5)),
	}
	var contacts []cinetpay.Contact
	for _, q := range batch[:4] {
		contacts = append(contacts, cinetpay.Contact{Phone: q.Receiver, Name: "A", Surname: "B", Email: "a@example.com"})
	}
	added, err := c.AddContacts(bg, contacts)
	require.NoError(t, err)
	require.NoError(t, added.Err())
	got, err := c.Send(bg, batch...)
	require.NoError(t, err)
	for i, q := range batch[:4] {
		require.NoError(t, got.Results[i].Err)
		assert.Equal(t, q.Amount, got.Results[i].Transfer.Amount)
		found, err := c.CheckTransfer(bg, byReference(q.ClientTransactionID))
		require.NoError(t, err)
		assert.Equal(t, q.Amount, found.Amount)
		assert.Equal(t, q.Receiver.E164(), found.ReceiverE164)
	}
	failure(t, got.Results[4].Err, wapay.ErrInsufficientFunds, wapay.OutcomeRejected)
	failure(t, got.Results[5].Err, wapay.ErrInvalid, wapay.OutcomeRejected)
	failure(t, got.Results[6].Err, wapay.ErrInvalid, wapay.OutcomeRejected)
	assert.NotErrorIs(t, got.Err(), wapay.ErrOutcomeUnknown)
	assert.Len(t, b.Orders(), 4)
	assert.Equal(t, []int64{-250_000}, bookings(b, "transfer/CDF", "cd"))
}

func TestSandboxCheckout(t *testing.T) {
	c, b := live(t, cinetpaytest.Config{})
	p, err := c.Pay(bg, goodPay(t))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusPending, p.Status)
	assert.Equal(t, b.Root()+"/payment/"+b.Orders()[0].ID, p.CheckoutURL)
	for _, ref := range []wapay.Ref{byReference("order-1"), {ID: p.ID}, {ID: p.ID, Reference: "order-1"}} {
		for _, code := range []int{623, 662, 663, 664} {
			require.NoError(t, b.BeginCheckout("order-1", code))
			found, err := c.FindPayment(bg, ref)
			require.NoError(t, err)
			assert.Equal(t, wapay.StatusPending, found.Status)
			assert.Equal(t, wapay.XOF.Units(100), found.Amount)
			assert.Equal(t, wapay.ActionPageLost, found.Action)
		}
	}
	require.NoError(t, b.PayCheckout("order-1", "OM", "2250707000001"))
	found, err := c.FindPayment(bg, byReference("order-1"))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusSucceeded, found.Status)
	assert.NotEmpty(t, found.OperatorID)
	assert.Equal(t, wapay.ActionNone, found.Action)

	again, err := c.Pay(bg, goodPay(t))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusSucceeded, again.Status)
	assert.True(t, again.Replayed)
	other := goodPay(t)
	other.Amount = wapay.XOF.Units(200)
	_, err = c.Pay(bg, other)
	failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	assert.ErrorContains(t, err, "is of 100 XOF")
	for _, ref := range []wapay.Ref{byReference("nobody"), {ID: "nobody"}} {
		_, err = c.FindPayment(bg, ref)
		failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	}
	r := goodPay(t)
	r.Reference = "order-2"
	_, err = c.Pay(bg, r)
	require.NoError(t, err)
	require.NoError(t, b.RefuseCheckout("order-2", 627))
	found, err = c.FindPayment(bg, byReference("order-2"))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, found.Status)
	assert.Equal(t, "TRANSACTION_CANCEL", found.Reason)
	again, err = c.Pay(bg, r)
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, again.Status, "a new attempt needs a new reference")
	assert.True(t, again.Replayed)

	cfg := b.Config()
	wrong, err := cinetpay.New(cinetpay.Credentials{APIKey: wapay.Secret(cfg.APIKey + "x"), SiteID: cfg.SiteID, Password: "wrong-password"}, wapay.WithBaseURL(b.URL()))
	require.NoError(t, err)
	_, err = wrong.FindPayment(bg, byReference("order-1"))
	failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeReadOnly)
	_, err = wrong.Payout(bg, goodPayout(t))
	failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeNotSent)
}
