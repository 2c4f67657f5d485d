// Package floor checks that each provider has all that a provider has: the list
// in CONTRIBUTING, "add a provider".
package floor

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are the names of a client's page in docs/providers, if they differ
// from the folder's path with dashes.
var pages = map[string]string{"cinetpay/apiv1": "cinetpay-v1"}

// otherPages are those in docs/providers that are about no provider.
var otherPages = []string{"operators"}

// withoutOrders are the providers whose documents name neither orders nor
// notifications. They have no suite, no words of a status and no verifier.
var withoutOrders = []string{"bantu"}

// tree is the repository, or one that a test makes.
type tree struct {
	t    *testing.T
	root string
}

// read returns a file, or "" if there is none.
func (r tree) read(name string) string {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.root, name))
	if err != nil && !os.IsNotExist(err) {
		r.t.Fatal(err)
	}
	return string(text)
}

// files returns the names of the files that match a pattern.
func (r tree) files(pattern string) []string {
	r.t.Helper()
	names, err := fs.Glob(os.DirFS(r.root), pattern)
	if err != nil {
		r.t.Fatal(err)
	}
	return names
}

// source returns all Go files of a folder as one text, of which none is a test.
func (r tree) source(dir string) string {
	r.t.Helper()
	var all strings.Builder
	for _, name := range r.files(dir + "/*.go") {
		if !strings.HasSuffix(name, "_test.go") {
			all.WriteString(r.read(name))
		}
	}
	return all.String()
}

// line returns the first line that matches a pattern, or "".
func (r tree) line(file, pattern string) string {
	r.t.Helper()
	return regexp.MustCompile("(?m)" + pattern + ".*$").FindString(r.read(file))
}

var hasClient = regexp.MustCompile(`(?m)^type Client\b`)

// providers returns the folders of the clients: those with a type Client, a
// page of documents or a kit of the sandbox.
func (r tree) providers() []string {
	r.t.Helper()
	var dirs []string
	for _, dir := range append(r.files("*"), r.files("*/*")...) {
		switch top, below, _ := strings.Cut(dir, "/"); {
		case slices.Contains([]string{".git", "internal", "examples", "sandbox", "cmd"}, top), below == "testdata":
		default:
			if hasClient.MatchString(r.source(dir)) {
				dirs = append(dirs, dir)
			}
		}
	}
	for _, file := range r.files("docs/providers/*.md") {
		page := strings.TrimSuffix(path.Base(file), ".md")
		if !slices.Contains(otherPages, page) && !slices.ContainsFunc(dirs, func(dir string) bool { return pageOf(dir) == page }) {
			dirs = append(dirs, page)
		}
	}
	for _, kit := range r.files("sandbox/*test") {
		name := strings.TrimSuffix(path.Base(kit), "test")
		if !slices.ContainsFunc(dirs, func(dir string) bool { return path.Base(dir) == name }) {
			dirs = append(dirs, name)
		}
	}
	return dirs
}

func pageOf(dir string) string {
	if page := pages[dir]; page != "" {
		return page
	}
	return strings.ReplaceAll(dir, "/", "-")
}

// missing returns what a provider lacks.
func (r tree) missing(dir string) []string {
	r.t.Helper()
	var all []string
	need := func(what string, ok bool) {
		if !ok {
			all = append(all, what)
		}
	}
	name, page, kit := path.Base(dir), pageOf(dir), "sandbox/"+path.Base(dir)+"test"

	need("a package with a type Client", hasClient.MatchString(r.source(dir)))
	need("judge.go with a judge", strings.Contains(r.read(dir+"/judge.go"), "call.Ruling"))
	need("judge_test.go, the table of its rulings", strings.Contains(r.read(dir+"/judge_test.go"), "func Test"))
	need("client_test.go with testkit.Endpoints", strings.Contains(r.read(dir+"/client_test.go"), "testkit.Endpoints("))
	need("testdata", len(r.files(dir+"/testdata/*")) > 0)
	need("docs/providers/"+page+".md", r.read("docs/providers/"+page+".md") != "")
	for _, function := range []string{"New", "Start"} {
		need(kit+" with "+function, strings.Contains(r.source(kit), "func "+function+"("))
	}
	quickstart := r.source("examples/quickstart")
	need("a place in examples/quickstart", strings.Contains(quickstart, "wapay/"+dir+`"`) || strings.Contains(quickstart, kit+`"`))
	command := r.source("cmd/wapay")
	need("a place in wapay sandbox", strings.Contains(command, kit+`"`))
	need("a place in wapay doctor", strings.Contains(command, "wapay/"+dir+`"`))

	inCode := "`" + regexp.QuoteMeta(dir) + "`"
	for _, readme := range []string{"README.md", "docs/fr/README.md"} {
		need("a row in the table of used references in "+readme, r.line(readme, `^\| `+inCode+` \|`) != "")
		need("a column in the table of interfaces in "+readme, r.line(readme, `^\| interface \|.* `+inCode+` \|`) != "")
	}
	section := r.line("docs/endpoints.md", `^## .*, package `+inCode)
	need("a section in docs/endpoints.md, \"## Name, package `"+dir+"`\"", section != "")
	if section == "" {
		return append(all, r.missingOrders(dir, name, name)...)
	}
	title, _, _ := strings.Cut(strings.TrimPrefix(section, "## "), ",")
	quoted := regexp.QuoteMeta(title)
	need("a column in the first table of docs/endpoints.md", r.line("docs/endpoints.md", `^\| \|.* `+quoted+` \|`) != "")
	need("a row in docs/outcome.md", r.line("docs/outcome.md", `^\| `+quoted+` \|`) != "")
	return append(all, r.missingOrders(dir, name, title)...)
}

var (
	verifier = regexp.MustCompile("`ipn\\.(\\w+)`")
	unsigned = regexp.MustCompile(`^[^|]*\|[^|]*\| nothing \|`)
)

// missingOrders returns what a provider lacks of what belongs to orders: the
// suite, the words of their statuses, and their notifications.
func (r tree) missingOrders(dir, name, title string) (all []string) {
	r.t.Helper()
	if slices.Contains(withoutOrders, dir) {
		return nil
	}
	if !strings.Contains(r.read("sandbox/conformance/clients_test.go"), "/"+name+`test"`) {
		all = append(all, "a test in sandbox/conformance/clients_test.go")
	}
	if pages[dir] != "" {
		name = pages[dir]
	}
	if !strings.Contains(r.source("cmd/wapay"), `"`+name+` payment"`) {
		all = append(all, "a place in wapay trigger")
	}
	words := strings.ReplaceAll(name, "-", "_")
	if !strings.Contains(r.read("internal/facts/"+words+".go"), "wapay.Status") {
		all = append(all, "internal/facts/"+words+".go with its statuses")
	}
	rows := regexp.MustCompile(`(?m)^\| `+regexp.QuoteMeta(title)+`\b.*$`).FindAllString(r.read("docs/notifications.md"), -1)
	if len(rows) == 0 {
		return append(all, "a row in docs/notifications.md with its verifier of package ipn")
	}
	code, tests := r.source("ipn"), ""
	for _, test := range r.files("ipn/*_test.go") {
		tests += r.read(test)
	}
	for _, row := range rows {
		found := verifier.FindStringSubmatch(row)
		if found == nil {
			all = append(all, "the verifier, such as `ipn.Name`, in a row of docs/notifications.md")
			continue
		}
		if !strings.Contains(code, "func "+found[1]+"(") {
			all = append(all, "the function ipn."+found[1])
		}
		if !strings.Contains(tests, "func Fuzz"+found[1]+"(") {
			all = append(all, "the fuzz target Fuzz"+found[1]+" in ipn")
		}
		if !unsigned.MatchString(row) && !strings.Contains(code, "func New"+found[1]+"Request(") {
			all = append(all, "ipn.New"+found[1]+"Request, which makes signed requests")
		}
	}
	return all
}

func TestProvidersAreComplete(t *testing.T) {
	r := tree{t, "../.."}
	dirs := r.providers()
	if len(dirs) < 7 {
		t.Errorf("found %d providers, want 7 at least: %q", len(dirs), dirs)
	}
	for _, dir := range dirs {
		for _, what := range r.missing(dir) {
			t.Errorf("%s lacks %s", dir, what)
		}
	}
}

// TestFindsProviderByAnyPart checks that any one part makes a provider, and all
// others are missing.
func TestFindsProviderByAnyPart(t *testing.T) {
	const client = "package foopay\n\ntype Client struct{}\n"
	for _, x := range []struct {
		file, text string
		begins     bool
	}{
		{"foopay/foo.go", client, true},
		{"docs/providers/foopay.md", "# FooPay\n", true},
		{"sandbox/foopaytest/server.go", "package foopaytest\n\nfunc New() {}\n", true},
		{"docs/providers/operators.md", "# Operators\n", false},
		{"internal/foopay/client.go", client, false},
		{"examples/foopay/client.go", client, false},
		{"foopay/testdata/client.go", client, false},
		{"foopay/client_test.go", client, false},
	} {
		r := tree{t, t.TempDir()}
		r.write(x.file, x.text)
		dirs := r.providers()
		if got := slices.Equal(dirs, []string{"foopay"}); got != x.begins || !got && len(dirs) > 0 {
			t.Errorf("%s alone: the providers are %q", x.file, dirs)
		}
		if all := r.missing("foopay"); x.begins && len(all) != 19 {
			t.Errorf("%s alone: %d things are missing, want 19: %q", x.file, len(all), all)
		}
	}
}

// TestMap checks that the map in internal/README.md names each folder beside
// it.
func TestMap(t *testing.T) {
	r := tree{t, "../.."}
	for _, dir := range r.files("internal/*") {
		name := path.Base(dir)
		if !strings.HasSuffix(name, ".md") && r.line("internal/README.md", `^\|[^|]*`+"`"+name+"`") == "" {
			t.Errorf("internal/README.md lacks a row of %s", name)
		}
	}
}

var imported = regexp.MustCompile(`"github\.com/wapay-go/wapay/([\w/]+)"`)

// TestImports checks that imports point one way, as CONTRIBUTING says.
func TestImports(t *testing.T) {
	r := tree{t, "../.."}
	clients := r.providers()
	none := []string{"ipn", "journal", "sandbox", "examples", "cmd", "otel"}
	forbidden := map[string][]string{
		".":       append(none, clients...),
		"ipn":     append(none[1:], clients...),
		"journal": append(none[2:], clients...),
		"sandbox": {"internal"}, // a stand-in shares no mistake with the client
	}
	for _, dir := range append(r.files("sandbox/*test"), r.files("sandbox/internal/*")...) {
		forbidden[dir] = forbidden["sandbox"]
	}
	for _, dir := range clients {
		others := slices.DeleteFunc(slices.Clone(clients), func(other string) bool { return other == dir })
		forbidden[dir] = append(others, none...)
	}
	for dir, not := range forbidden {
		for _, found := range imported.FindAllStringSubmatch(r.source(dir), -1) {
			for _, top := range not {
				if found[1] == top || strings.HasPrefix(found[1], top+"/") {
					t.Errorf("%s imports %s", dir, found[1])
				}
			}
		}
	}
}

// write makes a file and its folders.
func (r tree) write(name, text string) {
	r.t.Helper()
	name = filepath.Join(r.root, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}
