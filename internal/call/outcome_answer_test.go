package call_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
)

func TestOutcomeOfRefusals(t *testing.T) {
	t.Parallel()
	var rows []row
	for _, x := range []struct {
		status int
		kind   error // with a verdict
	}{
		{400, wapay.ErrInvalid},
		{401, wapay.ErrUnauthorized},
		{402, wapay.ErrInsufficientFunds},
		{403, wapay.ErrForbidden},
		{404, wapay.ErrNotFound},
		{409, wapay.ErrDuplicate},
		{422, wapay.ErrInvalid},
	} {
		page := x.kind
		if x.status == 404 {
			page = wapay.ErrDecode // it is no "no such order"
		}
		rows = append(rows,
			row{
				name:     fmt.Sprintf("%d with a verdict", x.status),
				serve:    answering(x.status, verdictJSON, "Content-Type: application/json", "X-Request-Id: req-7"),
				rejected: x.kind != wapay.ErrDuplicate, // the reference is used
				kind:     x.kind, status: x.status, text: []string{"code E42", "Montant refusé"},
				check: func(t *testing.T, e *wapay.Error) {
					assert.Equal(t, "E42", e.Code)
					assert.Equal(t, "Montant refusé", e.Message)
					assert.Equal(t, "req-7", e.RequestID)
					assert.Equal(t, verdictJSON, string(e.Body))
				},
			},
			// A page with that status may come from a proxy that has passed the
			// order on.
			row{
				name:  fmt.Sprintf("%d as HTML", x.status),
				serve: answering(x.status, errorPage, "Content-Type: text/html"), kind: page, status: x.status,
				check: func(t *testing.T, e *wapay.Error) { assert.Equal(t, errorPage, string(e.Body)) },
			},
			row{name: fmt.Sprintf("%d empty", x.status), serve: answering(x.status, ""), kind: page, status: x.status},
		)
	}
	rows = append(rows,
		row{
			name: "400 with a verdict that names the kind", serve: answering(400, `{"code":"NOFUNDS","message":"solde"}`),
			rejected: true, kind: wapay.ErrInsufficientFunds, status: 400,
		},
		row{
			name: "200 with a refusal", serve: answering(200, `{"code":"NOFUNDS","message":"solde"}`),
			rejected: true, kind: wapay.ErrInsufficientFunds, status: 200, text: []string{"NOFUNDS", "solde"},
		},
		row{
			name: "408 with a verdict", serve: answering(408, verdictJSON), repeat: safe,
			kind: wapay.ErrUnavailable, status: 408,
		},
		// An answer with two values for one name is neither a result nor a
		// refusal.
		row{
			name: "200 that says two things", serve: answering(200, `{"id":"a","status":1,"status":-1}`),
			kind: wapay.ErrDecode, status: 200, text: []string{"two things under one name"},
		},
		row{
			name: "200 with two refusals", serve: answering(200, `{"code":"NOFUNDS","code":"E42","message":"m"}`),
			kind: wapay.ErrDecode, status: 200,
		},
		row{
			name: "400 with two refusals", serve: answering(400, `{"code":"NOFUNDS","code":"E42","message":"m"}`),
			kind: wapay.ErrInvalid, status: 400, text: []string{"two things under one name"},
		},
		row{
			name: "404 with two refusals", serve: answering(404, `{"code":"E1","code":"E42","message":"m"}`),
			kind: wapay.ErrDecode, status: 404, text: []string{"two things under one name"},
		},
		row{
			name: "200 that says two things in two cases", serve: answering(200, `{"id":"a","status":1,"Status":-1}`),
			kind: wapay.ErrDecode, status: 200, text: []string{"two things under one name"},
		},
		row{
			name: "400 with two timestamps", serve: answering(400, `{"timestamp":1,"code":"E42","message":"m","timestamp":2}`),
			rejected: true, kind: wapay.ErrInvalid, status: 400, text: []string{"E42"},
		},
		row{
			name: "200 with a list without end", serve: answering(200, `{"id":"a","list":[0`+strings.Repeat(",0", 100_000)+`]}`),
			kind: wapay.ErrDecode, status: 200, text: []string{"more values than"},
		},
		row{
			name: "400 with a list without end", serve: answering(400, `{"code":"E42","list":[0`+strings.Repeat(",0", 100_000)+`]}`),
			kind: wapay.ErrInvalid, status: 400, text: []string{"more values than"},
		},
		row{name: "408 empty", serve: answering(408, ""), repeat: safe, kind: wapay.ErrUnavailable, status: 408},
	)
	runRows(t, rows)
}

func TestOutcomeOfRateLimits(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	date := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	var rows []row
	for _, x := range []struct {
		name, header string
		repeat       repeat
		retryAfter   time.Duration
	}{
		{"without Retry-After", "X-Nothing: 1", always, 0},
		{"in 1 second", "Retry-After: 1", always, time.Second},
		{"in 0 seconds", "Retry-After: 0", always, 0},
		{"in 86400 seconds", "Retry-After: 86400", never, day},
		{"at a near date", "Date: " + date.Format(http.TimeFormat) + "\r\nRetry-After: " + date.Add(time.Second).Format(http.TimeFormat), always, time.Second},
		{"at a far date", "Date: " + date.Format(http.TimeFormat) + "\r\nRetry-After: " + date.Add(day).Format(http.TimeFormat), never, day},
		{"at a date gone by", "Date: " + date.Format(http.TimeFormat) + "\r\nRetry-After: " + date.Add(-day).Format(http.TimeFormat), always, 0},
		{"negative", "Retry-After: -5", always, 0},
		{"junk", "Retry-After: soon", always, 0},
		{"fraction", "Retry-After: 1.5", always, 0},
		{"enormous", "Retry-After: 18446744073709551615", never, 365 * day},
		{"out of range", "Retry-After: 99999999999999999999999999", always, 0},
	} {
		rows = append(rows, row{
			name: "429 " + x.name, serve: answering(429, verdictJSON, x.header), rejected: true,
			repeat: x.repeat, retryAfter: x.retryAfter, kind: wapay.ErrRateLimited, status: 429,
		})
	}
	rows = append(rows, row{
		name: "429 as HTML", serve: answering(429, errorPage), rejected: true, repeat: always,
		kind: wapay.ErrRateLimited, status: 429,
	}, row{
		name: "429 that is cut", repeat: reads, kind: wapay.ErrUnavailable, status: 429,
		serve: func(x *exchange) { x.send("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 100\r\n\r\n{") },
	})
	rows = append(rows, row{
		name: "429 that says two things", repeat: reads, kind: wapay.ErrRateLimited, status: 429,
		serve: answering(429, `{"code":"E42","code":"E43"}`),
	}, row{
		name: "429 that names the order", repeat: reads, kind: wapay.ErrRateLimited, status: 429,
		serve: answering(429, `{"code":"E42","order":"`+reference+`"}`),
	})
	runRows(t, rows)
}

func TestOutcomeOfServerErrors(t *testing.T) {
	t.Parallel()
	runRows(t, []row{
		{
			name: "500 with a verdict", serve: answering(500, verdictJSON), repeat: safe,
			kind: wapay.ErrUnavailable, status: 500, text: []string{"E42", "Montant refusé"},
		},
		{name: "500 empty", serve: answering(500, ""), repeat: safe, kind: wapay.ErrUnavailable, status: 500},
		{name: "502 as HTML", serve: answering(502, errorPage), repeat: safe, kind: wapay.ErrUnavailable, status: 502},
		{
			name: "503 with Retry-After", serve: answering(503, verdictJSON, "Retry-After: 1"), repeat: safe,
			retryAfter: time.Second, kind: wapay.ErrUnavailable, status: 503, text: []string{"retry after 1s"},
		},
		{
			name: "503 with a long Retry-After", serve: answering(503, verdictJSON, "Retry-After: 3600"),
			retryAfter: time.Hour, kind: wapay.ErrUnavailable, status: 503, text: []string{"retry after 1h0m0s"},
		},
		{name: "504 as HTML", serve: answering(504, errorPage), repeat: safe, kind: wapay.ErrUnavailable, status: 504},
		{name: "501", serve: answering(501, errorPage), kind: wapay.ErrUnavailable, status: 501},
		{name: "599", serve: answering(599, ""), repeat: safe, kind: wapay.ErrUnavailable, status: 599},
	})
}

func TestOutcomeOfUnreadableSuccess(t *testing.T) {
	t.Parallel()
	rows := []row{
		{name: "200 with broken JSON", serve: answering(200, `{"id":"`+answerMark), kind: wapay.ErrDecode, status: 200},
		{name: "200 with the wrong JSON", serve: answering(200, `{"id":["`+answerMark+`"]}`), kind: wapay.ErrDecode, status: 200},
		{name: "200 with a tail", serve: answering(200, resultJSON+"<!-- -->"), kind: wapay.ErrDecode, status: 200},
		{name: "200 as HTML", serve: answering(200, errorPage), kind: wapay.ErrDecode, status: 200},
		{name: "200 empty", serve: answering(200, ""), kind: wapay.ErrDecode, status: 200},
		{name: "201 empty", serve: answering(201, ""), kind: wapay.ErrDecode, status: 201},
		{name: "204", serve: answering(204, ""), kind: wapay.ErrDecode, status: 204},
		{name: "304", serve: func(x *exchange) { x.send("HTTP/1.1 304 Not Modified\r\n\r\n") }, kind: wapay.ErrDecode, status: 304},
		{name: "unheard-of status", serve: answering(299, ""), kind: wapay.ErrDecode, status: 299},
	}
	runRows(t, rows)
}

// TestLongAnswers checks that an answer is read to 4 MiB, and no further.
func TestLongAnswers(t *testing.T) {
	t.Parallel()
	const room = 16 << 20 // 4 MiB, and what the sockets on either side hold

	chunk := []byte(strings.Repeat(" ", 64<<10))
	flood := func(head string) row {
		written := new(atomic.Int64)
		over := make(chan struct{}, 8)
		return row{
			kind: wapay.ErrDecode, status: 200, text: []string{"longer than 4 MiB"},
			serve: func(x *exchange) {
				x.send("%s", head)
				written.Store(x.flood(chunk))
				over <- struct{}{}
			},
			check: func(t *testing.T, e *wapay.Error) {
				<-over
				assert.Less(t, written.Load(), int64(room), "bytes that the server managed to write")
				assert.GreaterOrEqual(t, written.Load(), int64(4<<20))
				assert.LessOrEqual(t, len(e.Body), 16<<10)
			},
		}
	}
	announced := flood("HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n")
	announced.name = "200 of 100 MiB"
	open := flood("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
	open.name = "200 of unknown length"
	runRows(t, []row{announced, open})
}

// TestRedirects checks that the client follows no redirect.
func TestRedirects(t *testing.T) {
	t.Parallel()
	var rows []row
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, body := range []string{errorPage, ""} {
			rows = append(rows, row{
				name: fmt.Sprintf("%d with %d bytes", status, len(body)), kind: wapay.ErrDecode, status: status,
				setup: func(t *testing.T, p *peer) (string, []wapay.Option) {
					other := newPeer(t, answering(200, resultJSON))
					p.serve = answering(status, body, "Location: "+strings.Replace(other.url, "127.0.0.1", "localhost", 1)+"/x?token="+queryMark)
					t.Cleanup(func() {
						assert.Zero(t, other.accepted.Load(), "connections to the host that the answer points to")
					})
					return "", nil
				},
			})
		}
	}
	rows = append(rows,
		row{name: "301 to nowhere", serve: answering(301, errorPage), kind: wapay.ErrDecode, status: 301},
		row{name: "300", serve: answering(300, errorPage, "Location: /elsewhere"), kind: wapay.ErrDecode, status: 300},
	)
	runRows(t, rows)
}

// TestRedirectWithBadLocation has a Location that net/http cannot parse.
// net/http reads it before it asks whether to follow.
func TestRedirectWithBadLocation(t *testing.T) {
	t.Parallel()
	runRows(t, []row{{
		name: "301", kind: wapay.ErrDecode, status: 301,
		serve: answering(301, errorPage, "Location: http://[::1/x?token="+queryMark),
	}})
}
