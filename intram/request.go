package intram

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
)

// Limits (V), in characters.
const (
	maxReference = 100
	maxText      = 500
)

// checkReference checks the merchant's reference. V gives a limit for that of a payout only; the others share it.
func checkReference(bad *check.Fields, field, s string) {
	if n := utf8.RuneCountInString(s); n > maxReference {
		bad.Add(field, "has %d characters, at most %d are allowed", n, maxReference)
		return
	}
	bad.Reference(field, s, maxReference*utf8.UTFMax, "")
}

// checkText checks an optional text.
func checkText(bad *check.Fields, field, s string) {
	if n := utf8.RuneCountInString(s); n > maxText {
		bad.Add(field, "has %d characters, at most %d are allowed", n, maxText)
		return
	}
	bad.Text(field, s, maxText*utf8.UTFMax)
}

// checkAmount checks an amount that is sent with its currency. The provider takes whole units (V: "1000 is 1 000 XOF")
// and documents no decimals, so those of a currency that has some are refused: what the provider would make of them,
// round them or take them for more, is not known.
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

// checkWalletAmount checks an amount that is sent without its currency, which is then that of the merchant's wallet
// or of the transaction. V knows no other than the franc there.
func checkWalletAmount(bad *check.Fields, field string, m wapay.Money) {
	bad.Amount(field, m, wapay.XOF)
}

// checkMetadata checks what travels with an order. A key in reserved is our own.
func checkMetadata(bad *check.Fields, field string, m map[string]string, reserved string) {
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

// units is an amount in whole units of its currency, and whether it is whole.
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

// number is an amount that was checked, as it is sent; nothing for the zero value.
func number(m wapay.Money) json.Number {
	n, _ := units(m)
	if n == 0 {
		return ""
	}
	return json.Number(strconv.FormatInt(n, 10))
}

// withReference is the metadata with the merchant's reference in it, for calls that have no other place for it.
func withReference(metadata map[string]string, reference string) map[string]string {
	all := make(map[string]string, len(metadata)+1)
	for k, v := range metadata {
		all[k] = v
	}
	all[facts.IntramReference] = reference
	return all
}
