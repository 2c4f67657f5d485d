package call_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
)

// TestErrorNamesOuterMethod checks that an error has the name of the caller's
// method, and the names of that method's fields.
func TestErrorNamesOuterMethod(t *testing.T) {
	t.Parallel()
	p := newPeer(t, answering(400, verdictJSON))
	c := newClient(t, p.url)
	ctx := call.Start(context.Background(), "Payout", call.Names{"Receiver": "Recipient.Phone", "Fields[": "Metadata["})
	ctx = call.Start(ctx, "CreateTransfer", call.Names{"Receiver": "Never"})

	var bad check.Fields
	bad.Add("Receiver", "is required")
	bad.Add("Fields[otp]", "is required")
	bad.Add("Amount", "is 0")
	var e *wapay.Error
	require.ErrorAs(t, c.Check(ctx, call.Write, reference, bad), &e)
	assert.Equal(t, "Payout", e.Op)
	assert.Equal(t, wapay.OutcomeNotSent, e.Outcome)
	var fields []string
	for _, d := range e.Details {
		fields = append(fields, d.Field)
	}
	assert.Equal(t, []string{"Recipient.Phone", "Metadata[otp]", "Amount"}, fields)

	_, err := c.Do(ctx, newRequest(call.Write), new(result))
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "Payout", e.Op)
}

// TestReadsAddUp checks that the error of a method with several reads counts
// the attempts of all reads, and of no write.
func TestReadsAddUp(t *testing.T) {
	t.Parallel()
	p := newPeer(t, script(answering(503, ""), answering(200, resultJSON), answering(200, resultJSON), answering(400, verdictJSON)))
	c := newClient(t, p.url)
	ctx := call.Start(context.Background(), "FindPayment", nil)
	resp, err := c.Do(ctx, newRequest(call.Read), new(result))
	require.NoError(t, err)
	assert.Equal(t, 2, resp.Attempts)
	resp, err = c.Do(ctx, newRequest(call.Write), new(result))
	require.NoError(t, err)
	assert.Equal(t, 1, resp.Attempts)
	var e *wapay.Error
	_, err = c.Do(ctx, newRequest(call.Read), new(result))
	require.ErrorAs(t, err, &e)
	assert.Equal(t, 3, e.Attempts)
	e = c.ReadError(ctx, reference, wapay.ErrNotFound, "no such order")
	assert.Equal(t, 3, e.Attempts)
	assert.Equal(t, wapay.OutcomeReadOnly, e.Outcome)
	assert.Equal(t, "FindPayment", e.Op)
}

// TestNilClientAndContext makes calls without a client and without a context.
func TestNilClientAndContext(t *testing.T) {
	t.Parallel()
	var none *call.Client
	var e *wapay.Error
	_, err := none.Do(context.Background(), newRequest(call.Write), new(result))
	require.ErrorAs(t, err, &e)
	assert.Equal(t, wapay.ErrInvalid, e.Kind)
	assert.Equal(t, wapay.OutcomeNotSent, e.Outcome)
	err = none.Check(call.Start(context.Background(), "Payments", nil), call.Read, "", nil)
	require.ErrorAs(t, err, &e)
	assert.Equal(t, wapay.OutcomeReadOnly, e.Outcome)
	assert.NotPanics(t, none.Close)

	p := newPeer(t, answering(200, resultJSON))
	var noContext context.Context
	err = newClient(t, p.url).Check(call.Start(noContext, "Pay", nil), call.Write, reference, nil)
	require.ErrorAs(t, err, &e)
	assert.Equal(t, wapay.ErrInvalid, e.Kind)
	assert.ErrorContains(t, err, "the context is nil")
}

// TestBatchItemRulings checks that each item of a batch has its own ruling.
func TestBatchItemRulings(t *testing.T) {
	t.Parallel()
	p := newPeer(t, answering(200, resultJSON))
	c, r := newClient(t, p.url), newRequest(call.Write)
	resp, err := c.Do(context.Background(), r, new(result))
	require.NoError(t, err)
	for part, want := range map[string]wapay.Outcome{
		`{"code":"NOFUNDS","message":"` + signature + `"}`: wapay.OutcomeRejected,
		`{"code":"EXISTS"}`: wapay.OutcomeUnknown,
	} {
		e := c.Part(r, resp, []byte(part), func(e *wapay.Error, a call.Answer) call.Ruling {
			if bytes.Contains(a.Body, []byte("EXISTS")) {
				e.Kind = wapay.ErrDuplicate
			}
			e.Message = string(a.Body)
			return call.Refusal(e.Kind, a.Earlier)
		})
		require.NotNil(t, e)
		assert.Equal(t, want, e.Outcome)
		requireNoSecret(t, "the error of a part", e.Error())
	}
	assert.Nil(t, c.Part(r, resp, []byte(`{}`), func(*wapay.Error, call.Answer) call.Ruling { return call.Success }))
}

// TestHooksEndWithTheCall checks that no hook of a caller's httptrace runs
// after the call has returned. net/http calls one here at the end of a late
// dial.
func TestHooksEndWithTheCall(t *testing.T) {
	t.Parallel()
	p := newPeer(t, answering(200, resultJSON))
	dialled, free := make(chan struct{}), make(chan struct{})
	over := make(chan struct{})
	tr := pool(t)
	tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		defer close(over)
		close(dialled)
		<-free
		httptrace.ContextClientTrace(ctx).ConnectDone(network, addr, nil) // as net.Dialer does
		return nil, errors.New("too late")
	}
	var returned atomic.Bool
	var before, after atomic.Int32
	count := func() {
		if returned.Load() {
			after.Add(1)
		} else {
			before.Add(1)
		}
	}
	ctx, cancel := context.WithCancel(httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		GetConn:     func(string) { count() },
		ConnectDone: func(string, string, error) { count() },
	}))
	go func() { <-dialled; cancel() }()
	_, err := newClient(t, p.url, through(tr)...).Do(ctx, newRequest(call.Read), new(result))
	require.Error(t, err)
	returned.Store(true)
	close(free)
	<-over
	assert.Positive(t, before.Load(), "the hooks run during the call")
	assert.Zero(t, after.Load())
	assert.Nil(t, httptrace.ContextClientTrace(call.Detach(ctx)))
}

// TestOneTimeCodes checks that codes are not hidden within words.
func TestOneTimeCodes(t *testing.T) {
	t.Parallel()
	r := newRequest(call.Write)
	r.Codes = []wapay.Secret{"4711"}
	p := newPeer(t, script(
		answering(400, `{"code":"E1","message":"the code 4711 is wrong","field":"47110"}`),
		answering(200, `{"id":"4711","otp":"4711","amount":4711,"OTP_code" : 4711}`),
	))
	c := newClient(t, p.url)
	_, err := c.Do(context.Background(), r, new(result))
	var e *wapay.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "the code [redacted] is wrong", e.Message)
	assert.NotContains(t, string(e.Body), " 4711 ")
	out := new(result)
	resp, err := c.Do(context.Background(), r, out)
	require.NoError(t, err)
	assert.Equal(t, "4711", out.ID)
	assert.JSONEq(t, `{"id":"4711","otp":"[redacted]","amount":4711,"OTP_code":"[redacted]"}`, string(resp.Body))
}

// TestPace checks that the limit in an answer wins over the documented one.
func TestPace(t *testing.T) {
	t.Parallel()
	p := newPeer(t, script(answering(200, resultJSON), answering(200, resultJSON, "X-RateLimit-Limit: 120"),
		answering(200, resultJSON, "X-RateLimit-Limit: many"), answering(200, resultJSON, "X-RateLimit-Limit: -1")))
	c := newClient(t, p.url)
	for _, want := range []int{60, 120, 120, 120} {
		_, err := do(c, call.Read)
		require.NoError(t, err)
		n, per := c.Pace(60)
		assert.Equal(t, want, n)
		assert.Equal(t, time.Minute, per)
	}
	var none *call.Client
	n, _ := none.Pace(60)
	assert.Equal(t, 60, n)
}

// TestJoinedCauses checks that a secret in any cause is hidden.
func TestJoinedCauses(t *testing.T) {
	t.Parallel()
	c := newClient(t, "https://api.provider.invalid", through(roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, errors.Join(errors.New("first"), fmt.Errorf("second with %s", apiKey))
	}))...)
	_, err := do(c, call.Write)
	requireError(t, err, wantError{outcome: wapay.OutcomeUnknown, kind: wapay.ErrUnavailable, attempts: 1})
}

// TestShortText checks that a gateway's line of plain text becomes the message.
func TestShortText(t *testing.T) {
	t.Parallel()
	p := newPeer(t, answering(403, "error code: 1010"))
	_, err := do(newClient(t, p.url), call.Write)
	var e *wapay.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "error code: 1010", e.Message)
	assert.Equal(t, wapay.OutcomeUnknown, e.Outcome)
	_, err = json.Marshal(e)
	assert.NoError(t, err)
}
