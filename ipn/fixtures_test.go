package ipn

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// The bodies in testdata are as integrations show them, with made-up values.

func testdata(t testing.TB, name string) string {
	t.Helper()
	body, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return strings.TrimRight(string(body), "\n")
}

func TestBarkaPayInIntegrations(t *testing.T) {
	const id = "3a2a6631-0364-410e-b8c3-4e1793eb2391"
	for name, want := range map[string]Event{
		"decimal_amount":              {Reference: "1042", OperatorID: "OM241120.1647.60728964", Amount: wapay.XOF.Units(12500)},
		"escaped_order_id":            {Reference: "2026/11/001", OperatorID: "X", Amount: wapay.XOF.Units(200)},
		"float_amount_preserved_zero": {Reference: "41b7388e4ab38", OperatorID: "X", Amount: wapay.XOF.Units(10200)},
		"numeric_order_id":            {Reference: "1731000000123", OperatorID: "WMRCH240404.1349.F06808", Amount: wapay.XOF.Units(5000)},
		"phone_with_calling_code":     {Reference: "ORDER456", OperatorID: "X", Amount: wapay.XOF.Units(5000)},
		"sci_unpaid_failed":           {Reference: "348bd829213ds", Amount: wapay.XOF.Units(500), Status: wapay.StatusFailed},
	} {
		body := testdata(t, "barkapay_ipn_"+name+".json")
		want.Provider, want.Kind, want.Name, want.ID, want.Reason = "barkapay", KindPayment, "payment", id, "No payment."
		want.Proof, want.Body = ProofSigned, []byte(body)
		want.ProviderStatus = "-1"
		if want.Status == wapay.StatusUnknown {
			want.Status, want.ProviderStatus = wapay.StatusSucceeded, "1"
		}
		want.DeliveryKey = "barkapay:" + id + ":" + want.ProviderStatus
		e, err := BarkaPay(testKey).Verify(nil, []byte(body))
		require.NoError(t, err, name)
		assert.Equal(t, &want, e, name)

		e, err = BarkaPay("another key").Verify(nil, []byte(body))
		require.ErrorIs(t, err, ErrSignature)
		require.Nil(t, e)
	}
	_, err := BarkaPay(testKey).Verify(nil, []byte(testdata(t, "barkapay_ipn_order_id_with_colon.json")))
	require.ErrorIs(t, err, ErrSignature, "the same values with other borders have the same hash")
}

func TestIntramInIntegrations(t *testing.T) {
	for name, want := range map[string]Event{
		"failed_empty": {Name: "payment_request.failed", Kind: KindPayment, Status: wapay.StatusFailed, ProviderStatus: "failed"},
		"paid_SUCCESS": {
			Name: "payment_request.paid", Kind: KindPayment, Status: wapay.StatusSucceeded, ProviderStatus: "SUCCESS",
			TransactionID: "AB12CD34EF", Amount: wapay.XOF.Units(12000),
		},
		"paid_ebio": {
			Name: "payment_request.paid", Kind: KindPayment, Status: wapay.StatusSucceeded, ProviderStatus: "completed", TransactionID: "AB12CD34EF",
		},
		"paid_webhook_data": {
			Name: "payment_request.paid", Kind: KindPayment, Status: wapay.StatusSucceeded, ProviderStatus: "paid",
			TransactionID: "AB12CD34EF", Reference: "order-4521", Amount: wapay.XOF.Units(12000),
		},
		"payout_completed": {
			Name: "payout.completed", Kind: KindPayout, Status: wapay.StatusSucceeded, ProviderStatus: "completed",
			Reference: "PO-2026-0001", Amount: wapay.XOF.Units(25000), ID: "op_2f4a8b1c0001",
		},
	} {
		body := testdata(t, "in_webhook_"+name+".json")
		if want.ID == "" {
			want.ID = "op_4d2a0000000001"
		}
		want.Provider, want.DeliveryKey, want.Attempt, want.OccurredAt = "intram", "intram:whd_1", 1, intramNow
		want.Proof, want.Body = ProofSigned, []byte(body)
		e, err := verifySigned(body)
		require.NoError(t, err, name)
		assert.Equal(t, &want, e, name)
	}
}

// The notification has only Intram's own reference. The client finds the
// merchant's in the operation.
func TestIntramConfirmsAnotherReference(t *testing.T) {
	var operation struct {
		Data struct {
			ID      string `json:"operation_id"`
			Payload struct {
				WebhookData map[string]string `json:"webhook_data"`
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(testdata(t, "in_op_payment_succeeded_payload.json")), &operation))
	client := &answerer{payment: &wapay.Payment{
		Provider: "intram", ID: operation.Data.ID, Reference: operation.Data.Payload.WebhookData["reference"], Status: wapay.StatusSucceeded,
		Amount: wapay.XOF.Units(12000), Fee: wapay.XOF.Units(120),
	}}
	var got *Event
	h, err := NewHandler(IntramWithClock(clockAt(intramNow), testSecret),
		func(_ context.Context, e *Event) error { got = e; return nil },
		WithConfirm(ConfirmPayments(client)))
	require.NoError(t, err)
	body := testdata(t, "in_webhook_paid_ebio.json")
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header = signedHeader(body)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, 200, w.Code)
	assert.Equal(t, []wapay.Ref{{ID: "op_4d2a0000000001"}}, client.refs)
	assert.Equal(t, "order-4521", got.Reference)
	assert.Equal(t, "AB12CD34EF", got.TransactionID)
	assert.Equal(t, wapay.XOF.Units(120), got.Fee)
}

func TestCinetPayCheckoutInIntegrations(t *testing.T) {
	for name, want := range map[string]Event{
		"cp_notify.json":                 {Account: "445000", Reference: "order-1", Amount: wapay.XOF.Units(500), ProviderStatus: "SUCCES"},
		"cp_notify_2025.form":            {Account: "445000", Reference: "order-1", Amount: wapay.XOF.Units(500), ProviderStatus: "SUCCES"},
		"cp_notify_2021_two_fields.form": {Account: "445000", Reference: "order-1"},
		"cp_notify_easyswitch_test.form": {Account: "test_site_id", Reference: "test_trans_id"},
	} {
		body, media := testdata(t, name), formType
		fields := map[string]string{}
		if strings.HasSuffix(name, ".json") {
			media = "application/json"
			require.NoError(t, json.Unmarshal([]byte(body), &fields))
		} else {
			form, err := url.ParseQuery(body)
			require.NoError(t, err)
			for name := range form {
				fields[name] = form.Get(name)
			}
		}
		h := http.Header{"Content-Type": {media}}
		_, err := CinetPayCheckout(testSecret).Verify(h, []byte(body))
		require.ErrorIs(t, err, ErrSignature, name)
		h.Set("x-token", referenceToken(testSecret, fields))
		e, err := CinetPayCheckoutSite(want.Account, testSecret).Verify(h, []byte(body))
		require.NoError(t, err, name)
		want.Provider, want.Kind, want.Name, want.DeliveryKey = "cinetpay", KindPayment, "payment", e.DeliveryKey
		want.Proof, want.Body = ProofSigned, []byte(body)
		assert.Equal(t, &want, e, name)
	}
}

// JSON and a form with the same values are one delivery. Verify reads both
// strictly.
func TestCinetPayCheckoutJSON(t *testing.T) {
	body := testdata(t, "cp_notify.json")
	fields := map[string]string{}
	require.NoError(t, json.Unmarshal([]byte(body), &fields))
	h := http.Header{"X-Token": {referenceToken(testSecret, fields)}}
	verify := func(body string) (*Event, error) { return CinetPayCheckout(testSecret).Verify(h, []byte(body)) }
	e, err := verify(body)
	require.NoError(t, err)
	form, err := verify(testdata(t, "cp_notify_2025.form"))
	require.NoError(t, err)
	assert.Equal(t, form.DeliveryKey, e.DeliveryKey)
	numbers, err := verify(strings.Replace(strings.Replace(body, `"500"`, `500`, 1), `"cpm_custom":""`, `"cpm_custom":null,"x":1,"x":2`, 1))
	require.NoError(t, err)
	assert.Equal(t, e.DeliveryKey, numbers.DeliveryKey)

	for _, changed := range []string{
		strings.Replace(body, `"500"`, `"900"`, 1), strings.Replace(body, `order-1`, `order-2`, 1), strings.Replace(body, `"500"`, `true`, 1),
	} {
		_, err := verify(changed)
		require.ErrorIs(t, err, ErrSignature)
	}
	for _, changed := range []string{
		strings.Replace(body, `"cpm_amount"`, `"cpm_amount":"900","cpm_amount"`, 1), strings.Replace(body, `"cpm_amount"`, `"CPM_AMOUNT":"900","cpm_amount"`, 1),
		body + "x", "[" + body + "]",
	} {
		_, err := verify(changed)
		require.ErrorIs(t, err, ErrMalformed)
	}
}

func TestCinetPayTransferInIntegrations(t *testing.T) {
	body := testdata(t, "cp_notify_transfer.form")
	e, err := CinetPayTransfer().Verify(contentType(formType), []byte(body))
	require.NoError(t, err)
	assert.Equal(t, &Event{
		Provider: "cinetpay", Kind: KindPayout, Name: "transfer", DeliveryKey: e.DeliveryKey, ID: "EA251026.101010.000001", Reference: "po-flat",
		ProviderStatus: "VAL", Amount: wapay.XOF.Units(500), OperatorID: "MP0", Body: []byte(body),
	}, e)
}

func TestNewHandlerRefusesAnUnsetSecret(t *testing.T) {
	confirm := WithConfirm(ConfirmPayments(&answerer{}), ConfirmPayouts(&answerer{}))
	for _, secrets := range [][]wapay.Secret{nil, {""}, {" "}, {"\t\n"}, {testSecret, ""}, {" ", testSecret}} {
		for _, v := range []Verifier{
			BarkaPay(secrets...), Intram(secrets...), IntramWithClock(nil, secrets...), CinetPayCheckout(secrets...), CinetPayCheckoutSite("445160", secrets...),
		} {
			h, err := NewHandler(v, accept, confirm)
			require.ErrorContains(t, err, "secret")
			require.Nil(t, h)
			_, err = v.Verify(http.Header{}, []byte("{}"))
			require.ErrorIs(t, err, ErrSignature)
		}
	}
	_, err := NewHandler(CinetPayCheckoutSite("", testSecret), accept, confirm)
	require.Error(t, err)

	// A signature of a blank secret is refused too.
	blank := wapay.Secret(" ")
	body := strings.Replace(payment, "HASH", referenceHash(string(blank), valuesIn(payment)), 1)
	_, err = BarkaPay(blank).Verify(nil, []byte(body))
	require.ErrorIs(t, err, ErrSignature)
}

func valuesIn(body string) []string {
	values, _, _ := signedValues([]byte(body))
	return values
}

// NewHandler finds a nil pointer in an interface, before a notification comes.
func TestNewHandlerRefusesTypedNil(t *testing.T) {
	var client *answerer
	for name, opt := range map[string]HandlerOption{
		"sql store": WithStore((*SQLStore)(nil)), "memory store": WithStore((*MemoryStore)(nil)),
		"payer": WithConfirm(ConfirmPayments(client)), "payouter": WithConfirm(ConfirmPayouts(client)),
	} {
		_, err := NewHandler(BarkaPay(testKey), accept, opt)
		require.ErrorContains(t, err, "nil", name)
	}
	_, err := NewHandler((*brokenVerifier)(nil), accept)
	require.ErrorContains(t, err, "nil verifier")
}

// A notification of a final status, signed or not, comes again while the
// provider still reports pending.
func TestConfirmFinalStatusStillPending(t *testing.T) {
	at := func(status wapay.Status) Confirmer {
		return ConfirmPayouts(&answerer{payout: &wapay.Payout{Status: status}})
	}
	for _, tt := range []struct {
		v      Verifier
		body   string
		status wapay.Status
		want   int
	}{
		{MPP(), `{"id":"1","category":"payout","status":"completed"}`, wapay.StatusPending, 503},
		{MPP(), `{"id":"1","category":"payout","status":"rejected"}`, wapay.StatusPending, 503},
		{MPP(), `{"id":"1","category":"payout","status":"completed"}`, wapay.StatusUnknown, 503},
		{MPP(), `{"id":"1","category":"payout","status":"completed"}`, wapay.StatusSucceeded, 200},
		{MPP(), `{"id":"1","category":"payout","status":"completed"}`, wapay.StatusFailed, 200},
		{MPP(), `{"id":"1","category":"payout","status":"processing"}`, wapay.StatusPending, 200},
		{MPP(), `{"id":"1","category":"payout","status":"new word"}`, wapay.StatusPending, 200},
		{CinetPayTransfer(), `{"transaction_id":"1","treatment_status":"VAL"}`, wapay.StatusPending, 503},
		{CinetPayTransfer(), `{"transaction_id":"1","treatment_status":"REC"}`, wapay.StatusPending, 200},
		{BarkaPay(testKey), string(sign(strings.Replace(transfer, `"status":0`, `"status":-1`, 1))), wapay.StatusPending, 503},
	} {
		h, err := NewHandler(tt.v, accept, WithConfirm(at(tt.status)))
		require.NoError(t, err)
		assert.Equal(t, tt.want, post(h, strings.NewReader(tt.body)).StatusCode, "%s %v", tt.body, tt.status)
	}
	for message, want := range map[string]int{"SUCCES": 503, "TRANSACTION_CANCEL": 503, "WAITING_FOR_CUSTOMER": 200, "": 503} {
		h, err := NewHandler(CinetPayCheckout(testSecret), accept,
			WithConfirm(ConfirmPayments(&answerer{payment: &wapay.Payment{Status: wapay.StatusPending}})))
		require.NoError(t, err)
		r, err := NewCinetPayCheckoutRequest("/", testSecret,
			CinetPayCheckoutNotification{Reference: "TX-1", Amount: wapay.XOF.Units(100), Message: message})
		require.NoError(t, err)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, want, w.Code, message)
	}
}

func TestNewBarkaPayRequest(t *testing.T) {
	send := func(n BarkaPayNotification) *Event {
		t.Helper()
		var got *Event
		h := newHandler(t, func(_ context.Context, e *Event) error { got = e; return nil })
		r, err := NewBarkaPayRequest("https://shop.example/ipn", testKey, n)
		require.NoError(t, err)
		assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, 200, w.Code)
		values, kind, ok := signedValues(got.Body)
		require.True(t, ok)
		assert.Equal(t, got.Kind, kind)
		assert.Contains(t, string(got.Body), referenceHash(testKey, values))
		return got
	}
	e := send(BarkaPayNotification{Reference: "order-4521", Amount: wapay.XOF.Units(5000)})
	assert.Equal(t, []any{KindPayment, "order-4521", wapay.XOF.Units(5000), wapay.StatusSucceeded},
		[]any{e.Kind, e.Reference, e.Amount, e.Status})
	e = send(BarkaPayNotification{
		Kind: KindPayout, ID: "t-1", Reference: "PO-1", Amount: wapay.XOF.Units(500), Phone: "70763259", Country: "BFA",
		Status: wapay.StatusFailed, OperatorID: "T.1", Reason: "no such number",
	})
	assert.Equal(t, &Event{
		Provider: "barkapay", Kind: KindPayout, Name: "transfer", DeliveryKey: "barkapay:t-1:-1", ID: "t-1", Reference: "PO-1",
		Status: wapay.StatusFailed, ProviderStatus: "-1", Amount: wapay.XOF.Units(500), Reason: "no such number", OperatorID: "T.1",
		Proof: ProofSigned, Body: e.Body,
	}, e)

	good := BarkaPayNotification{Reference: "o-1", Amount: wapay.XOF.Units(200)}
	for name, change := range map[string]func(n *BarkaPayNotification){
		"reference": func(n *BarkaPayNotification) { n.Reference = "" },
		"colon":     func(n *BarkaPayNotification) { n.Reference = "a:b" },
		"amount":    func(n *BarkaPayNotification) { n.Amount = wapay.Money{} },
		"currency":  func(n *BarkaPayNotification) { n.Amount = wapay.GNF.Units(1) },
		"status":    func(n *BarkaPayNotification) { n.Status = wapay.StatusRefunded },
		"kind":      func(n *BarkaPayNotification) { n.Kind = KindRefund },
	} {
		n := good
		change(&n)
		_, err := NewBarkaPayRequest("/", testKey, n)
		require.Error(t, err, name)
	}
	for _, key := range []wapay.Secret{"", " "} {
		_, err := NewBarkaPayRequest("/", key, good)
		require.Error(t, err)
	}
	_, err := NewBarkaPayRequest("http://local host/", testKey, good)
	require.Error(t, err)
}
