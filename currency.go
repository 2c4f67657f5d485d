package wapay

// Currency is an ISO 4217 alphabetic code, upper case.
type Currency string

// The currencies of this library's providers.
const (
	XOF Currency = "XOF" // West African CFA franc, no minor unit
	XAF Currency = "XAF" // Central African CFA franc, no minor unit
	GNF Currency = "GNF" // Guinean franc, no minor unit
	SLE Currency = "SLE" // Sierra Leonean leone since 2022, 1 leone = 100 cents
	CDF Currency = "CDF" // Congolese franc, 1 franc = 100 centimes
	GHS Currency = "GHS" // Ghanaian cedi, 1 cedi = 100 pesewas
	NGN Currency = "NGN" // Nigerian naira, 1 naira = 100 kobo
	GMD Currency = "GMD" // Gambian dalasi, 1 dalasi = 100 bututs
	LRD Currency = "LRD" // Liberian dollar, 1 dollar = 100 cents
	CVE Currency = "CVE" // Cape Verdean escudo, 1 escudo = 100 centavos
	MRU Currency = "MRU" // Mauritanian ouguiya since 2018; ISO 4217 gives it two decimals
	USD Currency = "USD" // US dollar, 1 dollar = 100 cents
	EUR Currency = "EUR" // Euro, 1 euro = 100 cents
)

// Exponent returns how many decimals the currency has: 0 for XOF, 2 for SLE. A
// currency that is not among the constants of this package has 2, like most
// currencies of ISO 4217.
func (c Currency) Exponent() int {
	switch c {
	case XOF, XAF, GNF:
		return 0
	default:
		return 2
	}
}

// Known reports whether the currency is among the constants of this package.
// Requests in another one are refused, because its number of decimals would be
// a guess.
func (c Currency) Known() bool {
	switch c {
	case XOF, XAF, GNF, SLE, CDF, GHS, NGN, GMD, LRD, CVE, MRU, USD, EUR:
		return true
	}
	return false
}

// Units returns n whole units: XOF.Units(5000) is 5,000 francs, SLE.Units(5) is
// 5.00 leones. If n is too large for a [Money], the result is not
// [Money.Valid], and every call refuses it.
func (c Currency) Units(n int64) Money {
	scaled := n
	for range c.Exponent() {
		if scaled > maxMinor/10 || scaled < -maxMinor/10 {
			return Money{minor: invalidMinor, currency: c}
		}
		scaled *= 10
	}
	return c.Minor(scaled)
}

// Minor returns n minor units: SLE.Minor(1250) is 12.50 leones; XOF.Minor(5000)
// is 5,000 francs, because the franc has no minor unit.
func (c Currency) Minor(n int64) Money { return Money{minor: n, currency: c} }
