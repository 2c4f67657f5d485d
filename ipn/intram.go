package ipn

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
)

// Intram verifies the notifications of Intram's Merchant API with the secret of
// a webhook ("whsec_…"). Intram shows it once, when you make the webhook. It is
// not the secret key of the API. Give several secrets while you replace a
// webhook, or if several share one URL. Without a secret, or with a blank one,
// the verifier refuses everything.
//
// The signature covers the whole body and a time, which may be five minutes
// off. It covers neither DeliveryKey nor Attempt of an [Event].
// docs/notifications.md tells how each field is read.
func Intram(secrets ...wapay.Secret) Verifier { return IntramWithClock(time.Now, secrets...) }

// IntramWithClock does the same as [Intram] with the clock now, or time.Now if
// it is nil. Use it in tests with notifications of another time.
func IntramWithClock(now func() time.Time, secrets ...wapay.Secret) Verifier {
	if now == nil {
		now = time.Now
	}
	verify := func(h http.Header, body []byte) (*Event, error) { return verifyIntram(secrets, now, h, body) }
	return verifier{provider: "intram", unset: anyBlank(secrets), verify: verify}
}

// The headers, in canonical form.
const (
	intramSignature = "X-Intram-Signature"
	intramTimestamp = "X-Intram-Timestamp"
	intramEvent     = "X-Intram-Event"
	intramDelivery  = "X-Intram-Delivery"
	intramAttempt   = "X-Intram-Attempt"
)

// intramWindow is how far the time of a notification may be from now.
const intramWindow = 5 * time.Minute

func verifyIntram(secrets []wapay.Secret, now func() time.Time, h http.Header, body []byte) (*Event, error) {
	signature, timestamp := onlyHeader(h, intramSignature), onlyHeader(h, intramTimestamp)
	sign := func(secret wapay.Secret) string { return signIntram(secret, timestamp, body) }
	if timestamp == "" || !matches(secrets, sign, signature) {
		return refuse(ErrSignature, "signature or time missing, repeated or wrong")
	}
	// A time has one point at most, which begins its fraction, and ends in Z.
	// So no other cut of the signed text gives a time.
	at, ok := parseStamp(timestamp)
	if !ok {
		return refuse(ErrMalformed, "time is not in RFC 3339 and UTC")
	}
	if now().Sub(at).Abs() > intramWindow {
		return refuse(ErrStale, "signed more than five minutes from now")
	}
	e := readIntram(body)
	for _, name := range h[intramEvent] {
		if e.Name != "" && name != e.Name {
			return refuse(ErrSignature, "event of the header is not that of the body")
		}
	}
	switch id := onlyHeader(h, intramDelivery); {
	case isDeliveryID(id):
		e.DeliveryKey = "intram:" + id
	case e.ID != "" && e.Name != "":
		e.DeliveryKey = "intram:" + e.ID + ":" + e.Name
	default:
		e.DeliveryKey = intramBodyKey(body)
	}
	if n, err := strconv.ParseUint(onlyHeader(h, intramAttempt), 10, 31); err == nil {
		e.Attempt = int(n)
	}
	e.Proof, e.Body = ProofSigned, body
	return e, nil
}

func intramBodyKey(body []byte) string { return "intram:body:" + hashOf(string(body)) }

// signIntram returns the signature over time and body, in the form of the
// header.
func signIntram(secret wapay.Secret, timestamp string, body []byte) string {
	return "sha256=" + mac(secret, timestamp+".", string(body))
}

// onlyHeader returns the value of a header that is there exactly once, or "".
func onlyHeader(h http.Header, name string) string {
	if values := h[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// parseStamp reads a time such as 2026-05-20T10:31:14.000Z, with any fraction
// or none. time.Parse alone accepts a few other forms.
func parseStamp(s string) (time.Time, bool) {
	const form = "dddd-dd-ddTdd:dd:dd"
	if len(s) <= len(form) || !hasForm(s[:len(form)], form) {
		return time.Time{}, false
	}
	if rest := s[len(form):]; rest[0] != '.' && rest != "Z" || rest[len(rest)-1] != 'Z' {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, s) // checks the fraction, and that the day exists
	return t, err == nil
}

// hasForm reports whether s is form, with a digit for each d.
func hasForm(s, form string) bool {
	if len(s) != len(form) {
		return false
	}
	for i := range len(form) {
		if form[i] == 'd' && (s[i] < '0' || s[i] > '9') || form[i] != 'd' && s[i] != form[i] {
			return false
		}
	}
	return true
}

// isDeliveryID reports whether s may be part of a delivery key. It refuses a
// colon, so that no delivery id can imitate a key made of ID and Name.
func isDeliveryID(s string) bool {
	return len(s) >= 1 && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '.'
	})
}
