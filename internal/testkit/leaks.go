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

// leaked is the first of the secrets that text has, in the form that it has it in: as it is, as in a URL, as in JSON,
// and as in the JSON of PHP and Java, which escape the slash. It is "" if there is none.
func leaked(text string, secrets []string) string {
	for _, secret := range secrets {
		quoted, _ := json.Marshal(secret)
		inJSON := strings.Trim(string(quoted), `"`)
		for _, form := range []string{
			secret, url.QueryEscape(secret), url.PathEscape(secret), inJSON,
			strings.ReplaceAll(secret, "/", `\/`), strings.ReplaceAll(inJSON, "/", `\/`),
		} {
			if strings.Contains(text, form) {
				return form
			}
		}
	}
	return ""
}

// Value looks through what package fmt prints of a value, and through its JSON.
func (l Leaks) Value(where string, v any) {
	l.T.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
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

// Held looks through what is printed and logged of what holds secrets: of *v, of v, and of a struct and a map with *v.
func Held[T any](l Leaks, where string, v *T) {
	l.T.Helper()
	l.Value(where, *v)
	l.Value("&"+where, v)
	l.Value("a struct with "+where, struct{ V T }{*v})
	l.Value("a map with "+where, map[string]any{"v": *v})
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("made", "it", *v, "pointer", v)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("made", "it", *v, "pointer", v)
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
