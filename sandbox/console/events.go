package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/wapay-go/wapay/sandbox"
)

// heartbeat is how often a quiet stream shows that it is open.
const heartbeat = 15 * time.Second

// events streams server-sent events from now on. "hello" comes first, "request"
// with a request and with its answer, and "delivery" with an attempt to notify.
// "order" comes with a new or changed order, "console" with any other change of
// the page. ?provider= chooses one provider.
func (c *Console) events(w http.ResponseWriter, r *http.Request) {
	providers := c.providers
	if name := r.FormValue("provider"); name != "" {
		p, err := c.provider(name)
		if err != nil {
			refuse(w, err)
			return
		}
		providers = []*Provider{p}
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	s := stream{w: w}
	watches := list(providers, newWatch)
	s.send("hello", object{"now": c.now()})
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	ends := []any{r.Context().Done(), c.closing}
	for s.err == nil {
		// The channels come before the news, so that no change falls between.
		told := c.told()
		wakes := append(ends[:2:2], beat.C, told)
		for _, watch := range watches {
			wakes = append(wakes, watch.provider.Changes())
		}
		for _, watch := range watches {
			watch.news(s.send)
		}
		s.flush()
		switch n := first(wakes); n {
		case 0, 1:
			return
		case 2:
			s.write(": still here\n\n")
		case 3: // the page changed a fault, an address or the clock
			s.send("console", object{"now": c.now()})
		}
	}
}

// first waits for any of the channels, and returns which one it was.
func first(channels []any) int {
	cases := list(channels, func(ch any) reflect.SelectCase {
		return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ch)}
	})
	n, _, _ := reflect.Select(cases)
	return n
}

// stream writes events until the reader leaves.
type stream struct {
	w   http.ResponseWriter
	err error
}

func (s *stream) send(event string, data object) {
	encoded, err := json.Marshal(data)
	if err != nil {
		s.err = err
		return
	}
	s.write(fmt.Sprintf("event: %s\ndata: %s\n\n", event, encoded))
}

func (s *stream) write(text string) {
	if s.err == nil {
		_, s.err = s.w.Write([]byte(text))
	}
}

func (s *stream) flush() {
	if err := http.NewResponseController(s.w).Flush(); err != nil {
		s.err = err
	}
}

// watch remembers how much of a provider has been streamed.
type watch struct {
	provider   *Provider
	requests   int
	open       map[int]bool // requests without an answer yet
	deliveries int
	orders     map[string]string // states by id
}

func newWatch(p *Provider) *watch {
	w := &watch{provider: p, open: map[int]bool{}, orders: map[string]string{}}
	w.news(func(string, object) {}) // what was there before
	return w
}

// news sends the changes since the last call.
func (w *watch) news(send func(event string, data object)) {
	about := func(o object) object { o["provider"] = w.provider.Name; return o }
	all := exchanges(w.provider)
	for _, e := range all[min(w.requests, len(all)):] {
		send("request", about(exchangeJSON(e)))
		if !e.answered() {
			w.open[e.Index] = true
		}
	}
	for index := range w.open {
		if e := all[index]; e.answered() {
			send("request", about(exchangeJSON(e)))
			delete(w.open, index)
		}
	}
	deliveries := w.provider.Deliveries()
	for _, d := range deliveries[min(w.deliveries, len(deliveries)):] {
		send("delivery", about(deliveryJSON(d)))
	}
	w.requests, w.deliveries = len(all), len(deliveries)
	for _, o := range w.provider.orders() {
		if now := key(o); w.orders[o.ID] != now {
			w.orders[o.ID] = now
			send("order", about(orderJSON(o)))
		}
	}
}

func key(o sandbox.Order) string { return state(o) + " " + o.Status }
