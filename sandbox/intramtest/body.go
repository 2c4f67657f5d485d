package intramtest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// fields is a body, or an object in it. All complaints about fields come in one
// validation_error. refused is the answer if the documents have another code.
type fields struct {
	kit.Body
	refused *sandbox.Answer
}

// readBody reads a body, and refuses names that are not documented for the
// endpoint.
func readBody(r *sandbox.Request, known string) *fields {
	values, err := kit.ReadObject[any](r.Header.Get("Content-Type"), r.Body)
	f := &fields{Body: kit.NewBody(values)}
	switch err {
	case nil:
		f.NoEmpty = true
		f.OnlyKnown(known)
	case kit.ErrMediaType:
		f.refused = refuse(400, "invalid_body", "The Content-Type must be application/json", nil)
	default:
		f.refused = refuse(400, "invalid_body", "The body is not a JSON object", nil)
	}
	return f
}

// answer returns the refusal of a wrong body, or nil.
func (f *fields) answer() *sandbox.Answer {
	if all := f.Complaints(); len(all) > 0 && f.Values != nil {
		return invalid(all...)
	}
	return f.refused
}

func (f *fields) refuse(code, message string, details kit.Object) {
	if f.refused == nil {
		f.refused = refuse(400, code, message, details)
	}
}

var (
	msisdnPattern  = regexp.MustCompile(`^[1-9][0-9]{7,14}$`)
	phonePattern   = regexp.MustCompile(`^\+?[1-9][0-9]{7,14}$`)
	countryPattern = regexp.MustCompile(`^[A-Z]{2}$`)
	// Benin went from eight to ten digits on 30 November 2024. The documents do
	// not say which form the provider accepts.
	benin = regexp.MustCompile(`^229(01)?[4-9][0-9]{7}$`)
)

// phoneOf checks country_code, whose default is BJ, and msisdn against each
// other. It also checks them against the provider, because all known ones are
// in Benin.
func phoneOf(f kit.Body, provider string) string {
	country, msisdn := f.Text("country_code", 2), f.Text("msisdn", 32)
	f.Match("country_code", country, countryPattern, "must be an ISO 3166 code of two letters")
	f.Match("msisdn", msisdn, msisdnPattern, "must be E.164 without +")
	if country == "" || country == "BJ" {
		f.Match("msisdn", msisdn, benin, "must be a mobile number of BJ")
	} else if provider != "" {
		f.Complain("country_code", "must be the provider's country")
	}
	return msisdn
}

// sum is an amount in minor units of the currency.
type sum struct {
	minor    int64
	currency string
}

var exponents = map[string]int{"XOF": 0, "XAF": 0, "GNF": 0, "EUR": 2, "USD": 2}

// unitOf returns one whole unit of a currency in minor units.
func unitOf(currency string) int64 {
	if exponents[currency] == 2 {
		return 100
	}
	return 1
}

// json returns whole units, with decimals only if there are some.
func (m sum) json() any {
	unit := unitOf(m.currency)
	if m.minor%unit == 0 {
		return m.minor / unit
	}
	return json.Number(fmt.Sprintf("%d.%02d", m.minor/unit, m.minor%unit))
}

var amountPattern = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,13})(\.[0-9]+)?$`)

// money reads amount and currency. The limits are whole units.
func (f *fields) money(in kit.Body, lowest, highest int64) sum {
	currency := in.Need("currency", 255)
	if _, known := exponents[currency]; currency != "" && !known {
		f.refuse("unknown_currency", "Unknown currency", kit.Object{"currency", currency})
	}
	in.Required("amount")
	return f.amount(in, currency, lowest, highest)
}

// amount reads an amount, or returns 0 if there is none.
func (f *fields) amount(in kit.Body, currency string, lowest, highest int64) sum {
	m := sum{currency: currency}
	v, given := in.Values["amount"]
	n, ok := v.(json.Number)
	exp := exponents[currency]
	if !given || v == nil {
		return m
	}
	if !ok || !amountPattern.MatchString(n.String()) {
		in.Complain("amount", "must be a number, written out in full")
		return m
	}
	whole, decimals, _ := strings.Cut(n.String(), ".")
	if len(decimals) > exp {
		in.Complain("amount", "must have at most "+strconv.Itoa(exp)+" decimals")
		return m
	}
	m.minor, _ = strconv.ParseInt(whole+decimals+strings.Repeat("0", exp-len(decimals)), 10, 64)
	unit := unitOf(currency)
	switch {
	case m.minor <= 0 || m.minor < lowest*unit:
		f.refuse("amount_too_small", "The amount is too small", kit.Object{"amount", n, "min", lowest})
	case m.minor > highest*unit:
		f.refuse("amount_too_large", "The amount is too large", kit.Object{"amount", n, "max", highest})
	}
	return m
}
