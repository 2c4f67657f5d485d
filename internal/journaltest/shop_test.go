package journaltest

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/journalhook"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

// shop is a merchant with two providers and one table of his own, in which each
// change of status has its effect.
type shop struct {
	t       testing.TB
	d       database
	dsn     string
	db      *sql.DB
	a, b    *fake
	j       *journal.Journal
	route   *journal.Route
	ctx     context.Context
	hook    *journalhook.Hook
	failing error // of the merchant's function
	foreign []*ipn.Event
}

const (
	lease    = time.Minute
	patience = time.Hour
)

func newShop(t testing.TB, d database, opts ...journal.Option) *shop {
	t.Helper()
	s := &shop{t: t, d: d, dsn: d.fresh(t), a: newFake("a"), b: newFake("b"), hook: &journalhook.Hook{}}
	s.ctx = journalhook.With(context.Background(), s.hook)
	s.db = d.open(t, s.dsn)
	s.j = s.journal(append([]journal.Option{journal.WithProvider("a", s.a), journal.WithProvider("b", s.b)}, opts...)...)
	require.NoError(t, s.j.CreateSchema(s.ctx))
	_, err := s.db.Exec("CREATE TABLE effects (kind VARCHAR(20), reference VARCHAR(255), status VARCHAR(20))")
	require.NoError(t, err)
	s.route = s.j.Via()
	return s
}

// journal makes a journal on the shop's tables.
func (s *shop) journal(opts ...journal.Option) *journal.Journal {
	s.t.Helper()
	j, err := journal.New(s.db, s.d.dialect, append([]journal.Option{
		journal.WithLease(lease), journal.WithPatience(patience), journal.WithBackoff(time.Second, time.Minute),
		journal.OnChange(s.effect),
		journal.OnForeign(func(_ context.Context, e *ipn.Event) error {
			s.foreign = append(s.foreign, e)
			return nil
		}),
	}, opts...)...)
	require.NoError(s.t, err)
	return j
}

func (s *shop) effect(ctx context.Context, tx *sql.Tx, o *journal.Order) error {
	insert := "INSERT INTO effects (kind, reference, status) VALUES ($1, $2, $3)"
	if s.d.dialect == journal.MySQL {
		insert = "INSERT INTO effects (kind, reference, status) VALUES (?, ?, ?)"
	}
	if _, err := tx.ExecContext(ctx, insert, o.Kind.String(), o.Reference, o.Status.String()); err != nil {
		return err
	}
	return s.failing
}

// effects returns the statuses that were told, in any order.
func (s *shop) effects(kind journal.Kind, reference string) []string {
	s.t.Helper()
	rows, err := s.db.Query("SELECT status FROM effects WHERE kind = '" + kind.String() + "' AND reference = '" + reference + "'")
	require.NoError(s.t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var status string
		require.NoError(s.t, rows.Scan(&status))
		all = append(all, status)
	}
	require.NoError(s.t, rows.Err())
	return all
}

// age lets time pass for every order.
func (s *shop) age(d time.Duration) {
	s.t.Helper()
	var set []string
	for _, column := range []string{"lease_until", "next_at", "missing_since", "sent_at", "created_at"} {
		set = append(set, column+" = CASE WHEN "+column+" > 0 THEN "+column+" - "+sqlMilliseconds(d)+" ELSE "+column+" END")
	}
	s.exec("UPDATE wapay_orders SET " + strings.Join(set, ", "))
}

func sqlMilliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

func (s *shop) find(kind journal.Kind, reference string) *journal.Order {
	s.t.Helper()
	o, err := s.j.Find(s.ctx, kind, reference)
	require.NoError(s.t, err)
	return o
}

func (s *shop) sweep() journal.Swept {
	s.t.Helper()
	swept, err := s.j.Sweep(s.ctx)
	require.NoError(s.t, err)
	return swept
}

var aPhone, bPhone = mustPhone("+22670656188"), mustPhone("+22670656189")

func mustPhone(number string) wapay.Phone {
	p, err := wapay.ParsePhone(number, "")
	if err != nil {
		panic(err)
	}
	return p
}

func payoutOf(reference string) wapay.PayoutRequest {
	return wapay.PayoutRequest{
		Reference: reference, Amount: wapay.XOF.Units(5000), Operator: "MOOV", Description: "salary",
		Recipient: wapay.Customer{Phone: aPhone, FirstName: "Awa", LastName: "Traoré"},
	}
}

func paymentOf(reference string) wapay.PaymentRequest {
	return wapay.PaymentRequest{
		Reference: reference, Amount: wapay.XOF.Units(5000), Operator: "MOOV", Description: "shoes",
		Customer: wapay.Customer{Phone: aPhone}, OTP: "483920",
	}
}

// event is a signed notification of a payout of a's.
func event(kind ipn.Kind, reference string, status wapay.Status) *ipn.Event {
	return &ipn.Event{
		Provider: "a", Kind: kind, Reference: reference, Status: status, ProviderStatus: "NOTIFIED",
		Amount: wapay.XOF.Units(5000), Proof: ipn.ProofSigned,
	}
}

var errLost = errors.New("connection lost")
