package wapay

// Network is a mobile network in one country.
type Network struct {
	Country string // ISO 3166-1 alpha-2
	Name    string // "Orange", "MTN", "Moov"
}

// NetworkHint is what a phone number tells of its network.
type NetworkHint struct {
	Network
	// Portable: holders may take their numbers to another network in this country,
	// so the hint may be out of date. Without it, the network is the one that the
	// regulator gave the block to.
	Portable bool
}

// OperatorHint returns the network that holds the number's block. It reports
// false for a number outside of the known blocks, such as a fixed line.
//
// It is a hint and decides nothing: use it to preselect an operator on a form.
// What the customer says, and an [AccountChecker], count for more. An
// [OperatorSpeller] has the provider's word for the network.
func OperatorHint(p Phone) (NetworkHint, bool) {
	p = p.BeninTenDigits()
	for _, plan := range networkPlans {
		if plan.country != p.Country() {
			continue
		}
		for _, n := range plan.networks {
			national := p.National()
			if len(national) == planOf(plan.country).mobileLength() && beginsWithin(national, n.leading) {
				return NetworkHint{Network{plan.country, n.name}, plan.portable}, true
			}
		}
	}
	return NetworkHint{}, false
}
