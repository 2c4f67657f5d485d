package ipn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// mppSample returns the transaction of the provider's own documentation.
func mppSample(t testing.TB) string {
	t.Helper()
	body, err := os.ReadFile("testdata/mpp_transaction.json")
	require.NoError(t, err)
	return string(body)
}

func mppEvent(t testing.TB, body string) *Event {
	t.Helper()
	e, err := MPP().Verify(nil, []byte(body))
	require.NoError(t, err, body)
	return e
}

func TestMPPWholeEvent(t *testing.T) {
	body := mppSample(t)
	e := mppEvent(t, body)
	require.Regexp(t, `^mpp:[0-9a-f]{64}$`, e.DeliveryKey)
	want := &Event{
		Provider: "mpp", Kind: KindPayout, Name: "transfer", DeliveryKey: e.DeliveryKey, ID: "9b60b6c4-bdd0-43e7-a529-520845a16281",
		Reference: "fd000b95-7dda-4a00-bacb-6faec38cd922", Status: wapay.StatusUnknown, ProviderStatus: "completed",
		Amount: wapay.GNF.Units(2), Fee: wapay.GNF.Units(0), Reason: "transfer/transaction completed",
		OccurredAt: time.Date(2024, 2, 20, 2, 40, 59, 0, time.UTC), Proof: ProofNone, Body: []byte(body),
	}
	assert.Equal(t, want, e)

	wrapped := `{"trace_request_id":"59d4057b","data": ` + body + ` ,"code":"MPP-REQ-0000","message":"ok","success":true}`
	e = mppEvent(t, wrapped)
	want.DeliveryKey, want.Body = e.DeliveryKey, []byte(wrapped)
	assert.Equal(t, want, e)
	again := mppEvent(t, strings.Replace(wrapped, "59d4057b", "b26f154f", 1))
	assert.Equal(t, e.DeliveryKey, again.DeliveryKey, "only the transaction makes the key")
	assert.Equal(t, mppEvent(t, strings.TrimSpace(body)).DeliveryKey, again.DeliveryKey)
	assert.NotEqual(t, e.DeliveryKey, mppEvent(t, strings.Replace(body, "completed", "refunded", 2)).DeliveryKey)
}

func TestMPPIsAHint(t *testing.T) {
	for _, status := range strings.Fields("initiated pending processing transmitted completed failed rejected cancelled blocked refunded on_hold COMPLETED") {
		e := mppEvent(t, `{"id":"1","category":"payment","status":"`+status+`"}`)
		assert.Equal(t, status, e.ProviderStatus)
		assert.Equal(t, wapay.StatusUnknown, e.Status)
		assert.Equal(t, ProofNone, e.Proof)
	}
	for category, want := range map[string]Kind{
		"payment": KindPayment, "transfer": KindPayout, "payout": KindPayout, "cashin": KindTransfer, "topup": KindTransfer,
		"deposit": KindUnknown, "unheard": KindUnknown, "Payment": KindPayment, "": KindUnknown,
	} {
		e := mppEvent(t, `{"id":"1","category":"`+category+`"}`)
		assert.Equal(t, want, e.Kind, category)
		assert.Equal(t, category, e.Name)
	}
}

func TestMPPAmount(t *testing.T) {
	none := wapay.Money{}
	for _, tt := range []struct {
		amount, currency string
		want             wapay.Money
	}{
		{"76738.84", `{"id":4,"iso3":"SLE"}`, wapay.SLE.Minor(7673884)}, {"76738.84", `"SLE"`, wapay.SLE.Minor(7673884)},
		{"90071992547409.93", `"SLE"`, wapay.SLE.Minor(9007199254740993)}, // not with a float64
		{`"76738.84"`, `"SLE"`, wapay.SLE.Minor(7673884)}, {"0.1", `"SLE"`, wapay.SLE.Minor(10)}, {"4", `"SLE"`, wapay.SLE.Units(4)},
		{"2", `{"iso3":"GNF"}`, wapay.GNF.Units(2)}, {"2.00", `"XOF"`, wapay.XOF.Units(2)},

		{"2.5", `"GNF"`, none}, {"1e3", `"GNF"`, none}, {"76738.845", `"SLE"`, none}, {"2", `"SLL"`, none}, {"2", `"sle"`, none},
		{"2", `{"id":4}`, none}, {"2", `{}`, none}, {"2", `null`, none}, {"2", `4`, none}, {"2", `["SLE"]`, none}, {"2", `{"iso3":{"a":1}}`, none},
		{"null", `"SLE"`, none}, {"true", `"SLE"`, none}, {`"two"`, `"SLE"`, none}, {"99999999999999999999", `"SLE"`, none},
	} {
		e := mppEvent(t, `{"id":"1","amount":`+tt.amount+`,"currency":`+tt.currency+`}`)
		assert.Equal(t, tt.want, e.Amount, "%s %s", tt.amount, tt.currency)
	}
	assert.Equal(t, none, mppEvent(t, `{"id":"1","amount":2}`).Amount)
}

// The fee is the merchant's, as the client reads it from the transaction.
func TestMPPFee(t *testing.T) {
	for members, want := range map[string]wapay.Money{
		`"amount":2,"fees":0.5,"fee_payer":"merchant"`: wapay.SLE.Minor(50),
		`"amount":2,"fees":0.5,"fee_payer":"end_user"`: wapay.SLE.Units(0),
		`"amount":2,"fees":0.5,"fee_payer":"END_USER"`: wapay.SLE.Units(0),
		`"amount":2,"fees":0.5`:                        wapay.SLE.Minor(50),
		`"amount":2,"fees":0.5,"fee_payer":"shared"`:   {},
		`"fees":0.5,"fee_payer":"end_user"`:            {},
		`"amount":2,"fee_payer":"merchant"`:            {},
	} {
		assert.Equal(t, want, mppEvent(t, `{"id":"1","currency":"SLE",`+members+`}`).Fee, members)
	}
}

func TestMPPReading(t *testing.T) {
	for body, want := range map[string]error{
		`{"id":"1"}`: nil, `{"external_id":"PO-1"}`: nil, `{"id":17}`: nil, "\n{\"id\":null,\"external_id\":\"PO-1\"}\n": nil,
		`{"data":{"id":"1"}}`: nil, `{"id":"1","data":{"id":"2"}}`: nil, `{"id":"1","data":[]}`: nil,
		`{"id":"1","status":{"a":1},"category":[],"message":true,"updated_at":7}`: nil,
		`{"id":"1","reason":"a","x":1,"x":2}`:                                     nil,

		``: ErrMalformed, `null`: ErrMalformed, `[]`: ErrMalformed, `{}`: ErrMalformed, `[{"id":"1"}]`: ErrMalformed, `"id"`: ErrMalformed,
		`{"id":""}`: ErrMalformed, `{"id":true}`: ErrMalformed, `{"id":{"a":1}}`: ErrMalformed, `{"data":{}}`: ErrMalformed, `{"data":[{"id":"1"}]}`: ErrMalformed,
		`{"id":"1","id":"1"}`: ErrMalformed, `{"id":"1","ID":"2"}`: ErrMalformed, `{"data":{"id":"1"},"data":{"id":"2"}}`: ErrMalformed,
		`{"data":{"id":"1","id":"2"}}`: ErrMalformed, `{"id":"1","currency":{"iso3":"SLE","iso3":"GNF"}}`: ErrMalformed,
		`{"id":"1"}x`: ErrMalformed, `{"id":"1"`: ErrMalformed, "{\"id\":\"\xff\"}": ErrMalformed, "id=1&external_id=2": ErrMalformed,
	} {
		e, err := MPP().Verify(nil, []byte(body))
		require.ErrorIs(t, err, want, body)
		require.Equal(t, want == nil, e != nil)
		if err != nil {
			assert.NotContains(t, err.Error(), "SLE")
		}
	}
	assert.Equal(t, "1", mppEvent(t, `{"id":"1","data":{"id":"2"}}`).ID)
	assert.Equal(t, "why", mppEvent(t, `{"id":"1","reason":"why","message":"transfer failed"}`).Reason)
	assert.Equal(t, "transfer failed", mppEvent(t, `{"id":"1","reason":null,"message":"transfer failed"}`).Reason)

	for at, want := range map[string]time.Time{
		"2024-02-20T02:40:59.123456Z": time.Date(2024, 2, 20, 2, 40, 59, 123456000, time.UTC), "2024-02-20T02:40:59+01:00": time.Date(2024, 2, 20, 1, 40, 59, 0, time.UTC),
		"2024-02-20 02:40:59": time.Date(2024, 2, 20, 2, 40, 59, 0, time.UTC), "": {}, "now": {}, "9999-12-31T23:59:59-01:00": {}, "0000-01-01T00:00:00+01:00": {},
	} {
		e := mppEvent(t, `{"id":"1","updated_at":"`+at+`"}`)
		assert.Equal(t, want, e.OccurredAt, at)
		_, err := json.Marshal(e)
		require.NoError(t, err)
	}
}

func FuzzMPP(f *testing.F) {
	f.Add([]byte(mppSample(f)))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := MPP().Verify(nil, body)
		if err != nil {
			if e != nil || !errors.Is(err, ErrMalformed) {
				t.Fatalf("event %v, error %v", e, err)
			}
			return
		}
		checkHint(t, e, ProofNone)
		var object map[string]any
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		if err := dec.Decode(&object); err != nil {
			t.Fatal(err)
		}
		isText := func(v any) bool { return v != nil && v != "" && v != true && v != false }
		if data, ok := object["data"].(map[string]any); ok && !isText(object["id"]) && !isText(object["external_id"]) {
			object = data
		}
		if e.ID != "" && e.ID != fmt.Sprint(object["id"]) ||
			e.Reference != "" && e.Reference != fmt.Sprint(object["external_id"]) {
			t.Fatalf("event %+v of %q", e, body)
		}
		if e.Amount != (wapay.Money{}) {
			currency, ok := object["currency"].(map[string]any)
			if !ok {
				currency = map[string]any{"iso3": object["currency"]}
			}
			amount, _, _ := strings.Cut(fmt.Sprint(object["amount"]), ".")
			got, _, _ := strings.Cut(e.Amount.Decimal(), ".")
			if currency["iso3"] != string(e.Amount.Currency()) ||
				strings.TrimLeft(amount, "-0") != strings.TrimLeft(got, "-0") {
				t.Fatalf("amount %v of %q", e.Amount, body)
			}
		}
	})
}
