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
// if several apps share one URL. Without a key, or with a blank one, the
// verifier refuses everything.
//
// The hash does not cover Kind, Name and Reason of an [Event]: compare Kind
// with your order. It covers no time, so a captured notification verifies for
// all time. docs/notifications.md describes the hash, and how each field is
// read.
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
	values := b.signedValues()
	if strings.Contains(strings.Join(values[:], ""), ":") {
		return refuse(ErrSignature, "colon in a signed value")
	}
	if b.Hash == "" && slices.Contains(values[:6], "") { // txid, the seventh, is often null
		return refuse(ErrMalformed, "neither hash nor all that it covers")
	}
	sign := func(hashedKey string) string { return signBarkaPay(hashedKey, values) }
	if !matches(hashedKeys, sign, string(b.Hash)) {
		// The body may have the number 10200.0. PHP signs it as 10200.
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
		Amount: exactAmount(b.Amount, b.currency(values[3])), Reason: string(b.Reason), Proof: ProofSigned, Body: body,
	}
	if e.ID == "" {
		e.DeliveryKey = "barkapay:hash:" + string(b.Hash)
	}
	return e, nil
}

// currency returns the currency of the amount, or "" if it is not known. The
// country is signed, the member currency is not.
func (b *barkaPayBody) currency(country string) wapay.Currency {
	c := facts.BarkaPayCurrency(country)
	if b.Currency != "" && b.Currency != text(c) {
		return ""
	}
	return c
}

// signedValues returns the values that the hash covers. Either the sender's or
// the receiver's members are empty.
func (b *barkaPayBody) signedValues() [7]string {
	phone, country := b.SenderPhone+b.ReceiverPhone, b.SenderCountry+b.ReceiverCountry
	return [...]string{
		string(b.ID), string(b.Amount), string(phone), string(country), string(b.Status), string(b.OrderID),
		string(b.TxID),
	}
}

func hashBarkaPayKey(key wapay.Secret) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// signBarkaPay returns the hash of the values.
func signBarkaPay(hashedKey string, values [7]string) string {
	sum := sha512.Sum512([]byte("13:" + strings.Join(values[:], ":") + ":" + hashedKey + ":13"))
	return hex.EncodeToString(sum[:])
}
