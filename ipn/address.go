package ipn

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// WithAllowedIPs refuses every request that does not come from one of ips. Each
// is an address or a range: "192.0.2.7", "192.0.2.0/24", "2001:db8::/32". No
// provider documents its addresses: ask yours. An allowed address proves
// nothing about a notification.
//
// The address is the RemoteAddr of the request. Behind a reverse proxy, use
// [WithTrustedProxies] too. No middleware may set RemoteAddr from a header, as
// chi's RealIP and gorilla's ProxyHeaders do: anybody can send the header. A
// request without an address, such as over a Unix socket, is refused.
func WithAllowedIPs(ips ...string) HandlerOption {
	return func(c *handlerConfig) (err error) {
		c.addresses.allowed, err = parsePrefixes("WithAllowedIPs", ips)
		return err
	}
}

// WithTrustedProxies names the reverse proxies in front of the handler, for
// [WithAllowedIPs]. For a request from a proxy, the address is the last one in
// the header X-Forwarded-For that belongs to no proxy. Without such an address
// the request is refused. For any other request the header is ignored.
//
// Each proxy must append its caller's address to X-Forwarded-For, or replace
// the header with it. A proxy that only passes the header on lets anybody claim
// any address. The handler does not read Forwarded and X-Real-IP.
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
		if err != nil || addr.Zone() != "" { // only one machine knows what a zone means
			return netip.Prefix{}, false
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	if prefix.Addr().Is4In6() {
		// The addresses are compared without the prefix of IPv6. A range wider
		// than all of IPv4 becomes invalid.
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix, prefix.IsValid()
}

// addresses decides which requests may pass. The zero value allows all.
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
	// Read from the right. Each proxy vouches for the address that it appended.
	// Nobody vouches for what is to the left of the client.
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
