package ipn

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
)

// Intram verifies the notifications of Intram's Merchant API with the secret of
// a webhook ("whsec_…"). Intram shows it once, when the webhook is made. It is
// not the secret key of the API. Give several secrets while a webhook is
// replaced, or where several share one URL. Without a secret, or with a blank
// one, the verifier refuses everything.
//
// The signature is an HMAC-SHA256 over X-Intram-Timestamp, a point, and the
// body byte for byte. ErrSignature refuses a signature or a time that is
// missing, repeated or wrong. ErrStale refuses a time more than five minutes
// from now. The time is in UTC, such as 2026-05-20T10:31:14.000Z; any other
// form is ErrMalformed. Intram repeats a notification for hours. A late repeat
// verifies if each attempt has a time of its own, which the documentation
// implies and does not state.
//
// # What is covered
//
// The whole body. Not covered are the other headers: DeliveryKey, which is
// "intram:" and X-Intram-Delivery, and Attempt. For five minutes a captured
// notification can be sent again under another delivery id. So [WithStore]
// knows the documented events by ID and Name. A delivery id that is missing,
// repeated or of other characters than A-Z a-z 0-9 . _ - is not used:
// DeliveryKey is then made of ID and Name, or of the body. Name is the event of
// the body; where X-Intram-Event names another, that is ErrSignature.
//
// # How it is read
//
// A signed body that is no JSON object, or that has two values under one name,
// is an event with nothing but DeliveryKey, Attempt and Body.
//
// ID is the operation, TransactionID the transaction, which for a refund is the
// one that is given back.
//
// Status follows from the event, and from data.status where there is one. Where
// the two contradict each other, or data.status is a new word, Status is
// StatusUnknown. So it is for an event that is not documented; its Kind still
// follows from the word before the point. payout.queued, a bank payout that was
// accepted, is StatusPending. refund.completed is StatusRefunded;
// refund.pending and refund.failed tell about the refund, and leave the payment
// as it was.
//
// Reference of a payout is data.reference. Any other request takes no
// reference: there it is the "reference" in the webhook_data or metadata that
// the request was made with. The documentation does not state whether they come
// back. For a payment or transfer, data.reference is Intram's own, and so is
// TransactionID.
//
// Amount and Fee are in data.currency, and zero where they are not exact in it.
func Intram(secrets ...wapay.Secret) Verifier { return IntramWithClock(time.Now, secrets...) }

// IntramWithClock is [Intram] with the clock now, or time.Now if it is nil. It
// is for tests with notifications of another time.
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
	signature, timestamp := single(h, intramSignature), single(h, intramTimestamp)
	sign := func(secret wapay.Secret) string { return signIntram(secret, timestamp, body) }
	if timestamp == "" || !matches(secrets, sign, signature) {
		return refuse(ErrSignature, "signature or time missing, repeated or wrong")
	}
	// Such a time holds no point but that of its fraction, after which it ends
	// in Z: no other cut of the signed text gives one.
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
	switch id := single(h, intramDelivery); {
	case isDeliveryID(id):
		e.DeliveryKey = "intram:" + id
	case e.ID != "" && e.Name != "":
		e.DeliveryKey = "intram:" + e.ID + ":" + e.Name
	default:
		e.DeliveryKey = intramBodyKey(body)
	}
	if n, err := strconv.ParseUint(single(h, intramAttempt), 10, 31); err == nil {
		e.Attempt = int(n)
	}
	e.Proof, e.Body = ProofSigned, body
	return e, nil
}

func intramBodyKey(body []byte) string { return "intram:body:" + hashOf(string(body)) }

// signIntram returns the signature over time and body, as the header has it.
func signIntram(secret wapay.Secret, timestamp string, body []byte) string {
	return "sha256=" + mac(secret, timestamp+".", string(body))
}

// single returns the value of a header that is there exactly once, or "".
func single(h http.Header, name string) string {
	if values := h[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// parseStamp reads a time such as 2026-05-20T10:31:14.000Z, with any fraction
// or none. time.Parse alone accepts a few other forms.
func parseStamp(s string) (time.Time, bool) {
	const form = "dddd-dd-ddTdd:dd:dd"
	if len(s) <= len(form) || !fits(s[:len(form)], form) {
		return time.Time{}, false
	}
	if rest := s[len(form):]; rest[0] != '.' && rest != "Z" || rest[len(rest)-1] != 'Z' {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, s) // checks the fraction, and that the day exists
	return t, err == nil
}

// fits reports whether s is form, with a digit for each d.
func fits(s, form string) bool {
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

// isDeliveryID refuses a colon, so that no delivery id makes a key that another
// notification has without one.
func isDeliveryID(s string) bool {
	return len(s) >= 1 && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '.'
	})
}
