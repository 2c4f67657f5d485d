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

// A larger order could not be read back: the library reads 64 KiB of a
// notification and 4 MiB of a list. The documents have no limit.
const (
	maxOrder    = 48 << 10 // bytes of the order as JSON
	maxMetadata = 1000     // keys
)

func checkReference(bad *check.Fields, s string) { bad.Reference("Reference", s, maxOrder, "") }

func checkText(bad *check.Fields, field, s string) {
	if n := utf8.RuneCountInString(s); n > maxText {
		bad.Add(field, "has %d characters, at most %d are allowed", n, maxText)
		return
	}
	bad.Text(field, s, maxText*utf8.UTFMax)
}

// checkAmount checks an amount with its currency. The provider takes whole
// units ("1000 is 1 000 XOF") and documents no decimals. It might round a
// fraction or misread it, so checkAmount refuses one.
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

// checkMetadata checks the metadata of an order. The client itself uses the key
// reserved.
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

// escapedSize returns the length of the JSON text if a writer escapes all but
// ASCII.
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

// units returns an amount in whole units of its currency, and reports whether
// it is whole.
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

// number returns a checked amount in whole units, or "" for the zero value.
func number(m wapay.Money) json.Number {
	n, _ := units(m)
	if n == 0 {
		return ""
	}
	return json.Number(strconv.FormatInt(n, 10))
}

// withReference returns the metadata with the merchant's reference, for calls
// without a field for it.
func withReference(metadata map[string]string, reference string) map[string]string {
	all := make(map[string]string, len(metadata)+1)
	for k, v := range metadata {
		all[k] = v
	}
	all[facts.IntramReference] = reference
	return all
}
