package wapay_test

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
	"testing/quick"

	"github.com/wapay-go/wapay"
)

// all holds one currency of each kind: no decimals, two, and two by default.
var all = []wapay.Currency{wapay.XOF, wapay.SLE, "KES"}

func TestParseMoney(t *testing.T) {
	for _, tt := range []struct {
		in       string
		currency wapay.Currency
		minor    int64
	}{
		{"5000", wapay.XOF, 5000},
		{"0", wapay.XOF, 0},
		{"-0", wapay.XOF, 0},
		{"-5", wapay.XOF, -5},
		{"007", wapay.XOF, 7},
		{"5", wapay.SLE, 500},
		{"12.5", wapay.SLE, 1250},
		{"12.50", wapay.SLE, 1250},
		{"0.05", wapay.SLE, 5},
		{"-0.05", wapay.SLE, -5},
		{"-0.00", wapay.SLE, 0},
		{"76738.84", wapay.SLE, 7673884},
		{"9007199254740993", wapay.XOF, 9007199254740993}, // 2⁵³+1: no float64 holds it
		{"90071992547409.93", wapay.SLE, 9007199254740993},
		{"9223372036854775807", wapay.XOF, math.MaxInt64},
		{"-9223372036854775807", wapay.XOF, -math.MaxInt64},
		{"92233720368547758.07", wapay.SLE, math.MaxInt64},
		{"-92233720368547758.07", wapay.SLE, -math.MaxInt64},
		{strings.Repeat("0", 5000) + "1", wapay.XOF, 1},
		{"1.5", "KES", 150},
		{"500.00", wapay.XOF, 500},
		{"5000.0", wapay.XOF, 5000},
		{"-5000.00", wapay.GNF, -5000},
		{"0.00", wapay.XAF, 0},
	} {
		m, err := wapay.ParseMoney(tt.in, tt.currency)
		if err != nil || m != tt.currency.Minor(tt.minor) || !m.Valid() {
			t.Errorf("ParseMoney(%q, %s) = %v, %v; want %d minor units", tt.in, tt.currency, m, err, tt.minor)
		}
	}
}

func TestParseMoneyRefuses(t *testing.T) {
	for _, tt := range []struct {
		in       string
		currency wapay.Currency
	}{
		{"1.5", wapay.XOF}, {"1.", wapay.XOF}, {"200.50", wapay.XOF}, {"200.01", wapay.XOF}, {"5.000", wapay.XOF}, {"0.000", wapay.XOF}, {"1.000", wapay.SLE}, {"0.005", wapay.SLE},
		{"9223372036854775808", wapay.XOF}, {"-9223372036854775808", wapay.XOF}, {"-9223372036854775809", wapay.XOF},
		{"92233720368547758.08", wapay.SLE}, {"-92233720368547758.08", wapay.SLE}, {"9223372036854775807", wapay.SLE},
		{strings.Repeat("9", 100_000), wapay.XOF},
		{"", wapay.XOF}, {"-", wapay.XOF}, {"--1", wapay.XOF}, {"+1", wapay.XOF}, {"-+1", wapay.XOF}, {"1-", wapay.XOF},
		{"1e3", wapay.XOF}, {"1E3", wapay.SLE}, {"0x10", wapay.XOF}, {"1_000", wapay.XOF}, {"1,000", wapay.XOF},
		{" 1", wapay.XOF}, {"1 ", wapay.XOF}, {"1\n", wapay.XOF}, {"\t1", wapay.XOF}, {"1 000", wapay.XOF}, {"1\u00a0000", wapay.XOF},
		{".5", wapay.SLE}, {"1.", wapay.SLE}, {".", wapay.SLE}, {"-.5", wapay.SLE}, {"1.-5", wapay.SLE}, {"1.2.3", wapay.SLE},
		{"1..2", wapay.SLE}, {"1,50", wapay.SLE}, {"1.+5", wapay.SLE}, {"1.5e1", wapay.SLE},
		{"５０００", wapay.XOF}, {"٥٠٠٠", wapay.XOF}, {"−5", wapay.XOF}, {"½", wapay.SLE},
		{"NaN", wapay.XOF}, {"Inf", wapay.XOF}, {"-Inf", wapay.XOF}, {"null", wapay.XOF}, {"1\x00", wapay.XOF}, {"\xff", wapay.XOF},
		{"5000 XOF", wapay.XOF}, {"XOF 5000", wapay.XOF},
		{"5000", ""}, {"5000", "xof"}, {"5000", "FCFA"}, {"5000", "XO"}, {"5000", "X0F"}, {"5000", " XOF"}, {"5000", "ХОF"},
	} {
		if m, err := wapay.ParseMoney(tt.in, tt.currency); err == nil || m != (wapay.Money{}) {
			t.Errorf("ParseMoney(%.40q, %q) = %v, %v; want an error", tt.in, tt.currency, m, err)
		} else if s := err.Error(); len(s) > 200 || strings.ContainsAny(s, "\n\x00") || !strings.HasPrefix(s, "wapay: ") {
			t.Errorf("ParseMoney(%.40q, %q): error %q", tt.in, tt.currency, s)
		}
	}
}

func TestParseMoneySaysHowManyDecimals(t *testing.T) {
	for _, tt := range []struct {
		in       string
		currency wapay.Currency
		want     string
	}{
		{"12.50", wapay.XOF, `wapay: amount "12.50" has 2 decimals, XOF has none`},
		{"12.5", wapay.XOF, `wapay: amount "12.5" has 1 decimal, XOF has none`},
		{"5.000", wapay.XOF, `wapay: amount "5.000" has 3 decimals, XOF has none`},
		{"0.005", wapay.SLE, `wapay: amount "0.005" has 3 decimals, SLE has 2`},
	} {
		if _, err := wapay.ParseMoney(tt.in, tt.currency); err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

// checkParse compares what ParseMoney returns for s with exact rational
// arithmetic.
func checkParse(t *testing.T, s string, c wapay.Currency) {
	t.Helper()
	m, err := wapay.ParseMoney(s, c)
	if err != nil {
		if m != (wapay.Money{}) {
			t.Fatalf("ParseMoney(%q, %s) returned %v beside %v", s, c, m, err)
		}
		return
	}
	want, ok := new(big.Rat).SetString(s)
	scale := big.NewRat(int64(math.Pow10(c.Exponent())), 1)
	if got := big.NewRat(m.MinorUnits(), 1); !ok || got.Cmp(want.Mul(want, scale)) != 0 {
		t.Fatalf("ParseMoney(%q, %s) = %d minor units, want %v", s, c, m.MinorUnits(), want)
	}
	again, err := wapay.ParseMoney(m.Decimal(), c)
	if err != nil || again != m {
		t.Fatalf("%q became %q became %v, %v", s, m.Decimal(), again, err)
	}
}

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"5000", "-0.05", "76738.84", "92233720368547758.07", "1e3", ".5", "1.", "--1", "５", "9223372036854775808"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1000 {
			return // big.Rat is slow
		}
		for _, c := range all {
			checkParse(t, s, c)
		}
	})
}

func TestUnits(t *testing.T) {
	for _, tt := range []struct {
		m     wapay.Money
		minor int64
		valid bool
	}{
		{wapay.XOF.Units(5000), 5000, true},
		{wapay.XOF.Units(math.MaxInt64), math.MaxInt64, true},
		{wapay.XOF.Units(-math.MaxInt64), -math.MaxInt64, true},
		{wapay.XOF.Units(math.MinInt64), math.MinInt64, false},
		{wapay.SLE.Units(5), 500, true},
		{wapay.SLE.Units(math.MaxInt64 / 100), math.MaxInt64 / 100 * 100, true},
		{wapay.SLE.Units(-(math.MaxInt64 / 100)), -(math.MaxInt64 / 100 * 100), true},
		{wapay.SLE.Units(math.MaxInt64/100 + 1), math.MinInt64, false},
		{wapay.SLE.Units(-(math.MaxInt64 / 100) - 1), math.MinInt64, false},
		{wapay.SLE.Units(math.MaxInt64 / 10), math.MinInt64, false},
		{wapay.SLE.Units(math.MinInt64), math.MinInt64, false},
		{wapay.SLE.Minor(math.MinInt64), math.MinInt64, false},
		{wapay.SLE.Minor(1250), 1250, true},
		{wapay.Currency("").Units(1), 100, false},
		{wapay.Currency("xof").Units(1), 100, false},
		{wapay.Currency("FCFA").Minor(1), 1, false},
		{wapay.Money{}, 0, false},
	} {
		if tt.m.MinorUnits() != tt.minor || tt.m.Valid() != tt.valid {
			t.Errorf("%v: %d minor units, valid %v; want %d, %v", tt.m, tt.m.MinorUnits(), tt.m.Valid(), tt.minor,
				tt.valid)
		}
	}
}

func TestInvalidMoneyIsRefused(t *testing.T) {
	ok := wapay.SLE.Units(1)
	for _, bad := range []wapay.Money{
		wapay.SLE.Units(math.MaxInt64), wapay.SLE.Minor(math.MinInt64), {}, wapay.Currency("").Minor(1), wapay.Currency("sle").Minor(1),
	} {
		_, addErr := ok.Add(bad)
		_, addedErr := bad.Add(ok)
		_, selfErr := bad.Add(bad)
		_, subErr := ok.Sub(bad)
		_, subbedErr := bad.Sub(ok)
		_, cmpErr := ok.Cmp(bad)
		_, selfCmpErr := bad.Cmp(bad)
		for i, err := range []error{addErr, addedErr, selfErr, subErr, subbedErr, cmpErr, selfCmpErr} {
			if err == nil {
				t.Errorf("%v: operation %d takes it", bad, i)
			}
		}
		if bad == (wapay.Money{}) {
			continue // written as nothing
		}
		if text, err := bad.MarshalText(); err == nil {
			t.Errorf("MarshalText wrote %q", text)
		}
		if text, err := json.Marshal(bad); err == nil {
			t.Errorf("MarshalJSON wrote %s", text)
		}
	}
}

func TestMoneyText(t *testing.T) {
	for _, tt := range []struct {
		m               wapay.Money
		decimal, string string
	}{
		{wapay.XOF.Units(5000), "5000", "5000 XOF"},
		{wapay.XOF.Units(-5), "-5", "-5 XOF"},
		{wapay.XOF.Units(0), "0", "0 XOF"},
		{wapay.XAF.Units(1), "1", "1 XAF"},
		{wapay.GNF.Units(150000), "150000", "150000 GNF"},
		{wapay.SLE.Minor(1250), "12.50", "12.50 SLE"},
		{wapay.SLE.Minor(100), "1.00", "1.00 SLE"},
		{wapay.SLE.Minor(99), "0.99", "0.99 SLE"},
		{wapay.SLE.Minor(5), "0.05", "0.05 SLE"},
		{wapay.SLE.Minor(-5), "-0.05", "-0.05 SLE"},
		{wapay.SLE.Minor(-150), "-1.50", "-1.50 SLE"},
		{wapay.SLE.Minor(0), "0.00", "0.00 SLE"},
		{wapay.SLE.Minor(math.MaxInt64), "92233720368547758.07", "92233720368547758.07 SLE"},
		{wapay.SLE.Minor(-math.MaxInt64), "-92233720368547758.07", "-92233720368547758.07 SLE"},
		{wapay.SLE.Units(math.MaxInt64), "out of range", "out of range SLE"},
		{wapay.Money{}, "0", "0"},
	} {
		if tt.m.Decimal() != tt.decimal || tt.m.String() != tt.string {
			t.Errorf("%q, %q; want %q, %q", tt.m.Decimal(), tt.m.String(), tt.decimal, tt.string)
		}
	}
}

func TestMoneyArithmetic(t *testing.T) {
	a, b := wapay.SLE.Minor(1250), wapay.SLE.Minor(5)
	if sum, err := a.Add(b); err != nil || sum != wapay.SLE.Minor(1255) {
		t.Errorf("Add: %v, %v", sum, err)
	}
	if diff, err := b.Sub(a); err != nil || diff != wapay.SLE.Minor(-1245) {
		t.Errorf("Sub: %v, %v", diff, err)
	}
	top, bottom, one := wapay.XOF.Units(math.MaxInt64), wapay.XOF.Units(-math.MaxInt64), wapay.XOF.Units(1)
	for name, f := range map[string]func() (wapay.Money, error){
		"max+1":    func() (wapay.Money, error) { return top.Add(one) },
		"max+max":  func() (wapay.Money, error) { return top.Add(top) },
		"-max-1":   func() (wapay.Money, error) { return bottom.Sub(one) },
		"-max-max": func() (wapay.Money, error) { return bottom.Add(bottom) },
		"max--max": func() (wapay.Money, error) { return top.Sub(bottom) },
		"XOF+XAF":  func() (wapay.Money, error) { return one.Add(wapay.XAF.Units(1)) },
		"XOF-XAF":  func() (wapay.Money, error) { return one.Sub(wapay.XAF.Units(0)) },
	} {
		if m, err := f(); err == nil || m != (wapay.Money{}) {
			t.Errorf("%s = %v, %v; want an error", name, m, err)
		}
	}
	if _, err := one.Cmp(wapay.XAF.Units(1)); err == nil {
		t.Error("XOF and XAF were compared")
	}
	if m, err := top.Add(bottom); err != nil || m != wapay.XOF.Units(0) {
		t.Errorf("max + -max = %v, %v", m, err)
	}
}

// Add, Sub and Cmp agree with arithmetic without bounds, also next to the ends
// of the range.
func TestMoneyArithmeticIsExact(t *testing.T) {
	limit := big.NewInt(math.MaxInt64)
	f := func(x, y int64, near bool) bool {
		if near {
			x, y = math.MaxInt64-(x&3), (y&3)-1
			if x&1 == 0 {
				x, y = -x, -y
			}
		}
		if x == math.MinInt64 || y == math.MinInt64 {
			return true
		}
		a, b := wapay.XOF.Units(x), wapay.XOF.Units(y)
		agrees := func(m wapay.Money, err error, want *big.Int) bool {
			if want.CmpAbs(limit) > 0 {
				return err != nil && m == wapay.Money{}
			}
			return err == nil && big.NewInt(m.MinorUnits()).Cmp(want) == 0
		}
		sum, addErr := a.Add(b)
		diff, subErr := a.Sub(b)
		cmp, cmpErr := a.Cmp(b)
		bx, by := big.NewInt(x), big.NewInt(y)
		return agrees(sum, addErr, new(big.Int).Add(bx, by)) && agrees(diff, subErr, new(big.Int).Sub(bx, by)) &&
			cmpErr == nil && cmp == bx.Cmp(by) && a.Sign() == bx.Sign()
	}
	if err := quick.Check(f, &quick.Config{MaxCount: 5000}); err != nil {
		t.Error(err)
	}
}

func TestMoneyAsKey(t *testing.T) {
	parsed, err := wapay.ParseMoney("12.5", wapay.SLE)
	if err != nil {
		t.Fatal(err)
	}
	if parsed != wapay.SLE.Minor(1250) || parsed == wapay.USD.Minor(1250) {
		t.Error("== does not mean the same amount of the same currency")
	}
	counts := map[wapay.Money]int{wapay.SLE.Minor(1250): 1}
	counts[parsed]++
	if len(counts) != 1 || counts[parsed] != 2 {
		t.Errorf("as keys: %v", counts)
	}
}
