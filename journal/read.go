package journal

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
)

// load returns an order, or nil if it is not in the journal.
func (j *Journal) load(ctx context.Context, kind Kind, reference string) (*row, error) {
	if !isKey(reference) {
		return nil, nil
	}
	found, err := j.list(ctx, j.sql.load, kind.String(), reference)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// byID returns the orders that have the id, at any provider.
func (j *Journal) byID(ctx context.Context, kind Kind, id string) ([]*row, error) {
	if !isKey(id) {
		return nil, nil
	}
	return j.list(ctx, j.sql.loadByID, id, kind.String())
}

// in returns the orders of a kind whose column has one of the values. Unless
// whole, they have only the columns that a reconciliation compares.
func (j *Journal) in(ctx context.Context, whole bool, kind Kind, column string, values []string) ([]*row, error) {
	var args []any
	var params []string
	where := ""
	if column == "reference" { // with the kind, SQLite would not use the index of provider_id
		args, where = append(args, kind.String()), "kind = $1 AND "
	}
	for _, value := range values {
		if value != "" && isKey(value) {
			args = append(args, value)
			params = append(params, "$"+strconv.Itoa(len(args)))
		}
	}
	if len(params) == 0 {
		return nil, nil
	}
	where += column + " <> '' AND " + column + " IN (" + strings.Join(params, ", ") + ")"
	query, read := selectCompared, scanCompared
	if whole {
		query, read = j.sql.any, scan
	}
	found, err := j.read(ctx, read, bind(j.dialect, query+where), args...)
	return slices.DeleteFunc(found, func(r *row) bool { return r.Kind != kind }), err
}

func (j *Journal) list(ctx context.Context, query string, args ...any) ([]*row, error) {
	return j.read(ctx, scan, query, args...)
}

func (j *Journal) read(
	ctx context.Context, scan func(*sql.Rows) (*row, error), query string, args ...any,
) ([]*row, error) {
	rows, err := j.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []*row
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, rows.Err()
}

func scan(rows *sql.Rows) (*row, error) {
	var r row
	var kind, currency, state, status, feeCurrency, action string
	var amount, fee int64
	err := rows.Scan(&kind, &r.Reference, &amount, &currency, &r.phone, &r.Customer.FirstName, &r.Customer.LastName,
		&r.Customer.Email, &r.Operator, &r.print, &r.createdAtMS, &state, &r.heldAt, &r.heldFor, &r.Why, &r.Provider, &r.ID,
		&status, &r.ProviderStatus, &fee, &feeCurrency, &r.OperatorID, &r.Reason, &r.CheckoutURL, &action, &r.token,
		&r.leaseUntil, &r.sentAt, &r.missingSince, &r.asks, &r.nextAt, &r.updatedAtMS, &r.version, &r.now)
	if err != nil {
		return nil, err
	}
	_ = r.Action.UnmarshalText([]byte(action))
	r.Held = r.heldAt > 0
	r.UpdatedAt = time.UnixMilli(r.updatedAtMS).UTC()
	return &r, r.parse(kind, state, status, wapay.Currency(currency).Minor(amount), wapay.Currency(feeCurrency).Minor(fee))
}

const selectCompared = "SELECT kind, reference, amount, currency, phone, created_at, state, " +
	"provider, provider_id, status, fee, fee_currency, checkout_url, sent_at FROM wapay_orders WHERE "

// scanCompared reads the columns that a reconciliation compares.
func scanCompared(rows *sql.Rows) (*row, error) {
	var r row
	var kind, currency, state, status, feeCurrency string
	var amount, fee int64
	err := rows.Scan(&kind, &r.Reference, &amount, &currency, &r.phone, &r.createdAtMS, &state,
		&r.Provider, &r.ID, &status, &fee, &feeCurrency, &r.CheckoutURL, &r.sentAt)
	if err != nil {
		return nil, err
	}
	return &r, r.parse(kind, state, status, wapay.Currency(currency).Minor(amount), wapay.Currency(feeCurrency).Minor(fee))
}

// parse sets the fields that scan and scanCompared have in common.
func (r *row) parse(kind, state, status string, amount, fee wapay.Money) error {
	r.Kind, r.State = parseKind(kind), parseState(state)
	if r.Kind == 0 || r.State == 0 {
		return errors.New("the row of " + strconv.Quote(r.Reference) + " has kind " + strconv.Quote(kind) +
			" and state " + strconv.Quote(state) + ": it is of a newer version, or was changed by hand")
	}
	if r.Amount = amount; fee.Currency() != "" {
		r.Fee = fee
	}
	_ = r.Status.UnmarshalText([]byte(status))
	_ = r.Customer.Phone.UnmarshalText([]byte(r.phone)) // a plan may have changed since
	r.CreatedAt = time.UnixMilli(r.createdAtMS).UTC()
	return nil
}
