package ipn

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// The samples are for a merchant that compares the notify_token with a stored
// one. This verifier stores none. A wrong token or id gives an event with
// ProofNone, and the provider's answer decides.
func TestCinetPayV1Samples(t *testing.T) {
	data, err := os.ReadFile("testdata/cinetpay_v1.json")
	require.NoError(t, err)
	var samples []struct {
		Name, Expect string
		Body         json.RawMessage
		ContentType  string `json:"content_type"`
	}
	require.NoError(t, json.Unmarshal(data, &samples))
	require.NotEmpty(t, samples)
	for _, s := range samples {
		body := []byte(s.Body)
		var text string
		if s.ContentType != "" && json.Unmarshal(s.Body, &text) == nil {
			body = []byte(text)
		}
		h := http.Header{}
		if s.ContentType != "" {
			h.Set("Content-Type", s.ContentType)
		}
		e, err := CinetPayV1().Verify(h, body)
		if s.Expect == "malformed" || s.Expect == "missing_field" {
			require.ErrorIs(t, err, ErrMalformed, s.Name)
			require.Nil(t, e)
			continue
		}
		require.NoError(t, err, s.Name)
		assert.NotEmpty(t, e.ID)
		assert.NotEmpty(t, e.Reference)
		assert.NotContains(t, e.DeliveryKey, "ntok")
		assert.Equal(t, &Event{
			Provider: "cinetpay-v1", ID: e.ID, Reference: e.Reference, DeliveryKey: e.DeliveryKey, Body: body,
		}, e, "no status, no amount, no kind, no proof: %s", s.Name)
	}
}

func TestCinetPayV1Malformed(t *testing.T) {
	for _, body := range []string{
		"", "{}", "null", `{"notify_token":"a","merchant_transaction_id":"b"}`, `{"notify_token":["a"],"merchant_transaction_id":"b","transaction_id":"c"}`,
		`{"notify_token":"a","merchant_transaction_id":"b","transaction_id":"c","transaction_id":"d"}`,
		"notify_token=a&merchant_transaction_id=b&transaction_id=c&transaction_id=d",
		"notify_token=a&merchant_transaction_id=%FF&transaction_id=c",
	} {
		e, err := CinetPayV1().Verify(nil, []byte(body))
		require.ErrorIs(t, err, ErrMalformed, body)
		require.Nil(t, e)
	}
}

// orders looks orders up by id, as the provider does: a payment is no transfer.
type orders struct {
	wapay.Payer
	wapay.Payouter
	payments map[string]*wapay.Payment
	payouts  map[string]*wapay.Payout
	err      error
}

func (o *orders) FindPayment(_ context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	if p := o.payments[ref.ID]; p != nil || o.err != nil {
		return p, o.err
	}
	return nil, wapay.ErrNotFound
}

func (o *orders) FindPayout(_ context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	if p := o.payouts[ref.ID]; p != nil || o.err != nil {
		return p, o.err
	}
	return nil, wapay.ErrNotFound
}

func TestCinetPayV1Confirmed(t *testing.T) {
	o := &orders{
		payments: map[string]*wapay.Payment{"in": {Provider: "cinetpay-v1", ID: "in", Reference: "A-1", Status: wapay.StatusSucceeded}},
		payouts: map[string]*wapay.Payout{
			"out": {Provider: "cinetpay-v1", ID: "out", Reference: "P-1", Status: wapay.StatusPending, Amount: wapay.XOF.Units(500)},
		},
	}
	_, err := NewHandler(CinetPayV1(), accept)
	require.ErrorContains(t, err, "WithConfirm")
	payments, payouts := ConfirmPayments(o), ConfirmPayouts(o)
	for _, tt := range []struct {
		confirm []Confirmer
		id      string
		want    Kind // KindUnknown: refused
	}{
		{[]Confirmer{payments}, "in", KindPayment},
		{[]Confirmer{payments}, "out", KindUnknown},
		{[]Confirmer{payouts}, "out", KindPayout},
		{[]Confirmer{payouts}, "in", KindUnknown},
		{[]Confirmer{payments, payouts}, "in", KindPayment},
		{[]Confirmer{payments, payouts}, "out", KindPayout},
		{[]Confirmer{payouts, payments}, "in", KindPayment},
		{[]Confirmer{payments, payouts}, "nobody's", KindUnknown},
	} {
		var got *Event
		h, err := NewHandler(CinetPayV1(), func(_ context.Context, e *Event) error { got = e; return nil },
			WithConfirm(tt.confirm...))
		require.NoError(t, err)
		r, err := NewCinetPayV1Request("https://shop.example/ipn", CinetPayV1Notification{ID: tt.id, Reference: "forged"})
		require.NoError(t, err)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if tt.want == KindUnknown {
			assert.Equal(t, 503, w.Code, tt.id)
			assert.Nil(t, got)
			continue
		}
		assert.Equal(t, 200, w.Code)
		require.NotNil(t, got, tt.id)
		assert.Equal(t, tt.want, got.Kind)
		assert.Equal(t, ProofConfirmed, got.Proof)
		assert.NotEqual(t, "forged", got.Reference, "the provider's answer counts")
	}
	o.err = errors.New("down")
	h, err := NewHandler(CinetPayV1(), accept, WithConfirm(payments))
	require.NoError(t, err)
	r, err := NewCinetPayV1Request("/", CinetPayV1Notification{ID: "in", Reference: "A-1"})
	require.NoError(t, err)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	assert.Equal(t, 503, w.Code)

	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	assert.Equal(t, 200, w.Code, "the older API tests the URL with a GET")
}

func TestNewCinetPayV1Request(t *testing.T) {
	r, err := NewCinetPayV1Request("https://shop.example/ipn",
		CinetPayV1Notification{ID: "I", Reference: "R", NotifyToken: "T"})
	require.NoError(t, err)
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	assert.JSONEq(t, `{"notify_token":"T","merchant_transaction_id":"R","transaction_id":"I"}`, string(body))
	for _, n := range []CinetPayV1Notification{{}, {ID: "I"}, {Reference: "R"}} {
		_, err := NewCinetPayV1Request("/", n)
		require.Error(t, err)
	}
	_, err = NewCinetPayV1Request(":", CinetPayV1Notification{ID: "I", Reference: "R"})
	require.Error(t, err)
}

func FuzzCinetPayV1(f *testing.F) {
	f.Add("application/json", []byte(`{"notify_token":"T","merchant_transaction_id":"R","transaction_id":"I"}`))
	f.Add(formType, []byte("notify_token=T&merchant_transaction_id=R&transaction_id=I"))
	f.Fuzz(func(t *testing.T, media string, body []byte) {
		e, err := CinetPayV1().Verify(contentType(media), body)
		if (e == nil) == (err == nil) {
			t.Fatal("neither or both")
		}
		if err == nil && (e.ID == "" || e.Reference == "" || e.Proof != ProofNone || e.Status != wapay.StatusUnknown ||
			!strings.HasPrefix(e.DeliveryKey, "cinetpay-v1:")) {
			t.Fatalf("%+v", e)
		}
	})
}
