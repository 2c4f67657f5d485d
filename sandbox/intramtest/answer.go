package intramtest

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

func ok(status int, data any, message string) *sandbox.Answer {
	o := kit.Object{"error", false, "http_status", status, "data", data}
	if message != "" {
		o = append(o, "message", message)
	}
	return sandbox.JSON(status, o)
}

func refuse(status int, code, message string, details any) *sandbox.Answer {
	o := kit.Object{"error", true, "http_status", status, "code", code, "message", message}
	if details != nil {
		o = append(o, "details", details)
	}
	return sandbox.JSON(status, o)
}

// invalid returns a validation_error: path, message, path, message …
func invalid(pairs ...string) *sandbox.Answer {
	var details []kit.Object
	for n := 0; n < len(pairs); n += 2 {
		details = append(details, kit.Object{"path", pairs[n], "msg", pairs[n+1]})
	}
	return refuse(400, "validation_error", "The request is not valid", details)
}

// fault returns internal_error, unless the fault names another.
// idempotency_error means that the provider's key store is down.
func fault(r *sandbox.Request, f sandbox.Fault) *sandbox.Answer {
	a := refuse(cmp.Or(f.Code, 500), cmp.Or(f.ErrorCode, "internal_error"), "Something went wrong on our side", nil)
	a.Header.Set("Date", r.At.UTC().Format(http.TimeFormat))
	return a
}

// isStatus reports whether a value is the status of an operation, a
// transaction, a result or a delivery. http_status has another name.
func isStatus(key string, v any) bool {
	_, word := v.(string)
	return key == "status" && word
}

// list makes one page, newest first, from rows that are oldest first.
type list[T any] struct {
	rows    []T
	when    func(T) time.Time
	view    func(T) kit.Object
	filters []filter[T]
}

type filter[T any] struct {
	name  string
	words []string
	value func(T) string
}

func (l list[T]) answer(r *sandbox.Request) *sandbox.Answer {
	limit, before, refused := paging(r)
	if refused != nil {
		return refused
	}
	for _, f := range l.filters {
		if v, given := r.Query[f.name]; given && !slices.Contains(f.words, v[0]) {
			return invalid(f.name, "must be one of "+strings.Join(f.words, ", "))
		}
	}
	page := []kit.Object{}
	var next any
	var last time.Time
	for n := len(l.rows) - 1; n >= 0; n-- {
		row := l.rows[n]
		if !before.IsZero() && !l.when(row).Before(before) || !l.keeps(r, row) {
			continue
		}
		if len(page) == limit {
			next = formatTime(last)
			break
		}
		page, last = append(page, l.view(row)), l.when(row)
	}
	return sandbox.JSON(200, kit.Object{
		"error", false, "http_status", 200, "data", page, "paging", kit.Object{"limit", limit, "next_before", next},
	})
}

func (l list[T]) keeps(r *sandbox.Request, row T) bool {
	for _, f := range l.filters {
		if _, given := r.Query[f.name]; given && r.Query.Get(f.name) != f.value(row) {
			return false
		}
	}
	return true
}

func paging(r *sandbox.Request) (limit int, before time.Time, refused *sandbox.Answer) {
	limit = 20
	if v, given := r.Query["limit"]; given {
		n, err := strconv.Atoi(v[0])
		if err != nil || n < 1 || n > 100 || strconv.Itoa(n) != v[0] {
			return 0, before, invalid("limit", "must be an integer between 1 and 100")
		}
		limit = n
	}
	if v, given := r.Query["before"]; given {
		t, ok := parseTime(v[0])
		if !ok {
			return 0, before, invalid("before", "must be a date")
		}
		before = t
	}
	return limit, before, nil
}
