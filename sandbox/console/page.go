package console

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/wapay-go/wapay/sandbox"
)

// rows is how many lines of each list the page shows, the newest first. The API
// has all.
const rows = 50

// view is what the template shows.
type view struct {
	Lang, Other string // this language and the one to switch to
	Chosen      string // the provider whose part is shown; "" is all
	Token       string
	Done        string // the action that was done
	Problem     string // why it was not: a key of the texts
	Detail      string // the same in the provider's words, if there is no text
	Now         time.Time
	Names       []string
	Kinds       []sandbox.FaultKind
	Shown       []providerView
	Requests    []line[exchange]
	Deliveries  []line[sandbox.Delivery]
	Entries     []line[sandbox.Entry]
}

// providerView is the part of the page about one provider.
type providerView struct {
	Name, URL, NotifyURL string
	Holding              bool
	Keys                 []Key
	Orders               []sandbox.Order
	Accounts             []account
	Faults               []sandbox.Fault
	Takes, Expires       bool // it takes orders; they may run out of time
}

// line is one line of a list that mixes providers.
type line[T any] struct {
	Provider string
	At       time.Time
	Is       T
}

func (c *Console) view(r *http.Request) (*view, error) {
	v := &view{
		Lang: language(r), Token: c.token, Chosen: r.URL.Query().Get("provider"), Now: c.now(), Other: "fr",
		Done: r.URL.Query().Get("done"),
	}
	if v.Lang == "fr" {
		v.Other = "en"
	}
	if !slices.Contains(slices.Concat(orderActions, plants, sendModes, otherActions), v.Done) {
		v.Done = ""
	}
	for _, p := range c.providers {
		v.Names = append(v.Names, p.Name)
		if v.Chosen != "" && v.Chosen != p.Name {
			continue
		}
		v.add(p)
	}
	if v.Shown == nil {
		return nil, errProvider
	}
	v.Requests, v.Deliveries, v.Entries = newest(v.Requests), newest(v.Deliveries), newest(v.Entries)
	return v, nil
}

func (v *view) add(p *Provider) {
	to, holding := p.notifications()
	entries := p.Entries()
	one := providerView{
		Name: p.Name, URL: p.URL(), NotifyURL: to, Holding: holding, Keys: p.Keys, Orders: p.orders(),
		Accounts: accounts(entries), Faults: p.Faults(),
	}
	one.Orders = one.Orders[:min(rows, len(one.Orders))]
	_, one.Takes = p.Sandbox.(orderer)
	_, one.Expires = p.Sandbox.(expirer)
	v.Shown = append(v.Shown, one)
	for _, kind := range p.FaultKinds() {
		if !slices.Contains(v.Kinds, kind) {
			v.Kinds = append(v.Kinds, kind)
		}
	}
	for _, e := range tail(exchanges(p)) {
		v.Requests = append(v.Requests, line[exchange]{p.Name, e.At, e})
	}
	for _, d := range tail(p.Deliveries()) {
		v.Deliveries = append(v.Deliveries, line[sandbox.Delivery]{p.Name, d.At, d})
	}
	for _, e := range tail(entries) {
		v.Entries = append(v.Entries, line[sandbox.Entry]{p.Name, e.Time, e})
	}
}

func tail[T any](list []T) []T { return list[max(0, len(list)-rows):] }

// newest sorts lines of all providers, the newest first.
func newest[T any](lines []line[T]) []line[T] {
	slices.Reverse(lines)
	slices.SortStableFunc(lines, func(a, b line[T]) int { return b.At.Compare(a.At) })
	return lines[:min(rows, len(lines))]
}

func (c *Console) showPage(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != "/":
		c.render(w, r, errNoPage)
	case !isRead(r):
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, problem{http.StatusMethodNotAllowed, "bad_method", "the page is read with GET"})
	default:
		c.render(w, r, c.forget(r))
	}
}

// forget takes an unknown provider out of the address, and returns the problem.
func (c *Console) forget(r *http.Request) error {
	name := r.URL.Query().Get("provider")
	if _, err := c.provider(name); name == "" || err == nil {
		return nil
	}
	r.URL.RawQuery = ""
	return errProvider
}

var errNoPage = problem{http.StatusNotFound, "no_page", "no such page"}

// render writes the page, with the problem at its top if there is one.
func (c *Console) render(w http.ResponseWriter, r *http.Request, err error) {
	v, bad := c.view(r)
	if bad != nil {
		refuse(w, bad)
		return
	}
	status := http.StatusOK
	var p problem
	if errors.As(err, &p) {
		status, v.Problem, v.Detail = p.status, p.code, p.message
	}
	var page bytes.Buffer
	if err := pages[v.Lang].ExecuteTemplate(&page, "page.html", v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", v.Lang)
	w.Header().Set("Vary", "Accept-Language, Cookie")
	w.Header().Set("Cache-Control", "no-store")
	if r.URL.Query().Get("lang") == v.Lang {
		http.SetCookie(w, &http.Cookie{
			Name: langCookie, Value: v.Lang, Path: "/", MaxAge: 365 * 86400, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		})
	}
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes())
}

// otherActions are the actions of a form besides those on an order.
var otherActions = []string{"inject", "clear", "notify", "hold", "release", "redeliver", "advance"}

// takeForm carries out a form of the page, and leads back to the page.
func (c *Console) takeForm(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		refuse(w, problem{http.StatusMethodNotAllowed, "bad_method", "forms are sent with POST"})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxAPIBody)
	if err := r.ParseForm(); err != nil {
		refuse(w, problem{http.StatusBadRequest, "bad_form", "the form cannot be read"})
		return
	}
	if subtle.ConstantTimeCompare([]byte(r.PostForm.Get("token")), []byte(c.token)) != 1 {
		refuse(w, problem{http.StatusForbidden, "bad_token", "the form is not of this console: reload the page"})
		return
	}
	back := url.Values{}
	if chosen := r.PostForm.Get("chosen"); chosen != "" {
		back.Set("provider", chosen)
	}
	r.URL.RawQuery = back.Encode()
	action := r.PostForm.Get("action")
	if err := c.do(r, action); err != nil {
		c.render(w, r, err)
		return
	}
	back.Set("done", action)
	http.Redirect(w, r, "/?"+back.Encode()+"#message", http.StatusSeeOther)
}

// do carries out the action of a form.
func (c *Console) do(r *http.Request, action string) error {
	form := r.PostForm
	if action == "advance" {
		n, err := strconv.ParseInt(form.Get("minutes"), 10, 32)
		if err != nil {
			return errTime
		}
		return c.advance(time.Duration(n) * time.Minute)
	}
	p, err := c.provider(form.Get("provider"))
	if err != nil {
		return err
	}
	switch action {
	case "inject":
		f, err := formFault(form)
		if err != nil {
			return err
		}
		return c.inject(p, f)
	case "clear":
		p.ClearFaults()
		c.tell()
	case "notify":
		return c.notify(p, form.Get("url"))
	case "hold", "release":
		c.hold(p, action == "hold")
	case "redeliver":
		p.Redeliver(r.Context())
	default:
		if slices.Contains(sendModes, action) {
			_, err := c.resend(r.Context(), p, form.Get("order"), action)
			return err
		}
		_, err := c.act(p, form.Get("order"), action, orderBody{
			Reason: form.Get("reason"), Reference: form.Get("reference"), Amount: form.Get("amount"), Fee: form.Get("fee"),
			Currency: form.Get("currency"), Status: form.Get("status"), Phone: form.Get("phone"),
		})
		return err
	}
	return nil
}

func formFault(form url.Values) (sandbox.Fault, error) {
	f := sandbox.Fault{
		Kind: sandbox.FaultKind(form.Get("kind")), Method: form.Get("method"), Path: form.Get("path"),
		Before: form.Get("before") != "", RetryAfter: form.Get("retry_after"),
	}
	for _, field := range []struct {
		name string
		into *int
	}{{"times", &f.Times}, {"code", &f.Code}} {
		if v := form.Get(field.name); v != "" {
			n, err := strconv.Atoi(v)
			if err != nil {
				return f, problem{http.StatusUnprocessableEntity, "bad_number", field.name + " must be a whole number"}
			}
			*field.into = n
		}
	}
	return f, nil
}
