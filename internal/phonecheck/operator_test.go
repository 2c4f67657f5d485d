package phonecheck

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/wapay-go/wapay"
)

// brands has the names under which networks sell today, where the carrier data
// have an older one.
var brands = map[string]string{
	"BF Onatel": "Moov", "BF Telecel Faso": "Telecel", "ML Sotelma": "Moov", "ML Atel": "Telecel", "TG Togo Telecom": "Togocom",
	"GN Areeba": "MTN", "LR Lonestar Cell": "MTN", "CM MTN Cameroon": "MTN", "CM NEXTTEL": "Nexttel", "NE Orange": "Zamani",
	"TD Tigo": "Moov", "SL QCELL": "QCell", "MR Mauritel": "Moov",
}

// differences lists the blocks that the carrier data give to a network and the
// plan to another, for which there is no hint.
var differences = map[string][]struct{ leading, theirs, reason string }{
	"CV": {{"991", "CVMOVEL", "the plan of 2010 gives it to T+"}},
	"GM": {
		{"40", "Africell", "the plan of 2018 has 4 for Gamtel's fixed lines"},
		{"41", "Africell", "as 40"},
		{"45", "Africell", "as 40"},
		{"84", "Comium", "the plan of 2018 gives 8 to Gamtel"},
		{"85", "Comium", "as 84"},
		{"86", "Comium", "as 84"},
		{"87", "Comium", "as 84"},
	},
	"GN": {{"631", "Intercel", "the plan of 2013 gives it to Cellcom"}},
	"LR": {{"555", "MTN", "the plan of 2018 gives it to Novafone"}},
	"NG": {
		{"7022", "Ntel", "the plan of 2022 gives it to ICN"},
		{"7027", "Multilinks", "the plan of 2022 gives it to Visafone, which is MTN"},
		{"804", "Ntel", "the plan of 2022 gives it to M-Tel"},
	},
	"SN": {{"757", "Promobile", "the plan of 2023 gives it to Origines"}},
	"SL": {{"33", "Africell", "the plan of 2022 gives it to Comium"}},
	"CD": {
		{"80", "Orange", "the plan of 2013 gives it to Supercell"},
		{"89", "Orange", "the plan of 2013 gives it to Saint-Télécom"},
	},
}

// planless has the countries whose plan could not be read. Their hints come
// from the carrier data, so that the comparison says nothing of them.
var planless = map[string]bool{"BJ": true}

// portable has the countries in which holders may take their numbers to another
// network, though libphonenumber does not know.
var portable = map[string]string{
	"CI": "since 3 September 2018", "SN": "since 2015", "TG": "since 3 May 2024",
	"TD": "a decree of 8 October 2020 obliges the operators", "CD": "a law of 25 November 2020 gives the right",
}

// TestOperators compares the network of each block of mobile numbers, by four
// leading digits, with the carrier data.
func TestOperators(t *testing.T) {
	for iso2 := range callingCodes {
		t.Run(iso2, func(t *testing.T) {
			t.Parallel()
			bases, used := map[wapay.HintBasis]int{}, map[string]bool{}
			for i := range 10000 {
				for _, length := range []int{7, 8, 9, 10} {
					compareOperator(t, iso2, fmt.Sprintf("%04d", i)+"4444444444"[:length-4], bases, used)
				}
			}
			for _, d := range differences[iso2] {
				if !used[d.leading] {
					t.Errorf("%s is listed as a difference, and is none", d.leading)
				}
			}
			t.Logf("blocks of four digits: %v", bases)
			if planned := bases[wapay.BasisPlan] + bases[wapay.BasisPortablePlan]; (planned == 0) != planless[iso2] {
				t.Errorf("%d blocks rest on a plan", planned)
			}
			isPortable := phonenumbers.IsMobileNumberPortableRegion(iso2)
			if isPortable && portable[iso2] != "" {
				t.Error("libphonenumber knows the country for number portability")
			}
			isPortable = isPortable || portable[iso2] != ""
			if isPortable && bases[wapay.BasisPlan] > 0 || !isPortable && bases[wapay.BasisPortablePlan] > 0 {
				t.Errorf("portable: %t, and the hints say otherwise", isPortable)
			}
		})
	}
}

// compareOperator compares the hint for one national number with the carrier
// data. It counts the hint by its basis, and marks the difference that explains
// it.
func compareOperator(t *testing.T, iso2, national string, bases map[wapay.HintBasis]int, used map[string]bool) {
	t.Helper()
	p, err := wapay.ParsePhone(fmt.Sprintf("+%d%s", callingCodes[iso2], national), "")
	if err != nil || p.National() != national || p != p.BeninTenDigits() { // the carrier data know the new form only
		return
	}
	hint, ok := wapay.OperatorHint(p)
	n, err := phonenumbers.Parse(p.E164(), "ZZ")
	example := phonenumbers.GetExampleNumberForType(iso2, phonenumbers.MOBILE)
	isMobile := err == nil && phonenumbers.IsValidNumber(n) &&
		len(national) == len(phonenumbers.GetNationalSignificantNumber(example))
	if !isMobile {
		if ok {
			t.Errorf("%s: a hint for a number that is not valid or not mobile: %v", p.E164(), hint)
		}
		return
	}
	theirs, _ := phonenumbers.GetCarrierForNumber(n, "en")
	if brand, ok := brands[iso2+" "+theirs]; ok {
		theirs = brand
	}
	if ok {
		bases[hint.Basis]++
	}
	if ok && hint.Country != iso2 {
		t.Errorf("%s: a hint for %s", p.E164(), hint.Country)
	}
	if hint.Name == theirs {
		return
	}
	for _, d := range differences[iso2] {
		if strings.HasPrefix(national, d.leading) && !ok && theirs == d.theirs {
			used[d.leading] = true
			return
		}
	}
	t.Errorf("%s: %q, libphonenumber has %q", p.E164(), hint.Name, theirs)
}
