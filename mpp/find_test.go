package mpp_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/mpp"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

// listOf returns a list of one page.
func listOf(transactions ...string) string {
	return `{"current_page":1,"last_page":1,"data":[` + strings.Join(transactions, ",") + `],"code":"MPP-REQ-0000","success":true}`
}

func tx(id, external, category, status string) string {
	return fmt.Sprintf(`{"id":%q,"external_id":%q,"category":%q,"status":%q,"amount":2,"currency":{"iso3":"SLE"}}`, id, external, category, status)
}

func TestFindByReference(t *testing.T) {
	for _, x := range []struct {
		name string
		list string
		id   string // of the payout
		kind error  // or of the error
	}{
		{"one", listOf(tx("a", "order-1", "transfer", "completed"), tx("b", "order-2", "transfer", "completed")), "a", nil},
		{"of category payout", listOf(tx("a", "order-1", "payout", "blocked")), "a", nil},
		{"a payment under the same reference", listOf(tx("a", "order-1", "payment", "completed"), tx("b", "order-1", "transfer", "pending")), "b", nil},
		{"another case", listOf(tx("a", "ORDER-1", "transfer", "completed")), "", wapay.ErrNotFound},
		{"another kind", listOf(tx("a", "order-1", "payment", "completed"), tx("b", "order-1", "topup", "completed")), "", wapay.ErrNotFound},
		{"none at all", listOf(), "", wapay.ErrNotFound},
		{"failed, then made again", listOf(tx("a", "order-1", "transfer", "failed"), tx("b", "order-1", "transfer", "pending")), "b", nil},
		{"failed", listOf(tx("x", "y", "z", "w"), tx("a", "order-1", "transfer", "rejected"), tx("b", "order-1", "transfer", "cancelled")), "a", nil},
		{"two", listOf(tx("a", "order-1", "transfer", "completed"), tx("b", "order-1", "payout", "refunded")), "", wapay.ErrDuplicate},
		{"the same twice", listOf(tx("a", "order-1", "transfer", "completed"), tx("a", "order-1", "transfer", "completed")), "a", nil},
		{"an unknown status", listOf(tx("a", "order-1", "transfer", "on_hold"), tx("b", "order-1", "transfer", "failed")), "a", nil},
		{"no category, a debit", listOf(`{"id":"a","external_id":"order-1","status":"pending","direction":"debit"}`), "a", nil},
		{"no category, a credit", listOf(`{"id":"a","external_id":"order-1","status":"pending","direction":"credit"}`), "", wapay.ErrNotFound},
		{"no category", listOf(`{"id":"a","external_id":"order-1","status":"pending"}`), "a", nil},
		{"no references", listOf(`{"id":"a","status":"pending"}`), "", wapay.ErrDecode},
		{"a number", listOf(`{"id":"a","external_id":1,"status":"pending"}`), "", wapay.ErrNotFound},
		{"an unreadable row", listOf(`{"id":"b"}`, tx("a", "order-1", "transfer", "pending")), "a", nil},
		{"unreadable rows", listOf(`{"id":"b"}`, `7`, tx("a", "order-2", "transfer", "pending")), "", wapay.ErrDecode},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, m := newMock(t, reply(200, x.list))
			p, err := c.FindPayout(context.Background(), byReference("order-1"))
			m.assertRequest("GET", "api/v1/transaction?page_size=100", "")
			if x.kind == nil {
				require.NoError(t, err)
				assert.Equal(t, x.id, p.ID)
				assert.Equal(t, "order-1", p.Reference)
				assert.Contains(t, string(p.Raw), `"id":"`+x.id+`"`)
				return
			}
			assert.Nil(t, p)
			e := failure(t, err, x.kind, wapay.OutcomeReadOnly)
			assert.Equal(t, "order-1", e.Reference)
			if x.kind == wapay.ErrDuplicate {
				assert.Contains(t, e.Message, `["a" "b"]`)
			}
		})
	}
}

func TestFindByID(t *testing.T) {
	found := func(category string) string {
		return `{"data":` + tx("a", "order-1", category, "completed") + `,"success":true}`
	}
	for _, x := range []struct {
		name, category string
		ref            wapay.Ref
		kind           error
	}{
		{"id", "payment", wapay.Ref{ID: "a"}, nil},
		{"both", "payment", wapay.Ref{ID: "a", Reference: "order-1"}, nil},
		{"another reference", "payment", wapay.Ref{ID: "a", Reference: "order-2"}, wapay.ErrNotFound},
		{"a payout", "transfer", wapay.Ref{ID: "a"}, wapay.ErrNotFound},
		{"another transaction", "payment", wapay.Ref{ID: "b"}, wapay.ErrDecode},
		{"upper case", "payment", wapay.Ref{ID: "A"}, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, m := newMock(t, reply(200, found(x.category)))
			p, err := c.FindPayment(context.Background(), x.ref)
			m.assertRequest("GET", "api/v1/transaction/"+x.ref.ID, "")
			if x.kind == nil {
				require.NoError(t, err)
				assert.Equal(t, wapay.SLE.Units(2), p.Amount)
				assert.Equal(t, "order-1", p.Reference)
				return
			}
			var e *wapay.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, x.kind, e.Kind)
			assert.Equal(t, x.ref.Reference, e.Reference)
		})
	}
	none := `{"data":` + tx("a", "", "transfer", "completed") + `,"success":true}`
	c, _ := newMock(t, reply(200, none))
	_, err := c.FindPayout(context.Background(), wapay.Ref{ID: "a", Reference: "order-1"})
	assert.ErrorIs(t, err, wapay.ErrDecode, "it shows no reference")

	c, m := newMock(t, reply(200, ""))
	for _, ref := range []wapay.Ref{{}, {Reference: " x"}} {
		_, err := c.FindPayment(context.Background(), ref)
		badFields(t, err, "Reference")
	}
	assert.Empty(t, m.all)
}

// A search that did not see all transactions is no "not found".
func TestFindGivesUp(t *testing.T) {
	for _, found := range []bool{false, true} {
		c, m := newMock(t)
		m.Answers = append(m.Answers, func(r *http.Request) (*http.Response, error) {
			n := len(m.Requests)
			items := []string{}
			for i := range 100 {
				items = append(items, fmt.Sprintf(`{"id":"t%d-%d","external_id":"x","status":"completed",`+
					`"category":"payment","created_at":"2026-01-0%dT00:00:00Z"}`, n, i, 9-n%9))
			}
			if found && n == 3 {
				items[7] = tx("a", "order-1", "payment", "failed")
			}
			return reply(200, fmt.Sprintf(`{"current_page":%d,"last_page":99,"data":[%s],"success":true}`, n, strings.Join(items, ",")))(r)
		})
		p, err := c.FindPayment(context.Background(), byReference("order-1"))
		assert.Len(t, m.Requests, 20)
		assert.Nil(t, p)
		e := failure(t, err, wapay.ErrUnavailable, wapay.OutcomeReadOnly)
		if found { // no failed payout while the list may hold another
			assert.Contains(t, e.Message, `with the reference ["a"] failed`)
		}
		assert.NotErrorIs(t, err, wapay.ErrNotFound)
		assert.Contains(t, e.Message, "gave up after 2000 orders, the oldest of 2026-01-01T00:00:00Z")
	}
}

func TestSandboxFind(t *testing.T) {
	ctx := context.Background()
	c, m := live(t, mpptest.Config{AllowDuplicates: true})
	for i := range 150 {
		r := goodPayout(t)
		r.Reference, r.Amount = fmt.Sprintf("order-%d", i), wapay.SLE.Minor(100)
		_, err := c.Payout(ctx, r)
		require.NoError(t, err)
	}
	before := m.Count("GET", "api/v1/transaction")
	p, err := c.FindPayout(ctx, byReference("order-10"))
	require.NoError(t, err)
	assert.Equal(t, m.Orders()[10].ID, p.ID)
	assert.Equal(t, 2, m.Count("GET", "api/v1/transaction")-before)
	_, err = c.FindPayout(ctx, byReference("order-1000"))
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	_, err = c.FindPayment(ctx, byReference("order-10"))
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)

	require.NoError(t, m.Decline(p.ID, "The phone is off."))
	p, err = c.FindPayout(ctx, byReference("order-10"))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, p.Status)
	assert.Equal(t, "The phone is off.", p.Reason)
	r := goodPayout(t)
	r.Reference = "order-10"
	again, err := c.Payout(ctx, r)
	require.NoError(t, err)
	p, err = c.FindPayout(ctx, byReference("order-10"))
	require.NoError(t, err)
	assert.Equal(t, again.ID, p.ID)
	_, err = c.Payout(ctx, r)
	require.NoError(t, err)
	_, err = c.FindPayout(ctx, byReference("order-10"))
	failure(t, err, wapay.ErrDuplicate, wapay.OutcomeReadOnly)
	made, err := c.Transaction(ctx, again.ID)
	require.NoError(t, err)
	assert.Equal(t, mpp.CategoryTransfer, made.Category)
}

// A list that was not seen whole, or that may have the order, is never "not
// found" and never a failed order.
func TestFindIsInconclusive(t *testing.T) {
	page := func(pages string, items ...string) string {
		return `{"success":true,"data":[` + strings.Join(items, ",") + `]` + pages + `}`
	}
	other := tx("o", "other", "transfer", "completed")
	full := make([]string, 100)
	for i := range full {
		full[i] = tx(fmt.Sprintf("o%d", i), "other", "transfer", "completed")
	}
	for name, x := range map[string]struct {
		kind error
		body string
	}{
		"an empty page of three":         {wapay.ErrUnavailable, page(`,"current_page":1,"last_page":3,"total":250`)},
		"a full page, no numbers":        {wapay.ErrUnavailable, page(``, full...)},
		"15, and nothing about pages":    {wapay.ErrUnavailable, page(``, full[:15]...)}, // the default page size
		"99, and nothing about pages":    {wapay.ErrUnavailable, page(``, full[:99]...)},
		"one many times over":            {wapay.ErrUnavailable, page(`,"current_page":1,"last_page":1,"total":3`, other, other, other)},
		"fewer than the total":           {wapay.ErrUnavailable, page(`,"current_page":1,"last_page":1,"total":5000`, other)},
		"a category nobody has heard of": {wapay.ErrDecode, page(`,"current_page":1,"last_page":1`, tx("a", "order-1", "cashout", "completed"))},
		"one without a reference":        {wapay.ErrDecode, page(`,"current_page":1,"last_page":1`, tx("a", "", "transfer", "completed"), other)},
		"a failed one, of more":          {wapay.ErrUnavailable, page(`,"current_page":1,"last_page":1,"total":9`, tx("a", "order-1", "transfer", "failed"))},
		"a failed one, and one unnamed":  {wapay.ErrDecode, page(`,"current_page":1,"last_page":1`, tx("a", "order-1", "transfer", "failed"), tx("b", "", "transfer", "completed"))},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newMock(t, reply(200, x.body))
			p, err := c.FindPayout(context.Background(), byReference("order-1"))
			assert.Nil(t, p)
			failure(t, err, x.kind, wapay.OutcomeReadOnly)
		})
	}

	c, _ := newMock(t, reply(200, page(`,"current_page":1,"last_page":1,"total":1`, tx("a", "order-1", "TRANSFER", "completed"))))
	p, err := c.FindPayout(context.Background(), byReference("order-1"))
	require.NoError(t, err, "letter case is no other category")
	assert.Equal(t, wapay.StatusSucceeded, p.Status)
}

// Lists that contradict themselves.
func TestFindInContradictoryLists(t *testing.T) {
	other := tx("o", "other", "transfer", "completed")
	for name, x := range map[string]struct {
		body     string
		requests int
	}{
		"the same page again":           {`{"success":true,"last_page":3,"total":3,"data":[` + other + `]}`, 2},
		"the same page, after a failed": {`{"success":true,"last_page":3,"total":2,"data":[` + tx("a", "order-1", "transfer", "failed") + `]}`, 2},
		"no list":                       {`{"success":true,"data":{}}`, 1},
		"no list, but one page":         {`{"success":true,"current_page":1,"last_page":1,"total":0,"data":{ }}`, 1},
		"a text":                        {`{"success":true,"data":""}`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, reply(200, x.body))
			p, err := c.FindPayout(context.Background(), byReference("order-1"))
			assert.Nil(t, p)
			e := failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
			assert.Equal(t, "order-1", e.Reference)
			assert.Len(t, m.Requests, x.requests)
		})
	}

	// The client sees the whole of a list that shifts because of a new
	// transaction.
	rows := tx("c", "3", "transfer", "pending") + `,` + tx("b", "2", "transfer", "pending")
	c, _ := newMock(t, reply(200, `{"success":true,"current_page":1,"last_page":2,"total":3,"data":[`+rows+`]}`),
		reply(200, `{"success":true,"current_page":2,"last_page":2,"total":4,"data":[`+tx("b", "2", "transfer", "pending")+`,`+tx("a", "1", "transfer", "pending")+`]}`))
	_, err := c.FindPayout(context.Background(), byReference("order-1"))
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
}
