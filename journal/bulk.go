package journal

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/wapay-go/wapay"
)

const defaultConcurrency = 8

// BulkResult is the result of one payout of a bulk run: a Payout or an Err.
type BulkResult struct {
	Request wapay.PayoutRequest
	Payout  *wapay.Payout
	Err     error
}

// BulkOption sets up a bulk run.
type BulkOption func(*bulk) error

// Concurrency sets how many payouts are made at once. The default is 8.
func Concurrency(n int) BulkOption {
	return func(b *bulk) error {
		if n < 1 || n > 1000 {
			return fmt.Errorf("Concurrency: %d is not between 1 and 1000", n)
		}
		b.concurrency = n
		return nil
	}
}

// Pace limits each provider of the route to n payouts in per. The default is
// the pace that a client knows of its provider: see [wapay.Pacer]. Without
// either there is no limit.
func Pace(n int, per time.Duration) BulkOption {
	return func(b *bulk) error {
		if n < 1 || per <= 0 {
			return fmt.Errorf("Pace: %d in %v, want at least 1 in more than 0", n, per)
		}
		b.n, b.per = n, per
		return nil
	}
}

// ReadTwice says that the requests can be read twice. The run then reads them
// all before it sends any. If a reference occurs twice, the run sends nothing,
// and yields a [wapay.ErrDuplicate] for each repeat.
func ReadTwice() BulkOption {
	return func(b *bulk) error {
		b.readTwice = true
		return nil
	}
}

// OnPause sets a function that the run calls when it pauses for a provider that
// seems to be down. fn gets the length of the pause and the last error. The run
// calls it between two results, in the goroutine that reads them.
func OnPause(fn func(d time.Duration, last error)) BulkOption {
	return func(b *bulk) error {
		if fn == nil {
			return errors.New("OnPause: nil function")
		}
		b.onPause = fn
		return nil
	}
}

// PayoutAll makes the payouts of a sequence, several at a time. It yields each
// result as it comes, in any order. It takes the next request only when there
// is room for it, so that neither requests nor results have to fit into memory.
//
// Each payout is a [Route.Payout]: a second run over the same requests sends
// nothing twice. The second request under one reference is
// [wapay.ErrDuplicate].
//
// The package documentation has the rest: Many payouts.
func (rt *Route) PayoutAll(
	ctx context.Context, requests iter.Seq[wapay.PayoutRequest], opts ...BulkOption,
) iter.Seq[BulkResult] {
	return func(yield func(BulkResult) bool) {
		b := &bulk{op: "PayoutAll", rt: rt, ctx: ctx, concurrency: defaultConcurrency, seed: maphash.MakeSeed()}
		err := rt.check(ctx)
		switch {
		case err != nil:
		case requests == nil:
			err = errors.New("the sequence of requests is nil")
		case rt.err != nil:
			err = rt.err
		default:
			err = b.set(opts)
		}
		if err != nil {
			yield(BulkResult{Err: invalidError("PayoutAll", "", nil, err)})
			return
		}
		b.seen = make([][]uint64, 4096)
		if b.readTwice && !b.checkDistinct(requests, yield) {
			return
		}
		b.run(requests, yield)
	}
}

// PayoutInTurn makes one payout by the rules of [Route.PayoutAll], for a job
// engine that has the loop. It waits for its turn until ctx ends.
func (rt *Route) PayoutInTurn(ctx context.Context, r wapay.PayoutRequest, opts ...BulkOption) (*wapay.Payout, error) {
	b := &bulk{op: "PayoutInTurn", rt: rt, ctx: ctx}
	if err := rt.check(ctx); err != nil {
		return nil, invalidError(b.op, r.Reference, nil, err)
	}
	if err := b.set(opts); err != nil {
		return nil, b.missedTurnError(r.Reference, err)
	}
	end := b.payout(r)
	b.tell(end.pauses)
	return end.Payout, end.Err
}

// bulk is one run.
type bulk struct {
	op          string
	rt          *Route
	ctx         context.Context
	concurrency int
	readTwice   bool
	onPause     func(time.Duration, error)
	n           int // of [Pace], or 0
	per         time.Duration

	seed maphash.Seed
	seen [][]uint64 // hashes of the references, which may be a million
}

func (b *bulk) set(opts []BulkOption) error {
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(b); err != nil {
			return err
		}
	}
	return nil
}

// isNew notes a reference, and reports whether it is new to the run. In one of
// 30 million runs with a million references, two of them have the same hash.
// The run then refuses the second one, and the next run makes it.
func (b *bulk) isNew(reference string) bool {
	if reference == "" {
		return true // and refused before it is sent
	}
	key := maphash.String(b.seed, reference)
	bucket := &b.seen[key%uint64(len(b.seen))]
	if slices.Contains(*bucket, key) {
		return false
	}
	*bucket = append(*bucket, key)
	return true
}

var errTwice = errors.New("the run has this reference twice")

func duplicateResult(r wapay.PayoutRequest) BulkResult {
	return BulkResult{Request: r, Err: &wapay.Error{
		Provider: "journal", Op: "PayoutAll", Reference: r.Reference, Kind: wapay.ErrDuplicate,
		Err: errTwice,
	}}
}

// checkDistinct yields each request whose reference came before, and reports
// whether there was none.
func (b *bulk) checkDistinct(requests iter.Seq[wapay.PayoutRequest], yield func(BulkResult) bool) bool {
	all := true
	for r := range requests {
		if b.ctx.Err() != nil {
			return false
		}
		if b.isNew(r.Reference) {
			continue
		}
		if all = false; !yield(duplicateResult(r)) {
			break
		}
	}
	clear(b.seen)
	return all
}

func (b *bulk) run(requests iter.Seq[wapay.PayoutRequest], yield func(BulkResult) bool) {
	next, stop := iter.Pull(requests)
	defer stop()
	results := make(chan payoutEnd, b.concurrency)
	onTheWay, more := 0, true
	defer func() { // after a break of the caller's loop
		for ; onTheWay > 0; onTheWay-- {
			<-results
		}
	}()
	for {
		for more && onTheWay < b.concurrency && b.ctx.Err() == nil {
			var r wapay.PayoutRequest
			if r, more = next(); !more {
				break
			}
			if !b.isNew(r.Reference) {
				if !yield(duplicateResult(r)) {
					return
				}
				continue
			}
			onTheWay++
			r.Metadata = maps.Clone(r.Metadata) // the sequence may use one map for all
			go func() {
				gone := unknownError(b.op, "journal", r.Reference, 0, errors.New("the call did not return"))
				end := payoutEnd{BulkResult: BulkResult{Request: r, Err: gone}}
				defer func() { results <- end }() // also after runtime.Goexit, as of a test's FailNow
				end = b.payout(r)
			}()
		}
		if more = more && b.ctx.Err() == nil; onTheWay == 0 {
			return
		}
		result := <-results
		onTheWay--
		b.tell(result.pauses)
		if !yield(result.BulkResult) {
			return
		}
	}
}

// payoutEnd is the result of one payout, with the pauses that it caused.
type payoutEnd struct {
	BulkResult
	pauses []pause
}

func (b *bulk) tell(pauses []pause) {
	for _, p := range pauses {
		if b.onPause != nil {
			b.onPause(p.d, p.last)
		}
	}
}

// payout makes one payout. If the run's context ends, only the wait for the
// turn ends.
func (b *bulk) payout(r wapay.PayoutRequest) payoutEnd {
	t, result := &turn{b: b}, BulkResult{Request: r}
	defer t.end()
	if err := t.await(b.rt.servingFor(b.ctx, r), func() bool { return b.settled(r.Reference) }); err != nil {
		result.Err = b.missedTurnError(r.Reference, err)
	} else {
		result.Payout, result.Err = b.rt.Payout(withTurn(context.WithoutCancel(b.ctx), t), r)
		if !t.failed {
			t.weigh("", result.Err)
		}
	}
	return payoutEnd{result, t.pauses}
}

// missedTurnError returns the error of an order whose turn did not come. The
// error says "not sent" only if the order was not sent before the run either.
func (b *bulk) missedTurnError(reference string, cause error) error {
	ctx, cancel := ownContext(b.ctx)
	defer cancel()
	r, err := b.rt.j.load(ctx, Payout, reference)
	if err != nil || r != nil && r.State != StateReady {
		return unknownError(b.op, "journal", reference, 0, cause)
	}
	return &wapay.Error{
		Provider: "journal", Op: b.op, Reference: reference, Outcome: wapay.OutcomeNotSent, Err: cause,
	}
}

// settled reports whether a call about the order reaches no provider.
func (b *bulk) settled(reference string) bool {
	r, err := b.rt.j.load(b.ctx, Payout, reference)
	return err == nil && r != nil && (r.Held || r.State == StateOver)
}
