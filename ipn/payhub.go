package ipn

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/strict"
)

// PayHub verifies the notifications of PayHub, BarkaPay's newer platform, with
// the signing secret of an endpoint ("whsec_…", which is part of the secret).
// It is not the secret of the API. Give several secrets while you replace one,
// or if several endpoints share one URL. Without a secret, or with a blank one,
// the verifier refuses everything.
//
// The signature covers the whole body and a time, which may be 300 seconds off.
// An [Event] has neither Reference nor Amount: see [WithConfirm]. It does not
// tell the country of its order either: give each country a URL of its own.
// docs/notifications.md tells how each field is read.
func PayHub(secrets ...wapay.Secret) Verifier { return PayHubWithClock(time.Now, secrets...) }

// PayHubWithClock does the same as [PayHub] with the clock now, or time.Now if
// it is nil. Use it in tests with notifications of another time.
func PayHubWithClock(now func() time.Time, secrets ...wapay.Secret) Verifier {
	if now == nil {
		now = time.Now
	}
	verify := func(h http.Header, body []byte) (*Event, error) { return verifyPayHub(secrets, now, h, body) }
	return verifier{provider: "payhub", unset: anyBlank(secrets), verify: verify}
}

const (
	payHubSignature = "Payhub-Signature" // in canonical form; sent as PayHub-Signature
	payHubWindow    = 300                // seconds
)

type payHubBody struct {
	Type   text `json:"type"`
	ID     text `json:"public_id"`
	Status text `json:"status"`
}

var readPayHub = strict.NewReader[payHubBody]()

func verifyPayHub(secrets []wapay.Secret, now func() time.Time, h http.Header, body []byte) (*Event, error) {
	timestamp, signatures := parsePayHub(onlyHeader(h, payHubSignature))
	at, ok := payHubTime(timestamp)
	sign := func(secret wapay.Secret) string { return signPayHub(secret, timestamp, body) }
	if !ok || !matches(secrets, sign, signatures...) {
		return refuse(ErrSignature, "signature or time missing, repeated or wrong")
	}
	if age := now().Unix() - at; age > payHubWindow || age < -payHubWindow {
		return refuse(ErrStale, "signed more than 300 seconds from now")
	}
	b, err := readPayHub.Read(body)
	if err != nil {
		return refuse(ErrMalformed, err.Error())
	}
	e := &Event{
		Provider: "payhub", Name: string(b.Type), DeliveryKey: "payhub:" + string(b.Type+":"+b.Status+":"+b.ID),
		ID: string(b.ID), ProviderStatus: string(b.Status), Proof: ProofSigned, Body: body,
	}
	switch {
	case b.ID == "" || b.Status == "":
		return refuse(ErrMalformed, "no public_id or no status")
	case b.Type == "payment":
		e.Kind, e.Status = KindPayment, facts.PayHubPaymentStatus(e.ProviderStatus)
	case b.Type == "transfer":
		e.Kind, e.Status = KindPayout, facts.PayHubTransferStatus(e.ProviderStatus)
	default:
		return refuse(ErrMalformed, "type is neither payment nor transfer")
	}
	return e, nil
}

// parsePayHub reads "t=1795167000,v1=…,v1=…". It returns nothing if there is
// not exactly one time. It ignores other names.
func parsePayHub(header string) (timestamp string, signatures []string) {
	times := 0
	for _, part := range strings.Split(header, ",") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(part), "="); name {
		case "t":
			timestamp = value
			times++
		case "v1":
			signatures = append(signatures, value)
		}
	}
	if times != 1 {
		return "", nil
	}
	return timestamp, signatures
}

// payHubTime reads a Unix time. It refuses a second form of the same time, such
// as one with a leading zero.
func payHubTime(s string) (at int64, ok bool) {
	at, err := strconv.ParseInt(s, 10, 64)
	return at, err == nil && at >= 0 && strconv.FormatInt(at, 10) == s
}

// signPayHub returns the signature over time and body, in lower-case hex.
func signPayHub(secret wapay.Secret, timestamp string, body []byte) string {
	return mac(secret, timestamp+".", string(body))
}

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
