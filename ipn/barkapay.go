package ipn

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/strict"
)

// BarkaPay verifies the notifications of BarkaPay with the IPN encryption key
// of an app. That is neither its API key nor its API secret. Give several keys
// where several apps share one URL. Without a key, or with a blank one, the
// verifier refuses everything.
//
// The member hash is, in lower-case hex, the SHA-512 of one sentence:
//
//	13:public_id:amount:phone:country:status:order_id:txid:KEY:13
//
// KEY is the SHA-256 of the IPN encryption key, in lower-case hex. phone and
// country are sender_phonenumber and sender_country of a payment, and
// receiver_phonenumber and receiver_country of a transfer. Each value is as PHP
// prints it: null is empty, and the number 10200.0 is 10200.
//
// The hash covers ID, Reference, Status, ProviderStatus, Amount, OperatorID and
// DeliveryKey of an [Event]. It does not cover Kind, Name and Reason. There is
// no time in it: a captured notification verifies for all time.
//
// Kind is KindPayment where there is a sender, and KindPayout, with the Name
// transfer, where there is a receiver. Where both are null, as for a link that
// nobody paid, the member type decides. The same hash fits both kinds: compare
// Kind with your order. ErrSignature refuses a sender beside a receiver, and a
// type that contradicts them. It also refuses a ":" in a signed value: "a:b"
// with "c" hashes like "a" with "b:c".
//
// Amount is in XOF, and zero where it is no whole number of francs. It is zero
// too where the country has no CFA francs, or the member currency, which is not
// signed, names another one.
func BarkaPay(keys ...wapay.Secret) Verifier {
	hashedKeys := make([]string, len(keys))
	for i, key := range keys {
		hashedKeys[i] = hashBarkaPayKey(key)
	}
	verify := func(_ http.Header, body []byte) (*Event, error) { return verifyBarkaPay(hashedKeys, body) }
	return verifier{provider: "barkapay", unset: anyBlank(keys), verify: verify}
}

type barkaPayBody struct {
	ID              text `json:"public_id"`
	Amount          text `json:"amount"`
	SenderPhone     text `json:"sender_phonenumber"`
	SenderCountry   text `json:"sender_country"`
	ReceiverPhone   text `json:"receiver_phonenumber"`
	ReceiverCountry text `json:"receiver_country"`
	Status          text `json:"status"`
	OrderID         text `json:"order_id"`
	TxID            text `json:"txid"`
	Type            text `json:"type"`
	Currency        text `json:"currency"`
	Reason          text `json:"reason"`
	Hash            text `json:"hash"`
}

var readBarkaPay = strict.NewReader[barkaPayBody]()

func verifyBarkaPay(hashedKeys []string, body []byte) (*Event, error) {
	b, err := readBarkaPay.Read(body)
	if err != nil {
		return refuse(ErrMalformed, err.Error())
	}
	hasSender, hasReceiver := b.SenderPhone+b.SenderCountry != "", b.ReceiverPhone+b.ReceiverCountry != ""
	kind, name := KindUnknown, string(b.Type)
	switch {
	case hasSender && (hasReceiver || b.Type == "transfer"), hasReceiver && b.Type == "payment":
		return refuse(ErrSignature, "sender, receiver and type contradict each other")
	case hasSender || b.Type == "payment":
		kind, name = KindPayment, "payment"
	case hasReceiver || b.Type == "transfer":
		kind, name = KindPayout, "transfer"
	}
	values := b.signed()
	if strings.Contains(strings.Join(values[:], ""), ":") {
		return refuse(ErrSignature, "colon in a signed value")
	}
	if b.Hash == "" && slices.Contains(values[:6], "") { // only txid is null as a rule
		return refuse(ErrMalformed, "neither hash nor all that it covers")
	}
	sign := func(hashedKey string) string { return signBarkaPay(hashedKey, values) }
	if !matches(hashedKeys, sign, string(b.Hash)) {
		// PHP prints the number 10200.0, which may stand so in the body, as
		// 10200.
		whole, fraction, _ := strings.Cut(values[1], ".")
		values[1], b.Amount = whole, text(whole)
		if strings.Trim(fraction, "0") != "" || !matches(hashedKeys, sign, string(b.Hash)) {
			return refuse(ErrSignature, "hash does not match")
		}
	}
	e := &Event{
		Provider: "barkapay", Kind: kind, Name: name, DeliveryKey: "barkapay:" + string(b.ID+":"+b.Status),
		ID: string(b.ID), Reference: string(b.OrderID), OperatorID: string(b.TxID),
		Status: facts.BarkaPayStatus(string(b.Status)), ProviderStatus: string(b.Status),
		Amount: exact(b.Amount, b.currency(values[3])), Reason: string(b.Reason), Proof: ProofSigned, Body: body,
	}
	if e.ID == "" {
		e.DeliveryKey = "barkapay:hash:" + string(b.Hash)
	}
	return e, nil
}

// currency returns the currency of the amount, or "" where it is not known.
// country is signed.
func (b *barkaPayBody) currency(country string) wapay.Currency {
	c := facts.BarkaPayCurrency(country)
	if b.Currency != "" && b.Currency != text(c) {
		return ""
	}
	return c
}

// signed returns the signed values. Those of the sender or of the receiver are
// empty.
func (b *barkaPayBody) signed() [7]string {
	phone, country := b.SenderPhone+b.ReceiverPhone, b.SenderCountry+b.ReceiverCountry
	return [...]string{
		string(b.ID), string(b.Amount), string(phone), string(country), string(b.Status), string(b.OrderID), string(b.TxID),
	}
}

func hashBarkaPayKey(key wapay.Secret) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// signBarkaPay returns the hash of the sentence.
func signBarkaPay(hashedKey string, values [7]string) string {
	sum := sha512.Sum512([]byte("13:" + strings.Join(values[:], ":") + ":" + hashedKey + ":13"))
	return hex.EncodeToString(sum[:])
}
