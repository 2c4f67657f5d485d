package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func intramOK(status int, data any, message string) *answer {
	o := object{"error", false, "http_status", status, "data", data}
	if message != "" {
		o = append(o, "message", message)
	}
	return jsonAnswer(status, o)
}

func intramRefuse(status int, code, message string, details any) *answer {
	o := object{"error", true, "http_status", status, "code", code, "message", message}
	if details != nil {
		o = append(o, "details", details)
	}
	return jsonAnswer(status, o)
}

// intramInvalid is a validation_error: path, message, path, message …
func intramInvalid(pairs ...string) *answer {
	var details []object
	for n := 0; n < len(pairs); n += 2 {
		details = append(details, object{"path", pairs[n], "msg", pairs[n+1]})
	}
	return intramRefuse(400, "validation_error", "The request is not valid", details)
}

// intramFault is internal_error unless the fault names another; idempotency_error is their key store being down.
func intramFault(r *Request, f Fault) *answer {
	code, status := f.ErrorCode, f.Code
	if code == "" {
		code = "internal_error"
	}
	if status == 0 {
		status = 500
	}
	a := intramRefuse(status, code, "Something went wrong on our side", nil)
	a.header.Set("Date", r.At.UTC().Format(http.TimeFormat))
	return a
}

// isIntramStatus knows the words of operations, transactions, results and deliveries; http_status has another name.
func isIntramStatus(key string, v any) bool {
	_, word := v.(string)
	return key == "status" && word
}

func checkIntramQuery(r *Request, known string) *answer {
	for name := range r.Query {
		if !slices.Contains(strings.Fields(known), name) {
			return intramInvalid(name, "is not a parameter of this endpoint")
		}
	}
	return nil
}

// intramList makes one page, newest first, of rows that are oldest first.
type intramList[T any] struct {
	rows    []T
	when    func(T) time.Time
	view    func(T) object
	filters []intramFilter[T]
}

type intramFilter[T any] struct {
	name  string
	words []string
	value func(T) string
}

func (l intramList[T]) answer(r *Request) *answer {
	limit, before, refused := intramPaging(r)
	if refused != nil {
		return refused
	}
	for _, f := range l.filters {
		if v, given := r.Query[f.name]; given && !slices.Contains(f.words, v[0]) {
			return intramInvalid(f.name, "must be one of "+strings.Join(f.words, ", "))
		}
	}
	page := []object{}
	var next any
	var last time.Time
	for n := len(l.rows) - 1; n >= 0; n-- {
		row := l.rows[n]
		if !before.IsZero() && !l.when(row).Before(before) || !l.keeps(r, row) {
			continue
		}
		if len(page) == limit {
			next = intramTime(last)
			break
		}
		page, last = append(page, l.view(row)), l.when(row)
	}
	return jsonAnswer(200, object{
		"error", false, "http_status", 200, "data", page, "paging", object{"limit", limit, "next_before", next},
	})
}

func (l intramList[T]) keeps(r *Request, row T) bool {
	for _, f := range l.filters {
		if _, given := r.Query[f.name]; given && r.Query.Get(f.name) != f.value(row) {
			return false
		}
	}
	return true
}

func intramPaging(r *Request) (limit int, before time.Time, refused *answer) {
	limit = 20
	if v, given := r.Query["limit"]; given {
		n, err := strconv.Atoi(v[0])
		if err != nil || n < 1 || n > 100 || strconv.Itoa(n) != v[0] {
			return 0, before, intramInvalid("limit", "must be an integer between 1 and 100")
		}
		limit = n
	}
	if v, given := r.Query["before"]; given {
		t, ok := parseIntramTime(v[0])
		if !ok {
			return 0, before, intramInvalid("before", "must be a date")
		}
		before = t
	}
	return limit, before, nil
}
