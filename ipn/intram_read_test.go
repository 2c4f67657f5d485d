package ipn

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

func TestIntramEvents(t *testing.T) {
	tests := []struct {
		event  string
		kind   Kind
		status wapay.Status
		word   string // of the event, where data has none
	}{
		{"payout.completed", KindPayout, wapay.StatusSucceeded, "completed"},
		{"payout.queued", KindPayout, wapay.StatusPending, "queued"},
		{"payout.failed", KindPayout, wapay.StatusFailed, "failed"},
		{"transfer.completed", KindTransfer, wapay.StatusSucceeded, "completed"},
		{"transfer.failed", KindTransfer, wapay.StatusFailed, "failed"},
		{"payment_request.created", KindPayment, wapay.StatusPending, "created"},
		{"payment_request.paid", KindPayment, wapay.StatusSucceeded, "paid"},
		{"payment_request.pending", KindPayment, wapay.StatusPending, "pending"},
		{"payment_request.failed", KindPayment, wapay.StatusFailed, "failed"},
		{"refund.completed", KindRefund, wapay.StatusRefunded, "completed"},
		{"refund.pending", KindRefund, wapay.StatusPending, "pending"},
		{"refund.failed", KindRefund, wapay.StatusFailed, "failed"},
		{"test.ping", KindTest, wapay.StatusUnknown, "ping"},
	}
	require.Len(t, tests, len(intramEvents))
	// An unknown event says nothing about money, whatever its data.
	for event, kind := range map[string]Kind{
		"payout.frozen": KindPayout, "payout": KindPayout, "payout.": KindPayout, "payout.completed.twice": KindPayout,
		"transfer.pending": KindTransfer, "payment_request.expired": KindPayment, "refund.created": KindRefund,
		"test.pong": KindTest, "dispute.opened": KindUnknown, "Payout.completed": KindUnknown, "payouts.completed": KindUnknown,
		" payout.completed": KindUnknown, "completed": KindUnknown, ".": KindUnknown, "*": KindUnknown,
	} {
		_, word, _ := strings.Cut(event, ".")
		tests = append(tests, struct {
			event  string
			kind   Kind
			status wapay.Status
			word   string
		}{event, kind, wapay.StatusUnknown, word})
	}
	for _, tt := range tests {
		e := intramEventOf(t, tt.event, ``)
		assert.Equal(t, tt.event, e.Name)
		assert.Equal(t, tt.kind, e.Kind, tt.event)
		assert.Equal(t, tt.status, e.Status, tt.event)
		assert.Equal(t, tt.word, e.ProviderStatus, tt.event)
		if tt.status == wapay.StatusUnknown {
			for _, word := range []string{"completed", "paid", "SUCCESS", "failed"} {
				e := intramEventOf(t, tt.event, `"status":"`+word+`"`)
				assert.Equal(t, wapay.StatusUnknown, e.Status, tt.event)
				assert.Equal(t, word, e.ProviderStatus)
			}
		}
	}
}

func TestIntramStatusOfData(t *testing.T) {
	tests := []struct {
		event, status string
		want          wapay.Status
	}{
		{"payout.completed", `"completed"`, wapay.StatusSucceeded},
		{"payout.completed", `"SUCCESS"`, wapay.StatusSucceeded},
		{"payout.completed", `null`, wapay.StatusSucceeded},
		{"payout.completed", `""`, wapay.StatusSucceeded},
		{"payout.queued", `"queued_for_settlement"`, wapay.StatusPending},
		{"payout.queued", `"processing"`, wapay.StatusPending},
		{"payout.failed", `"ERROR"`, wapay.StatusFailed},
		{"payment_request.created", `"pending"`, wapay.StatusPending},
		{"payment_request.paid", `"paid"`, wapay.StatusSucceeded},
		{"payment_request.paid", `"completed"`, wapay.StatusSucceeded},
		{"payment_request.failed", `"cancelled"`, wapay.StatusFailed},
		{"payment_request.failed", `"expired"`, wapay.StatusFailed},
		{"refund.completed", `"completed"`, wapay.StatusRefunded},
		{"refund.completed", `"REFUNDED"`, wapay.StatusRefunded},
		{"refund.pending", `"pending"`, wapay.StatusPending},
		{"refund.failed", `"failed"`, wapay.StatusFailed},

		{"payout.completed", `"failed"`, wapay.StatusUnknown},
		{"payout.completed", `"queued_for_settlement"`, wapay.StatusUnknown},
		{"payout.completed", `"on_hold"`, wapay.StatusUnknown},
		{"payout.completed", `"refunded"`, wapay.StatusUnknown},
		{"payout.completed", `false`, wapay.StatusUnknown},
		{"payout.completed", `{"code":"completed"}`, wapay.StatusUnknown},
		{"payout.completed", `1`, wapay.StatusUnknown},
		{"payout.queued", `"completed"`, wapay.StatusUnknown},
		{"payout.failed", `"completed"`, wapay.StatusUnknown},
		{"payout.failed", `"pending"`, wapay.StatusUnknown},
		{"payment_request.paid", `"REFUNDED"`, wapay.StatusUnknown},
		{"payment_request.paid", `" paid"`, wapay.StatusUnknown},
		{"payment_request.pending", `"paid"`, wapay.StatusUnknown},
		{"refund.completed", `"failed"`, wapay.StatusUnknown},
		{"refund.failed", `"completed"`, wapay.StatusUnknown},
		{"refund.failed", `"REFUNDED"`, wapay.StatusUnknown},
	}
	for _, tt := range tests {
		e := intramEventOf(t, tt.event, `"status":`+tt.status)
		assert.Equal(t, tt.want, e.Status, "%s %s", tt.event, tt.status)
		if said := strings.Trim(tt.status, `"`); said != "" && said != "null" {
			assert.Equal(t, said, e.ProviderStatus)
		}
	}
}

func TestIntramReferences(t *testing.T) {
	const own = `"webhook_data":{"order":7,"reference":"mine"}`
	tests := []struct{ event, data, reference, transaction string }{
		{"payout.completed", `"reference":"PO-1"`, "PO-1", ""},
		{"payout.completed", `"reference":41,"transaction_reference":42`, "41", "42"},
		{"payout.completed", `"reference":"PO-1",` + own, "PO-1", ""},
		{"payout.completed", `"reference":null,"metadata":{"reference":"mine"}`, "mine", ""},
		{"payout.completed", `"reference":{"a":1}`, "", ""},
		{"payment_request.paid", own, "mine", ""},
		{"payment_request.paid", `"reference":"AB12",` + own, "mine", "AB12"},
		{"payment_request.paid", `"transaction_reference":"AB12",` + own, "mine", "AB12"},
		{"payment_request.paid", `"transaction_reference":"AB12","metadata":{"reference":"mine"}`, "mine", "AB12"},
		{"payment_request.paid", `"transaction_reference":"AB12","reference":"AB12"`, "", "AB12"},
		{"payment_request.paid", `"transaction_reference":"AB12","reference":"CD34"`, "", "AB12"},
		{"payment_request.paid", `"reference":"AB12"`, "", "AB12"},
		{"payment_request.paid", `"webhook_data":"mine"`, "", ""},
		{"payment_request.paid", `"webhook_data":["mine"]`, "", ""},
		{"payment_request.paid", `"webhook_data":null`, "", ""},
		{"payment_request.paid", `"webhook_data":{"reference":true}`, "", ""},
		{"payment_request.paid", `"webhook_data":{"Reference":"other","REFERENCE":"x","reference":"mine"}`, "mine", ""},
		{"payment_request.paid", `"webhook_data":{"Reference":"other"}`, "", ""},
		{"payment_request.paid", `"webhook_data":{"a":{"reference":"deeper"},"reference":"mine"}`, "mine", ""},
		{"refund.completed", `"refund_reference":"9D","transaction_reference":"AB12","reference":"9D"`, "", "AB12"},
		{"refund.completed", `"transaction_reference":"AB12","metadata":{"reference":"mine"}`, "mine", "AB12"},
		{"transfer.completed", `"reference":"TR-9"`, "", "TR-9"},
		{"transfer.completed", `"reference":"TR-9","metadata":{"reference":"mine"}`, "mine", "TR-9"},
		{"dispute.opened", `"reference":"D-1"`, "D-1", ""},
		{"test.ping", `"test":true`, "", ""},
	}
	for _, tt := range tests {
		e := intramEventOf(t, tt.event, tt.data)
		assert.Equal(t, tt.reference, e.Reference, "%s %s", tt.event, tt.data)
		assert.Equal(t, tt.transaction, e.TransactionID, "%s %s", tt.event, tt.data)
	}
	e, err := verifySigned(`{"event":"payment_request.paid","operation_id":"op_1","data":{},` + own + `}`)
	require.NoError(t, err)
	assert.Equal(t, "mine", e.Reference, "beside data")
}

func TestIntramAmount(t *testing.T) {
	for data, want := range map[string]wapay.Money{
		`"amount":25000,"currency":"XOF"`:               wapay.XOF.Units(25000),
		`"amount":"25000","currency":"XOF"`:             wapay.XOF.Units(25000),
		`"amount":25000.00,"currency":"XOF"`:            wapay.XOF.Units(25000),
		`"amount":0,"currency":"XOF"`:                   wapay.XOF.Units(0),
		`"amount":9223372036854775807,"currency":"XOF"`: wapay.XOF.Units(9223372036854775807),
		`"amount":9007199254740993,"currency":"XAF"`:    wapay.XAF.Units(9007199254740993),
		`"amount":12,"currency":"EUR"`:                  wapay.EUR.Minor(1200),
		`"amount":12.5,"currency":"EUR"`:                wapay.EUR.Minor(1250),
		`"amount":12.50,"currency":"USD"`:               wapay.USD.Minor(1250),

		`"amount":25000`:                                {},
		`"amount":25000,"currency":null`:                {},
		`"amount":25000,"currency":""`:                  {},
		`"amount":25000,"currency":"xof"`:               {},
		`"amount":25000,"currency":"JPY"`:               {},
		`"amount":25000,"currency":952`:                 {},
		`"amount":25000,"currency":{"code":"XOF"}`:      {},
		`"currency":"XOF"`:                              {},
		`"amount":null,"currency":"XOF"`:                {},
		`"amount":"","currency":"XOF"`:                  {},
		`"amount":true,"currency":"XOF"`:                {},
		`"amount":200.5,"currency":"XOF"`:               {},
		`"amount":"200.","currency":"XOF"`:              {},
		`"amount":1e6,"currency":"XOF"`:                 {},
		`"amount":"1 000","currency":"XOF"`:             {},
		`"amount":"free","currency":"XOF"`:              {},
		`"amount":12.505,"currency":"EUR"`:              {},
		`"amount":9223372036854775808,"currency":"XOF"`: {},
		`"amount":{"value":1},"currency":"XOF"`:         {},
	} {
		assert.Equal(t, want, intramEventOf(t, "payout.completed", data).Amount, data)
	}
}

func TestIntramReason(t *testing.T) {
	for data, want := range map[string]string{
		`"error":{"code":"provider_rejected","message":"No such number"}`:                "No such number",
		`"error":{"code":"insufficient_balance"}`:                                        "insufficient_balance",
		`"error":{"code":"x","message":null,"details":{"message":"deeper"}}`:             "x",
		`"error":"No such number"`:                                                       "No such number",
		`"error":null,"provider_response":{"responsecode":"12","responsemsg":"Refused"}`: "Refused",
		`"error":[1],"provider_response":"12"`:                                           "",
		``:                                                                               "",
	} {
		e := intramEventOf(t, "payout.failed", data)
		assert.Equal(t, want, e.Reason, data)
		assert.Equal(t, wapay.StatusFailed, e.Status)
	}
}

// Each body has a right signature, and is delivered. If a body can be read in
// two ways, the whole event is zero.
func TestIntramShapes(t *testing.T) {
	good := intramBody("payout.completed", `"reference":"PO-1","status":"completed"`)
	tests := []struct {
		name, old, new string
		readable       bool
	}{
		{"as it is", "", "", true},
		{"spaces", `,"data":{`, "\t,\r\n\"data\" : { ", true},
		{"space around", good, " \r\n" + good + "\n\t ", true},
		{"unread fields", `"data"`, `"Other":{"event":["}",{"a":"\\\"]"}]},"x":1,"x":2,"data"`, true},
		{"escapes", `"PO-1"`, `"PO\u002d1"`, true},
		{"escaped name", `"event"`, `"ev\u0065nt"`, true},
		{"operation a number", `"op_1"`, `41`, true},
		{"operation null", `"op_1"`, `null`, true},
		{"operation absent", `"operation_id":"op_1",`, ``, true},
		{"no time", `"occurred_at":"2026-05-20T10:31:00.000Z",`, ``, true},
		{"time in words", `"2026-05-20T10:31:00.000Z"`, `"yesterday"`, true},
		{"time a number", `"2026-05-20T10:31:00.000Z"`, `1779273060`, true},
		{"unread field of data in two letter cases", `"reference"`, `"Note":1,"note":2,"reference"`, true},
		{"fields of the nested not of data", `"reference"`, `"destination":{"Status":1,"status":2,"status":3},"reference"`, true},

		{"event twice", `"event":`, `"event":"payout.failed","event":`, false},
		{"event in other case", `"event":`, `"Event":"payout.failed","event":`, false},
		{"data twice", `"data":{`, `"data":{},"data":{`, false},
		{"data in other case", `"data":{`, `"DATA":{},"data":{`, false},
		{"status twice", `"status":`, `"status":"failed","status":`, false},
		{"status twice by escape", `"status":`, `"\u0073tatus":"failed","status":`, false},
		{"status in other case", `"status":`, `"Status":"failed","status":`, false},
		{"status in other case by folding", `"status":`, "\"\u017ftatus\":\"failed\",\"status\":", false},
		{"amount twice", `"status":`, `"amount":1,"amount":2,"status":`, false},
		{"merchant's reference twice", `"status":`, `"webhook_data":{"reference":1,"reference":2},"status":`, false},
		{"serviceref twice", `"status":`, `"provider_response":{"serviceref":1,"serviceref":2},"status":`, false},
		{"message in other case", `"status":`, `"error":{"message":1,"Message":2},"status":`, false},
		{"data behind", good, good + `{}`, false},
		{"in a list", good, `[` + good + `]`, false},
		{"byte order mark", good, "\ufeff" + good, false},
		{"invalid UTF-8", `"PO-1"`, "\"\xe9\"", false},
		{"raw control character", `"PO-1"`, "\"\n\"", false},
		{"empty", good, ``, false},
		{"null", good, `null`, false},
		{"a string", good, `"payout.completed"`, false},
		{"no fields", good, `{}`, false},
		{"cut", good, good[:len(good)-1], false},
		{"deep", good, strings.Repeat(`{"a":`, 30_000), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Contains(t, good, tt.old)
			body := strings.Replace(good, tt.old, tt.new, 1)
			e, err := verifySigned(body)
			require.NoError(t, err)
			if !tt.readable {
				assert.Equal(t, &Event{Provider: "intram", DeliveryKey: "intram:whd_1", Attempt: 1, Proof: ProofSigned, Body: []byte(body)}, e)
				return
			}
			assert.Equal(t, "payout.completed", e.Name)
			assert.Equal(t, "PO-1", e.Reference)
			assert.Equal(t, wapay.StatusSucceeded, e.Status)
			assert.Equal(t, strings.Contains(tt.name, "time"), e.OccurredAt.IsZero())
		})
	}
	for _, event := range []string{`null`, `""`, `["payout.completed"]`, `{}`} {
		e, err := verifySigned(strings.Replace(good, `"payout.completed"`, event, 1))
		require.NoError(t, err)
		assert.Equal(t, []any{"", KindUnknown, wapay.StatusUnknown, "PO-1"}, []any{e.Name, e.Kind, e.Status, e.Reference})
	}
	for _, data := range []string{`null`, `[]`, `[{"status":"failed"}]`, `"x"`, `1`, `true`} {
		e, err := verifySigned(`{"event":"payout.completed","operation_id":"op_1","data":` + data + `}`)
		require.NoError(t, err, data)
		assert.Equal(t, []any{wapay.StatusSucceeded, "", wapay.Money{}}, []any{e.Status, e.Reference, e.Amount})
	}
}
