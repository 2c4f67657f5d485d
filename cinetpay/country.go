package cinetpay

import (
	"strconv"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
)

func checkReceiver(bad *check.Fields, field string, p wapay.Phone) {
	switch {
	case p.IsZero():
		bad.Add(field, "is required")
	case facts.CinetPayTransferCurrency(p.CallingCode()) == "":
		bad.Add(field, "is a number of %s, want one of CI, SN, ML, TG, BJ, BF, GN, NE, CM or CD", p.Country())
	}
}

// checkAmount checks an amount in one of the currencies. It must be in whole
// units and a multiple of 5. Integrations send other amounts of USD, so USD
// need not be a multiple.
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

// units returns an amount in whole units, without decimals.
func units(m wapay.Money) string {
	return strconv.FormatInt(m.MinorUnits()/m.Currency().Units(1).MinorUnits(), 10)
}

// currencyOf returns the currency of a transfer by its receiver, because the
// provider does not show it. It returns "" for a national number and for an
// unknown country.
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

// receives reports whether the provider shows the number p, in international or
// national form. A number of Benin may lack its 01.
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

// readable reports whether a number is complete and not masked.
func readable(shown string) bool {
	digits := strings.TrimPrefix(plain(shown), "+")
	return len(digits) >= 8 && strings.Trim(digits, "0123456789") == ""
}
