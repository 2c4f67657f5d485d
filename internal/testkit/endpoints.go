package testkit

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// Endpoints checks each method of a client that takes a context. The method
// needs an entry of calls, a test, a row of docs/endpoints.md and a route of
// the sandbox. The method must also escape its id. The mock must refuse each
// request.
func Endpoints[C any](t *testing.T, client *C, m *Mock, calls map[string]func(context.Context, *C) (any, error)) {
	dir := strings.TrimPrefix(reflect.TypeFor[C]().PkgPath(), "github.com/wapay-go/wapay/")
	root := strings.Repeat("../", strings.Count(dir, "/")+1)
	sandbox := "sandbox/" + path.Base(dir) + "test"
	rows, routes := rowsOf(t, root+"docs/endpoints.md", dir), endpointsIn(inCode, source(t, root+sandbox, "*.go"))
	tests := ""
	for _, dir := range []string{".", root + sandbox, root + "internal/matrix"} {
		tests += source(t, dir, "*_test.go")
	}
	for name, method := range methods(client) {
		if of := method.Type(); of.In(of.NumIn()-1) == reflect.TypeFor[[]wapay.PollOption]() {
			continue // it calls another method
		}
		if uses := regexp.MustCompile(`\bc\.` + name + `\b|\.` + name + `\(`); len(uses.FindAllString(tests, 2)) < 2 {
			t.Errorf("no test of %s or %s calls %s, beside the entry of calls", dir, sandbox, name)
		}
		escapes(t, dir+": "+name, method, m)
		if calls[name] == nil {
			t.Errorf("calls in %s/client_test.go lacks %s", dir, name)
			continue
		}
		m.Requests = nil
		_, err := calls[name](context.Background(), client)
		var e *wapay.Error
		require.ErrorAs(t, err, &e, name)
		assert.Equal(t, name, e.Op, "%s: the name that call.Start gets in %s", dir, name)
		assert.NotEmpty(t, m.Requests, "%s of calls in %s/client_test.go sends nothing: %v", name, dir, err)
		for _, r := range m.Requests {
			if !slices.ContainsFunc(rows, func(row row) bool { return slices.Contains(row.methods, name) && row.answers(r) }) {
				t.Errorf("docs/endpoints.md, package `%s`, has no row of %s %s with `%s`", dir, r.Method, below(r), name)
			}
			if !routes.answers(r) {
				t.Errorf("%s has no route for %s %s, which %s sends", sandbox, r.Method, below(r), name)
			}
		}
	}
}

// escapes fails a test if an id with slashes leaves its path element.
func escapes(t *testing.T, name string, method reflect.Value, m *Mock) {
	m.Requests = nil
	_ = invoke(method, reflect.ValueOf(context.Background()), func(of reflect.Type) reflect.Value {
		if of == reflect.TypeFor[wapay.Ref]() {
			return reflect.ValueOf(wapay.Ref{ID: "a/x/b"})
		}
		v := reflect.New(of).Elem()
		if v.Kind() == reflect.String {
			v.SetString("a/x/b")
		}
		return v
	})
	for _, r := range m.Requests {
		assert.NotContains(t, r.URL.EscapedPath(), "/x/", "%s needs call.Path around an element of its path", name)
	}
}

// endpoints are methods with paths, such as "GET payments/*".
type endpoints [][2]string

// A row is a row of docs/endpoints.md.
type row struct {
	endpoints
	methods []string
}

var (
	inRow   = regexp.MustCompile("(GET|POST|PUT|PATCH|DELETE) `([^`]+)`")
	inCode  = regexp.MustCompile(`"(GET|POST|PUT|PATCH|DELETE) ([^"]+)":`)
	aName   = regexp.MustCompile("`([A-Z]\\w+)`")
	version = regexp.MustCompile(`^(\w\w/)?v\d/`)
)

// rowsOf reads the table of a package.
func rowsOf(t *testing.T, file, dir string) (rows []row) {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "package `"+dir+"`\n")
	require.True(t, found, "docs/endpoints.md has no section about package `%s`", dir)
	section, _, _ = strings.Cut(section, "\n## ")
	for _, line := range strings.Split(section, "\n") {
		r := row{endpoints: endpointsIn(inRow, line)}
		for _, name := range aName.FindAllStringSubmatch(line, -1) {
			r.methods = append(r.methods, name[1])
		}
		rows = append(rows, r)
	}
	return rows
}

func endpointsIn(form *regexp.Regexp, text string) (all endpoints) {
	for _, found := range form.FindAllStringSubmatch(text, -1) {
		p, _, _ := strings.Cut(found[2], "?")
		all = append(all, [2]string{found[1], strings.Trim(p, "/")})
	}
	return all
}

// below returns the path of a request in the form of the tables: below the base
// URL, its country and its version.
func below(r Request) string {
	_, p, _ := strings.Cut(r.URL.EscapedPath(), "/proxy/v9/")
	return strings.Trim(version.ReplaceAllString(p, ""), "/")
}

// answers reports whether a request is for one of the endpoints.
func (all endpoints) answers(r Request) bool {
	got := strings.Split(below(r), "/")
	return slices.ContainsFunc(all, func(e [2]string) bool {
		return e[0] == r.Method && slices.EqualFunc(strings.Split(e[1], "/"), got, func(want, got string) bool {
			return want == got || want != "" && strings.ContainsRune("{:*", rune(want[0]))
		})
	})
}

// source returns the files of a folder as one text.
func source(t *testing.T, dir, pattern string) string {
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	require.NoError(t, err)
	var all strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		all.Write(text)
	}
	return all.String()
}
