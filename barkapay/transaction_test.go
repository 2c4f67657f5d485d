package barkapay_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
)

// The client reads these forms of a transaction in a lookup's answer.
func TestLookupTolerant(t *testing.T) {
	ok := barkapay.Transaction{ID: "p-1", Amount: wapay.XOF.Units(200), Status: wapay.StatusPending, ProviderStatus: "0"}
	with := func(change func(*barkapay.Transaction)) barkapay.Transaction {
		v := ok
		change(&v)
		return v
	}
	for name, x := range map[string]struct {
		body string
		want barkapay.Transaction
	}{
		"plain":                {`[{"public_id":"p-1","amount":200,"status":0}]`, ok},
		"one object, no list":  {`{"public_id":"p-1","amount":200,"status":0}`, ok},
		"spaces":               {" [ {\"public_id\" : \"p-1\",\n\"amount\":200,\"status\":0} ]\n", ok},
		"numbers as strings":   {`[{"public_id":"p-1","amount":"200","status":"0"}]`, ok},
		"extra fields":         {`[{"public_id":"p-1","amount":200,"status":0,"x":{"public_id":"p-2"},"agent":{},"y":[1]}]`, ok},
		"null everywhere":      {`[{"public_id":"p-1","amount":200,"status":0,"order_id":null,"sender_phonenumber":null,"sender_country":null,"txid":null,"order_data":null,"reason":null,"created_at":null,"operator":null,"type":null,"launch_url":null}]`, ok},
		"empty lists":          {`[{"public_id":"p-1","amount":200,"status":0,"order_id":[],"txid":{},"order_data":[],"created_at":[]}]`, ok},
		"created_at junk":      {`[{"public_id":"p-1","amount":200,"status":0,"created_at":"yesterday"}]`, ok},
		"created_at a number":  {`[{"public_id":"p-1","amount":200,"status":0,"created_at":1706818824}]`, ok},
		"created_at an object": {`[{"public_id":"p-1","amount":200,"status":0,"created_at":{"date":"2024-01-01"}}]`, ok},
		"no amount":            {`[{"public_id":"p-1","amount":null,"status":0}]`, with(func(v *barkapay.Transaction) { v.Amount = wapay.Money{} })},
		"decimals":             {`[{"public_id":"p-1","amount":"200.00","status":0}]`, ok},
		"exponent":             {`[{"public_id":"p-1","amount":2e2,"status":0}]`, ok},
		"negative":             {`[{"public_id":"p-1","amount":-5,"status":0}]`, with(func(v *barkapay.Transaction) { v.Amount = wapay.XOF.Units(-5) })},
		"status 7":             {`[{"public_id":"p-1","amount":200,"status":7}]`, with(func(v *barkapay.Transaction) { v.Status, v.ProviderStatus = wapay.StatusUnknown, "7" })},
		"status a word":        {`[{"public_id":"p-1","amount":200,"status":"weird"}]`, with(func(v *barkapay.Transaction) { v.Status, v.ProviderStatus = wapay.StatusUnknown, "weird" })},
		"status {}":            {`[{"public_id":"p-1","amount":200,"status":{}}]`, with(func(v *barkapay.Transaction) { v.Status, v.ProviderStatus = wapay.StatusUnknown, "" })},
		"strings as numbers": {`[{"public_id":"p-1","amount":200,"status":0,"order_id":23839488238,"sender_phonenumber":72929595,"txid":1.50}]`, with(func(v *barkapay.Transaction) {
			v.OrderID, v.Phone, v.TxID = "23839488238", "72929595", "1.50"
		})},
		"order_data an object": {`[{"public_id":"p-1","amount":200,"status":0,"order_data":{"a": 1}}]`, with(func(v *barkapay.Transaction) { v.OrderData = `{"a": 1}` })},
		"created_at, no zone":  {`[{"public_id":"p-1","amount":200,"status":0,"created_at":"2024-02-01 20:42:24"}]`, with(func(v *barkapay.Transaction) { v.CreatedAt = at("2024-02-01T20:42:24Z") })},
		"created_at, a zone":   {`[{"public_id":"p-1","amount":200,"status":0,"created_at":"2024-02-01T21:42:24+01:00"}]`, with(func(v *barkapay.Transaction) { v.CreatedAt = at("2024-02-01T20:42:24Z") })},
		"launch_url":           {`[{"public_id":"p-1","amount":200,"status":0,"launch_url":"https:\/\/w.example\/1"}]`, with(func(v *barkapay.Transaction) { v.LaunchURL = "https://w.example/1" })},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newMock(t, apiPair, reply(200, x.body))
			ctx := context.Background()
			one, err := c.Payment(ctx, "p-1")
			require.NoError(t, err)
			one.Raw = nil
			assert.Equal(t, x.want, *one)
			many, err := c.Payments(ctx, barkapay.Filter{})
			require.NoError(t, err)
			require.Len(t, many, 1)
			many[0].Raw = nil
			assert.Equal(t, x.want, many[0])
		})
	}
}

func TestLookupUndecodable(t *testing.T) {
	for _, body := range []string{
		`{"error":"no"}`, `{"status":"success","data":[]}`, `{"status":"success","data":null}`, `{"status":"success","data":{"amount":200}}`, `7`, `"p-1"`, `null`, `{}`, ` { } `,
		`[{"public_id":"p-1"`,
		`[{"public_id":"p-1","amount":1}]x`, ``, "\xef\xbb\xbf[]",
	} {
		c, _ := newMock(t, apiPair, reply(200, body))
		ctx := context.Background()
		one, err := c.Payment(ctx, "p-1")
		assert.Nil(t, one)
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
		many, err := c.Transfers(ctx, barkapay.Filter{})
		assert.Nil(t, many)
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
		_, err = c.FindPayout(ctx, wapay.Ref{Reference: "order-1"})
		e := failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
		assert.Equal(t, "order-1", e.Reference)
	}
}

func TestLookupOfEmptyAnswer(t *testing.T) {
	for _, body := range []string{`[]`, ` [ ] `} {
		c, _ := newMock(t, apiPair, reply(200, body))
		many, err := c.Payments(context.Background(), barkapay.Filter{})
		require.NoError(t, err)
		assert.Empty(t, many)
		_, err = c.Transfer(context.Background(), "t-1")
		failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	}
}

// An unreadable row does not make the whole list unreadable.
func TestUnreadableRows(t *testing.T) {
	ctx := context.Background()
	for _, bad := range []string{`{"amount":200,"status":1}`, `{"public_id":null,"status":1}`, `null`, `"p-1"`, `[]`, `7`, `{"public_id":{}}`} {
		c, _ := newMock(t, apiPair, reply(200, "["+bad+","+first+"]"))
		got, err := c.Transfers(ctx, barkapay.Filter{})
		require.NoError(t, err)
		require.Len(t, got, 2)
		assert.Equal(t, barkapay.Transaction{Raw: wapay.Raw(bad)}, got[0])
		assert.Equal(t, "t-1", got[1].ID)
		_, err = c.FindPayout(ctx, byReference("order-1"))
		require.NoError(t, err)

		// It may hide a pending order.
		for _, rows := range []string{bad, bad + "," + other, bad + "," + strings.Replace(first, `"status":1`, `"status":-1`, 1)} {
			c, _ = newMock(t, apiPair, reply(200, "["+rows+"]"))
			_, err = c.FindPayout(ctx, byReference("order-1"))
			failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
		}
	}
	for _, amount := range []string{`"abc"`, `200.5`, `99999999999999999999`, `{"x":1}`} {
		c, _ := newMock(t, apiPair, reply(200, `[{"public_id":"p-1","amount":`+amount+`,"status":1}]`))
		got, err := c.Payment(ctx, "p-1")
		require.NoError(t, err)
		assert.Equal(t, wapay.Money{}, got.Amount)
		assert.Equal(t, wapay.StatusSucceeded, got.Status)
	}
}

// The client rejects an answer about another transaction.
func TestLookupOfOtherTransaction(t *testing.T) {
	for _, body := range []string{
		`[{"public_id":"p-2","amount":200,"status":1}]`,
		`[{"public_id":"P-1","amount":200,"status":1}]`,
		`[{"public_id":"p-1","amount":200,"status":1},{"public_id":"p-2","amount":200,"status":1}]`,
	} {
		c, m := newMock(t, apiPair, reply(200, body))
		ctx := context.Background()
		for _, look := range []func() (any, error){
			func() (any, error) { return c.Payment(ctx, "p-1") },
			func() (any, error) { return c.Transfer(ctx, "p-1") },
			func() (any, error) { return c.FindPayment(ctx, wapay.Ref{ID: "p-1"}) },
			func() (any, error) { return c.FindPayout(ctx, wapay.Ref{ID: "p-1"}) },
		} {
			got, err := look()
			assert.Nil(t, got)
			e := failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
			assert.Equal(t, 200, e.HTTPStatus)
			assert.Equal(t, 1, e.Attempts)
		}
		assert.Len(t, m.Requests, 4)
	}
}

func TestReadsAreRepeated(t *testing.T) {
	start := time.Now()
	c, m := newMock(t, apiPair, reply(503, "<html>"), reply(200, sample(t, "payment_failed.json")))
	_, err := c.Payment(context.Background(), "59793533-8cb2-410a-8a39-4a2afa0c2e7e")
	require.NoError(t, err)
	assert.Len(t, m.Requests, 2)
	assert.Equal(t, m.Requests[0], m.Requests[1], "credentials and all")
	assert.Less(t, time.Since(start), 5*time.Second)
}

// FuzzLookups checks that no answer causes a panic or a result without an id.
func FuzzLookups(f *testing.F) {
	for _, name := range []string{"payment_pending.json", "payments.json", "transfer.json", "charge.json", "transfer_not_found.json"} {
		f.Add(sample(f, name))
	}
	f.Add(`{"public_id":"p-1","amount":1e2,"created_at":[]}`)
	f.Add(`[{"public_id":"p-1"},null]`)
	f.Fuzz(func(t *testing.T, body string) {
		c, _ := newMock(t, apiPair, reply(200, body))
		ctx := context.Background()
		many, err := c.Payments(ctx, barkapay.Filter{})
		if err != nil {
			failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
			return
		}
		for i := range many {
			if len(many[i].Raw) == 0 {
				t.Errorf("%q: a row without its JSON", body)
			}
		}
		one, err := c.Payment(ctx, "p-1")
		if (one == nil) == (err == nil) || one != nil && one.ID != "p-1" {
			t.Errorf("%q: %+v, %v", body, one, err)
		}
		found, err := c.FindPayout(ctx, wapay.Ref{Reference: "order-1"})
		if (found == nil) == (err == nil) || found != nil && found.ID == "" {
			t.Errorf("%q: %+v, %v", body, found, err)
		}
	})
}

// If one order comes in two states, the lookup returns neither. It does not
// return another failed order either.
func TestContradictions(t *testing.T) {
	ctx := context.Background()
	c, _ := newMock(t, apiPair, reply(200, `[{"public_id":"A","order_id":"o1","amount":5000,"status":-1},{"public_id":"A","order_id":"o1","amount":5000,"status":1}]`))
	_, err := c.FindPayout(ctx, wapay.Ref{Reference: "o1"})
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)

	c, _ = newMock(t, apiPair, reply(201, `{"data":{"public_id":"A","order_id":"another","amount":1000,"status":-1}}`))
	_, err = c.Payout(ctx, goodPayout(t))
	failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)

	// Two members of one name have no value.
	twice := `{"public_id":"A","order_id":"o1","amount":1000,"status":1,"status":-1}`
	c, m := newMock(t, apiPair, reply(201, `{"data":`+twice+`}`))
	_, err = c.Payout(ctx, goodPayout(t))
	failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
	require.Len(t, m.Requests, 1)
	c, _ = newMock(t, apiPair, reply(200, `[`+twice+`]`))
	_, err = c.FindPayout(ctx, wapay.Ref{Reference: "o1"})
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
}
