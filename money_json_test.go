package wapay_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"testing/quick"

	"github.com/wapay-go/wapay"
)

// Every amount, also one that no float64 holds, survives being written and
// read.
func TestMoneyRoundTrip(t *testing.T) {
	f := func(minor int64, which uint8) bool {
		if minor == math.MinInt64 {
			return true
		}
		m := all[int(which)%len(all)].Minor(minor)
		text, err := m.MarshalText()
		if err != nil {
			return false
		}
		var fromText, fromJSON, fromMap wapay.Money
		doc, err := json.Marshal(m)
		if err != nil || fromText.UnmarshalText(text) != nil || json.Unmarshal(doc, &fromJSON) != nil {
			return false
		}
		// A reader that knows no Money, and turns JSON numbers into floats,
		// must not lose a digit either.
		var generic map[string]any
		if json.Unmarshal(doc, &generic) != nil {
			return false
		}
		doc, err = json.Marshal(generic)
		return err == nil && json.Unmarshal(doc, &fromMap) == nil && fromText == m && fromJSON == m && fromMap == m
	}
	if err := quick.Check(f, &quick.Config{MaxCount: 5000}); err != nil {
		t.Error(err)
	}
	for _, m := range []wapay.Money{{}, wapay.XOF.Units(math.MaxInt64), wapay.SLE.Minor(-math.MaxInt64), wapay.SLE.Minor(-5)} {
		doc, err := json.Marshal(map[wapay.Money]wapay.Money{m: m})
		if err != nil {
			t.Fatal(err)
		}
		var got map[wapay.Money]wapay.Money
		if err := json.Unmarshal(doc, &got); err != nil || len(got) != 1 || got[m] != m {
			t.Errorf("%s became %v, %v", doc, got, err)
		}
	}
}

func TestMoneyForms(t *testing.T) {
	doc, err := json.Marshal([]wapay.Money{wapay.SLE.Minor(1250), wapay.XOF.Units(5000), {}})
	want := `[{"amount":"12.50","currency":"SLE"},{"amount":"5000","currency":"XOF"},null]`
	if err != nil || string(doc) != want {
		t.Errorf("got %s, %v\nwant %s", doc, err, want)
	}
	text, err := wapay.SLE.Minor(-5).MarshalText()
	if err != nil || string(text) != "-0.05 SLE" {
		t.Errorf("got %q, %v", text, err)
	}
	if text, err = (wapay.Money{}).MarshalText(); err != nil || len(text) != 0 {
		t.Errorf("zero: got %q, %v", text, err)
	}
}

func TestMoneyUnmarshalJSON(t *testing.T) {
	for in, want := range map[string]wapay.Money{
		`null`: {}, `""`: {}, `"76738.84 SLE"`: wapay.SLE.Minor(7673884), `"5000\u0020XOF"`: wapay.XOF.Units(5000),
		`{"amount":9007199254740993,"currency":"XOF"}`:     wapay.XOF.Minor(9007199254740993),
		`{"amount":9223372036854775807,"currency":"XOF"}`:  wapay.XOF.Minor(math.MaxInt64),
		`{"amount":76738.84,"currency":"SLE"}`:             wapay.SLE.Minor(7673884),
		`{"amount":-0.05,"currency":"SLE"}`:                wapay.SLE.Minor(-5),
		`{"amount":90071992547409.93,"currency":"USD"}`:    wapay.USD.Minor(9007199254740993),
		`{"amount":"76738.84","currency":"SLE"}`:           wapay.SLE.Minor(7673884),
		` { "currency" : "KES" , "amount" : 1 , "x": 1 } `: wapay.Currency("KES").Minor(100),
	} {
		m := wapay.EUR.Units(1)
		if err := json.Unmarshal([]byte(in), &m); err != nil || m != want {
			t.Errorf("%s: got %v, %v; want %v", in, m, err, want)
		}
	}
}

func TestMoneyUnmarshalRefuses(t *testing.T) {
	before := wapay.EUR.Units(1)
	for _, in := range []string{
		``, `{}`, `[]`, `5000`, `"5000"`, `"XOF"`, `"1e3 XOF"`, `"5000 xof"`, `true`,
		`{"amount":"5000"}`, `{"currency":"XOF"}`, `{"amount":null,"currency":"XOF"}`, `{"amount":"","currency":"XOF"}`,
		`{"amount":"5000","currency":""}`, `{"amount":"5000","currency":"xof"}`, `{"amount":"5000","currency":"FCFA"}`,
		`{"amount":"5000","currency":952}`, `{"amount":"5000","currency":"XOF`, `{"amount":true,"currency":"XOF"}`,
		`{"amount":1e3,"currency":"XOF"}`, `{"amount":"1e3","currency":"XOF"}`, `{"amount":5000.000,"currency":"XOF"}`,
		`{"amount":1.005,"currency":"SLE"}`, `{"amount":9223372036854775808,"currency":"XOF"}`,
		`{"amount":-9223372036854775808,"currency":"XOF"}`, `{"amount":" 1","currency":"XOF"}`, `{"amount":[1],"currency":"XOF"}`,
	} {
		m := before
		if err := json.Unmarshal([]byte(in), &m); err == nil || m != before {
			t.Errorf("%s: got %v, %v; want an error and no change", in, m, err)
		}
	}
	for _, in := range []string{
		"5000", "XOF", " XOF", "5000 ", "5000  XOF", "5000 XOF ", "5000XOF", "XOF 5000", "5000 xof", "5000 FCFA", "5000 XOFX",
		"1.000 XOF", "1e3 XOF", "5000 XOF\n", "5000\u00a0XOF", strings.Repeat("x", 10_000),
	} {
		m := before
		err := m.UnmarshalText([]byte(in))
		if err == nil || m != before {
			t.Errorf("%.40q: got %v, %v; want an error and no change", in, m, err)
		} else if len(err.Error()) > 200 {
			t.Errorf("%.40q: error of %d bytes", in, len(err.Error()))
		}
	}
}

func TestCurrencies(t *testing.T) {
	exponents := map[wapay.Currency]int{
		wapay.XOF: 0, wapay.XAF: 0, wapay.GNF: 0, wapay.SLE: 2, wapay.CDF: 2, wapay.GHS: 2, wapay.NGN: 2,
		wapay.GMD: 2, wapay.LRD: 2, wapay.CVE: 2, wapay.MRU: 2, wapay.USD: 2, wapay.EUR: 2,
	}
	for c, exp := range exponents {
		if c.Exponent() != exp || !c.Known() {
			t.Errorf("%s: exponent %d, known %v", c, c.Exponent(), c.Known())
		}
		if m := c.Units(7); m.Currency() != c || !m.Valid() {
			t.Errorf("%s: %v", c, m)
		}
	}
	for _, c := range []wapay.Currency{"KES", "", "xof", "SLL"} {
		if c.Exponent() != 2 || c.Known() {
			t.Errorf("%q: exponent %d, known %v", c, c.Exponent(), c.Known())
		}
	}
}
