package journaltest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/apiv1test"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/intramtest"
	"github.com/wapay-go/wapay/sandbox/mpptest"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

// kit is a provider's sandbox.
type kit interface {
	Orders() []sandbox.Order
	Approve(ref string) error
	Forget(ref string) error
	Alter(ref string, c sandbox.Change) error
	Copy(ref, reference string) (string, error)
}

// plants has the differences to plant, by the reference of their order.
var plants = map[string]journal.DifferenceKind{
	"none": 0, "lost": journal.NotAtProvider, "twice": journal.TwiceAtProvider, "foreign": journal.NotInJournal,
	"amount": journal.OtherAmount, "currency": journal.OtherCurrency, "status": journal.OtherStatus,
	"party": journal.OtherParty, "fee": journal.OtherFee,
}

// site is a provider as a planted order sees it.
type site struct {
	kit
	client                 any
	operator, payoutBy     string
	currency, other        wapay.Currency
	phone, another         string
	failed, failedPayout   string // the provider's words
	paymentsOf, payoutsOf  string // the plants that its client can see, of each kind
	listsNot               bool
	notShown, payoutHidden string // the changes that the kit refuses
}

// change returns what is planted in an order to alter it.
func (x site) change(plant string, o sandbox.Order) sandbox.Change {
	failed := x.failed
	if o.Kind == sandbox.Payout && x.failedPayout != "" {
		failed = x.failedPayout
	}
	return map[string]sandbox.Change{
		"amount": {Amount: o.Amount + 100}, "currency": {Currency: string(x.other)}, "status": {Status: failed},
		"party": {Phone: x.another}, "fee": {Fee: o.Fee + 100},
	}[plant]
}

func (x site) plant(t *testing.T, plant, reference string) {
	t.Helper()
	switch plant {
	case "none":
	case "lost":
		require.NoError(t, x.Forget(reference))
	case "twice", "foreign":
		other := reference
		if plant == "foreign" {
			other = reference + "-copy"
		}
		id, err := x.Copy(reference, other)
		require.NoError(t, err)
		assert.NotEmpty(t, id)
	default:
		o, _ := sandbox.Find(x.Orders(), reference)
		require.NoError(t, x.Alter(reference, x.change(plant, o)), plant)
	}
}

// Each difference that is planted at a provider is found, and no other.
func TestReconcilePlants(t *testing.T) {
	fee := func(string, int64) int64 { return 25_00 }
	bp, ph := barkapaytest.Start(t, barkapaytest.Config{RateLimit: -1}), payhubtest.Start(t, payhubtest.Config{})
	in := intramtest.Start(t, intramtest.Config{PaymentFee: func(int64) int64 { return 50 }})
	mp, cp := mpptest.Start(t, mpptest.Config{Fee: fee}), cinetpaytest.Start(t, cinetpaytest.Config{RateLimit: -1})
	v1 := apiv1test.Start(t, apiv1test.Config{AmountsInStates: true, Fee: 25})
	unpaced := struct { // its pace of a few lookups a minute would make the test slow
		wapay.Payer
		wapay.Payouter
	}{cp.Client(), cp.Client()}
	all := "lost twice foreign amount currency status party fee"
	for name, x := range map[string]site{
		"barkapay": {
			kit: bp, client: bp.Client(), operator: "MOOV", payoutBy: "MOOV", currency: wapay.XOF, other: wapay.XAF,
			phone: "+22670656188", another: "71234567", failed: "-1", notShown: "fee", payoutHidden: "fee",
			paymentsOf: "lost twice foreign amount currency status party", payoutsOf: "lost twice foreign amount currency status party",
		},
		"payhub": {
			kit: ph, client: ph.Client(), operator: "MOOV", payoutBy: "MOOV", currency: wapay.XOF, other: wapay.XAF,
			phone: "+22670656188", another: "71234567", failed: "FAILED", paymentsOf: all, payoutsOf: all,
		},
		"intram": { // a payment is made on a page, where anybody may pay; of a payout the list shows no fee
			kit: in, client: in.Client(), operator: "MTN_BENIN_229", payoutBy: "MTN_BENIN_229", currency: wapay.XOF, other: wapay.XAF,
			phone: "+2290161234567", another: "2290197000009", failed: "ERROR", failedPayout: "failed",
			paymentsOf: "lost twice foreign amount currency status fee", payoutsOf: "lost twice foreign amount currency status party",
		},
		"mpp": {
			kit: mp, client: mp.Client(), operator: "OM", payoutBy: "OM", currency: wapay.SLE, other: wapay.GMD,
			phone: "+23276123456", another: "+23276999999", failed: "failed", paymentsOf: all, payoutsOf: all,
		},
		"cinetpay": { // a lookup tells of one order
			kit: cp, client: unpaced, operator: "ALL", currency: wapay.XOF, other: wapay.XAF, phone: "+2250707070707", another: "2250708080808",
			failed: "REFUSED 627", failedPayout: "CONFIRM REJ", listsNot: true, notShown: "party fee", payoutHidden: "currency fee",
			paymentsOf: "lost amount currency status", payoutsOf: "lost amount status party",
		},
		"apiv1": { // its client takes an amount in another currency for none
			kit: v1, client: v1.Client(), operator: "OM_CI", payoutBy: "OM_CI", currency: wapay.XOF, other: wapay.XAF,
			phone: "+2250707070707", another: "+2250708080808", failed: "FAILED", listsNot: true, notShown: "fee",
			paymentsOf: "lost amount status", payoutsOf: "lost amount status party fee",
		},
	} {
		t.Run(name, func(t *testing.T) { x.run(t, name) })
	}
}

func (x site) run(t *testing.T, name string) {
	t.Parallel()
	s := newShop(t, databases[2])
	j := s.journal(journal.WithProvider(name, x.client))
	who := wapay.Customer{Phone: mustPhone(x.phone), FirstName: "Awa", LastName: "Traore", Email: "awa@example.com"}
	references, want := map[string]string{}, map[string][]journal.DifferenceKind{}
	kinds := map[string]struct{ seen, hidden string }{"payment": {x.paymentsOf, x.notShown}, "payout": {x.payoutsOf, x.payoutHidden}}
	n := int64(0)
	for kind, of := range kinds {
		for plant, is := range plants {
			n++ // no two transfers are alike, and PayHub's fees are whole francs
			reference, amount := kind+"-"+plant, x.currency.Units(5000+200*n)
			var err error
			if kind == "payment" {
				_, err = j.Via().Pay(s.ctx, wapay.PaymentRequest{
					Reference: reference, Amount: amount, Operator: x.operator, Customer: who, Description: "shoes",
					NotifyURL: "https://shop.example/ipn", ReturnURL: "https://shop.example/ok",
				})
			} else {
				_, err = j.Via().Payout(s.ctx, wapay.PayoutRequest{
					Reference: reference, Amount: amount, Operator: x.payoutBy, Recipient: who, Description: "wages",
					NotifyURL: "https://shop.example/ipn",
				})
			}
			require.NoError(t, err, reference)
			require.NoError(t, x.Approve(reference))
			if strings.Contains(of.seen, plant) {
				at := reference
				if plant == "foreign" {
					at += "-copy"
				}
				references[reference], want[at] = plant, []journal.DifferenceKind{is}
				if plant == "currency" && strings.Contains(of.seen, "fee") {
					want[at] = append(want[at], journal.OtherFee) // in the same currency as the amount
				}
			}
			if strings.Contains(of.hidden, plant) {
				o, _ := sandbox.Find(x.Orders(), reference)
				assert.ErrorIs(t, x.Alter(reference, x.change(plant, o)), sandbox.ErrNotShown, reference)
			}
		}
	}
	from, to := today()
	reconcile := func(opts ...journal.ReconcileOption) map[string][]journal.DifferenceKind {
		found := map[string][]journal.DifferenceKind{}
		for _, d := range differences(t, j.Reconcile(s.ctx, name, from, to, opts...)) {
			if d.Is == journal.NotCompared && d.Ours == nil && x.listsNot {
				continue // it lists nothing
			}
			found[d.Reference] = append(found[d.Reference], d.Is)
		}
		return found
	}
	reconcile(journal.TakeOver()) // that they have succeeded, and what they cost
	require.Empty(t, reconcile())
	for reference, plant := range references {
		x.plant(t, plant, reference)
	}
	assert.Equal(t, want, reconcile())
}
