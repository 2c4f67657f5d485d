package journaltest

import (
	"fmt"
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

// settings are the ways to connect that merchants have.
var settings = []struct {
	name   string
	d      database
	dsn    string // appended
	single bool   // a pool of one connection
}{
	{"PostgreSQL, one connection", databases[0], "", true},
	{"PostgreSQL, simple protocol", databases[0], "&default_query_exec_mode=simple_protocol", false},
	{"PostgreSQL, exec mode", databases[0], "&default_query_exec_mode=exec", false},
	{"PostgreSQL, serializable", databases[0], "&default_transaction_isolation=serializable", false},
	{"PostgreSQL, repeatable read", databases[0], "&default_transaction_isolation=repeatable%20read", false},
	{"MariaDB, one connection", databases[1], "", true},
	{"MariaDB, prepared statements", databases[1], "&interpolateParams=false", false},
	{"MariaDB, serializable", databases[1], "&tx_isolation=%27SERIALIZABLE%27", false},
	{"MariaDB, read uncommitted", databases[1], "&tx_isolation=%27READ-UNCOMMITTED%27", false},
	{"MariaDB, not strict, found rows", databases[1], "&sql_mode=%27%27&clientFoundRows=true&parseTime=true", false},
	{"SQLite, one connection", databases[2], "", true},
	{"SQLite, deferred", databases[2], "", false},
}

// Whatever the connection, many calls, sweeps and notifications at once make
// each order once and tell each status once.
func TestSettings(t *testing.T) {
	for _, x := range settings {
		t.Run(x.name, func(t *testing.T) {
			s := newShop(t, x.d)
			dsn := s.dsn
			if x.dsn != "" && x.d.dialect == journal.MySQL && strings.Contains(x.dsn, "interpolateParams") {
				dsn = strings.ReplaceAll(dsn, "interpolateParams=true", "maxAllowedPacket=0")
			}
			if strings.Contains(x.name, "deferred") {
				dsn = strings.ReplaceAll(dsn, "&_txlock=immediate", "")
			}
			s.db = x.d.open(t, dsn+x.dsn)
			if x.single {
				s.db.SetMaxOpenConns(1)
			}
			s.j = s.journal(journal.WithProvider("a", s.a), journal.WithProvider("b", s.b))
			s.route = s.j.Via()
			const orders = 12
			work := func(do func(reference string) error) {
				var wg sync.WaitGroup
				for w := range 4 {
					wg.Add(1)
					go func() {
						defer wg.Done()
						for i := range orders {
							reference := fmt.Sprint((i + 3*w) % orders)
							for try := 0; ; try++ {
								err := do(reference)
								if err == nil {
									break
								}
								if _, again := journal.RetryAfter(err); try == 50 || !again {
									assert.NoError(t, err)
									break
								}
								time.Sleep(20 * time.Millisecond)
							}
						}
					}()
				}
				wg.Wait()
			}
			work(func(reference string) error {
				_, err := s.route.Payout(s.ctx, payoutOf(reference))
				return err
			})
			assert.Equal(t, orders, s.a.sent())
			s.age(time.Hour)
			for i := range orders / 2 {
				s.a.becomes("payout", fmt.Sprint(i), wapay.StatusSucceeded)
			}
			var wg sync.WaitGroup
			for range 3 {
				wg.Add(1)
				go func() {
					defer wg.Done()
					var err error
					for range 50 { // as Run does: a serializable read may fail, too
						if _, err = s.j.Sweep(s.ctx); err == nil {
							return
						}
						time.Sleep(10 * time.Millisecond)
					}
					t.Error("the sweep fails: ", err)
				}()
			}
			work(func(reference string) error {
				return s.j.Notify(s.ctx, event(ipn.KindPayout, reference, wapay.StatusSucceeded))
			})
			wg.Wait()
			for o, err := range s.j.Open(s.ctx) {
				require.NoError(t, err)
				t.Errorf("%s is open", o.Reference)
				require.NoError(t, s.j.Resolve(s.ctx, o.Kind, o.Reference, wapay.StatusFailed, "x"))
			}
			for i := range orders {
				assert.ElementsMatch(t, []string{"pending", "succeeded"}, s.effects(journal.Payout, fmt.Sprint(i)))
			}
			assert.Zero(t, s.b.sent())
			s.age(time.Hour)
			n, err := s.j.Strip(s.ctx, time.Minute)
			require.NoError(t, err)
			assert.Equal(t, int64(orders), n)
		})
	}
}
