package journaltest

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
)

// outside has the providers' ledgers, which no kill touches.
type outside struct {
	*httptest.Server
	faults int // of a hundred calls

	mu     sync.Mutex
	random *rand.Rand
	orders map[string]*made // by provider and reference
	notify chan<- made      // what came to its end
	calls  map[string]int   // how they went
}

// made counts a provider's orders under a reference.
type made struct {
	Provider, Reference string
	Times               int // how often the money moved
	Status              wapay.Status
	OnTheWay            int       // sends that have yet to arrive
	until               time.Time // questions do not find it before
}

// refuser is the provider that refuses a repeat. Any other carries it out
// again.
const refuser = "refuser"

func newOutside(seed uint64, faults int, notify chan<- made) *outside {
	o := &outside{
		faults: faults, notify: notify, random: rand.New(rand.NewPCG(seed, 1)), orders: map[string]*made{}, calls: map[string]int{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{provider}/{reference}", o.send)
	mux.HandleFunc("GET /{provider}/{reference}", o.find)
	o.Server = httptest.NewServer(mux)
	return o
}

// order returns the entry of a reference. It is called under the lock.
func (o *outside) order(provider, reference string) *made {
	key := provider + "/" + reference
	if o.orders[key] == nil {
		o.orders[key] = &made{Provider: provider, Reference: reference}
	}
	return o.orders[key]
}

// of returns the entries of an order at both providers.
func (o *outside) of(reference string) (times, onTheWay int, status wapay.Status) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range []*made{o.order(refuser, reference), o.order("other", reference)} {
		times, onTheWay = times+m.Times, onTheWay+m.OnTheWay
		status = max(status, m.Status)
	}
	return times, onTheWay, status
}

// carryOut moves the money, and reports false if the provider refuses a
// repeat.
func (o *outside) carryOut(provider, reference string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := o.order(provider, reference)
	if m.Times > 0 && provider == refuser {
		return false
	}
	m.Times++
	if m.Times == 1 {
		if o.random.IntN(8) == 0 {
			o.calls["an order is hidden for longer than the patience"]++
			m.until = time.Now().Add(2 * torturePatience)
		}
		m.Status = wapay.StatusPending
		time.AfterFunc(time.Duration(o.random.IntN(300))*time.Millisecond, func() { o.end(m) })
	}
	return true
}

func (o *outside) end(m *made) {
	o.mu.Lock()
	m.Status = wapay.StatusSucceeded
	if o.random.IntN(4) == 0 {
		m.Status = wapay.StatusFailed
	}
	news := *m
	o.mu.Unlock()
	o.notify <- news
}

func (o *outside) draw() (n, ms int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.random.IntN(100), o.random.IntN(300)
}

func (o *outside) count(what string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls[what]++
}

func hangUp(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

func (o *outside) send(w http.ResponseWriter, r *http.Request) {
	provider, reference := r.PathValue("provider"), r.PathValue("reference")
	n, ms := o.draw()
	which := len(sendFaults)
	if n < o.faults {
		which = n % len(sendFaults)
	}
	if which < len(sendFaults) {
		o.count(sendFaults[which])
	}
	switch which {
	case 0: // never arrives
		hangUp(w)
		return
	case 1: // arrives later
		o.mu.Lock()
		o.order(provider, reference).OnTheWay++
		o.mu.Unlock()
		time.AfterFunc(time.Duration(ms)*time.Millisecond, func() {
			o.carryOut(provider, reference)
			o.mu.Lock()
			o.order(provider, reference).OnTheWay--
			o.mu.Unlock()
		})
		hangUp(w)
		return
	case 2:
		w.WriteHeader(http.StatusPaymentRequired)
		return
	case 3:
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	if !o.carryOut(provider, reference) {
		o.count("a repeat is refused")
		w.WriteHeader(http.StatusConflict)
		return
	}
	switch which {
	case 4: // the answer is lost
		hangUp(w)
		return
	case 5: // the answer comes after the lease
		time.Sleep(tortureLease + time.Duration(ms)*time.Millisecond)
	case 6:
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	o.answer(w, provider, reference)
}

var sendFaults = []string{
	"a send never arrives", "a send arrives later", "a send is refused", "a send is limited", "an answer is lost",
	"an answer comes after the lease", "an answer is a proxy's",
}

func (o *outside) find(w http.ResponseWriter, r *http.Request) {
	n, ms := o.draw()
	if n < o.faults {
		o.count("a question fails")
		switch n % 4 {
		case 0:
			hangUp(w)
		case 1:
			w.WriteHeader(http.StatusBadGateway)
		case 2:
			w.WriteHeader(http.StatusTooManyRequests)
		case 3:
			time.Sleep(time.Duration(ms) * time.Millisecond)
			hangUp(w)
		}
		return
	}
	provider, reference := r.PathValue("provider"), r.PathValue("reference")
	o.mu.Lock()
	hidden := time.Now().Before(o.order(provider, reference).until)
	o.mu.Unlock()
	if hidden {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	o.answer(w, provider, reference)
}

func (o *outside) answer(w http.ResponseWriter, provider, reference string) {
	o.mu.Lock()
	m := *o.order(provider, reference)
	o.mu.Unlock()
	if m.Times == 0 {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(m)
}

// remote is a client of one of the providers outside.
type remote struct{ name, url string }

// remoteSafe is the client of the one that does an order once.
type remoteSafe struct{ remote }

func (remoteSafe) RepeatSafe() time.Duration { return 0 }

var remoteHTTP = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}

func (c remote) call(ctx context.Context, method, reference string) (*wapay.Payout, error) {
	e := &wapay.Error{Provider: c.name, Op: method, Reference: reference}
	if method == http.MethodGet {
		e.Outcome = wapay.OutcomeReadOnly
	}
	if ctx.Err() != nil && method == http.MethodPost {
		e.Outcome, e.Err = wapay.OutcomeNotSent, ctx.Err()
		return nil, e
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+"/"+c.name+"/"+reference, nil)
	if err != nil {
		return nil, err
	}
	resp, err := remoteHTTP.Do(r)
	if err != nil {
		e.Kind, e.Err = wapay.ErrUnavailable, errors.New("no answer")
		return nil, e
	}
	defer resp.Body.Close()
	refused := func(kind error) error {
		e.Kind = kind
		if method == http.MethodPost {
			e.Outcome = wapay.OutcomeRejected
		}
		return e
	}
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusPaymentRequired:
		return nil, refused(wapay.ErrInsufficientFunds)
	case http.StatusTooManyRequests:
		e.RetryAfter = 50 * time.Millisecond
		return nil, refused(wapay.ErrRateLimited)
	case http.StatusConflict:
		e.Kind = wapay.ErrDuplicate
		return nil, e
	case http.StatusNotFound:
		e.Kind = wapay.ErrNotFound
		return nil, e
	default:
		e.Kind = wapay.ErrUnavailable
		return nil, e
	}
	var m made
	if err := json.NewDecoder(resp.Body).Decode(&m); err != nil {
		e.Kind, e.Err = wapay.ErrDecode, err
		return nil, e
	}
	return &wapay.Payout{
		Provider: c.name, ID: c.name + "-" + reference, Reference: reference, Status: m.Status, Amount: wapay.XOF.Units(5000),
	}, nil
}

func (c remote) Payout(ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	return c.call(ctx, http.MethodPost, r.Reference)
}

func (c remote) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	return c.call(ctx, http.MethodGet, ref.Reference)
}
