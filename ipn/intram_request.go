package ipn

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/wapay-go/wapay"
)

// IntramNotification is a notification to test with: see [NewIntramRequest].
type IntramNotification struct {
	Event       string // "payment_request.paid"
	OperationID string // "op_test" if it is empty
	Data        any    // becomes the member data, {} if it is nil

	// DeliveryID is made of Event and OperationID if it is empty, so that the
	// same news has the same id.
	DeliveryID string
	Attempt    int       // 1 if it is 0
	At         time.Time // the signed time of the delivery; now if it is zero
	OccurredAt time.Time // At if it is zero
}

// NewIntramRequest returns a request such as Intram sends to a webhook, signed
// with secret, for tests of your own handlers. Send it with an [http.Client],
// or give it to the ServeHTTP of a handler. You may change its headers
// X-Intram-Delivery and X-Intram-Attempt, which are not signed. A notification
// of another time needs [IntramWithClock].
func NewIntramRequest(url string, secret wapay.Secret, n IntramNotification) (*http.Request, error) {
	n.setDefaults()
	body, err := json.Marshal(struct {
		Event       string `json:"event"`
		OperationID string `json:"operation_id"`
		OccurredAt  string `json:"occurred_at"`
		Data        any    `json:"data"`
	}{n.Event, n.OperationID, intramTime(n.OccurredAt), n.Data})
	if n.Event == "" {
		err = errors.New("no event")
	}
	r, err := newRequest("NewIntramRequest", url, "application/json", body, cmp.Or(checkSecret(secret), err))
	if err != nil {
		return nil, err
	}
	at := intramTime(n.At)
	r.Header.Set("User-Agent", "Intram-Webhooks/1.0")
	r.Header.Set(intramSignature, signIntram(secret, at, body))
	r.Header.Set(intramTimestamp, at)
	r.Header.Set(intramEvent, n.Event)
	r.Header.Set(intramDelivery, n.DeliveryID)
	r.Header.Set(intramAttempt, strconv.Itoa(n.Attempt))
	return r, nil
}

func (n *IntramNotification) setDefaults() {
	if n.OperationID == "" {
		n.OperationID = "op_test"
	}
	if n.Data == nil {
		n.Data = struct{}{}
	}
	if n.DeliveryID == "" {
		sum := sha256.Sum256([]byte(n.Event + " " + n.OperationID))
		n.DeliveryID = "whd_" + hex.EncodeToString(sum[:16])
	}
	if n.Attempt == 0 {
		n.Attempt = 1
	}
	if n.At.IsZero() {
		n.At = time.Now()
	}
	if n.OccurredAt.IsZero() {
		n.OccurredAt = n.At
	}
}

// intramTime formats a time as Intram does, with milliseconds.
func intramTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
