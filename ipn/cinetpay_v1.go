package ipn

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"unicode/utf8"

	"github.com/wapay-go/wapay/internal/strict"
)

// CinetPayV1 reads the notifications of CinetPay's API v1, the platform of
// package cinetpay/apiv1. They are not signed: anybody who knows the URL can
// send one. An [Event] has ProofNone, StatusUnknown and KindUnknown. It only
// names an order, by ID and Reference.
//
// [WithConfirm] asks about it. Use two URLs, one with ConfirmPayments and one
// with ConfirmPayouts, so that the sender does not choose which is asked. The
// event of a payment has no Amount, because the lookup shows none: take it from
// your own order. docs/notifications.md tells how each field is read.
func CinetPayV1() Verifier {
	return verifier{provider: "cinetpay-v1", unsigned: true, pings: true, verify: readCinetPayV1}
}

type cinetPayV1Fields struct {
	Token     text `json:"notify_token"`
	Reference text `json:"merchant_transaction_id"`
	ID        text `json:"transaction_id"`
}

var readV1 = strict.NewReader[cinetPayV1Fields]()

func readCinetPayV1(h http.Header, body []byte) (*Event, error) {
	f, err := readFields(readV1, h, body)
	switch {
	case err != nil:
		return refuse(ErrMalformed, err.Error())
	case f.Token == "" || f.Reference == "" || f.ID == "":
		return refuse(ErrMalformed, "lacks one of its three ids")
	case !utf8.ValidString(string(f.Reference + f.ID)):
		return refuse(ErrMalformed, "names no order in UTF-8")
	}
	return &Event{
		Provider: "cinetpay-v1", ID: string(f.ID), Reference: string(f.Reference), Proof: ProofNone, Body: body,
		DeliveryKey: "cinetpay-v1:" + hashOf(string(f.Token), string(f.Reference), string(f.ID)),
	}, nil
}

// CinetPayV1Notification is a notification to test with: see
// [NewCinetPayV1Request].
type CinetPayV1Notification struct {
	ID          string // transaction_id
	Reference   string // merchant_transaction_id
	NotifyToken string // notify_token; a made-up one if it is empty
}

// NewCinetPayV1Request returns a request such as CinetPay's API v1 sends, for
// tests of your own handlers. Send it with an [http.Client], or give it to the
// ServeHTTP of a handler. It is not signed.
func NewCinetPayV1Request(url string, n CinetPayV1Notification) (*http.Request, error) {
	body, err := json.Marshal(map[string]string{
		"notify_token":            cmp.Or(n.NotifyToken, "notify-token-for-tests"),
		"merchant_transaction_id": n.Reference, "transaction_id": n.ID,
	})
	if n.ID == "" || n.Reference == "" {
		err = errors.New("want an id and a reference")
	}
	return newRequest("NewCinetPayV1Request", url, "application/json", body, err)
}
