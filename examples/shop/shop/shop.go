// Package shop is a shop's back end: it asks providers for money and sends it, keeps its orders in a database, and
// hears by notification what became of them. It may be killed at any time; nothing is lost by that, and nothing done
// twice.
//
// It is the part of this example that is meant to be read. The program around it plays everybody else.
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
	"time"

	"github.com/wapay-go/wapay/ipn"
)

// patience bounds one notification, from reading it to the commit. It is short so that this example is: the claim of a
// process that was killed ends after twice that time, and until then the provider is told to come back. In a real shop
// leave out WithTimeout; it is 30 seconds then.
const patience = 500 * time.Millisecond

// shop is the running back end. All that has to outlive it is in the database.
type shop struct {
	config    Config
	db        *sql.DB
	store     *ipn.SQLStore
	providers map[string]*provider // by name, as in ipn.Event.Provider
	counters  *ipn.Counters
	log       *slog.Logger
	out       io.Writer
}

// Run serves until ctx ends. Then it takes no more requests, and finishes those that it has. It writes its address to
// out, and where the configuration has it stand still, that it does.
func Run(ctx context.Context, config Config, out, logs io.Writer) error {
	db, dialect, err := openDatabase(config)
	if err != nil {
		return err
	}
	defer db.Close()
	store, err := ipn.NewSQLStore(db, dialect)
	if err != nil {
		return err
	}
	if err := errors.Join(store.CreateSchema(ctx), createTables(ctx, db)); err != nil {
		return err
	}
	s := &shop{
		config: config, db: db, store: store, counters: new(ipn.Counters), out: out,
		log: slog.New(slog.NewTextHandler(logs, nil)),
	}
	if s.providers, err = openProviders(config); err != nil {
		return err
	}
	routes, err := s.routes()
	if err != nil {
		return err
	}
	return s.serve(ctx, routes)
}

// routes are the shop's own, and a URL for each kind of notification. Only what is under /ipn/ is for the world: the
// reverse proxy lets nothing else through.
func (s *shop) routes() (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", s.placeOrder)
	mux.HandleFunc("POST /settle", s.settleOpen)
	mux.HandleFunc("GET /books", s.showBooks)
	for _, p := range s.providers {
		for _, e := range p.endpoints {
			// The store makes sure that each delivery is acted on once, InTx that what record writes is there if
			// and only if the delivery is marked as done.
			options := []ipn.HandlerOption{
				ipn.WithStore(s.store), ipn.WithTimeout(patience), ipn.WithLogger(s.log), ipn.WithCounters(s.counters),
			}
			if e.confirm != nil {
				options = append(options, ipn.WithConfirm(e.confirm...))
			}
			handler, err := ipn.NewHandler(e.verifier, s.lingering(s.store.InTx(s.record)), options...)
			if err != nil {
				return nil, err
			}
			mux.Handle(e.path, handler) // any method: CinetPay tries with a GET whether the URL is there
		}
	}
	return mux, nil
}

func (s *shop) serve(ctx context.Context, routes http.Handler) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: routes, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintf(s.out, "listening on %s\n", listener.Addr())
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	// What is under way ends as if nothing had happened; what comes later the provider sends again.
	closing, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return server.Shutdown(closing)
}

// showBooks is what an accountant would ask for.
func (s *shop) showBooks(w http.ResponseWriter, r *http.Request) {
	books, err := readBooks(r.Context(), s.db)
	if err != nil {
		s.fail(w, err)
		return
	}
	books.Counts = s.counters.Counts()
	answer(w, books)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}

func (s *shop) fail(w http.ResponseWriter, err error) {
	s.log.Error("failed", "reason", err)
	http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
}

// The moments at which to be killed is worst.
const (
	BeforeSaving = "before saving" // the provider has the order, and its answer is not written down
	BeforeCommit = "before commit" // the order and the booking are written, but not committed
	AfterCommit  = "after commit"  // they are, and the provider has not had its 200
)

// stand stands still at the worst moment, if this is it, and says so. It does not go on: who asked for it kills the
// process. A real shop has no such thing.
func (s *shop) stand(at, reference string) {
	if s.config.Stand == (Stand{At: at, Reference: reference}) {
		fmt.Fprintf(s.out, "standing %s of %s\n", at, reference)
		select {}
	}
}

// lingering is fn with the worst moment after it.
func (s *shop) lingering(fn func(context.Context, *ipn.Event) error) func(context.Context, *ipn.Event) error {
	return func(ctx context.Context, e *ipn.Event) error {
		err := fn(ctx, e)
		if err == nil && e.Status.Final() {
			s.stand(AfterCommit, e.Reference)
		}
		return err
	}
}
