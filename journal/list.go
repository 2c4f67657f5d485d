package journal

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/wapay-go/wapay"
)

// Find returns an order from the journal, and asks no provider. If there is
// none, the error is [wapay.ErrNotFound].
func (j *Journal) Find(ctx context.Context, kind Kind, reference string) (*Order, error) {
	r, err := j.load(ctx, kind, reference)
	switch {
	case err != nil:
		return nil, fmt.Errorf("journal: Find %s %q: %w", kind, reference, err)
	case r == nil:
		return nil, fmt.Errorf("journal: Find %s %q: %w", kind, reference, wapay.ErrNotFound)
	}
	return &r.Order, nil
}

// Open returns the orders that a provider may have and that have no final
// status, the oldest first. [Journal.Held] returns those that are held.
func (j *Journal) Open(ctx context.Context) iter.Seq2[*Order, error] {
	return j.orders(ctx, "Open", j.sql.open)
}

// Held returns the orders that wait for a person, the oldest first.
func (j *Journal) Held(ctx context.Context) iter.Seq2[*Order, error] {
	return j.orders(ctx, "Held", j.sql.held)
}

// orders reads page by page, so that the loop may use the database.
func (j *Journal) orders(ctx context.Context, op, query string) iter.Seq2[*Order, error] {
	return func(yield func(*Order, error) bool) {
		last := &row{}
		for {
			at, kind := last.createdAtMS, last.Kind.String()
			if last.Kind == 0 {
				at, kind = -1, ""
			}
			page, err := j.list(ctx, query, at, at, at, kind, kind, last.Reference)
			if err != nil {
				yield(nil, fmt.Errorf("journal: %s: %w", op, err))
				return
			}
			for _, r := range page {
				if !yield(&r.Order, nil) {
					return
				}
				last = r
			}
			if len(page) < pageSize {
				return
			}
		}
	}
}

// Strip takes the personal data out of orders that are older than olderThan,
// and are over or with no provider: phone number, names, e-mail address, the
// provider's reason, the page. Reference, amount, provider, id and status stay,
// so that the journal still recognises a repeat. It returns how many orders it
// changed.
func (j *Journal) Strip(ctx context.Context, olderThan time.Duration) (int64, error) {
	return j.clear(ctx, "Strip", j.sql.stripTo, j.sql.strip, olderThan)
}

// Purge deletes orders that are older than olderThan, and are over or with no
// provider. It returns how many it deleted. A purged reference is new again: a
// repeat of its order is sent. So purge only what nobody can repeat any more,
// and prefer [Journal.Strip].
func (j *Journal) Purge(ctx context.Context, olderThan time.Duration) (int64, error) {
	return j.clear(ctx, "Purge", j.sql.purgeTo, j.sql.purge, olderThan)
}

// clear changes about 500 rows at a time, so that its locks are short.
func (j *Journal) clear(ctx context.Context, op, find, change string, olderThan time.Duration) (int64, error) {
	if olderThan <= 0 {
		return 0, fmt.Errorf("journal: %s: bad duration %v", op, olderThan)
	}
	age := milliseconds(olderThan)
	var total, from int64
	for {
		to, err := j.bound(ctx, find, age, from)
		if err != nil {
			return total, fmt.Errorf("journal: %s: %w", op, err)
		}
		last := to == 0
		if last {
			to = 1 << 60
		}
		res, err := j.db.ExecContext(ctx, change, age, from, to)
		if err != nil {
			return total, fmt.Errorf("journal: %s: %w", op, err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return total, fmt.Errorf("journal: %s: %w", op, err)
		}
		total, from = total+n, to
		if last {
			return total, nil
		}
	}
}

// bound returns the time of the 500th row of a batch, or 0 for the last batch.
func (j *Journal) bound(ctx context.Context, find string, age, from int64) (int64, error) {
	rows, err := j.db.QueryContext(ctx, find, age, from)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var at int64
	for rows.Next() {
		if err := rows.Scan(&at); err != nil {
			return 0, err
		}
	}
	return at, rows.Err()
}
