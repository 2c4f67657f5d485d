package journal

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// querier is a *sql.DB, a *sql.Conn or a *sql.Tx.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// row is an order with the journal's own fields. Times come from the database's
// clock, in milliseconds since 1970. 0 means none.
type row struct {
	Order
	phone                    string // kept even if [wapay.ParsePhone] does not accept it any more
	print                    string // of the request; see request.print
	token                    string // of the last claim
	leaseUntil, sentAt       int64  // sentAt: when it was first sent to Provider
	missingSince             int64  // the first "not found" since it was sent
	asks, nextAt             int64  // the sweep's questions so far, and when the next one is due
	heldAt                   int64
	heldFor                  holdEnd
	createdAtMS, updatedAtMS int64
	version                  int64 // each write adds 1, and fails if another write came first
	now                      int64 // when the row was read or claimed
}

// holdEnd says what ends a hold.
type holdEnd string

const (
	anyAnswer holdEnd = "answer" // of the provider or of a person
	onePerson holdEnd = "person"
)

// column connects a column with a field of a row.
type column struct {
	name  string
	fixed bool // never changes after the insert
	value func(*row) any
}

var columns = []column{
	{"kind", true, func(r *row) any { return r.Kind.String() }},
	{"reference", true, func(r *row) any { return r.Reference }},
	{"amount", true, func(r *row) any { return r.Amount.MinorUnits() }},
	{"currency", true, func(r *row) any { return string(r.Amount.Currency()) }},
	{"phone", false, func(r *row) any { return r.phone }},
	{"first_name", false, func(r *row) any { return r.Customer.FirstName }},
	{"last_name", false, func(r *row) any { return r.Customer.LastName }},
	{"email", false, func(r *row) any { return r.Customer.Email }},
	{"operator", true, func(r *row) any { return r.Operator }},
	{"print", false, func(r *row) any { return r.print }},
	{"created_at", true, func(r *row) any { return r.createdAtMS }},
	{"state", false, func(r *row) any { return r.State.String() }},
	{"held_at", false, func(r *row) any { return r.heldAt }},
	{"held_for", false, func(r *row) any { return string(r.heldFor) }},
	{"why", false, func(r *row) any { return clean(r.Why, longText) }},
	{"provider", false, func(r *row) any { return r.Provider }},
	{"provider_id", false, func(r *row) any { return r.ID }},
	{"status", false, func(r *row) any { return r.Status.String() }},
	{"provider_status", false, func(r *row) any { return clean(r.ProviderStatus, shortText) }},
	{"fee", false, func(r *row) any { return r.Fee.MinorUnits() }},
	{"fee_currency", false, func(r *row) any { return string(r.Fee.Currency()) }},
	{"operator_id", false, func(r *row) any { return clean(r.OperatorID, shortText) }},
	{"reason", false, func(r *row) any { return clean(r.Reason, longText) }},
	{"checkout_url", false, func(r *row) any { return r.CheckoutURL }},
	{"customer_action", false, func(r *row) any { return r.Action.String() }},
	{"token", false, func(r *row) any { return r.token }},
	{"lease_until", false, func(r *row) any { return r.leaseUntil }},
	{"sent_at", false, func(r *row) any { return r.sentAt }},
	{"missing_since", false, func(r *row) any { return r.missingSince }},
	{"asks", false, func(r *row) any { return r.asks }},
	{"next_at", false, func(r *row) any { return r.nextAt }},
	{"updated_at", false, func(r *row) any { return r.updatedAtMS }},
	{"version", false, func(r *row) any { return r.version }},
}

const (
	keyBytes  = 255  // of a reference or of a provider's id
	shortText = 255  // characters
	longText  = 2000 // characters
)

// isKey reports whether a reference or an id fits into a column unchanged.
func isKey(s string) bool {
	return len(s) <= keyBytes && utf8.ValidString(s) && !strings.Contains(s, "\x00")
}

// clean returns remote text in a form that each database can store.
func clean(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most-1]) + "…"
	}
	return s
}

// statements has the SQL of one journal.
type statements struct {
	insert, save, load, loadByID, due, duePage, open, held, period string
	any, nameless, stripTo, strip, purgeTo, purge                  string
}

func newStatements(d Dialect, lease time.Duration) statements {
	var names, values, sets []string
	n := 0
	param := func() string { n++; return "$" + strconv.Itoa(n) }
	for _, c := range columns {
		names = append(names, c.name)
		switch c.name {
		case "created_at", "sent_at", "updated_at":
			values = append(values, "{now}")
		case "lease_until", "next_at":
			values = append(values, "{now} + "+strconv.FormatInt(milliseconds(lease), 10))
		default:
			values = append(values, param())
		}
	}
	n = 0
	for _, c := range columns {
		if !c.fixed {
			sets = append(sets, c.name+" = "+param())
		}
	}
	list := strings.Join(names, ", ")
	insert := "INSERT INTO wapay_orders (" + list + ") VALUES (" + strings.Join(values, ", ") + ")"
	if d == MySQL {
		// The insert id is the time of a new row, and 1 if the row exists.
		insert = strings.Replace(insert, "{now}", "LAST_INSERT_ID({now})", 1)
		insert += " ON DUPLICATE KEY UPDATE version = IF(LAST_INSERT_ID(1) = 1, version, version)"
	} else {
		insert += " ON CONFLICT (kind, reference) DO NOTHING RETURNING created_at"
	}
	selects := "SELECT " + list + ", {now} FROM wapay_orders WHERE "
	// The others imply the first condition, which lets the database use an
	// index.
	const after = "created_at >= $1 AND " +
		"(created_at > $2 OR created_at = $3 AND (kind > $4 OR kind = $5 AND reference > $6)) " +
		"ORDER BY created_at, kind, reference LIMIT "
	const old = " wapay_orders WHERE created_at <= {now} - $1 AND created_at >= $2 " +
		"AND state IN ('over', 'ready') AND held_at = 0"
	const unstripped = " AND print <> ''"
	const bound = " ORDER BY created_at LIMIT 1 OFFSET 499"
	s := statements{
		insert: insert, any: selects,
		save: "UPDATE wapay_orders SET " + strings.Join(sets, ", ") + " WHERE kind = " + param() +
			" AND reference = " + param() + " AND version = " + param(),
		load:     selects + "kind = $1 AND reference = $2",
		loadByID: selects + "provider_id = $1 AND provider_id <> '' AND kind = $2 LIMIT 20",
		due: "SELECT provider, count(*), {now} FROM wapay_orders " +
			"WHERE next_at > 0 AND next_at <= {now} GROUP BY provider",
		duePage: selects + "next_at > 0 AND next_at <= $1 AND provider = $2 AND lease_until <= {now} AND " +
			"(next_at > $3 OR next_at = $4 AND (kind > $5 OR kind = $6 AND reference > $7)) " +
			"ORDER BY next_at, kind, reference LIMIT 100",
		open: selects + "next_at > 0 AND held_at = 0 AND " + after + strconv.Itoa(pageSize),
		held: selects + "held_at > 0 AND " + after + strconv.Itoa(pageSize),
		period: selectCompared + "provider = $1 AND created_at < $2 AND " +
			strings.NewReplacer("$6", "$8", "$5", "$7", "$4", "$6", "$3", "$5", "$2", "$4", "$1", "$3").Replace(after) +
			strconv.Itoa(periodSize),
		// COALESCE, because SQLite would read all orders of the kind.
		nameless: "SELECT count(*) FROM wapay_orders WHERE next_at > 0 AND held_at = 0 AND provider = $1 " +
			"AND COALESCE(kind, '') = $2 AND provider_id = '' AND state IN ('sending', 'asking')",
		stripTo: "SELECT created_at FROM" + old + unstripped + bound,
		strip: "UPDATE wapay_orders SET phone = '', first_name = '', last_name = '', email = '', reason = '', " +
			"checkout_url = '', print = '', version = version + 1" + old[len(" wapay_orders"):] + unstripped +
			" AND created_at <= $3",
		purgeTo: "SELECT created_at FROM" + old + bound,
		purge:   "DELETE FROM" + old + " AND created_at <= $3",
	}
	for _, text := range []*string{
		&s.insert, &s.save, &s.load, &s.loadByID, &s.due, &s.duePage, &s.open, &s.held,
		&s.period, &s.nameless, &s.stripTo, &s.strip, &s.purgeTo, &s.purge,
	} {
		*text = bind(d, *text)
	}
	return s
}

// bind returns a statement for one dialect. Each $n must occur once, in order.
func bind(d Dialect, text string) string {
	text = strings.ReplaceAll(text, "{now}", nows[d])
	if d == PostgreSQL {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '$' {
			b.WriteByte(text[i])
			continue
		}
		b.WriteByte('?')
		for i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9' {
			i++
		}
	}
	return b.String()
}

// insert adds the row of an order, claimed. It reports false if the order is in
// the journal.
func (j *Journal) insert(ctx context.Context, r *row) (bool, error) {
	r.version = 1
	var args []any
	for _, c := range columns {
		switch c.name {
		case "created_at", "sent_at", "updated_at", "lease_until", "next_at":
		default:
			args = append(args, c.value(r))
		}
	}
	now, err := j.insertedAt(ctx, args)
	if err != nil || now == 0 {
		return false, err
	}
	r.now, r.createdAtMS, r.sentAt = now, now, now
	r.leaseUntil = now + milliseconds(j.lease)
	r.nextAt = r.leaseUntil
	r.CreatedAt = time.UnixMilli(now).UTC()
	return true, nil
}

// insertedAt inserts a row and returns the time, or 0 if the row exists.
func (j *Journal) insertedAt(ctx context.Context, args []any) (int64, error) {
	if j.dialect == MySQL {
		res, err := j.db.ExecContext(ctx, j.sql.insert, args...)
		if err != nil {
			return 0, err
		}
		id, err := res.LastInsertId()
		if id == 1 {
			id = 0
		}
		return id, err
	}
	rows, err := j.db.QueryContext(ctx, j.sql.insert, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var now int64
	for rows.Next() { // reads to the end, because an error of the commit follows the row
		if err := rows.Scan(&now); err != nil {
			return 0, err
		}
	}
	return now, rows.Err()
}

// errStale says that another process has written the row since it was read.
var errStale = errors.New("the order has changed")

// save writes the columns that may change, unless another write came first.
func (j *Journal) save(ctx context.Context, db querier, r *row) error {
	was := r.version
	r.version++
	r.updatedAtMS = r.now
	r.UpdatedAt = time.UnixMilli(r.now).UTC()
	var args []any
	for _, c := range columns {
		if !c.fixed {
			args = append(args, c.value(r))
		}
	}
	res, err := db.ExecContext(ctx, j.sql.save, append(args, r.Kind.String(), r.Reference, was)...)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n != 1 {
		err = errStale
	}
	return err
}

// newToken returns a random name for a claim.
func newToken() string {
	var random [16]byte
	if _, err := rand.Read(random[:]); err != nil {
		panic("journal: no random numbers: " + err.Error()) // as crypto/rand itself does since Go 1.24
	}
	return hex.EncodeToString(random[:])
}

// milliseconds returns d in milliseconds, rounded up.
func milliseconds(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}
