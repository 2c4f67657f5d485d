// Package clitest is what the tests of the example programs share: how to start one, and what holds for all of them.
package clitest

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/wapay-go/wapay/examples/internal/cli"
)

// Start runs a program with no environment.
func Start(t *testing.T, run cli.Program, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), args, func(string) string { return "" }, &out, &errs)
	return code, out.String(), errs.String()
}

// Succeeds runs a program that has nothing to complain of, and returns its stdout.
func Succeeds(t *testing.T, run cli.Program, args ...string) (stdout string) {
	t.Helper()
	code, stdout, stderr := Start(t, run, args...)
	if code != 0 || stderr != "" {
		t.Fatalf("%q: exit status %d, stderr %q, stdout:\n%s", args, code, stderr, stdout)
	}
	return stdout
}

// WantRows fails unless stdout has a line for each of the patterns, in this order.
func WantRows(t *testing.T, stdout string, patterns ...string) {
	t.Helper()
	rest := stdout
	for _, p := range patterns {
		at := regexp.MustCompile(`(?m)^` + p + `$`).FindStringIndex(rest)
		if at == nil {
			t.Fatalf("no line %q where it should be in:\n%s", p, stdout)
		}
		rest = rest[at[1]:]
	}
}

// Refuses runs the program with bad arguments, separated by |. It has to end with the status 2 and with one line on
// stderr, which begins so after the program's name. What it writes has none of the words in it; if there are none, it
// writes nothing on stdout.
func Refuses(t *testing.T, program string, run cli.Program, args, line string, words ...string) {
	t.Helper()
	t.Run(args, func(t *testing.T) {
		code, stdout, stderr := Start(t, run, strings.Split(args, "|")...)
		if code != 2 {
			t.Errorf("exit status %d", code)
		}
		if !strings.HasPrefix(stderr, program+": "+line) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("stderr %q", stderr)
		}
		if words == nil && stdout != "" {
			t.Errorf("stdout %q", stdout)
		}
		for _, word := range words {
			if strings.Contains(stdout+stderr, word) {
				t.Errorf("stdout %q, stderr %q", stdout, stderr)
			}
		}
	})
}

// Helps checks that -h says these words on stdout, and is no error.
func Helps(t *testing.T, run cli.Program, words ...string) {
	t.Helper()
	code, stdout, stderr := Start(t, run, "-h")
	if code != 0 || stderr != "" {
		t.Errorf("exit status %d, stderr %q", code, stderr)
	}
	for _, word := range words {
		if !strings.Contains(stdout, word) {
			t.Errorf("no %s in stdout %q", word, stdout)
		}
	}
}

// IgnoresEnvironment checks that a program works with a proxy in the environment that is not there,
// and does not even read what else is in it.
func IgnoresEnvironment(t *testing.T, run cli.Program) {
	t.Helper()
	var read []string
	env := func(name string) string { read = append(read, name); return "a-live-key" }
	for _, proxy := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(proxy, "http://192.0.2.1:3128")
	}
	var stderr bytes.Buffer
	if code := run(context.Background(), nil, env, io.Discard, &stderr); code != 0 {
		t.Errorf("exit status %d: %s", code, &stderr)
	}
	if read != nil {
		t.Errorf("read %q", read)
	}
}

// NamesTheStep checks that a program that is interrupted before it begins says, in one line that begins so, which step
// it was in.
func NamesTheStep(t *testing.T, run cli.Program, line string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var stderr bytes.Buffer
	code := run(ctx, nil, func(string) string { return "" }, io.Discard, &stderr)
	if code != 1 || !strings.HasPrefix(stderr.String(), line) || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("exit status %d, stderr %q", code, &stderr)
	}
}
