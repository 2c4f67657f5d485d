package console

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/wapay-go/wapay/sandbox"
)

// maxAPIBody is more than any body of the API.
const maxAPIBody = 64 << 10

// api is the HTTP API. docs/sandbox-api.md describes it.
func (c *Console) api() http.Handler {
	mux := http.NewServeMux()
	read := func(path string, fn func(*Provider) any) {
		mux.HandleFunc("GET /api/providers/{provider}"+path, func(w http.ResponseWriter, r *http.Request) {
			p, err := c.provider(r.PathValue("provider"))
			if err != nil {
				refuse(w, err)
				return
			}
			reply(w, http.StatusOK, fn(p))
		})
	}
	read("", func(p *Provider) any { return c.providerJSON(p) })
	read("/orders", func(p *Provider) any { return list(p.orders(), orderJSON) })
	read("/requests", func(p *Provider) any { return list(exchanges(p), exchangeJSON) })
	read("/deliveries", func(p *Provider) any { return list(p.Deliveries(), deliveryJSON) })
	read("/ledger", func(p *Provider) any { return ledgerJSON(p) })
	read("/faults", func(p *Provider) any { return faultsJSON(p) })
	mux.HandleFunc("GET /api/providers", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, list(c.providers, c.providerJSON))
	})
	mux.HandleFunc("GET /api/clock", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, object{"now": c.now()})
	})
	mux.HandleFunc("GET /api/events", c.events)
	c.writes(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, problem{http.StatusNotFound, "no_endpoint", "no such endpoint; docs/sandbox-api.md lists them all"})
	})
	return mux
}

// writes adds the endpoints that change something.
func (c *Console) writes(mux *http.ServeMux) {
	write(c, mux, "POST /api/providers/{provider}/orders/{order}/{action}", c.postOrder)
	write(c, mux, "POST /api/providers/{provider}/faults", c.postFault)
	write(c, mux, "DELETE /api/providers/{provider}/faults", func(_ *http.Request, p *Provider, _ any) (any, error) {
		p.ClearFaults()
		c.tell()
		return faultsJSON(p), nil
	})
	write(c, mux, "POST /api/providers/{provider}/deliveries", c.postDelivery)
	write(c, mux, "PUT /api/providers/{provider}/notifications", c.putNotifications)
	write(c, mux, "POST /api/providers/{provider}/redeliver", func(r *http.Request, p *Provider, _ any) (any, error) {
		return object{"attempts": p.Redeliver(r.Context())}, nil
	})
	write(c, mux, "POST /api/clock", c.postClock)
}

// write adds an endpoint whose request has the body B. fn gets the provider
// that the path names, if it names one.
func write[B any](
	c *Console, mux *http.ServeMux, pattern string, fn func(*http.Request, *Provider, B) (any, error),
) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var in B
		var p *Provider
		var answer any
		err := readJSON(w, r, &in)
		if name := r.PathValue("provider"); err == nil && name != "" {
			p, err = c.provider(name)
		}
		if err == nil {
			answer, err = fn(r, p, in)
		}
		if err != nil {
			refuse(w, err)
			return
		}
		reply(w, http.StatusOK, answer)
	})
}

func (c *Console) postOrder(r *http.Request, p *Provider, in orderBody) (any, error) {
	o, err := c.act(p, r.PathValue("order"), r.PathValue("action"), in)
	if err != nil {
		return nil, err
	}
	return orderJSON(o), nil
}

// faultBody is a fault in the API.
type faultBody struct {
	Kind       sandbox.FaultKind `json:"kind"`
	Method     string            `json:"method,omitempty"`
	Path       string            `json:"path,omitempty"`
	Times      int               `json:"times,omitempty"`
	Before     bool              `json:"before,omitempty"`
	RetryAfter string            `json:"retry_after,omitempty"`
	Code       int               `json:"code,omitempty"`
	ErrorCode  string            `json:"error_code,omitempty"`
	Location   string            `json:"location,omitempty"`
	Status     any               `json:"status,omitempty"`
}

func (c *Console) postFault(_ *http.Request, p *Provider, in faultBody) (any, error) {
	if err := c.inject(p, sandbox.Fault(in)); err != nil {
		return nil, err
	}
	return faultsJSON(p), nil
}

type deliveryBody struct {
	Order string `json:"order"`
	How   string `json:"how"`
}

func (c *Console) postDelivery(r *http.Request, p *Provider, in deliveryBody) (any, error) {
	sent, err := c.resend(r.Context(), p, in.Order, cmp.Or(in.How, "again"))
	if err != nil {
		return nil, err
	}
	return list(sent, deliveryJSON), nil
}

type notificationsBody struct {
	URL  *string `json:"url"`
	Hold *bool   `json:"hold"`
}

func (c *Console) putNotifications(_ *http.Request, p *Provider, in notificationsBody) (any, error) {
	if in.URL != nil {
		if err := c.notify(p, *in.URL); err != nil {
			return nil, err
		}
	}
	if in.Hold != nil {
		c.hold(p, *in.Hold)
	}
	to, holding := p.notifications()
	return object{"url": to, "hold": holding}, nil
}

type clockBody struct {
	Advance string `json:"advance"`
}

func (c *Console) postClock(_ *http.Request, _ *Provider, in clockBody) (any, error) {
	d, err := time.ParseDuration(in.Advance)
	if err != nil {
		return nil, problem{http.StatusBadRequest, "bad_time", `advance must be a duration such as "90s", "15m" or "24h"`}
	}
	if err := c.advance(d); err != nil {
		return nil, err
	}
	return object{"now": c.now()}, nil
}

// readJSON reads the body of a request that changes something: one JSON object
// without unknown fields. No body is an empty object. It asks for
// application/json, which a form of another site cannot send.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAPIBody))
	if err != nil {
		return problem{http.StatusRequestEntityTooLarge, "too_large", "the body is larger than 64 KiB"}
	}
	t := r.Header.Get("Content-Type")
	if t == "" && len(body) == 0 {
		return nil
	}
	if media, _, err := mime.ParseMediaType(t); err != nil || media != "application/json" {
		return problem{http.StatusUnsupportedMediaType, "bad_type", "Content-Type must be application/json"}
	}
	if len(body) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err = d.Decode(into); err == nil {
		if _, after := d.Token(); after != io.EOF {
			err = errors.New("want one JSON object, got more after it")
		}
	}
	if err != nil {
		return problem{http.StatusBadRequest, "bad_json", "the body is not what was expected: " + err.Error()}
	}
	return nil
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v)
}

// refuse answers with an error and its code.
func refuse(w http.ResponseWriter, err error) {
	p := problem{http.StatusInternalServerError, "internal", err.Error()}
	errors.As(err, &p)
	reply(w, p.status, object{"error": object{"code": p.code, "message": p.message}})
}
