package intram

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
)

// The documented limits, in characters.
const (
	maxReference = 100 // of a payout
	maxText      = 500
)

// An order comes back in notifications, of which 64 KiB are read, and in lists,
// of which 4 MiB are read. So a larger one could not be followed. The documents
// give no limit.
const (
	maxOrder    = 48 << 10 // bytes of the order as JSON
	maxMetadata = 1000     // keys
)

// checkReference checks the merchant's reference.
func checkReference(bad *check.Fields, s string) { bad.Reference("Reference", s, maxOrder, "") }

// checkText checks an optional text.
func checkText(bad *check.Fields, field, s string) {
	if n := utf8.RuneCountInString(s); n > maxText {
		bad.Add(field, "has %d characters, at most %d are allowed", n, maxText)
		return
	}
	bad.Text(field, s, maxText*utf8.UTFMax)
}

// checkAmount checks an amount that is sent with its currency. The provider
// takes whole units ("1000 is 1 000 XOF") and documents no decimals. A fraction
// is refused because the provider may round it, or take it for more.
func checkAmount(bad *check.Fields, field string, m wapay.Money) {
	switch _, whole := units(m); {
	case m.Valid() && !m.Currency().Known():
		bad.Add(field, "is in %s, which is not known", m.Currency())
	case !m.Valid() || m.Sign() <= 0:
		bad.Amount(field, m, m.Currency())
	case !whole:
		bad.Add(field, "is %s, want whole %s", m, m.Currency())
	}
}

// checkMetadata checks what travels with an order. The key reserved is our own.
func checkMetadata(bad *check.Fields, field string, m map[string]string, reserved string) {
	if len(m) > maxMetadata {
		bad.Add(field, "has %d keys, at most %d are allowed", len(m), maxMetadata)
		return
	}
	for k, v := range m {
		switch {
		case k == "" || k == reserved:
			bad.Add(field, "must not have the key %q", k)
		case !utf8.ValidString(k) || !utf8.ValidString(v):
			bad.Add(field, "is not valid UTF-8")
		default:
			continue
		}
		return
	}
}

// escapedSize returns how long the JSON text is for a writer that escapes all
// but ASCII.
func escapedSize(text []byte) (n int) {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch i += size; {
		case r < utf8.RuneSelf:
			n++
		case r < 0x10000:
			n += len(`\u0000`)
		default:
			n += 2 * len(`\u0000`)
		}
	}
	return n
}

// units returns an amount in whole units of its currency, and whether it is
// whole.
func units(m wapay.Money) (n int64, whole bool) {
	n = m.MinorUnits()
	for range m.Currency().Exponent() {
		if n%10 != 0 {
			return 0, false
		}
		n /= 10
	}
	return n, true
}

// number returns an amount that was checked as it is sent, and nothing for the
// zero value.
func number(m wapay.Money) json.Number {
	n, _ := units(m)
	if n == 0 {
		return ""
	}
	return json.Number(strconv.FormatInt(n, 10))
}

// withReference returns the metadata with the merchant's reference in it, for
// calls that have no other place for it.
func withReference(metadata map[string]string, reference string) map[string]string {
	all := make(map[string]string, len(metadata)+1)
	for k, v := range metadata {
		all[k] = v
	}
	all[facts.IntramReference] = reference
	return all
}
