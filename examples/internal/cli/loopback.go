package cli

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// LoopbackClient returns an HTTP client that can reach this machine only, and
// uses no proxy: whatever an example does with it on the sandbox, nothing
// leaves the machine.
func LoopbackClient() *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			addr, err := netip.ParseAddrPort(address)
			if err != nil || !addr.Addr().IsLoopback() {
				return nil, fmt.Errorf("%s is not on this machine", address)
			}
			return dialer.DialContext(ctx, network, address)
		},
	}}
}
