package mpptest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

type code struct {
	status  int
	message string
}

// codes has the documents' words for the codes. The documents do not give their
// HTTP statuses.
var codes = map[string]code{
	"MPP-REQ-0000":    {200, "ok"},
	"MPP-REQ-4000":    {400, "Request failed."},
	"MPP-REQ-4002":    {422, "Validation code/otp is not valid or has expired."},
	"MPP-REQ-4004":    {404, "Resouce not found."},
	"MPP-REQ-4005":    {405, "Method not allowed."},
	"MPP-REQ-4008":    {404, "Object/resource not found."},
	"MPP-REQ-4022":    {422, "Bad parameters."},
	"MPP-ACC-1001":    {409, "Username already exists"},
	"MPP-AUTH-4401":   {401, "Unauthorized"},
	"MPP-AUTH-4402":   {401, "Username or password incorrect"},
	"MPP-AUTH-4403":   {403, "Email not verified"},
	"MPP-AUTH-4404":   {409, "Your email has been already verified"},
	"MPP-AUTH-4405":   {401, "Invalid password"},
	"MPP-AUTH-4406":   {401, "Incorrect credentials with Two-Factor Authentication"},
	"MPP-AUTH-4407":   {403, "Not authorized to perform that action"},
	"MPP-BS-4504":     {404, "Business not created yet"},
	"MPP-BS-4505":     {404, "Business not found"},
	"MPP-BS-4506":     {409, "Account already linked to a business"},
	"MPP-BS-4507":     {403, "Business account not actived"},
	"MPP-TX-4301":     {409, "The transaction cannot be cancelled"},
	"MPP-TX-REQ-4091": {409, "Conflict over the treatment of resources"},
	"MPP-PP-4200":     {422, "Payment page not fully configured"},
}

func (m *Server) envelope(
	r *sandbox.Request, status int, data any, code, message string, success bool, more ...any,
) *sandbox.Answer {
	o := append(kit.Object{"data", data, "code", code, "message", message}, more...)
	return sandbox.JSON(status, append(o, traceKey(r), kit.UUID(), "success", success))
}

// traceKey returns the name of the request's id in an answer. It is
// trace_request_id in all samples except that of account/validate.
func traceKey(r *sandbox.Request) string {
	if asksAccount(r) {
		return "traceRequestId"
	}
	return "trace_request_id"
}

func (m *Server) ok(c *call, data any) *sandbox.Answer {
	return m.envelope(c.Request, 200, data, "MPP-REQ-0000", "ok", true)
}

// refuse returns a refusal, with the documents' message if the given one is
// empty.
func (m *Server) refuse(r *sandbox.Request, code, message string) *sandbox.Answer {
	return m.envelope(r, m.refusalStatus(codes[code].status), nil, code, cmp.Or(message, codes[code].message), false)
}

func (m *Server) refusalStatus(status int) int {
	if m.cfg.RefusalsAs200 {
		return 200
	}
	return status
}

// invalid refuses a body, with its wrong fields: name, messages, name, messages
// …
func (m *Server) invalid(r *sandbox.Request, errors kit.Object) *sandbox.Answer {
	message, status := errors[1].([]string)[0], m.refusalStatus(422)
	switch m.cfg.Details {
	case DetailsInData:
		return m.envelope(r, status, errors, "MPP-REQ-4022", message, false)
	case DetailsNone:
		return m.envelope(r, status, nil, "MPP-REQ-4022", message, false)
	}
	return m.envelope(r, status, nil, "MPP-REQ-4022", message, false, "errors", errors)
}

// fault returns MPP-REQ-4000 with 500, or the fault's own code with the
// sandbox's status for it.
func (m *Server) fault(r *sandbox.Request, f sandbox.Fault) *sandbox.Answer {
	status, code := cmp.Or(f.Code, codes[f.ErrorCode].status, 500), cmp.Or(f.ErrorCode, "MPP-REQ-4000")
	return m.envelope(r, status, nil, code, codes[code].message, false)
}

// object returns an object, or [] if it is empty, as PHP writes it.
func object(o kit.Object) any {
	if len(o) == 0 {
		return []any{}
	}
	return o
}

// formatTime returns "" for the zero time.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Truncate(time.Second).Format("2006-01-02T15:04:05.000000Z")
}

var amountPattern = regexp.MustCompile(`^(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?$`)

// parseAmount returns hundredths. ok is false unless n is above 0, has up to
// two decimals and no exponent.
func parseAmount(n json.Number) (hundredths int64, ok bool) {
	if !amountPattern.MatchString(n.String()) {
		return 0, false
	}
	whole, decimals, _ := strings.Cut(n.String(), ".")
	hundredths, err := strconv.ParseInt(whole+(decimals + "00")[:2], 10, 64)
	return hundredths, err == nil && hundredths > 0
}

// money returns an amount without needless decimals, as PHP writes it: 2, 2.5,
// 76738.84.
func money(hundredths int64) json.Number {
	sign := ""
	if hundredths < 0 {
		sign, hundredths = "-", -hundredths
	}
	s := fmt.Sprintf("%s%d.%02d", sign, hundredths/100, hundredths%100)
	return json.Number(strings.TrimSuffix(strings.TrimRight(s, "0"), "."))
}

// paging reads page and page_size.
func (m *Server) paging(r *sandbox.Request) (page, size int, refused *sandbox.Answer) {
	page, size = 1, 15
	for _, p := range []struct {
		name    string
		value   *int
		highest int
	}{{"page", &page, 1_000_000}, {"page_size", &size, 100}} {
		given, ok := r.Query[p.name]
		if !ok {
			continue
		}
		n, err := strconv.Atoi(given[0])
		if err != nil || n < 1 || n > p.highest {
			message := fmt.Sprintf("The %s field must be an integer between 1 and %d.", p.name, p.highest)
			return 0, 0, m.invalid(r, kit.Object{p.name, []string{message}})
		}
		*p.value = n
	}
	return page, size, nil
}

// pageOf returns one page of rows, in their order.
func pageOf[T any](m *Server, c *call, rows []T, view func(T) kit.Object) *sandbox.Answer {
	page, size, refused := m.paging(c.Request)
	if refused != nil {
		return refused
	}
	from, to := min((page-1)*size, len(rows)), min(page*size, len(rows))
	data := []kit.Object{}
	for _, row := range rows[from:to] {
		data = append(data, view(row))
	}
	last := max((len(rows)+size-1)/size, 1)
	path := m.Root() + strings.TrimSuffix(c.Path, "/")
	url := func(n int) any {
		if n < 1 || n > last {
			return nil
		}
		return path + "?page=" + strconv.Itoa(n)
	}
	next := url(page + 1)
	if next == nil && m.cfg.EndlessPages {
		next = url(last)
	}
	o := kit.Object{
		"current_page", page, "data", data, "first_page_url", url(1), "from", index(from+1, len(data)),
		"last_page", last, "last_page_url", url(last), "next_page_url", next, "path", path, "per_page", size,
		"prev_page_url", url(page - 1), "to", index(to, len(data)), "total", len(rows),
		"code", "MPP-REQ-0000", "message", "ok",
	}
	return sandbox.JSON(200, append(o, traceKey(c.Request), kit.UUID(), "success", true))
}

// index returns a row's number, or null on a page without rows.
func index(n, rows int) any {
	if rows == 0 {
		return nil
	}
	return n
}
