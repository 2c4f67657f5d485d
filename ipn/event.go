package ipn

import (
	"database/sql/driver"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/words"
)

// Event is the content of a notification. docs/notifications.md lists which
// fields each provider signs. The others are hints. A field that cannot be read
// is zero.
//
// JSON and package fmt show the whole event, with Body.
type Event struct {
	Provider string // "barkapay", "cinetpay", "cinetpay-v1", "intram", "mpp", "payhub"
	// Account is the merchant's account with the provider, if the notification
	// names it. For CinetPay's checkout it is the site id: a Reference names
	// one order at each site.
	Account string
	Kind    Kind
	Name    string // the provider's own word for the kind of event, such as "transfer"

	// DeliveryKey is the same each time the provider sends the same news, and
	// differs for other news. It begins with the provider's name. With
	// [WithStore] the function acts once on it. With ProofNone it is a hash of
	// the notification, which anybody can send. With ProofConfirmed it is made
	// from the provider's answer.
	DeliveryKey string

	// ID is the provider's id of the payment or payout. CinetPay's checkout has
	// none.
	ID string
	// TransactionID is the provider's id of the transaction that belongs to ID,
	// if the transaction has an id of its own.
	TransactionID string

	Reference string // the merchant's; empty if the provider does not return it
	// Status is StatusUnknown for the notifications of CinetPay and MPP, until
	// they are confirmed.
	Status         wapay.Status
	ProviderStatus string // the provider's own word or number for Status
	Amount         wapay.Money
	Fee            wapay.Money // zero if the provider tells none
	Reason         string      // in the provider's words, for people to read
	OperatorID     string      // the mobile operator's transaction id, if there is one

	Attempt    int       // the provider's count of its deliveries, from 1; 0 if it sends none
	OccurredAt time.Time // zero if the provider does not tell
	Proof      Proof
	// Body is the notification: the slice that Verify received. With
	// ProofConfirmed it is the provider's answer.
	Body []byte
}

// Kind is the kind of order that a notification is about.
type Kind int

const (
	// KindUnknown: this library does not know the event. It is neither money in
	// nor money out.
	KindUnknown Kind = iota
	// KindPayment: a customer pays the merchant.
	KindPayment
	// KindPayout: the merchant sends money to a recipient, with
	// Payouter.Payout.
	KindPayout
	// KindTransfer: money moves between two wallets of one provider.
	KindTransfer
	// KindRefund: a payment is given back.
	KindRefund
	// KindTest: the provider tests whether notifications arrive. No money
	// moves.
	KindTest
)

var kindNames = []string{"unknown", "payment", "payout", "transfer", "refund", "test"}

// String returns the kind as one lower-case English word.
func (k Kind) String() string { return words.Of(kindNames, k) }

// MarshalText implements [encoding.TextMarshaler]: JSON holds the word.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. Any other word is
// KindUnknown.
func (k *Kind) UnmarshalText(text []byte) error {
	*k = words.Parse[Kind](kindNames, string(text))
	return nil
}

// Value implements [database/sql/driver.Valuer]: the word of [Kind.String], for
// a text column.
func (k Kind) Value() (driver.Value, error) { return k.String(), nil }

// Scan implements [database/sql.Scanner]. It reads NULL and any other text as
// KindUnknown.
func (k *Kind) Scan(column any) error { return words.Scan(column, k) }

// Proof is what proves an event.
type Proof int

const (
	// ProofNone: anybody could have sent it. Ask the provider before you act.
	ProofNone Proof = iota
	// ProofSigned: it is signed by somebody who knows the secret.
	ProofSigned
	// ProofConfirmed: the event holds the answer of the provider. See
	// [WithConfirm].
	ProofConfirmed
)

var proofNames = []string{"none", "signed", "confirmed"}

// String returns the proof as one lower-case English word.
func (p Proof) String() string { return words.Of(proofNames, p) }

// MarshalText implements [encoding.TextMarshaler]: JSON holds the word.
func (p Proof) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. Any other word is
// ProofNone.
func (p *Proof) UnmarshalText(text []byte) error {
	*p = words.Parse[Proof](proofNames, string(text))
	return nil
}
