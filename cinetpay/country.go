package cinetpay

import (
	"strconv"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
)

// checkReceiver checks the number of a receiver.
func checkReceiver(bad *check.Fields, field string, p wapay.Phone) {
	switch {
	case p.IsZero():
		bad.Add(field, "is required")
	case facts.CinetPayTransferCurrency(p.CallingCode()) == "":
		bad.Add(field, "is a number of %s, want one of CI, SN, ML, TG, BJ, BF, GN, NE, CM or CD", p.Country())
	}
}

// checkAmount checks an amount in one of the currencies: whole units, and a
// multiple of 5 except in USD, which integrations send otherwise.
func checkAmount(bad *check.Fields, field string, m wapay.Money, in ...wapay.Currency) {
	before := len(*bad)
	bad.Amount(field, m, in...)
	if len(*bad) > before {
		return
	}
	switch whole := m.Currency().Units(1).MinorUnits(); {
	case m.MinorUnits()%whole != 0:
		bad.Add(field, "is %s, want whole units", m)
	case m.Currency() != wapay.USD && m.MinorUnits()%(5*whole) != 0:
		bad.Add(field, "is %s, want a multiple of 5", m)
	}
}

// units returns an amount as the provider wants it: whole units, without the
// decimals, which are all 0.
func units(m wapay.Money) string {
	return strconv.FormatInt(m.MinorUnits()/m.Currency().Units(1).MinorUnits(), 10)
}

// currencyOf returns the currency of a transfer, which the provider does not
// tell, by its receiver. It returns "" for a national number and for one of
// another country.
func currencyOf(receiverE164, receiver string) wapay.Currency {
	digits := strings.TrimPrefix(receiverE164, "+")
	if digits == "" {
		digits = strings.TrimPrefix(receiver, "+")
		if len(digits) < len("225")+8 { // a national number has at most ten digits
			return ""
		}
	}
	if len(digits) < 3 {
		return ""
	}
	return facts.CinetPayTransferCurrency(digits[:3])
}

// receives reports whether a number as the provider shows it, international or
// national, is p's. A number of Benin may have its 01 or not.
func receives(p wapay.Phone, shown string) bool {
	digits := strings.TrimPrefix(strings.TrimPrefix(plain(shown), "+"), "00")
	for _, form := range []wapay.Phone{p, p.BeninTenDigits(), p.BeninEightDigits()} {
		if digits != "" && (digits == form.MSISDN() || digits == form.National()) {
			return true
		}
	}
	return false
}

// plain returns a number without spaces and other separators.
func plain(shown string) string {
	return strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "").Replace(shown)
}

// readable reports whether a number is there, and whole: not masked.
func readable(shown string) bool {
	digits := strings.TrimPrefix(plain(shown), "+")
	return len(digits) >= 8 && strings.Trim(digits, "0123456789") == ""
}
