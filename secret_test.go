package wapay_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/wapay-go/wapay"
)

const (
	key    = "sk_live_8f14e45fceea"
	hidden = "[redacted]"
)

// credentials has exported fields of type Secret, some of them deep.
type credentials struct {
	APIKey wapay.Secret
	Pair   *wapay.Secret `json:",omitempty"`
	More   []wapay.Secret
	ByName map[string]wapay.Secret
	Any    any
	SiteID string
}

func newCredentials() credentials {
	s := wapay.Secret(key)
	return credentials{
		APIKey: s, Pair: &s, More: []wapay.Secret{s}, ByName: map[string]wapay.Secret{"a": s}, Any: s, SiteID: "site-1",
	}
}

// leaks finds the key as it is, in hexadecimal, quoted byte by byte, or as a
// list of numbers.
func leaks(t *testing.T, what, out string) {
	t.Helper()
	for _, form := range []string{
		key, key[3:], fmt.Sprintf("%x", key), fmt.Sprintf("%X", key), fmt.Sprintf("% x", key), fmt.Sprintf("%# x", key),
		strings.Trim(fmt.Sprint([]byte(key)), "[]"),
	} {
		if strings.Contains(out, form) {
			t.Errorf("%s shows the secret: %s", what, out)
			return
		}
	}
}

func TestSecretInFmt(t *testing.T) {
	s := wapay.Secret(key)
	c := newCredentials()
	for name, v := range map[string]any{
		"value": s, "pointer": &s, "slice": []wapay.Secret{s}, "array": [1]wapay.Secret{s}, "any": []any{s},
		"map value": map[string]wapay.Secret{"a": s}, "map key": map[wapay.Secret]int{s: 1},
		"struct": c, "struct pointer": &c, "structs": []credentials{c}, "embedded": struct{ wapay.Secret }{s},
		"error": fmt.Errorf("cannot use %v and %q", s, []wapay.Secret{s}),
	} {
		for _, verb := range []string{
			"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "% x", "%#x", "% X", "%+q", "%#q", "%U", "%c", "%b", "%o", "%O", "%e",
			"%g", "%t", "%z", "%20s", "%-20v", "%.3s", "%020d", "%!", // the last puts v among the extra arguments
		} {
			out := fmt.Sprintf(verb, v)
			leaks(t, name+" with "+verb, out)
			if (name == "value" || name == "pointer") && verb != "%!" && out != hidden {
				t.Errorf("%s with %s: %q, want %q", name, verb, out, hidden)
			}
		}
		leaks(t, name+" printed", fmt.Sprint(v)+fmt.Sprintln(v))
	}
	if got := fmt.Sprintf("%v|%q|%#v", wapay.Secret(""), wapay.Secret(""), wapay.Secret("")); got != "||" {
		t.Errorf("an empty secret prints as %q", got)
	}
	var none *wapay.Secret
	if got := fmt.Sprint(none); got != "<nil>" {
		t.Errorf("a nil pointer prints as %q", got)
	}
}

func TestSecretInErrors(t *testing.T) {
	s := wapay.Secret(key)
	cause := fmt.Errorf("key %v", s)
	for _, err := range []error{
		cause,
		fmt.Errorf("more: %w", cause),
		fmt.Errorf("%w: %s: %w", cause, s, wapay.ErrInvalid),
		&wapay.Error{Op: "New", Message: fmt.Sprint(s), Err: cause},
	} {
		leaks(t, "error", fmt.Sprintf("%v %+v %#v %q", err, err, err, err))
		if !strings.Contains(err.Error(), hidden) {
			t.Errorf("nothing is redacted in %q", err)
		}
	}
}

func TestSecretInEncodings(t *testing.T) {
	s := wapay.Secret(key)
	doc, err := json.Marshal(newCredentials())
	want := `{"APIKey":"[redacted]","Pair":"[redacted]","More":["[redacted]"],"ByName":{"a":"[redacted]"},"Any":"[redacted]","SiteID":"site-1"}`
	if err != nil || string(doc) != want {
		t.Errorf("got %s, %v\nwant %s", doc, err, want)
	}
	if doc, err = json.Marshal([]any{s, &s, wapay.Secret("")}); err != nil ||
		string(doc) != `["[redacted]","[redacted]",""]` {
		t.Errorf("got %s, %v", doc, err)
	}
	if text, err := s.MarshalText(); err != nil || string(text) != hidden {
		t.Errorf("got %s, %v", text, err)
	}
	out, err := xml.Marshal(struct {
		XMLName struct{}     `xml:"c"`
		Key     wapay.Secret `xml:"key,attr"`
		Text    wapay.Secret
	}{Key: s, Text: s})
	if want := `<c key="[redacted]"><Text>[redacted]</Text></c>`; err != nil || string(out) != want {
		t.Errorf("got %s, %v; want %s", out, err, want)
	}
}

func TestSecretInSlog(t *testing.T) {
	s, c := wapay.Secret(key), newCredentials()
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		for what, attr := range map[string]slog.Attr{
			"direct": slog.Any("v", s), "pointer": slog.Any("v", &s), "struct": slog.Any("v", c), "struct pointer": slog.Any("v", &c),
			"group": slog.Group("g", "v", s, "w", c), "slice": slog.Any("v", []wapay.Secret{s}),
			"map": slog.Any("v", map[string]any{"a": s}), "error": slog.Any("v", fmt.Errorf("bad %v", s)),
		} {
			var b bytes.Buffer
			l := slog.New(handler(&b))
			l.With(attr).WithGroup("more").Info("m", attr)
			leaks(t, name+" "+what, b.String())
			if got := strings.Count(b.String(), hidden); got < 2 {
				t.Errorf("%s %s: redacted %d times in %s", name, what, got, b.String())
			}
		}
	}
}

// Handlers of other packages see the value that slog resolves.
func TestSecretResolved(t *testing.T) {
	s := wapay.Secret(key)
	for _, v := range []any{s, &s} {
		if got := slog.AnyValue(v).Resolve(); got.Kind() != slog.KindString || got.String() != hidden {
			t.Errorf("got %v %v", got.Kind(), got)
		}
	}
}

func TestSecretFromJSON(t *testing.T) {
	var c credentials
	err := json.Unmarshal([]byte(`{"APIKey":"`+key+`","Pair":"a\u0000\"b","More":["",null,"é"],"ByName":{"x":"y"}}`), &c)
	if err != nil || string(c.APIKey) != key || string(*c.Pair) != "a\x00\"b" || string(c.More[2]) != "é" ||
		c.ByName["x"] != "y" {
		t.Errorf("got %q, %q, %v", string(c.APIKey), string(*c.Pair), err)
	}
	for _, in := range []string{`{"APIKey":80142857142857}`, `{"APIKey":["80142857142857"]}`, `{"APIKey":true}`, `{"APIKey":"80142857142857`} {
		if err := json.Unmarshal([]byte(in), &c); err == nil || strings.Contains(err.Error(), "80142857142857") {
			t.Errorf("%s: error %v", in, err)
		}
	}
	// A secret that was written and read again is the redacted text.
	doc, err := json.Marshal(wapay.Secret(key))
	var got wapay.Secret
	if err != nil || json.Unmarshal(doc, &got) != nil || string(got) != hidden {
		t.Errorf("%s, %v became %q", doc, err, string(got))
	}
}

func TestSettingsPrintNoSecret(t *testing.T) {
	s, err := wapay.NewSettings(wapay.WithBaseURL("https://user:" + key + "@example.com"))
	leaks(t, "settings", fmt.Sprintf("%v %+v %v", s, s, err))
	if err == nil {
		t.Error("a password in a base URL was taken")
	}
}

func TestCustomerInSlog(t *testing.T) {
	phone, err := wapay.ParsePhone("+22670656188", "")
	if err != nil {
		t.Fatal(err)
	}
	who := wapay.Customer{Phone: phone, FirstName: "Awa", LastName: "Ouedraogo", Email: "awa@example.com"}
	pay := wapay.PaymentRequest{Reference: "order-1", Amount: wapay.XOF.Units(5000), Customer: who, Operator: "MOOV", OTP: "493827"}
	out := wapay.PayoutRequest{Reference: "order-1", Amount: wapay.XOF.Units(5000), Recipient: who, Operator: "MOOV"}
	for _, tt := range []struct {
		v    any
		want string
	}{
		{who, `v.phone=+226••••88`},
		{&who, `v.phone=+226••••88`},
		{wapay.Customer{}, `v.phone=""`},
		{pay, `v.reference=order-1 v.amount="5000 XOF" v.operator=MOOV v.customer.phone=+226••••88`},
		{&out, `v.reference=order-1 v.amount="5000 XOF" v.operator=MOOV v.recipient.phone=+226••••88`},
	} {
		var text, doc bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", tt.v)
		slog.New(slog.NewJSONHandler(&doc, nil)).Info("m", "v", tt.v)
		if _, got, _ := strings.Cut(text.String(), "msg=m "); strings.TrimSpace(got) != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
		for _, private := range []string{"70656188", "Awa", "Ouedraogo", "awa@", "493827"} {
			if strings.Contains(doc.String(), private) {
				t.Errorf("%s in %s", private, doc.String())
			}
		}
	}
}

// A one-time code shows in no form of a request, nor of a value around it.
func TestOneTimeCodeIsHidden(t *testing.T) {
	const code = "493827"
	r := wapay.PaymentRequest{Reference: "order-1", Amount: wapay.XOF.Units(5000), OTP: code, Metadata: map[string]string{"a": "b"}}
	type order struct {
		Request wapay.PaymentRequest
		Pointer *wapay.PaymentRequest
		More    []wapay.PaymentRequest
		ByName  map[string]any
	}
	around := order{r, &r, []wapay.PaymentRequest{r}, map[string]any{"a": r}}
	for name, v := range map[string]any{"request": r, "pointer": &r, "nested": around, "nested pointer": &around} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			out := fmt.Sprintf(verb, v)
			for _, form := range []string{code, fmt.Sprintf("%x", code)} {
				if strings.Contains(out, form) {
					t.Errorf("%s with %s: %s", name, verb, out)
				}
			}
		}
		if out := fmt.Sprintf("%+v", v); !strings.Contains(out, "order-1") || !strings.Contains(out, "OTP:"+hidden) {
			t.Errorf("%s prints as %s", name, out)
		}
		doc, err := json.Marshal(v)
		if err != nil || strings.Contains(string(doc), code) || !strings.Contains(string(doc), "order-1") {
			t.Errorf("%s: %s, %v", name, doc, err)
		}
		var text, js bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).With("w", v).Info("m", "v", v, slog.Group("g", "v", v))
		slog.New(slog.NewJSONHandler(&js, nil)).With("w", v).Info("m", "v", v, slog.Group("g", "v", v))
		if strings.Contains(text.String()+js.String(), code) {
			t.Errorf("%s logs as %s%s", name, text.String(), js.String())
		}
	}
	if r.OTP != code || r.String() != fmt.Sprint(r) || strings.Contains(fmt.Sprintf("%+v", wapay.PaymentRequest{}), hidden) {
		t.Errorf("%s", r)
	}
	doc, err := json.Marshal(r)
	var back wapay.PaymentRequest
	if err == nil {
		err = json.Unmarshal(doc, &back)
	}
	if err != nil || back.OTP != "" || back.Reference != r.Reference || back.Amount != r.Amount ||
		back.Metadata["a"] != "b" {
		t.Errorf("%s came back as %+v, %v", doc, back, err)
	}
}
