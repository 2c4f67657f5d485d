package journal

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"log/slog"
	"slices"
	"time"

	"github.com/wapay-go/wapay"
)

const (
	defaultConcurrency = 8
	// badRun is how many orders in a row have to end without a verdict until a
	// bulk run pauses.
	badRun             = 5
	minPause, maxPause = 5 * time.Second, 5 * time.Minute
)

// BulkResult is the end of one payout of a bulk run: a Payout or an Err.
type BulkResult struct {
	Request wapay.PayoutRequest
	Payout  *wapay.Payout
	Err     error
}

// BulkOption sets up a bulk run.
type BulkOption func(*bulk) error

// Concurrency sets how many payouts are on the way at once, 8 if it is not used.
func Concurrency(n int) BulkOption {
	return func(b *bulk) error {
		if n < 1 || n > 1000 {
			return fmt.Errorf("Concurrency: %d is not between 1 and 1000", n)
		}
		b.concurrency = n
		return nil
	}
}

// Pace sends each provider of the route at most n payouts in per. Without it the
// pace is what a client knows of its provider: see [wapay.Pacer]. A client that
// knows nothing is not paced. The pace is that of one run: two runs at once
// send twice as many.
func Pace(n int, per time.Duration) BulkOption {
	return func(b *bulk) error {
		if n < 1 || per <= 0 {
			return fmt.Errorf("Pace: %d in %v, want at least 1 in more than 0", n, per)
		}
		b.pacers.n, b.pacers.per = n, per
		return nil
	}
}

// ReadTwice tells that the requests can be read twice. The run then reads them
// all before it sends any. If a reference is there twice, the run yields an
// [wapay.ErrDuplicate] for each repeat and sends nothing.
func ReadTwice() BulkOption {
	return func(b *bulk) error {
		b.readTwice = true
		return nil
	}
}

// OnPause sets a function that the run calls before it pauses, because the
// provider seems to be down. It gets the time of the pause, and the last error.
func OnPause(fn func(d time.Duration, last error)) BulkOption {
	return func(b *bulk) error {
		if fn == nil {
			return errors.New("OnPause: nil function")
		}
		b.onPause = fn
		return nil
	}
}

// PayoutAll makes the payouts of a sequence, several at a time, and yields each
// as it ends, which need not be in their order. It takes the next request only
// when there is room for it, so neither side has to fit into memory.
//
// A second run over the same requests sends nothing that was sent: each is a
// [Route.Payout]. A reference that is there twice is [wapay.ErrDuplicate] the
// second time.
//
// When ctx ends, or the caller breaks off, the run takes no more requests. The
// payouts on the way are finished, and yielded unless the caller broke off. One
// that still waits for its turn ends as not sent. If it was sent before the run,
// its outcome is unknown.
//
// After five payouts in a row without a verdict the run pauses, and then tries
// one at a time until one has a verdict. An order that is over or held waits for
// no turn, because no provider is asked.
func (rt *Route) PayoutAll(ctx context.Context, requests iter.Seq[wapay.PayoutRequest], opts ...BulkOption) iter.Seq[BulkResult] {
	return func(yield func(BulkResult) bool) {
		b := &bulk{rt: rt, ctx: ctx, concurrency: defaultConcurrency, seed: maphash.MakeSeed()}
		if err := b.prepare(requests, opts); err != nil {
			yield(BulkResult{Err: invalid("PayoutAll", "", nil, err)})
			return
		}
		if b.readTwice && !b.distinct(requests, yield) {
			return
		}
		b.run(requests, yield)
	}
}

// bulk is one run.
type bulk struct {
	rt          *Route
	ctx         context.Context
	concurrency int
	readTwice   bool
	onPause     func(time.Duration, error)
	pacers      pacers

	seed maphash.Seed
	seen [4096][]uint64 // hashes of the references, which may be a million

	bad   int           // ends without a verdict, in a row
	pause time.Duration // the last one
	due   bool          // the pause is still to come
}

func (b *bulk) prepare(requests iter.Seq[wapay.PayoutRequest], opts []BulkOption) error {
	switch {
	case b.ctx == nil:
		return errors.New("the context is nil")
	case requests == nil:
		return errors.New("the sequence of requests is nil")
	case b.rt.err != nil:
		return b.rt.err
	}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(b); err != nil {
			return err
		}
	}
	b.pacers.j, b.pacers.run = b.rt.j, b.ctx
	return nil
}

// isNew notes a reference, and reports whether the run has not had it yet. In
// one of 30 million runs with a million references two of them have the same
// hash. The second is then refused, and the next run makes it.
func (b *bulk) isNew(reference string) bool {
	key := maphash.String(b.seed, reference)
	bucket := &b.seen[key%uint64(len(b.seen))]
	if slices.Contains(*bucket, key) {
		return false
	}
	*bucket = append(*bucket, key)
	return true
}

var errTwice = errors.New("the run has this reference twice")

func twice(r wapay.PayoutRequest) BulkResult {
	return BulkResult{Request: r, Err: &wapay.Error{
		Provider: "journal", Op: "PayoutAll", Reference: r.Reference, Kind: wapay.ErrDuplicate,
		Err: errTwice,
	}}
}

// distinct yields the requests whose reference is there before them, and
// reports whether there is none.
func (b *bulk) distinct(requests iter.Seq[wapay.PayoutRequest], yield func(BulkResult) bool) bool {
	all := true
	for r := range requests {
		if b.ctx.Err() != nil {
			return false
		}
		if b.isNew(r.Reference) {
			continue
		}
		if all = false; !yield(twice(r)) {
			break
		}
	}
	clear(b.seen[:])
	return all
}

func (b *bulk) run(requests iter.Seq[wapay.PayoutRequest], yield func(BulkResult) bool) {
	next, stop := iter.Pull(requests)
	defer stop()
	results := make(chan BulkResult, b.concurrency)
	onTheWay, more := 0, true
	defer func() { // those that the caller does not want to hear of
		for ; onTheWay > 0; onTheWay-- {
			<-results
		}
	}()
	for {
		for more && onTheWay < b.room() && b.ctx.Err() == nil {
			var r wapay.PayoutRequest
			if r, more = next(); !more {
				break
			}
			if !b.isNew(r.Reference) {
				if !yield(twice(r)) {
					return
				}
				continue
			}
			onTheWay++
			pause := b.takePause()
			go func() { results <- b.payout(r, pause) }()
		}
		if more = more && b.ctx.Err() == nil; onTheWay == 0 {
			return
		}
		result := <-results
		onTheWay--
		b.weigh(result)
		if !yield(result) {
			return
		}
	}
}

// payout makes one payout, after a pause. The end of the run's context ends only
// the wait for its turn.
func (b *bulk) payout(r wapay.PayoutRequest, pause time.Duration) BulkResult {
	err := b.ctx.Err()
	if pause > 0 && !rest(b.ctx, pause) {
		err = b.ctx.Err()
	}
	if err == nil {
		err = b.pacers.wait(b.ctx, b.rt.firstFor(r), func() bool { return b.settled(r.Reference) })
	}
	if err != nil {
		return BulkResult{Request: r, Err: b.turnedAway(r.Reference, fmt.Errorf("the order waited for its turn: %w", err))}
	}
	p, err := b.rt.Payout(withPacers(context.WithoutCancel(b.ctx), &b.pacers), r)
	return BulkResult{Request: r, Payout: p, Err: err}
}

// turnedAway is the error of an order whose turn did not come. It says "not sent"
// only if the order was not sent before the run either.
func (b *bulk) turnedAway(reference string, cause error) error {
	ctx, cancel := ownContext(b.ctx)
	defer cancel()
	r, err := b.rt.j.load(ctx, Payout, reference)
	if err != nil || r != nil && r.State != StateReady {
		return unknown("PayoutAll", "journal", reference, 0, cause)
	}
	return &wapay.Error{
		Provider: "journal", Op: "PayoutAll", Reference: reference, Outcome: wapay.OutcomeNotSent, Err: cause,
	}
}

// settled reports whether a call about the order reaches no provider.
func (b *bulk) settled(reference string) bool {
	r, err := b.rt.j.load(b.ctx, Payout, reference)
	return err == nil && r != nil && (r.Held || r.State == StateOver)
}

// room returns how many payouts may be on the way.
func (b *bulk) room() int {
	if b.pause > 0 {
		return 1
	}
	return b.concurrency
}

// weigh counts the ends without a verdict. Those that were on the way when the
// run decided to pause say nothing new.
func (b *bulk) weigh(result BulkResult) {
	err := result.Err
	switch {
	case b.due, err == nil && result.Payout.Replayed,
		errors.Is(err, ErrInFlight), errors.Is(err, ErrHeld), errors.Is(err, wapay.ErrDuplicate):
		return
	case !errors.Is(err, wapay.ErrOutcomeUnknown) && !errors.Is(err, wapay.ErrUnavailable),
		isNotFound(err): // it answered
		b.bad, b.pause = 0, 0
		return
	}
	if b.bad++; b.bad < badRun || b.ctx.Err() != nil {
		return
	}
	b.due = true
	b.pause = min(max(2*b.pause, minPause), maxPause)
	if d, ok := RetryAfter(err); ok {
		b.pause = min(max(b.pause, d), maxPause)
	}
	b.rt.j.note(b.ctx, slog.LevelWarn, "bulk run pauses", nil, slog.Duration("for", b.pause), reason(err))
	if b.onPause != nil {
		b.onPause(b.pause, err)
	}
}

// takePause returns how long the next payout has to wait, or 0.
func (b *bulk) takePause() time.Duration {
	if !b.due {
		return 0
	}
	b.due = false
	return jitter(b.pause)
}
