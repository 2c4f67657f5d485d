package bantutest

import (
	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/bantu"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Start starts a sandbox that is closed when the test ends.
func Start(tb sandbox.TB, c Config) *Server {
	return sandbox.Start(tb, New(c))
}

// Credentials returns the account's key and the application's test keys.
func (b *Server) Credentials() bantu.Credentials {
	return bantu.Credentials{
		AccountKey: wapay.Secret(b.cfg.AccountKey), SecretKey: wapay.Secret(b.cfg.SecretKey),
		PublicKey: wapay.Secret(b.cfg.PublicKey),
	}
}

// Client returns a client with the sandbox's keys and clock. It panics where an
// option is not valid.
func (b *Server) Client(opts ...wapay.Option) *bantu.Client {
	return kit.Client(bantu.New, b.Credentials(), b, opts)
}
