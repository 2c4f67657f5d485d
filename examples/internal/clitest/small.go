package clitest

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// SmallProgram is an example in one file.
type SmallProgram func(ctx context.Context, args []string, out io.Writer) error

// SaysAndCompiles checks that a small program, without arguments, says want, and that a merchant who copies it out can
// compile it. It has at most 60 lines.
func SaysAndCompiles(t *testing.T, run SmallProgram, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	if err := run(ctx, nil, &out); err != nil || out.String() != want {
		t.Errorf("%v after %q, want %q", err, &out, want)
	}
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(source, []byte("\n")); lines > 60 {
		t.Errorf("%d lines, want at most 60", lines)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	mod, modErr := os.ReadFile(filepath.Join(root, "go.mod"))
	sum, sumErr := os.ReadFile(filepath.Join(root, "go.sum"))
	if modErr != nil || sumErr != nil {
		t.Fatal(modErr, sumErr)
	}
	const module = "module github.com/wapay-go/wapay\n"
	copied := strings.Replace(string(mod), module, "module copied\n", 1) +
		"\nrequire github.com/wapay-go/wapay v0.0.0\n\nreplace github.com/wapay-go/wapay => " + root + "\n"
	dir := t.TempDir()
	for name, content := range map[string]string{"main.go": string(source), "go.mod": copied, "go.sum": string(sum)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", os.DevNull, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GOPROXY=off")
	if said, err := build.CombinedOutput(); err != nil {
		t.Errorf("copied out it does not compile: %v\n%s", err, said)
	}
}

// WantsKeys checks that a small program with arguments takes the keys from the environment: without them it fails.
func WantsKeys(t *testing.T, run SmallProgram, args ...string) {
	t.Helper()
	for _, name := range []string{"BARKAPAY_API_KEY", "BARKAPAY_API_SECRET"} {
		t.Setenv(name, "")
	}
	var out bytes.Buffer
	if err := run(context.Background(), args, &out); err == nil || !strings.Contains(err.Error(), "APIKey") || out.Len() > 0 {
		t.Errorf("%v after %q, want an error that names the missing keys", err, &out)
	}
}
