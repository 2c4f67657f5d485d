package ipn

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"

	"github.com/wapay-go/wapay"
)

// BarkaPay verifies the notifications of BarkaPay with the IPN encryption key of an app, which is neither its
// API key nor its API secret. Several keys are for several apps that share one URL: each app, API or SCI, has
// its own. With no key, or with an empty one among them, the verifier refuses everything.
//
// The signature is a SHA-512 over seven values joined with ":" and the hashed key (S: "Check IPN source"). It
// covers of an [Event]: ID, Reference, Status, ProviderStatus, Amount, OperatorID, DeliveryKey. It does not
// cover Kind, Name and Reason. BarkaPay sends neither a time nor a count: OccurredAt is zero, Attempt 0, and a
// captured notification verifies for ever: [WithStore] acts once on each DeliveryKey, which is made of id and status.
//
// Kind follows from the fields that are there: sender_… is KindPayment, receiver_… is KindPayout, the
// answer to Payouter.Payout; Name keeps BarkaPay's own word for that, "transfer". The same seven values verify
// as either one, because field names are not signed: compare Kind with the order that Reference names. A
// notification with both or with half of each is refused, and so is one whose type says something else than
// its fields (ErrSignature).
//
// A covered value with a ":" in it is refused (ErrSignature) even where the hash is right: the ":" between the
// values looks the same, so that order_id "a:b" with txid "c" hashes like "a" with "b:c".
//
// Amount is in XOF. It is hashed as it stands in the body; to be understood it must be a whole number of
// francs in digits, with at most zeros after a point: 200, "200" and "200.00", but neither 200.50 nor 1e6
// (ErrMalformed). Status is 1, 0 or -1, as a number or a string; any other is StatusUnknown.
func BarkaPay(keys ...wapay.Secret) Verifier {
	hashedKeys := make([]string, len(keys))
	for i, key := range keys {
		if key == "" {
			hashedKeys = nil
			break
		}
		sum := sha256.Sum256([]byte(key))
		hashedKeys[i] = hex.EncodeToString(sum[:])
	}
	return verifier{provider: "barkapay", verify: func(_ http.Header, body []byte) (*Event, error) {
		if len(hashedKeys) == 0 {
			return refuse(ErrSignature, "no key to verify it with")
		}
		return verifyBarkaPay(hashedKeys, body)
	}}
}

// The fields that are read, as indexes of barkaPayNames.
const (
	bpID = iota
	bpAmount
	bpStatus
	bpOrderID
	bpTxID
	bpSenderPhone
	bpSenderCountry
	bpReceiverPhone
	bpReceiverCountry
	bpType
	bpReason
	bpHash
	bpFields
)

var barkaPayNames = [bpFields]string{
	bpID:              "public_id",
	bpAmount:          "amount",
	bpStatus:          "status",
	bpOrderID:         "order_id",
	bpTxID:            "txid",
	bpSenderPhone:     "sender_phonenumber",
	bpSenderCountry:   "sender_country",
	bpReceiverPhone:   "receiver_phonenumber",
	bpReceiverCountry: "receiver_country",
	bpType:            "type",
	bpReason:          "reason",
	bpHash:            "hash",
}

// barkaPayFields holds what each field says; nil is one that is null or not there.
type barkaPayFields [bpFields][]byte

func verifyBarkaPay(hashedKeys []string, body []byte) (*Event, error) {
	f, err := readBarkaPay(body)
	if err != nil {
		return refuse(ErrMalformed, err.Error())
	}
	kind, name, err := f.kind()
	if err != nil {
		return refuse(ErrMalformed, err.Error())
	}
	if f[bpType] != nil && string(f[bpType]) != name {
		return refuse(ErrSignature, "type contradicts the other fields")
	}
	covered := f.covered(kind)
	for i, value := range covered {
		if len(value) == 0 && i != len(covered)-1 { // txid is null until the operator has one
			return refuse(ErrMalformed, "signed field missing")
		}
		if bytes.IndexByte(value, ':') >= 0 {
			return refuse(ErrSignature, "colon in a signed value")
		}
	}
	if !barkaPayHashMatches(hashedKeys, covered, f[bpHash]) {
		return refuse(ErrSignature, "hash does not match")
	}
	amount, err := francs(string(f[bpAmount]))
	if err != nil {
		return refuse(ErrMalformed, "amount is not a whole number of francs")
	}
	e := &Event{
		Provider: "barkapay", Kind: kind, Name: name,
		ID: string(f[bpID]), Reference: string(f[bpOrderID]), OperatorID: string(f[bpTxID]),
		ProviderStatus: string(f[bpStatus]), Amount: amount, Reason: string(f[bpReason]),
		Proof: ProofSigned, Body: body,
	}
	e.Status = barkaPayStatus(e.ProviderStatus)
	e.DeliveryKey = "barkapay:" + e.ID + ":" + e.ProviderStatus
	return e, nil
}

func readBarkaPay(body []byte) (f barkaPayFields, err error) {
	if err := pick(body, barkaPayNames[:], f[:]); err != nil {
		return f, err
	}
	for i, raw := range f {
		said, ok := text(raw)
		if !ok && i != bpReason && i != bpHash { // a reason is nothing to fail for, and no hash matches nothing
			return f, errors.New("field is neither string nor number")
		}
		f[i] = said
	}
	return f, nil
}

func (f *barkaPayFields) kind() (Kind, string, error) {
	switch [...]bool{
		f[bpSenderPhone] != nil, f[bpSenderCountry] != nil,
		f[bpReceiverPhone] != nil, f[bpReceiverCountry] != nil,
	} {
	case [...]bool{true, true, false, false}:
		return KindPayment, "payment", nil
	case [...]bool{false, false, true, true}:
		return KindPayout, "transfer", nil
	}
	return KindUnknown, "", errors.New("neither sender nor receiver, or some of both")
}

// covered returns the signed values in the order in which they are signed.
func (f *barkaPayFields) covered(k Kind) [7][]byte {
	phone, country := f[bpSenderPhone], f[bpSenderCountry]
	if k == KindPayout {
		phone, country = f[bpReceiverPhone], f[bpReceiverCountry]
	}
	return [...][]byte{f[bpID], f[bpAmount], phone, country, f[bpStatus], f[bpOrderID], f[bpTxID]}
}

// barkaPayHashMatches tries every key, so that the time it takes does not say which one it was.
func barkaPayHashMatches(hashedKeys []string, covered [7][]byte, hash []byte) bool {
	sentence := append(make([]byte, 0, 512), "13:"...)
	for _, value := range covered {
		sentence = append(append(sentence, value...), ':')
	}
	var digits [2 * sha512.Size]byte
	matches := 0
	for _, key := range hashedKeys {
		sum := sha512.Sum512(append(append(sentence, key...), ":13"...))
		hex.Encode(digits[:], sum[:])
		matches |= subtle.ConstantTimeCompare(digits[:], hash)
	}
	return matches == 1
}

func barkaPayStatus(s string) wapay.Status {
	switch s {
	case "1":
		return wapay.StatusSucceeded
	case "0":
		return wapay.StatusPending
	case "-1":
		return wapay.StatusFailed
	}
	return wapay.StatusUnknown
}

func francs(s string) (wapay.Money, error) {
	whole, fraction, hasPoint := strings.Cut(s, ".")
	if hasPoint && (fraction == "" || strings.Trim(fraction, "0") != "") {
		return wapay.Money{}, errors.New("not a whole number")
	}
	return wapay.ParseMoney(whole, wapay.XOF)
}
