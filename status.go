package wapay

import "github.com/wapay-go/wapay/internal/words"

// Status says what became of a payment or payout, in one vocabulary for all
// providers. The provider's own word is in Payment.ProviderStatus and
// Payout.ProviderStatus.
type Status int

const (
	// StatusUnknown is a status that this library does not know. It is neither
	// success nor failure: ask again. If it stays, ask the provider what the
	// word in ProviderStatus means.
	StatusUnknown Status = iota
	// StatusPending: the provider has the order and has not finished with it.
	StatusPending
	// StatusSucceeded: the money has moved.
	StatusSucceeded
	// StatusFailed: the money has not moved, and will not move for this order.
	StatusFailed
	// StatusCancelled: the customer or the merchant called the order off before
	// the money moved.
	StatusCancelled
	// StatusRefunded: the money has moved and was given back.
	StatusRefunded
)

var statusNames = []string{"unknown", "pending", "succeeded", "failed", "cancelled", "refunded"}

// String returns the status as one lower-case English word.
func (s Status) String() string { return words.Of(statusNames, s) }

// Final reports whether the status will not change any more, except from
// success to refund. StatusUnknown is not final.
func (s Status) Final() bool { return s >= StatusSucceeded && s <= StatusRefunded }

// MayBecome reports whether next may replace s, the status known so far:
//
//	unknown     any other
//	pending     succeeded, failed, cancelled, refunded
//	succeeded   refunded
//
// If not, the notification is usually old, or came twice: drop it. But a
// success after failed or cancelled, or the other way round, is a
// contradiction. Ask FindPayment or FindPayout, and log it for a person to look
// at.
func (s Status) MayBecome(next Status) bool {
	switch s {
	case StatusPending:
		return next.Final()
	case StatusSucceeded:
		return next == StatusRefunded
	case StatusFailed, StatusCancelled, StatusRefunded:
		return false
	}
	return next == StatusPending || next.Final()
}

// MarshalText implements [encoding.TextMarshaler]: JSON holds the word.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. Any other word is
// StatusUnknown.
func (s *Status) UnmarshalText(text []byte) error {
	*s = words.Parse[Status](statusNames, string(text))
	return nil
}
