// Package examples_test runs the small examples as a merchant would who copies
// them out of this repository.
package examples_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSmallExamples(t *testing.T) {
	for name, test := range map[string]struct {
		want string
		args []string // with these it takes the keys from the environment
	}{
		"pay":    {"order-4521 of 5000 XOF: succeeded\n", []string{"order-1", "+226 70 65 61 88", "MOOV", "5000"}},
		"payout": {"salary-31 of 5000 XOF: succeeded\n", []string{"salary-1", "+226 70 65 61 88", "MOOV", "5000"}},
		"settle": {
			"barkapay: Pay \"order-4521\": outcome unknown: provider unavailable: EOF\norder-4521 of 5000 XOF is pending\n",
			[]string{"order-1"},
		},
		"webhook": {"payment order-4521 of 5000 XOF: succeeded, confirmed\n", []string{"127.0.0.1:0"}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			program := copyOut(t, ctx, name)
			var out, errs bytes.Buffer
			run := exec.CommandContext(ctx, program)
			run.Stdout, run.Stderr = &out, &errs
			if err := run.Run(); err != nil || out.String() != test.want || errs.Len() > 0 {
				t.Errorf("%v, said %q, want %q, and %q", err, &out, test.want, &errs)
			}
			run = exec.CommandContext(ctx, program, test.args...)
			run.Env = []string{"PATH=" + os.Getenv("PATH")}
			if said, err := run.CombinedOutput(); err == nil || !strings.Contains(string(said), "APIKey") {
				t.Errorf("without keys: %v, said %q", err, said)
			}
		})
	}
}

// TestTogetherShort: the examples are to be read, so together they have at most
// 3,500 lines without tests.
func TestTogetherShort(t *testing.T) {
	lines := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		lines += bytes.Count(source, []byte("\n"))
		return err
	})
	if err != nil || lines > 3500 {
		t.Errorf("%d lines, want at most 3,500; %v", lines, err)
	}
}

// copyOut compiles an example in a module of its own, and returns the program.
func copyOut(t *testing.T, ctx context.Context, name string) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	read := func(path string) string {
		content, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	source := read("examples/" + name + "/main.go")
	if lines := strings.Count(source, "\n"); lines > 60 {
		t.Errorf("%d lines, want at most 60", lines)
	}
	mod := strings.Replace(read("go.mod"), "module github.com/wapay-go/wapay\n", "module copied\n", 1) +
		"\nrequire github.com/wapay-go/wapay v0.0.0\n\nreplace github.com/wapay-go/wapay => " + root + "\n"
	dir := t.TempDir()
	for name, content := range map[string]string{"main.go": source, "go.mod": mod, "go.sum": read("go.sum")} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "program")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GOPROXY=off")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("copied out it does not compile: %v\n%s", err, said)
	}
	return program
}
