package journaltest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay/journal"
)

// endConnections has the server end connections of the workers.
func (r *torture) endConnections(ctx context.Context) {
	if r.plan.Dialect == journal.MySQL {
		r.endMariaDB(ctx)
	}
	if r.plan.Dialect != journal.PostgreSQL {
		return
	}
	for ctx.Err() == nil {
		var n int
		err := r.db.QueryRowContext(ctx, "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity "+
			"WHERE application_name = $1 AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1) victims",
			r.plan.DSN[strings.LastIndex(r.plan.DSN, "=")+1:]).Scan(&n)
		if err == nil {
			r.mu.Lock()
			r.deaths["of a connection"] += n
			r.mu.Unlock()
		}
		time.Sleep(150 * time.Millisecond)
	}
}

func (r *torture) endMariaDB(ctx context.Context) {
	for ctx.Err() == nil {
		var id int64
		err := r.db.QueryRowContext(ctx, "SELECT id FROM information_schema.processlist "+
			"WHERE db = DATABASE() AND id <> CONNECTION_ID() ORDER BY RAND() LIMIT 1").Scan(&id)
		if err == nil {
			if _, err = r.db.ExecContext(ctx, fmt.Sprint("KILL ", id)); err == nil {
				r.mu.Lock()
				r.deaths["of a connection"]++
				r.mu.Unlock()
			}
		}
		time.Sleep(150 * time.Millisecond)
	}
}

// faults returns what is wrong with the orders.
func (r *torture) faults() []string {
	ctx := context.Background()
	bad := slices.Clone(r.lies)
	effects := map[string][]string{}
	rows, err := r.db.Query("SELECT reference, status FROM effects")
	require.NoError(r.t, err)
	defer rows.Close()
	for rows.Next() {
		var reference, status string
		require.NoError(r.t, rows.Scan(&reference, &status))
		effects[reference] = append(effects[reference], status)
	}
	require.NoError(r.t, rows.Err())
	for i := range r.plan.Orders {
		reference := fmt.Sprint(i)
		complain := func(format string, args ...any) {
			bad = append(bad, reference+": "+fmt.Sprintf(format, args...))
		}
		o, err := r.j.Find(ctx, journal.Payout, reference)
		if err != nil {
			complain("%v", err)
			continue
		}
		times, _, status := r.outside.of(reference)
		told := slices.Sorted(slices.Values(effects[reference]))
		switch {
		case times != 1:
			complain("the money moved %d times", times)
		case o.State == journal.StateOver && status.Final() && o.Status != status:
			complain("%s, and the provider says %s", o.Status, status)
		case o.Held:
			complain("held: %s", o.Why)
		case o.State != journal.StateOver:
			complain("still %s", o.State)
		case !slices.Equal(told, []string{status.String()}) &&
			!slices.Equal(told, slices.Sorted(slices.Values([]string{"pending", status.String()}))):
			complain("%s, and the effects are %q", status, told)
		}
	}
	return bad
}

func (r *torture) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outside.mu.Lock()
	defer r.outside.mu.Unlock()
	var b strings.Builder
	for _, m := range []map[string]int{r.deaths, r.outside.calls} {
		for _, what := range slices.Sorted(maps.Keys(m)) {
			fmt.Fprintf(&b, "\n%7d %s", m[what], what)
		}
	}
	return b.String()
}
