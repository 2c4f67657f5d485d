package wapay

// Status is what a provider says became of a payment or payout, in one vocabulary for all providers.
// The provider's own word stands beside it, in Payment.ProviderStatus and Payout.ProviderStatus.
type Status int

const (
	// StatusUnknown is a status that this library has not heard of. It is neither success nor failure:
	// ask again, and if it stays, ask the provider what the word in ProviderStatus means.
	StatusUnknown Status = iota
	// StatusPending: the provider has the order and has not finished with it.
	StatusPending
	// StatusSucceeded: the money has moved.
	StatusSucceeded
	// StatusFailed: the money has not moved, and under this order it will not.
	StatusFailed
	// StatusCancelled: the customer or the merchant called the order off before the money moved.
	StatusCancelled
	// StatusRefunded: the money has moved and was given back.
	StatusRefunded
)

var statusNames = [...]string{"unknown", "pending", "succeeded", "failed", "cancelled", "refunded"}

// String returns the status as one lower-case English word.
func (s Status) String() string {
	if s < 0 || int(s) >= len(statusNames) {
		return statusNames[StatusUnknown]
	}
	return statusNames[s]
}

// Final reports whether the status will not change any more, save that a success may later be refunded.
// StatusUnknown is not final.
func (s Status) Final() bool { return s >= StatusSucceeded && s <= StatusRefunded }

// MarshalText implements [encoding.TextMarshaler]: JSON holds the word.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. A word that is none of the six is StatusUnknown.
func (s *Status) UnmarshalText(text []byte) error {
	*s = StatusUnknown
	for i, name := range statusNames {
		if name == string(text) {
			*s = Status(i)
		}
	}
	return nil
}
