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

// MayBecome reports whether next may replace s, which is what is known so far. Notifications overtake each other, so that
// what comes last need not be the latest. A value out of range counts as StatusUnknown.
//
//	unknown     any other
//	pending     succeeded, failed, cancelled, refunded
//	succeeded   refunded
//
// Nothing else is news: no status becomes itself or unknown or goes back to pending, and failed, cancelled and
// refunded stay.
//
// False is mostly a message that was overtaken or came twice, and can be dropped. But where failed or cancelled is to
// become succeeded or refunded, or succeeded failed or cancelled, the two contradict each other: compare with what the
// provider says to FindPayment or FindPayout, and log it for a person to look at.
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
