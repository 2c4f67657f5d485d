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
// package cinetpay/apiv1. They are not signed. They tell neither a status, nor
// an amount, nor whether they are about a payment or a transfer: they say "look
// again", no more.
//
// So an [Event] has ProofNone, StatusUnknown and KindUnknown. ID is CinetPay's
// transaction_id, Reference the merchant's merchant_transaction_id. The
// provider's rule wants both and a notify_token, so a notification that lacks
// one is ErrMalformed. A status or an amount in the body is not read.
//
// [WithConfirm] asks with the ID. Use two URLs, one with ConfirmPayments and
// one with ConfirmPayouts, so that the sender of a notification does not choose
// which of the two is asked. With both, payments and payouts are asked in the
// order in which they are given. The event of a payment has no Amount, because
// the lookup shows none: take it from your own order.
//
// The notify_token is that of the answer to the order. It is in Body, and this
// package does not look at it. It would prove that CinetPay sent the
// notification, and nothing about the order.
//
// DeliveryKey is a hash of the three values. Do not act once on it. WithConfirm
// replaces it by one that differs for each status.
//
// The provider documents JSON. A form is read too. How often it repeats a
// notification is not known, and integrators report that those of transfers did
// not come: ask about orders that stay open.
func CinetPayV1() Verifier {
	return verifier{provider: "cinetpay-v1", unsigned: true, pinged: true, verify: readCinetPayV1}
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
		Provider: "cinetpay-v1", DeliveryKey: "cinetpay-v1:" + hashOf(string(f.Token), string(f.Reference), string(f.ID)),
		ID: string(f.ID), Reference: string(f.Reference), Proof: ProofNone, Body: body,
	}, nil
}

// CinetPayV1Notification is a notification to test with: see
// [NewCinetPayV1Request].
type CinetPayV1Notification struct {
	ID          string // transaction_id
	Reference   string // merchant_transaction_id
	NotifyToken string // notify_token; a made-up one where it is empty
}

// NewCinetPayV1Request returns a request such as CinetPay's API v1 sends, for
// tests of your own handlers. Send it with an [http.Client], or give it to the
// ServeHTTP of a handler. Nothing is signed, so anybody can make the same.
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
