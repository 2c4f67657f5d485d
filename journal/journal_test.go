package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

// nobody is a client that no test calls.
type nobody struct{ wapay.Payouter }

var sameAgain = AdaptPayouts(func(*wapay.PayoutRequest) error { return nil })

func TestNewRefuses(t *testing.T) {
	db := new(sql.DB)
	ok := WithProvider("a", nobody{})
	for want, opts := range map[string][]Option{
		"no provider":                     nil,
		`bad name ""`:                     {WithProvider("", nobody{})},
		"bad name \"a\\x00\"":             {WithProvider("a\x00", nobody{})},
		`two clients have the name "a"`:   {ok, ok},
		`"a" is a int`:                    {WithProvider("a", 1)},
		`"a" is a <nil>`:                  {WithProvider("a", nil)},
		"AdaptPayments: want one":         {WithProvider("a", nobody{}, AdaptPayments(nil))},
		"AdaptPayouts: want one":          {WithProvider("a", nobody{}, sameAgain, sameAgain)},
		"OnChange: nil function":          {ok, OnChange(nil)},
		"OnForeign: nil function":         {ok, OnForeign(nil)},
		"WithLogger: nil logger":          {ok, WithLogger(nil)},
		"WithLease: 0s":                   {ok, WithLease(0)},
		"WithPatience: -1s":               {ok, WithPatience(-time.Second)},
		"WithBackoff: 0s":                 {ok, WithBackoff(0, time.Second)},
		"WithBackoff: max 1s is less":     {ok, WithBackoff(time.Minute, time.Second)},
		"WithLease: 10000h0m0s is not be": {ok, WithLease(10000 * time.Hour)},
	} {
		_, err := New(db, SQLite, opts...)
		assert.ErrorContains(t, err, want)
	}
	_, err := New(nil, SQLite, ok)
	assert.ErrorContains(t, err, "nil database")
	_, err = New(db, 0, ok)
	assert.ErrorContains(t, err, "unknown dialect 0")
	j, err := New(db, MySQL, nil, ok)
	require.NoError(t, err)
	assert.Equal(t, []string{"a"}, j.Via("a", "a").providers)
}

func newTestJournal(t *testing.T) *Journal {
	t.Helper()
	j, err := New(new(sql.DB), SQLite, WithProvider("a", nobody{}), WithBackoff(time.Second, time.Minute),
		WithPatience(time.Hour), WithLease(time.Minute))
	require.NoError(t, err)
	return j
}

func testErr(o wapay.Outcome, kind error, after time.Duration) error {
	return fmt.Errorf("wrapped: %w", &wapay.Error{Outcome: o, Kind: kind, RetryAfter: after})
}

func TestRetryAfter(t *testing.T) {
	unknown, notSent, rejected, readOnly := wapay.OutcomeUnknown, wapay.OutcomeNotSent, wapay.OutcomeRejected, wapay.OutcomeReadOnly
	never := time.Duration(-1)
	for _, c := range []struct {
		name string
		err  error
		want time.Duration
	}{
		{"no error", nil, never},
		{"in flight", testErr(unknown, ErrInFlight, 0), soon},
		{"in flight for a second", testErr(unknown, ErrInFlight, time.Second), time.Second},
		{"held", testErr(unknown, ErrHeld, time.Second), never},
		{"unknown", testErr(unknown, nil, 0), later},
		{"unknown, asked to wait", testErr(unknown, wapay.ErrUnavailable, time.Minute), time.Minute},
		{"asking, not found", testErr(unknown, wapay.ErrNotFound, 0), later},
		{"asking, a duplicate at the provider", testErr(unknown, wapay.ErrDuplicate, 0), later},
		{"not sent", testErr(notSent, nil, 0), later},
		{"not sent, down", testErr(notSent, wapay.ErrUnavailable, 0), later},
		{"invalid", testErr(notSent, wapay.ErrInvalid, 0), never},
		{"another request", otherOrderError("Pay", "1", nil), never},
		{"no credentials", testErr(notSent, wapay.ErrUnauthorized, 0), never},
		{"rejected", testErr(rejected, wapay.ErrInsufficientFunds, 0), never},
		{"rejected as invalid", testErr(rejected, wapay.ErrInvalid, 0), never},
		{"too many requests", testErr(rejected, wapay.ErrRateLimited, time.Minute), time.Minute},
		{"too many requests, for a year", testErr(rejected, wapay.ErrRateLimited, 365*24*time.Hour), time.Hour},
		{"in maintenance", testErr(rejected, wapay.ErrUnavailable, 0), later},
		{"lookup, down", testErr(readOnly, wapay.ErrUnavailable, 0), later},
		{"lookup, not found", testErr(readOnly, wapay.ErrNotFound, 0), never},
		{"not ours", errors.New("any"), later},
		{"two, one passes", errors.Join(testErr(rejected, wapay.ErrInvalid, 0), testErr(rejected, wapay.ErrRateLimited, time.Minute)), time.Minute},
		{"two, the first to pass", errors.Join(testErr(notSent, nil, time.Hour), testErr(rejected, wapay.ErrRateLimited, time.Minute)), time.Minute},
		{"two, wrapped", fmt.Errorf("payroll: %w", errors.Join(testErr(rejected, wapay.ErrInvalid, 0), testErr(rejected, wapay.ErrRateLimited, time.Minute))), time.Minute},
		{"a refusal with several causes", &wapay.Error{Outcome: rejected, Err: errors.Join(errors.New("a"), errors.New("b"))}, never},
		{"two, none passes", errors.Join(testErr(rejected, wapay.ErrInvalid, 0), testErr(rejected, wapay.ErrForbidden, 0)), never},
	} {
		d, again := RetryAfter(c.err)
		if !again {
			d = never
		}
		assert.Equal(t, c.want, d, c.name)
	}
	assert.ErrorIs(t, ErrInFlight, wapay.ErrOutcomeUnknown)
	assert.ErrorIs(t, ErrHeld, wapay.ErrOutcomeUnknown)
}

func TestPause(t *testing.T) {
	j := newTestJournal(t)
	for asks, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		assert.Equal(t, want*time.Second, j.pause(int64(asks)))
	}
	assert.Equal(t, time.Minute, j.pause(1<<40))
	for range 1000 {
		assert.InDelta(t, 100, jitter(100), 20)
	}
}

func TestContradicts(t *testing.T) {
	all := []wapay.Status{
		wapay.StatusUnknown, wapay.StatusPending, wapay.StatusSucceeded, wapay.StatusFailed, wapay.StatusCancelled,
		wapay.StatusRefunded,
	}
	var bad []string
	for _, was := range all {
		for _, says := range all {
			if contradicts(was, says) {
				assert.False(t, was.MayBecome(says))
				bad = append(bad, was.String()+" "+says.String())
			}
		}
	}
	assert.Equal(t, []string{
		"succeeded failed", "succeeded cancelled", "failed succeeded", "failed refunded", "cancelled succeeded",
		"cancelled refunded", "refunded failed", "refunded cancelled",
	}, bad)
}

func answerOf(s wapay.Status) *answer {
	return &answer{from: "a", Payment: wapay.Payment{Provider: "a", Status: s, ProviderStatus: "WORD"}}
}

func TestLearn(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		state  State
		status wapay.Status
		says   wapay.Status

		want    State
		becomes wapay.Status
		changed bool
		held    bool
	}{
		{StateSending, 0, wapay.StatusPending, StateKnown, wapay.StatusPending, true, false},
		{StateAsking, 0, wapay.StatusSucceeded, StateOver, wapay.StatusSucceeded, true, false},
		{StateReady, 0, wapay.StatusPending, StateKnown, wapay.StatusPending, true, false},
		{StateSending, 0, wapay.StatusUnknown, StateKnown, wapay.StatusUnknown, false, false},
		{StateKnown, wapay.StatusPending, wapay.StatusUnknown, StateKnown, wapay.StatusPending, false, false},
		{StateKnown, wapay.StatusPending, wapay.StatusPending, StateKnown, wapay.StatusPending, false, false},
		{StateKnown, wapay.StatusPending, wapay.StatusFailed, StateOver, wapay.StatusFailed, true, false},
		{StateOver, wapay.StatusSucceeded, wapay.StatusRefunded, StateOver, wapay.StatusRefunded, true, false},
		{StateOver, wapay.StatusSucceeded, wapay.StatusPending, StateOver, wapay.StatusSucceeded, false, false},
		{StateOver, wapay.StatusRefunded, wapay.StatusSucceeded, StateOver, wapay.StatusRefunded, false, false},
		{StateOver, wapay.StatusFailed, wapay.StatusCancelled, StateOver, wapay.StatusFailed, false, false},
		{StateOver, wapay.StatusFailed, wapay.StatusSucceeded, StateOver, wapay.StatusFailed, false, true},
		{StateOver, wapay.StatusSucceeded, wapay.StatusFailed, StateOver, wapay.StatusSucceeded, false, true},
	} {
		r := &row{Order: Order{Provider: "a", State: c.state, Status: c.status}, now: 5, missingSince: 3}
		got := r.learn(ctx, answerOf(c.says))
		name := fmt.Sprintf("%s %s, says %s", c.state, c.status, c.says)
		assert.Equal(t, c.changed, got, name)
		assert.Equal(t, c.want, r.State, name)
		assert.Equal(t, c.becomes, r.Status, name)
		assert.Equal(t, c.held, r.Held, name)
	}
}

func TestLearnDetails(t *testing.T) {
	ctx := context.Background()
	r := &row{Order: Order{Provider: "a", Reference: "1", Amount: wapay.XOF.Units(5), State: StateSending}, now: 5}
	first := answerOf(wapay.StatusPending)
	first.ID, first.CheckoutURL, first.Action = "id", "https://pay.example", wapay.ActionOpenPage
	require.True(t, r.learn(ctx, first))
	lookup := answerOf(wapay.StatusPending)
	lookup.ID, lookup.Action, lookup.Fee, lookup.OperatorID = "another", wapay.ActionPageLost, wapay.XOF.Units(1), "op"
	require.False(t, r.learn(ctx, lookup))
	assert.Equal(t, "id", r.ID)
	assert.Equal(t, wapay.ActionOpenPage, r.Action, "the journal has not lost the page")
	assert.Equal(t, wapay.XOF.Units(1), r.Fee)
	assert.Equal(t, "op", r.OperatorID)
	require.True(t, r.learn(ctx, answerOf(wapay.StatusFailed)))
	assert.Equal(t, wapay.ActionNone, r.Action)

	for _, bad := range []wapay.Payment{{Reference: "2"}, {Amount: wapay.XOF.Units(6)}, {Amount: wapay.XAF.Units(5)}} {
		r := &row{Order: Order{Provider: "a", Reference: "1", Amount: wapay.XOF.Units(5), State: StateSending}, now: 5}
		bad.Status = wapay.StatusSucceeded
		assert.False(t, r.learn(ctx, &answer{bad, "a"}))
		assert.True(t, r.Held)
		assert.Equal(t, onePerson, r.heldFor)
		assert.Equal(t, StateAsking, r.State)
		assert.Equal(t, wapay.StatusUnknown, r.Status)
	}
	long := answerOf(wapay.StatusPending)
	long.ID, long.CheckoutURL = strings.Repeat("x", 256), "https://"+strings.Repeat("x", 2000)
	r = &row{Order: Order{State: StateSending}}
	r.learn(ctx, long)
	assert.Empty(t, r.ID+r.CheckoutURL, "half an id or an address is none")
}

func TestMiss(t *testing.T) {
	j, ctx := newTestJournal(t), context.Background()
	notFound := testErr(wapay.OutcomeReadOnly, wapay.ErrNotFound, 0)
	hour := time.Hour.Milliseconds()
	r := &row{Order: Order{Provider: "a", State: StateAsking}, now: 10}
	assert.False(t, j.miss(ctx, r, notFound))
	assert.Equal(t, int64(10), r.missingSince)
	r.now += hour - 1
	assert.False(t, j.miss(ctx, r, notFound))
	assert.False(t, r.Held)
	r.now++
	assert.False(t, j.miss(ctx, r, notFound))
	assert.True(t, r.Held)
	for _, state := range []State{StateReady, StateOver} {
		r := &row{Order: Order{Provider: "a", State: state}, now: 10}
		assert.False(t, j.miss(ctx, r, notFound))
		assert.Zero(t, r.missingSince)
	}
}

func TestPrint(t *testing.T) {
	ctx := context.Background()
	r := wapay.PaymentRequest{Reference: "1", Amount: wapay.XOF.Units(5), OTP: "123456", Metadata: map[string]string{"a": "1", "b": "2"}}
	print := paymentRequest(r).print(ctx)
	assert.Len(t, print, 32)
	other := r
	other.OTP = ""
	assert.Equal(t, print, paymentRequest(other).print(ctx), "a hash of a code tells the code")
	other.Metadata = map[string]string{"b": "2", "a": "1"}
	assert.Equal(t, print, paymentRequest(other).print(ctx))
	other.Metadata["a"] = "3"
	assert.NotEqual(t, print, paymentRequest(other).print(ctx))
	other = r
	other.ReturnURL = "https://shop.example"
	assert.NotEqual(t, print, paymentRequest(other).print(ctx))
}

func TestDifferences(t *testing.T) {
	ctx := context.Background()
	r := wapay.PayoutRequest{
		Reference: "1", Amount: wapay.XOF.Units(5), Operator: "MOOV",
		Recipient: wapay.Customer{FirstName: "Awa", LastName: "Traoré", Email: "awa@example.org"},
	}
	row := payoutRequest(r).row(ctx, "a")
	assert.Empty(t, payoutRequest(r).differences(row))
	r.Amount, r.Operator, r.Recipient.Email = wapay.XOF.Units(6), "ORANGE", "ali@example.org"
	assert.Equal(t, []wapay.FieldError{
		{Field: "Amount", Message: `is "6 XOF", and "5 XOF" in the journal`},
		{Field: "Operator", Message: `is "ORANGE", and "MOOV" in the journal`},
		{Field: "Recipient.Email", Message: `is "ali@example.org", and "awa@example.org" in the journal`},
	}, payoutRequest(r).differences(row))
	phone, err := wapay.ParsePhone("+22670656188", "")
	require.NoError(t, err)
	r.Recipient.Phone = phone
	diff := payoutRequest(r).differences(row)
	require.Len(t, diff, 3)
	assert.Equal(t, "is +226••••88, and no number in the journal", diff[2].Message, "a log shows it")
}

func TestBind(t *testing.T) {
	const text = "a = $1 AND b = $12 AND c <= {now}"
	assert.Contains(t, bind(PostgreSQL, text), "a = $1 AND b = $12 AND c <= (extract(")
	assert.Contains(t, bind(MySQL, text), "a = ? AND b = ? AND c <= (TIMESTAMPDIFF(")
	assert.Contains(t, bind(SQLite, text), "a = ? AND b = ? AND c <= CAST(")
}

func TestClean(t *testing.T) {
	assert.Equal(t, "é�", clean("é\x00\xff", 5))
	assert.Equal(t, "éé…", clean("éééé", 3))
	assert.Equal(t, "ééé", clean("ééé", 3))
}

func TestWords(t *testing.T) {
	for k := Payment; k <= Payout; k++ {
		assert.Equal(t, k, parseKind(k.String()))
	}
	for s := StateReady; s <= StateOver; s++ {
		assert.Equal(t, s, parseState(s.String()))
	}
	assert.Equal(t, "unknown", Kind(7).String())
	assert.Equal(t, "unknown", State(-1).String())
	assert.Zero(t, parseKind("unknown"))
	assert.Zero(t, parseState("unknown"))
}

// A log shows where an order is, and nothing of the customer.
func TestOrderInALog(t *testing.T) {
	phone, err := wapay.ParsePhone("+22670656188", "")
	require.NoError(t, err)
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "order", Order{
		Kind: Payout, Reference: "order-1", Amount: wapay.XOF.Units(5), Customer: wapay.Customer{Phone: phone, LastName: "Traoré"},
	})
	assert.Contains(t, b.String(), "order-1")
	assert.NotContains(t, b.String(), "706561")
	assert.NotContains(t, b.String(), "Traoré")
}

func TestNotifyRefusesNil(t *testing.T) {
	assert.Error(t, newTestJournal(t).Notify(context.Background(), nil))
	assert.NoError(t, newTestJournal(t).Notify(context.Background(), &ipn.Event{Kind: ipn.KindTest}))
}
