package check_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
)

// run checks each text. Those in good must pass. Those in bad must give one
// error for the field "F".
func run(t *testing.T, good, bad []string, f func(*check.Fields, string)) {
	t.Helper()
	for _, s := range good {
		var got check.Fields
		if f(&got, s); len(got) != 0 {
			t.Errorf("%.60q is refused: %v", s, got)
		}
	}
	for _, s := range bad {
		var got check.Fields
		if f(&got, s); len(got) != 1 || got[0].Field != "F" || got[0].Message == "" || len(got[0].Message) > 200 {
			t.Errorf("%.60q: got %v, want one error", s, got)
		}
	}
}

// unprintable returns texts that every check refuses.
func unprintable() []string {
	var all []string
	for _, s := range []string{
		"\x00", "\x1b[2J", "\x7f", "\u0085", "\u009b", "\u2028", "\u202e", "\u200b", "\ufeff", "\xff", "\xc3", "\xed\xa0\x80",
	} {
		all = append(all, "a"+s+"b")
	}
	return all
}

func join(lists ...[]string) []string {
	var all []string
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

func TestReference(t *testing.T) {
	run(t,
		[]string{"a", "order-4521", "a b", "commande n° 4", "été", strings.Repeat("x", 20), strings.Repeat("é", 10)},
		join(unprintable(), []string{
			"", " ", " a", "a ", "\ta", "a\n", "a\u00a0", "\u3000a", "a\nb", "a\rb", "a\tb", "a\u00a0b", "a,b", "a;b", ",", strings.Repeat("x", 21),
			strings.Repeat("é", 11), strings.Repeat("x", 100_000),
		}),
		func(f *check.Fields, s string) { f.Reference("F", s, 20, ",;") })
	run(t, []string{"a,b", `a/b?c=d&e#"`}, nil, func(f *check.Fields, s string) { f.Reference("F", s, 20, "") })
}

func TestText(t *testing.T) {
	run(t,
		[]string{"", " ", "a", "two\nlines", "two\r\nlines", "a\tb", "déjà €", "prix\u00a0: 5\u202f000 F", strings.Repeat("x", 20)},
		join(unprintable(), []string{strings.Repeat("x", 21), strings.Repeat("é", 11)}),
		func(f *check.Fields, s string) { f.Text("F", s, 20) })
}

func TestWordAndID(t *testing.T) {
	good := []string{"a", "MOOV", "Orange Money", "a/b", "a.b", "...", ".a", "%2e", strings.Repeat("x", 100)}
	bad := join(unprintable(), []string{"", "a\nb", "\r", "a\tb", "a\u00a0b", strings.Repeat("x", 101), strings.Repeat("é", 51)})
	run(t, append(good, ".", ".."), bad, func(f *check.Fields, s string) { f.Word("F", s) })
	run(t, good, append(bad, ".", ".."), func(f *check.Fields, s string) { f.ID("F", s) })
}

func TestURL(t *testing.T) {
	run(t,
		[]string{
			"", "https://shop.example/ipn", "HTTPS://shop.example", "https://shop.example:8443/ipn?order=1&x=é", "https://10.0.0.1/",
			"http://localhost:8080/ipn", "http://127.0.0.1/ipn", "http://[::1]:1/", "https://s.example/" + strings.Repeat("x", 2030),
		},
		[]string{
			" ", "shop.example/ipn", "/ipn", "https://", "https:///ipn", "https://:443/ipn", "https:shop.example", "http://shop.example/ipn",
			"http://10.0.0.1", "http://127.0.0.1.evil.example", "http://localhost@evil.example", "ftp://shop.example", "javascript:alert(1)",
			"javascript://shop.example/%0aalert(1)", "data:text/html,x", "https://user@shop.example", "https://user:pw@shop.example", "https://@shop.example",
			"https://shop.example/\n", " https://shop.example", "https://shop.example/%zz", "https://s.example/" + strings.Repeat("x", 2031),
		},
		func(f *check.Fields, s string) { f.URL("F", s) })
	var f check.Fields
	if f.URL("F", "https://user:pa55word@shop.example"); len(f) != 1 || strings.Contains(fmt.Sprint(f), "pa55word") {
		t.Errorf("got %v", f)
	}
}

func TestEmail(t *testing.T) {
	run(t,
		[]string{"", "a@b", "awa.o+shop@mail.example", "été@exemple.example", strings.Repeat("x", 252) + "@b"},
		join(unprintable(), []string{
			"a", "@", "a@", "@b", "a@b@c", "a b@c", " a@b", "a@b ", "a@b\n", "a@b\r\nBcc: x@y", "a@b,c@d", "a@b;c", "A <a@b>", "a@b\x00", "a@\x1b[2Jb", "a@b\xff",
			"a@b\u202e", strings.Repeat("x", 253) + "@b",
		}),
		func(f *check.Fields, s string) { f.Email("F", s) })
}

func TestOneOf(t *testing.T) {
	run(t, []string{"a", "b"}, []string{"", "c", "A", "a ", "a,b", "[a b]"}, func(f *check.Fields, s string) { f.OneOf("F", s, "a", "b") })
}

func TestCredential(t *testing.T) {
	run(t,
		[]string{"x", "sk_live_0123456789", `!"#$%&'()*+,-./:;<=>?@[\]^_{|}~`},
		join(unprintable(), []string{"", " ", "pa55word ", " pa55word", "pa55 word", "pa55word\n", "pa55word\r\nX-Admin: 1", "pa55wörd", "\tpa55word"}),
		func(f *check.Fields, s string) {
			if f.Credential("F", wapay.Secret(s)); strings.Contains(fmt.Sprint(*f), "pa55") {
				t.Errorf("%q is repeated: %v", s, *f)
			}
		})
}

func TestAmount(t *testing.T) {
	for _, m := range []wapay.Money{wapay.XOF.Units(1), wapay.XOF.Units(math.MaxInt64), wapay.SLE.Minor(1)} {
		var f check.Fields
		if f.Amount("F", m, wapay.XOF, wapay.SLE); len(f) != 0 {
			t.Errorf("%v is refused: %v", m, f)
		}
	}
	for _, m := range []wapay.Money{
		{}, wapay.XOF.Units(0), wapay.XOF.Units(-1), wapay.XAF.Units(1), wapay.SLE.Units(math.MaxInt64), wapay.XOF.Minor(math.MinInt64),
		wapay.Currency("").Minor(1), wapay.Currency("xof").Units(1), wapay.Currency("KES").Units(1),
	} {
		var f check.Fields
		if f.Amount("F", m, wapay.XOF, wapay.SLE); len(f) != 1 || f[0].Field != "F" {
			t.Errorf("%v: got %v, want one error", m, f)
		}
		if f = nil; m.Valid() {
			continue
		}
		if f.Amount("F", m, m.Currency()); len(f) != 1 {
			t.Errorf("%v is taken in its own currency", m)
		}
	}
}

func TestErr(t *testing.T) {
	var f check.Fields
	if err := f.Err("fake", "Pay", "order-1"); err != nil {
		t.Errorf("nothing is wrong: %v", err)
	}
	f.Reference("Reference", "", 10, "")
	f.Add("Customer.Phone", "is of %s, want one of %v", "GH", []string{"BF", "CI"})
	err := f.Err("fake", "Pay", "order-1")
	var e *wapay.Error
	if !errors.As(err, &e) || !errors.Is(err, wapay.ErrInvalid) || errors.Is(err, wapay.ErrOutcomeUnknown) || e.Outcome != wapay.OutcomeNotSent ||
		e.Provider != "fake" || e.Op != "Pay" || e.Reference != "order-1" || e.Attempts != 0 || len(e.Details) != 2 {
		t.Fatalf("got %#v", err)
	}
	want := `fake: Pay "order-1": not sent: invalid request: Reference: is required; Customer.Phone: is of GH, want one of [BF CI]`
	if err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
