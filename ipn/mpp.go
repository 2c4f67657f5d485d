package ipn

import (
	"bytes"
	"net/http"
)

// MPP reads the notifications of MPP, which sends a transaction when its status has changed. They are not signed: there
// is nothing to verify, and whoever knows the URL can send one.
//
// So an [Event] of it says only "look again", and where: ID is MPP's id of the transaction, Reference the
// merchant's external_id, and at least one of them is there. [WithConfirm] asks FindPayment or FindPayout, and
// only the answer is acted on. Status is always StatusUnknown, so that nobody who forgets to look at Proof, which is
// ProofNone, takes a forged "completed" for money that has arrived, or a forged "failed" for money that may be sent
// again. What the notification says is in ProviderStatus. That and all the rest are hints: also Kind, by which it is
// chosen whom to ask.
//
// Kind follows from the category, which is Name: payment is KindPayment, transfer and payout are KindPayout, cashin and
// topup, which go to another merchant's account, KindTransfer. Any other, among them deposit, with which a merchant
// pays into its own account, is KindUnknown. A client finds payments and payouts: the others are not confirmed.
//
// Amount is exact, and zero where it is not exact in its currency or the currency is not known. Reason is the
// reason or else the message. OccurredAt is updated_at. Attempt is 0.
//
// DeliveryKey is made of the transaction as it was sent, so that it is the same for a repeat. Do not act once on it:
// whoever guesses a notification can send it before MPP does. WithConfirm replaces it.
//
// The transaction may be the body or, as in an answer of the API, its member data. The Content-Type is not looked at.
func MPP() Verifier { return verifier{provider: "mpp", unsigned: true, verify: readMPP} }

// The members that are read, as indexes of mppNames.
const (
	mppID = iota
	mppReference
	mppCategory
	mppAmount
	mppCurrency
	mppStatus
	mppReason
	mppMessage
	mppUpdatedAt
	mppData // around the transaction, if it is there
	mppFields
)

var mppNames = [mppFields]string{
	mppID:        "id",
	mppReference: "external_id",
	mppCategory:  "category",
	mppAmount:    "amount",
	mppCurrency:  "currency",
	mppStatus:    "status",
	mppReason:    "reason",
	mppMessage:   "message",
	mppUpdatedAt: "updated_at",
	mppData:      "data",
}

var mppCurrencyNames = []string{"iso3"}

var mppKinds = map[string]Kind{
	"payment":  KindPayment,
	"transfer": KindPayout,
	"payout":   KindPayout,
	"cashin":   KindTransfer,
	"topup":    KindTransfer,
}

func readMPP(_ http.Header, body []byte) (*Event, error) {
	transaction := bytes.Trim(body, " \t\r\n")
	var f [mppFields][]byte
	if err := pick(body, mppNames[:], f[:]); err != nil {
		return refuse(ErrMalformed, err.Error())
	}
	if f[mppID] == nil && f[mppReference] == nil && isObject(f[mppData]) {
		transaction, f = f[mppData], [mppFields][]byte{}
		if err := pickInside(transaction, mppNames[:], f[:]); err != nil {
			return refuse(ErrMalformed, err.Error())
		}
	}
	var currency [1][]byte // MPP has an object here, and takes a string in requests
	if err := pickInside(f[mppCurrency], mppCurrencyNames, currency[:]); err != nil {
		return refuse(ErrMalformed, err.Error())
	}
	e := &Event{
		Provider: "mpp", Name: said(f[mppCategory]), DeliveryKey: "mpp:" + hashOf(string(transaction)),
		ID: said(f[mppID]), Reference: said(f[mppReference]), ProviderStatus: said(f[mppStatus]),
		Amount: exactAmount(said(f[mppAmount]), first(said(f[mppCurrency]), said(currency[0]))),
		Reason: first(said(f[mppReason]), said(f[mppMessage])), Proof: ProofNone, Body: body,
	}
	if e.ID == "" && e.Reference == "" {
		return refuse(ErrMalformed, "names no transaction")
	}
	e.Kind, e.OccurredAt = mppKinds[e.Name], momentOf(said(f[mppUpdatedAt]))
	return e, nil
}
