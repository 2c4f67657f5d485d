package testkit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
)

// PrintsAs fails a test unless the client prints as want for each verb. Neither
// the client nor what it points to may show a secret.
func PrintsAs[C any](l Leaks, client *C, want string) {
	l.T.Helper()
	Held(l, "client", client)
	for _, verb := range verbs {
		if strings.HasSuffix(verb, "T") || verb == "%!" {
			continue
		}
		assert.Equal(l.T, want, fmt.Sprintf(verb, client), verb)
		assert.Contains(l.T, fmt.Sprintf(verb, []*C{client}), want, verb)
	}
	data, err := json.Marshal(client)
	assert.NoError(l.T, err)
	quoted, _ := json.Marshal(want)
	assert.Equal(l.T, string(quoted), string(data))

	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("", "client", client)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("", "client", client)
	assert.Equal(l.T, 2, strings.Count(log.String(), want), log.String())

	var dump recorder // a failed assertion follows pointers without calling methods
	assert.Equal(&dump, client, new(C))
	assert.Contains(l.T, dump.text, "Diff:")
	l.Text("dump", dump.text)
}

type recorder struct{ text string }

func (r *recorder) Errorf(format string, args ...any) { r.text += fmt.Sprintf(format, args...) }

// NeedsClientAndContext fails a test unless each method with a context refuses
// a nil client, a zero client and a nil context before any I/O.
func NeedsClientAndContext[C any](t *testing.T, client *C) {
	t.Helper()
	never := reflect.Zero(reflect.TypeFor[context.Context]())
	for name, x := range map[string]struct {
		client *C
		ctx    reflect.Value
		want   string
	}{
		"nil client":  {nil, reflect.ValueOf(context.Background()), "client is nil"},
		"zero client": {new(C), reflect.ValueOf(context.Background()), "client is nil"},
		"nil context": {client, never, "context is nil"},
	} {
		for method, fn := range methods(x.client) {
			where := name + ", " + method
			err := invoke(fn, x.ctx, reflect.Zero)
			var e *wapay.Error
			if assert.ErrorAs(t, err, &e, where) {
				assert.ErrorIs(t, e, wapay.ErrInvalid, where)
				assert.Contains(t, e.Error(), x.want, where)
				assert.NotEmpty(t, e.Op, where)
				assert.Zero(t, e.Attempts, where)
				assert.False(t, errors.Is(e, wapay.ErrOutcomeUnknown), where)
			}
		}
	}
}

// methods returns the methods of a client that take a context, by name.
func methods(client any) map[string]reflect.Value {
	all := map[string]reflect.Value{}
	for i, v := 0, reflect.ValueOf(client); i < v.NumMethod(); i++ {
		if m := v.Method(i); m.Type().NumIn() > 0 && m.Type().In(0) == reflect.TypeFor[context.Context]() {
			all[v.Type().Method(i).Name] = m
		}
	}
	return all
}

// invoke calls a method with a context, and with arg's value for each other
// parameter. It returns the method's error.
func invoke(method, ctx reflect.Value, arg func(reflect.Type) reflect.Value) error {
	args := []reflect.Value{ctx}
	for i := 1; i < method.Type().NumIn(); i++ {
		args = append(args, arg(method.Type().In(i)))
	}
	if method.Type().IsVariadic() {
		return lastError(method.CallSlice(args))
	}
	return lastError(method.Call(args))
}

// lastError returns the error among the results of a method, or the first one
// that an iterator among them yields.
func lastError(results []reflect.Value) (err error) {
	last := results[len(results)-1]
	if last.Kind() != reflect.Func {
		err, _ = last.Interface().(error)
		return err
	}
	for _, e := range last.Seq2() {
		if err, _ = e.Interface().(error); err != nil {
			return err
		}
	}
	return nil
}
