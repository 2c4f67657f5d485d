package ipn

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/wapay-go/wapay"
)

// PayHubNotification is a notification to test with: see [NewPayHubRequest].
type PayHubNotification struct {
	Kind   Kind      // KindPayment or KindPayout; KindPayment if it is zero
	ID     string    // public_id
	Status string    // the provider's word; SUCCESSFUL if it is empty
	At     time.Time // the signed time; now if it is zero
}

// NewPayHubRequest returns a request such as PayHub sends to an endpoint,
// signed with secret, for tests of your own handlers. Send it with an
// [http.Client], or give it to the ServeHTTP of a handler. A notification of
// another time needs [PayHubWithClock].
func NewPayHubRequest(url string, secret wapay.Secret, n PayHubNotification) (*http.Request, error) {
	name := map[Kind]string{KindUnknown: "payment", KindPayment: "payment", KindPayout: "transfer"}[n.Kind]
	if n.At.IsZero() {
		n.At = time.Now()
	}
	body, err := json.Marshal(struct {
		Type     string `json:"type"`
		PublicID string `json:"public_id"`
		Status   string `json:"status"`
	}{name, n.ID, cmp.Or(n.Status, "SUCCESSFUL")})
	if n.ID == "" || name == "" {
		err = errors.New("want an id, and a kind that PayHub sends")
	}
	r, err := newRequest("NewPayHubRequest", url, "application/json", body, cmp.Or(checkSecret(secret), err))
	if err != nil {
		return nil, err
	}
	at := strconv.FormatInt(n.At.Unix(), 10)
	r.Header.Set(payHubSignature, "t="+at+",v1="+signPayHub(secret, at, body))
	return r, nil
}
