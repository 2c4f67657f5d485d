package journaltest

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/journalhook"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

const (
	tortureLease    = 400 * time.Millisecond
	torturePatience = 1200 * time.Millisecond
	planVariable    = "WAPAY_TORTURE_PLAN"
)

// plan has a worker's instructions.
type plan struct {
	Driver, DSN string
	Dialect     journal.Dialect
	Outside     string // URL of the providers
	Orders      int
	Seed        uint64
	Point       journalhook.Point // where it dies
	Hit         int               // the how many-th time that it is there
	Off         journalhook.Rule  // the rule that does not hold
}

// TestMain starts the processes of the torture test.
func TestMain(m *testing.M) {
	text, ok := os.LookupEnv(planVariable)
	if !ok {
		os.Exit(m.Run())
	}
	var p plan
	err := json.Unmarshal([]byte(text), &p)
	if err == nil {
		err = work(p)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// said is what a worker writes on its standard output, a line each.
type said struct {
	Address string            `json:",omitempty"` // it takes notifications there
	Dies    journalhook.Point `json:",omitempty"`
	Lie     string            `json:",omitempty"` // what the journal should not have said
}

func say(s said) {
	text, _ := json.Marshal(s)
	_, _ = os.Stdout.Write(append(text, '\n'))
}

// worker calls, sweeps and takes notifications until it is killed.
type worker struct {
	plan
	db *sql.DB
	j  *journal.Journal

	mu     sync.Mutex
	random *rand.Rand
	hits   int
}

func work(p plan) error {
	db, err := sql.Open(p.Driver, p.DSN)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	w := &worker{plan: p, db: db, random: rand.New(rand.NewPCG(p.Seed, 2))}
	w.j, err = tortureJournal(p, db, journal.OnChange(w.effect),
		journal.WithLogger(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))))
	if err != nil {
		return err
	}
	hook := &journalhook.Hook{At: w.at}
	if p.Off != "" {
		hook.Off = map[journalhook.Rule]bool{p.Off: true}
	}
	ctx := journalhook.With(context.Background(), hook)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	say(said{Address: l.Addr().String()})
	for range 6 {
		go w.call(ctx)
	}
	go func() { _ = w.j.Run(ctx) }()
	//nolint:gosec // it serves this machine, until it is killed
	return http.Serve(l, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var e ipn.Event
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			panic(err)
		}
		if err := w.j.Notify(journalhook.With(r.Context(), hook), &e); err != nil {
			rw.WriteHeader(http.StatusInternalServerError)
		}
	}))
}

func tortureJournal(p plan, db *sql.DB, opts ...journal.Option) (*journal.Journal, error) {
	return journal.New(db, p.Dialect, append([]journal.Option{
		journal.WithProvider(refuser, remoteSafe{remote{refuser, p.Outside}}),
		journal.WithProvider("other", remote{"other", p.Outside}),
		journal.WithLease(tortureLease), journal.WithPatience(torturePatience),
		journal.WithBackoff(50*time.Millisecond, 400*time.Millisecond),
	}, opts...)...)
}

// routeOf has half of the orders go to one provider first.
func routeOf(reference string) []string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(reference))
	if h.Sum32()%2 == 0 {
		return []string{refuser, "other"}
	}
	return []string{"other", refuser}
}

// call makes one order after another, those too that are made.
func (w *worker) call(ctx context.Context) {
	for {
		reference := fmt.Sprint(w.draw(w.Orders))
		p, err := w.j.Via(routeOf(reference)...).Payout(ctx, payoutOf(reference))
		if err == nil {
			w.check(ctx, reference, !p.Replayed)
		}
		d := 5 * time.Millisecond
		if after, again := journal.RetryAfter(err); again {
			d = min(after, 30*time.Millisecond)
		}
		time.Sleep(d)
	}
}

// check looks whether a result is in the journal, and whether the reference is
// taken then.
func (w *worker) check(ctx context.Context, reference string, isNew bool) {
	if isNew {
		o, err := w.j.Find(ctx, journal.Payout, reference)
		if err == nil && o.State != journal.StateKnown && o.State != journal.StateOver {
			say(said{Lie: reference + ": there was a result, and the journal has it as " + o.State.String()})
		}
	}
	if other := payoutOf(reference); w.draw(20) == 0 {
		other.Amount = wapay.XOF.Units(1)
		if _, err := w.j.Via(routeOf(reference)...).Payout(ctx, other); err == nil {
			say(said{Lie: reference + ": another amount had a result, too"})
		}
	}
}

func (w *worker) draw(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.random.IntN(n)
}

// at dies where the plan says so, and is slow now and then, so that a lease
// lapses while its holder lives.
func (w *worker) at(_ context.Context, p journalhook.Point) {
	w.mu.Lock()
	if p == w.Point {
		w.hits++
	}
	die := p == w.Point && w.hits == w.Hit
	slow := w.random.IntN(150) == 0
	w.mu.Unlock()
	if die {
		say(said{Dies: p})
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	if slow {
		time.Sleep(tortureLease + tortureLease/2)
	}
}

var errEffect = errors.New("the function fails")

func (w *worker) effect(ctx context.Context, tx *sql.Tx, o *journal.Order) error {
	n := w.draw(30)
	if n == 0 {
		return errEffect
	}
	insert := "INSERT INTO effects (kind, reference, status) VALUES ($1, $2, $3)"
	if w.Dialect == journal.MySQL {
		insert = "INSERT INTO effects (kind, reference, status) VALUES (?, ?, ?)"
	}
	if _, err := tx.ExecContext(ctx, insert, o.Kind.String(), o.Reference, o.Status.String()); err != nil {
		return err
	}
	switch n {
	case 1:
		return errEffect
	case 2:
		panic(errEffect)
	}
	return nil
}
