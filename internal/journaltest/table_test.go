package journaltest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

func TestSchemaIsMadeByMany(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		db := d.open(t, d.fresh(t))
		j, err := journal.New(db, d.dialect, journal.WithProvider("a", newFake("a")))
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 6 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				assert.NoError(t, j.CreateSchema(context.Background()))
			}()
		}
		wg.Wait()
		_, err = db.Exec("INSERT INTO wapay_journal (version) VALUES (99)")
		require.NoError(t, err)
		assert.ErrorContains(t, j.CreateSchema(context.Background()), "the schema has version 99, this program knows 1")
	})
}

func TestSchemaByHand(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.exec("DROP TABLE wapay_orders")
		s.exec("DROP TABLE wapay_journal")
		for _, statement := range strings.SplitAfter(s.j.Schema(), ";\n") {
			if statement != "" {
				s.exec(strings.TrimSuffix(statement, ";\n"))
			}
		}
		require.NoError(t, s.j.CreateSchema(s.ctx))
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
	})
}

// A process died half-way through the schema.
func TestSchemaIsFinished(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.exec("DELETE FROM wapay_journal")
		require.NoError(t, s.j.CreateSchema(s.ctx))
		var n int
		s.scan("SELECT count(*) FROM wapay_journal", &n)
		assert.Equal(t, 1, n)
	})
}

func (s *shop) over(n int) {
	s.t.Helper()
	s.a.status = wapay.StatusSucceeded
	s.payouts(n)
}

func TestStrip(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.over(1100) // more than two batches
		s.a.status = wapay.StatusPending
		_, err := s.route.Payout(s.ctx, payoutOf("open"))
		require.NoError(t, err)
		s.age(time.Hour)
		_, err = s.route.Payout(s.ctx, payoutOf("new"))
		require.NoError(t, err)

		n, err := s.j.Strip(s.ctx, 30*time.Minute)
		require.NoError(t, err)
		assert.Equal(t, int64(1100), n)
		n, err = s.j.Strip(s.ctx, 30*time.Minute)
		require.NoError(t, err)
		assert.Zero(t, n)
		_, err = s.j.Strip(s.ctx, 0)
		require.Error(t, err)

		o := s.find(journal.Payout, "7")
		assert.Equal(t, wapay.Customer{}, o.Customer)
		assert.Equal(t, wapay.XOF.Units(5000), o.Amount)
		assert.Equal(t, wapay.StatusSucceeded, o.Status)
		assert.Equal(t, 2, strings.Count(s.dump(), aPhone.E164()), "of the open one and the new one")
		p, err := s.route.Payout(s.ctx, payoutOf("7"))
		require.NoError(t, err)
		assert.True(t, p.Replayed)
		other := payoutOf("7")
		other.Amount = wapay.XOF.Units(1)
		_, err = s.route.Payout(s.ctx, other)
		assert.ErrorIs(t, err, wapay.ErrDuplicate)
	})
}

func TestPurge(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.over(1001)
		_, err := s.route.Payout(s.ctx, payoutOf("held"))
		require.NoError(t, err)
		require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayout, "held", wapay.StatusFailed)))
		s.age(time.Hour)
		n, err := s.j.Purge(s.ctx, 30*time.Minute)
		require.NoError(t, err)
		assert.Equal(t, int64(1001), n)
		assert.Equal(t, []string{"held"}, collect(t, s.j.Held(s.ctx)), "a person has still to look at it")
	})
}

func TestListsGoOnWhileTheyAreRead(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.payouts(450) // more than two pages
		seen := map[string]bool{}
		for o, err := range s.j.Open(s.ctx) {
			require.NoError(t, err)
			require.False(t, seen[o.Reference])
			seen[o.Reference] = true
			if len(seen)%100 == 0 {
				require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayout, o.Reference, wapay.StatusFailed)))
			}
		}
		assert.Equal(t, 450, len(seen))
		for range s.j.Open(s.ctx) {
			break
		}
	})
}

// A row that this program does not understand is an error and no order.
func TestRowOfAnotherVersion(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.payouts(1)
		s.exec("UPDATE wapay_orders SET state = 'dreaming'")
		_, err := s.route.Payout(s.ctx, payoutOf("0"))
		require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		assert.ErrorContains(t, err, "newer version")
		assert.Equal(t, 1, s.a.sent())
	})
}

// An order that no provider took can be stripped, and made after that.
func TestStripOfAReadyOrder(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newRepeatShop(t, d, 0)
		s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeRejected, nil)}, {err: errLost}}
		s.b.onSend = []step{{err: s.b.fail(wapay.OutcomeRejected, nil)}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.True(t, wapay.NotDone(err), "%v", err)
		s.age(time.Hour)
		n, err := s.j.Strip(s.ctx, time.Minute)
		require.NoError(t, err)
		assert.Equal(t, int64(1), n)
		_, err = s.route.Payout(s.ctx, payoutOf("1"))
		require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		assert.Equal(t, aPhone, s.find(journal.Payout, "1").Customer.Phone)
		_, err = s.route.Payout(s.ctx, payoutOf("1"))
		require.ErrorIs(t, err, wapay.ErrNotFound)
		s.age(2 * patience)
		_, err = s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err, "it is sent again as it was sent first")
	})
}
