package storetest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay/ipn"
)

// tally counts the results.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (y *tally) add(what string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.n[what]++
}

func (y *tally) of(what string) int {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.n[what]
}

func (y *tally) String() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(y.n)) {
		fmt.Fprintf(&b, "\n%7d %s", y.n[what], what)
	}
	return b.String()
}

const (
	killed    = "kills"
	duplicate = "outcome: duplicate"
	inFlight  = "outcome: in flight"
	lostClaim = "transactions rolled back as their claim was lost"
)

// pool is some worker processes. One that is killed has another in its place.
type pool struct {
	t     *testing.T
	plan  plan
	tally *tally
	alive sync.WaitGroup

	mu        sync.Mutex
	workers   []*process
	started   uint64
	closing   bool
	addresses []string // where each serves, or did until it was killed
	all       chan struct{}
}

type process struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	killed bool
}

// startPool returns when each of n workers serves.
func startPool(t *testing.T, n int, p plan, y *tally) *pool {
	t.Helper()
	s := &pool{
		t: t, plan: p, tally: y,
		workers: make([]*process, n), addresses: make([]string, n), all: make(chan struct{}),
	}
	t.Cleanup(s.close)
	s.mu.Lock()
	for i := range n {
		s.start(i)
	}
	s.mu.Unlock()
	select {
	case <-s.all:
	case <-time.After(time.Minute):
		require.Fail(t, "the workers do not start")
	}
	return s
}

// start is called under the lock.
func (s *pool) start(i int) {
	s.started++
	p := s.plan
	p.Seed += s.started
	text, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(os.Args[0])
	// A race in a worker ends it, which is an error here.
	cmd.Env = append(os.Environ(), planVariable+"="+string(text), "GORACE=halt_on_error=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		panic(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		panic(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Errorf("worker: %v", err)
		return
	}
	w := &process{cmd: cmd, stdin: stdin}
	s.workers[i] = w
	s.alive.Add(1)
	go func() {
		defer s.alive.Done()
		s.read(i, w, stdout)
		s.ended(i, w, cmd.Wait(), &stderr)
	}()
}

// read is what a worker says until it ends.
func (s *pool) read(i int, w *process, stdout io.Reader) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		var said line
		if json.Unmarshal(lines.Bytes(), &said) != nil {
			continue // it was killed in the middle of it
		}
		switch {
		case said.Address != "":
			s.serves(i, said.Address)
		case said.Fault != "":
			s.tally.add("fault: " + said.Fault)
			if said.Fault == dies {
				s.kill(w)
			}
		case said.Outcome != "":
			s.tally.add("outcome: " + said.Outcome)
			if strings.Contains(said.Reason, "the claim is gone") { // SQLStore.InTx says so
				s.tally.add(lostClaim)
			}
		}
	}
	_, _ = io.Copy(io.Discard, stdout) // were a line too long, it would block
}

func (s *pool) serves(i int, address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := slices.Contains(s.addresses, "")
	s.addresses[i] = address
	if first && !slices.Contains(s.addresses, "") {
		close(s.all)
	}
}

func (s *pool) ended(i int, w *process, err error, stderr *bytes.Buffer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case w.killed:
	case err != nil || !s.closing:
		s.t.Errorf("a worker ended by itself: %v", err)
	}
	if stderr.Len() > 0 {
		s.t.Errorf("a worker says:\n%s", stderr)
	}
	if w.killed && !s.closing {
		s.start(i)
	}
}

// kill is SIGKILL: nothing of it gets the chance to clean up.
func (s *pool) kill(w *process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.killed {
		return
	}
	w.killed = true
	s.tally.add(killed)
	if err := w.cmd.Process.Kill(); err != nil {
		s.t.Errorf("kill: %v", err)
	}
}

func (s *pool) killOne(random *rand.Rand) {
	s.mu.Lock()
	w := s.workers[random.IntN(len(s.workers))]
	s.mu.Unlock()
	s.kill(w)
}

func (s *pool) address(random *rand.Rand) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addresses[random.IntN(len(s.addresses))]
}

// close has the workers finish what they do, and returns when they have.
func (s *pool) close() {
	s.mu.Lock()
	s.closing = true
	for _, w := range s.workers {
		if w != nil {
			_ = w.stdin.Close()
		}
	}
	s.mu.Unlock()
	s.alive.Wait()
}

// opened returns the driver and the DSN of the test's database for a worker.
func opened(t *testing.T, d ipn.Dialect) (driver, dsn string) {
	if d == ipn.MySQL {
		return "mysql", mariaDSN(t)
	}
	return "pgx", postgresDSN()
}
