package journal

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/wapay-go/wapay"
)

// Report has the totals of a reconciliation: see [ReportTo].
type Report struct {
	Provider    string
	From, To    time.Time
	Totals      []Total                // by kind, currency and status
	Differences map[DifferenceKind]int // how many of each kind
}

// Total has the orders of one kind, currency and status, on both sides. If the
// two sides give an order different statuses, it is in a different total on
// each side. Sums are exact, in minor units. [Total.Ours] and [Total.Theirs]
// return them as Money.
type Total struct {
	Kind     Kind
	Currency wapay.Currency // "" for orders whose amount the provider does not show
	Status   wapay.Status

	OurCount, TheirCount       int
	OurSum, TheirSum, TheirFee big.Int
	WithoutFee                 int // orders at the provider that show no fee
}

// Ours returns the journal's sum, and false if it is too large for a Money.
func (t *Total) Ours() (wapay.Money, bool) { return money(t.Currency, &t.OurSum) }

// Theirs returns the provider's sum, and false if it is too large for a Money.
func (t *Total) Theirs() (wapay.Money, bool) { return money(t.Currency, &t.TheirSum) }

// Fees returns the sum of the provider's fees in the currency of the total.
// WithoutFee counts the orders without one.
func (t *Total) Fees() (wapay.Money, bool) { return money(t.Currency, &t.TheirFee) }

func money(c wapay.Currency, n *big.Int) (wapay.Money, bool) {
	if !n.IsInt64() {
		return wapay.Money{}, false
	}
	m := c.Minor(n.Int64())
	return m, m.Valid()
}

func (t *Total) ours(amount wapay.Money) {
	t.OurCount++
	t.OurSum.Add(&t.OurSum, big.NewInt(amount.MinorUnits()))
}

func (t *Total) theirs(amount, fee wapay.Money) {
	t.TheirCount++
	if amount.Valid() {
		t.TheirSum.Add(&t.TheirSum, big.NewInt(amount.MinorUnits()))
	}
	if fee.Valid() && fee.Currency() == t.Currency {
		t.TheirFee.Add(&t.TheirFee, big.NewInt(fee.MinorUnits()))
	} else {
		t.WithoutFee++
	}
}

// total returns the total of such orders, and adds it if it is missing.
func (r *Report) total(kind Kind, currency wapay.Currency, status wapay.Status) *Total {
	key := Total{Kind: kind, Currency: currency, Status: status}
	i, found := slices.BinarySearchFunc(r.Totals, &key, func(t Total, k *Total) int {
		return cmp.Or(cmp.Compare(t.Kind, k.Kind), cmp.Compare(t.Currency, k.Currency), cmp.Compare(t.Status, k.Status))
	})
	if !found {
		r.Totals = slices.Insert(r.Totals, i, key)
	}
	return &r.Totals[i]
}

func (r *Report) count(d *Difference) {
	if r.Differences == nil {
		r.Differences = map[DifferenceKind]int{}
	}
	r.Differences[d.Is]++
}

// WriteCSV writes the totals with a line of headings. Sums have a decimal point
// and no separators.
func (r *Report) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	err := out.Write([]string{
		"provider", "from", "to", "kind", "currency", "status", "journal_orders", "journal_sum",
		"provider_orders", "provider_sum", "provider_fees", "orders_without_fee",
	})
	for i := 0; i < len(r.Totals) && err == nil; i++ {
		t := &r.Totals[i]
		err = out.Write([]string{
			r.Provider, r.From.Format(time.RFC3339), r.To.Format(time.RFC3339), t.Kind.String(), string(t.Currency),
			t.Status.String(), strconv.Itoa(t.OurCount), decimal(t.Currency, &t.OurSum), strconv.Itoa(t.TheirCount),
			decimal(t.Currency, &t.TheirSum), decimal(t.Currency, &t.TheirFee), strconv.Itoa(t.WithoutFee),
		})
	}
	out.Flush()
	return cmp.Or(err, out.Error())
}

// decimal returns a sum in whole units, with the decimals of the currency.
func decimal(c wapay.Currency, n *big.Int) string {
	digits := 0
	if c != "" {
		digits = c.Exponent()
	}
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	return new(big.Rat).SetFrac(n, unit).FloatString(digits)
}

// WriteTable writes the totals and the number of differences for a terminal.
func (r *Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\tcurrency\tstatus\tjournal\tsum\tprovider\tsum\tfees\t\n", r.Provider)
	for i := range r.Totals {
		x := &r.Totals[i]
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%d\t%s\t%s\t\n", x.Kind, x.Currency, x.Status,
			x.OurCount, decimal(x.Currency, &x.OurSum),
			x.TheirCount, decimal(x.Currency, &x.TheirSum), decimal(x.Currency, &x.TheirFee))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for k := NotAtProvider; k <= NotCompared; k++ {
		if n := r.Differences[k]; n > 0 {
			if _, err := fmt.Fprintf(w, "%d × %s\n", n, k); err != nil {
				return err
			}
		}
	}
	return nil
}
