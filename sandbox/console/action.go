package console

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// problem says why an action was not done. The page translates the code.
type problem struct {
	status  int
	code    string
	message string
}

func (p problem) Error() string { return p.message }

var (
	errProvider = problem{http.StatusNotFound, "no_provider", "no such provider"}
	errAction   = problem{http.StatusNotFound, "no_action", "no such action"}
	errOrder    = problem{http.StatusNotFound, "no_order", "no such order"}
	errOver     = problem{http.StatusConflict, "over", "the order is over"}
	errNoLimit  = problem{http.StatusConflict, "no_limit", "the provider's documents give this order no time limit"}
	errHidden   = problem{http.StatusConflict, "not_shown", "the provider does not show this of the order"}
	errNoNews   = problem{http.StatusConflict, "no_news",
		"there is no notification about this order: nothing has changed yet, or no notification URL is set"}
	errFault = problem{http.StatusUnprocessableEntity, "bad_fault", "this provider has no such fault"}
	errHow   = problem{http.StatusUnprocessableEntity, "bad_how",
		"how must be again, late, duplicate, tampered or forged"}
	errURL = problem{http.StatusUnprocessableEntity, "bad_url",
		"the notification URL must be an http or https URL of this machine, such as http://127.0.0.1:3000/notify"}
	errAmount = problem{http.StatusUnprocessableEntity, "bad_amount",
		"an amount is in units of the currency, such as 4500 or 12.50"}
	errTime = problem{http.StatusUnprocessableEntity, "bad_time",
		"the clock moves forward by more than 0, by at most a year at once and ten years in all"}
)

// orderActions are the actions on an order.
var orderActions = []string{"approve", "decline", "delay", "expire"}

// plants are the differences that can be planted in an order.
var plants = []string{"alter", "copy", "forget"}

// orderBody is the body of an action on an order.
type orderBody struct {
	Reason    string `json:"reason"`
	Reference string `json:"reference"` // of a copy
	Amount    string `json:"amount"`
	Fee       string `json:"fee"`
	Currency  string `json:"currency"`
	Status    string `json:"status"`
	Phone     string `json:"phone"`
}

// act carries out an action on an order, and returns the order after it. id is
// the provider's id or the merchant's reference.
func (c *Console) act(p *Provider, id, action string, in orderBody) (sandbox.Order, error) {
	s, ok := p.Sandbox.(orderer)
	if !ok {
		return sandbox.Order{}, errOrder
	}
	o, err := sandbox.Find(s.Orders(), id)
	planted := slices.Contains(plants, action)
	if err != nil && !(planted && errors.Is(err, sandbox.ErrNotPending)) {
		return o, translate(err)
	}
	if planted {
		o.ID, err = plant(s, o, action, in)
	} else {
		err = p.order(s, o, action, in.Reason)
	}
	c.tell()
	for _, now := range s.Orders() {
		if now.ID == o.ID {
			o = now
		}
	}
	return o, translate(err)
}

// plant plants a difference, and returns the id of the order that has it.
func plant(s orderer, o sandbox.Order, action string, in orderBody) (id string, err error) {
	switch action {
	case "forget":
		return o.ID, s.Forget(o.ID)
	case "copy":
		return s.Copy(o.ID, cmp.Or(in.Reference, o.Reference))
	}
	change := sandbox.Change{Currency: in.Currency, Status: in.Status, Phone: in.Phone}
	currency := wapay.Currency(cmp.Or(in.Currency, o.Currency))
	for into, text := range map[*int64]string{&change.Amount: in.Amount, &change.Fee: in.Fee} {
		if text == "" {
			continue
		}
		m, err := wapay.ParseMoney(text, currency)
		if err != nil || m.MinorUnits() <= 0 {
			return o.ID, errAmount
		}
		*into = m.MinorUnits()
	}
	return o.ID, s.Alter(o.ID, change)
}

// order ends or delays an order.
func (p *Provider) order(s orderer, o sandbox.Order, action, reason string) (err error) {
	switch action {
	case "approve":
		err = s.Approve(o.ID)
	case "decline":
		err = s.Decline(o.ID, reason)
	case "delay":
		p.Delay(o.ID)
	case "expire":
		if e, ok := p.Sandbox.(expirer); ok {
			err = e.ExpireOrder(o.ID)
		} else {
			err = sandbox.ErrNoLimit
		}
	default:
		err = errAction
	}
	return err
}

func translate(err error) error {
	switch {
	case errors.As(err, new(problem)):
		return err
	case errors.Is(err, sandbox.ErrNotFound):
		return errOrder
	case errors.Is(err, sandbox.ErrNotShown):
		return errHidden
	case errors.Is(err, sandbox.ErrNotPending):
		return errOver
	case errors.Is(err, sandbox.ErrNoLimit):
		return errNoLimit
	case err != nil:
		return problem{http.StatusConflict, "refused", err.Error()}
	}
	return nil
}

// inject queues a fault.
func (c *Console) inject(p *Provider, f sandbox.Fault) error {
	if !slices.Contains(p.FaultKinds(), f.Kind) {
		return errFault
	}
	if f.Code != 0 && (f.Code < 200 || f.Code > 599) {
		return problem{http.StatusUnprocessableEntity, "bad_code", "code must be an HTTP status from 200 to 599"}
	}
	p.Inject(f)
	c.tell()
	return nil
}

// sendModes are the ways to send a notification, by their names in the page and
// the API.
var sendModes = []string{"again", "duplicate", "late", "tampered", "forged"}

// resend sends the newest notification about an order. A duplicate is two at
// once.
func (c *Console) resend(ctx context.Context, p *Provider, id, how string) ([]sandbox.Delivery, error) {
	if !slices.Contains(sendModes, how) {
		return nil, errHow
	}
	if s, ok := p.Sandbox.(orderer); ok {
		if o, err := sandbox.Find(s.Orders(), id); !errors.Is(err, sandbox.ErrNotFound) {
			id = o.ID
		}
	}
	copies, way := 1, sandbox.SendMode(how)
	switch how {
	case "again":
		way = sandbox.SendGenuine
	case "duplicate":
		copies, way = 2, sandbox.SendGenuine
	}
	var all sync.WaitGroup
	sent, errs := make([]sandbox.Delivery, copies), make([]error, copies)
	for n := range copies {
		all.Add(1)
		go func() {
			defer all.Done()
			sent[n], errs[n] = p.Resend(ctx, id, way)
		}()
	}
	all.Wait()
	if errors.Join(errs...) != nil {
		return nil, errNoNews
	}
	return sent, nil
}

// notify sets the address for notifications. The empty string stops them.
func (c *Console) notify(p *Provider, to string) error {
	u, err := url.Parse(to)
	if to != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || !kit.Loopback(to)) {
		return errURL
	}
	p.mu.Lock()
	p.notifyURL = to
	p.Notify(to)
	p.mu.Unlock()
	c.tell()
	return nil
}

func (c *Console) hold(p *Provider, hold bool) {
	p.mu.Lock()
	p.holding = hold
	p.HoldNotifications(hold)
	p.mu.Unlock()
	c.tell()
}

const (
	maxAdvance = 366 * 24 * time.Hour
	maxAhead   = 10 * maxAdvance
)

// advance moves the clock of all providers.
func (c *Console) advance(d time.Duration) error {
	c.mu.Lock()
	ok := d > 0 && d <= maxAdvance && c.ahead+d <= maxAhead
	if ok {
		c.ahead += d
	}
	c.mu.Unlock()
	if !ok {
		return errTime
	}
	var all sync.WaitGroup
	for _, p := range c.providers {
		all.Add(1)
		go func() { defer all.Done(); p.Advance(d) }()
	}
	all.Wait()
	c.tell()
	return nil
}

// now returns the time by the sandbox's clock.
func (c *Console) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead).UTC()
}
