package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/wapay-go/wapay/internal/journalhook"
	"github.com/wapay-go/wapay/internal/observe"
)

// storeMode says how to store a row after an edit.
type storeMode int

const (
	storeNothing storeMode = iota
	storeRow
	storeAndCall // in one transaction with the merchant's function: the status has changed
)

const (
	storeTime  = 15 * time.Second // for all tries of one change
	storeTries = 5
)

// funcError is an error or a panic of the merchant's function.
type funcError struct{ err error }

func (e *funcError) Error() string { return "OnChange: " + e.err.Error() }
func (e *funcError) Unwrap() error { return e.err }

// change edits a copy of the row, stores it and returns it. If another process
// wrote first, or the database failed, change loads the row and edits it again.
func (j *Journal) change(ctx context.Context, r *row, edit func(*row) storeMode) (*row, error) {
	var last error
	for try := range storeTries {
		if try > 0 {
			if !rest(ctx, time.Duration(try*try)*20*time.Millisecond) {
				break
			}
			fresh, err := j.load(ctx, r.Kind, r.Reference)
			if err != nil {
				last = err
				continue
			}
			if fresh == nil {
				return r, errors.New("the row has gone: it was purged or deleted by hand")
			}
			r = fresh
		}
		next := *r
		mode := edit(&next)
		if mode == storeNothing {
			return r, nil
		}
		err := j.store(ctx, &next, mode)
		var failed *funcError
		switch {
		case err == nil:
			journalhook.At(ctx, journalhook.Stored)
			if next.Held && !r.Held {
				j.note(ctx, slog.LevelError, "order held", &next)
			}
			return &next, nil
		case errors.As(err, &failed):
			return r, err
		}
		last = err
	}
	if last == nil {
		last = ctx.Err()
	}
	return r, last
}

// ownContext returns a context that does not end with the caller's, so that an
// answer can still be stored.
func ownContext(ctx context.Context) (context.Context, context.CancelFunc) {
	if !journalhook.On(ctx, journalhook.OwnContext) {
		return context.WithTimeout(ctx, storeTime)
	}
	return context.WithTimeout(context.WithoutCancel(ctx), storeTime)
}

func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// store writes a row.
func (j *Journal) store(ctx context.Context, r *row, mode storeMode) error {
	if mode != storeAndCall || j.onChange == nil {
		return j.save(ctx, j.db, r)
	}
	if !journalhook.On(ctx, journalhook.OneTransaction) {
		if err := j.save(ctx, j.db, r); err != nil {
			return err
		}
		journalhook.At(ctx, journalhook.InTx)
		r = &row{Order: r.Order, version: -1}
	}
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	// Writing the row first locks it before the function runs.
	if r.version >= 0 {
		if err := j.save(ctx, tx, r); err != nil {
			return err
		}
	}
	journalhook.At(ctx, journalhook.InTx)
	o := r.Order
	if err := guard(func() error { return j.onChange(ctx, tx, &o) }); err != nil {
		return &funcError{err}
	}
	journalhook.At(ctx, journalhook.AfterFunc)
	return tx.Commit()
}

// panicError is the error of a call that panicked.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// guard calls fn, and turns a panic into an error.
func guard(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{p, debug.Stack()}
		}
	}()
	return fn()
}

// note logs a record about an order. A panic of the logger's handler does no
// harm.
func (j *Journal) note(ctx context.Context, level slog.Level, text string, r *row, attrs ...slog.Attr) {
	if j.log == nil {
		return
	}
	if r != nil {
		attrs = append([]slog.Attr{slog.Any("order", r.Order)}, attrs...)
	}
	observe.Guard(ctx, nil, func() { j.log.LogAttrs(ctx, level, "journal: "+text, attrs...) })
}

// reason returns the attribute of an error, with the stack of a panic.
func reason(err error) slog.Attr {
	var p *panicError
	if errors.As(err, &p) {
		return slog.Group("", slog.String("reason", err.Error()), slog.String("stack", string(p.stack)))
	}
	return slog.String("reason", err.Error())
}
