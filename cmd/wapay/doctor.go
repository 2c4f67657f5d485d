package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
)

const aboutDoctor = `wapay doctor checks a provider's keys with a call that only reads. It also checks the clock,
whether the keys belong to the base URL, and a notification URL. It moves no money and prints no secret.

  wapay doctor -provider intram -notify-url https://shop.example/notify/intram

The keys come from the environment:
`

// check is one line of the doctor's report.
type check struct {
	Name   string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// examination collects the checks of one provider.
type examination struct {
	checks []check
	date   *dates
}

func (e *examination) found(name string, ok bool, format string, args ...any) {
	e.checks = append(e.checks, check{name, ok, fmt.Sprintf(format, args...)})
}

func (p *program) doctor(ctx context.Context, args []string) error {
	f := p.flags("doctor", aboutDoctor+variablesOfAll())
	name := f.String("provider", "", "`name`: "+strings.Join(patientNames(), ", "))
	base := f.String("base-url", "", "the provider's `address`; empty for the documented one")
	notify := f.String("notify-url", "", "a notification `URL` of yours to check")
	asJSON := f.Bool("json", false, "print JSON")
	if err := p.parse(f, args); err != nil {
		return err
	}
	patient, ok := patients[*name]
	if !ok {
		return badInput("-provider: want one of %s, not %q", strings.Join(patientNames(), ", "), *name)
	}
	if *base != "" {
		if _, err := wapay.NewSettings(wapay.WithBaseURL(*base)); err != nil {
			return badInput("-base-url: %s", wordsOf(err))
		}
	}
	e := &examination{date: &dates{}}
	e.examine(ctx, patient, p.keys(patient), *base)
	if *notify != "" {
		e.checkNotifyURL(ctx, *notify)
	}
	return p.report(e.checks, *asJSON)
}

// keys reads the variables of a provider.
func (p *program) keys(patient patient) map[string]wapay.Secret {
	keys := map[string]wapay.Secret{}
	for _, name := range slices.Concat(patient.needs, patient.may) {
		if v := p.env(name); v != "" {
			keys[name] = wapay.Secret(v)
		}
	}
	return keys
}

// report prints one line a check.
func (p *program) report(checks []check, asJSON bool) error {
	var err error
	for _, c := range checks {
		if !c.OK {
			err = errFound
		}
	}
	if asJSON {
		out := json.NewEncoder(p.stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return errors.Join(out.Encode(checks), err)
	}
	for _, c := range checks {
		mark := "ok  "
		if !c.OK {
			mark = "FAIL"
		}
		fmt.Fprintf(p.stdout, "%s  %-10s  %s\n", mark, c.Name, oneLine(c.Detail))
	}
	return err
}

// examine makes all checks of the keys. It skips those that need an earlier one
// to succeed.
func (e *examination) examine(ctx context.Context, patient patient, keys map[string]wapay.Secret, base string) {
	var missing []string
	for _, name := range patient.needs {
		if keys[name] == "" {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		e.found("keys", false, "not set in the environment: %s", strings.Join(missing, ", "))
		return
	}
	for name, key := range keys {
		if strings.TrimSpace(string(key)) != string(key) {
			e.found("keys", false, "%s begins or ends with a space or a line break", name)
			return
		}
	}
	at := base
	if base == "" {
		at = patient.home(keys)
	}
	if !e.checkMode(patient.mode(keys), patient.hosts, at) {
		return // the keys go nowhere
	}
	opts := []wapay.Option{
		wapay.WithHTTPClient(&http.Client{Transport: e.date}), wapay.WithTimeout(20 * time.Second), wapay.WithMaxRetries(0),
	}
	if base != "" {
		opts = append(opts, wapay.WithBaseURL(base))
	}
	calls, err := patient.calls(keys, opts)
	if err != nil {
		e.found("keys", false, "%s", wordsOf(err))
		return
	}
	for _, call := range calls {
		if err := call.read(ctx); err != nil {
			e.found(call.name, false, "%s", wordsOf(err))
			continue
		}
		e.found(call.name, true, "%s answered: the keys are good", call.what)
	}
	e.checkClock()
}

// wordsOf returns the text of an error on one line. Errors of this library name
// no secret.
func wordsOf(err error) string { return oneLine(err.Error()) }

// checkMode compares the mode of the keys with the host that they would be sent
// to.
func (e *examination) checkMode(mode string, hosts map[string]string, at string) bool {
	u, err := url.Parse(at)
	if err != nil {
		e.found("base URL", false, "not a URL")
		return false
	}
	local, shown := isLoopback(u.Hostname()), u.Scheme+"://"+u.Host
	ok, said := true, ""
	switch {
	case local && mode == live:
		ok, said = false, "the keys may move real money, and "+shown+" is a sandbox on this machine"
	case local:
		said = shown + " is on this machine: no money moves"
	case mode == ours:
		ok, said = false, "the keys are those of wapay sandbox, and "+shown+" is not on this machine"
	case !contains(hosts, u.Hostname()):
		ok, said = false, u.Hostname()+" is not an address that the provider documents: "+
			strings.Join(slices.Sorted(maps.Keys(hosts)), ", ")
	case !strings.Contains(hosts[u.Hostname()], mode):
		ok, said = false, u.Hostname()+" is not for "+mode+" keys"
	case mode == test:
		said = shown + ", with keys for tests"
	default:
		said = shown + ", with keys that move real money"
	}
	e.found("base URL", ok, "%s", said)
	return ok
}

func contains(hosts map[string]string, host string) bool { _, ok := hosts[host]; return ok }

// maxSkew is how far the clock may be off. Signed requests and notifications
// are valid for five minutes.
const maxSkew = 60 * time.Second

func (e *examination) checkClock() {
	skew, known := e.date.skew()
	switch {
	case !known:
		e.found("clock", false, "no answer had a Date header to compare with")
	case skew.Abs() > maxSkew:
		e.found("clock", false, "this machine is %s: set its clock", offBy(skew))
	default:
		e.found("clock", true, "this machine is %s", offBy(skew))
	}
}

func offBy(skew time.Duration) string {
	switch s := skew.Round(time.Second); {
	case s > 0:
		return s.String() + " ahead of the provider"
	case s < 0:
		return (-s).String() + " behind the provider"
	}
	return "in step with the provider"
}

// dates is a transport that remembers the Date header of the newest answer.
type dates struct {
	mu   sync.Mutex
	here time.Time
	date string
}

// RoundTrip implements [http.RoundTripper].
func (d *dates) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.here, d.date = began.Add(time.Since(began)/2), answer.Header.Get("Date")
	}
	return answer, err
}

// skew returns how far this machine is ahead. The header has whole seconds.
func (d *dates) skew() (time.Duration, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	there, err := http.ParseTime(d.date)
	if err != nil {
		return 0, false
	}
	skew := d.here.Sub(there)
	if skew > 0 && skew < 2*time.Second {
		return 0, true
	}
	return skew, true
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// checkNotifyURL tries a merchant's URL with an empty GET, as some providers
// do.
func (e *examination) checkNotifyURL(ctx context.Context, raw string) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "":
		e.found("notify URL", false, "not a URL")
		return
	case u.Scheme != "https":
		e.found("notify URL", false, "%s://%s is not https", u.Scheme, u.Host)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	if ip := private(ctx, u.Hostname()); ip != nil {
		e.found("notify URL", false, "%s is %s, which no provider can reach", u.Hostname(), ip)
		return
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, raw, nil)
	if err != nil {
		e.found("notify URL", false, "not a URL")
		return
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		var without *url.Error
		if errors.As(err, &without) {
			err = without.Err // the URL may have a secret in it
		}
		e.found("notify URL", false, "cannot be reached: %v", err)
		return
	}
	answer.Body.Close()
	switch s := answer.StatusCode; {
	case s >= 300 && s < 400:
		e.found("notify URL", false, "answers %s: providers follow no redirect", answer.Status)
	case s == http.StatusNotFound || s >= 500:
		e.found("notify URL", false, "answers %s", answer.Status)
	default:
		e.found("notify URL", true, "https, and reached from here: it answers %s to a GET", answer.Status)
	}
}

// private returns an address of the host that only this machine or its network
// can reach.
func private(ctx context.Context, host string) net.IP {
	found, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if err != nil {
		return nil // the request says why
	}
	for _, a := range found {
		if a.IP.IsLoopback() || a.IP.IsPrivate() || a.IP.IsLinkLocalUnicast() || a.IP.IsUnspecified() {
			return a.IP
		}
	}
	return nil
}
