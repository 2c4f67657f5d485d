package ipn

import (
	"time"

	"github.com/wapay-go/wapay"
)

// Event is what a notification says. Which fields the provider's signature covers is said by the function
// that makes the [Verifier]; a field that is not covered is a hint.
//
// JSON and package fmt write it whole, Body included.
type Event struct {
	Provider string // "barkapay", "cinetpay", "intram", "mpp"
	// Account is the merchant's account with the provider, where the notification says which: the site id of
	// CinetPay's checkout. A Reference there means something within its site alone.
	Account string
	Kind    Kind
	Name    string // the provider's own word for the kind of event, "transfer"

	// DeliveryKey is the same each time the provider sends this same news, and differs from that of any
	// other: [WithStore] acts on it once. It begins with the provider's name. BarkaPay's is made of covered fields alone, so
	// that no change to a captured notification makes a new one of it. Intram's is an id that is not covered: see
	// [Intram] for what that means. That of CinetPay's checkout is a hash of all that is signed.
	//
	// Where Proof is ProofNone it is a hash of what was sent, which anybody can send: it tells a repeat, but is nothing
	// to act once on. Where Proof is ProofConfirmed it is made of the provider's answer: kind, status, and id or reference.
	DeliveryKey string

	// ID is the provider's id of the payment or payout. CinetPay's checkout has none, and is known by Reference.
	ID string
	// TransactionID is the provider's id of the transaction behind ID, where it has one for each; else empty.
	TransactionID string

	Reference string // the merchant's; empty where the provider does not give it back
	// Status is StatusUnknown where the notification proves nothing about it: those of CinetPay and MPP, until they
	// are confirmed.
	Status wapay.Status
	// ProviderStatus is the provider's own word or number for Status.
	ProviderStatus string
	Amount         wapay.Money
	Reason         string // in the provider's words, for people to read
	OperatorID     string // the mobile operator's transaction id; empty where there is none

	Attempt    int       // the provider's count of its deliveries, from 1; 0 if it sends none
	OccurredAt time.Time // zero if the provider does not say
	Proof      Proof
	// Body is the notification as it came, the slice that was given to Verify and not a copy; where Proof is
	// ProofConfirmed, it is the provider's answer.
	Body []byte
}

// Kind is what a notification is about.
type Kind int

const (
	// KindUnknown is an event that this library has not heard of: neither money in nor money out.
	KindUnknown Kind = iota
	// KindPayment: a customer pays the merchant.
	KindPayment
	// KindPayout: the merchant sends money to a recipient, with Payouter.Payout.
	KindPayout
	// KindTransfer: money moves between two wallets of one provider.
	KindTransfer
	// KindRefund: a payment is given back.
	KindRefund
	// KindTest: the provider tries whether notifications arrive. No money moves.
	KindTest
)

var kindNames = [...]string{"unknown", "payment", "payout", "transfer", "refund", "test"}

// String returns the kind as one lower-case English word.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return kindNames[KindUnknown]
	}
	return kindNames[k]
}

// MarshalText implements [encoding.TextMarshaler]: JSON holds the word.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. A word that is none of the six is KindUnknown.
func (k *Kind) UnmarshalText(text []byte) error {
	*k = KindUnknown
	for i, name := range kindNames {
		if name == string(text) {
			*k = Kind(i)
		}
	}
	return nil
}

// Proof is how it is known that an event is true.
type Proof int

const (
	// ProofNone: anybody could have sent it. Ask the provider before believing a word.
	ProofNone Proof = iota
	// ProofSigned: it carries the signature of the provider, or of whoever else knows the secret.
	ProofSigned
	// ProofConfirmed: the provider was asked, and the event says what it answered. See [WithConfirm].
	ProofConfirmed
)

var proofNames = [...]string{"none", "signed", "confirmed"}

// String returns the proof as one lower-case English word.
func (p Proof) String() string {
	if p < 0 || int(p) >= len(proofNames) {
		return proofNames[ProofNone]
	}
	return proofNames[p]
}

// MarshalText implements [encoding.TextMarshaler]: JSON holds the word.
func (p Proof) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. A word that is none of the three is ProofNone.
func (p *Proof) UnmarshalText(text []byte) error {
	*p = ProofNone
	for i, name := range proofNames {
		if name == string(text) {
			*p = Proof(i)
		}
	}
	return nil
}
