package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/journalhook"
)

// Swept counts what one sweep did.
type Swept struct {
	Asked   int // questions to providers
	Changed int // orders with a new status
	Over    int // those of Changed that are over now
	Held    int // orders that this sweep held
	Failed  int // questions without an answer, and answers that could not be stored
	// Skipped counts orders that the next sweep asks about, because the
	// provider limits its questions or is down.
	Skipped int
	// NoProvider counts orders with a provider that this journal does not have.
	NoProvider int
}

const (
	pageSize  = 200 // of Open and Held
	duePage   = 100 // of a sweep
	failures  = 3   // in a row, before a provider gets a rest
	sweepTime = 30 * time.Second
)

// Sweep asks about each order that is due: one that is pending, has an unknown
// outcome, or belongs to a process that has died. It asks all providers at
// once, each one question at a time, at half the pace that the client knows.
// Any number of processes may sweep: one of them asks about an order. Sweep
// never sends an order.
//
// The error is the database's. Errors of providers are in the log.
func (j *Journal) Sweep(ctx context.Context) (Swept, error) {
	return j.sweep(ctx, time.Time{})
}

// Run sweeps until ctx ends, and returns its error. While the database is down
// it logs the errors and goes on.
func (j *Journal) Run(ctx context.Context) error {
	every := min(max(j.backoff.min, 100*time.Millisecond), 5*time.Second)
	for {
		if _, err := j.sweep(ctx, time.Now().Add(sweepTime)); err != nil && ctx.Err() == nil {
			j.note(ctx, slog.LevelError, "sweep", nil, reason(err))
		}
		if !rest(ctx, jitter(every)) {
			return ctx.Err()
		}
	}
}

func (j *Journal) sweep(ctx context.Context, until time.Time) (Swept, error) {
	due, now, err := j.due(ctx)
	if err != nil {
		return Swept{}, fmt.Errorf("journal: Sweep: %w", err)
	}
	var (
		all  Swept
		errs []error
		mu   sync.Mutex
		wg   sync.WaitGroup
	)
	for name, n := range due {
		if _, ok := j.clients[name]; !ok {
			mu.Lock()
			all.NoProvider += n
			mu.Unlock()
			j.note(ctx, slog.LevelWarn, "orders of a provider that this journal does not have", nil,
				slog.String("provider", name), slog.Int("orders", n))
			continue
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			w := &sweeper{j: j, name: name, until: until}
			err := w.sweep(ctx, now)
			mu.Lock()
			defer mu.Unlock()
			all.add(w.Swept)
			if err != nil {
				errs = append(errs, err)
			}
		}()
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return all, fmt.Errorf("journal: Sweep: %w", err)
	}
	return all, nil
}

func (s *Swept) add(o Swept) {
	s.Asked += o.Asked
	s.Changed += o.Changed
	s.Over += o.Over
	s.Held += o.Held
	s.Failed += o.Failed
	s.Skipped += o.Skipped
	s.NoProvider += o.NoProvider
}

// due returns how many orders are due at each provider, and the time.
func (j *Journal) due(ctx context.Context) (map[string]int, int64, error) {
	rows, err := j.db.QueryContext(ctx, j.sql.due)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	due, now := map[string]int{}, int64(0)
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n, &now); err != nil {
			return nil, 0, err
		}
		due[name] = n
	}
	return due, now, rows.Err()
}

// sweeper asks one provider about its orders.
type sweeper struct {
	Swept
	j      *Journal
	name   string
	until  time.Time // zero: no end
	failed int       // questions in a row
}

// sweep asks about the orders that were due at now.
func (w *sweeper) sweep(ctx context.Context, now int64) error {
	last := &row{}
	for {
		page, err := w.j.list(ctx, w.j.sql.duePage, now, w.name, last.nextAt, last.nextAt,
			last.Kind.String(), last.Kind.String(), last.Reference)
		if err != nil {
			return err
		}
		for i, r := range page {
			last = r
			if l := w.j.paces.of(w.name); l != nil {
				_ = l.Wait(ctx)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if w.j.resting(w.name) || !w.until.IsZero() && time.Now().After(w.until) {
				w.Skipped += len(page) - i
				return nil
			}
			if err := w.one(ctx, r); err != nil {
				return err
			}
		}
		if len(page) < duePage {
			return nil
		}
	}
}

// one claims one order and asks about it.
func (w *sweeper) one(ctx context.Context, r *row) error {
	due := *r
	r = &due
	r.doubt()
	r.asks++
	r.claim(w.j.lease)
	err := w.j.save(ctx, w.j.db, r)
	if err != nil && !errors.Is(err, errStale) {
		// At some isolation levels, a write after another process's is an
		// error.
		now, loadErr := w.j.load(ctx, r.Kind, r.Reference)
		if loadErr != nil || now != nil && now.version < r.version {
			return err
		}
	}
	if err != nil {
		return nil // another process has it
	}
	journalhook.At(ctx, journalhook.Lapsed)
	w.Asked++
	seen, end := w.j.observe(ctx, "Sweep", r.Reference)
	after, _, err := w.j.ask(seen, r)
	end(after, err)
	if after.Held && !r.Held {
		w.Held++
	}
	switch {
	case err == nil:
		if after.Status != r.Status {
			w.Changed++
			if after.State == StateOver {
				w.Over++
			}
		}
		w.failed = 0
		return nil
	case isNotFound(err):
		w.failed = 0
		return nil
	}
	w.Failed++
	w.j.note(ctx, slog.LevelWarn, "question failed", r, reason(err))
	if errors.Is(err, wapay.ErrUnavailable) {
		if w.failed++; w.failed >= failures {
			w.j.letRest(w.name, wait(err, w.j.backoff.min))
		}
	}
	return nil
}

// resting reports whether a provider has a rest.
func (j *Journal) resting(name string) bool { return j.restOf(name) > 0 }

// restOf returns how much of a provider's rest is left.
func (j *Journal) restOf(name string) time.Duration {
	until, _ := j.rests.Load(name)
	end, _ := until.(time.Time)
	return time.Until(end)
}

func (j *Journal) letRest(name string, d time.Duration) {
	j.rests.Store(name, time.Now().Add(min(d, maxRest)))
}

// maxRest limits the rest that a provider may ask for.
const maxRest = 10 * time.Minute
