package journaltest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
	"github.com/wapay-go/wapay/sandbox/apiv1test"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/intramtest"
	"github.com/wapay-go/wapay/sandbox/mpptest"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

// No provider has a difference right after the orders.
func TestReconcileSandboxes(t *testing.T) {
	bp, ph := barkapaytest.Start(t, barkapaytest.Config{RateLimit: -1}), payhubtest.Start(t, payhubtest.Config{})
	in, mp := intramtest.Start(t, intramtest.Config{}), mpptest.Start(t, mpptest.Config{})
	cp, v1 := cinetpaytest.Start(t, cinetpaytest.Config{}), apiv1test.Start(t, apiv1test.Config{})
	unpaced := struct { // its pace of a few lookups a minute would make the test slow
		wapay.Payer
		wapay.Payouter
	}{cp.Client(), cp.Client()}
	for name, x := range map[string]struct {
		client            any
		payWith, payOutBy string
		currency          wapay.Currency
		phone             string
		approve           func(ref string) error
		lists             bool
	}{
		"barkapay": {bp.Client(), "MOOV", "MOOV", wapay.XOF, "+22670656188", bp.Approve, true},
		"payhub":   {ph.Client(), "MOOV", "MOOV", wapay.XOF, "+22670656188", ph.Approve, true},
		"intram":   {in.Client(), "MTN_BENIN_229", "MTN_BENIN_229", wapay.XOF, "+2290161234567", in.Approve, true},
		"mpp":      {mp.Client(), "OM", "OM", wapay.SLE, "+23276123456", mp.Approve, true},
		"cinetpay": {unpaced, "ALL", "", wapay.XOF, "+2250707070707", cp.Approve, false},
		"apiv1":    {v1.Client(), "OM_CI", "OM_CI", wapay.XOF, "+2250707070707", v1.Approve, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, databases[2])
			j := s.journal(journal.WithProvider(name, x.client))
			who := wapay.Customer{Phone: mustPhone(x.phone), FirstName: "Awa", LastName: "Traore", Email: "awa@example.com"}
			_, err := j.Via().Pay(s.ctx, wapay.PaymentRequest{
				Reference: "order-1", Amount: x.currency.Units(5000), Operator: x.payWith, Customer: who, Description: "shoes",
				NotifyURL: "https://shop.example/ipn", ReturnURL: "https://shop.example/ok",
			})
			require.NoError(t, err)
			_, err = j.Via().Payout(s.ctx, wapay.PayoutRequest{
				Reference: "salary-1", Amount: x.currency.Units(5000), Operator: x.payOutBy, Recipient: who, Description: "wages",
				NotifyURL: "https://shop.example/ipn",
			})
			require.NoError(t, err)
			reconcile := func(opts ...journal.ReconcileOption) map[journal.DifferenceKind]int {
				from, to := today()
				kinds := map[journal.DifferenceKind]int{}
				for _, d := range differences(t, j.Reconcile(s.ctx, name, from, to, opts...)) {
					kinds[d.Is]++
					if d.Is != journal.OtherStatus && d.Is != journal.NotCompared {
						t.Errorf("%s: %s", d.Is, d.What)
					}
				}
				return kinds
			}
			want := map[journal.DifferenceKind]int{}
			if !x.lists {
				want[journal.NotCompared] = 2 // it lists neither payments nor payouts
			}
			if name == "apiv1" {
				want[journal.NotCompared]++ // a lookup of a payment shows no amount
			}
			assert.Equal(t, want, reconcile())

			require.NoError(t, x.approve("order-1"))
			want[journal.OtherStatus] = 1
			assert.Equal(t, want, reconcile(journal.TakeOver()))
			delete(want, journal.OtherStatus)
			var report journal.Report
			assert.Equal(t, want, reconcile(journal.ReportTo(&report)))
			orders := 0
			for _, total := range report.Totals {
				if orders += total.OurCount; total.OurCount == 0 {
					continue // such as those whose amount the provider does not tell
				}
				ours, ok := total.Ours()
				require.True(t, ok)
				assert.Equal(t, x.currency.Units(5000*int64(total.OurCount)), ours)
			}
			assert.Equal(t, 2, orders)
		})
	}
}
