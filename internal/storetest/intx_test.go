package storetest

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay/ipn"
)

// accept is a Verifier for which the body is the delivery's key.
type accept struct{}

func (accept) Verify(_ http.Header, body []byte) (*ipn.Event, error) {
	return &ipn.Event{DeliveryKey: string(body), Proof: ipn.ProofSigned, Body: body}, nil
}

type txFunc func(ctx context.Context, tx *sql.Tx, e *ipn.Event) error

// shop is a merchant with a table of its own beside the store's.
type shop struct {
	t      *testing.T
	db     *sql.DB
	store  *ipn.SQLStore
	table  string // the store's
	ledger string // a row for each time that something was delivered; not unique
}

func newShop(t *testing.T, d database) *shop {
	t.Helper()
	s, db, table := newStore(t, d)
	ledger := uniqueTable(t, db)
	_, err := db.Exec("CREATE TABLE " + ledger + " (k VARCHAR(50) NOT NULL)")
	require.NoError(t, err)
	return &shop{t: t, db: db, store: s, table: table, ledger: ledger}
}

// write puts the event into the ledger.
func (s *shop) write(ctx context.Context, tx *sql.Tx, e *ipn.Event) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO "+s.ledger+" (k) VALUES ('"+e.DeliveryKey+"')")
	return err
}

func (s *shop) handler(fn txFunc, opts ...ipn.HandlerOption) http.Handler {
	s.t.Helper()
	h, err := ipn.NewHandler(accept{}, s.store.InTx(fn), append([]ipn.HandlerOption{ipn.WithStore(s.store)}, opts...)...)
	require.NoError(s.t, err)
	return h
}

// deliver returns the status of the answer.
func deliver(h http.Handler, key string) int {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/ipn", strings.NewReader(key)))
	return w.Code
}

func (s *shop) requireWritten(key string, times int) {
	s.t.Helper()
	require.Equal(s.t, times, count(s.t, s.db, s.ledger, "k = '"+key+"'"), "rows of %s in the ledger", key)
}

func (s *shop) requireDone(key string, want bool) {
	s.t.Helper()
	done := count(s.t, s.db, s.table, "delivery_key = '"+key+"' AND done_at IS NOT NULL")
	require.Equal(s.t, want, done == 1, "whether %s is done", key)
}

func inShop(t *testing.T, test func(*testing.T, *shop)) {
	onEach(t, func(t *testing.T, d database) { test(t, newShop(t, d)) })
}

func TestInTxWritesAndMarksTogether(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		calls := 0
		h := s.handler(func(ctx context.Context, tx *sql.Tx, e *ipn.Event) error {
			calls++
			return s.write(ctx, tx, e)
		})
		for range 3 {
			require.Equal(t, http.StatusOK, deliver(h, "k1"))
		}
		assert.Equal(t, 1, calls)
		s.requireWritten("k1", 1)
		s.requireDone("k1", true)
	})
}

func TestInTxErrorOrPanicRollsBack(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		ends := []func() error{
			func() error { return errors.New("no") },
			func() error { panic("no") },
			func() error { return nil },
		}
		call := 0
		h := s.handler(func(ctx context.Context, tx *sql.Tx, e *ipn.Event) error {
			require.NoError(t, s.write(ctx, tx, e))
			call++
			return ends[call-1]()
		}, ipn.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
		for range ends[:2] {
			require.Equal(t, http.StatusInternalServerError, deliver(h, "k1"))
			s.requireWritten("k1", 0)
			s.requireDone("k1", false)
		}
		require.Equal(t, http.StatusOK, deliver(h, "k1"), "it is new again at once")
		s.requireWritten("k1", 1)
	})
}

// The first hangs until its lease has ended and the second has done it. Both
// functions return nil: one wrote.
func TestInTxWritesOnceWhenALeaseEnds(t *testing.T) {
	for _, within := range []bool{false, true} {
		inShop(t, func(t *testing.T, s *shop) {
			if within && isSQLite(s) {
				t.Skip("nobody else writes while a transaction hangs")
			}
			hangs, goOn := make(chan bool), make(chan bool)
			hang := func(here bool) {
				if here {
					hangs <- true
					<-goOn
				}
			}
			write := s.store.InTx(func(ctx context.Context, tx *sql.Tx, e *ipn.Event) error {
				err := s.write(ctx, tx, e)
				hang(within)
				return err
			})
			slow, err := ipn.NewHandler(accept{}, func(ctx context.Context, e *ipn.Event) error {
				hang(!within)
				return write(ctx, e)
			}, ipn.WithStore(s.store))
			require.NoError(t, err)
			late := make(chan int, 1)
			go func() { late <- deliver(slow, "k1") }()
			<-hangs
			fast := s.handler(s.write)
			assert.Equal(t, http.StatusServiceUnavailable, deliver(fast, "k1"))
			s.update("k1", "lease_until = 1")
			assert.Equal(t, http.StatusOK, deliver(fast, "k1"))
			close(goOn)
			assert.Equal(t, http.StatusInternalServerError, <-late)
			s.requireWritten("k1", 1)
			s.requireDone("k1", true)
		})
	}
}

func isSQLite(s *shop) bool { return strings.Contains(s.store.Schema(), "WITHOUT ROWID") }

// As before, but the late one's context has not ended, and it has written: only
// its token tells it.
func TestInTxLostClaimRollsBack(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		meanwhile := map[string]string{
			"claimed": "UPDATE " + s.table + " SET token = 'another' WHERE delivery_key = 'claimed'",
			"done":    "UPDATE " + s.table + " SET token = 'another', done_at = 1 WHERE delivery_key = 'done'",
			"gone":    "DELETE FROM " + s.table + " WHERE delivery_key = 'gone'",
		}
		fn := s.store.InTx(s.write)
		var got error
		h, err := ipn.NewHandler(accept{}, func(ctx context.Context, e *ipn.Event) error {
			_, err := s.db.Exec(meanwhile[e.DeliveryKey])
			require.NoError(t, err)
			got = fn(ctx, e)
			return got
		}, ipn.WithStore(s.store))
		require.NoError(t, err)
		for key := range meanwhile {
			require.Equal(t, http.StatusInternalServerError, deliver(h, key))
			require.ErrorContains(t, got, "the claim is gone", key)
			s.requireWritten(key, 0)
		}
	})
}

func (s *shop) update(key, set string) {
	_, err := s.db.Exec("UPDATE " + s.table + " SET " + set + " WHERE delivery_key = '" + key + "'")
	require.NoError(s.t, err)
}

// A claim's lease may end without harm if nobody else comes.
func TestInTxAfterItsLease(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		write := s.store.InTx(s.write)
		h, err := ipn.NewHandler(accept{}, func(ctx context.Context, e *ipn.Event) error {
			s.update(e.DeliveryKey, "lease_until = 1")
			return write(ctx, e)
		}, ipn.WithStore(s.store))
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, deliver(h, "k1"))
		require.Equal(t, http.StatusOK, deliver(h, "k1"))
		s.requireWritten("k1", 1)
	})
}

func TestInTxNeedsAClaim(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		fn := s.store.InTx(func(context.Context, *sql.Tx, *ipn.Event) error {
			t.Error("called")
			return nil
		})
		require.ErrorContains(t, fn(context.Background(), &ipn.Event{DeliveryKey: "k1"}), "WithStore")
		h, err := ipn.NewHandler(accept{}, fn)
		require.NoError(t, err)
		require.Equal(t, http.StatusInternalServerError, deliver(h, "k1"))
	})
}

// The claim is of another store: its token is not in this one's table.
func TestInTxOfAnotherStore(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		h, err := ipn.NewHandler(accept{}, s.store.InTx(s.write), ipn.WithStore(ipn.NewMemoryStore()))
		require.NoError(t, err)
		require.Equal(t, http.StatusInternalServerError, deliver(h, "k1"))
		s.requireWritten("k1", 0)
	})
}

func TestInTxFunctionEndsTransaction(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		for key, end := range map[string]func(*sql.Tx) error{"commit": (*sql.Tx).Commit, "rollback": (*sql.Tx).Rollback} {
			var got error
			fn := s.store.InTx(func(ctx context.Context, tx *sql.Tx, e *ipn.Event) error { return end(tx) })
			h, err := ipn.NewHandler(accept{}, func(ctx context.Context, e *ipn.Event) error {
				got = fn(ctx, e)
				return got
			}, ipn.WithStore(s.store))
			require.NoError(t, err)
			require.Equal(t, http.StatusInternalServerError, deliver(h, key))
			require.ErrorIs(t, got, sql.ErrTxDone)
			require.ErrorContains(t, got, "the transaction has ended before the function, or by it")
			s.requireDone(key, false)
		}
	})
}

// The end of the request's context rolls back, and the error says that it was
// that.
func TestInTxContextEnds(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var got error
		fn := s.store.InTx(func(ctx context.Context, tx *sql.Tx, e *ipn.Event) error {
			err := s.write(ctx, tx, e)
			cancel()
			return err
		})
		h, err := ipn.NewHandler(accept{}, func(ctx context.Context, e *ipn.Event) error {
			got = fn(ctx, e)
			return got
		}, ipn.WithStore(s.store))
		require.NoError(t, err)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/ipn", strings.NewReader("k1")).WithContext(ctx))
		require.Equal(t, http.StatusInternalServerError, w.Code)
		require.ErrorIs(t, got, context.Canceled)
		s.requireWritten("k1", 0)
		require.Equal(t, http.StatusOK, deliver(s.handler(s.write), "k1"), "it is new again at once")
		s.requireWritten("k1", 1)
	})
}

func TestInTxManyAtOnce(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		h := s.handler(s.write)
		got := atOnce(30, func(int) any { return deliver(h, "k1") })
		assert.Positive(t, got[http.StatusOK])
		assert.Equal(t, 30, got[http.StatusOK]+got[http.StatusServiceUnavailable], "%v", got)
		s.requireWritten("k1", 1)
		s.requireDone("k1", true)
	})
}
