// Package console serves the web page of the sandboxes and its HTTP API. It
// puts the sandboxes of all providers on one port, each under a path of its
// own. The page shows orders, money, requests and notifications as they come.
// On it a person acts for the customer, the operator and the network. The API
// can do all that the page can: docs/sandbox-api.md describes it.
//
// A page of another site can make the browser call any port of this machine,
// but must not drive the console. So the console answers only under the names
// of its own address, and refuses requests from a page of another origin. Each
// form needs a token.
package console

import (
	"crypto/rand"
	"embed"
	"encoding/hex"
	"io/fs"
	"net"
	"net/http"
	"sync"
	"time"
)

//go:embed assets
var assets embed.FS

// Console serves the page, the API and the providers.
type Console struct {
	providers []*Provider
	guard     guard
	token     string // in every form of the page
	mux       *http.ServeMux

	mu      sync.Mutex
	changed chan struct{} // closed and replaced when the page itself changes something
	ahead   time.Duration
	closing chan struct{}
	once    sync.Once
}

// New returns a console for the address that it is served at, such as
// "127.0.0.1:8080". It tells the providers their new URLs. Close it.
func New(addr string, providers ...*Provider) (*Console, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	var token [16]byte
	_, _ = rand.Read(token[:])
	c := &Console{
		providers: providers, guard: newGuard(host), token: hex.EncodeToString(token[:]), mux: http.NewServeMux(),
		changed: make(chan struct{}), closing: make(chan struct{}),
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	for _, p := range providers {
		p.Mount("http://" + net.JoinHostPort(host, port) + "/" + p.Name)
		c.mux.Handle("/"+p.Name+"/", c.guard.provider(http.StripPrefix("/"+p.Name, p)))
	}
	c.route()
	return c, nil
}

func (c *Console) route() {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err)
	}
	c.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	c.mux.Handle("/", c.guard.page(http.HandlerFunc(c.showPage)))
	c.mux.Handle("/do", c.guard.page(http.HandlerFunc(c.takeForm)))
	c.mux.Handle("/assets/", c.guard.page(http.StripPrefix("/assets/", http.FileServerFS(files))))
	c.mux.Handle("/api/", c.guard.page(c.api()))
}

// ServeHTTP serves the page, the API and all providers.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.mux.ServeHTTP(w, r) }

// Close ends the streams of events and closes the providers.
func (c *Console) Close() {
	c.once.Do(func() {
		close(c.closing)
		var all sync.WaitGroup
		for _, p := range c.providers {
			all.Add(1)
			go func() { defer all.Done(); p.Close() }()
		}
		all.Wait()
	})
}

func (c *Console) provider(name string) (*Provider, error) {
	for _, p := range c.providers {
		if p.Name == name {
			return p, nil
		}
	}
	return nil, errProvider
}

// tell announces a change by the page that no sandbox announces.
func (c *Console) tell() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *Console) told() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}
