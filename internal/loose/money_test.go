package loose_test

import (
	"encoding/json"
	"math/big"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/loose"
)

func TestMoney(t *testing.T) {
	for _, tt := range []struct {
		in       string
		currency wapay.Currency
		minor    int64
	}{
		{"200", wapay.XOF, 200}, {"200.00", wapay.XOF, 200}, {"2e2", wapay.XOF, 200}, {"1e6", wapay.XOF, 1000000}, {"0", wapay.XOF, 0},
		{"0.00", wapay.XOF, 0}, {"-0", wapay.XOF, 0}, {"-200.0", wapay.XOF, -200}, {"2000e-1", wapay.XOF, 200}, {"00200", wapay.XOF, 200},
		{"200.50", wapay.SLE, 20050}, {"200.5", wapay.SLE, 20050}, {"200", wapay.SLE, 20000}, {"200.500000", wapay.SLE, 20050},
		{"76738.84", wapay.SLE, 7673884}, {"7.673884e4", wapay.SLE, 7673884}, {"0.05", wapay.SLE, 5}, {"5e-2", wapay.SLE, 5}, {"-0.05", wapay.SLE, -5},
		{"9007199254740993", wapay.XOF, 9007199254740993}, {"90071992547409.93", wapay.SLE, 9007199254740993},
		{"9223372036854775807", wapay.XOF, 9223372036854775807}, {"-92233720368547758.07", wapay.SLE, -9223372036854775807},
		{"1" + strings.Repeat("0", 30) + "e-30", wapay.XOF, 1}, {strings.Repeat("0", 10_000) + "7", wapay.XOF, 7},
		{"7." + strings.Repeat("0", 10_000), wapay.XOF, 7}, {"0e30", wapay.XOF, 0},
	} {
		if m, err := loose.String(tt.in).Money(tt.currency); err != nil || m != tt.currency.Minor(tt.minor) {
			t.Errorf("%.40q %s: got %v, %v; want %d minor units", tt.in, tt.currency, m, err, tt.minor)
		}
	}
}

func TestMoneyRefuses(t *testing.T) {
	for _, tt := range []struct {
		in       string
		currency wapay.Currency
	}{
		{"200.50", wapay.XOF}, {"0.5", wapay.XOF}, {"1e-1", wapay.XOF}, {"1e-30", wapay.SLE}, {"200.505", wapay.SLE}, {"0.001", wapay.SLE},
		{"9223372036854775808", wapay.XOF}, {"-9223372036854775808", wapay.XOF}, {"92233720368547758.08", wapay.SLE}, {"1e19", wapay.XOF}, {"1e17", wapay.SLE},
		{"1e999999999", wapay.XOF}, {"1e-999999999", wapay.XOF}, {"1e99999999999999999999", wapay.XOF}, {"1e31", wapay.XOF},
		{strings.Repeat("9", 10_000), wapay.XOF}, {"0." + strings.Repeat("0", 10_000) + "1", wapay.SLE}, {"1" + strings.Repeat("0", 10_000), wapay.XOF},
		{"", wapay.XOF}, {" ", wapay.XOF}, {"-", wapay.XOF}, {"--1", wapay.XOF}, {"+1", wapay.XOF}, {"1 000", wapay.XOF}, {"1,000", wapay.XOF}, {".5", wapay.SLE}, {"5.", wapay.SLE}, {"5.e1", wapay.SLE},
		{"1.2.3", wapay.SLE}, {"1-2", wapay.XOF}, {"1e", wapay.XOF}, {"e1", wapay.XOF}, {"1e1e1", wapay.XOF}, {"0x1p4", wapay.XOF}, {"Inf", wapay.XOF}, {"NaN", wapay.XOF},
		{"null", wapay.XOF}, {"true", wapay.XOF}, {"[200]", wapay.XOF}, {"２００", wapay.XOF}, {"200 XOF", wapay.XOF}, {"\xff", wapay.XOF},
		{"200", ""}, {"200", "xof"}, {"200", "FCFA"}, {"0", ""},
	} {
		m, err := loose.String(tt.in).Money(tt.currency)
		if err == nil || m != (wapay.Money{}) {
			t.Errorf("%.40q %q: got %v, %v; want an error", tt.in, tt.currency, m, err)
		} else if len(err.Error()) > 250 {
			t.Errorf("%.40q: error of %d bytes", tt.in, len(err.Error()))
		}
	}
}

// TestMoneyCost checks that the cost of a text depends on its length, and not
// on the size of its number.
func TestMoneyCost(t *testing.T) {
	long := loose.String(strings.Repeat("1", 1<<20) + "." + strings.Repeat("0", 1<<20) + "e-29")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	for _, s := range []loose.String{long, "1e999999999", "1e-999999999", "1e30", "-1e-30"} {
		if m, err := s.Money(wapay.XOF); err == nil {
			t.Errorf("%.20q: got %v", s, m)
		}
	}
	runtime.ReadMemStats(&after)
	if used, took := after.TotalAlloc-before.TotalAlloc, time.Since(start); used > 32<<20 || took > 5*time.Second {
		t.Errorf("%d MiB and %v", used>>20, took)
	}
}

// FuzzLoose decodes any document into each type. A number that is read as an
// amount keeps its exact value.
func FuzzLoose(f *testing.F) {
	for _, doc := range []string{
		`null`, `""`, `"200.00"`, `200.50`, `1e6`, `1e999999999`, `1e-30`, `[]`, `{}`, `[{"id":1}]`, `{"id":null}`, `true`, `"2025-03-04 05:06:07Z"`,
		`"0000-01-01T00:00:00+14:00"`, `"\ud800"`, `[[[[]]]]`, `"-0"`, `"5."`, `9223372036854775808`, ` `, `{`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var s loose.String
		if err := json.Unmarshal(doc, &s); (err == nil) != json.Valid(doc) {
			t.Fatalf("%q as a String: %v", doc, err)
		}
		if m, err := s.Money(wapay.SLE); err == nil {
			number, ok := new(big.Rat).SetString(string(s))
			if !ok || number.Mul(number, big.NewRat(100, 1)).Cmp(big.NewRat(m.MinorUnits(), 1)) != 0 {
				t.Fatalf("%q was read as %v", s, m)
			}
		}
		var at loose.Time
		if err := json.Unmarshal(doc, &at); err == nil {
			if _, err := json.Marshal(at.Time); err != nil {
				t.Fatalf("%q became a time that cannot be written: %v", doc, err)
			}
		}
		// These must not panic.
		_ = json.Unmarshal(doc, new(loose.Int))
		_ = json.Unmarshal(doc, new(loose.Bool))
		_ = json.Unmarshal(doc, new(loose.List[loose.List[item]]))
		_ = json.Unmarshal(doc, new(loose.List[loose.String]))
		_ = json.Unmarshal(doc, new(loose.Object[map[string]loose.String]))
		_ = json.Unmarshal(doc, new(loose.Object[item]))
	})
}
