package journal

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"golang.org/x/time/rate"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/words"
)

// DifferenceKind says how the journal and a provider differ.
type DifferenceKind int

const (
	// NotAtProvider means that the journal has an order with the provider, but
	// the provider does not know it.
	NotAtProvider DifferenceKind = iota + 1
	// NotInJournal means that the provider has an order that the journal does
	// not have, or has with another provider.
	NotInJournal
	// OtherAmount means that the amounts differ, in one currency.
	OtherAmount
	// OtherCurrency means that the currencies differ.
	OtherCurrency
	// OtherStatus means that the statuses differ.
	OtherStatus
	// OtherParty means that the provider has another phone number.
	OtherParty
	// OtherFee means that both have a fee, and the fees differ.
	OtherFee
	// TwiceAtProvider means that the provider has several orders under one
	// reference, and at least two of them have not failed.
	TwiceAtProvider
	// NotCompared means that a part could not be compared, and may hide a
	// difference. The provider lists no orders, could not list the whole
	// period, did not answer a lookup, contradicts itself, or shows no amount.
	// The same holds if its client panicked.
	NotCompared
)

var differenceNames = []string{
	"unknown", "not at the provider", "not in the journal", "other amount", "other currency", "other status",
	"other party", "other fee", "twice at the provider", "not compared",
}

// String returns the kind in a few lower-case English words.
func (k DifferenceKind) String() string { return words.Of(differenceNames, k) }

// Difference is one difference between the journal and a provider.
type Difference struct {
	Is        DifferenceKind
	Kind      Kind
	Reference string
	Ours      *Order         // the journal's side, nil if it has none
	Theirs    *wapay.Payment // the provider's side, of a payout too; nil if it has none
	What      string         // what differs
	Do        string         // what to do about it
	// TakenOver reports that [TakeOver] stored the provider's status.
	TakenOver bool
}

// ReconcileOption sets up a reconciliation.
type ReconcileOption func(*reconciliation) error

// TakeOver stores the provider's status for orders that are open in the
// journal, and calls the function of [OnChange]. If the list only has a failed
// order with another id, the reconciliation looks the order up. Without
// TakeOver a reconciliation changes nothing.
func TakeOver() ReconcileOption {
	return func(r *reconciliation) error { r.takeOver = true; return nil }
}

// MaxLookups limits how many orders are looked up one by one. The default is
// 1000. An order needs a lookup if the provider's list does not have it, or if
// there is no list. So does each row that may be a second order under its
// reference. The rest is [NotCompared].
func MaxLookups(n int) ReconcileOption {
	return func(r *reconciliation) error {
		if r.lookups = n; n < 0 {
			return fmt.Errorf("MaxLookups: %d is less than 0", n)
		}
		return nil
	}
}

// ReportTo adds the totals up in a report. The report is complete when the
// sequence has ended by itself.
func ReportTo(report *Report) ReconcileOption {
	return func(r *reconciliation) error {
		if r.report = report; report == nil {
			return errors.New("ReportTo: nil report")
		}
		return nil
	}
}

// Reconcile compares the orders of a period in the journal with a provider, and
// yields each difference: payments first, in the order of the references. The
// period includes from and excludes to. For a day, give two midnights of one
// time zone.
//
// An error ends the sequence and comes last. It is [wapay.ErrInvalid] if the
// period or the provider is wrong, otherwise the database's or the context's.
// The package documentation has the rest: Comparing with the provider.
func (j *Journal) Reconcile(
	ctx context.Context, provider string, from, to time.Time, opts ...ReconcileOption,
) iter.Seq2[*Difference, error] {
	return func(yield func(*Difference, error) bool) {
		r := &reconciliation{
			j: j, provider: provider, from: from, to: to, lookups: 1000,
			yield: func(d *Difference) bool { return yield(d, nil) },
		}
		defer r.theirs.close()
		defer r.ours.close()
		err := r.prepare(ctx, opts)
		if err == nil {
			err = r.run(ctx)
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// slack is added to the period of the provider's list at each end: the
// provider's clock and time zone may differ.
const slack = 3 * time.Hour

// errStopped ends a reconciliation after a break of the caller's loop.
var errStopped = errors.New("the caller has broken off")

type reconciliation struct {
	j                   *Journal
	provider            string
	client              client
	lister              wapay.Lister
	from, to            time.Time
	takeOver            bool
	lookups             int    // how many are left
	skipped, amountless [3]int // orders of each kind
	report              *Report
	pace                *rate.Limiter
	yield               func(*Difference) bool

	theirs, ours sorter // the provider's rows, and the journal's orders
	nameless     int    // rows of the provider without a reference
}

func (r *reconciliation) prepare(ctx context.Context, opts []ReconcileOption) error {
	fail := func(cause error) error {
		return &wapay.Error{
			Provider: "journal", Op: "Reconcile", Kind: wapay.ErrInvalid, Outcome: wapay.OutcomeReadOnly, Err: cause,
		}
	}
	if ctx == nil {
		return fail(errors.New("nil context"))
	}
	if r.from.IsZero() {
		return fail(errors.New("the period has no beginning"))
	}
	if !r.to.After(r.from) {
		return fail(fmt.Errorf("the period ends at %v, which is not after its beginning, %v", r.to, r.from))
	}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(r); err != nil {
			return fail(err)
		}
	}
	var ok bool
	if r.client, ok = r.j.clients[r.provider]; !ok {
		return fail(fmt.Errorf("the journal has no provider %q", r.provider))
	}
	r.lister = r.client.lister
	if r.pace = r.j.paces.of(r.provider); r.pace == nil {
		r.pace = rate.NewLimiter(10, 1) // the provider's limit is not known
	}
	if r.report != nil {
		*r.report = Report{Provider: r.provider, From: r.from, To: r.to}
	}
	return nil
}

func (r *reconciliation) run(ctx context.Context) (err error) {
	ctx, end := r.j.observe(ctx, "Reconcile", "")
	defer func() { end(nil, err) }()
	if err = r.all(ctx); errors.Is(err, errStopped) {
		err = nil
	}
	return err
}

// all yields all differences.
func (r *reconciliation) all(ctx context.Context) error {
	for _, kind := range []Kind{Payment, Payout} {
		if !r.client.does(kind) {
			continue
		}
		if r.lister == nil {
			if err := r.tell(&Difference{
				Is: NotCompared, Kind: kind, What: fmt.Sprintf("%s lists no %ss: orders that only %s has are not found",
					r.provider, kind, r.provider),
				Do: "compare with the provider's dashboard",
			}); err != nil {
				return err
			}
		} else if err := r.list(ctx, kind); err != nil {
			return err
		}
	}
	if err := r.period(ctx); err != nil {
		return err
	}
	if err := r.match(ctx); err != nil {
		return err
	}
	for _, kind := range []Kind{Payment, Payout} {
		if err := r.tellNumber(r.skipped[kind], kind, "%d %ss were not compared: no more lookups",
			"allow more with MaxLookups, or reconcile shorter periods"); err != nil {
			return err
		}
		if err := r.tellNumber(r.amountless[kind], kind, "%d %ss at the provider show no amount that can be read",
			"compare their amounts with the provider's dashboard"); err != nil {
			return err
		}
	}
	return nil
}

// tellNumber yields how many orders were not compared.
func (r *reconciliation) tellNumber(n int, kind Kind, what, do string) error {
	if n == 0 {
		return nil
	}
	return r.tell(&Difference{Is: NotCompared, Kind: kind, What: fmt.Sprintf(what, n, kind), Do: do})
}

// tell yields a difference.
func (r *reconciliation) tell(d *Difference) error {
	if d.Reference == "" && d.Ours != nil {
		d.Reference = d.Ours.Reference
	} else if d.Reference == "" && d.Theirs != nil {
		d.Reference = d.Theirs.Reference
	}
	if r.report != nil {
		r.report.count(d)
	}
	if !r.yield(d) {
		return errStopped
	}
	return nil
}

// reconcileError wraps an error of the database or of the temporary file.
func reconcileError(err error) error { return fmt.Errorf("journal: Reconcile: %w", err) }
