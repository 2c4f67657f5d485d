package ipn

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newAddresses(t testing.TB, opts ...HandlerOption) *addresses {
	t.Helper()
	var c handlerConfig
	for _, opt := range opts {
		require.NoError(t, opt(&c))
	}
	return &c.addresses
}

func requestFrom(remote string, forwarded ...string) *http.Request {
	r := &http.Request{RemoteAddr: remote, Header: http.Header{}}
	for _, line := range forwarded {
		r.Header.Add("x-forwarded-for", line)
	}
	return r
}

func TestAddressOptions(t *testing.T) {
	for _, tt := range []struct {
		text string
		want string // empty: refused
	}{
		{"192.0.2.7", "192.0.2.7/32"},
		{"192.0.2.0/24", "192.0.2.0/24"},
		{"0.0.0.0/0", "0.0.0.0/0"},
		{"2001:db8::1", "2001:db8::1/128"},
		{"2001:db8::/32", "2001:db8::/32"},
		{"::ffff:192.0.2.7", "192.0.2.7/32"},
		{"::ffff:192.0.2.0/120", "192.0.2.0/24"},
		{"::ffff:0.0.0.0/96", "0.0.0.0/0"},
		{"::ffff:0.0.0.0/95", ""},
		{"", ""},
		{" 192.0.2.7", ""},
		{"192.0.2.7,192.0.2.8", ""},
		{"192.0.2", ""},
		{"192.0.2.07", ""},
		{"192.0.2.7:80", ""},
		{"192.0.2.0/33", ""},
		{"192.0.2.0/", ""},
		{"fe80::1%eth0", ""},
		{"fe80::%eth0/64", ""},
		{"example.org", ""},
	} {
		for option, with := range map[string]func(...string) HandlerOption{
			"WithAllowedIPs": WithAllowedIPs, "WithTrustedProxies": WithTrustedProxies,
		} {
			var c handlerConfig
			err := with("198.51.100.1", tt.text)(&c)
			if tt.want == "" {
				assert.ErrorContains(t, err, option)
				assert.ErrorContains(t, err, `"`+tt.text+`"`)
				continue
			}
			require.NoError(t, err)
			got := c.addresses.allowed
			if option == "WithTrustedProxies" {
				got = c.addresses.proxies
			}
			assert.Equal(t, []netip.Prefix{netip.MustParsePrefix("198.51.100.1/32"), netip.MustParsePrefix(tt.want)}, got)
		}
	}
	for option, opt := range map[string]HandlerOption{
		"WithAllowedIPs": WithAllowedIPs(), "WithTrustedProxies": WithTrustedProxies([]string{}...),
	} {
		h, err := NewHandler(BarkaPay(testKey), accept, opt)
		assert.EqualError(t, err, "ipn: NewHandler: "+option+": no address")
		assert.Nil(t, h)
	}
}

func TestAllowsWithoutProxies(t *testing.T) {
	a := newAddresses(t, WithAllowedIPs("192.0.2.0/24", "2001:db8::7", "fe80::/10"))
	for remote, want := range map[string]bool{
		"192.0.2.7:4711":            true,
		"192.0.2.7":                 true,
		"192.0.3.7:4711":            false,
		"[::ffff:192.0.2.7]:4711":   true,
		"::ffff:192.0.2.7":          true,
		"::ffff:192.0.2.7%eth0":     true,
		"[2001:db8::7]:4711":        true,
		"[2001:db8::7]":             true,
		"2001:db8::7":               true,
		"2001:db8::8":               false,
		"[fe80::1%eth0]:4711":       true,
		"fe80::1%eth0":              true,
		"":                          false,
		"@":                         false, // a Unix socket
		":4711":                     false,
		"[192.0.2.7]:4711":          false,
		"]":                         false,
		"192.0.2.7:http":            false,
		" 192.0.2.7":                false,
		"example.org:80":            false,
		"192.0.2.7, 198.51.100.1:1": false,
	} {
		assert.Equal(t, want, a.allows(requestFrom(remote)), "%q", remote)
		assert.Equal(t, want, a.allows(requestFrom(remote, "192.0.2.7")), "%q, forwarded", remote)
		assert.Equal(t, want, a.allows(requestFrom(remote, "198.51.100.1")), "%q, forwarded", remote)
	}

	for _, a := range []*addresses{{}, newAddresses(t, WithTrustedProxies("10.0.0.0/8"))} {
		for _, remote := range []string{"192.0.2.7:4711", "10.0.0.1:4711", "", "@"} {
			assert.True(t, a.allows(requestFrom(remote, "nonsense")), "%q", remote)
		}
	}
}

func TestAllowsBehindProxies(t *testing.T) {
	a := newAddresses(t, WithAllowedIPs("192.0.2.0/24", "2001:db8::/32", "10.0.0.9"),
		WithTrustedProxies("10.0.0.0/8", "fd00::1"))
	const proxy = "10.0.0.1:4711"
	for _, tt := range []struct {
		name      string
		remote    string
		forwarded []string
		want      bool
	}{
		{"one address", proxy, []string{"192.0.2.7"}, true},
		{"with a port", proxy, []string{"192.0.2.7:1234"}, true},
		{"IPv6", proxy, []string{"2001:db8::1"}, true},
		{"IPv6 in brackets", proxy, []string{"[2001:db8::1]"}, true},
		{"IPv6 with a port", proxy, []string{"[2001:db8::1]:443"}, true},
		{"mapped", proxy, []string{"::ffff:192.0.2.7"}, true},
		{"mapped proxy", "[::ffff:10.0.0.1]:4711", []string{"192.0.2.7"}, true},
		{"IPv6 proxy", "[fd00::1]:4711", []string{"192.0.2.7"}, true},
		{"not allowed", proxy, []string{"198.51.100.1"}, false},
		{"claimed by the client", proxy, []string{"192.0.2.7, 198.51.100.1"}, false},
		{"claimed in a line before", proxy, []string{"192.0.2.7", "198.51.100.1"}, false},
		{"true behind nonsense", proxy, []string{"unknown, ,198.51.100.1, 192.0.2.7"}, true},
		{"through more proxies", proxy, []string{"198.51.100.1, 192.0.2.7 ,\t10.0.0.3", "10.0.0.2,fd00::1"}, true},
		{"claimed, through more", proxy, []string{"192.0.2.7, 198.51.100.1", "10.0.0.2"}, false},
		{"no header", proxy, nil, false},
		{"empty header", proxy, []string{""}, false},
		{"proxies alone", proxy, []string{"10.0.0.9, 10.0.0.2"}, false}, // 10.0.0.9 is allowed, but it is a proxy
		{"proxies alone after a comma", proxy, []string{",10.0.0.2"}, false},
		{"empty last", proxy, []string{"192.0.2.7,"}, false},
		{"empty line last", proxy, []string{"192.0.2.7", ""}, false},
		{"empty between", proxy, []string{"192.0.2.7,,10.0.0.2"}, false},
		{"unreadable last", proxy, []string{"192.0.2.7, unknown"}, false},
		{"unreadable between", proxy, []string{"192.0.2.7, _hidden, 10.0.0.2"}, false},
		{"in the manner of Forwarded", proxy, []string{"for=192.0.2.7"}, false},
		{"not from the proxy", "198.51.100.1:4711", []string{"192.0.2.7"}, false},
		{"allowed, not from the proxy", "192.0.2.7:4711", []string{"198.51.100.1"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, a.allows(requestFrom(tt.remote, tt.forwarded...)))
		})
	}

	r := requestFrom(proxy)
	r.Header.Set("Forwarded", "for=192.0.2.7")
	r.Header.Set("X-Real-IP", "192.0.2.7")
	assert.False(t, a.allows(r))
}

func FuzzAllows(f *testing.F) {
	f.Add("192.0.2.7:4711", "198.51.100.1", "")
	f.Add("10.0.0.1:4711", "192.0.2.7:1, 198.51.100.1", "[::ffff:10.0.0.2]:1")
	f.Add("[fe80::1%eth0]:1", ",,", "192.0.2.7,")
	f.Add("@", "]", "[")
	plain := newAddresses(f, WithAllowedIPs("192.0.2.0/24", "2001:db8::/32"))
	proxied := newAddresses(f, WithAllowedIPs("192.0.2.0/24", "2001:db8::/32"), WithTrustedProxies("10.0.0.0/8"))
	f.Fuzz(func(t *testing.T, remote, line1, line2 string) {
		direct := plain.allows(requestFrom(remote))
		require.Equal(t, direct, plain.allows(requestFrom(remote, line1, line2)))

		peer, ok := parseHost(remote)
		if !ok || !netip.MustParsePrefix("10.0.0.0/8").Contains(peer) {
			require.Equal(t, direct, proxied.allows(requestFrom(remote, line1, line2)))
		}
		// The address that a proxy appends counts, whatever the client writes
		// before it.
		require.True(t, proxied.allows(requestFrom("10.0.0.1:1", line1, line2, "192.0.2.7")))
		require.True(t, proxied.allows(requestFrom("10.0.0.1:1", line1, line2+",192.0.2.7, 10.0.0.2")))
		require.False(t, proxied.allows(requestFrom("10.0.0.1:1", line1, line2+",198.51.100.1")))
	})
}
