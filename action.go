package wapay

import "github.com/wapay-go/wapay/internal/words"

// Action is what the customer has to do next, for the payment to go on.
type Action int

const (
	// ActionNone: nothing, or the provider did not say.
	ActionNone Action = iota
	// ActionConfirm: confirm on the phone.
	ActionConfirm
	// ActionOpenPage: open Payment.CheckoutURL.
	ActionOpenPage
	// ActionPageLost: the payment has a page, but the provider does not tell
	// its address again. The customer can pay only on the page opened before.
	// A new order needs a new reference.
	ActionPageLost
	// ActionGiveCode: give the merchant the one-time code that the operator has
	// sent. Pass it to payhub.Client.ConfirmOTP, with the id of the payment. Or
	// call the client's Pay again, under the same reference, with the code as
	// OTP. The Pay method of a journal's Route does not pass the code on: see
	// package journal.
	ActionGiveCode
)

var actionNames = []string{"none", "confirm", "open page", "page lost", "give code"}

// String returns the action in one or two words: "none", "confirm",
// "open page", "page lost", "give code".
func (a Action) String() string { return words.Of(actionNames, a) }

// MarshalText implements [encoding.TextMarshaler]: JSON holds the words.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. Any other text is
// ActionNone.
func (a *Action) UnmarshalText(text []byte) error {
	*a = words.Parse[Action](actionNames, string(text))
	return nil
}
