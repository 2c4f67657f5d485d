package wapay_test

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/wapay-go/wapay"
)

var (
	_ slog.LogValuer           = wapay.Phone{}
	_ encoding.TextMarshaler   = wapay.Phone{}
	_ encoding.TextUnmarshaler = &wapay.Phone{}
)

func ExampleParsePhone() {
	phone, err := wapay.ParsePhone("70 65 61 88", "BF")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(phone.E164(), phone.MSISDN(), phone.CallingCode(), phone.National(), phone.CountryAlpha3())

	_, err = wapay.ParsePhone("+225 07 12 34 56", "CI")
	fmt.Println(err)
	// Output:
	// +22670656188 22670656188 226 70656188 BFA
	// wapay: phone number of CI with the eight digits used until 31 January 2021: want ten
}

func ExamplePhone_BeninEightDigits() {
	phone, err := wapay.ParsePhone("01 97 00 00 00", "BJ")
	if err != nil {
		fmt.Println(err)
		return
	}
	old := phone.BeninEightDigits()
	fmt.Println(phone, old, old.BeninTenDigits() == phone)
	// Output: +2290197000000 +22997000000 true
}

func TestPhoneForms(t *testing.T) {
	for _, tt := range []struct{ number, iso2, want string }{
		{"+22670656188", "BF", "+22670656188"},
		{"+22670656188", "", "+22670656188"},
		{"0022670656188", "", "+22670656188"},
		{"22670656188", "bf", "+22670656188"},
		{"70656188", "Bf", "+22670656188"},
		{"70 65 61 88", "BF", "+22670656188"},
		{" 70-65.61-88 ", "BF", "+22670656188"},
		{"(+226) 70 65 61 88", "BF", "+22670656188"},
		{"+(226) 70.65.61.88", "", "+22670656188"},
		{"00 226 70 - 65 - 61 - 88", "BF", "+22670656188"},
		{"+226\u00a070\u202f65\u202f61\u202f88", "BF", "+22670656188"},
		{"01020304", "BF", "+22601020304"},
		{"07 07 12 34 56", "CI", "+2250707123456"},
		{"2250707123456", "CI", "+2250707123456"},
		{"024 123 4567", "GH", "+233241234567"},
		{"24 123 4567", "GH", "+233241234567"},
		{"+233 (0)24 123 4567", "GH", "+233241234567"},
		{"2330241234567", "GH", "+233241234567"},
		{"0803 123 4567", "NG", "+2348031234567"},
		{"076 123456", "SL", "+23276123456"},
		{"0770 123 456", "LR", "+231770123456"},
		{"0991234567", "CD", "+243991234567"},
		{"01 97 00 00 00", "BJ", "+2290197000000"},
		{"97 00 00 00", "BJ", "+22997000000"},
		{"+229 97 00 00 00", "", "+22997000000"},
		{"22997000000", "BJ", "+22997000000"},
		{"22901234567", "BJ", ""},            // 229 and eight digits that begin with 01
		{"22997000", "BJ", "+22922997000"},   // an old fixed line, not 229 and five digits
		{"2201234", "GM", "+2202201234"},     // a mobile number, not 220 and four digits
		{"220 2201234", "GM", "+2202201234"}, // with the calling code
		{"2337012345", "CV", ""},             // the calling code of GH does not count in bare digits
		{"+226 070656188", "BF", ""},         // no trunk prefix there
		{"00024 123 4567", "GH", ""},         // 00 makes it international
		{"0024123456", "GH", ""},
		{"+0022670656188", "BF", ""}, // plus or 00
		{"22670656188", "", ""},      // bare digits need a country
		{"70656188", "", ""},
		{"+22670656188", "TG", "+22670656188"}, // the country is for national numbers
		{"0022670656188", "TG", "+22670656188"},
		{"+229 01 61 23 45 67", "BF", "+2290161234567"},
		{"22670656188", "TG", ""},
		{"+33612345678", "", ""},
		{"+33612345678", "FR", ""},
		{"7065618", "BF", ""},   // short
		{"706561888", "BF", ""}, // long
		{"10656188", "BF", ""},  // leading digits not in use
		{"07123456", "CI", ""},  // old plan
		{"22507123456", "CI", ""},
		{"", "BF", ""}, {"+", "", ""}, {"00", "", ""}, {"()", "BF", ""}, {" ", "BF", ""},
		{"++22670656188", "", ""}, {"+226+70656188", "", ""}, {"70+656188", "BF", ""},
		{"70656188x", "BF", ""}, {"7O656188", "BF", ""}, {"+226 70 65 61 88 ext. 2", "", ""},
		{"٧٠٦٥٦١٨٨", "BF", ""}, {"７０６５６１８８", "BF", ""}, {"70\t656188", "BF", ""}, {"70656188\n", "BF", ""},
		{"70--656188", "BF", ""}, {"-70656188", "BF", ""}, {"70656188-", "BF", ""},
		{"(70656188", "BF", ""}, {"70)656188", "BF", ""}, {"((70))656188", "BF", ""},
		{"70656188\x00", "BF", ""}, {"70\xff656188", "BF", ""}, {"70656188" + strings.Repeat(" ", 33), "BF", ""},
		{"70656188", "BFA", ""}, {"70656188", "B", ""}, {"70656188", "B1", ""}, {"70656188", " BF", ""}, {"70656188", "ſn", ""},
		{"BF", "70656188", ""},
	} {
		p, err := wapay.ParsePhone(tt.number, tt.iso2)
		if got := p.E164(); got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("ParsePhone(%q, %q) = %q, %v; want %q", tt.number, tt.iso2, got, err, tt.want)
		}
	}
}

func TestPhoneCountries(t *testing.T) {
	for _, tt := range []struct{ code, national, iso2, iso3 string }{
		{"229", "0195123456", "BJ", "BEN"}, {"226", "70123456", "BF", "BFA"}, {"238", "9911234", "CV", "CPV"},
		{"225", "0123456789", "CI", "CIV"}, {"220", "3012345", "GM", "GMB"}, {"233", "231234567", "GH", "GHA"},
		{"224", "601123456", "GN", "GIN"}, {"245", "955012345", "GW", "GNB"}, {"231", "770123456", "LR", "LBR"},
		{"223", "65012345", "ML", "MLI"}, {"227", "93123456", "NE", "NER"}, {"234", "8021234567", "NG", "NGA"},
		{"221", "701234567", "SN", "SEN"}, {"232", "25123456", "SL", "SLE"}, {"228", "90112345", "TG", "TGO"},
		{"222", "22123456", "MR", "MRT"}, {"237", "671234567", "CM", "CMR"}, {"235", "63012345", "TD", "TCD"},
		{"243", "991234567", "CD", "COD"},
	} {
		p, err := wapay.ParsePhone(tt.national, tt.iso2)
		if err != nil {
			t.Errorf("%s: %v", tt.iso2, err)
			continue
		}
		got := [...]string{p.CallingCode(), p.National(), p.Country(), p.CountryAlpha3(), p.E164(), p.MSISDN(), p.String()}
		msisdn := tt.code + tt.national
		want := [...]string{tt.code, tt.national, tt.iso2, tt.iso3, "+" + msisdn, msisdn, "+" + msisdn}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if same, err := wapay.ParsePhone("00"+msisdn, ""); same != p || err != nil {
			t.Errorf("00%s is %v, %v", msisdn, same, err)
		}
		if p.Country() != "BJ" && (p.BeninTenDigits() != p || p.BeninEightDigits() != p) {
			t.Errorf("%v changed as if of Benin", p)
		}
	}
}

func TestPhoneErrors(t *testing.T) {
	for _, tt := range []struct{ number, iso2, want string }{
		{"7065618", "BF", "wapay: phone number of BF with 7 digits: a mobile number has 8 after +226"},
		{"2267065618", "BF", "wapay: phone number of BF with 7 digits: a mobile number has 8 after +226"},
		{"022670656", "GH", "wapay: phone number of GH with 8 digits: a mobile number has 9 after +233 or after a first 0"},
		{"30000000", "BJ", "wapay: phone number of BJ with 8 digits: a mobile number has 10 after +229"},
		{"+225 07123456", "CI", "wapay: phone number of CI with the eight digits used until 31 January 2021: want ten"},
		{"22507123456", "CI", "wapay: phone number of CI with the eight digits used until 31 January 2021: want ten"},
		{"10656188", "BF", "wapay: no phone number of BF with 8 digits begins as this one does"},
		{"+33612345678", "", "wapay: phone number with the calling code of a country that is not supported"},
		{"70656188", "fr", "wapay: phone numbers of FR are not supported"},
		{"BF", "70656188", `wapay: the country of a phone number must be two letters, such as "BF"`},
		{"70656188", "", "wapay: a phone number without a country must begin with + or 00 and a calling code"},
		{"70a656188", "BF", `wapay: phone number with 'a' out of place at byte 2`},
		{"7065-", "BF", "wapay: phone number that breaks off after a separator"},
		{" ", "BF", "wapay: phone number without digits"},
		{strings.Repeat("7", 41), "BF", "wapay: phone number of 41 bytes, more than 40"},
	} {
		_, err := wapay.ParsePhone(tt.number, tt.iso2)
		if err == nil || err.Error() != tt.want {
			t.Errorf("ParsePhone(%q, %q): %v, want %s", tt.number, tt.iso2, err, tt.want)
		}
	}
}

func TestPhoneBenin(t *testing.T) {
	for _, tt := range []struct{ number, ten, eight string }{
		{"+2290197000000", "+2290197000000", "+22997000000"},
		{"+22997000000", "+2290197000000", "+22997000000"},
		{"+2290121300000", "+2290121300000", "+22921300000"},
		{"+22981123456", "+22981123456", "+22981123456"}, // a UAN has eight digits in both plans
		{"+22670656188", "+22670656188", "+22670656188"},
		{"", "", ""},
	} {
		var p wapay.Phone
		if err := p.UnmarshalText([]byte(tt.number)); err != nil {
			t.Errorf("%s: %v", tt.number, err)
		}
		ten, eight := p.BeninTenDigits(), p.BeninEightDigits()
		if p.E164() != tt.number || ten.E164() != tt.ten || eight.E164() != tt.eight {
			t.Errorf("%q: kept as %q, ten digits %q, eight %q", tt.number, p, ten, eight)
		}
		if !p.IsZero() && (ten.Country() != p.Country() || eight.BeninTenDigits() != ten || ten.BeninEightDigits() != eight) {
			t.Errorf("%q does not convert back and forth", tt.number)
		}
	}
}

func TestPhoneText(t *testing.T) {
	type order struct{ Phone wapay.Phone }
	for _, tt := range []struct{ in, number string }{
		{`{"Phone":"+22670656188"}`, "+22670656188"},
		{`{"Phone":"00226 70 65 61 88"}`, "+22670656188"},
		{`{"Phone":""}`, ""},
		{`{"Phone":null}`, ""},
	} {
		var o order
		if err := json.Unmarshal([]byte(tt.in), &o); err != nil {
			t.Errorf("%s: %v", tt.in, err)
		}
		out, err := json.Marshal(o)
		if want := `{"Phone":"` + tt.number + `"}`; string(out) != want || err != nil {
			t.Errorf("%s became %s, %v; want %s", tt.in, out, err, want)
		}
	}
	p, err := wapay.ParsePhone("70656188", "BF")
	if err != nil {
		t.Fatal(err)
	}
	kept := p
	if err := p.UnmarshalText([]byte("70656188")); err == nil || p != kept {
		t.Errorf("after a national number as text: %v, %v", p, err)
	}
}

func TestPhoneZero(t *testing.T) {
	var p wapay.Phone
	for _, got := range []string{
		p.E164(), p.MSISDN(), p.CallingCode(), p.National(), p.Country(), p.CountryAlpha3(), p.String(),
		p.LogValue().String(), p.BeninTenDigits().E164(), p.BeninEightDigits().E164(),
	} {
		if got != "" {
			t.Errorf("zero value gives %q", got)
		}
	}
	if !p.IsZero() {
		t.Error("zero value is not IsZero")
	}
}

func TestPhoneLog(t *testing.T) {
	p, err := wapay.ParsePhone("70656188", "BF")
	if err != nil {
		t.Fatal(err)
	}
	var text, js bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("x", "phone", p)
	slog.New(slog.NewJSONHandler(&js, nil)).Info("x", "phone", p)
	for _, line := range []string{text.String(), js.String()} {
		if !strings.Contains(line, "+226••••88") || strings.Contains(line, "6188") {
			t.Errorf("logged as %s", line)
		}
	}
}

func FuzzParsePhone(f *testing.F) {
	for _, s := range []string{"+226 70 65 61 88", "0022670656188", "(0)24-123.4567", "97000000", "22507123456", "+\u00a0", "\xff"} {
		f.Add(s, "BF")
		f.Add(s, "gh")
		f.Add(s, "BJ")
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, number, iso2 string) {
		p, err := wapay.ParsePhone(number, iso2)
		if err != nil {
			if !p.IsZero() {
				t.Fatalf("%v beside the error %v", p, err)
			}
			if len(number) > 3 && strings.Contains(err.Error(), number) && strings.Trim(number, "0123456789") == "" {
				t.Fatalf("the error repeats the number: %v", err)
			}
			return
		}
		if strings.Trim(p.MSISDN(), "0123456789") != "" || p.E164() != "+"+p.MSISDN() || p.String() != p.E164() ||
			p.MSISDN() != p.CallingCode()+p.National() {
			t.Fatalf("ParsePhone(%q, %q) = %#v", number, iso2, p)
		}
		for _, form := range []string{p.E164(), "00" + p.MSISDN(), p.National(), p.MSISDN()} {
			if same, err := wapay.ParsePhone(form, p.Country()); same != p || err != nil {
				t.Fatalf("%q reads again as %v, %v; want %v", form, same, err, p)
			}
		}
		if same, err := wapay.ParsePhone(p.E164(), ""); same != p || err != nil {
			t.Fatalf("reads again as %v, %v; want %v", same, err, p)
		}
		if ten := p.BeninTenDigits(); ten.BeninEightDigits().BeninTenDigits() != ten {
			t.Fatalf("%v does not convert back and forth", p)
		}
	})
}
