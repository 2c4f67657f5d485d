package wapay

import "strings"

// phonePlan is one country's numbering plan.
type phonePlan struct {
	iso2, iso3  string
	callingCode string
	trunk       string // the prefix of a national number inside the country, "" if there is none
	// numbers holds the national numbers by length, without the trunk prefix. A
	// mobile number has the first length.
	numbers []phoneRange
}

// phoneRange holds the numbers of one length that begin with certain digits.
// leading lists prefixes and ranges of prefixes of equal length: "01-07 20" for
// 01 to 07 and 20.
type phoneRange struct {
	length  int
	leading string
}

// phonePlans follows libphonenumber's metadata 9.0.32. The mobile ranges are
// exactly the same. Fixed lines hold no mobile money, so a few leading digits
// stand for their long lists. Some numbers pass that are not assigned, but each
// number passes that libphonenumber finds valid. internal/phonecheck compares
// the two.
var phonePlans = [...]phonePlan{
	{"BJ", "BEN", "229", "", []phoneRange{
		{10, "012 014-016 019"},
		{8, "2 4-6 9"},      // the same numbers before 30 November 2024, without 01
		{8, "81 8575 8578"}, // UAN and VoIP, which have eight digits still
	}},
	{"BF", "BFA", "226", "", []phoneRange{{8, "01-07 20 24-25 44-46 50-58 6-7"}}},
	{"CV", "CPV", "238", "", []phoneRange{{7, "22-28 33-36 43 45-46 51-53 58-59 800 9"}}},
	{"CI", "CIV", "225", "", []phoneRange{{10, "01 05 07 21 25 27"}}},
	{"GM", "GMB", "220", "", []phoneRange{{7, "2-3 40-45 5-9"}}},
	{"GH", "GHA", "233", "0", []phoneRange{
		{9, "20 23-24 256-257 26-29 3 50 53-57 591-599 800"},
		{8, "800"},
	}},
	{"GN", "GIN", "224", "", []phoneRange{{9, "60-63 65-66 722"}, {8, "30-31"}}},
	{"GW", "GNB", "245", "", []phoneRange{{9, "443 95 965-966 969 977"}, {7, "40"}}},
	{"LR", "LBR", "231", "0", []phoneRange{
		{9, "220 330 33202 3323-3324 4240 555 760-761 77 88"},
		{8, "2"},
		{7, "46-47 5-6"},
	}},
	{"ML", "MLI", "223", "", []phoneRange{{8, "20-21 40 44 50-53 6-7 80 82-85 89 9"}}},
	{"NE", "NER", "227", "", []phoneRange{{8, "08-09 20-21 23 70 74 76-77 8-9"}}},
	{"NG", "NGA", "234", "0", []phoneRange{
		{10, "20 700-701 7020-7022 7024-7029 703-709 71-72 800-818 8190-8191 901-909 911-916"},
		{11, "700 800"}, {12, "700 800"}, {13, "700 800"}, {14, "700 800"}, // UAN and toll-free
	}},
	{"SN", "SEN", "221", "", []phoneRange{
		{9, "301 308 328 338-339 361 390-391 70-71 721 75-78 790 800 81 88 933 939"},
	}},
	{"SL", "SLE", "232", "0", []phoneRange{{8, "222-224 25 30-35 66 7 80 88 90 99"}}},
	{"TG", "TGO", "228", "", []phoneRange{{8, "222-227 232-233 244-245 255 266-267 277 70-72 78-79 90-93 96-99"}}},
	{"MR", "MRT", "222", "", []phoneRange{{8, "20-24 250 258 26-29 3 40-44 451-457 46-49 800"}}},
	{"CM", "CMR", "237", "", []phoneRange{{9, "222 233 242-243 62 640-641 65-69 88"}, {8, "88"}}},
	{"TD", "TCD", "235", "", []phoneRange{{8, "22 30-31 6 77 85-87 9"}}},
	{"CD", "COD", "243", "0", []phoneRange{
		{9, "12 80-86 89-91 96-99"},
		{7, "1-6 88"}, {8, "276"}, {10, "573"},
	}},
}

// planOf returns the plan of a country in upper case, or nil.
func planOf(iso2 string) *phonePlan {
	for i := range phonePlans {
		if phonePlans[i].iso2 == iso2 {
			return &phonePlans[i]
		}
	}
	return nil
}

// planOfCallingCode returns the plan whose calling code begins the digits, or
// nil.
func planOfCallingCode(digits string) *phonePlan {
	for i := range phonePlans {
		if strings.HasPrefix(digits, phonePlans[i].callingCode) {
			return &phonePlans[i]
		}
	}
	return nil
}

// national returns the national number without the trunk prefix. It reports
// false if the plan does not have it.
func (p *phonePlan) national(digits string) (string, bool) {
	if p.has(digits) {
		return digits, true
	}
	rest := strings.TrimPrefix(digits, p.trunk)
	return rest, p.has(rest)
}

func (p *phonePlan) has(national string) bool {
	for _, r := range p.numbers {
		if len(national) == r.length && beginsWithin(national, r.leading) {
			return true
		}
	}
	return false
}

// mobileLength returns the length of the country's mobile numbers. (LR also has
// some of seven digits.)
func (p *phonePlan) mobileLength() int { return p.numbers[0].length }

// beginsWithin reports whether the digits begin with one of the prefixes of
// leading; see [phoneRange].
func beginsWithin(digits, leading string) bool {
	for leading != "" {
		var item string
		item, leading, _ = strings.Cut(leading, " ")
		low, high, isRange := strings.Cut(item, "-")
		if !isRange {
			high = low
		}
		if start := digits[:len(low)]; low <= start && start <= high {
			return true
		}
	}
	return false
}
