package call_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

func TestPath(t *testing.T) {
	t.Parallel()
	for want, elements := range map[string][]string{
		"":                       {},
		"balance":                {"balance"},
		"payments/tx-1/confirm":  {"payments", "tx-1", "confirm"},
		"payments/-._~":          {"payments", "-._~"},
		"payments/a%2Fb":         {"payments", "a/b"},
		"payments/1%3Fall%3Dyes": {"payments", "1?all=yes"},
		"payments/1%23%25%3B%2B": {"payments", "1#%;+"},
		"payments/a%20b%C3%A9":   {"payments", "a bé"},
		"payments/a%2Fb/..":      {"payments", "a/b", ".."},
		"payments/":              {"payments", ""},
	} {
		assert.Equal(t, want, call.Path(elements...))
	}
}

// TestPathAsSent checks that an element arrives as the path has it. An element
// that a server could take for a step up is not sent.
func TestPathAsSent(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		id   string
		sent string
	}{
		{"tx-1", "/base/payments/tx-1/confirm?" + newRequest(call.Read).Query},
		{"a b/c+d:e@f", "/base/payments/a%20b%2Fc%2Bd%3Ae%40f/confirm?" + newRequest(call.Read).Query},
		{"a..b", "/base/payments/a..b/confirm?" + newRequest(call.Read).Query},
		{"../accounts", "/base/payments/..%2Faccounts/confirm?" + newRequest(call.Read).Query},
		{"...", "/base/payments/.../confirm?" + newRequest(call.Read).Query},
		{id: "."},
		{id: ".."},
	} {
		t.Run(x.id, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, answering(200, resultJSON))
			for _, effect := range []call.Effect{call.Read, call.IdempotentWrite, call.Write} {
				r := newRequest(effect)
				r.Path = call.Path("payments", x.id, "confirm")
				_, err := newClient(t, p.url).Do(context.Background(), r, new(result))
				if x.sent != "" {
					require.NoError(t, err)
					continue
				}
				require.ErrorIs(t, err, wapay.ErrInvalid)
				if effect != call.Read {
					assert.True(t, wapay.NotDone(err))
				}
			}
			if x.sent == "" {
				assert.Empty(t, p.got())
				return
			}
			require.Len(t, p.got(), 3)
			for _, sent := range p.got() {
				assert.Equal(t, x.sent, sent.req.RequestURI)
			}
		})
	}
}
