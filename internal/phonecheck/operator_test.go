package phonecheck

import (
	"fmt"
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

// TestOperators compares the network of each block of mobile numbers, by four
// leading digits, with the carrier data.
func TestOperators(t *testing.T) {
	for iso2, code := range callingCodes {
		t.Run(iso2, func(t *testing.T) {
			t.Parallel()
			hints := 0
			for i := range 10000 {
				for _, length := range []int{7, 8, 9, 10} {
					national := fmt.Sprintf("%04d", i) + "4444444444"[:length-4]
					p, err := wapay.ParsePhone(fmt.Sprintf("+%d%s", code, national), "")
					if err != nil || p.National() != national {
						continue
					}
					if p != p.BeninTenDigits() { // the carrier data know the new form
						continue
					}
					hint, ok := wapay.OperatorHint(p)
					n, err := phonenumbers.Parse(p.E164(), "ZZ")
					if err != nil || !phonenumbers.IsValidNumber(n) {
						if ok {
							t.Fatalf("%s: a hint for a number that is not valid: %v", p.E164(), hint)
						}
						continue
					}
					if len(national) != len(phonenumbers.GetNationalSignificantNumber(phonenumbers.GetExampleNumberForType(iso2, phonenumbers.MOBILE))) {
						if ok {
							t.Fatalf("%s: a hint for a number that is not mobile: %v", p.E164(), hint)
						}
						continue
					}
					want, _ := phonenumbers.GetCarrierForNumber(n, "en")
					if brand, ok := brands[iso2+" "+want]; ok {
						want = brand
					}
					if hint.Name != want {
						t.Fatalf("%s: %q, libphonenumber has %q", p.E164(), hint.Name, want)
					}
					if !ok {
						continue
					}
					hints++
					if hint.Country != iso2 {
						t.Fatalf("%s: a hint for %s", p.E164(), hint.Country)
					}
					if phonenumbers.IsMobileNumberPortableRegion(iso2) && !hint.Portable {
						t.Fatalf("%s: libphonenumber knows the country for number portability", iso2)
					}
				}
			}
			if hints == 0 {
				t.Error("not one hint")
			}
		})
	}
}
