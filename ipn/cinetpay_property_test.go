package ipn

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// Nobody can change, add or leave out a byte of a signed value or of the token.
func TestCinetPayCheckoutOneByteChanged(t *testing.T) {
	for _, v := range cinetPayVectors(t) {
		verifier := CinetPayCheckout(v.Secret)
		refused := func(h http.Header, f checkoutValues) {
			t.Helper()
			e, err := verifier.Verify(h, []byte(f.encode()))
			require.ErrorIs(t, err, ErrSignature, "%q %q", h, f)
			require.Nil(t, e)
		}
		changes := func(s string, check func(string)) {
			for i := range len(s) {
				for b := range 256 {
					if byte(b) != s[i] {
						check(s[:i] + string([]byte{byte(b)}) + s[i+1:])
					}
				}
				check(s[:i] + s[i+1:])
			}
			for i := range len(s) + 1 {
				for _, b := range []byte{'0', ' ', '&', '=', '+', '%', 0, 0xff} {
					check(s[:i] + string([]byte{b}) + s[i:])
				}
			}
		}
		for i := range ccFields {
			changes(v.values()[i], func(s string) {
				f := v.values()
				f[i] = s
				refused(v.header(), f)
			})
		}
		changes(v.Token, func(s string) {
			h := v.header()
			h["X-Token"] = []string{s}
			refused(h, v.values())
		})
	}
}

// If any byte of the body changes, Verify refuses it, or the joined values are
// still the same.
func TestCinetPayCheckoutBodyByteChanged(t *testing.T) {
	for _, v := range cinetPayVectors(t) {
		values := v.values()
		body := values.encode()
		signed := strings.Join(values[:], "")
		for i := range len(body) {
			for _, b := range []byte("0159 &=+%;ABcpm_\x00\xff") {
				changed := []byte(body[:i] + string([]byte{b}) + body[i+1:])
				e, err := CinetPayCheckoutSite("445160", v.Secret).Verify(v.header(), changed)
				if err != nil {
					require.Nil(t, e)
					continue
				}
				form, err := url.ParseQuery(string(changed))
				require.NoError(t, err)
				var again string
				for _, name := range cinetPayCheckoutNames {
					again += form.Get(name)
				}
				require.Equal(t, signed, again)
				require.Equal(t, v.Form["cpm_trans_id"], e.Reference)
				require.Equal(t, v.Form["cpm_amount"]+" "+v.Form["cpm_currency"], e.Amount.String())
			}
		}
	}
}

// Text can move between two neighbours under the same token, but only as far as
// docs/notifications.md says.
func TestCinetPayCheckoutBordersMoved(t *testing.T) {
	for _, v := range cinetPayVectors(t) {
		genuine, err := CinetPayCheckout(v.Secret).Verify(v.header(), []byte(formOf(v.Form)))
		require.NoError(t, err)
		moved := map[int]int{}
		for i := range ccFields - 1 {
			f := v.values()
			both := f[i] + f[i+1]
			for cut := range len(both) + 1 {
				g := f
				g[i], g[i+1] = both[:cut], both[cut:]
				if g == f {
					continue
				}
				e, err := CinetPayCheckout(v.Secret).Verify(v.header(), []byte(g.encode()))
				_, siteErr := CinetPayCheckoutSite("445160", v.Secret).Verify(v.header(), []byte(g.encode()))
				switch {
				case i == ccSite:
					require.Equal(t, isDigits(g[ccSite]), err == nil, "%q", g)
					require.Error(t, siteErr)
				case i < ccSignature: // up to the border between currency and signature
					require.ErrorIs(t, err, ErrSignature, "%q", g)
					require.Error(t, siteErr)
				default:
					require.NoError(t, err, "%q", g)
					require.NoError(t, siteErr)
				}
				if err != nil {
					continue
				}
				moved[i]++
				require.Equal(t, genuine.DeliveryKey, e.DeliveryKey)
				require.Equal(t, genuine.Amount, e.Amount)
				if i != ccSite {
					require.Equal(t, genuine.Reference, e.Reference)
				}
				if i != ccDesignation {
					require.Equal(t, genuine.ProviderStatus, e.ProviderStatus)
				}
			}
		}
		require.Positive(t, moved[ccSite])
		require.Positive(t, moved[ccDesignation])
	}
}

// The test cuts the signed text in all ways into the first five values and the
// rest. Amount, currency and date are accepted in one place only, although the
// customer's own text looks like them.
func TestCinetPayCheckoutHasOneReading(t *testing.T) {
	const bait = "2023-01-01 00:00:00999999USD"
	for _, form := range []map[string]string{
		cinetPayCheckoutForm(t),
		cinetPayCheckoutForm(t, "cpm_trans_id", "123456789"),
		cinetPayCheckoutForm(t, "cpm_trans_id", "2022-09-15 22:57", "cpm_amount", "10020220"),
		cinetPayCheckoutForm(t, "cpm_trans_id", "20", "cpm_custom", bait),
		cinetPayCheckoutForm(t, "signature", bait, "payment_method", "", "cpm_trans_id", "1"),
		cinetPayCheckoutForm(t, "signature", "", "cpm_designation", bait),
		cinetPayCheckoutForm(t, "cpm_trans_id", "1", "cpm_amount", "1002023", "signature", "-01-01 00:00:00999USD"),
	} {
		f := valuesOf(form)
		want, err := f.amount()
		require.NoError(t, err)
		signed := strings.Join(f[:], "")
		readings := 0
		n := len(signed)
		for site := 1; site < n && isDigits(signed[:site]); site++ {
			for id := site; id < n; id++ {
				for date := id + 18; date <= min(id+20, n); date++ {
					for amount := date; amount <= min(date+12, n); amount++ {
						for currency := amount; currency <= min(amount+4, n); currency++ {
							g := checkoutValues{signed[:site], signed[site:id], signed[id:date], signed[date:amount], signed[amount:currency], signed[currency:]}
							got, err := g.amount()
							if err != nil {
								continue
							}
							readings++
							require.Equal(t, want, got)
							require.Equal(t, f[ccDate], g[ccDate])
							require.Equal(t, f[ccSite]+f[ccTransaction], g[ccSite]+g[ccTransaction])
							if g[ccSite] == f[ccSite] {
								require.Equal(t, f[:ccSignature], g[:ccSignature])
							}
						}
					}
				}
			}
		}
		require.Positive(t, readings)
	}
}

var cinetPayHead = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`)

// checkCheckout compares an accepted notification with an independent reading
// of it.
func checkCheckout(t *testing.T, body []byte, token string) {
	h := http.Header{"Content-Type": {formType}, "X-Token": {token}}
	e, err := CinetPayCheckout("other secret", testSecret).Verify(h, body)
	if err != nil {
		if e != nil || !errors.Is(err, ErrSignature) && !errors.Is(err, ErrMalformed) {
			t.Fatalf("event %v, error %v", e, err)
		}
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, name := range cinetPayCheckoutNames {
		if len(form[name]) > 1 {
			t.Fatalf("accepted %s twice", name)
		}
		values[name] = form.Get(name)
	}
	if token != referenceToken(testSecret, values) || e.Reference != "" && e.Reference != values["cpm_trans_id"] {
		t.Fatalf("event %+v of %q", e, values)
	}
	if e.Amount != (wapay.Money{}) {
		francs, _, _ := strings.Cut(values["cpm_amount"], ".")
		got, _, _ := strings.Cut(e.Amount.Decimal(), ".")
		if e.Amount.Sign() < 0 || strings.TrimLeft(francs, "0") != strings.TrimLeft(got, "0") ||
			string(e.Amount.Currency()) != values["cpm_currency"] ||
			!cinetPayHead.MatchString(values["cpm_trans_date"]) || !isDigits(values["cpm_site_id"]) {
			t.Fatalf("event %+v of %q", e, values)
		}
	}
	checkHint(t, e, ProofSigned)
}

// checkHint fails if an event says more than that its order may have changed.
func checkHint(t *testing.T, e *Event, proof Proof) {
	if e.Status != wapay.StatusUnknown || e.Proof != proof || proof == ProofNone && e.ID == "" && e.Reference == "" ||
		e.Attempt != 0 ||
		!strings.HasPrefix(e.DeliveryKey, e.Provider+":") || len(e.DeliveryKey) < len(e.Provider)+65 {
		t.Fatalf("event %+v", e)
	}
	for _, s := range []string{e.Name, e.ID, e.Reference, e.ProviderStatus, e.Reason, e.OperatorID} {
		if !utf8.ValidString(s) {
			t.Fatalf("event %+v", e)
		}
	}
	if e.Amount != (wapay.Money{}) && (!e.Amount.Valid() || !e.Amount.Currency().Known()) {
		t.Fatalf("amount %v", e.Amount)
	}
	if _, err := json.Marshal(e); err != nil {
		t.Fatal(err)
	}
}

func FuzzCinetPayCheckout(f *testing.F) {
	for _, v := range cinetPayVectors(f) {
		values := v.values()
		f.Add([]byte(values.encode()))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		checkCheckout(t, body, strings.Repeat("0", 64))
		// No fuzzer finds a token. Put the right one in, to test what follows
		// the comparison.
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return
		}
		values := map[string]string{}
		for name := range form {
			values[name] = form.Get(name)
		}
		checkCheckout(t, body, referenceToken(testSecret, values))
		// A fuzzer rarely writes a date, too.
		for name, value := range cinetPayCheckoutForm(t) {
			if values[name] == "" {
				values[name] = value
			}
		}
		checkCheckout(t, []byte(formOf(values)), referenceToken(testSecret, values))
	})
}

func FuzzCinetPayTransfer(f *testing.F) {
	f.Add("", []byte(formOf(cinetPayTransfer())))
	f.Add("application/json", []byte(`{"transaction_id":"X","client_transaction_id":"PO-1","amount":500,"receiver":"2250707000001"}`))
	f.Fuzz(func(t *testing.T, media string, body []byte) {
		e, err := CinetPayTransfer().Verify(contentType(media), body)
		if err != nil {
			if e != nil || !errors.Is(err, ErrMalformed) {
				t.Fatalf("event %v, error %v", e, err)
			}
			return
		}
		checkHint(t, e, ProofNone)
		values := map[string]string{}
		if form, err := url.ParseQuery(string(body)); err == nil {
			for name := range form {
				values[name] = form.Get(name)
			}
		}
		var object map[string]any
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		if dec.Decode(&object) == nil {
			for name, value := range object {
				for known := range fieldsOf(new(cinetPayTransferFields)) {
					if strings.EqualFold(name, known) {
						values[known] = fmt.Sprint(value)
					}
				}
			}
		}
		if e.ID != "" && e.ID != values["transaction_id"] ||
			e.Reference != "" && e.Reference != values["client_transaction_id"] {
			t.Fatalf("event %+v of %q", e, values)
		}
		if e.Amount != (wapay.Money{}) {
			amount, _, _ := strings.Cut(values["amount"], ".")
			got, _, _ := strings.Cut(e.Amount.Decimal(), ".")
			if strings.TrimLeft(amount, "-0") != strings.TrimLeft(got, "-0") {
				t.Fatalf("amount %v of %q", e.Amount, values)
			}
		}
	})
}

func TestCinetPayShowsNoSecret(t *testing.T) {
	for _, v := range []Verifier{CinetPayCheckout("first secret", testSecret), CinetPayCheckoutSite("445160", "first secret", testSecret)} {
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		asJSON, _ := json.Marshal(map[string]any{"v": v, "p": &v})
		shown := log.String() + string(asJSON)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%q", "%x", "%X", "%p"} {
			shown += fmt.Sprintf(verb+" ", v) + fmt.Sprintf(verb+" ", &v) + fmt.Sprintf(verb+" ", struct{ V Verifier }{v})
		}
		for _, secret := range []string{testSecret, "first secret"} {
			assert.NotContains(t, shown, secret)
			assert.NotContains(t, shown, hex.EncodeToString([]byte(secret)))
			assert.NotContains(t, shown, strings.Trim(fmt.Sprint([]byte(secret)), "[]"))
		}
	}
}

func TestCinetPayErrorsRepeatNothing(t *testing.T) {
	v := cinetPayVectors(t)[0]
	for name := range v.Form {
		for _, value := range []string{"0707000001", "x'\"", "\xff", ""} {
			form := cinetPayCheckoutForm(t, name, value)
			for _, token := range []string{v.Token, referenceToken(string(v.Secret), form)} {
				h := v.header()
				h["X-Token"] = []string{token}
				for _, body := range []string{formOf(form), formOf(form) + "&" + name + "=1", formOf(form) + "%"} {
					_, err := CinetPayCheckoutSite("7", v.Secret).Verify(h, []byte(body))
					require.Error(t, err)
					for _, said := range []string{"0707", "445160", "TX-1", "2022", "XOF", "100", token, string(v.Secret), "'", `"`} {
						assert.NotContains(t, err.Error(), said)
					}
				}
			}
		}
	}
}
