// Package shop is a shop's back end on package journal. It charges customers,
// gives money back, and may be killed at any time: nothing is lost by that, and
// nothing done twice.
//
// It is the part of this example that is meant to be read. The program around
// it plays everybody else.
package shop

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

// routes says which providers serve a country, in the order in which they are
// tried.
var routes = map[string][]string{
	"BF": {"barkapay", "cinetpay"}, "CI": {"cinetpay"}, "BJ": {"intram"}, "SL": {"mpp"},
}

// shop is the running back end. What has to outlive it is in the database.
type shop struct {
	config  Config
	db      *sql.DB
	journal *journal.Journal
	log     *slog.Logger
	out     io.Writer
}

// Run serves until ctx ends, and then finishes what it has begun.
func Run(ctx context.Context, config Config, listener net.Listener, out, logs io.Writer) error {
	s := &shop{config: config, out: out, log: slog.New(slog.NewTextHandler(logs, nil))}
	db, dialect, err := config.openDatabase()
	if err != nil {
		return err
	}
	defer db.Close()
	providers, err := config.openProviders()
	if err != nil {
		return err
	}
	options := []journal.Option{
		journal.OnChange(s.change), journal.WithLogger(s.log),
		// A real shop leaves these at their defaults. They make this example
		// short.
		journal.WithLease(2 * time.Second), journal.WithPatience(time.Second),
		journal.WithBackoff(100*time.Millisecond, time.Second),
	}
	for _, p := range providers {
		options = append(options, journal.WithProvider(p.name, p.client, p.options...))
	}
	s.db = db
	if s.journal, err = journal.New(db, dialect, options...); err != nil {
		return err
	}
	if err := s.journal.CreateSchema(ctx); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, tables); err != nil {
		return err
	}
	handler, err := s.handler(providers)
	if err != nil {
		return err
	}
	swept := make(chan struct{})
	go func() { defer close(swept); _ = s.journal.Run(ctx) }() // asks about what is open
	err = s.serve(ctx, listener, handler)
	<-swept
	return err
}

// handler has the shop's own URLs, and one for each kind of notification. Only
// those under /ipn/ are for the world.
func (s *shop) handler(providers []provider) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /checkout", s.checkout)
	mux.HandleFunc("POST /refund/{reference}", s.refund)
	mux.HandleFunc("POST /release/{reference}", s.release)
	mux.HandleFunc("GET /books", func(w http.ResponseWriter, r *http.Request) {
		books, err := s.readBooks(r.Context())
		s.answer(w, books, err)
	})
	for _, p := range providers {
		for _, e := range p.endpoints {
			options := []ipn.HandlerOption{ipn.WithLogger(s.log)}
			if e.confirm != nil {
				options = append(options, ipn.WithConfirm(e.confirm...))
			}
			// No ipn.WithStore: the journal knows itself what it has been told.
			// A real shop gives it s.journal.Notify.
			h, err := ipn.NewHandler(e.verifier, s.notify, options...)
			if err != nil {
				return nil, err
			}
			mux.Handle(e.path, h) // any method: CinetPay tries with a GET whether the URL is there
		}
	}
	return mux, nil
}

// checkout charges the customer. The browser may repeat it as often as it
// likes: the journal sends the order once.
func (s *shop) checkout(w http.ResponseWriter, r *http.Request) {
	var c Cart
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	const insert = "INSERT INTO carts (reference, status) VALUES ($1, 'open') ON CONFLICT (reference) DO NOTHING"
	if _, err := s.db.ExecContext(r.Context(), insert, c.Reference); err != nil { // before any provider hears of it
		s.answer(w, nil, err)
		return
	}
	via := routes[c.Customer.Phone.Country()]
	if via == nil {
		http.Error(w, "we do not sell to your country yet", http.StatusConflict)
		return
	}
	p, err := s.journal.Via(via...).Pay(r.Context(), wapay.PaymentRequest{
		Reference: c.Reference, Amount: c.Amount, Customer: c.Customer, Operator: c.Operator,
		Description: "Order " + c.Reference,
		ReturnURL:   s.config("SHOP_PUBLIC_URL") + "/thanks", // that the customer comes there is no sign of a payment
	})
	s.answer(w, p, err)
}

// refund gives the customer the money back, with the provider that took it. A
// person presses the button, perhaps twice.
func (s *shop) refund(w http.ResponseWriter, r *http.Request) {
	o, err := s.journal.Find(r.Context(), journal.Payment, r.PathValue("reference"))
	switch {
	case err != nil:
		s.answer(w, nil, err)
		return
	case o.Status != wapay.StatusSucceeded:
		http.Error(w, "the order is "+o.Status.String(), http.StatusConflict)
		return
	}
	p, err := s.journal.Via(o.Provider).Payout(r.Context(), wapay.PayoutRequest{
		Reference: "refund-" + o.Reference, Amount: o.Amount, Recipient: o.Customer, Operator: o.Operator,
	})
	s.answer(w, p, err)
}

// release takes a person's word that a held payment was never made: it is not
// in the provider's dashboard. The next checkout sends it, once.
func (s *shop) release(w http.ResponseWriter, r *http.Request) {
	reference := r.PathValue("reference")
	err := s.journal.Resolve(r.Context(), journal.Payment, reference, wapay.StatusUnknown, "not in the dashboard")
	s.answer(w, "released", err)
}

// answer tells the browser what to do. It says that nothing was charged only if
// that is proven.
func (s *shop) answer(w http.ResponseWriter, v any, err error) {
	wait, again := journal.RetryAfter(err)
	switch {
	case err == nil:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v) // the browser has gone
		return
	case errors.Is(err, wapay.ErrDuplicate): // an order of another amount or customer has the reference
		http.Error(w, "the cart has changed since it was checked out", http.StatusConflict)
	case wapay.NotDone(err): // no provider has it: another way to pay, or another cart
		http.Error(w, "nothing was charged: choose another way to pay", http.StatusConflict)
	case errors.Is(err, wapay.ErrNotFound) && !errors.Is(err, wapay.ErrOutcomeUnknown):
		http.Error(w, "no such order", http.StatusNotFound)
	case again: // it may have been charged
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		http.Error(w, "please wait, and do not pay a second time", http.StatusAccepted)
	case errors.Is(err, journal.ErrHeld):
		http.Error(w, "we are looking into it, do not pay a second time", http.StatusAccepted)
	default:
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
	s.log.Warn("not done as it should be", "reason", err)
}

func (s *shop) serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	// Requests that have begun end as if nothing had happened. Later ones are
	// repeated by the providers.
	closing, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return server.Shutdown(closing)
}

// notify stands still after the commit if it is told to.
func (s *shop) notify(ctx context.Context, e *ipn.Event) error {
	err := s.journal.Notify(ctx, e)
	if err == nil && e.Status.Final() {
		s.stand("after", e.Reference)
	}
	return err
}

// stand stops before or after a commit if it is told to, so that the process
// can be killed there. A real shop has no such thing.
func (s *shop) stand(when, reference string) {
	if at := when + " the commit of " + reference; s.config("SHOP_STAND") == at {
		fmt.Fprintln(s.out, "standing "+at)
		select {}
	}
}
