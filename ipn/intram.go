package ipn

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
)

// Intram verifies the notifications of Intram's Merchant API with the secret of a webhook ("whsec_…"), which is
// shown once, when the webhook is made, and is another than the secret key of the API. Several secrets are
// all accepted: the old and the new one while a webhook is replaced, or those of several webhooks that share
// one URL. With no secret, or with an empty one among them, the verifier refuses everything.
//
// The signature is an HMAC-SHA256 over X-Intram-Timestamp, a point, and the body byte for byte. Whatever is not
// signed with it, or has no signature or time, or two of them, is ErrSignature. What is signed more than five
// minutes before or after now is ErrStale. The time must be in UTC, as in 2026-05-20T10:31:14.000Z; the fraction
// of a second may be missing or have other than three digits. A signed time that reads otherwise is
// ErrMalformed, as is a signed body that is no JSON object or names no event. Intram repeats a notification
// for hours. That a late one is accepted rests on each attempt having a time and signature of its own, which
// Intram's documentation implies and does not say.
//
// # What is covered
//
// Of an [Event], all that comes from the body is covered: Kind, Name, ID, TransactionID, Reference, Status,
// ProviderStatus, Amount, Reason, OperatorID, OccurredAt. The other headers are not: DeliveryKey, which is
// "intram:" and X-Intram-Delivery, and Attempt. Intram's own repeats have one delivery id. But whoever
// captures a notification can send it again under another id for five minutes, and it looks like a new one.
// So [WithStore] remembers the documented events by ID and Name, which are signed.
//
// The header X-Intram-Event is not covered either. Name is the event of the body, and a header that says something
// else is ErrSignature. A delivery id that is missing, there twice, or not 1 to 100 of A-Z a-z 0-9 . _ - is not
// used: DeliveryKey is then made of ID and Name.
//
// # How it is read
//
// ID is the operation, TransactionID the transaction that belongs to it (for a refund, the one that is given
// back).
//
// Status follows from the event, and from data.status where there is one. When data.status says something else
// than the event, or a word that this library has not heard of, Status is StatusUnknown: ask with
// FindPayment or FindPayout. An event that is none of the thirteen documented ones is accepted with StatusUnknown
// whatever data.status says; its Kind follows from the word before the point, as in "payout.frozen". ProviderStatus
// is data.status, or without one what the event says after the point.
//
// payout.queued, a bank payout that was accepted, is StatusPending. refund.completed is KindRefund with
// StatusRefunded and not StatusSucceeded, so that nobody who forgets to look at Kind takes it for a payment;
// refund.pending and refund.failed speak of the refund, and leave the payment as it was. The status of a test.ping
// is StatusUnknown.
//
// Reference of a payout is data.reference. Of a payment it is the "reference" in the webhook_data that the
// request was made with; the documentation says that webhook_data comes back, not where, so that it is looked for
// in data and beside it. Without it, data.reference is taken, unless that is the transaction_reference; it may
// still be Intram's own, for which an integrator's code takes it. Of a refund or transfer, and of a payout without
// data.reference, it is the "reference" in webhook_data or metadata.
//
// Amount is data.amount in whole units of data.currency. It is zero where there is no currency, or none that
// this library knows, and where the amount is not exact in it, as 200.5 XOF and 1e6: never a guess.
func Intram(secrets ...wapay.Secret) Verifier { return IntramWithClock(time.Now, secrets...) }

// IntramWithClock is [Intram] with another clock than time.Now, which nil stands for. It is for tests, with
// notifications of long ago or from [NewIntramRequest].
func IntramWithClock(now func() time.Time, secrets ...wapay.Secret) Verifier {
	if now == nil {
		now = time.Now
	}
	keys := make([][]byte, len(secrets))
	for i, secret := range secrets {
		if secret == "" {
			keys = nil
			break
		}
		keys[i] = []byte(secret)
	}
	return verifier{provider: "intram", verify: func(h http.Header, body []byte) (*Event, error) {
		if len(keys) == 0 {
			return refuse(ErrSignature, "no secret to verify it with")
		}
		return verifyIntram(keys, now, h, body)
	}}
}

// The headers, in canonical form.
const (
	intramSignature = "X-Intram-Signature"
	intramTimestamp = "X-Intram-Timestamp"
	intramEvent     = "X-Intram-Event"
	intramDelivery  = "X-Intram-Delivery"
	intramAttempt   = "X-Intram-Attempt"
)

// intramWindow is how far the time of a notification may be from now, before and after.
const intramWindow = 5 * time.Minute

func verifyIntram(keys [][]byte, now func() time.Time, h http.Header, body []byte) (*Event, error) {
	signature, timestamp := only(h, intramSignature), only(h, intramTimestamp)
	if signature == "" || timestamp == "" {
		return refuse(ErrSignature, "signature or time missing, or more than one")
	}
	if !intramSignatureMatches(keys, timestamp, body, signature) {
		return refuse(ErrSignature, "signature does not match")
	}
	// Only one point can lie between such a time and a JSON object: the same signature fits no other two.
	at, ok := parseStamp(timestamp)
	if !ok {
		return refuse(ErrMalformed, "time is not in RFC 3339 and UTC")
	}
	if now().Sub(at).Abs() > intramWindow {
		return refuse(ErrStale, "signed more than five minutes from now")
	}
	e, err := readIntram(body)
	if err != nil {
		return refuse(ErrMalformed, err.Error())
	}
	for _, name := range h[intramEvent] {
		if name != e.Name {
			return refuse(ErrSignature, "event of the header is not that of the body")
		}
	}
	switch id := only(h, intramDelivery); {
	case isDeliveryID(id):
		e.DeliveryKey = "intram:" + id
	case e.ID != "":
		e.DeliveryKey = "intram:" + e.ID + ":" + e.Name
	default:
		return refuse(ErrMalformed, "neither delivery id nor operation id")
	}
	if n, err := strconv.ParseUint(only(h, intramAttempt), 10, 31); err == nil {
		e.Attempt = int(n)
	}
	e.Proof, e.Body = ProofSigned, body
	return e, nil
}

// intramSignatureMatches tries every key, so that the time it takes does not say which one it was.
func intramSignatureMatches(keys [][]byte, timestamp string, body []byte, signature string) bool {
	head := append(append(make([]byte, 0, 64), timestamp...), '.')
	given := []byte(signature)
	matches := 0
	for _, key := range keys {
		matches |= subtle.ConstantTimeCompare(signIntram(key, head, body), given)
	}
	return matches == 1
}

// signIntram returns the signature over head and body, as the header has it.
func signIntram(key, head, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(head)
	mac.Write(body)
	var sum [sha256.Size]byte
	return hex.AppendEncode([]byte("sha256="), mac.Sum(sum[:0]))
}

// only returns the value of the header name, or "" if it is not there exactly once.
func only(h http.Header, name string) string {
	if values := h[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// parseStamp reads a time of the form 2026-05-20T10:31:14.000Z, with any fraction or none. time.Parse alone would
// take a few others too.
func parseStamp(s string) (time.Time, bool) {
	const form = "dddd-dd-ddTdd:dd:dd"
	if len(s) <= len(form) || !fits(s[:len(form)], form) {
		return time.Time{}, false
	}
	if rest := s[len(form):]; rest[0] != '.' && rest != "Z" || rest[len(rest)-1] != 'Z' {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, s) // checks the fraction, and that there is such a time
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

// isDeliveryID is false for a colon, so that no delivery id makes the key that another notification has without one.
func isDeliveryID(s string) bool {
	return len(s) >= 1 && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '.'
	})
}
