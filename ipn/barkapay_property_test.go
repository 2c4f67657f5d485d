package ipn

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// If any byte changes, Verify refuses the notification, or the signed values
// are still the same.
func TestBarkaPayOneByteChanged(t *testing.T) {
	for _, v := range barkaPayVectors(t) {
		verifier := BarkaPay(v.Key)
		want, err := verifier.Verify(nil, []byte(v.Body))
		require.NoError(t, err)
		signed, _, _ := signedValues([]byte(v.Body))
		accepted := 0
		check := func(body []byte) {
			e, err := verifier.Verify(nil, body)
			if err != nil {
				require.True(t, errors.Is(err, ErrSignature) || errors.Is(err, ErrMalformed), "%v", err)
				return
			}
			accepted++
			values, _, ok := signedValues(body)
			require.True(t, ok)
			// Three changes pass. encoding/json reads a name in another letter
			// case too. PHP prints 1.0 as 1. The sender's place is not signed.
			values[1] = strings.TrimSuffix(values[1], ".0")
			for i := range values {
				require.Contains(t, []string{signed[i], ""}, values[i], "%s", body)
			}
			e.Body, e.Reason = want.Body, want.Reason // neither is covered
			require.Equal(t, want, e, "%s", body)
		}
		for i := range len(v.Body) {
			old := v.Body[i]
			for _, b := range []byte{old ^ 1, old ^ 0x20, old ^ 0x80, '"', '\\', ':', ',', '{', '0', 'n', ' ', 0xff} {
				if b != old {
					check([]byte(v.Body[:i] + string([]byte{b}) + v.Body[i+1:]))
				}
				check([]byte(v.Body[:i] + string([]byte{b}) + v.Body[i:]))
			}
			check([]byte(v.Body[:i] + v.Body[i+1:]))
			check([]byte(v.Body[:i]))
		}
		assert.Positive(t, accepted, "changes to what is not covered pass")
	}
}

// checkAccepted compares an accepted notification with an independent reading
// of it.
func checkAccepted(t *testing.T, body []byte) {
	e, err := BarkaPay("first app", testKey).Verify(nil, body)
	if err != nil {
		if e != nil || !errors.Is(err, ErrSignature) && !errors.Is(err, ErrMalformed) {
			t.Fatalf("event %v, error %v", e, err)
		}
		return
	}
	values, kind, ok := signedValues(body)
	var m struct{ Hash string }
	if !ok || json.Unmarshal(body, &m) != nil {
		t.Fatalf("accepted %q", body)
	}
	if whole, fraction, ok := strings.Cut(values[1], "."); ok && strings.Trim(fraction, "0") == "" &&
		m.Hash != referenceHash(testKey, values) {
		values[1] = whole // as PHP prints it
	}
	if m.Hash != referenceHash(testKey, values) && m.Hash != referenceHash("first app", values) {
		t.Fatalf("accepted %q with a hash that is not that of %q", body, values)
	}
	francs, fraction, hasPoint := strings.Cut(values[1], ".")
	amount, err := wapay.ParseMoney(francs, wapay.XOF)
	other := len(values[3]) == 3 && !slices.Contains([]string{"BEN", "BFA", "CIV", "GNB", "MLI", "NER", "SEN", "TGO", "TOG"}, strings.ToUpper(values[3]))
	switch currency := foldedMembers(body)["currency"].(type) {
	case string, json.Number:
		other = other || fmt.Sprint(currency) != "" && fmt.Sprint(currency) != "XOF"
	}
	if err != nil || other || hasPoint && fraction != "0" && fraction != "00" {
		amount = wapay.Money{}
	}
	if amount != e.Amount || e.Kind != kind || e.Proof != ProofSigned ||
		e.ID != values[0] || e.ProviderStatus != values[4] || e.Reference != values[5] || e.OperatorID != values[6] {
		t.Fatalf("event %+v of values %q, %v", e, values, kind)
	}
}

func FuzzBarkaPay(f *testing.F) {
	for _, v := range barkaPayVectors(f) {
		f.Add([]byte(v.Body))
	}
	f.Add(sign(payment))
	f.Add(sign(transfer))
	f.Fuzz(func(t *testing.T, body []byte) {
		checkAccepted(t, body)
		// No fuzzer finds a hash. Put the right one in, to test what follows
		// the comparison.
		var m struct{ Hash string }
		values, _, ok := signedValues(body)
		if ok && json.Unmarshal(body, &m) == nil && m.Hash != "" {
			checkAccepted(t, bytes.ReplaceAll(body, []byte(m.Hash), []byte(referenceHash(testKey, values))))
		}
	})
}

func TestBarkaPayShowsNoKey(t *testing.T) {
	v := BarkaPay("first app", testKey)
	sum := sha256.Sum256([]byte(testKey))
	hashed := hex.EncodeToString(sum[:])
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
	asJSON, _ := json.Marshal(map[string]any{"v": v, "p": &v})
	shown := log.String() + string(asJSON)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%q", "%x", "%X", "%p"} {
		shown += fmt.Sprintf(verb+" ", v) + fmt.Sprintf(verb+" ", &v) + fmt.Sprintf(verb+" ", struct{ V Verifier }{v})
	}
	for _, secret := range []string{testKey, "first app", hashed, hashed[:8]} {
		assert.NotContains(t, shown, secret)
		assert.NotContains(t, shown, hex.EncodeToString([]byte(secret)))
		assert.NotContains(t, shown, strings.Trim(fmt.Sprint([]byte(secret)), "[]"))
	}
}

func TestBarkaPayErrorsRepeatNothing(t *testing.T) {
	body := string(sign(payment))
	for _, bad := range []string{
		string(sign(strings.Replace(payment, "o-1", "o:1", 1))), string(sign(strings.Replace(payment, `"payment"`, `"transfer"`, 1))), strings.Replace(body, "o-1", "o-2", 1), strings.Replace(body, `"o-1"`, `o-1`, 1),
		strings.Replace(body, "10200", "10200.50", 1), body + "x",
	} {
		_, err := BarkaPay(testKey).Verify(nil, []byte(bad))
		require.Error(t, err)
		for _, said := range []string{"70656188", "10200", "o-2", "p-1", "'", `"`, body[len(body)-20 : len(body)-2]} {
			assert.NotContains(t, err.Error(), said)
		}
	}
}
