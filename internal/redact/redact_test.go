package redact_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/redact"
	"github.com/wapay-go/wapay/internal/testkit"
)

// plain has fields of all kinds that such structs have, and no methods.
type plain struct {
	ID    string
	Key   wapay.Secret
	None  wapay.Secret
	At    time.Time
	Known bool
	Raw   json.RawMessage
	Link  *string
	Keys  []wapay.Secret
}

type safe plain

func (s safe) Format(f fmt.State, _ rune) { redact.Format(f, s) }

const secret = "sk-4f\"/z\\9"

func value() plain {
	return plain{
		ID: "id-1", Key: secret, At: time.Date(2026, 5, 20, 10, 30, 0, 0, time.UTC), Known: true, Raw: json.RawMessage(`{"a":1}`),
		Keys: []wapay.Secret{secret},
	}
}

// With v it prints what there would be without it.
func TestFormatAsFmt(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%12v", "%-12v", "%.2v"} {
		want := strings.ReplaceAll(fmt.Sprintf(verb, value()), "redact_test.plain", "redact_test.safe")
		assert.Equal(t, want, fmt.Sprintf(verb, safe(value())), verb)
	}
	for _, verb := range []string{"%s", "%q", "%d", "%t", "%x", "%U", "%z"} {
		assert.Equal(t, fmt.Sprint(value()), fmt.Sprintf(verb, safe(value())), verb)
	}
	assert.Equal(t, fmt.Sprintf("%+v", value()), fmt.Sprintf("%+s", safe(value())))
	assert.Equal(t, "<nil>", fmt.Sprintf("%s", (*safe)(nil)))
	assert.Equal(t, "{<nil>}", fmt.Sprintf("%s", struct{ S *safe }{}))
	assert.Equal(t, "redact_test.safe", fmt.Sprintf("%T", safe{}))
}

func TestFormatShowsNoSecret(t *testing.T) {
	l := testkit.Leaks{T: t, Secrets: []string{secret}}
	v := safe(value())
	testkit.Held(l, "struct", &v)
	l.Value("embedded", struct {
		safe
		More string
	}{v, "more"})
	l.Value("embedded pointer", struct{ *safe }{&v})
}

// A Hidden that New did not make prints, and opens as the zero value.
func TestZeroHidden(t *testing.T) {
	var none redact.Hidden[plain]
	assert.Equal(t, "no client no client", fmt.Sprintf("%v %d", none, &none))
	assert.Equal(t, &plain{}, redact.Open(&none))
}
