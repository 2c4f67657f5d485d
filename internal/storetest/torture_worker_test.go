package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

const (
	tortureSecret wapay.Secret = "whsec_torture"

	// drain is how long a worker may take to end. Nothing that it does hangs
	// for a second.
	drain = 20 * time.Second

	// lastFaulty is the last attempt at a delivery in which something may go
	// wrong, so that each ends.
	lastFaulty = 4
)

// plan has a worker's instructions.
type plan struct {
	Driver, DSN    string
	Dialect        ipn.Dialect
	Table, Effects string // the store's, and the merchant's
	InTx           bool
	Faults         bool
	Mutation       mutation
	Seed           uint64
	Timeout        time.Duration // of the handler
}

// lease is how long a claim holds, as WithStore says.
func (p plan) lease() time.Duration { return 2 * p.Timeout }

// mutation is a mistake in the store or the merchant's function that the tests
// have to find.
type mutation string

const (
	forgets   mutation = "the store takes every delivery for new"
	outsideTx mutation = "the function writes outside the transaction"
	loses     mutation = "the function says that it has written, and has not"
)

// line is what a worker says on its standard output, in JSON. The handler's own
// records are lines too.
type line struct {
	Address         string // it serves there
	Fault           string // it is about to do that
	Outcome, Reason string // of a request
}

type worker struct {
	plan
	db    *sql.DB
	store *ipn.SQLStore
	log   *slog.Logger

	mu     sync.Mutex
	random *rand.Rand
	runs   int
}

// work serves notifications until the standard input ends, which it also does
// when the parent dies.
func work(p plan) error {
	db, err := sql.Open(p.Driver, p.DSN)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(6) // PostgreSQL has 100, for eight workers and those just killed
	db.SetMaxIdleConns(6)
	store, err := ipn.NewSQLStore(db, p.Dialect, ipn.WithTable(p.Table))
	if err != nil {
		return err
	}
	w := &worker{plan: p, db: db, store: store, random: rand.New(rand.NewPCG(p.Seed, 0)), log: lines()}
	var remembered ipn.Store = store
	if p.Mutation == forgets {
		remembered = forgetful{store}
	}
	h, err := ipn.NewHandler(ipn.Intram(tortureSecret), w.function(),
		ipn.WithStore(remembered), ipn.WithTimeout(p.Timeout), ipn.WithLogger(w.log))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: drain}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	w.log.Info("", "address", l.Addr().String())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	select {
	case err := <-served:
		return err
	case <-ended:
		ctx, cancel := context.WithTimeout(context.Background(), drain)
		defer cancel()
		return server.Shutdown(ctx) // what hangs still goes on and writes
	}
}

// lines makes a logger that writes each record in one piece.
func lines() *slog.Logger {
	return slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			switch a.Key {
			case "address", "fault", "outcome", "reason":
				return a
			}
			return slog.Attr{}
		},
	}))
}

// forgetful claims nothing.
type forgetful struct{ *ipn.SQLStore }

func (s forgetful) Begin(ctx context.Context, key string, lease time.Duration) (ipn.State, ipn.Claim, error) {
	state, c, err := s.SQLStore.Begin(ctx, key, lease)
	if err == nil && state != ipn.StateNew {
		state, c = ipn.StateNew, ipn.Claim{Key: key, Token: "another"}
	}
	return state, c, err
}

// fault is what goes wrong in one call of the merchant's function.
type fault struct{ what, when string }

const (
	early = "before it writes"
	late  = "after it has written"
	after = "after its transaction, if it has one" // and before the answer

	fails  = "fails"
	panics = "panics"
	aborts = "hangs up"
	hangs  = "hangs beyond its lease"
	// InTx rolls back what hangs, as its context has ended. That of these has
	// no end, so that they get as far as the claim.
	hangsOn = "hangs beyond its lease, and goes on without its context"
	dies    = "is killed"
)

// faults has how many of a hundred calls fail, and in which way.
var faults = []struct {
	fault
	percent int
}{
	{fault{fails, early}, 6}, {fault{fails, late}, 6}, {fault{fails, after}, 2},
	{fault{panics, early}, 3}, {fault{panics, late}, 4},
	{fault{aborts, early}, 2}, {fault{aborts, late}, 2},
	{fault{hangs, early}, 3}, {fault{hangs, late}, 3}, {fault{hangs, after}, 2},
	{fault{hangsOn, early}, 7}, {fault{hangsOn, late}, 7},
	{fault{dies, early}, 1}, {fault{dies, late}, 2}, {fault{dies, after}, 2},
}

func (w *worker) draw(attempt int) fault {
	if !w.Faults || attempt > lastFaulty {
		return fault{}
	}
	w.mu.Lock()
	n := w.random.IntN(100)
	w.mu.Unlock()
	for _, f := range faults {
		if n -= f.percent; n < 0 {
			return f.fault
		}
	}
	return fault{}
}

var errTorture = errors.New("fault")

// suffer makes f happen if when is its moment.
func (w *worker) suffer(f fault, when string) error {
	if f.when != when {
		return nil
	}
	w.log.Info("", "fault", f.what)
	switch f.what {
	case fails:
		return errTorture
	case panics:
		panic(errTorture)
	case aborts:
		panic(http.ErrAbortHandler)
	case hangs, hangsOn:
		w.mu.Lock()
		longer := time.Duration(w.random.Int64N(int64(w.lease())))
		w.mu.Unlock()
		time.Sleep(w.lease() + longer)
	case dies:
		select {} // the parent has read of it, and kills this process
	}
	return nil
}

type faultKey struct{}

// function makes the merchant's.
func (w *worker) function() func(context.Context, *ipn.Event) error {
	act := func(ctx context.Context, e *ipn.Event) error { return w.act(ctx, w.db, e) }
	if w.InTx {
		act = w.store.InTx(func(ctx context.Context, tx *sql.Tx, e *ipn.Event) error {
			if w.Mutation == outsideTx {
				return w.act(ctx, w.db, e)
			}
			return w.act(ctx, tx, e)
		})
	}
	return func(ctx context.Context, e *ipn.Event) error {
		f := w.draw(e.Attempt)
		if f.what == hangsOn {
			ctx = context.WithoutCancel(ctx)
		}
		if err := act(context.WithValue(ctx, faultKey{}, f), e); err != nil {
			return err
		}
		return w.suffer(f, after)
	}
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// act writes the effect of an event: the money is there, ship the goods.
func (w *worker) act(ctx context.Context, db execer, e *ipn.Event) error {
	f, _ := ctx.Value(faultKey{}).(fault)
	if err := w.suffer(f, early); err != nil {
		return err
	}
	w.mu.Lock()
	w.runs++
	run := w.runs
	w.mu.Unlock()
	if w.Mutation != loses || run%10 != 0 {
		insert := "INSERT INTO " + w.Effects + " (event, run) VALUES ($1, $2)"
		if w.Dialect == ipn.MySQL {
			insert = "INSERT INTO " + w.Effects + " (event, run) VALUES (?, ?)"
		}
		if _, err := db.ExecContext(ctx, insert, e.ID, fmt.Sprintf("%d.%d", os.Getpid(), run)); err != nil {
			return err
		}
	}
	return w.suffer(f, late)
}
