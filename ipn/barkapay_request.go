package ipn

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/wapay-go/wapay"
)

// BarkaPayNotification is a notification to test with: see
// [NewBarkaPayRequest].
type BarkaPayNotification struct {
	Kind       Kind         // KindPayment or KindPayout; KindPayment if it is zero
	ID         string       // public_id; made of Reference if it is empty
	Reference  string       // order_id
	Amount     wapay.Money  // amount, in XOF
	Phone      string       // the sender's or the receiver's, national; "70000001" if it is empty
	Country    string       // alpha-3; "BFA" if it is empty
	Status     wapay.Status // pending, succeeded or failed; succeeded if it is zero
	OperatorID string       // txid; null if it is empty
	Reason     string
}

// NewBarkaPayRequest returns a request such as BarkaPay sends, signed with the
// IPN encryption key, for tests of your own handlers. Send it with an
// [http.Client], or give it to the ServeHTTP of a handler.
func NewBarkaPayRequest(url string, key wapay.Secret, n BarkaPayNotification) (*http.Request, error) {
	body, err := n.body(key)
	return newRequest("NewBarkaPayRequest", url, "application/json", body, err)
}

func (n *BarkaPayNotification) body(key wapay.Secret) ([]byte, error) {
	statuses := map[wapay.Status]int{
		wapay.StatusUnknown: 1, wapay.StatusPending: 0, wapay.StatusSucceeded: 1, wapay.StatusFailed: -1,
	}
	status, ok := statuses[n.Status]
	name, side := "payment", "sender"
	if n.Kind == KindPayout {
		name, side = "transfer", "receiver"
	}
	id, phone, country := cmp.Or(n.ID, "test-"+n.Reference), cmp.Or(n.Phone, "70000001"), cmp.Or(n.Country, "BFA")
	values := [...]string{id, n.Amount.Decimal(), phone, country, fmt.Sprint(status), n.Reference, n.OperatorID}
	switch {
	case checkSecret(key) != nil:
		return nil, checkSecret(key)
	case n.Reference == "" || n.Amount.Currency() != wapay.XOF || !ok || n.Kind > KindPayout:
		return nil, errors.New("want a reference, an amount in XOF, a status and a kind that BarkaPay sends")
	case strings.Contains(strings.Join(values[:], ""), ":"):
		return nil, errors.New("colon in a signed value")
	}
	null := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	return json.Marshal(map[string]any{
		"public_id": id, "amount": json.Number(n.Amount.Decimal()), side + "_phonenumber": phone,
		side + "_country": country, "status": status, "order_id": n.Reference, "txid": null(n.OperatorID),
		"order_data": nil, "reason": null(n.Reason), "type": name, "hash": signBarkaPay(hashBarkaPayKey(key), values),
	})
}
