package payhub_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

var faults = testkit.Faults(
	testkit.Fault{Name: "provider error", Fault: sandbox.Fault{Kind: sandbox.FaultProviderError}, Kind: wapay.ErrUnavailable},
	testkit.Fault{Name: "provider error before", Fault: sandbox.Fault{Kind: sandbox.FaultProviderError, Before: true}, Kind: wapay.ErrUnavailable},
	testkit.Fault{Name: "provider error, 503", Fault: sandbox.Fault{Kind: sandbox.FaultProviderError, Code: 503, ErrorCode: "service_unavailable", RetryAfter: "0"}, Kind: wapay.ErrUnavailable},
	testkit.Fault{Name: "html 422", Fault: sandbox.Fault{Kind: sandbox.FaultHTML, Code: 422}, Kind: wapay.ErrInvalid},
)

// The client sends an order once under each fault. Its error has the right
// outcome, and a lookup finds the truth.
func TestFaults(t *testing.T) {
	for _, x := range faults {
		t.Run(x.Name, func(t *testing.T) {
			t.Parallel()
			c, p := live(t, payhubtest.Config{}, testkit.Timeout(x.Fault))
			f := x.Fault
			f.Method, f.Path = "POST", "bf/v1/transfers"
			p.Inject(f)
			got, err := c.Payout(ctx, goodPayout(t))
			assert.Equal(t, 1, p.Count("POST", ""), "sent again")
			if x.Kind == nil {
				require.NoError(t, err)
				assert.Equal(t, x.Odd, got.Status == wapay.StatusUnknown)
			} else {
				assert.Nil(t, got)
				assert.Equal(t, "payout-2001", failure(t, err, x.Kind, wapay.OutcomeUnknown).Reference)
			}
			got, err = wapay.SettlePayout(ctx, c, testkit.ByReference("payout-2001"), testkit.Quickly()...)
			if !x.Fault.Processed() {
				assert.ErrorIs(t, err, wapay.ErrNotFound)
				assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown, "not found now is no promise")
				assert.Empty(t, bookings(p, "payout-2001"))
				return
			}
			require.NoError(t, err)
			assert.Equal(t, wapay.XOF.Units(25000), got.Amount)
			assert.Equal(t, []int64{-25000}, bookings(p, "payout-2001"))
			again, err := c.Payout(ctx, goodPayout(t))
			require.NoError(t, err)
			assert.True(t, again.Replayed)
			assert.Equal(t, got.ID, again.ID)
			assert.Equal(t, []int64{-25000}, bookings(p, "payout-2001"))
		})
	}
}

// The lookup before an order meets the same faults. The client repeats it, or
// sends nothing.
func TestFaultsOnLookup(t *testing.T) {
	for _, x := range faults {
		t.Run(x.Name, func(t *testing.T) {
			t.Parallel()
			c, p := live(t, payhubtest.Config{}, testkit.Timeout(x.Fault))
			f := x.Fault
			f.Method, f.Times = "GET", -1
			p.Inject(f)
			_, err := c.Payout(ctx, goodPayout(t))
			if err == nil {
				return
			}
			assert.Zero(t, p.Count("POST", ""))
			assert.Empty(t, p.Orders())
			p.ClearFaults()
			got, err := c.Payout(ctx, goodPayout(t))
			require.NoError(t, err)
			assert.False(t, got.Replayed)
		})
	}
}
