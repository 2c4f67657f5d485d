package console

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// guard keeps pages of other sites out.
type guard struct {
	host  string // the host of the address, "" for all
	local bool   // the address is this machine's own
}

func newGuard(host string) guard { return guard{host, isLocal(host)} }

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// knows reports whether a Host header names this server. It refuses a name that
// another site points at this machine (DNS rebinding). A bare IP address cannot
// be such a name, so it is accepted if the server listens for other machines.
func (g guard) knows(hostport string) bool {
	u, err := url.Parse("http://" + hostport)
	if err != nil || u.Host != hostport || u.Hostname() == "" {
		return false
	}
	host := u.Hostname()
	return isLocal(host) || !g.local && (net.ParseIP(host) != nil || strings.EqualFold(host, g.host))
}

// isForeign reports whether a page of another origin sent the request. Browsers
// say so in each request that may change something.
func isForeign(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return true
	}
	if len(r.Header["Origin"]) == 0 {
		return false
	}
	u, err := url.Parse(r.Header.Get("Origin"))
	return err != nil || len(r.Header["Origin"]) > 1 || u.Host == "" || !strings.EqualFold(u.Host, r.Host)
}

func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// page guards the console.
func (g guard) page(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "+
			"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		header.Set("X-Frame-Options", "DENY")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		pass(h, w, r, g.knows(r.Host))
	})
}

// provider guards a sandbox. If the server listens for other machines, a
// program reaches it under any name. A browser reaches it only under the
// console's name, and only a page of the sandbox changes something.
func (g guard) provider(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fromBrowser := len(r.Header["Origin"]) > 0
		pass(h, w, r, !g.local && !fromBrowser || g.knows(r.Host))
	})
}

// pass passes a request on, unless it came under another name or from a page of
// another origin.
func pass(h http.Handler, w http.ResponseWriter, r *http.Request, known bool) {
	switch {
	case !known:
		refuse(w, problem{http.StatusMisdirectedRequest, "bad_host", "the Host header does not name this sandbox"})
	case !isRead(r) && isForeign(r):
		refuse(w, problem{http.StatusForbidden, "foreign_origin", "a page of another origin may not do this"})
	default:
		h.ServeHTTP(w, r)
	}
}
