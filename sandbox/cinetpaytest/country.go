package cinetpaytest

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/wapay-go/wapay/sandbox"
)

type limits struct{ low, high int64 }

// country is a country to which money can be sent. Its operator is a made-up
// choice for transfers that name none, because the provider's rule is not
// documented.
type country struct {
	currency, operator string
	limits             limits         // of one transfer; made up; the provider has some but the documents give no figures
	phone              *regexp.Regexp // national mobile numbers
}

// Côte d'Ivoire has had ten digits since 2021. Benin went from eight to ten on
// 30 November 2024. The documents do not say which form the provider accepts.
var countries = map[string]country{
	"225": {"XOF", "OM", francs, regexp.MustCompile(`^0[157][0-9]{8}$`)},
	"221": {"XOF", "OMSN", francs, regexp.MustCompile(`^7[0-9]{8}$`)},
	"223": {"XOF", "OMML", francs, regexp.MustCompile(`^[5-9][0-9]{7}$`)},
	"228": {"XOF", "TMONEYTG", francs, regexp.MustCompile(`^[79][0-9]{7}$`)},
	"229": {"XOF", "MTNBJ", francs, regexp.MustCompile(`^(01)?[4-9][0-9]{7}$`)},
	"226": {"XOF", "OMBF", francs, regexp.MustCompile(`^[0567][0-9]{7}$`)},
	"224": {"GNF", "OMGN", limits{1_000, 15_000_000}, regexp.MustCompile(`^6[0-9]{8}$`)},
	"227": {"XOF", "AIRTELNE", francs, regexp.MustCompile(`^[789][0-9]{7}$`)},
	"237": {"XAF", "OMCM", francs, regexp.MustCompile(`^6[0-9]{8}$`)},
	"243": {"CDF", "OMCD", limits{500, 5_000_000}, regexp.MustCompile(`^[89][0-9]{8}$`)},
}

var (
	francs     = limits{100, 1_500_000}
	currencies = []string{"XOF", "XAF", "CDF", "GNF", "USD"} // of the checkout; transfers have no USD
)

// unit returns one whole unit of a currency in minor units.
func unit(currency string) int64 {
	if currency == "CDF" || currency == "USD" {
		return 100
	}
	return 1
}

// units returns an order's amount in whole units.
func units(o *sandbox.Order) string { return strconv.FormatInt(o.Amount/unit(o.Currency), 10) }

// splitPhone splits an E.164 number, with or without the plus sign.
func splitPhone(e164 string) (prefix, phone string, ok bool) {
	digits := strings.TrimPrefix(e164, "+")
	if len(digits) < 3 {
		return "", "", false
	}
	country, known := countries[digits[:3]]
	return digits[:3], digits[3:], known && country.phone.MatchString(digits[3:])
}
