package ipn

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// cinetPayTransfer returns a notification with all its fields. Pairs of name
// and value replace some.
func cinetPayTransfer(pairs ...string) map[string]string {
	f := map[string]string{
		"transaction_id": "6CB1A9BE.1528295087", "client_transaction_id": "PO-1", "lot": "1528295087",
		"amount": "500", "receiver": "+2250707000001", "operator": "OM", "sending_status": "CONFIRM", "comment": "Déjà payé",
		"treatment_status": "VAL", "operator_transaction_id": "MP180606.1", "validated_at": "2018-06-06 14:25:16",
	}
	for i := 0; i < len(pairs); i += 2 {
		f[pairs[i]] = pairs[i+1]
	}
	return f
}

func formOf(fields map[string]string) string {
	values := url.Values{}
	for name, value := range fields {
		values.Set(name, value)
	}
	return values.Encode()
}

func contentType(values ...string) http.Header { return http.Header{"Content-Type": values} }

const formType = "application/x-www-form-urlencoded"

func TestCinetPayTransferWholeEvent(t *testing.T) {
	body := formOf(cinetPayTransfer())
	e, err := CinetPayTransfer().Verify(contentType(formType), []byte(body))
	require.NoError(t, err)
	require.Regexp(t, `^cinetpay:transfer:[0-9a-f]{64}$`, e.DeliveryKey)
	key := e.DeliveryKey
	e.DeliveryKey = ""
	assert.Equal(t, &Event{
		Provider: "cinetpay", Kind: KindPayout, Name: "transfer", ID: "6CB1A9BE.1528295087", Reference: "PO-1",
		Status: wapay.StatusUnknown, ProviderStatus: "VAL", Amount: wapay.XOF.Units(500), Reason: "Déjà payé",
		OperatorID: "MP180606.1", Proof: ProofNone, Body: []byte(body),
	}, e)

	// JSON says the same. Numbers may be numbers, and the order does not
	// matter.
	asJSON := `{"validated_at":"2018-06-06 14:25:16","transaction_id":"6CB1A9BE.1528295087","client_transaction_id":"PO-1","lot":1528295087,
		"amount":500,"receiver":"+2250707000001","operator":"OM","sending_status":"CONFIRM","comment":"D\u00e9j\u00e0 pay\u00e9",
		"treatment_status":"VAL","operator_transaction_id":"MP180606.1","more":[{"amount":1}]}`
	again, err := CinetPayTransfer().Verify(contentType("application/json; charset=utf-8"), []byte(asJSON))
	require.NoError(t, err)
	assert.Equal(t, key, again.DeliveryKey)
	again.DeliveryKey, again.Body = "", e.Body
	assert.Equal(t, e, again)
}

func TestCinetPayTransferContentType(t *testing.T) {
	form, asJSON := formOf(cinetPayTransfer()), `{"transaction_id":"X","client_transaction_id":"PO-1"}`
	for _, tt := range []struct {
		types []string
		body  string
		want  error
	}{
		{nil, form, nil},
		{nil, "\r\n " + asJSON, nil},
		{[]string{""}, form, nil},
		{[]string{"application/x-www-form-urlencoded; charset=UTF-8"}, form, nil},
		{[]string{"APPLICATION/X-WWW-FORM-URLENCODED;charset=utf-8"}, form, nil},
		{[]string{"application/x-www-form-urlencoded; charset"}, form, nil},
		{[]string{formType}, asJSON, nil}, // PHP declares this by default
		{[]string{"application/json"}, asJSON, nil},
		{[]string{"application/json;charset=utf-8"}, asJSON, nil},
		{[]string{"application/hal+json"}, asJSON, nil},
		{[]string{"text/plain"}, form, nil},
		{[]string{"text/plain"}, asJSON, nil},
		{[]string{";;"}, form, nil},

		{[]string{"application/json"}, form, ErrMalformed},
		{[]string{"application/json"}, "[" + asJSON + "]", ErrMalformed},
		{[]string{"application/json"}, "null", ErrMalformed},
		{[]string{formType, "application/json"}, form, ErrMalformed},
		{[]string{formType, formType}, form, ErrMalformed},
		{[]string{"multipart/form-data; boundary=x"}, "--x\r\nContent-Disposition: form-data; name=\"transaction_id\"\r\n\r\nX\r\n--x--\r\n", ErrMalformed},
		{[]string{"multipart/form-data"}, form, ErrMalformed},
		{[]string{"Multipart/Mixed"}, asJSON, ErrMalformed},
		{[]string{formType}, "", ErrMalformed},
		{nil, "", ErrMalformed},
		{nil, "{}", ErrMalformed},
		{nil, "<html>", ErrMalformed},
		{[]string{formType}, "transaction_id=%zz", ErrMalformed},
		{[]string{formType}, "transaction_id=a;client_transaction_id=b", ErrMalformed},
	} {
		e, err := CinetPayTransfer().Verify(contentType(tt.types...), []byte(tt.body))
		require.ErrorIs(t, err, tt.want, "%q %s", tt.types, tt.body)
		require.Equal(t, tt.want == nil, e != nil)
		if e != nil {
			assert.Equal(t, "PO-1", e.Reference)
		}
	}
	e, err := CinetPayTransfer().Verify(nil, []byte(form))
	require.NoError(t, err)
	assert.Equal(t, "PO-1", e.Reference)
}

// The event of an unsigned body has no final status. A body that names no
// transfer is refused.
func TestCinetPayTransferIsAHint(t *testing.T) {
	for _, word := range []string{"VAL", "REJ", "NEW", "REC", "NOS", "val", "SUCCES", "XYZ", ""} {
		e, err := CinetPayTransfer().Verify(nil, []byte(formOf(cinetPayTransfer("treatment_status", word, "sending_status", "PENDING"))))
		require.NoError(t, err)
		assert.Equal(t, cmp.Or(word, "PENDING"), e.ProviderStatus)
		assert.Equal(t, wapay.StatusUnknown, e.Status)
		assert.False(t, e.Status.Final())
		assert.Equal(t, ProofNone, e.Proof)
	}
	for body, want := range map[string]error{
		"transaction_id=X": nil, `{"Transaction_ID":"X"}`: nil, `{"transaction_id":"X","client_transaction_id":{}}`: nil, "client_transaction_id=PO-1": nil, `{"transaction_id":17}`: nil, `{"client_transaction_id":"PO-1","transaction_id":null}`: nil,
		"client_transaction_id=PO-1&x=1&x=2": nil, `{"transaction_id":"X","comment":{"a":1},"amount":true}`: nil,
		"client_transaction_id=PO-1&comment=%E9t%E9": nil, "Transaction_id=Y&transaction_id=X": nil, // PHP tells them apart too

		"transaction_id=&client_transaction_id=": ErrMalformed, "amount=500": ErrMalformed,
		"transaction_id=X&transaction_id=X": ErrMalformed, "transaction_id=X&amount=1&amount=2": ErrMalformed,
		"transaction_id=%E9": ErrMalformed, "transaction_id=X&client_transaction_id=%ff": ErrMalformed,
		`{"transaction_id":["X"]}`: ErrMalformed, `{"transaction_id":true}`: ErrMalformed,
		`{"transaction_id":"X","transaction_id":"X"}`: ErrMalformed, `{"Transaction_ID":"X","transaction_id":"X"}`: ErrMalformed,
		`{"transaction_id":"X"`: ErrMalformed, "{\"transaction_id\":\"\xff\"}": ErrMalformed, `{"transaction_id":"X"}{}`: ErrMalformed,
	} {
		e, err := CinetPayTransfer().Verify(nil, []byte(body))
		require.ErrorIs(t, err, want, body)
		require.Equal(t, want == nil, e != nil)
	}
	e, err := CinetPayTransfer().Verify(nil, []byte("client_transaction_id=PO-1&comment=%E9t%E9"))
	require.NoError(t, err)
	assert.Equal(t, "\uFFFDt\uFFFD", e.Reason)
}

func TestCinetPayTransferAmount(t *testing.T) {
	francs, none := wapay.XOF.Units(500), wapay.Money{}
	for _, tt := range []struct {
		amount, receiver string
		want             wapay.Money
	}{
		{"500", "+2250707000001", francs}, {"500", "2250707000001", francs}, {"500", "002250707000001", francs},
		{"500.00", "2250707000001", francs}, {"500", " 2250707000001", francs}, // a plus sign that nobody encoded
		{"500", "221771234567", francs}, {"500", "22370656188", francs}, {"500", "22890123456", francs}, {"500", "22670656188", francs},
		{"500", "22790123456", francs}, {"500", "2290197000000", francs}, {"500", "22997000000", francs},
		{"500", "224622123456", wapay.GNF.Units(500)}, {"500", "237670123456", wapay.XAF.Units(500)},
		{"500", "243812345678", wapay.CDF.Units(500)}, {"500.25", "243812345678", wapay.CDF.Minor(50025)},

		{"500", "0707000001", none}, {"500", "70656188", none}, {"500", "", none}, {"500", "07895086", none}, {"500", "22507895086", none},
		{"500", "233241234567", none}, // a country that is not served
		{"500", "33612345678", none}, {"500", "X", none}, {"500", "+", none},
		{"", "2250707000001", none}, {"500.5", "2250707000001", none}, {"5e2", "2250707000001", none}, {"500 F", "2250707000001", none},
		{"99999999999999999999", "2250707000001", none},
	} {
		e, err := CinetPayTransfer().Verify(nil, []byte(formOf(cinetPayTransfer("amount", tt.amount, "receiver", tt.receiver))))
		require.NoError(t, err)
		assert.Equal(t, tt.want, e.Amount, "%q %q", tt.amount, tt.receiver)
	}
}

func TestCinetPayTransferDeliveryKey(t *testing.T) {
	keys := map[string]bool{}
	verify := func(body string) {
		e, err := CinetPayTransfer().Verify(nil, []byte(body))
		require.NoError(t, err)
		keys[e.DeliveryKey] = true
	}
	verify(formOf(cinetPayTransfer()))
	verify(formOf(cinetPayTransfer("new_field", "x")))
	verify(strings.ReplaceAll(formOf(cinetPayTransfer()), "+", "%20"))
	require.Len(t, keys, 1, "the same news")
	n := 1
	for name := range fieldsOf(new(cinetPayTransferFields)) {
		verify(formOf(cinetPayTransfer(name, "1")))
		n++
		require.Len(t, keys, n, name)
	}
	verify(formOf(cinetPayTransfer("transaction_id", "6CB1A9BE.1528295087P", "client_transaction_id", "O-1")))
	require.Len(t, keys, n+1, "the key has the borders of the values")
}

func TestUnsignedAndPinged(t *testing.T) {
	type wrapped struct{ Verifier }
	for name, tt := range map[string]struct {
		v               Verifier
		unsigned, pings bool
	}{
		"barkapay": {BarkaPay(testKey), false, false},
		"intram":   {Intram(testSecret), false, false},
		"checkout": {CinetPayCheckout(testSecret), false, true},
		"site":     {CinetPayCheckoutSite("1", testSecret), false, true},
		"transfer": {CinetPayTransfer(), true, true},
		"v1":       {CinetPayV1(), true, true},
		"mpp":      {MPP(), true, false},
		"own":      {brokenVerifier{}, false, false},
		"wrapped":  {wrapped{CinetPayTransfer()}, false, false},
	} {
		own, _ := tt.v.(verifier)
		assert.Equal(t, tt.unsigned, own.unsigned, name)
		assert.Equal(t, tt.pings, own.pings, name)
	}
}
