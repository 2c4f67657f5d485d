// Package floor checks that each provider has all that a provider has: the list
// in CONTRIBUTING, "add a provider".
package floor

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

// aliases are the names of a client's folder in docs/providers, where they
// differ from the folder's path with dashes.
var aliases = map[string]string{"cinetpay/apiv1": "cinetpay-v1"}

// providers returns the folders of the clients: those whose code makes an
// engine.
func providers(t *testing.T) []string {
	t.Helper()
	var dirs []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		dir, _ := filepath.Rel(root, filepath.Dir(path))
		if d.IsDir() {
			switch d.Name() {
			case ".git", "internal", "examples", "sandbox", "cmd", "testdata":
				return filepath.SkipDir
			}
			return nil
		}
		if d.Name() == "client.go" && strings.Contains(read(t, path), "call.New(") {
			dirs = append(dirs, filepath.ToSlash(dir))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// missing returns what a provider lacks.
func missing(t *testing.T, dir string) []string {
	name := filepath.Base(dir)
	page := aliases[dir]
	if page == "" {
		page = strings.ReplaceAll(dir, "/", "-")
	}
	at := func(path ...string) string { return read(t, filepath.Join(append([]string{root}, path...)...)) }
	client := at(dir, "client.go")
	moves := strings.Contains(client, "wapay.Payer = (*Client)(nil)") || strings.Contains(client, "wapay.Payer    = (*Client)(nil)")

	var all []string
	need := func(what string, ok bool) {
		if !ok {
			all = append(all, what)
		}
	}
	need("judge.go with a judge", strings.Contains(at(dir, "judge.go"), "call.Ruling"))
	need("judge_test.go, the table of its rulings", strings.Contains(at(dir, "judge_test.go"), "func Test"))
	need("client_test.go with testkit.Endpoints", strings.Contains(at(dir, "client_test.go"), "testkit.Endpoints("))
	need("testdata", exists(dir, "testdata") || !moves)
	need("docs/providers/"+page+".md", at("docs", "providers", page+".md") != "")
	need("sandbox/"+name+"test with New and Start", strings.Contains(folder(t, "sandbox", name+"test"), "func Start("))
	need("a row in README.md with `"+dir+"`", strings.Contains(at("README.md"), "`"+dir+"`"))
	need("the examples/quickstart", strings.Contains(folder(t, "examples", "quickstart"), `wapay/`+dir+`"`) ||
		strings.Contains(folder(t, "examples", "quickstart"), `wapay/sandbox/`+name+`test"`))
	if moves {
		need("the conformance suite", strings.Contains(folder(t, "sandbox", "conformance"), "/"+name+`test"`))
	}
	return all
}

func exists(path ...string) bool {
	_, err := os.Stat(filepath.Join(append([]string{root}, path...)...))
	return err == nil
}

// folder returns all Go files of a folder as one text.
func folder(t *testing.T, path ...string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(append(append([]string{root}, path...), "*.go")...))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		all.WriteString(read(t, f))
	}
	return all.String()
}

func TestProvidersAreWhole(t *testing.T) {
	dirs := providers(t)
	if len(dirs) < 7 {
		t.Errorf("found %d providers, want 7 at least: %q", len(dirs), dirs)
	}
	for _, dir := range dirs {
		for _, what := range missing(t, dir) {
			t.Errorf("%s lacks %s", dir, what)
		}
	}
}

// TestMissing: the check fails for a provider that has nothing.
func TestMissing(t *testing.T) {
	if all := missing(t, "examples/pay"); len(all) < 6 {
		t.Errorf("a folder that is no provider lacks only %q", all)
	}
}
