package intram_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/intram"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/intramtest"
)

// newSandbox starts a sandbox and a client for it.
func newSandbox(t testing.TB, cfg intramtest.Config, opts ...wapay.Option) (*intramtest.Server, *intram.Client) {
	t.Helper()
	s := intramtest.New(cfg)
	t.Cleanup(s.Close)
	cfg = s.Config()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	opts = append([]wapay.Option{
		wapay.WithBaseURL(s.URL()), wapay.WithHTTPClient(&http.Client{Transport: transport}), wapay.WithClock(s.Now),
	}, opts...)
	c, err := intram.New(intram.Credentials{PublicKey: wapay.Secret(cfg.PublicKey), SecretKey: wapay.Secret(cfg.SecretKey)}, opts...)
	require.NoError(t, err)
	return s, c
}

func balanceOf(t testing.TB, c *intram.Client, method string) (available wapay.Money) {
	t.Helper()
	b, err := c.Balance(context.Background())
	require.NoError(t, err)
	for _, m := range b.Methods {
		if m.Method == method {
			return m.Available
		}
	}
	t.Fatalf("no %s in %+v", method, b)
	return
}

var quickly = wapay.PollEvery(time.Millisecond, 20*time.Millisecond)

// Each kind of order runs from its start to its end, at both base URLs.
func TestSandboxEndToEnd(t *testing.T) {
	ctx := context.Background()
	for _, long := range []bool{false, true} {
		s, c := newSandbox(t, intramtest.Config{AutoSettle: true, OldBalance: long, PaymentMethodObjects: long, SourceMSISDN: long})
		if long {
			cfg := s.Config()
			var err error
			c, err = intram.New(intram.Credentials{PublicKey: wapay.Secret(cfg.PublicKey), SecretKey: wapay.Secret(cfg.SecretKey)},
				wapay.WithBaseURL(s.LongURL()))
			require.NoError(t, err)
		}
		p, err := c.Pay(ctx, goodPay(t))
		require.NoError(t, err)
		assert.NotEmpty(t, p.CheckoutURL)
		p, err = wapay.WaitPayment(ctx, c, wapay.Ref{ID: p.ID}, quickly)
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusSucceeded, p.Status)
		assert.Equal(t, wapay.XOF.Units(5000), p.Amount)
		assert.Equal(t, "order-4521", p.Reference)

		o, err := c.Operation(ctx, p.ID)
		require.NoError(t, err)
		png, err := o.Checkout.QRCodePNG()
		require.NoError(t, err)
		assert.NotEmpty(t, png)

		found, err := c.FindPayment(ctx, wapay.Ref{Reference: "order-4521"})
		require.NoError(t, err)
		assert.Equal(t, p.ID, found.ID)
		found, err = c.FindPayment(ctx, wapay.Ref{ID: o.Checkout.TransactionReference, Reference: "order-4521"})
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusSucceeded, found.Status)

		out, err := c.Payout(ctx, goodPayoutOrder(t))
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusPending, out.Status)
		out, err = wapay.WaitPayout(ctx, c, wapay.Ref{Reference: "PO-2026-0001"}, quickly)
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusSucceeded, out.Status)
		assert.NotEmpty(t, out.OperatorID)

		refund := goodRefund()
		refund.TransactionReference = o.Checkout.TransactionReference
		r, err := c.CreateRefund(ctx, refund)
		require.NoError(t, err)
		r, err = c.WaitOperation(ctx, r.ID, quickly)
		require.NoError(t, err)
		assert.Equal(t, intram.OperationSucceeded, r.Status, "%v", r.Error)

		transfer := goodTransfer()
		transfer.PaymentMethodID = ""
		tr, err := c.CreateTransfer(ctx, transfer)
		require.NoError(t, err)
		tr, err = c.WaitOperation(ctx, tr.ID, quickly)
		require.NoError(t, err)
		assert.Equal(t, intram.OperationSucceeded, tr.Status)
		for one, err := range c.AllTransfers(ctx, intram.TransferFilter{Direction: "sent"}) {
			require.NoError(t, err)
			again, err := c.Transfer(ctx, one.Reference)
			require.NoError(t, err)
			again.Raw, one.Raw = nil, nil
			assert.Equal(t, one, *again)
		}
		n := 0
		for one, err := range c.AllTransactions(ctx, intram.TransactionFilter{Limit: 1}) {
			require.NoError(t, err)
			n++
			again, err := c.Transaction(ctx, one.Reference)
			require.NoError(t, err)
			again.Raw, one.Raw = nil, nil
			assert.Equal(t, one, *again)
		}
		assert.Equal(t, 3, n, "the payment, the payout and the refund")
		assert.Len(t, s.Orders(), 2, "each order once")
		assert.True(t, balanceOf(t, c, "MTN_BENIN_229").Valid())
	}
}

func TestSandboxBankPayout(t *testing.T) {
	ctx := context.Background()
	s, c := newSandbox(t, intramtest.Config{})
	r := goodPayout(t)
	r.Destination = intram.BankAccount{SWIFT: "BOABBJBJ", AccountNumber: "BJ0660001", AccountName: "SARL Soleil"}
	o, err := c.CreatePayout(ctx, r)
	require.NoError(t, err)
	require.NoError(t, s.CompleteOperation(o.ID))
	p, err := c.FindPayout(ctx, wapay.Ref{ID: o.ID})
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusPending, p.Status, "queued is not paid")
	assert.Equal(t, "queued_for_settlement", p.ProviderStatus)

	require.NoError(t, s.Decline(o.ID, ""))
	p, err = c.FindPayout(ctx, wapay.Ref{ID: o.ID})
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, p.Status)
	assert.Contains(t, p.Reason, "provider_rejected")
}

func TestSandboxFailures(t *testing.T) {
	ctx := context.Background()
	s, c := newSandbox(t, intramtest.Config{})
	before := balanceOf(t, c, "MTN_BENIN_229")
	r := goodPayoutOrder(t)
	r.Amount = wapay.XOF.Units(5_000_000)
	p, err := c.Payout(ctx, r)
	require.NoError(t, err)
	_ = s.CompleteOperation(p.ID)
	p, err = c.FindPayout(ctx, wapay.Ref{Reference: r.Reference})
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, p.Status)
	assert.Contains(t, p.Reason, "insufficient_balance")
	assert.Equal(t, before, balanceOf(t, c, "MTN_BENIN_229"))

	// An order with a used reference: the lookup shows the other order.
	r.Amount = wapay.XOF.Units(500)
	_, err = c.Payout(ctx, r)
	failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	p, err = wapay.SettlePayout(ctx, c, wapay.Ref{Reference: r.Reference})
	require.NoError(t, err)
	assert.Equal(t, wapay.XOF.Units(5_000_000), p.Amount)

	r.Reference = "PO-2"
	p, err = c.Payout(ctx, r)
	require.NoError(t, err)
	require.NoError(t, s.ExpireOrder(p.ID))
	p, err = c.FindPayout(ctx, wapay.Ref{ID: p.ID})
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusUnknown, p.Status)

	_, err = c.CreateRefund(ctx, goodRefund())
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeRejected)
	_, err = c.FindPayout(ctx, wapay.Ref{Reference: "never"})
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	e := failure(t, c.DeleteWebhook(ctx, "whs_none"), wapay.ErrNotFound, wapay.OutcomeRejected)
	assert.Equal(t, "subscription_not_found", e.Code)
}

// The clock of this machine is wrong by more than the provider allows.
func TestSandboxClockIsOff(t *testing.T) {
	s, _ := newSandbox(t, intramtest.Config{})
	cfg := s.Config()
	c, err := intram.New(intram.Credentials{PublicKey: wapay.Secret(cfg.PublicKey), SecretKey: wapay.Secret(cfg.SecretKey)},
		wapay.WithBaseURL(s.URL()), wapay.WithClock(func() time.Time { return time.Now().Add(-time.Hour) }))
	require.NoError(t, err)
	_, err = c.Balance(context.Background())
	e := failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeReadOnly)
	assert.Regexp(t, `^this machine's clock is (59m59s|1h0m[012]s) behind the provider's`, e.Err.Error())
}

func TestSandboxLive(t *testing.T) {
	s := intramtest.New(intramtest.Config{AllowedIPs: []string{"203.0.113.7"}})
	t.Cleanup(s.Close)
	cfg := s.Config()
	c, err := intram.New(intram.Credentials{PublicKey: wapay.Secret(cfg.LivePublicKey), SecretKey: wapay.Secret(cfg.LiveSecretKey)},
		wapay.WithBaseURL(s.URL()))
	require.NoError(t, err)
	_, err = c.Balance(context.Background())
	e := failure(t, err, wapay.ErrForbidden, wapay.OutcomeReadOnly)
	assert.Equal(t, "ip_not_allowed", e.Code)
	assert.Contains(t, e.Message, "127.0.0.1")
	s.AllowIPs("127.0.0.1")
	_, err = c.Balance(context.Background())
	assert.NoError(t, err)
}

func TestSandboxWebhooks(t *testing.T) {
	ctx := context.Background()
	got := make(chan *http.Request, 10)
	hook := receiver(t, got)
	_, c := newSandbox(t, intramtest.Config{})
	w, err := c.CreateWebhook(ctx, intram.WebhookRequest{URL: hook, Event: "*"})
	require.NoError(t, err)
	assert.NotEmpty(t, w.Secret)
	again, err := c.CreateWebhook(ctx, intram.WebhookRequest{URL: hook, Event: "*"})
	require.NoError(t, err)
	assert.True(t, again.Replayed)
	assert.Equal(t, w.Secret, again.Secret, "a lost answer is not a lost secret")

	for range 2 {
		require.NoError(t, c.TestWebhook(ctx, w.ID))
		select {
		case r := <-got:
			assert.Equal(t, "test.ping", r.Header.Get("X-Intram-Event"))
		case <-time.After(5 * time.Second):
			t.Fatal("no ping")
		}
	}
	list, err := c.Webhooks(ctx)
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	assert.Equal(t, w.ID, list.Items[0].ID)
	require.NoError(t, c.DeleteWebhook(ctx, w.ID))
	list, err = c.Webhooks(ctx)
	require.NoError(t, err)
	assert.Empty(t, list.Items)
}

// The provider carries the order out once under each fault.
func TestSandboxFaults(t *testing.T) {
	for _, kind := range []sandbox.FaultKind{
		sandbox.FaultCut, sandbox.FaultReset, sandbox.FaultHang, sandbox.FaultHTML, sandbox.FaultTruncated, sandbox.FaultRateLimit,
		sandbox.FaultProviderError,
	} {
		for _, before := range []bool{false, true} {
			for _, times := range []int{1, 2} {
				t.Run(string(kind), func(t *testing.T) {
					t.Parallel()
					s, c := newSandbox(t, intramtest.Config{}, wapay.WithTimeout(500*time.Millisecond))
					f := sandbox.Fault{Kind: kind, Method: "POST", Path: "payouts", Before: before, Times: times}
					s.Inject(f)
					o, err := c.CreatePayout(context.Background(), goodPayout(t))
					require.NoError(t, err)
					assert.Equal(t, times+1, s.Count("POST", "payouts"))
					assert.Len(t, s.Orders(), 1)
					assert.Equal(t, o.ID, s.Orders()[0].ID)
					assert.Equal(t, f.Processed(), o.Replayed)
					assertAttempts(t, s)
				})
			}
		}
	}
}

// If each attempt fails, the outcome is unknown. The same call later learns it,
// without a second payout.
func TestSandboxUnknownOutcome(t *testing.T) {
	for _, kind := range []sandbox.FaultKind{sandbox.FaultCut, sandbox.FaultHTML, sandbox.FaultHang, sandbox.FaultHalfJSON, sandbox.FaultEmpty} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			s, c := newSandbox(t, intramtest.Config{}, wapay.WithTimeout(500*time.Millisecond))
			s.Inject(sandbox.Fault{Kind: kind, Method: "POST", Times: -1})
			_, err := c.Payout(ctx, goodPayoutOrder(t))
			require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
			s.ClearFaults()
			settled, err := wapay.SettlePayout(ctx, c, wapay.Ref{Reference: "PO-2026-0001"}, quickly)
			require.NoError(t, err)
			again, err := c.Payout(ctx, goodPayoutOrder(t))
			require.NoError(t, err)
			assert.Equal(t, settled.ID, again.ID)
			assert.Len(t, s.Orders(), 1)
			assertAttempts(t, s)
		})
	}
}

// assertAttempts checks that the attempts of an order share key and body, and
// that each signs its own time.
func assertAttempts(t testing.TB, s *intramtest.Server) {
	t.Helper()
	var first, last *sandbox.Request
	for _, r := range s.Requests() {
		if r.Method != "POST" {
			continue
		}
		if first == nil {
			first = &r
		}
		assert.Equal(t, first.Header["Idempotency-Key"], r.Header["Idempotency-Key"])
		assert.Equal(t, string(first.Body), string(r.Body))
		if last != nil && r.At.Sub(last.At) > 10*time.Millisecond {
			assert.NotEqual(t, last.Header["X-Timestamp"], r.Header["X-Timestamp"])
			assert.NotEqual(t, last.Header["X-Signature"], r.Header["X-Signature"])
		}
		last = &r
	}
}

// With many goroutines on one client, each signature is right, and each order
// is carried out once.
func TestSandboxConcurrency(t *testing.T) {
	s, c := newSandbox(t, intramtest.Config{})
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := goodPayout(t)
			r.Reference = fmt.Sprint("PO-", i/2)
			_, err := c.CreatePayout(context.Background(), r)
			assert.NoError(t, err)
			_, err = c.Balance(context.Background())
			assert.NoError(t, err)
		}()
	}
	wg.Wait()
	assert.Len(t, s.Orders(), 20)
	assert.Equal(t, 100, len(s.Requests()), "each order that was there is looked up")
}

// After 24 hours the provider has forgotten the key.
func TestSandboxAfter24Hours(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 5, 20, 10, 30, 0, 0, time.UTC)
	s, c := newSandbox(t, intramtest.Config{Clock: func() time.Time { return now }})
	first, err := c.Payout(ctx, goodPayoutOrder(t))
	require.NoError(t, err)
	now = now.Add(24*time.Hour - time.Second)
	again, err := c.Payout(ctx, goodPayoutOrder(t))
	require.NoError(t, err)
	assert.Equal(t, first.ID, again.ID)
	now = now.Add(time.Second)
	_, err = c.Payout(ctx, goodPayoutOrder(t))
	require.NoError(t, err)
	assert.Len(t, s.Orders(), 2)
	_, err = c.FindPayout(ctx, wapay.Ref{Reference: "PO-2026-0001"})
	failure(t, err, wapay.ErrDuplicate, wapay.OutcomeReadOnly)
}
