package console

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox"
)

// Sandbox has the methods of a provider's sandbox that the console needs.
type Sandbox interface {
	http.Handler
	URL() string
	Mount(root string)
	Close()

	Now() time.Time
	Advance(time.Duration)
	Changes() <-chan struct{}

	Requests() []sandbox.Request
	Entries() []sandbox.Entry
	Deliveries() []sandbox.Delivery

	FaultKinds() []sandbox.FaultKind
	Inject(sandbox.Fault)
	Faults() []sandbox.Fault
	FaultRecords() []sandbox.FaultRecord
	ClearFaults()

	Notify(url string)
	Delay(ref string)
	HoldNotifications(bool)
	Redeliver(context.Context) int
	Resend(ctx context.Context, ref string, how sandbox.SendMode) (sandbox.Delivery, error)
}

// orderer is a sandbox with orders.
type orderer interface {
	Orders() []sandbox.Order
	Approve(ref string) error
	Decline(ref, reason string) error
	Forget(ref string) error
	Alter(ref string, c sandbox.Change) error
	Copy(ref, reference string) (id string, err error)
}

// expirer is a sandbox whose orders may run out of time.
type expirer interface{ ExpireOrder(ref string) error }

// Key is one of the sandbox's made-up keys. The console shows it.
type Key struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Provider is a sandbox under its name.
type Provider struct {
	Name string
	Keys []Key
	Sandbox

	mu        sync.Mutex
	notifyURL string
	holding   bool
}

// NewProvider returns a provider of a sandbox. Its keys are those of its
// Credentials, and those that sign its notifications.
func NewProvider[K any](name string, s interface {
	Sandbox
	Credentials() K
}) *Provider {
	p := &Provider{Name: name, Sandbox: s}
	keys := reflect.ValueOf(s.Credentials())
	for n := range keys.NumField() {
		if f := keys.Field(n); f.Kind() == reflect.String && f.String() != "" {
			p.Keys = append(p.Keys, Key{keys.Type().Field(n).Name, f.String()})
		}
	}
	if own, ok := s.(interface{ IPNKey() wapay.Secret }); ok {
		p.Keys = append(p.Keys, Key{"IPNKey", string(own.IPNKey())})
	}
	if own, ok := s.(interface{ SCIIPNKey() wapay.Secret }); ok {
		p.Keys = append(p.Keys, Key{"SCIIPNKey", string(own.SCIIPNKey())})
	}
	if own, ok := s.(interface{ WebhookSecret() wapay.Secret }); ok {
		p.Keys = append(p.Keys, Key{"WebhookSecret", string(own.WebhookSecret())})
	}
	return p
}

// orders returns the orders, the newest first.
func (p *Provider) orders() []sandbox.Order {
	s, ok := p.Sandbox.(orderer)
	if !ok {
		return nil
	}
	orders := s.Orders()
	slices.SortStableFunc(orders, func(a, b sandbox.Order) int { return b.Created.Compare(a.Created) })
	return orders
}

// notifications returns the address for notifications and whether they wait.
func (p *Provider) notifications() (url string, holding bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.notifyURL, p.holding
}
