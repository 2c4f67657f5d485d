package journaltest

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/journalhook"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

// torture makes orders with processes that are killed again and again.
type torture struct {
	t       *testing.T
	plan    plan
	outside *outside
	db      *sql.DB // of this process, which nobody kills
	j       *journal.Journal
	news    chan made

	mu        sync.Mutex
	random    *rand.Rand
	workers   []*exec.Cmd
	addresses []string
	started   int
	extended  int
	closing   bool
	deaths    map[string]int
	lies      []string // what the journal should not have said
	alive     sync.WaitGroup
	stderr    syncBuffer
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.b.Len() > 1<<20 {
		return len(p), nil
	}
	return b.b.Write(p)
}

func newTorture(t *testing.T, d database, orders, workers int, off journalhook.Rule) *torture {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("WAPAY_TORTURE_SEED"); s != "" {
		var err error
		seed, err = strconv.ParseUint(s, 10, 64)
		require.NoError(t, err)
	}
	t.Logf("WAPAY_TORTURE_SEED=%d repeats the draws", seed)
	dsn := d.fresh(t)
	if d.dialect == journal.PostgreSQL {
		dsn += "&application_name=" + dsn[strings.LastIndex(dsn, "=")+1:]
	}
	news := make(chan made, 10*orders)
	o := newOutside(seed, 30, news)
	r := &torture{
		t: t, outside: o, news: news, random: rand.New(rand.NewPCG(seed, 3)), deaths: map[string]int{},
		plan:    plan{Driver: d.driver, DSN: dsn, Dialect: d.dialect, Outside: o.URL, Orders: orders, Seed: seed, Off: off},
		workers: make([]*exec.Cmd, workers), addresses: make([]string, workers),
	}
	r.db = d.open(t, dsn)
	var err error
	r.j, err = tortureJournal(r.plan, r.db, journal.OnChange((&worker{plan: r.plan, random: r.random}).effect))
	require.NoError(t, err)
	require.NoError(t, r.j.CreateSchema(context.Background()))
	_, err = r.db.Exec("CREATE TABLE effects (kind VARCHAR(20), reference VARCHAR(100), status VARCHAR(20))")
	require.NoError(t, err)
	t.Cleanup(r.close)
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range workers {
		r.start(i)
	}
	return r
}

// start is called under the lock. A worker dies where the fewest have died.
func (r *torture) start(i int) {
	p := r.plan
	points := journalhook.Points()
	p.Point = points[r.started%len(points)]
	for _, other := range points {
		if r.deaths[string(other)] < r.deaths[string(p.Point)] {
			p.Point = other
		}
	}
	p.Hit = 1 + r.random.IntN(2)
	r.started++
	p.Seed += uint64(r.started)
	text, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), planVariable+"="+string(text), "GORACE=halt_on_error=1")
	cmd.Stderr = &r.stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		panic(err)
	}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	r.workers[i], r.addresses[i] = cmd, ""
	r.alive.Add(1)
	go func() {
		defer r.alive.Done()
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			var s said
			_ = json.Unmarshal(lines.Bytes(), &s)
			r.mu.Lock()
			if s.Address != "" {
				r.addresses[i] = s.Address
			}
			if s.Dies != "" {
				r.deaths[string(s.Dies)]++
			}
			if s.Lie != "" {
				r.lies = append(r.lies, s.Lie)
			}
			r.mu.Unlock()
		}
		_ = cmd.Wait()
		r.mu.Lock()
		defer r.mu.Unlock()
		if !r.closing {
			r.start(i)
		}
	}()
}

func (r *torture) close() {
	r.mu.Lock()
	r.closing = true
	for _, w := range r.workers {
		_ = w.Process.Kill()
	}
	r.mu.Unlock()
	r.alive.Wait()
	r.outside.Close()
}

// run tortures until each order has ended, or the time is up.
func (r *torture) run(limit time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	var wg sync.WaitGroup
	for _, job := range []func(context.Context){r.kill, r.endConnections, r.tell, r.tell, r.look} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			job(ctx)
		}()
	}
	for ctx.Err() == nil && (r.plan.Off == "" || !r.lied()) {
		var over int
		err := r.db.QueryRowContext(ctx, "SELECT count(*) FROM wapay_orders WHERE state = 'over' AND held_at = 0").Scan(&over)
		if err == nil && over >= r.plan.Orders && !r.goOn() {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	cancel()
	wg.Wait()
	r.close()
}

func (r *torture) lied() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.lies) > 0
}

// goOn has the workers make more orders as long as there is a point at which no
// process has died, and reports whether they do.
func (r *torture) goOn() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.plan.Off != "" || len(r.missed()) == 0 || r.extended == 10 {
		return false
	}
	r.extended++
	r.plan.Orders += 30
	for _, w := range r.workers {
		_ = w.Process.Kill() // the next one knows of the new orders
	}
	return true
}

// missed returns the points at which no process has died. It is called under
// the lock.
func (r *torture) missed() []journalhook.Point {
	return slices.DeleteFunc(journalhook.Points(), func(p journalhook.Point) bool { return r.deaths[string(p)] > 0 })
}

// kill ends a process now and then, wherever it is.
func (r *torture) kill(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(r.draw(800)) * time.Millisecond):
		}
		r.mu.Lock()
		i := r.random.IntN(len(r.workers))
		if r.addresses[i] != "" { // it has begun
			r.deaths["at random"]++
			_ = r.workers[i].Process.Kill()
		}
		r.mu.Unlock()
	}
}

func (r *torture) draw(n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.random.IntN(n)
}

// tell brings the providers' notifications, some twice and some wrong, until
// they are taken.
func (r *torture) tell(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-r.news:
			if r.draw(3) == 0 {
				continue // it is lost
			}
			e := &ipn.Event{
				Provider: m.Provider, Kind: ipn.KindPayout, Reference: m.Reference, Status: m.Status,
				Amount: wapay.XOF.Units(5000), Proof: ipn.ProofSigned,
			}
			if r.draw(5) == 0 { // anybody may have written it
				forged := *e
				forged.Proof, forged.Status = ipn.ProofNone, wapay.StatusSucceeded
				r.deliver(ctx, &forged)
			}
			if r.draw(5) == 0 { // it is about another order
				other := *e
				other.Amount, other.Status = wapay.XOF.Units(1), wapay.StatusSucceeded
				r.deliver(ctx, &other)
			}
			for range 1 + r.draw(2) {
				for range 20 {
					if ctx.Err() != nil || r.deliver(ctx, e) {
						break
					}
					time.Sleep(50 * time.Millisecond)
				}
			}
		}
	}
}

func (r *torture) deliver(ctx context.Context, e *ipn.Event) bool {
	r.mu.Lock()
	address := r.addresses[r.random.IntN(len(r.addresses))]
	r.mu.Unlock()
	if address == "" {
		return false
	}
	body, _ := json.Marshal(e)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address, bytes.NewReader(body))
	if err != nil {
		return false
	}
	resp, err := remoteHTTP.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// look is the person who looks at what is held.
func (r *torture) look(ctx context.Context) {
	for ctx.Err() == nil {
		for o, err := range r.j.Held(ctx) {
			if err != nil {
				break
			}
			if strings.Contains(o.Why, "cannot be asked") {
				r.mu.Lock()
				r.lies = append(r.lies, o.Reference+": given up because the provider was out of reach: "+o.Why)
				r.mu.Unlock()
			}
			times, onTheWay, _ := r.outside.of(o.Reference)
			if times+onTheWay > 0 {
				continue // the dashboard shows it, and the journal has to find it by itself
			}
			if r.j.Resolve(ctx, o.Kind, o.Reference, wapay.StatusUnknown, "not in the dashboard") == nil {
				r.mu.Lock()
				r.deaths["(released by a person)"]++
				r.mu.Unlock()
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// size is how many orders the torture makes. WAPAY_TORTURE_ORDERS has it make
// more.
func size(t *testing.T, orders int) (int, time.Duration) {
	if s := os.Getenv("WAPAY_TORTURE_ORDERS"); s != "" {
		var err error
		orders, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	return orders, 2*time.Minute + time.Duration(orders)*100*time.Millisecond
}

// TestTorture kills processes at every point and at random, ends connections,
// has leases lapse and a third of all calls fail. Each order is carried out
// once, each status has its effect once, and nothing stays open or held.
func TestTorture(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		workers, orders := 4, 500
		switch d.dialect {
		case journal.MySQL:
			orders = 100
		case journal.SQLite:
			workers, orders = 1, 150
		}
		orders, limit := size(t, orders)
		r := newTorture(t, d, orders, workers, "")
		began := time.Now()
		r.run(limit)
		orders = r.plan.Orders
		t.Logf("%d orders in %v%s", orders, time.Since(began).Round(time.Millisecond), r)
		if bad := r.faults(); len(bad) > 0 {
			t.Errorf("%d of %d orders: %q", len(bad), orders, bad[:min(len(bad), 10)])
			t.Logf("workers: %.4000s", r.stderr.b.String())
		}
		assert.Empty(t, r.missed(), "no process died there")
	})
}

// isUnfinished reports whether more time may have mended a fault.
func isUnfinished(fault string) bool {
	return strings.HasSuffix(fault, "moved 0 times") || strings.Contains(fault, ": still ") ||
		strings.Contains(fault, ": held: ") || strings.Contains(fault, "not found")
}

// Without a rule the torture finds its faults.
func TestTortureFinds(t *testing.T) {
	for _, off := range []journalhook.Rule{
		journalhook.OnlyNotDone, journalhook.LapsedIsAsking, journalhook.OneTransaction,
		journalhook.OnlyForward, journalhook.OnlyProven, journalhook.RowFirst, journalhook.RepeatSafeOnly,
		journalhook.OnlyFitting, journalhook.UnstoredIsOpen, journalhook.SameRequest, journalhook.UnreachedIsNot,
	} {
		t.Run(string(off), func(t *testing.T) {
			for range 20 { // some things go wrong in less than half of the runs
				r := newTorture(t, databases[0], 80, 4, off)
				r.run(6 * time.Second)
				if bad := slices.DeleteFunc(r.faults(), isUnfinished); len(bad) > 0 {
					t.Logf("%d orders: %q", len(bad), bad[:min(len(bad), 3)])
					return
				}
			}
			t.Error("nothing goes wrong: the torture proves nothing")
		})
	}
}
