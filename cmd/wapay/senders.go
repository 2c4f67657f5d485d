package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

// sender makes the notifications of a provider about one kind of order.
type sender struct {
	variable string       // of the environment, with the key that signs; "" signs nothing
	key      wapay.Secret // the sandbox's
	currency string
	dated    bool              // the time is signed
	words    map[string]string // the provider's words for the statuses of this library
	strict   bool              // it takes no other words
	make     func(url string, key wapay.Secret, n *news) (*http.Request, error)
}

// senders has a sender for each provider and kind, with the keys of the
// sandboxes.
var senders = map[string]sender{
	"barkapay payment": barkapaySender,
	"barkapay payout":  barkapaySender,
	"cinetpay payment": {
		variable: "CINETPAY_SECRET_KEY", key: "sandbox-secret-key", currency: "XOF", make: cinetpayCheckoutNews,
		words: map[string]string{
			"pending": "WAITING_FOR_CUSTOMER", "succeeded": "SUCCES",
			"failed": "PAYMENT_FAILED", "cancelled": "TRANSACTION_CANCEL",
		},
	},
	"cinetpay payout": {
		currency: "XOF", make: cinetpayTransferNews,
		words: map[string]string{"pending": "REC", "succeeded": "VAL", "failed": "REJ"},
	},
	"intram payment": {
		variable: "INTRAM_WEBHOOK_SECRET", key: "whsec_sandbox", currency: "XOF", dated: true, make: intramNews,
		words: map[string]string{
			"pending": "payment_request.pending", "succeeded": "payment_request.paid", "failed": "payment_request.failed",
			"refunded": "refund.completed",
		},
	},
	"intram payout": {
		variable: "INTRAM_WEBHOOK_SECRET", key: "whsec_sandbox", currency: "XOF", dated: true, make: intramNews,
		words: map[string]string{"pending": "payout.queued", "succeeded": "payout.completed", "failed": "payout.failed"},
	},
	"payhub payment": {
		variable: "PAYHUB_WEBHOOK_SECRET", key: "whsec_sandbox", currency: "XOF", dated: true, make: payhubNews,
		words: map[string]string{
			"pending": "PROCESSING_OPERATOR", "succeeded": "SUCCESSFUL", "failed": "FAILED", "cancelled": "CANCELED",
		},
	},
	"payhub payout": {
		variable: "PAYHUB_WEBHOOK_SECRET", key: "whsec_sandbox", currency: "XOF", dated: true, make: payhubNews,
		words: map[string]string{
			"pending": "PROCESSING_OPERATOR", "succeeded": "SUCCESSFUL", "failed": "FAILED", "refunded": "REFUNDED",
		},
	},
	"cinetpay-v1 payment": {currency: "XOF", make: cinetpayV1News, words: noWords},
	"cinetpay-v1 payout":  {currency: "XOF", make: cinetpayV1News, words: noWords},
	"mpp payment":         {currency: "SLE", make: mppNews, words: mppWords},
	"mpp payout":          {currency: "SLE", make: mppNews, words: mppWords},
}

var barkapaySender = sender{
	variable: "BARKAPAY_IPN_KEY", key: "sandbox-api-ipn-key", currency: "XOF", strict: true, make: barkapayNews,
	words: map[string]string{"pending": "pending", "succeeded": "succeeded", "failed": "failed"},
}

// noWords has no words, for a notification that tells no status.
var noWords = map[string]string{"pending": "", "succeeded": "", "failed": ""}

var mppWords = map[string]string{
	"pending": "pending", "succeeded": "completed", "failed": "failed", "cancelled": "cancelled", "refunded": "refunded",
}

func triggerNames() []string {
	var names []string
	for key := range senders {
		names = append(names, strings.Fields(key)[0])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func senderOf(provider, kind string) (sender, error) {
	s, ok := senders[provider+" "+kind]
	switch {
	case ok:
		return s, nil
	case provider == "bantu":
		return s, badInput("-provider: bantu documents no notifications")
	case !slices.Contains(triggerNames(), provider):
		return s, badInput("-provider: want one of %s, not %q", strings.Join(triggerNames(), ", "), provider)
	}
	return s, badInput("-kind: want payment or payout, not %q", kind)
}

// word returns the provider's word for a status.
func (s sender) word(status string) (string, error) {
	if word, ok := s.words[status]; ok {
		return word, nil
	}
	if s.strict || status == "" {
		return "", badInput("-status: want one of %s, not %q", strings.Join(slices.Sorted(maps.Keys(s.words)), ", "), status)
	}
	return status, nil
}

// lie returns another status than the given one.
func (s sender) lie(status string) string {
	if status == "succeeded" || s.words["succeeded"] == status {
		return "failed"
	}
	return "succeeded"
}

func barkapayNews(to string, key wapay.Secret, n *news) (*http.Request, error) {
	if len(n.set) > 0 {
		return nil, errors.New("-set: barkapay's fields have flags of their own: " +
			"-id, -reference, -amount, -phone, -reason, -operator-id")
	}
	var status wapay.Status
	if err := status.UnmarshalText([]byte(n.word)); err != nil {
		return nil, err
	}
	return ipn.NewBarkaPayRequest(to, key, ipn.BarkaPayNotification{
		Kind: n.kind, ID: n.id, Reference: n.reference, Amount: n.amount, Phone: n.phone.National(),
		Country: n.phone.CountryAlpha3(), Status: status, OperatorID: n.operatorID, Reason: n.reason,
	})
}

func cinetpayCheckoutNews(to string, key wapay.Secret, n *news) (*http.Request, error) {
	fields := map[string]string{"cel_phone_num": n.phone.National(), "cpm_phone_prefixe": n.phone.CallingCode()}
	maps.Copy(fields, n.set)
	return ipn.NewCinetPayCheckoutRequest(to, key, ipn.CinetPayCheckoutNotification{
		Reference: n.reference, Amount: n.amount, Message: n.word, At: n.at, Fields: fields,
	})
}

func cinetpayTransferNews(to string, _ wapay.Secret, n *news) (*http.Request, error) {
	form := url.Values{
		"transaction_id": {n.id}, "client_transaction_id": {n.reference}, "lot": {"test"}, "amount": {n.amount.Decimal()},
		"receiver": {n.phone.National()}, "operator": {""}, "sending_status": {"CONFIRM"}, "comment": {n.reason},
		"treatment_status": {n.word}, "operator_transaction_id": {n.operatorID},
		"validated_at": {n.at.UTC().Format(time.DateTime)},
	}
	for name, value := range n.set {
		form.Set(name, value)
	}
	r, err := http.NewRequest(http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r, nil
}

func intramNews(to string, key wapay.Secret, n *news) (*http.Request, error) {
	data := map[string]any{
		"transaction_reference": n.id, "amount": json.Number(n.amount.Decimal()), "currency": n.amount.Currency(),
		"webhook_data": map[string]string{"reference": n.reference},
	}
	if n.kind == ipn.KindPayout {
		delete(data, "transaction_reference")
		delete(data, "webhook_data")
		data["reference"] = n.reference
	}
	_, data["status"], _ = strings.Cut(n.word, ".")
	if n.reason != "" {
		data["reason"] = n.reason
	}
	setAll(data, n.set)
	return ipn.NewIntramRequest(to, key, ipn.IntramNotification{Event: n.word, OperationID: n.id, Data: data, At: n.at})
}

// payhubNews returns a notification with id and status only, as PayHub sends
// it.
func payhubNews(to string, key wapay.Secret, n *news) (*http.Request, error) {
	if len(n.set) > 0 {
		return nil, errors.New("-set: a notification of payhub has no more than type, id and status")
	}
	return ipn.NewPayHubRequest(to, key, ipn.PayHubNotification{Kind: n.kind, ID: n.id, Status: n.word, At: n.at})
}

func mppNews(to string, _ wapay.Secret, n *news) (*http.Request, error) {
	category := "payment"
	if n.kind == ipn.KindPayout {
		category = "transfer"
	}
	at := n.at.UTC().Format(time.RFC3339)
	body := map[string]any{
		"id": n.id, "external_id": n.reference, "category": category, "amount": json.Number(n.amount.Decimal()), "fees": 0,
		"currency": map[string]any{"iso3": n.amount.Currency()}, "status": n.word, "reason": n.reason,
		"message": category + " " + n.word, "created_at": at, "updated_at": at,
	}
	setAll(body, n.set)
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(http.MethodPost, to, bytes.NewReader(encoded))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	return r, nil
}

// setAll sets fields of a JSON object. A value that is no JSON becomes a
// string.
func setAll(object map[string]any, fields map[string]string) {
	for name, value := range fields {
		object[name] = value
		if json.Valid([]byte(value)) {
			object[name] = json.RawMessage(value)
		}
	}
}

// cinetpayV1News returns a notification that names an order, without its
// status.
func cinetpayV1News(to string, _ wapay.Secret, n *news) (*http.Request, error) {
	if len(n.set) > 0 {
		return nil, errors.New("-set: cinetpay-v1 tells an id and a reference only: -id, -reference")
	}
	return ipn.NewCinetPayV1Request(to, ipn.CinetPayV1Notification{ID: n.id, Reference: n.reference})
}
