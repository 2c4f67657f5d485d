package conformance_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/wapay-go/wapay/sandbox/conformance"
)

// run returns all that one law says of a Payouter.
func run(t *testing.T, name string, c conformance.Config) string {
	t.Helper()
	for _, law := range conformance.Laws(c) {
		if law.Name != "Payout/"+name {
			continue
		}
		rec := &recorder{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			law.Check(rec)
		}()
		<-done
		return rec.text.String()
	}
	t.Fatalf("no law %q", name)
	return ""
}

// recorder is a test that may fail.
type recorder struct {
	testing.TB
	text strings.Builder
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) { fmt.Fprintf(&r.text, format+"\n", args...) }

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skip(args ...any) {
	fmt.Fprintln(&r.text, append([]any{"skipped:"}, args...)...)
	runtime.Goexit()
}
