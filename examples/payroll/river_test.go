package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/wapay-go/wapay/journal"
	"github.com/wapay-go/wapay/sandbox"
)

// freshSchema returns the DSN of an empty schema, or skips the test.
func freshSchema(t *testing.T) (dsn string) {
	const variable = "WAPAY_TEST_POSTGRES"
	dsn = os.Getenv(variable)
	if dsn == "" {
		dsn = "postgres://postgres@127.0.0.1:5432/test?sslmode=disable"
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil && os.Getenv(variable) == "" {
		t.Skipf("no PostgreSQL here, so that payouts by several machines are not tried: set %s", variable)
	} else if err != nil {
		t.Fatal(err)
	}
	schema := fmt.Sprintf("wapay_payroll_%x", rand.Uint64())
	if _, err := conn.Exec(ctx, "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := conn.Exec(context.Background(), "DROP SCHEMA "+schema+" CASCADE")
		if err != nil {
			t.Error(err)
		}
		_ = conn.Close(context.Background())
	})
	if strings.Contains(dsn, "?") {
		return dsn + "&search_path=" + schema
	}
	return dsn + "?search_path=" + schema
}

// TestFourWorkers kills one of four workers every half second.
func TestFourWorkers(t *testing.T) {
	dsn := freshSchema(t)
	p := newProof(t, size())
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	db, j := p.openAt("pgx", journal.PostgreSQL, dsn)
	killing, stop := context.WithCancel(ctx)
	var workers sync.WaitGroup
	workers.Add(2)
	go func() { defer workers.Done(); p.killWorkers(killing, dsn) }()
	go func() { defer workers.Done(); hurry(killing, db) }()
	p.untilPaid(ctx, j, "-file", p.file, "-postgres", dsn, "-pace", "1000000", "-concurrency", "1", "-wait", "60s")
	stop()
	workers.Wait()
	p.check(ctx, db, j)
}

// TestJobsKeepThePace checks that the jobs of one process share a pace.
func TestJobsKeepThePace(t *testing.T) {
	dsn := freshSchema(t)
	bp, cp := newSandboxes(1_000_000)
	defer bp.Close()
	defer cp.Close()
	file := fileOf(11)
	status, stdout, stderr := runOn(t, context.Background(), t.TempDir(), file, "-postgres", dsn,
		"-sandbox", bp.URL()+","+cp.URL(), "-pace", "600")
	if status != 0 {
		t.Fatalf("status %d, want 0:\n%s%s", status, stdout, stderr)
	}
	var at []time.Time
	for _, e := range bp.Ledger.Entries() {
		if e.Kind == sandbox.Debit {
			at = append(at, e.Time)
		}
	}
	if len(at) != 11 || at[10].Sub(at[0]) < 900*time.Millisecond {
		t.Errorf("%d debits at %v, want 11, a tenth of a second apart", len(at), at)
	}
}

// TestChangedSinceItsJob checks that a row which differs from the job of an
// earlier run is named, and nothing of the file is sent. Other jobs are
// counted.
func TestChangedSinceItsJob(t *testing.T) {
	dsn := freshSchema(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	in := &input{postgres: dsn, concurrency: 1, stdout: io.Discard, stderr: io.Discard}
	accounts, closeAll, err := in.open()
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll()
	b, err := in.openBooks(ctx, accounts)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	client, err := in.newClient(b)
	if err != nil {
		t.Fatal(err)
	}
	file := header + "Awa,70656188,25000,r-1,MOOV\nIssa,70656189,5000,r-2,MOOV\n"
	for _, p := range readSheet([]byte(file), "BF", &mistakes{}) {
		if _, err := client.Insert(ctx, payoutJob{p.request()}, nil); err != nil {
			t.Fatal(err)
		}
	}
	changed := header + "Awa,70656188,26000,r-1,MOOV\n"
	status, stdout, stderr := runOn(t, ctx, t.TempDir(), changed, "-postgres", dsn)
	if status != 2 || !strings.Contains(stderr, `line 2: reference "r-1" was 25000 XOF before, and is 26000 XOF now`) {
		t.Errorf("status %d, want 2 and the change:\n%s%s", status, stdout, stderr)
	}
	if !strings.Contains(stderr, "1 more payouts, of no row, wait in the database") {
		t.Errorf("no word about the job of another file:\n%s", stderr)
	}
}

// TestBrokenConnections checks that the run goes on after the database has
// broken all its connections.
func TestBrokenConnections(t *testing.T) {
	dsn := freshSchema(t)
	bp, cp := newSandboxes(1_000_000)
	defer bp.Close()
	defer cp.Close()
	file := fileOf(20)
	name := fmt.Sprintf("payroll-%x", rand.Uint64())
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	broken := make(chan error, 1)
	go func() {
		for len(bp.Orders()) < 5 && ctx.Err() == nil {
			wait(ctx, 10*time.Millisecond)
		}
		_, err := db.ExecContext(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", name)
		broken <- err
		hurry(ctx, db)
	}()
	status, stdout, stderr := runOn(t, ctx, t.TempDir(), file, "-postgres", dsn+"&application_name="+name,
		"-sandbox", bp.URL()+","+cp.URL())
	if err := <-broken; err != nil || status != 0 || len(bp.Orders())+len(cp.Orders()) != 20 {
		t.Errorf("%v, status %d, want 0 and 20 orders:\n%s%s", err, status, stdout, stderr)
	}
}

// killWorkers has four workers, and kills one every half second until most have
// been paid.
func (p *proof) killWorkers(ctx context.Context, dsn string) {
	var all [4]*exec.Cmd
	start := func(i int) { all[i], _ = p.start("-worker", "-postgres", dsn, "-pace", "1000000") }
	for i := range all {
		start(i)
	}
	for i := 0; ctx.Err() == nil; i++ {
		wait(ctx, 500*time.Millisecond)
		if p.kills >= 8 && len(p.paid()) > p.n*3/4 {
			continue // the rest may end in peace
		}
		_ = all[i%4].Process.Kill()
		_ = all[i%4].Wait()
		p.kills++
		start(i % 4)
	}
}

// hurry lets the time pass that jobs wait for.
func hurry(ctx context.Context, db *sql.DB) {
	for ctx.Err() == nil {
		wait(ctx, time.Second)
		_, _ = db.ExecContext(ctx, "UPDATE river_job SET scheduled_at = now() WHERE state IN ('scheduled', 'retryable')")
	}
}
