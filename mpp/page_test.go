package mpp_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/mpp"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

func TestPageRequests(t *testing.T) {
	for _, x := range []struct {
		q     mpp.PageRequest
		query string
	}{
		{mpp.PageRequest{}, ""}, {mpp.PageRequest{Number: 1}, ""}, {mpp.PageRequest{Number: 7}, "?page=7"},
		{mpp.PageRequest{Number: 2, Size: 100}, "?page=2&page_size=100"}, {mpp.PageRequest{Size: 1}, "?page_size=1"},
	} {
		c, m := newMock(t, reply(200, `{"data":[],"success":true}`))
		_, err := c.Transactions(context.Background(), x.q)
		require.NoError(t, err)
		m.assertRequest("GET", "api/v1/transaction"+x.query, "")
	}
	for _, q := range []mpp.PageRequest{{Number: -1}, {Size: -1}, {Size: 101}} {
		c, m := newMock(t, reply(200, ""))
		_, err := c.Transactions(context.Background(), q)
		field := "Size"
		if q.Number != 0 {
			field = "Number"
		}
		badFields(t, err, field)
		_, err = c.Channels(context.Background(), q)
		badFields(t, err, field)
		assert.Empty(t, m.all)
	}
}

func page(fields, ids string) string {
	var items []string
	for _, id := range strings.Fields(ids) {
		items = append(items, fmt.Sprintf(`{"id":%q,"external_id":"order-1","status":"failed","category":"payment"}`, id))
	}
	return `{` + fields + `"data":[` + strings.Join(items, ",") + `],"code":"MPP-REQ-0000","success":true}`
}

// TestWalk checks where a list ends, for each form of page numbers.
func TestWalk(t *testing.T) {
	for _, x := range []struct {
		name  string
		pages []string
		want  string // ids
		asked int
		err   error
	}{
		{"the sample of an empty page", []string{sample(t, "page_empty.json")}, "", 1, nil},
		{"numbers", []string{page(`"current_page":1,"last_page":2,`, "a b"), page(`"current_page":"2","last_page":"2",`, "c")}, "a b c", 2, nil},
		{"a next page that is none", []string{page(`"current_page":1,"last_page":1,"next_page_url":"x",`, "a")}, "a", 1, nil},
		{"a next page that is none, after more", []string{page(`"current_page":1,"last_page":2,"next_page_url":"x",`, "a"), page(`"current_page":2,"last_page":2,"next_page_url":"x",`, "b")}, "a b", 2, nil},
		{"no next page, but numbers", []string{page(`"current_page":1,"last_page":2,"next_page_url":null,`, "a"), page(`"current_page":2,"last_page":2,`, "b")}, "a b", 2, nil},
		{"empty in spite of its numbers", []string{page(`"current_page":1,"last_page":9,`, "")}, "", 1, nil},
		{"no numbers", []string{page(`"next_page_url":"x",`, "a"), page(`"next_page_url":null,`, "b")}, "a b", 2, nil},
		{"nothing about pages", []string{page("", "a b")}, "a b", 1, nil},
		{"no numbers, always the same", []string{page(`"next_page_url":"x",`, "a")}, "a", 2, wapay.ErrDecode},
		{"always the first", []string{page(`"current_page":1,"last_page":2,`, "a")}, "a", 2, wapay.ErrDecode},
		{"null", []string{`{"data":null,"success":true}`}, "", 1, wapay.ErrDecode},
		{"an object", []string{`{"data":{"id":"a","status":"failed"},"success":true}`}, "a", 1, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, m := newMock(t)
			for _, p := range x.pages {
				m.Answers = append(m.Answers, reply(200, p))
			}
			var got []string
			var err error
			for tx, e := range c.AllTransactions(context.Background()) {
				if err = e; err == nil {
					got = append(got, tx.ID)
				}
			}
			assert.Equal(t, x.want, strings.Join(got, " "))
			assert.Len(t, m.Requests, x.asked)
			if x.err == nil {
				require.NoError(t, err)
			} else {
				e := failure(t, err, x.err, wapay.OutcomeReadOnly)
				assert.Equal(t, "AllTransactions", e.Op)
			}
		})
	}
}

// An unreadable row does not make the list unreadable.
func TestUnreadableRows(t *testing.T) {
	rows := `{"id":"a","status":"failed"},{"id":"b"},7,{"id":"c","status":"failed","currency":{"id":"x"}},{"id":"d","status":"pending"}`
	first := `{"current_page":1,"last_page":2,"from":1,"to":5,"total":6,"data":[` + rows + `],"success":true}`
	c, m := newMock(t, reply(200, first), reply(200, `{"current_page":2,"last_page":2,"data":[{"id":"e","status":"pending"}],"success":true}`))
	p, err := c.Transactions(context.Background(), mpp.PageRequest{})
	require.NoError(t, err)
	assert.Len(t, p.Items, 2)
	assert.Equal(t, []int{3, 1, 5, 6}, []int{p.Unreadable, p.From, p.To, p.Total})
	assert.Equal(t, first, p.Raw.String())

	m.Requests = nil
	var got []string
	for tx, err := range c.AllTransactions(context.Background()) {
		if err != nil {
			e := failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
			assert.ErrorContains(t, e, "3 rows of page 1 could not be read")
			got = append(got, "error")
			continue
		}
		got = append(got, tx.ID)
	}
	assert.Equal(t, []string{"a", "d", "error", "e"}, got)

	// An unreadable channel does not hide the others.
	c, m = newMock(t, reply(200, sample(t, "created.json")))
	m.channelsAnswer = reply(200, `{"data":[{"id":1},{"code":"OM"}],"success":true}`)
	_, err = c.Pay(context.Background(), goodPay(t))
	require.NoError(t, err)
	r := goodPay(t)
	r.Operator = "AFM"
	_, err = c.Pay(context.Background(), r)
	badFields(t, err, "Operator")
	assert.ErrorContains(t, err, "one of 1 that could not be read")
}

// The client fetches a page on demand. The list ends with its reader or its
// context.
func TestWalkIsLazy(t *testing.T) {
	c, m := newMock(t, reply(200, page(`"current_page":1,"last_page":3,`, "a b")), reply(200, page(`"current_page":2,"last_page":3,`, "c")))
	walk := c.AllTransactions(context.Background())
	assert.Empty(t, m.all)
	for tx, err := range walk {
		require.NoError(t, err)
		if tx.ID == "b" {
			break
		}
	}
	assert.Len(t, m.Requests, 1)

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var last error
	c, _ = newMock(t, reply(200, page(`"current_page":1,"last_page":3,`, "a b")))
	for _, err := range c.AllTransactions(ctx) {
		cancel()
		last = err
	}
	assert.ErrorIs(t, last, context.Canceled)
}

func TestSandboxPages(t *testing.T) {
	for _, endless := range []bool{false, true} {
		ctx := context.Background()
		c, m := live(t, mpptest.Config{EndlessPages: endless})
		for i := range 205 {
			r := goodTransaction()
			r.ExternalID, r.Amount = fmt.Sprintf("order-%03d", i), wapay.SLE.Minor(1)
			_, err := c.CreateTransaction(ctx, r)
			require.NoError(t, err)
		}
		n := 0
		for tx, err := range c.AllTransactions(ctx) {
			require.NoError(t, err)
			assert.Equal(t, fmt.Sprintf("order-%03d", 204-n), tx.ExternalID)
			n++
		}
		assert.Equal(t, 205, n)
		assert.Equal(t, 3, m.Count("GET", "api/v1/transaction"))
		p, err := c.Transactions(ctx, mpp.PageRequest{Number: 14})
		require.NoError(t, err)
		assert.Len(t, p.Items, 10)
		assert.False(t, p.More)
		n = 0
		for _, err := range c.AllChannels(ctx) {
			require.NoError(t, err)
			n++
		}
		assert.Equal(t, 3, n)
	}
}

// If the list of channels has no end, the client sends no order.
func TestTooManyChannels(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "created.json")))
	n := 0
	m.channelsAnswer = func(r *http.Request) (*http.Response, error) {
		n++
		var items []string
		for i := range 100 {
			items = append(items, fmt.Sprintf(`{"code":"C%d-%d"}`, n, i))
		}
		return reply(200, fmt.Sprintf(`{"current_page":%d,"last_page":1000000000,"data":[%s],"success":true}`, n, strings.Join(items, ",")))(r)
	}
	_, err := c.Pay(context.Background(), goodPay(t))
	failure(t, err, wapay.ErrUnavailable, wapay.OutcomeNotSent)
	assert.LessOrEqual(t, n, 11)
	assert.Empty(t, m.Requests)
}

// A list of a period says what it may lack.
func TestPeriodsThatAreNotWhole(t *testing.T) {
	row := func(id, category string) string {
		return fmt.Sprintf(`{"id":%q,"external_id":"x","status":"completed","category":%q,"created_at":"2026-11-25T10:00:00Z"}`, id, category)
	}
	list := func(head string, rows ...string) string {
		return `{` + head + `"data":[` + strings.Join(rows, ",") + `],"success":true}`
	}
	from := testkit.Time(time.RFC3339, "2026-11-25T00:00:00Z")
	for name, x := range map[string]struct {
		answer string
		want   []error
	}{
		"whole":                {list(`"last_page":1,"total":3,`, row("1", "payment"), row("2", "transfer"), row("3", "payment")), []error{nil, nil}},
		"fewer than it says":   {list(`"last_page":1,"total":3,`, row("1", "payment"), row("2", "transfer")), []error{nil, wapay.ErrUnavailable}},
		"nothing, and it says": {list(`"last_page":1,"total":3,`), []error{wapay.ErrUnavailable}},
		"another category":     {list(`"last_page":1,"total":2,`, row("1", "collection"), row("2", "payment")), []error{wapay.ErrDecode, nil}},
		"a documented one":     {list(`"last_page":1,"total":2,`, row("1", "topup"), row("2", "payment")), []error{nil}},
		"no such list":         {`{"code":"MPP-REQ-4004","success":false}`, []error{wapay.ErrUnavailable}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newMock(t, reply(200, x.answer))
			var got []error
			for p, err := range c.ListPayments(context.Background(), from, from.AddDate(0, 0, 1)) {
				assert.Equal(t, err == nil, p != nil)
				got = append(got, err)
			}
			require.Len(t, got, len(x.want))
			for i, err := range got {
				if x.want[i] == nil {
					assert.NoError(t, err)
					continue
				}
				failure(t, err, x.want[i], wapay.OutcomeReadOnly)
			}
		})
	}
}

// An answer without a name or a date says nothing of a wallet.
func TestAccountOfNobody(t *testing.T) {
	c, m := newMock(t, reply(200, `{"data":{},"success":true}`), reply(200, `{"data":{"first_name":"Awa","last_name":null},"success":true}`))
	_, err := c.CheckAccount(context.Background(), "OM", phone(t, "+22394996021", ""))
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	who, err := c.CheckAccount(context.Background(), "OM", phone(t, "+22394996021", ""))
	require.NoError(t, err)
	assert.Equal(t, "Awa", who.FirstName)
	assert.Len(t, m.Requests, 2)
}
