package ipn

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// WithAllowedIPs refuses every request from another address than these. Each is
// an address or a range: "192.0.2.7", "192.0.2.0/24", "2001:db8::/32". Without
// this option all addresses are allowed. No provider documents its own: ask
// yours.
//
// It keeps noise away and proves nothing: a hint stays a hint.
//
// The address is that of the connection, in the RemoteAddr of the request.
// Behind a reverse proxy that is the proxy's: use [WithTrustedProxies] too. No
// middleware may set RemoteAddr, as chi's RealIP and gorilla's ProxyHeaders do
// from a header that anybody can send. A request without an address, such as
// over a Unix socket, is refused.
func WithAllowedIPs(ips ...string) HandlerOption {
	return func(c *handlerConfig) (err error) {
		c.addresses.allowed, err = parsePrefixes("WithAllowedIPs", ips)
		return err
	}
}

// WithTrustedProxies names the reverse proxies in front of the handler, for
// [WithAllowedIPs]. For a request of one of them, the address is the last one
// in the header X-Forwarded-For that is no trusted proxy's. Without such an
// address the request is refused. From anybody else the header is ignored.
//
// Each proxy must append its caller's address to X-Forwarded-For, or replace
// the header with it. A proxy that passes the header on lets anybody claim any
// address. The headers Forwarded and X-Real-IP are not read.
func WithTrustedProxies(ips ...string) HandlerOption {
	return func(c *handlerConfig) (err error) {
		c.addresses.proxies, err = parsePrefixes("WithTrustedProxies", ips)
		return err
	}
}

func parsePrefixes(option string, ips []string) ([]netip.Prefix, error) {
	if len(ips) == 0 {
		return nil, errors.New(option + ": no address")
	}
	prefixes := make([]netip.Prefix, 0, len(ips))
	for _, ip := range ips {
		prefix, ok := parsePrefix(ip)
		if !ok {
			return nil, fmt.Errorf("%s: %q is neither an IP address nor a range of them", option, ip)
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

func parsePrefix(s string) (netip.Prefix, bool) {
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		addr, err := netip.ParseAddr(s)
		if err != nil || addr.Zone() != "" { // a zone means something on one machine only
			return netip.Prefix{}, false
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	if prefix.Addr().Is4In6() {
		// Addresses are compared unmapped. A range wider than all of IPv4 has
		// none.
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix, prefix.IsValid()
}

// addresses are the allowed ones. The zero value allows all.
type addresses struct{ allowed, proxies []netip.Prefix }

func (a *addresses) allows(r *http.Request) bool {
	if len(a.allowed) == 0 {
		return true
	}
	client, ok := a.client(r)
	return ok && contains(a.allowed, client)
}

// client returns the address of the sender, before all trusted proxies.
func (a *addresses) client(r *http.Request) (netip.Addr, bool) {
	addr, ok := parseHost(r.RemoteAddr)
	if !ok || !contains(a.proxies, addr) {
		return addr, ok
	}
	// From the right: each proxy vouches for what it appended, and nobody for
	// what is to the left of the client.
	rest := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	for rest != "" {
		comma := strings.LastIndexByte(rest, ',')
		addr, ok := parseHost(strings.Trim(rest[comma+1:], " \t"))
		if !ok || !contains(a.proxies, addr) {
			return addr, ok
		}
		rest = rest[:max(comma, 0)]
	}
	return netip.Addr{}, false
}

// parseHost reads an address with a port or without.
func parseHost(s string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		if strings.HasSuffix(s, "]") {
			s += ":0"
		}
		withPort, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		addr = withPort.Addr()
	}
	return addr.WithZone("").Unmap(), true
}

func contains(prefixes []netip.Prefix, addr netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
