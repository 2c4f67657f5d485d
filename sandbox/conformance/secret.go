package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"strings"

	"github.com/wapay-go/wapay"
)

// secrets checks that nothing shows a key: no print of the client, no log, no
// error and no result. The server may repeat the whole request.
func secrets(c *check) {
	c.start()
	if len(c.Secrets) == 0 {
		c.Skip("the client has no secrets")
	}
	c.leaks("client", c.Client) // before a call, whose goroutines write to what a dump reads
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, path := range c.places() {
		for _, status := range []int{200, 201, 301, 400, 401, 404, 409, 422, 500} {
			for _, inJSON := range []bool{true, false} {
				t := &transport{path: path, meddle: echo(status, inJSON)}
				c.start(t.option(c.TB), wapay.WithLogger(logger), wapay.WithMaxRetries(0))
				c.what = fmt.Sprintf("with an HTTP %d that repeats %s, JSON %v", status, place(path), inJSON)
				r := c.order()
				_, _ = c.do(context.Background(), r)
				if path == "" {
					_, _ = c.look(context.Background(), c.byReference(r))
				}
			}
		}
	}
	c.what = ""
	c.leaksIn("log", log.String())
}

// leaksInChain looks for secrets in an error and in each error that it wraps.
func (c *check) leaksInChain(err error) {
	c.Helper()
	if err == nil {
		return
	}
	c.leaks(fmt.Sprintf("error %T", err), err)
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		c.leaksInChain(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, joined := range e.Unwrap() {
			c.leaksInChain(joined)
		}
	}
}

// leaks looks for secrets in all prints of a value, and in the values that it
// points to.
func (c *check) leaks(where string, v any) {
	c.Helper()
	if len(c.Secrets) == 0 || v == nil || reflect.ValueOf(v).Kind() == reflect.Pointer && reflect.ValueOf(v).IsNil() {
		return
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		c.leaksIn(where+" "+verb, fmt.Sprintf(verb, v))
	}
	if data, err := json.Marshal(v); err == nil {
		c.leaksIn(where+" in JSON", string(data))
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("", "it", v)
	c.leaksIn(where+" in a log", log.String())
	var all strings.Builder
	dump(&all, reflect.ValueOf(v), map[uintptr]bool{}, 0)
	c.leaksIn(where+" in a dump", all.String())
}

func (c *check) leaksIn(where, text string) {
	c.Helper()
	for i, secret := range c.Secrets {
		s := string(secret)
		for _, form := range []string{
			s, url.QueryEscape(s), url.PathEscape(s), quote(s), fmt.Sprintf("%x", s), strings.Trim(fmt.Sprint([]byte(s)), "[]"),
		} {
			if form != "" && strings.Contains(text, strings.Trim(form, `"`)) {
				c.failf("the %s shows the secret %d", where, i)
				return
			}
		}
	}
}

func quote(s string) string {
	data, _ := json.Marshal(s)
	return string(data)
}

// dump writes all texts that a value holds or points to, including unexported
// fields, as a failed assertion or a debugger would print them.
func dump(out *strings.Builder, v reflect.Value, seen map[uintptr]bool, depth int) {
	if depth > 12 || out.Len() > 1<<20 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		out.WriteString(v.String() + "\n")
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			return
		}
		seen[v.Pointer()] = true
		dump(out, v.Elem(), seen, depth+1)
	case reflect.Interface:
		if !v.IsNil() {
			dump(out, v.Elem(), seen, depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			dump(out, v.Field(i), seen, depth+1)
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice {
			out.Write(v.Bytes())
			out.WriteByte('\n')
			return
		}
		for i := range v.Len() {
			dump(out, v.Index(i), seen, depth+1)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			dump(out, key, seen, depth+1)
			dump(out, v.MapIndex(key), seen, depth+1)
		}
	}
}
