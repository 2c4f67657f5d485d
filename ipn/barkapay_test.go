package ipn

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

const testKey = "ipn-key-for-tests"

type barkaPayVector struct {
	Name, Hash, Body string
	Key              wapay.Secret `json:"ipn_key"`
	Valid            bool
}

func barkaPayVectors(t testing.TB) []barkaPayVector {
	t.Helper()
	data, err := os.ReadFile("testdata/barkapay_ipn.json")
	require.NoError(t, err)
	var vectors []barkaPayVector
	require.NoError(t, json.Unmarshal(data, &vectors))
	require.NotEmpty(t, vectors)
	return vectors
}

// signedValues reads a notification with encoding/json alone, by the rules of
// the provider's document. It returns the seven values in their order, as PHP
// prints them, and reports whether they have the right shape.
func signedValues(body []byte) (values []string, kind Kind, ok bool) {
	m := foldedMembers(body)
	if m == nil {
		return nil, KindUnknown, false
	}
	isThere := func(name string) bool { return m[name] != nil && m[name] != "" }
	side := "sender"
	switch {
	case isThere("sender_phonenumber") || isThere("sender_country"):
		kind = KindPayment
	case isThere("receiver_phonenumber") || isThere("receiver_country"):
		side, kind = "receiver", KindPayout
	case m["type"] == "payment":
		kind = KindPayment
	case m["type"] == "transfer":
		kind = KindPayout
	}
	names := []string{"public_id", "amount", side + "_phonenumber", side + "_country", "status", "order_id", "txid"}
	for _, name := range names {
		switch v := m[name].(type) {
		case nil:
			values = append(values, "")
		case string, json.Number:
			values = append(values, fmt.Sprint(v))
		default:
			return nil, KindUnknown, false
		}
	}
	return values, kind, true
}

// foldedMembers returns the members of an object with their names in lower
// case, as encoding/json compares them. It returns nil if the body is no
// object.
func foldedMembers(body []byte) map[string]any {
	var m map[string]any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if dec.Decode(&m) != nil || m == nil {
		return nil
	}
	folded := map[string]any{}
	for name, value := range m {
		folded[strings.NewReplacer("\u017f", "s", "\u212a", "k").Replace(strings.ToLower(name))] = value
	}
	return folded
}

func referenceHash(key string, values []string) string {
	return fmt.Sprintf("%x", sha512.Sum512(fmt.Appendf(nil, "13:%s:%x:13", strings.Join(values, ":"), sha256.Sum256([]byte(key)))))
}

// sign puts the right hash in the place of HASH.
func sign(body string) []byte {
	values, _, _ := signedValues([]byte(body))
	return []byte(strings.ReplaceAll(body, "HASH", referenceHash(testKey, values)))
}

const (
	payment = `{"public_id":"p-1","amount":10200,"sender_phonenumber":"70656188","sender_country":"BFA",` +
		`"status":1,"order_id":"o-1","txid":"T.1","reason":"Done.","type":"payment","hash":"HASH"}`
	transfer = `{"public_id":"t-1","amount":12573,"receiver_phonenumber":"70763259","receiver_country":"BFA",` +
		`"status":0,"order_id":"o-2","txid":null,"reason":null,"type":"transfer","hash":"HASH"}`
)

func TestBarkaPayVectors(t *testing.T) {
	for _, v := range barkaPayVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			e, err := BarkaPay(v.Key).Verify(nil, []byte(v.Body))
			require.Equal(t, v.Valid, err == nil, "%v", err)
			values, kind, _ := signedValues([]byte(v.Body))
			assert.Equal(t, values, []string{e.ID, e.Amount.Decimal(), values[2], values[3], e.ProviderStatus, e.Reference, e.OperatorID})
			assert.Equal(t, kind, e.Kind)
			assert.Equal(t, wapay.XOF, e.Amount.Currency())
			assert.Equal(t, ProofSigned, e.Proof)
			assert.Equal(t, v.Body, string(e.Body))

			for _, keys := range [][]wapay.Secret{nil, {}, {""}, {"wrong"}, {v.Key, ""}, {"", v.Key}, {v.Key + "x"}} {
				e, err := BarkaPay(keys...).Verify(nil, []byte(v.Body))
				require.ErrorIs(t, err, ErrSignature)
				require.Nil(t, e)
			}
			_, err = BarkaPay("first app", v.Key, "third app").Verify(nil, []byte(v.Body))
			require.NoError(t, err)
		})
	}
}

func TestBarkaPayEvent(t *testing.T) {
	body := sign(payment)
	e, err := BarkaPay(testKey).Verify(nil, body)
	require.NoError(t, err)
	assert.Equal(t, &Event{
		Provider: "barkapay", Kind: KindPayment, Name: "payment", DeliveryKey: "barkapay:p-1:1",
		ID: "p-1", Reference: "o-1", Status: wapay.StatusSucceeded, ProviderStatus: "1", Amount: wapay.XOF.Units(10200),
		Reason: "Done.", OperatorID: "T.1", Proof: ProofSigned, Body: body,
	}, e)
	assert.Same(t, &body[0], &e.Body[0])

	body = sign(transfer)
	e, err = BarkaPay(testKey).Verify(nil, body)
	require.NoError(t, err)
	assert.Equal(t, &Event{
		Provider: "barkapay", Kind: KindPayout, Name: "transfer", DeliveryKey: "barkapay:t-1:0",
		ID: "t-1", Reference: "o-2", Status: wapay.StatusPending, ProviderStatus: "0", Amount: wapay.XOF.Units(12573),
		Proof: ProofSigned, Body: body,
	}, e)
}

// Each changed body has the right signature, so that only the rule under test
// can refuse it.
func TestBarkaPayShapes(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           error
	}{
		{"as it is", "", "", nil},
		{"numbers as strings", `10200`, `"10200"`, nil},
		{"strings as numbers", `"70656188"`, `70656188`, nil},
		{"id as a number", `"p-1"`, `41`, nil},
		{"txid null", `"T.1"`, `null`, nil},
		{"txid absent", `"txid":"T.1",`, ``, nil},
		{"txid empty", `"T.1"`, `""`, nil},
		{"type absent", `"type":"payment",`, ``, nil},
		{"type null", `"type":"payment"`, `"type":null`, nil},
		{"unread field", `"reason"`, `"x":{"hash":["}",{"a":"\\\"]"}],"amount":1},"reason"`, nil},
		{"unread field twice", `"reason"`, `"x":1,"x":2,"reason"`, nil},
		{"reason is an object", `"Done."`, `{"text":"Done."}`, nil},
		{"escapes in values", `"o-1"`, `"o\u002d\u00e9\n\"\/"`, nil},
		{"half a surrogate pair", `"o-1"`, `"o\ud800"`, nil},
		{"escapes in names", `"order_id"`, `"order\u005fid"`, nil},
		{"receiver fields null", `"status"`, `"receiver_phonenumber":null,"receiver_country":null,"status"`, nil},
		{"whitespace", `,"status":1,`, "\t,\r\n\"status\" :\n1 ,", nil},
		{"space around", payment, " \r\n" + payment + "\n\t ", nil},

		{"type switched", `"type":"payment"`, `"type":"transfer"`, ErrSignature},
		{"type that is new", `"type":"payment"`, `"type":"deposit"`, nil},
		{"type empty", `"type":"payment"`, `"type":""`, nil},
		{"type no string", `"type":"payment"`, `"type":["payment"]`, nil},
		{"receiver beside sender", `"status"`, `"receiver_phonenumber":"1","receiver_country":"BFA","status"`, ErrSignature},
		{"part of a receiver", `"status"`, `"receiver_country":"BFA","status"`, ErrSignature},
		{"half and half", `"sender_country"`, `"receiver_country"`, ErrSignature},
		{"sender null", `"70656188","sender_country":"BFA"`, `null,"sender_country":null`, nil},
		{"neither", `"sender_phonenumber":"70656188","sender_country":"BFA",`, ``, nil},
		{"colon in order_id", `"o-1"`, `"o:1"`, ErrSignature},
		{"colon in txid", `"T.1"`, `"T:1"`, ErrSignature},
		{"colon by escape", `"T.1"`, `"T\u003a1"`, ErrSignature},
		{"hash null", `"HASH"`, `null`, ErrSignature},
		{"hash absent", `,"hash":"HASH"`, ``, ErrSignature},
		{"hash empty", `HASH`, ``, ErrSignature},
		{"hash too long", `HASH`, `HASH0`, ErrSignature},
		{"hash a number", `"HASH"`, `1`, ErrSignature},
		{"hash true", `"HASH"`, `true`, ErrSignature},
		{"hash in a list", `"HASH"`, `["HASH"]`, ErrSignature},
		{"field twice", `"amount":10200`, `"amount":10200,"amount":10200`, ErrMalformed},
		{"field twice, null", `"amount":10200`, `"amount":null,"amount":10200`, ErrMalformed},
		{"field twice by escape", `"amount":10200`, `"\u0061mount":5,"amount":10200`, ErrMalformed},
		{"field in other case", `"amount":10200`, `"Amount":5,"amount":10200`, ErrMalformed},
		{"field in other case by folding", `"status":1`, "\"\u017ftatus\":0,\"status\":1", ErrMalformed},
		{"hash twice", `"hash"`, `"hash":"","hash"`, ErrMalformed},
		{"data behind", payment, payment + `{}`, ErrMalformed},
		{"brace behind", payment, payment + `}`, ErrMalformed},
		{"in a list", payment, `[` + payment + `]`, ErrMalformed},
		{"in a string", payment, `"` + strings.ReplaceAll(payment, `"`, `\"`) + `"`, ErrMalformed},
		{"byte order mark", payment, "\ufeff" + payment, ErrMalformed},
		{"invalid UTF-8, covered", `"o-1"`, "\"o\xff\"", ErrMalformed},
		{"invalid UTF-8, not covered", `"Done."`, "\"\xe7a\"", ErrMalformed},
		{"raw control character", `"o-1"`, "\"o\n\"", ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Contains(t, payment, tt.old)
			checkShape(t, string(sign(strings.Replace(payment, tt.old, tt.new, 1))), tt.want)
		})
	}
}

// checkShape verifies body. If it is accepted, the event must hold the signed
// values.
func checkShape(t *testing.T, body string, want error) *Event {
	t.Helper()
	e, err := BarkaPay(testKey).Verify(nil, []byte(body))
	if want != nil {
		require.ErrorIs(t, err, want)
		require.Nil(t, e)
		return nil
	}
	require.NoError(t, err)
	values, kind, _ := signedValues([]byte(body))
	assert.Equal(t, kind, e.Kind)
	assert.Equal(t, []string{values[0], values[4], values[5], values[6]},
		[]string{e.ID, e.ProviderStatus, e.Reference, e.OperatorID})
	return e
}

// A notification with a right signature is delivered, even if it lacks values.
func TestBarkaPayMissing(t *testing.T) {
	fields := map[string]string{
		"public_id": `"p-1"`, "amount": `10200`, "sender_phonenumber": `"70656188"`, "sender_country": `"BFA"`,
		"status": `1`, "order_id": `"o-1"`,
	}
	for name, value := range fields {
		member := `"` + name + `":` + value
		for _, empty := range []string{`"` + name + `":null`, `"` + name + `":""`, `"absent":1`} {
			e := checkShape(t, string(sign(strings.Replace(payment, member, empty, 1))), nil)
			if name == "public_id" {
				assert.Regexp(t, "^barkapay:hash:[0-9a-f]{128}$", e.DeliveryKey)
			}
		}
		for _, bad := range []string{`true`, `false`, `{}`, `[]`, `["` + name + `"]`} {
			checkShape(t, string(sign(strings.Replace(payment, member, `"`+name+`":`+bad, 1))), ErrSignature)
		}
	}
	for _, body := range []string{``, ` `, `{`, `{}`, `[]`, `null`, `true`, `12`, `""`, "\xff", "\x00", `{"hash"}`} {
		checkShape(t, body, ErrMalformed)
	}
	checkShape(t, strings.Repeat(`{"a":`, 30_000), ErrMalformed)
	checkShape(t, strings.Repeat(`[`, 30_000)+strings.Repeat(`]`, 30_000), ErrMalformed)
}

func TestBarkaPayAmount(t *testing.T) {
	for amount, want := range map[string]int64{
		`200`: 200, `"200"`: 200, `200.00`: 200, `"200.00"`: 200, `200.0`: 200, `0`: 0, `9223372036854775807`: 9223372036854775807,
	} {
		e := checkShape(t, string(sign(strings.Replace(payment, `10200`, amount, 1))), nil)
		assert.Equal(t, wapay.XOF.Units(want), e.Amount, amount)
	}
	e := checkShape(t, strings.Replace(string(sign(payment)), `10200`, `10200.0`, 1), nil)
	assert.Equal(t, wapay.XOF.Units(10200), e.Amount, "PHP prints 10200.0 as 10200")
	e = checkShape(t, strings.Replace(string(sign(payment)), `10200`, `10200.000`, 1), nil)
	assert.Equal(t, wapay.XOF.Units(10200), e.Amount, "and so it was signed")
	for _, amount := range []string{
		`200.50`, `"200.50"`, `1e6`, `1E+6`, `"1e6"`, `"200."`, `".00"`, `" 200"`, `"+200"`, `"0x10"`, `"1 000"`, `"1,000"`,
		`"1_000"`, `"free"`, `9223372036854775808`, `"Infinity"`, `"NaN"`, `"٢"`,
	} {
		e := checkShape(t, string(sign(strings.Replace(payment, `10200`, amount, 1))), nil)
		assert.Equal(t, wapay.Money{}, e.Amount, amount)
		unsigned := strings.Replace(string(sign(payment)), `10200`, amount, 1)
		checkShape(t, unsigned, ErrSignature)
	}
}

// The country is signed, a currency is not.
func TestBarkaPayCurrency(t *testing.T) {
	for _, tt := range []struct {
		country, currency string
		want              wapay.Money
	}{
		{"BFA", `null`, wapay.XOF.Units(10200)}, {"TOG", `null`, wapay.XOF.Units(10200)}, {"TGO", `""`, wapay.XOF.Units(10200)}, {"BFA", `"XOF"`, wapay.XOF.Units(10200)},
		{"GIN", `null`, wapay.Money{}}, {"GIN", `"GNF"`, wapay.Money{}}, {"BFA", `"GNF"`, wapay.Money{}}, {"BFA", `"EUR"`, wapay.Money{}},
	} {
		body := strings.NewReplacer(`"BFA"`, `"`+tt.country+`"`, `"reason"`, `"currency":`+tt.currency+`,"reason"`).Replace(payment)
		assert.Equal(t, tt.want, checkShape(t, string(sign(body)), nil).Amount, "%s %s", tt.country, tt.currency)
	}
}

func TestBarkaPayStatus(t *testing.T) {
	for status, want := range map[string]wapay.Status{
		`1`: wapay.StatusSucceeded, `"1"`: wapay.StatusSucceeded, `0`: wapay.StatusPending, `"0"`: wapay.StatusPending,
		`-1`: wapay.StatusFailed, `"-1"`: wapay.StatusFailed, `2`: wapay.StatusUnknown, `"done"`: wapay.StatusUnknown,
		`1.0`: wapay.StatusUnknown, `"01"`: wapay.StatusUnknown, `"+1"`: wapay.StatusUnknown, `1e0`: wapay.StatusUnknown,
	} {
		e := checkShape(t, string(sign(strings.Replace(payment, `"status":1`, `"status":`+status, 1))), nil)
		assert.Equal(t, want, e.Status, status)
		assert.Equal(t, strings.Trim(status, `"`), e.ProviderStatus)
		assert.Equal(t, "barkapay:p-1:"+e.ProviderStatus, e.DeliveryKey)
	}
}

// A colon in a value could give two notifications one hash.
func TestBarkaPayColonMoved(t *testing.T) {
	before := strings.NewReplacer(`"o-1"`, `"a:b"`, `"T.1"`, `"c"`).Replace(payment)
	after := strings.NewReplacer(`"o-1"`, `"a"`, `"T.1"`, `"b:c"`).Replace(payment)
	hash := func(body string) string {
		values, _, _ := signedValues([]byte(body))
		return referenceHash(testKey, values)
	}
	require.Equal(t, hash(before), hash(after))
	checkShape(t, string(sign(before)), ErrSignature)
	checkShape(t, string(sign(after)), ErrSignature)
}

// The names of the fields are not signed: a payment can be dressed up as a
// payout. It must not have a new delivery key.
func TestBarkaPayKindIsNotCovered(t *testing.T) {
	genuine := checkShape(t, string(sign(payment)), nil)
	dressedUp := strings.NewReplacer("sender_", "receiver_", `"type":"payment"`, `"type":"transfer"`).Replace(string(sign(payment)))
	e := checkShape(t, dressedUp, nil)
	assert.Equal(t, KindPayout, e.Kind)
	assert.Equal(t, genuine.DeliveryKey, e.DeliveryKey)
}

func TestBarkaPayUpperCaseHash(t *testing.T) {
	values, _, _ := signedValues([]byte(payment))
	hash := referenceHash(testKey, values)
	checkShape(t, strings.Replace(payment, "HASH", strings.ToUpper(hash), 1), ErrSignature)
}
