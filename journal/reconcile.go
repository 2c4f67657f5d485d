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
	// NotAtProvider: the journal has the order there, the provider knows nothing
	// of it.
	NotAtProvider DifferenceKind = iota + 1
	// NotInJournal: the provider has an order that the journal does not have, or
	// has with another provider.
	NotInJournal
	// OtherAmount: both have the order, in one currency.
	OtherAmount
	// OtherCurrency: both have the order.
	OtherCurrency
	// OtherStatus: both have the order.
	OtherStatus
	// OtherParty: both have the order, the provider with another number.
	OtherParty
	// OtherFee: both have a fee.
	OtherFee
	// TwiceAtProvider: the provider has several orders under the reference that
	// have not failed.
	TwiceAtProvider
	// NotCompared: what could not be compared, and so may hide a difference. The
	// provider lists no orders, or could not list the period whole, or did not
	// answer a lookup.
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
	Ours      *Order         // the journal's side, nil where it has none
	Theirs    *wapay.Payment // the provider's side, of a payout too; nil where it has none
	What      string         // what differs
	Do        string         // what to do about it
	// TakenOver reports that the journal has the provider's status now: see
	// [TakeOver].
	TakenOver bool
}

// ReconcileOption sets up a reconciliation.
type ReconcileOption func(*reconciliation) error

// TakeOver has the provider's status stored for orders that are open in the
// journal, as an answer to a question is: the function of [OnChange] is told.
// Where the list only has a failed order with another id, the order is looked up.
// Without it a reconciliation changes nothing.
func TakeOver() ReconcileOption {
	return func(r *reconciliation) error { r.takeOver = true; return nil }
}

// MaxLookups bounds how many orders are looked up one by one, 1000 if it is not
// used. That is all of them where the provider lists nothing, and else those that
// its list does not have. The rest is [NotCompared].
func MaxLookups(n int) ReconcileOption {
	return func(r *reconciliation) error {
		if r.lookups = n; n < 0 {
			return fmt.Errorf("MaxLookups: %d is less than 0", n)
		}
		return nil
	}
}

// ReportTo has the totals added up in a report, which is whole when the sequence
// has ended by itself.
func ReportTo(report *Report) ReconcileOption {
	return func(r *reconciliation) error {
		if r.report = report; report == nil {
			return errors.New("ReportTo: nil report")
		}
		return nil
	}
}

// Reconcile compares the journal with a provider, for the orders of a period
// from its first moment up to, and without, its last one, and yields each
// difference. A day is from midnight to midnight in the zone of the two times.
//
// It reads the provider's list, if its client is a [wapay.Lister], and looks each
// order of the journal up that the list does not have, or all of them without a
// list: at half the provider's pace, and no more than [MaxLookups]. What cannot
// be compared is yielded as [NotCompared], and the rest is compared.
//
// An order belongs to the period in which the journal made it. One that is not
// in the journal belongs to the period in which the provider made it, and so
// does a second order under a reference of another period. The provider is asked
// for three hours more at each end: its clock and its time zone may be others.
//
// An error ends the sequence and comes last: [wapay.ErrInvalid] for a period that
// does not end after its beginning and for a provider that the journal does not
// have, otherwise the database's or the context's.
//
// It needs the same few megabytes for any number of orders. A list of more than
// about 10,000 goes into an encrypted temporary file, in [os.TempDir], which is
// deleted at the end. What the client's list keeps comes on top. Differences come
// in the order of the references, payments first.
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
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// slack is how much longer than the period the provider's list is.
const slack = 3 * time.Hour

// errStopped ends a reconciliation whose caller has seen enough.
var errStopped = errors.New("the caller has broken off")

type reconciliation struct {
	j        *Journal
	provider string
	client   client
	lister   wapay.Lister
	from, to time.Time
	takeOver bool
	lookups  int // that are left
	skipped  [3]int
	report   *Report
	pace     *rate.Limiter
	yield    func(*Difference) bool

	theirs, ours sorter // what the provider lists, and the journal's orders
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
		r.pace = rate.NewLimiter(10, 1) // of a provider whose limit is not known
	}
	if r.report != nil {
		*r.report = Report{Provider: r.provider, From: r.from, To: r.to}
	}
	return nil
}

func (r *reconciliation) run(ctx context.Context) error {
	for _, kind := range []Kind{Payment, Payout} {
		if !r.client.does(kind) {
			continue
		}
		if r.lister == nil {
			if err := r.tell(&Difference{
				Is: NotCompared, Kind: kind, What: fmt.Sprintf("%s lists no %ss: the orders of the journal are looked up, and "+
					"those that only %s has are not found", r.provider, kind, r.provider),
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
		if n := r.skipped[kind]; n > 0 {
			if err := r.tell(&Difference{
				Is: NotCompared, Kind: kind, What: fmt.Sprintf("%d %ss were not compared: no more lookups", n, kind),
				Do: "allow more with MaxLookups, or reconcile shorter periods",
			}); err != nil {
				return err
			}
		}
	}
	return nil
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

// failed returns an error of the database or of the temporary file.
func failed(err error) error { return fmt.Errorf("journal: Reconcile: %w", err) }
