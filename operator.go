package wapay

// Network is a mobile network in one country.
type Network struct {
	Country string // ISO 3166-1 alpha-2
	Name    string // "Orange", "MTN", "Moov"
}

// NetworkHint is the network that a phone number points to.
type NetworkHint struct {
	Network
	Basis HintBasis
}

// HintBasis is what a [NetworkHint] rests on. docs/providers/operators.md has
// the sources of each country.
type HintBasis string

// The bases of a hint, from the surest to the least sure.
const (
	// BasisPlan: the regulator gave the block of numbers to the network. No
	// source says that holders may take their numbers to another network.
	BasisPlan HintBasis = "plan"
	// BasisPortablePlan: the regulator gave the block to the network, and
	// holders may take their numbers to another.
	BasisPortablePlan HintBasis = "portable plan"
	// BasisCarrierData: only the carrier data of libphonenumber name the
	// network. They also come from operators and users.
	BasisCarrierData HintBasis = "carrier data"
)

// OperatorHint returns the network that holds the number's block. It reports
// false for a number outside of the known blocks, such as a fixed line. It also
// reports false if the plan and the carrier data name different networks.
//
// Use the hint to preselect an operator on a form, not to decide. The customer
// knows better, and so does an [AccountChecker]. An [OperatorSpeller] has the
// provider's word for the network.
func OperatorHint(p Phone) (NetworkHint, bool) {
	p = p.BeninTenDigits()
	for _, plan := range networkPlans {
		if plan.country == p.Country() {
			return plan.hint(p.National())
		}
	}
	return NetworkHint{}, false
}

func (p *networkPlan) hint(national string) (NetworkHint, bool) {
	if len(national) != planOf(p.country).mobileLength() {
		return NetworkHint{}, false
	}
	basis := BasisPlan
	if p.portable {
		basis = BasisPortablePlan
	}
	for _, n := range p.networks {
		if beginsWithin(national, n.plan) {
			return NetworkHint{Network{p.country, n.name}, basis}, true
		}
	}
	for _, n := range p.networks {
		if beginsWithin(national, n.carrier) {
			return NetworkHint{Network{p.country, n.name}, BasisCarrierData}, true
		}
	}
	return NetworkHint{}, false
}
