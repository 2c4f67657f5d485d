package sandbox

import "github.com/wapay-go/wapay"

// Merchant is the merchant's side of a provider's sandbox. K is the type of the
// provider's Credentials, C that of its Client.
type Merchant[K, C any] struct {
	keys   K
	client func(K, ...wapay.Option) (*C, error)
	at     *Server
}

// MerchantOf returns the merchant with the keys. client is the New of the
// provider's package.
func MerchantOf[K, C any](client func(K, ...wapay.Option) (*C, error), keys K, at *Server) Merchant[K, C] {
	return Merchant[K, C]{keys, client, at}
}

// Credentials returns the merchant's keys.
func (m Merchant[K, C]) Credentials() K { return m.keys }

// Client returns a client with the sandbox's keys and clock. It panics if an
// option is not valid.
func (m Merchant[K, C]) Client(opts ...wapay.Option) *C {
	here := []wapay.Option{wapay.WithBaseURL(m.at.URL()), wapay.WithClock(m.at.Now)}
	c, err := m.client(m.keys, append(here, opts...)...)
	if err != nil {
		panic(err)
	}
	return c
}
