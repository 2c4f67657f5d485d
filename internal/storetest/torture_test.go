package storetest

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay/ipn"
)

const (
	perEvent = 10 // deliveries
	senders  = 32
)

// torture is one run: a provider, the worker processes that it notifies, and a
// database beneath them.
type torture struct {
	t      *testing.T
	db     *sql.DB
	plan   plan
	events []string
	tally  tally
	pool   *pool
}

func newTorture(t *testing.T, d database, events, workers int, p plan) *torture {
	t.Helper()
	_, db, table := newStore(t, d)
	p.Dialect, p.Table, p.Effects = d.dialect, table, uniqueTable(t, db)
	p.Driver, p.DSN = opened(t, d.dialect)
	if p.Seed = *seedFlag; p.Seed == 0 {
		p.Seed = uint64(time.Now().UnixNano())
	}
	p.Timeout = cmp.Or(p.Timeout, 150*time.Millisecond)
	t.Logf("seed %d", p.Seed)
	// Nothing in this table keeps an event from being there twice.
	_, err := db.Exec("CREATE TABLE " + p.Effects + " (event VARCHAR(50) NOT NULL, run VARCHAR(50) NOT NULL)")
	require.NoError(t, err)
	r := &torture{t: t, db: db, plan: p, tally: tally{n: make(map[string]int)}}
	for i := range events {
		r.events = append(r.events, fmt.Sprintf("op_%04d", i))
	}
	r.pool = startPool(t, workers, p, &r.tally)
	return r
}

// deliveries is each event ten times: half of them close together, as when a
// provider and a merchant's network send one twice, half at any time later.
func (r *torture) deliveries(random *rand.Rand) []string {
	type delivery struct {
		event string
		at    float64
	}
	var all []delivery
	for i, e := range r.events {
		began := float64(i) / float64(len(r.events))
		for n := range perEvent {
			at := began + (1-began)*random.Float64()
			if n < perEvent/2 {
				at = began + 10/float64(len(r.events))*random.Float64()
			}
			all = append(all, delivery{e, at})
		}
	}
	slices.SortFunc(all, func(a, b delivery) int { return cmp.Compare(a.at, b.at) })
	var names []string
	for _, d := range all {
		names = append(names, d.event)
	}
	return names
}

// run delivers everything, and returns when all of it has been answered 200 and
// the workers have ended.
func (r *torture) run(kills bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	began := time.Now()
	all := r.deliveries(r.random(1))
	queue := make(chan string, len(all))
	for _, e := range all {
		queue <- e
	}
	close(queue)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
	var sending, killing sync.WaitGroup
	for i := range senders {
		sending.Add(1)
		go func() {
			defer sending.Done()
			random := r.random(uint64(10 + i))
			for e := range queue {
				r.deliver(ctx, client, random, e)
			}
		}()
	}
	sent := make(chan struct{})
	if kills {
		killing.Add(1)
		go func() {
			defer killing.Done()
			r.killer(sent)
		}()
	}
	sending.Wait()
	close(sent)
	killing.Wait()
	require.NoError(r.t, ctx.Err(), "not all was answered 200 in time:%s", &r.tally)
	took := time.Since(began)
	client.CloseIdleConnections() // a server waits for one that was not used yet
	r.pool.close()                // what hangs still is late, and has to be, too
	r.t.Logf("%d deliveries of %d events in %.1f s, and what happened:%s", len(all), len(r.events), took.Seconds(), &r.tally)
	require.Equal(r.t, len(all), r.tally.of("answer: 200"))
}

// killer kills some worker two or three times a second until all is sent.
func (r *torture) killer(sent <-chan struct{}) {
	random := r.random(2)
	for {
		select {
		case <-time.After(time.Duration(250+random.IntN(300)) * time.Millisecond):
			r.pool.killOne(random)
		case <-sent:
			return
		}
	}
}

func (r *torture) random(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(r.plan.Seed, stream)) }

// deliver sends a notification to some worker until one answers 200.
func (r *torture) deliver(ctx context.Context, client *http.Client, random *rand.Rand, event string) {
	for attempt := 1; ctx.Err() == nil; attempt++ {
		if r.send(ctx, client, r.pool.address(random), event, attempt) {
			return
		}
		select {
		case <-time.After(time.Duration(10+random.IntN(60)) * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

func (r *torture) send(ctx context.Context, client *http.Client, address, event string, attempt int) bool {
	// It does not wait for what hangs beyond its lease, so that the delivery
	// comes again while that hangs still.
	ctx, cancel := context.WithTimeout(ctx, r.plan.lease())
	defer cancel()
	req, err := ipn.NewIntramRequest("http://"+address+"/ipn", tortureSecret, ipn.IntramNotification{
		Event: "payment_request.paid", OperationID: event, Attempt: attempt,
		Data: map[string]any{"status": "paid", "amount": 5000, "currency": "XOF"},
	})
	if err != nil {
		r.t.Error(err)
		return true
	}
	r.tally.add("requests")
	res, err := client.Do(req.WithContext(ctx))
	if err != nil {
		r.tally.add("answer: none")
		return false
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		r.tally.add("answer: none")
		return false
	}
	r.tally.add(fmt.Sprintf("answer: %d", res.StatusCode))
	return res.StatusCode == http.StatusOK
}

// judge looks at what the merchant's table holds now.
func (r *torture) judge() verdict {
	rows, err := r.db.Query("SELECT event FROM " + r.plan.Effects)
	require.NoError(r.t, err)
	defer rows.Close()
	var effects []string
	for rows.Next() {
		var e string
		require.NoError(r.t, rows.Scan(&e))
		effects = append(effects, e)
	}
	require.NoError(r.t, rows.Err())
	return judge(r.events, effects)
}

// requireHard fails if too little went wrong for the run to show anything.
func (r *torture) requireHard() {
	least := len(r.events) / 200
	for _, what := range []string{
		killed, inFlight, duplicate, "answer: none", "answer: 500", "answer: 503",
		"fault: " + fails, "fault: " + panics, "fault: " + aborts, "fault: " + hangs, "fault: " + hangsOn, "fault: " + dies,
	} {
		assert.GreaterOrEqual(r.t, r.tally.of(what), least, what)
	}
}

func (r *torture) requireDone() {
	assert.Equal(r.t, len(r.events), count(r.t, r.db, r.plan.Table, "1 = 1"), "rows in the store's table")
	assert.Equal(r.t, len(r.events), count(r.t, r.db, r.plan.Table, "done_at IS NOT NULL"), "rows that are done")
}

// tortured runs a test on the databases that several processes can share.
func tortured(t *testing.T, test func(t *testing.T, d database, events int)) {
	t.Run("PostgreSQL", func(t *testing.T) {
		events := 1000
		if testing.Short() {
			events = 200
		}
		test(t, databases[0], events)
	})
	t.Run("MariaDB", func(t *testing.T) { test(t, databases[1], 200) })
}

// With InTx, each event has its effect exactly once.
func TestTortureInTx(t *testing.T) {
	tortured(t, func(t *testing.T, d database, events int) {
		r := newTorture(t, d, events, 8, plan{InTx: true, Faults: true})
		r.run(true)
		r.requireHard()
		r.requireDone()
		assert.Positive(t, r.tally.of(lostClaim), lostClaim)
		assert.Equal(t, verdict{}, r.judge())
	})
}

// Without it, each has its effect at least once, and here some have it twice.
func TestTortureWithoutInTx(t *testing.T) {
	tortured(t, func(t *testing.T, d database, events int) {
		r := newTorture(t, d, events, 8, plan{Faults: true})
		r.run(true)
		r.requireHard()
		r.requireDone()
		v := r.judge()
		t.Log(v)
		assert.Empty(t, v.lost)
		assert.Empty(t, v.foreign)
		assert.NotEmpty(t, v.doubled, "then the run was too soft")
	})
}

// If nothing goes wrong, no two act on an event at once, so that each has
// its effect once without InTx too.
func TestTortureWithoutFaults(t *testing.T) {
	tortured(t, func(t *testing.T, d database, events int) {
		r := newTorture(t, d, min(events, 300), 8, plan{Timeout: time.Minute})
		r.run(false)
		r.requireDone()
		assert.Positive(t, r.tally.of(inFlight), inFlight)
		assert.Equal(t, verdict{}, r.judge())
	})
}

// A run finds each planted mistake.
func TestTortureFinds(t *testing.T) {
	find := func(p plan) verdict {
		t.Helper()
		r := newTorture(t, databases[0], 60, 4, p)
		r.run(false)
		v := r.judge()
		t.Logf("%s: %s", p.Mutation, v)
		return v
	}
	assert.NotEmpty(t, find(plan{Mutation: forgets}).doubled)
	assert.NotEmpty(t, find(plan{Mutation: loses}).lost)
	assert.NotEmpty(t, find(plan{Mutation: outsideTx, InTx: true, Faults: true}).doubled)
}
