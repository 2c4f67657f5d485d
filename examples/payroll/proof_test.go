package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
)

// TestMain is the program itself if the environment says so.
func TestMain(m *testing.M) {
	if os.Getenv("WAPAY_EXAMPLE_CHILD") != "" {
		main()
	}
	os.Exit(m.Run())
}

// size returns how many payouts the proof makes.
func size() int {
	if n, err := strconv.Atoi(os.Getenv("WAPAY_TEST_PAYOUTS")); err == nil {
		return n
	}
	return 60
}

// faulty stands before a sandbox. It lets three of ten requests go wrong: half
// of them have reached the provider.
type faulty struct {
	target        string
	calls, faults atomic.Int64
}

func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.calls.Add(1)
	kind := -1
	if rand.IntN(100) < 30 {
		f.faults.Add(1)
		kind = rand.IntN(6)
	}
	page := func(status int) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<html>gateway</html>")
	}
	switch kind { // these do not reach the provider
	case 0:
		panic(http.ErrAbortHandler)
	case 1:
		page(http.StatusBadGateway)
		return
	case 2:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"message":"Too Many Attempts."}`)
		return
	}
	body, _ := io.ReadAll(r.Body)
	to, err := http.NewRequest(r.Method, f.target+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	to.Header = r.Header.Clone()
	answer, err := http.DefaultTransport.RoundTrip(to)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer answer.Body.Close()
	body, _ = io.ReadAll(answer.Body)
	switch kind { // these did
	case 3:
		panic(http.ErrAbortHandler)
	case 4:
		page(http.StatusGatewayTimeout)
		return
	}
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(answer.StatusCode)
	if kind == 5 {
		_, _ = w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(body)
}

// proof is a payroll, two providers that fail, and processes that are killed.
type proof struct {
	t        *testing.T
	n        int
	file     string
	bp       *barkapaytest.Server
	cp       *cinetpaytest.Server
	faults   [2]*faulty
	sandbox  string
	kills    int
	resolved int
}

func newProof(t *testing.T, n int) *proof {
	p := &proof{t: t, n: n, file: filepath.Join(t.TempDir(), "payroll.csv")}
	p.bp, p.cp = newSandboxes(1_000_000)
	t.Cleanup(p.bp.Close)
	t.Cleanup(p.cp.Close)
	p.bp.SetOperator("BFA", "ORANGE", barkapaytest.Operator{Min: 100, Max: 1_000_000, Payment: "DOWN", Transfer: "DOWN"})
	var addresses []string
	for i, root := range []string{p.bp.Root(), p.cp.Root()} {
		p.faults[i] = &faulty{target: root}
		s := httptest.NewServer(p.faults[i])
		s.Config.ErrorLog = nil
		t.Cleanup(s.Close)
		addresses = append(addresses, s.URL)
	}
	addresses[0] += strings.TrimPrefix(p.bp.URL(), p.bp.Root())
	p.sandbox = strings.Join(addresses, ",")
	var b strings.Builder
	b.WriteString("name,phone,amount,reference,operator\n")
	for i := range n {
		operator := "MOOV"
		if i%10 == 0 {
			operator = "ORANGE" // is down at the first provider, and goes on to the second
		}
		fmt.Fprintf(&b, "Person %d,+22670%06d,%d,%s,%s\n", i, 100_000+i, 5*(1000+i), reference(i), operator)
	}
	if err := os.WriteFile(p.file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func reference(i int) string { return fmt.Sprintf("pay-%05d", i) }

// start starts the program in a process of its own.
func (p *proof) start(args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command(os.Args[0], append(args, "-sandbox", p.sandbox)...)
	cmd.Env = append(os.Environ(), "WAPAY_EXAMPLE_CHILD=1", "WAPAY_EXAMPLE_HASTY=1")
	out := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, out
}

// paid returns how often each reference was paid, by the providers' own
// ledgers.
func (p *proof) paid() map[string]int {
	paid := map[string]int{}
	for _, l := range [][]sandbox.Entry{p.bp.Ledger.Entries(), p.cp.Ledger.Entries()} {
		for _, e := range l {
			switch {
			case e.Reference == "":
			case e.Kind == sandbox.Debit:
				paid[e.Reference]++
			default:
				paid[e.Reference]--
			}
		}
	}
	return paid
}

// person resolves held orders as a person would, by both dashboards.
func (p *proof) person(ctx context.Context, j *journal.Journal) error {
	paid := p.paid()
	for o, err := range j.Held(ctx) {
		if err != nil {
			return err
		}
		status, why := wapay.StatusUnknown, "in neither dashboard"
		if paid[o.Reference] > 0 {
			status, why = wapay.StatusSucceeded, "seen in the dashboard"
		}
		if err := j.Resolve(ctx, journal.Payout, o.Reference, status, why); err != nil {
			return err
		}
		p.resolved++
	}
	return nil
}

// untilPaid runs the file until everybody is paid. Between two runs a person
// looks at held orders.
func (p *proof) untilPaid(ctx context.Context, j *journal.Journal, args ...string) {
	p.t.Helper()
	var out *bytes.Buffer
	for ctx.Err() == nil {
		var cmd *exec.Cmd
		cmd, out = p.start(args...)
		if cmd.Wait() == nil {
			return
		}
		if os.Getenv("WAPAY_TEST_VERBOSE") != "" {
			p.t.Logf("a run ended, %v:\n%s", time.Now().Format(time.TimeOnly), out)
		}
		if err := p.person(ctx, j); err != nil {
			p.t.Fatal(err)
		}
	}
	p.t.Fatalf("not everybody is paid in time; the last run said:\n%s", out)
}

// check compares the providers' ledgers, the journal and the merchant's own
// table.
func (p *proof) check(ctx context.Context, db *sql.DB, j *journal.Journal) {
	t := p.t
	t.Helper()
	paid := p.paid()
	doubles, lost, stuck, twice := 0, 0, 0, 0
	for i := range p.n {
		switch n := paid[reference(i)]; {
		case n > 1:
			doubles++
		case n < 1:
			lost++
		}
		o, err := j.Find(ctx, journal.Payout, reference(i))
		if err != nil || o.Held || o.State != journal.StateOver || o.Status != wapay.StatusSucceeded {
			stuck++
		}
	}
	query := "SELECT count(*) FROM (SELECT 1 FROM payslips GROUP BY reference, status HAVING count(*) > 1) AS x"
	if err := db.QueryRowContext(ctx, query).Scan(&twice); err != nil {
		t.Fatal(err)
	}
	slips := 0
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM payslips WHERE status = 'succeeded'").Scan(&slips); err != nil {
		t.Fatal(err)
	}
	calls := p.faults[0].calls.Load() + p.faults[1].calls.Load()
	faults := p.faults[0].faults.Load() + p.faults[1].faults.Load()
	t.Logf("%d payouts, %d kills, %d of %d requests went wrong, %d looked at by a person, %d paid by the second provider: "+
		"doubles %d, lost %d, stuck %d, effects twice %d", p.n, p.kills, faults, calls, p.resolved, len(p.cp.Orders()),
		doubles, lost, stuck, twice)
	if doubles+lost+stuck+twice != 0 || len(paid) != p.n || slips != p.n {
		t.Errorf("%d references with money, %d payslips, want %d of each", len(paid), slips, p.n)
	}
	if p.kills == 0 || len(p.cp.Orders()) == 0 || faults == 0 {
		t.Error("the proof tried nothing: want kills, faults and payouts by the second provider")
	}
}

// openAt opens the journal from outside of the program, for the person and for
// the check.
func (p *proof) openAt(driver string, d journal.Dialect, dsn string) (*sql.DB, *journal.Journal) {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = db.Close() })
	accounts, err := sandboxed(p.sandbox)
	if err != nil {
		p.t.Fatal(err)
	}
	j, err := journal.New(db, d, append(withProviders(accounts), journal.OnChange(paySlip))...)
	if err != nil {
		p.t.Fatal(err)
	}
	return db, j
}

// TestOneProcess kills one process with SQLite again and again, half a second
// after it has begun to send.
func TestOneProcess(t *testing.T) {
	p := newProof(t, size())
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	file := filepath.Join(t.TempDir(), "payroll.db")
	args := []string{"-file", p.file, "-db", file, "-pace", "1000000", "-concurrency", "16", "-wait", "60s"}
	sent := func() int { return len(p.bp.Orders()) + len(p.cp.Orders()) }
	for ctx.Err() == nil && sent() < p.n*3/4 {
		before := sent()
		cmd, _ := p.start(args...)
		ended := make(chan struct{})
		go func() { defer close(ended); _ = cmd.Wait() }()
		for sent() == before && ctx.Err() == nil && !closed(ended) {
			wait(ctx, 20*time.Millisecond)
		}
		wait(ctx, 500*time.Millisecond)
		_ = cmd.Process.Kill()
		p.kills++
		<-ended
	}
	db, j := p.openAt("sqlite", journal.SQLite, "file:"+file+"?_pragma=busy_timeout(30000)&_pragma=journal_mode(WAL)&_txlock=immediate")
	p.untilPaid(ctx, j, args...)
	p.check(ctx, db, j)
}

func closed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestNaiveFailoverDoubles pays the same file with the failover that everybody
// writes first.
func TestNaiveFailoverDoubles(t *testing.T) {
	p := newProof(t, 100)
	accounts, err := sandboxed(p.sandbox)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(p.file)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range readSheet(data, "BF", &mistakes{}) {
		for range 5 { // the next provider after any error, and again if both have failed
			_, err := accounts[0].client.Payout(context.Background(), who.request())
			if err != nil {
				r := who.request()
				_ = accounts[1].adapt(&r)
				_, err = accounts[1].client.Payout(context.Background(), r)
			}
			if err == nil {
				break
			}
		}
	}
	doubles := 0
	for _, n := range p.paid() {
		if n > 1 {
			doubles++
		}
	}
	t.Logf("of %d people %d were paid twice", p.n, doubles)
	if doubles == 0 {
		t.Error("the naive failover doubled nothing, so that the proof proves nothing")
	}
}
