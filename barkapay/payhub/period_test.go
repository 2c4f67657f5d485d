package payhub_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

func TestPeriods(t *testing.T) {
	now := testkit.Time(time.RFC3339, "2026-11-20T09:30:00Z")
	c, p := live(t, payhubtest.Config{Clock: func() time.Time { return now }})
	for i := range 120 {
		r := livePay(t)
		r.Reference = fmt.Sprint("shop-", i)
		_, err := c.Pay(ctx, r)
		require.NoError(t, err)
	}
	p.Advance(time.Hour)
	_, err := c.Payout(ctx, goodPayout(t))
	require.NoError(t, err)
	count := func(from, to time.Time) (payments, payouts int) {
		for x, err := range c.ListPayments(ctx, from, to) {
			require.NoError(t, err)
			assert.Equal(t, fmt.Sprint("shop-", payments), x.Reference)
			payments++
		}
		for _, err := range c.ListPayouts(ctx, from, to) {
			require.NoError(t, err)
			payouts++
		}
		return payments, payouts
	}
	for _, x := range []struct {
		from, to         time.Duration
		payments, payout int
	}{{0, 2 * time.Hour, 120, 1}, {time.Second, 2 * time.Hour, 0, 1}, {0, time.Hour, 120, 0}, {-time.Hour, 0, 0, 0}} {
		payments, payouts := count(now.Add(x.from), now.Add(x.to))
		assert.Equal(t, []int{x.payments, x.payout}, []int{payments, payouts}, "%v", x)
	}
	for range c.ListPayments(ctx, now, now.Add(time.Hour)) {
		break
	}
	b, err := c.Balances(ctx)
	require.NoError(t, err)
	assert.Equal(t, []wapay.Balance{{Account: "BF", Available: wapay.XOF.Units(975_000)}}, b)
}

func TestPeriodsWithoutPageCount(t *testing.T) {
	from, to := time.Unix(0, 0), time.Unix(86400, 0)
	for name, x := range map[string]struct {
		body string
		want []error
	}{
		"no meta":                 {`{"data":{"payments":[{"public_id":"1"},7,{"public_id":"1"}]}}`, []error{nil, wapay.ErrDecode, wapay.ErrUnavailable}},
		"page stuck":              {`{"data":{"payments":[{"public_id":"1"}]},"meta":{"current_page":1,"last_page":9}}`, []error{nil, wapay.ErrDecode}},
		"empty":                   {`{"data":{"payments":[]}}`, nil},
		"empty, and more to come": {`{"data":{"payments":[]},"meta":{"current_page":1,"last_page":2}}`, []error{wapay.ErrDecode}},
		"as many as it says":      {`{"data":{"payments":[{"public_id":"1"},{"public_id":"2"}]},"meta":{"last_page":1,"total":2}}`, []error{nil, nil}},
		"fewer than it says":      {`{"data":{"payments":[{"public_id":"1"},{"public_id":"1"}]},"meta":{"last_page":1,"total":2}}`, []error{nil, wapay.ErrUnavailable}},
		"no such list":            {`{"status":"failed","code":"resource_not_found"}`, []error{wapay.ErrUnavailable}},
		"no list":                 {`{"data":{}}`, []error{wapay.ErrDecode}},
	} {
		c, _ := newMock(t, reply(200, x.body))
		var got []error
		for p, err := range c.ListPayments(ctx, from, to) {
			assert.Equal(t, err == nil, p != nil)
			got = append(got, err)
		}
		require.Len(t, got, len(x.want), name)
		for i, err := range got {
			if x.want[i] == nil {
				assert.NoError(t, err, name)
				continue
			}
			failure(t, err, x.want[i], wapay.OutcomeReadOnly)
		}
	}
	c, m := newMock(t, reply(500, ""))
	for _, err := range c.ListPayouts(ctx, to, from) {
		bad(t, err, "To")
	}
	assert.Empty(t, m.Requests)

	c, _ = newMock(t, reply(200, named(t, "balance"))) // 84210.50
	b, err := c.Balances(ctx)
	require.NoError(t, err)
	assert.Equal(t, wapay.XOF.Units(84210), b[0].Available)
	c, _ = mockIn(t, "cc", reply(200, named(t, "balance crypto")))
	b, err = c.Balances(ctx)
	require.NoError(t, err)
	assert.Empty(t, b)
}
