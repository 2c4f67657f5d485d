package main

import (
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/wapay-go/wapay/examples/internal/cli"
)

// front is the reverse proxy that the providers know. The shop behind it comes and goes, and its port changes.
type front struct {
	url    string
	server *http.Server
	client *http.Client                          // whose connections are those to the shop
	behind atomic.Pointer[httputil.ReverseProxy] // nil: nobody
}

func openFront() (*front, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &front{client: cli.LoopbackClient(), url: "http://" + listener.Addr().String()}
	mux := http.NewServeMux()
	mux.HandleFunc("/ipn/", func(w http.ResponseWriter, r *http.Request) { // nothing else of the shop is for the world
		if proxy := f.behind.Load(); proxy != nil {
			proxy.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	f.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = f.server.Serve(listener) }() // until close
	return f, nil
}

// pass has requests go to address; "" is nobody.
func (f *front) pass(address string) error {
	f.client.CloseIdleConnections() // a server that shuts down waits for those that were never used
	if address == "" {
		f.behind.Store(nil)
		return nil
	}
	target, err := url.Parse(address)
	if err != nil {
		return err
	}
	f.behind.Store(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target); r.SetXForwarded() },
		Transport: f.client.Transport,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { // the shop was killed
			w.WriteHeader(http.StatusBadGateway)
		},
	})
	return nil
}

func (f *front) close() { _ = f.server.Close() }
