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

// Leaks fails a test when it comes upon a secret.
type Leaks struct {
	T       testing.TB
	Secrets []string
}

// Text looks through a text.
func (l Leaks) Text(where, s string) {
	l.T.Helper()
	if form := leaked(s, l.Secrets); form != "" {
		l.T.Errorf("%s shows the secret %q: %.300q", where, form, s)
	}
}

// leaked is the first of the secrets that text has, in the form that it has it
// in: as it is, as in a URL, as in JSON, as in the JSON of PHP and Java, which
// escape the slash, and as package fmt has the bytes of a string. It is "" if
// there is none.
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

// verbs are those of package fmt that a value may be printed with, fitting or
// not. They lack w and p, from which a Secret says that it does not hide.
var verbs = []string{
	"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%t", "%e", "%U", "%T", "%c", "%z", "%+s", "%#q", "% x", "%-9s", "%!",
}

// Value looks through what package fmt prints of a value, and through its JSON.
func (l Leaks) Value(where string, v any) {
	l.T.Helper()
	for _, verb := range verbs {
		l.Text(where+" "+verb, fmt.Sprintf(verb, v))
	}
	if data, err := json.Marshal(v); err == nil {
		l.Text(where+" in JSON", string(data))
	}
}

// Chain looks through an error and all that it wraps.
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

// Held looks through what is printed and logged of what holds secrets: of v, of
// *v, and of all that a caller may have either in.
func Held[T any](l Leaks, where string, v *T) {
	l.T.Helper()
	var log bytes.Buffer
	text, doc := slog.New(slog.NewTextHandler(&log, nil)), slog.New(slog.NewJSONHandler(&log, nil))
	for in, holder := range map[string]any{
		"value": *v, "pointer": v,
		"struct": struct{ V T }{*v}, "struct, pointer": struct{ V *T }{v}, "struct, any": struct{ V, P any }{*v, v},
		"&struct": &struct{ V T }{*v}, "&struct, pointer": &struct{ V *T }{v}, "struct in struct": struct{ S struct{ V *T } }{struct{ V *T }{v}},
		"slice": []T{*v}, "slice, pointer": []*T{v}, "slice, any": []any{*v, v}, "array": [1]*T{v},
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

// Logs is an option that logs all there is to log, and where it is logged to.
func Logs() (wapay.Option, *bytes.Buffer) {
	var log bytes.Buffer
	return wapay.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))), &log
}

// JSON is a value as a server that echoes it might answer with it.
func JSON(v any) string {
	data, _ := json.Marshal(v)
	return string(data)
}
