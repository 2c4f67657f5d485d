package intram_test

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
	"github.com/wapay-go/wapay/intram"
)

// page returns a page of transactions. next is the JSON of the cursor.
func page(next string, references ...string) func(*http.Request) (*http.Response, error) {
	var items []string
	for _, r := range references {
		items = append(items, `{"reference":"`+r+`","status":"SUCCESS"}`)
	}
	return reply(200, `{"error":false,"data":[`+strings.Join(items, ",")+`],"paging":{"limit":2,"next_before":`+next+`}}`)
}

func TestPages(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, reply(200, `{"error":false,"data":[`+aTransaction+`],"paging":{"limit":"1","next_before":"2026-05-20T10:31:00.000Z"}}`))
	got, err := c.Transactions(ctx, intram.TransactionFilter{Limit: 1, Status: wapay.StatusFailed, Type: intram.Debit, Before: "x"})
	require.NoError(t, err)
	m.assertRequest("GET", "/transactions?before=x&limit=1&status=ERROR&type=DEBIT", "", "")
	assert.Equal(t, "2026-05-20T10:31:00.000Z", got.NextBefore)
	assert.True(t, got.Paged)
	require.Len(t, got.Items, 1)
	assert.JSONEq(t, aTransaction, string(got.Items[0].Raw))
	got.Items[0].Raw = nil
	assert.Equal(t, transactionWant(), got.Items[0])

	c, m = newMock(t, reply(200, `{"error":false,"data":[`+operation("op_1", "payout", "queued", "", "")+`],"paging":{"next_before":null}}`))
	ops, err := c.Operations(ctx, intram.OperationFilter{Limit: 100, Type: intram.TypePayout, Status: intram.OperationQueued})
	require.NoError(t, err)
	m.assertRequest("GET", "/operations?limit=100&status=queued&type=payout", "", "")
	assert.Empty(t, ops.NextBefore)
	assert.Equal(t, "op_1", ops.Items[0].ID)

	c, m = newMock(t, reply(200, `{"error":false,"data":[{"reference":"TR1"}]}`))
	transfers, err := c.Transfers(ctx, intram.TransferFilter{Direction: "received"})
	require.NoError(t, err)
	m.assertRequest("GET", "/transfers?direction=received", "", "")
	assert.Equal(t, "TR1", transfers.Items[0].Reference)
	assert.False(t, transfers.Paged)

	for _, empty := range []string{`[]`, `[ ]`} {
		c, _ = newMock(t, reply(200, `{"error":false,"data":`+empty+`,"paging":{"next_before":""}}`))
		got, err := c.Transactions(ctx, intram.TransactionFilter{})
		require.NoError(t, err)
		assert.Empty(t, got.Items)
	}
	for _, bad := range []string{`[null]`, `[{}]`, `[7]`, `{"reference":"T1"}`} {
		c, _ = newMock(t, reply(200, `{"error":false,"data":`+bad+`}`))
		got, err := c.Transactions(ctx, intram.TransactionFilter{})
		require.NoError(t, err)
		assert.Empty(t, got.Items)
		assert.Equal(t, 1, got.Unreadable)
	}
	for _, bad := range []string{`{}`, `{ }`, `null`, `"x"`, `""`} {
		c, _ = newMock(t, reply(200, `{"error":false,"data":`+bad+`}`))
		_, err := c.Transactions(ctx, intram.TransactionFilter{})
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	}
}

// walk collects the values of an iterator and its error.
func walk(ctx context.Context, c *intram.Client, stopAt int) (references []string, errs []error) {
	for item, err := range c.AllTransactions(ctx, intram.TransactionFilter{Limit: 2}) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if references = append(references, item.Reference); len(references) == stopAt {
			break
		}
	}
	return references, errs
}

func TestAll(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, page(`"b1"`, "1", "2"), page(`"b2"`, "3", "4"), page(`null`, "5"))
	seq := c.AllTransactions(ctx, intram.TransactionFilter{Limit: 2})
	m.none() // the first page is fetched on demand
	got, errs := walk(ctx, c, 0)
	assert.Empty(t, errs)
	assert.Equal(t, []string{"1", "2", "3", "4", "5"}, got)
	require.Len(t, m.Requests, 3)
	m.nth(0, "GET", "/transactions?limit=2", "", "")
	m.nth(1, "GET", "/transactions?before=b1&limit=2", "", "")
	m.nth(2, "GET", "/transactions?before=b2&limit=2", "", "")

	for range 2 { // the iterator can start again
		m.Requests = nil
		n := 0
		for range seq {
			n++
		}
		assert.Equal(t, 5, n)
	}

	c, m = newMock(t, page(`"b1"`, "1", "2"), page(`null`, "3"))
	got, _ = walk(ctx, c, 2)
	assert.Equal(t, []string{"1", "2"}, got)
	assert.Len(t, m.Requests, 1, "the second page was not needed")
}

func TestAllEnds(t *testing.T) {
	ctx := context.Background()
	for name, x := range map[string]struct {
		answers []func(*http.Request) (*http.Response, error)
		want    []string
		kind    error // nil: no error
	}{
		"an error":                {[]func(*http.Request) (*http.Response, error){page(`"b1"`, "1"), refusal(403, "merchant_inactive", "")}, []string{"1"}, wapay.ErrForbidden},
		"an error at once":        {[]func(*http.Request) (*http.Response, error){refusal(401, "invalid_api_key", "")}, nil, wapay.ErrUnauthorized},
		"the same cursor":         {[]func(*http.Request) (*http.Response, error){page(`"b1"`, "1"), page(`"b1"`, "2")}, []string{"1", "2"}, wapay.ErrDecode},
		"cursors in a circle":     {[]func(*http.Request) (*http.Response, error){page(`"b1"`, "1"), page(`"b2"`, "2"), page(`"b1"`, "3")}, []string{"1", "2", "3"}, wapay.ErrDecode},
		"an empty page":           {[]func(*http.Request) (*http.Response, error){page(`"b1"`, "1"), page(`null`)}, []string{"1"}, nil},
		"empty, and a cursor":     {[]func(*http.Request) (*http.Response, error){page(`"b1"`, "1"), page(`"b2"`)}, []string{"1"}, wapay.ErrDecode},
		"no paging":               {[]func(*http.Request) (*http.Response, error){reply(200, `{"error":false,"data":[{"reference":"1","status":"x"}]}`)}, []string{"1"}, nil},
		"an item that is no item": {[]func(*http.Request) (*http.Response, error){page(`"b1"`, "1", ""), page(`null`, "2", "")}, []string{"1", "2"}, wapay.ErrDecode},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t)
			for _, a := range x.answers {
				m.Answers = append(m.Answers, a)
			}
			got, errs := walk(ctx, c, 0)
			assert.Equal(t, x.want, got)
			assert.Len(t, m.Requests, len(x.answers))
			if x.kind == nil {
				assert.Empty(t, errs)
				return
			}
			require.Len(t, errs, 1)
			assert.ErrorIs(t, errs[0], x.kind)
			assert.ErrorContains(t, errs[0], "AllTransactions")
		})
	}
}

func TestAllStopsAtTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c, m := newMock(t, page(`"b1"`, "1", "2"))
	var got []string
	var errs []error
	for item, err := range c.AllTransactions(ctx, intram.TransactionFilter{}) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		got = append(got, item.Reference)
		cancel()
	}
	assert.Equal(t, []string{"1"}, got)
	require.Len(t, errs, 1)
	assert.ErrorIs(t, errs[0], context.Canceled)
	failure(t, errs[0], nil, wapay.OutcomeReadOnly)
	assert.Len(t, m.Requests, 1)
}

func TestAllLists(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, reply(200, `{"error":false,"data":[`+operation("op_1", "payout", "queued", "", "")+`],"paging":{"next_before":"b1"}}`),
		reply(200, `{"error":false,"data":[`+operation("op_2", "payout", "queued", "", "")+`],"paging":{"next_before":null}}`))
	var got []string
	for o, err := range c.AllOperations(ctx, intram.OperationFilter{Type: intram.TypePayout, Before: "b0"}) {
		require.NoError(t, err)
		got = append(got, o.ID)
	}
	assert.Equal(t, []string{"op_1", "op_2"}, got)
	m.nth(0, "GET", "/operations?before=b0&type=payout", "", "")
	m.nth(1, "GET", "/operations?before=b1&type=payout", "", "")

	c, m = newMock(t, reply(200, `{"error":false,"data":[{"reference":"TR1"}],"paging":{"next_before":"b1"}}`),
		reply(200, `{"error":false,"data":[{"reference":"TR2"}],"paging":{"next_before":null}}`))
	got = nil
	for tr, err := range c.AllTransfers(ctx, intram.TransferFilter{Direction: "sent"}) {
		require.NoError(t, err)
		got = append(got, fmt.Sprint(tr.Reference))
	}
	assert.Equal(t, []string{"TR1", "TR2"}, got)
	m.nth(1, "GET", "/transfers?before=b1&direction=sent", "", "")
}

// A provider that ignores the filter lists payments and payouts together. They
// may share a reference.
func TestPeriodsWithoutFilter(t *testing.T) {
	const operations = `{"error":false,"paging":{"next_before":null},"data":[
		{"operation_id":"op_1","type":"payment_request","status":"succeeded","payload":{"webhook_data":{"reference":"1"}},"result":{"transaction_reference":"T1"}},
		{"operation_id":"op_2","type":"payout","status":"succeeded","payload":{"reference":"1"}},
		{"operation_id":"op_3","type":"refund","status":"succeeded"},
		{"operation_id":"op_4","type":"collection","status":"queued"}]}`
	const transactions = `{"error":false,"paging":{"next_before":null},"data":[
		{"reference":"T1","status":"SUCCESS","type":"CREDIT"}, {"reference":"T2","status":"SUCCESS","type":"DEBIT"},
		{"reference":"T3","status":"REFUNDED","type":"REFUND"}, {"reference":"T4","status":"SUCCESS"}]}`
	from := testkit.Time(time.RFC3339, "2026-11-25T00:00:00Z")
	c, _ := newMock(t, reply(200, transactions), reply(200, operations))
	got := map[string]wapay.Status{}
	for p, err := range c.ListPayments(context.Background(), from, from.AddDate(0, 0, 1)) {
		require.NoError(t, err)
		got[p.ID] = p.Status
	}
	assert.Equal(t, map[string]wapay.Status{"op_1": wapay.StatusSucceeded, "op_4": wapay.StatusPending, "T4": wapay.StatusSucceeded}, got)

	c, _ = newMock(t, reply(200, operations))
	var ids []string
	for p, err := range c.ListPayouts(context.Background(), from, from.AddDate(0, 0, 1)) {
		require.NoError(t, err)
		ids = append(ids, p.ID)
	}
	assert.Equal(t, []string{"op_2", "op_4"}, ids)
}

// A payment whose transaction cannot be read is not pending, but unknown: it
// may have been paid.
func TestPeriodsWithoutTransaction(t *testing.T) {
	const operations = `{"error":false,"paging":{"next_before":null},"data":[
		{"operation_id":"op_1","type":"payment_request","status":"succeeded","payload":{},"result":{"transaction_reference":"T1"}},
		{"operation_id":"op_2","type":"payment_request","status":"succeeded","payload":{},"result":{"transaction_reference":"T2"}},
		{"operation_id":"op_3","type":"payment_request","status":"queued","payload":{}}]}`
	const readable = `{"reference":"T2","status":"SUCCESS","type":"CREDIT"}`
	const pending, unknown, succeeded = wapay.StatusPending, wapay.StatusUnknown, wapay.StatusSucceeded
	from := testkit.Time(time.RFC3339, "2026-11-25T00:00:00Z")
	for name, x := range map[string]struct {
		transactions string
		want         []wapay.Status
		errors       int
	}{
		"none yet":       {`{"error":false,"paging":{"next_before":null},"data":[` + readable + `]}`, []wapay.Status{pending, succeeded, pending}, 0},
		"one unreadable": {`{"error":false,"paging":{"next_before":null},"data":[7,` + readable + `]}`, []wapay.Status{unknown, succeeded, pending}, 1},
		"no list":        {`<html>`, []wapay.Status{unknown, unknown, pending}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newMock(t, reply(200, x.transactions), reply(200, operations))
			var got []wapay.Status
			failed := 0
			for p, err := range c.ListPayments(context.Background(), from, from.AddDate(0, 0, 1)) {
				if err != nil {
					failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
					failed++
					continue
				}
				got = append(got, p.Status)
			}
			assert.Equal(t, x.want, got)
			assert.Equal(t, x.errors, failed)
		})
	}
}
