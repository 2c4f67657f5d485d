package phonecheck

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"

	"github.com/wapay-go/wapay"
)

var callingCodes = map[string]int{
	"BJ": 229, "BF": 226, "CV": 238, "CI": 225, "GM": 220, "GH": 233, "GN": 224, "GW": 245, "LR": 231, "ML": 223,
	"NE": 227, "NG": 234, "SN": 221, "SL": 232, "TG": 228, "MR": 222, "CM": 237, "TD": 235, "CD": 243,
}

var trunk = map[string]string{"GH": "0", "NG": "0", "SL": "0", "LR": "0", "CD": "0"}

// looser lists, by country and length of the national number, the leading
// digits under which wapay takes numbers that libphonenumber does not. BJ/8 is
// the plan of before 30 November 2024. The others are fixed lines (in SN also
// shared cost, premium rate and VoIP) whose ranges are cut short in wapay's
// table.
var looser = map[string]string{
	"BJ/8":  "2 4 5 6 9",
	"BF/8":  "20 24 25",
	"CV/7":  "22 23 24 25 27 28",
	"CI/10": "27",
	"GM/7":  "44 55 56 57",
	"GH/9":  "3",
	"GN/8":  "30",
	"ML/8":  "20 21 40 44",
	"NE/8":  "20 21",
	"NG/10": "20",
	"SN/9":  "301 308 328 338 339 361 81 88 933 939",
	"SL/8":  "222 223 224",
	"TD/8":  "22",
}

// looserAt returns the entry of looser that a national number falls under, ""
// if none.
func looserAt(iso2, national string) string {
	key := fmt.Sprintf("%s/%d", iso2, len(national))
	for _, leading := range strings.Fields(looser[key]) {
		if strings.HasPrefix(national, leading) {
			return key + " " + leading
		}
	}
	return ""
}

// TestSweep compares the verdicts on national numbers with every five leading
// digits in each length that libphonenumber deems possible (none of its
// patterns looks further), and on every three leading digits in the other
// lengths.
func TestSweep(t *testing.T) {
	for iso2 := range callingCodes {
		t.Run(iso2, func(t *testing.T) {
			t.Parallel()
			used := map[string]bool{}
			for length := 4; length <= 15; length++ {
				lead, count := 3, 1000
				if possible(iso2, length) {
					lead, count = 5, 100000
				}
				for i := range count {
					sweepOne(t, iso2, fmt.Sprintf("%0*d", lead, i)+"4444444444444"[:length-lead], used)
				}
			}
			for key, leads := range looser {
				for _, leading := range strings.Fields(leads) {
					if strings.HasPrefix(key, iso2) && !used[key+" "+leading] {
						t.Errorf("listed as looser, and is not: %s %s", key, leading)
					}
				}
			}
		})
	}
}

func sweepOne(t *testing.T, iso2, national string, used map[string]bool) {
	t.Helper()
	if trunk[iso2] != "" && strings.HasPrefix(national, trunk[iso2]) {
		return // not a national number, but one with its trunk prefix
	}
	theirs := phonenumbers.IsValidNumberForRegion(numberOf(iso2, national), iso2)
	p, err := wapay.ParsePhone(fmt.Sprintf("+%d%s", callingCodes[iso2], national), iso2)
	if err == nil && p.National() != national {
		t.Errorf("%s %s became %s", iso2, national, p.National())
	}
	switch ours := err == nil; {
	case theirs && !ours:
		t.Errorf("%s %s is valid, and refused: %v", iso2, national, err)
	case ours && !theirs:
		at := looserAt(iso2, national)
		if at == "" {
			t.Errorf("%s %s is not valid, and accepted", iso2, national)
		}
		used[at] = true
	}
}

// numberOf builds libphonenumber's form of a national number, without parsing.
func numberOf(iso2, national string) *phonenumbers.PhoneNumber {
	code, value := int32(callingCodes[iso2]), uint64(0)
	for _, digit := range national {
		value = 10*value + uint64(digit-'0')
	}
	number := &phonenumbers.PhoneNumber{CountryCode: &code, NationalNumber: &value}
	if zeros := int32(len(national) - len(strings.TrimLeft(national, "0"))); zeros > 0 {
		leading := true
		number.ItalianLeadingZero, number.NumberOfLeadingZeros = &leading, &zeros
	}
	return number
}

func possible(iso2 string, length int) bool {
	return phonenumbers.IsPossibleNumberWithReason(numberOf(iso2, strings.Repeat("4", length))) == phonenumbers.IS_POSSIBLE
}

// TestForms compares what both make of numbers as people write them:
// libphonenumber's example of every type of line, and every number that differs
// from one in its first or second digit or by one digit more or less, each in
// national and international forms.
func TestForms(t *testing.T) {
	var total, valid int
	for iso2, code := range callingCodes {
		for _, national := range samples(iso2) {
			cc := fmt.Sprint(code)
			half := len(national) / 2
			spaced := national[:half] + " " + national[half:]
			for _, form := range []struct{ number, iso2 string }{
				{national, iso2},
				{spaced, strings.ToLower(iso2)},
				{"0" + national, iso2},
				{cc + national, iso2},
				{cc + "0" + national, iso2},
				{"+" + cc + national, iso2},
				{"+" + cc + national, ""},
				{"(+" + cc + ") (0)" + strings.ReplaceAll(spaced, " ", "-"), iso2},
				{"+" + cc + "\u00a0" + strings.ReplaceAll(spaced, " ", "\u202f"), "TG"},
				{"00" + cc + " " + strings.ReplaceAll(spaced, " ", "."), iso2},
			} {
				total++
				if compare(t, form.number, form.iso2) {
					valid++
				}
			}
		}
	}
	t.Logf("%d forms, %d valid", total, valid)
	if valid < 1000 || total-valid < 1000 {
		t.Error("too few forms")
	}
}

// compare reports whether libphonenumber accepts the number for the country.
// wapay must agree, but for looser.
func compare(t *testing.T, number, iso2 string) bool {
	t.Helper()
	p, err := wapay.ParsePhone(number, iso2)
	// wapay takes 00 in every country, where libphonenumber knows 009 in NG and
	// 0 in CV, and the narrow no-break space, which libphonenumber does not
	// know.
	read := strings.ReplaceAll(number, "\u202f", " ")
	if rest, ok := strings.CutPrefix(read, "00"); ok {
		read = "+" + rest
	}
	region := strings.ToUpper(iso2)
	theirs, theirErr := phonenumbers.Parse(read, region)
	if theirErr == nil && (iso2 == "" || strings.Contains(read, "+")) { // international, of any of our countries
		at := phonenumbers.GetRegionCodeForCountryCode(int(theirs.GetCountryCode()))
		if _, ours := callingCodes[at]; ours {
			region = at
		}
	}
	ok := theirErr == nil && phonenumbers.IsValidNumberForRegion(theirs, region)
	if !ok {
		if err == nil && looserAt(p.Country(), p.National()) == "" {
			t.Errorf("ParsePhone(%q, %q) = %v, which libphonenumber does not accept", number, iso2, p)
		}
		return false
	}
	if err != nil {
		t.Errorf("ParsePhone(%q, %q): %v, but libphonenumber accepts it", number, iso2, err)
		return true
	}
	alpha3, err := language.ParseRegion(region)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{p.E164(), p.National(), p.Country(), p.CallingCode(), p.CountryAlpha3()}
	want := []string{
		phonenumbers.Format(theirs, phonenumbers.E164),
		phonenumbers.GetNationalSignificantNumber(theirs),
		phonenumbers.GetRegionCodeForNumber(theirs),
		fmt.Sprint(theirs.GetCountryCode()),
		alpha3.ISO3(),
	}
	if !slices.Equal(got, want) {
		t.Errorf("ParsePhone(%q, %q) is %q, libphonenumber says %q", number, iso2, got, want)
	}
	return true
}

func samples(iso2 string) []string {
	var all []string
	for kind := phonenumbers.FIXED_LINE; kind < phonenumbers.UNKNOWN; kind++ {
		example := phonenumbers.GetExampleNumberForType(iso2, kind)
		if example == nil || example.GetNationalNumber() == 0 {
			continue
		}
		n := phonenumbers.GetNationalSignificantNumber(example)
		all = append(all, n, n[1:], n[:len(n)-1], n+"4")
		for digit := '0'; digit <= '9'; digit++ {
			all = append(all, string(digit)+n[1:], n[:1]+string(digit)+n[2:])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestAmbiguousNumbers compares numbers that libphonenumber and wapay could
// read in more than one way, or must refuse.
func TestAmbiguousNumbers(t *testing.T) {
	for _, tt := range []struct{ number, iso2 string }{
		{"+22670656188", "TG"}, {"70656188", ""}, {"22670656188", ""},
		{"22670656188", "TG"}, {"2201234", "GM"}, {"2202201234", "GM"}, {"2431234", "CD"}, {"2431234567", "CD"},
		{"233012345", "GH"}, {"233233012345", "GH"}, {"2330233012345", "GH"}, {"00233012345", "GH"},
		{"229012345", "BJ"}, {"22901234567", "BJ"}, {"2290197000000", "BJ"}, {"0197000000", "BJ"},
		{"07123456", "CI"}, {"22507123456", "CI"}, {"+22507123456", ""}, {"2250707123456", "CI"},
		{"22322345", "ML"}, {"22320212345", "ML"}, {"2232345", "CV"}, {"2382382345", "CV"},
		{"+2340800123456789", "NG"}, {"08001234567", "NG"}, {"234800123456789", "NG"},
		{"", "BF"}, {"+", ""}, {"++", "BF"}, {"7", "BF"}, {"000000000000", "BF"}, {"+00022670656188", ""},
		{"99999999999999999999", "NG"},
	} {
		compare(t, tt.number, tt.iso2)
	}
}

// TestIntendedDifferences holds what wapay decides otherwise on purpose.
func TestIntendedDifferences(t *testing.T) {
	for _, tt := range []struct {
		number, iso2, why string
		ours, theirs      bool
	}{
		{"97000000", "BJ", "Benin's old form is read", true, false},
		{"+22997000000", "", "Benin's old form is read", true, false},
		{"70\u202f65\u202f61\u202f88", "BF", "narrow no-break spaces", true, false},
		{"+226 70 65 61 88 ext. 5", "BF", "no extensions", false, true},
		{"tel:+22670656188", "BF", "no URIs", false, true},
		{"call 70656188", "BF", "no text around the number", false, true},
		{"706MOOV8", "BF", "no letters for digits", false, true},
		{"７０６５６１８８", "BF", "ASCII digits only", false, true},
		{"70/65/61/88", "BF", "no other separators", false, true},
		{"++22670656188", "BF", "one plus", false, true},
		{"70--656188", "BF", "one dash at a time", false, true},
		{"002348021234567", "NG", "00 in every country", true, false},
		{"0092348021234567", "NG", "only 00", false, true},
		{"02389911234", "CV", "only 00", false, true},
		{"1623563012345", "TD", "only 00", false, true},
		{"+33612345678", "", "19 countries", false, true},
	} {
		_, err := wapay.ParsePhone(tt.number, tt.iso2)
		number, theirErr := phonenumbers.Parse(tt.number, tt.iso2)
		region := tt.iso2
		if region == "" && theirErr == nil {
			region = phonenumbers.GetRegionCodeForCountryCode(int(number.GetCountryCode()))
		}
		theirs := theirErr == nil && phonenumbers.IsValidNumberForRegion(number, region)
		if (err == nil) != tt.ours || theirs != tt.theirs {
			t.Errorf("%q (%s): wapay %v, libphonenumber valid=%t (%v)", tt.number, tt.why, err, theirs, theirErr)
		}
	}
}
