package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay/sandbox/apiv1test"
	"github.com/wapay-go/wapay/sandbox/bantutest"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/console"
	"github.com/wapay-go/wapay/sandbox/intramtest"
	"github.com/wapay-go/wapay/sandbox/mpptest"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

// stands returns a new sandbox of each provider.
func stands(s settings) ([]*console.Provider, error) {
	var err error
	providers := []*console.Provider{
		console.NewProvider("barkapay", barkapaytest.New(config[barkapaytest.Config](s, "barkapay", &err))),
		console.NewProvider("payhub", payhubtest.New(config[payhubtest.Config](s, "payhub", &err))),
		console.NewProvider("cinetpay", cinetpaytest.New(config[cinetpaytest.Config](s, "cinetpay", &err))),
		console.NewProvider("cinetpay-v1", apiv1test.New(config[apiv1test.Config](s, "cinetpay-v1", &err))),
		console.NewProvider("intram", intramtest.New(config[intramtest.Config](s, "intram", &err))),
		console.NewProvider("mpp", mpptest.New(config[mpptest.Config](s, "mpp", &err))),
		console.NewProvider("bantu", bantutest.New(config[bantutest.Config](s, "bantu", &err))),
	}
	return s.checked(providers, err)
}

const aboutSandbox = `wapay sandbox runs stand-ins for all providers on one port, each under a path of its own,
with a web page at / and an HTTP API at /api/. No money moves. State is in memory and ends with the program. The keys
are made up, and printed: do not use real ones.`

// grace is how long requests may go on after a signal.
const grace = 3 * time.Second

func (p *program) sandbox(ctx context.Context, args []string) error {
	f := p.flags("sandbox", aboutSandbox)
	addr := f.String("addr", "127.0.0.1:8080", "`host:port` to listen on; port 0 is any free one")
	switches := settings{}
	f.Func("set", "`provider.Field=value`: what a sandbox does if the documents leave it open, such as "+
		"cinetpay-v1.OneToken=true; the fields are those of its package's Config", switches.add)
	if err := p.parse(f, args); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(*addr)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil {
		return badInput("-addr: want host:port, such as 127.0.0.1:8080, not %q", *addr)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", *addr)
	if err != nil {
		return badInput("cannot listen on %s: %v", *addr, err)
	}
	at := listener.Addr().(*net.TCPAddr)
	named := host
	if host == "" {
		named = at.IP.String()
	}
	providers, err := start(switches)
	if err != nil {
		_ = listener.Close()
		return err
	}
	c, err := console.New(net.JoinHostPort(named, strconv.Itoa(at.Port)), providers...)
	if err != nil {
		return err
	}
	if !at.IP.IsLoopback() {
		fmt.Fprintf(p.stderr,
			"warning: %s can be reached from other machines, and each of them can drive this sandbox\n", *addr)
	}
	p.announce(net.JoinHostPort(reachable(named), strconv.Itoa(at.Port)), providers)
	return serve(ctx, listener, c)
}

// start returns the providers. A sandbox panics if its keys do not fit each
// other, and start returns that as bad input.
func start(switches settings) (providers []*console.Provider, err error) {
	defer func() {
		switch why := recover().(type) {
		case nil:
		case string:
			err = badInput("-set: %s", strings.TrimPrefix(why, "sandbox: "))
		default:
			panic(why)
		}
	}()
	return stands(switches)
}

// reachable returns a host for a URL. For a server that listens on all
// addresses it is this machine.
func reachable(host string) string {
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		return "127.0.0.1"
	}
	return host
}

func (p *program) announce(addr string, providers []*console.Provider) {
	fmt.Fprintf(p.stdout, "The sandbox and its page: http://%s/\n", addr)
	fmt.Fprintln(p.stdout, "No money moves here. Do not use real keys. Ctrl-C ends it and loses its state.")
	for _, each := range providers {
		fmt.Fprintf(p.stdout, "\n%s\n  %-13s  %s\n", each.Name, "base URL", each.URL())
		for _, key := range each.Keys {
			fmt.Fprintf(p.stdout, "  %-13s  %s\n", key.Name, key.Value)
		}
	}
}

// serve answers until ctx ends.
func serve(ctx context.Context, listener net.Listener, c *console.Console) error {
	server := &http.Server{Handler: c, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		c.Close()
		return err
	case <-ctx.Done():
	}
	soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	go c.Close() // lets hanging requests and streams go
	if server.Shutdown(soon) != nil {
		_ = server.Close()
	}
	c.Close()
	return nil
}
