package testkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/wapay-go/wapay"
)

// Leaks fails a test if it finds a secret.
type Leaks struct {
	T       testing.TB
	Secrets []string
}

// Text searches a text.
func (l Leaks) Text(where, s string) {
	l.T.Helper()
	if form := leaked(s, l.Secrets); form != "" {
		l.T.Errorf("%s shows the secret %q: %.300q", where, form, s)
	}
}

// leaked returns the first secret in text, in the form in which it is there, or
// "". The forms are plain, as in a URL, as in JSON, and as the bytes that
// package fmt prints. PHP and Java also escape the slash in JSON.
func leaked(text string, secrets []string) string {
	for _, secret := range secrets {
		quoted, _ := json.Marshal(secret)
		inJSON := strings.Trim(string(quoted), `"`)
		for _, form := range []string{
			secret, url.QueryEscape(secret), url.PathEscape(secret), inJSON,
			strings.ReplaceAll(secret, "/", `\/`), strings.ReplaceAll(inJSON, "/", `\/`),
			fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), fmt.Sprintf("% x", secret), fmt.Sprintf("% X", secret),
			strings.Trim(fmt.Sprint([]byte(secret)), "[]"),
		} {
			if strings.Contains(text, form) {
				return form
			}
		}
	}
	return ""
}

// verbs holds verbs of package fmt, whether they fit a value or not. It lacks w
// and p, for which a Secret is documented not to hide.
var verbs = []string{
	"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%t", "%e", "%U", "%T", "%c", "%z",
	"%+s", "%#q", "% x", "%-9s", "%!",
}

// Value searches a value's output of package fmt and its JSON.
func (l Leaks) Value(where string, v any) {
	l.T.Helper()
	for _, verb := range verbs {
		l.Text(where+" "+verb, fmt.Sprintf(verb, v))
	}
	if data, err := json.Marshal(v); err == nil {
		l.Text(where+" in JSON", string(data))
	}
}

// Chain searches an error and all that it wraps.
func (l Leaks) Chain(where string, err error) {
	l.T.Helper()
	for err != nil {
		l.Value(fmt.Sprintf("%s, %T", where, err), err)
		var e *wapay.Error
		if errors.As(err, &e) && error(e) == err {
			l.Text(where+" body", string(e.Body))
			l.Value(where+" details", e.Details)
			l.Value(where+" fields", []string{e.Message, e.Code, e.RequestID, e.Op, e.Reference, e.Provider})
		}
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, err := range many.Unwrap() {
				l.Chain(where, err)
			}
			return
		}
		err = errors.Unwrap(err)
	}
}

// Held searches the printed and logged forms of a value with secrets: of v, of
// *v, and of values that contain them.
func Held[T any](l Leaks, where string, v *T) {
	l.T.Helper()
	var log bytes.Buffer
	text, doc := slog.New(slog.NewTextHandler(&log, nil)), slog.New(slog.NewJSONHandler(&log, nil))
	for in, holder := range map[string]any{
		"value": *v, "pointer": v,
		"struct": struct{ V T }{*v}, "struct, pointer": struct{ V *T }{v}, "struct, any": struct{ V, P any }{*v, v},
		"&struct": &struct{ V T }{*v}, "&struct, pointer": &struct{ V *T }{v},
		"struct in struct": struct{ S struct{ V *T } }{struct{ V *T }{v}},
		"slice":            []T{*v}, "slice, pointer": []*T{v}, "slice, any": []any{*v, v}, "array": [1]*T{v},
		"struct, slice": struct{ V []*T }{[]*T{v}}, "struct, map": struct{ V map[string]*T }{map[string]*T{"v": v}},
		"map": map[string]T{"v": *v}, "map, pointer": map[string]*T{"v": v}, "map, any": map[string]any{"v": *v, "p": v},
	} {
		l.Value(where+", "+in, holder)
		for _, logger := range []*slog.Logger{text, doc} {
			logger.With("it", holder).Info("made", "it", holder, slog.Group("more", "it", holder))
		}
	}
	l.Text("log of "+where, log.String())
}

// Logs returns an option that logs at all levels, and its buffer.
func Logs() (wapay.Option, *bytes.Buffer) {
	var log bytes.Buffer
	return wapay.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))), &log
}

// JSON returns a value in JSON, like a server that echoes it.
func JSON(v any) string {
	data, _ := json.Marshal(v)
	return string(data)
}
