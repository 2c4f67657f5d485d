package intram_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// operations returns a page of operations, with paging unless it is "".
func operations(paging string, list ...string) func(*http.Request) (*http.Response, error) {
	if paging != "" {
		paging = `,"paging":{"next_before":` + paging + `}`
	}
	return reply(200, `{"error":false,"data":[`+strings.Join(list, ",")+`]`+paging+`}`)
}

// payoutOf returns the operation of a payout with a reference.
func payoutOf(id, status, reference string) string {
	return operation(id, "payout", status, `{"reference":"`+reference+`","amount":1,"currency":"XOF","destination":{"type":"mobile_money"}}`, "")
}

// many returns n payouts with different references.
func many(prefix string, n int) (list []string) {
	for i := range n {
		list = append(list, payoutOf(fmt.Sprintf("op_%s%d", prefix, i), "succeeded", fmt.Sprintf("%s%d", prefix, i)))
	}
	return list
}

var byReference = wapay.Ref{Reference: "PO-1"}

func TestSearch(t *testing.T) {
	type answers = []func(*http.Request) (*http.Response, error)
	for name, x := range map[string]struct {
		answers  answers
		want     string // id
		status   wapay.Status
		kind     error
		message  string
		requests int
	}{
		"on the first page":  {answers{operations(`"b1"`, append(many("a", 3), payoutOf("op_1", "queued", "PO-1"))...)}, "op_1", wapay.StatusPending, nil, "", 1},
		"on the second page": {answers{operations(`"b1"`, many("a", 3)...), operations(`null`, payoutOf("op_1", "succeeded", "PO-1"))}, "op_1", wapay.StatusSucceeded, nil, "", 2},
		"known by its result": {answers{operations(`null`, operation("op_1", "payout", "succeeded", "", `{"reference":"PO-1","status":"completed"}`))},
			"op_1", wapay.StatusSucceeded, nil, "", 1},
		"nothing at all":    {answers{operations(`null`)}, "", 0, wapay.ErrNotFound, "no payout with this reference", 1},
		"not to the end":    {answers{operations(`"b1"`, many("a", 2)...), operations(`null`, many("b", 2)...)}, "", 0, wapay.ErrNotFound, "", 2},
		"no paging, short":  {answers{operations(``, many("a", 19)...)}, "", 0, wapay.ErrNotFound, "", 1},
		"another reference": {answers{operations(`null`, payoutOf("op_1", "queued", "PO-11"), payoutOf("op_2", "queued", "po-1"))}, "", 0, wapay.ErrNotFound, "", 1},
		"another type":      {answers{operations(`null`, operation("op_1", "transfer", "queued", `{"reference":"PO-1"}`, ""))}, "", 0, wapay.ErrNotFound, "", 1},

		// A failed order may have been sent again. The operation that has not
		// failed counts, newer or older.
		"failed, older one alive": {answers{operations(`"b1"`, payoutOf("op_2", "failed", "PO-1")), operations(`null`, payoutOf("op_1", "succeeded", "PO-1"))},
			"op_1", wapay.StatusSucceeded, nil, "", 2},
		"failed, newer one alive": {answers{operations(`"b1"`, payoutOf("op_2", "processing", "PO-1"), payoutOf("op_1", "failed", "PO-1"))},
			"op_2", wapay.StatusPending, nil, "", 1},
		"succeeded, to where is not told": {answers{operations(`null`, operation("op_1", "payout", "succeeded", `{"reference":"PO-1"}`, ""))},
			"op_1", wapay.StatusPending, nil, "", 1},
		"failed twice": {answers{operations(`null`, payoutOf("op_2", "failed", "PO-1"), payoutOf("op_1", "failed", "PO-1"))}, "op_2", wapay.StatusFailed, nil, "", 1},
		"failed, its result says paid, and one alive": {answers{operations(`null`,
			operation("op_2", "payout", "failed", "", `{"reference":"PO-1","status":"completed"}`), payoutOf("op_1", "queued", "PO-1"))},
			"", 0, wapay.ErrDuplicate, `["op_2" "op_1"]`, 1},
		"twice alive": {answers{operations(`"b1"`, payoutOf("op_2", "queued", "PO-1"), payoutOf("op_1", "succeeded", "PO-1"))},
			"", 0, wapay.ErrDuplicate, `["op_2" "op_1"]`, 1},

		// A search that did not see all operations is no "not found".
		"too many":            {append(manyPages(20), operations(`null`)), "", 0, wapay.ErrUnavailable, "gave up after 40 orders, the oldest of 2026-05-20", 20},
		"no paging, full":     {answers{operations(``, many("a", 100)...)}, "", 0, wapay.ErrUnavailable, "gave up", 1},
		"no paging, 20":       {answers{operations(``, many("a", 20)...)}, "", 0, wapay.ErrUnavailable, "gave up", 1}, // the default
		"no paging, 99":       {answers{operations(``, many("a", 99)...)}, "", 0, wapay.ErrUnavailable, "gave up", 1},
		"the same cursor":     {answers{operations(`"b1"`, many("a", 1)...), operations(`"b1"`, many("b", 1)...)}, "", 0, wapay.ErrDecode, "repeats itself", 2},
		"no payload":          {answers{operations(`null`, operation("op_1", "payout", "queued", "", ""))}, "", 0, wapay.ErrDecode, "1 of which do not show", 1},
		"a payload of text":   {answers{operations(`null`, operation("op_1", "payout", "queued", `"{}"`, ""))}, "", 0, wapay.ErrDecode, "do not show", 1},
		"no type":             {answers{operations(`null`, operation("op_1", "", "queued", `{"reference":"PO-2"}`, ""))}, "", 0, wapay.ErrDecode, "do not show", 1},
		"data that is null":   {answers{reply(200, `{"error":false,"data":null}`)}, "", 0, wapay.ErrDecode, "no list", 1},
		"data of no items":    {answers{reply(200, `{"error":false,"data":{},"paging":{"next_before":null}}`)}, "", 0, wapay.ErrDecode, "no list", 1},
		"no data":             {answers{reply(200, `{"error":false,"paging":{"next_before":null}}`)}, "", 0, wapay.ErrDecode, "no data", 1},
		"null further on":     {answers{operations(`"b1"`, many("a", 1)...), reply(200, `{"error":false,"data":null}`)}, "", 0, wapay.ErrDecode, "no list", 2},
		"an error":            {answers{operations(`"b1"`, many("a", 1)...), refusal(403, "merchant_inactive", "")}, "", 0, wapay.ErrForbidden, "", 2},
		"an empty page":       {answers{operations(`"b1"`, many("a", 1)...), operations(`null`)}, "", 0, wapay.ErrNotFound, "", 2},
		"empty, and a cursor": {answers{operations(`"b1"`, many("a", 1)...), operations(`"b2"`)}, "", 0, wapay.ErrDecode, "another follows", 2},
		"a cursor at once":    {answers{operations(`"b1"`)}, "", 0, wapay.ErrDecode, "another follows", 1},
		"an overlap of pages": {answers{operations(`"b1"`, payoutOf("op_1", "failed", "PO-1")), operations(`null`, payoutOf("op_1", "failed", "PO-1"))}, "op_1", wapay.StatusFailed, nil, "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t)
			for _, a := range x.answers {
				m.Answers = append(m.Answers, a)
			}
			p, err := c.FindPayout(context.Background(), byReference)
			require.Len(t, m.Requests, x.requests)
			m.nth(0, "GET", "/operations?limit=50&type=payout", "", "")
			if x.requests == 2 {
				m.nth(1, "GET", "/operations?before=b1&limit=50&type=payout", "", "")
			}
			if x.kind == nil {
				require.NoError(t, err)
				assert.Equal(t, x.want, p.ID)
				assert.Equal(t, x.status, p.Status)
				assert.Equal(t, "PO-1", p.Reference)
				return
			}
			assert.Nil(t, p)
			var e *wapay.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, x.kind, e.Kind, "%v", err)
			assert.Equal(t, "PO-1", e.Reference)
			assert.Equal(t, "FindPayout", e.Op)
			assert.ErrorContains(t, err, x.message)
			assert.NotErrorIs(t, err, wapay.ErrOutcomeUnknown)
		})
	}
}

func manyPages(n int) (pages []func(*http.Request) (*http.Response, error)) {
	for i := range n {
		pages = append(pages, operations(fmt.Sprintf(`"b%d"`, i), many(string(rune('a'+i)), 2)...))
	}
	return pages
}

func TestSearchPayment(t *testing.T) {
	ctx := context.Background()
	other := `{"invoice":{"amount":1},"webhook_data":{"reference":7}}`
	c, m := newMock(t, operations(`null`,
		operation("op_3", "payment_request", "queued", `{"invoice":{"amount":1}}`, ""), // made elsewhere, without a reference
		operation("op_2", "payment_request", "queued", other, ""),
		operation("op_1", "payment_request", "succeeded", paymentPayload, checkout)),
		data(200, `{"reference":"AB12CD34EF","status":"SUCCESS","type":"CREDIT","amount":5000,"currency":null}`))
	p, err := c.FindPayment(ctx, wapay.Ref{Reference: "order-4521"})
	require.NoError(t, err)
	m.nth(0, "GET", "/operations?limit=50&type=payment_request", "", "")
	m.nth(1, "GET", "/transactions/AB12CD34EF", "", "")
	assert.Equal(t, "op_1", p.ID)
	assert.Equal(t, wapay.StatusSucceeded, p.Status)
	assert.Equal(t, wapay.XOF.Units(5000), p.Amount, "the order's, where the transaction's has no currency")
	assert.Equal(t, "https://gw.example/g", p.CheckoutURL)

	c, _ = newMock(t, operations(`null`, operation("op_2", "payment_request", "queued", other, "")))
	_, err = c.FindPayment(ctx, wapay.Ref{Reference: "7"})
	require.NoError(t, err, "a reference that came as a number")
}
