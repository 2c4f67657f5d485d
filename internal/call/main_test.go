package call_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv(childEnv) == "" {
		// The tests wait for sockets and pauses, not for a processor.
		if f := flag.Lookup("test.parallel"); f.Value.String() == fmt.Sprint(runtime.GOMAXPROCS(0)) {
			_ = f.Value.Set("64")
		}
	}
	before := runtime.NumGoroutine()
	code := m.Run()
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
	if code == 0 && !settles(before) {
		var stacks bytes.Buffer
		_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
		fmt.Fprintf(os.Stderr, "goroutines are left: %d, want %d\n%s\n", runtime.NumGoroutine(), before, &stacks)
		code = 1
	}
	os.Exit(code)
}

// settles waits until no more goroutines run than before.
func settles(before int) bool {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if runtime.NumGoroutine() <= before {
			return true
		}
	}
	return false
}
