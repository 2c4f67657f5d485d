package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

// Journal keeps orders in a merchant's database. [New] makes one. It is safe
// for use by several goroutines, and several processes may share the tables.
type Journal struct {
	db       *sql.DB
	dialect  Dialect
	sql      statements
	clients  map[string]client
	names    []string // the keys of clients, in the order of the options
	onChange func(context.Context, *sql.Tx, *Order) error
	onOther  func(context.Context, *ipn.Event) error
	lease    time.Duration
	patience time.Duration
	backoff  struct{ min, max time.Duration }
	log      *slog.Logger
	observer wapay.Observer // nil: none
	foreign  atomic.Uint64
	paces    pacers   // of the sweeps, which leave half of a limit to orders
	rests    sync.Map // from a provider to the time at which its rest ends
	bulks    pacers   // of the bulk runs
	outages  outages
}

// client is a provider's client.
type client struct {
	payer    wapay.Payer    // nil if it takes no payments
	payouter wapay.Payouter // nil if it makes no payouts
	repeats  wapay.RepeatSafer
	pacer    wapay.Pacer
	lister   wapay.Lister
	scoper   any // says whether the client serves an order: see wapay.ServesNow

	adaptPayment func(*wapay.PaymentRequest) error // may be nil
	adaptPayout  func(*wapay.PayoutRequest) error
}

func (c client) does(k Kind) bool {
	return k == Payment && c.payer != nil || k == Payout && c.payouter != nil
}

// Option sets up a [Journal].
type Option func(*Journal) error

// WithProvider names a client: a [wapay.Payer], a [wapay.Payouter] or both.
// Each row has the name, so keep it as long as the provider has open orders.
// [AdaptPayments] and [AdaptPayouts] fit the request of a route to the provider.
//
// Use the name of the field Provider of [ipn.Event]: "barkapay", "payhub",
// "cinetpay", "cinetpay-v1", "intram", "mpp". Under any other name the journal
// logs and drops the provider's notifications, and [Journal.Run] finds each new
// status. Give a second account at a provider a suffix after a colon, such as
// "barkapay:togo".
func WithProvider(name string, c any, opts ...ProviderOption) Option {
	return func(j *Journal) error {
		if name == "" || len(name) > 100 || clean(name, 100) != name {
			return fmt.Errorf("WithProvider: bad name %q, want 1 to 100 bytes of text", name)
		}
		if _, ok := j.clients[name]; ok {
			return fmt.Errorf("WithProvider: two clients have the name %q", name)
		}
		var one client
		one.payer, _ = c.(wapay.Payer)
		one.payouter, _ = c.(wapay.Payouter)
		one.repeats, _ = c.(wapay.RepeatSafer)
		one.pacer, _ = c.(wapay.Pacer)
		one.lister, _ = c.(wapay.Lister)
		one.scoper = c
		if live, ok := c.(wapay.Availability); ok {
			one.scoper = newCachedClient(one, live)
		}
		if one.payer == nil && one.payouter == nil {
			return fmt.Errorf("WithProvider: %q is a %T, want a wapay.Payer or a wapay.Payouter", name, c)
		}
		for _, opt := range opts {
			if opt == nil {
				continue
			}
			if err := opt(&one); err != nil {
				return fmt.Errorf("WithProvider %q: %w", name, err)
			}
		}
		j.clients[name] = one
		j.names = append(j.names, name)
		return nil
	}
}

// OnChange sets a function that the journal calls for each change of an order's
// status, in the transaction that stores the change. The writes of fn through
// tx and the change are stored together, or neither is.
//
// fn must return the errors of tx, and must neither commit nor roll back. If it
// fails or panics, nothing is stored, and the change comes again: with the next
// answer, or with the next notification. Anything that fn does outside of tx
// may happen more than once.
// The package documentation has more: The merchant's function.
func OnChange(fn func(ctx context.Context, tx *sql.Tx, o *Order) error) Option {
	return func(j *Journal) error {
		if fn == nil {
			return errors.New("OnChange: nil function")
		}
		j.onChange = fn
		return nil
	}
}

// OnForeign sets a function that the journal calls for each proven notification
// of an order that is not in the journal. If fn fails, [Journal.Notify] returns
// the error, so that the notification comes again.
func OnForeign(fn func(ctx context.Context, e *ipn.Event) error) Option {
	return func(j *Journal) error {
		if fn == nil {
			return errors.New("OnForeign: nil function")
		}
		j.onOther = fn
		return nil
	}
}

// WithLease sets how long a claim holds. The default is 2 minutes. The context
// of a send ends with the lease. If a process dies, the journal asks about its
// order when the lease has lapsed.
func WithLease(d time.Duration) Option {
	return func(j *Journal) error {
		j.lease = d
		return positive("WithLease", d)
	}
}

// WithPatience sets how long a provider may answer that it does not know an
// order before the journal believes it. The default is 15 minutes.
func WithPatience(d time.Duration) Option {
	return func(j *Journal) error {
		j.patience = d
		return positive("WithPatience", d)
	}
}

// WithBackoff sets the pause between two questions of [Journal.Sweep] about one
// order: min at first, then twice as long each time, up to max. The defaults
// are 5 seconds and 10 minutes. A bulk run uses the same pauses when a provider
// is down.
func WithBackoff(min, max time.Duration) Option {
	return func(j *Journal) error {
		j.backoff.min, j.backoff.max = min, max
		if max < min {
			return fmt.Errorf("WithBackoff: max %v is less than min %v", max, min)
		}
		return positive("WithBackoff", min)
	}
}

func positive(option string, d time.Duration) error {
	if d <= 0 || d > 365*24*time.Hour {
		return fmt.Errorf("%s: %v is not between 0 and a year", option, d)
	}
	return nil
}

// WithLogger logs what a person should know, such as an order that is held, a
// notification of an order that is not in the journal, or a provider that is
// down. Without it the journal is silent.
func WithLogger(l *slog.Logger) Option {
	return func(j *Journal) error {
		if l == nil {
			return errors.New("WithLogger: nil logger")
		}
		j.log = l
		return nil
	}
}

// New returns a journal in db. It does no I/O: make the tables once, with
// [Journal.CreateSchema] or with [Journal.Schema] among your migrations.
func New(db *sql.DB, d Dialect, opts ...Option) (*Journal, error) {
	if db == nil {
		return nil, errors.New("journal: New: nil database")
	}
	if d < PostgreSQL || d > SQLite {
		return nil, fmt.Errorf("journal: New: unknown dialect %d", d)
	}
	j := &Journal{
		db: db, dialect: d, clients: map[string]client{}, lease: 2 * time.Minute, patience: 15 * time.Minute,
	}
	j.paces, j.bulks = pacers{j: j, half: true}, pacers{j: j}
	j.backoff.min, j.backoff.max = 5*time.Second, 10*time.Minute
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(j); err != nil {
			return nil, fmt.Errorf("journal: New: %w", err)
		}
	}
	if len(j.clients) == 0 {
		return nil, errors.New("journal: New: no provider, want at least one WithProvider")
	}
	j.sql = newStatements(d, j.lease)
	return j, nil
}

// Foreign returns how many notifications since New were of orders that are not
// in the journal.
func (j *Journal) Foreign() uint64 { return j.foreign.Load() }

// Via returns a route that tries the named providers in this order. Without
// names it tries all, in the order of the options. If the journal does not have
// a name, each call of the route is an error.
func (j *Journal) Via(providers ...string) *Route {
	r := &Route{j: j}
	if len(providers) == 0 {
		providers = j.names
	}
	for _, name := range providers {
		if _, ok := j.clients[name]; !ok && r.err == nil {
			r.err = fmt.Errorf("the journal has no provider %q", name)
		}
		if !slices.Contains(r.providers, name) {
			r.providers = append(r.providers, name)
		}
	}
	return r
}
