package main

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay/sandbox/apiv1test"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/console"
	"github.com/wapay-go/wapay/sandbox/intramtest"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

// settings has fields of each provider's Config, which choose an answer where
// the documents are silent.
type settings map[string]map[string]string

// add reads provider.Field=value.
func (s settings) add(text string) error {
	name, value, ok := strings.Cut(text, "=")
	provider, field, found := strings.Cut(name, ".")
	if !ok || !found || provider == "" || field == "" {
		return errors.New("want provider.Field=value")
	}
	if s[provider] == nil {
		s[provider] = map[string]string{}
	}
	s[provider][field] = value
	return nil
}

// config returns the Config of a provider, and takes its settings out of s. It
// keeps the first error in err.
func config[C any](s settings, provider string, err *error) (c C) {
	v := reflect.ValueOf(&c).Elem()
	for _, field := range slices.Sorted(maps.Keys(s[provider])) {
		f := v.FieldByName(field)
		if !f.IsValid() && *err == nil {
			*err = badInput("-set: the sandbox of %s has no field %q", provider, field)
		}
		if f.IsValid() && !set(f, s[provider][field]) && *err == nil {
			*err = badInput("-set: %s.%s cannot be %q", provider, field, s[provider][field])
		}
	}
	delete(s, provider)
	return c
}

// words has the values of the settings that have a few words. Each also accepts
// the empty one.
var words = map[reflect.Type][]string{
	reflect.TypeFor[apiv1test.Refusals]():      {"", "200"},
	reflect.TypeFor[apiv1test.TokenRefusals](): {"", "200", "422", "details"},
	reflect.TypeFor[apiv1test.NotFound]():      {"", "404", "200", "empty"},
	reflect.TypeFor[cinetpaytest.Codes]():      {"", "strings", "numbers"},
	reflect.TypeFor[intramtest.Currency]():     {"", "null", "object"},
	reflect.TypeFor[intramtest.Place]():        {"", "on top", "nowhere"},
	reflect.TypeFor[mpptest.Details]():         {"", "in data", "none"},
}

// set sets a field, and reports whether the text is a value of it.
func set(f reflect.Value, text string) bool {
	var err error
	switch {
	case f.Type() == reflect.TypeFor[time.Duration]():
		var d time.Duration
		d, err = time.ParseDuration(text)
		f.SetInt(int64(d))
	case f.Kind() == reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(text)
		f.SetBool(b)
	case f.CanInt():
		var n int64
		n, err = strconv.ParseInt(text, 10, 64)
		f.SetInt(n)
	case f.Kind() == reflect.String:
		f.SetString(text)
		known := words[f.Type()]
		return known == nil || slices.Contains(known, text)
	default:
		return false
	}
	return err == nil
}

// checked returns the providers, or the error of their settings.
func (s settings) checked(providers []*console.Provider, err error) ([]*console.Provider, error) {
	for name := range s {
		if err == nil {
			err = badInput("-set: there is no provider %q", name)
		}
	}
	if err == nil {
		return providers, nil
	}
	for _, p := range providers {
		p.Close()
	}
	return nil, err
}
