package kit

import (
	"time"

	"github.com/wapay-go/wapay"
)

// Client returns a provider's client for a sandbox, with the sandbox's keys and
// clock. It panics where an option is not valid.
func Client[K, C any](
	create func(K, ...wapay.Option) (*C, error), keys K, sandbox interface {
		URL() string
		Now() time.Time
	}, opts []wapay.Option,
) *C {
	c, err := create(keys, append([]wapay.Option{wapay.WithBaseURL(sandbox.URL()), wapay.WithClock(sandbox.Now)}, opts...)...)
	if err != nil {
		panic(err)
	}
	return c
}
