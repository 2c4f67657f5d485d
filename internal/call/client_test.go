package call_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

const (
	provider  = "prov"
	op        = "Charge"
	reference = "order-4521"
	phone     = "22670656188"

	// Secrets with the characters that are written differently in a URL and in
	// JSON.
	apiKey     = "ak_9f/Zq+7LmPw=="
	queryToken = "tok/5+Jk=Wd==Rt"
	signature  = "sig+of/one=order"

	queryMark  = "QUERYMARK"
	bodyMark   = "BODYMARK"
	answerMark = "ANSWERMARK" // in every answer's body, outside of what the provider says
)

// A refusal of the provider in JSON, and two bodies of others.
const (
	verdictJSON = `{"code":"E42","message":"Montant refus\u00e9","trace":"` + answerMark + `"}`
	errorPage   = `<html><body><h1>` + answerMark + `</h1></body></html>`
	resultJSON  = `{"id":"tx-1","trace":"` + answerMark + `"}`
)

// judge rules for the provider of these tests: a refusal has a code, and the
// code NOFUNDS has a kind.
func judge(e *wapay.Error, a call.Answer) call.Ruling {
	var v struct {
		Code, Message, Field, Request string
	}
	err := json.Unmarshal(a.Body, &v)
	e.RequestID = v.Request
	if err != nil || v.Code == "" {
		return call.ByStatus(a.Status)
	}
	e.Code, e.Message = v.Code, v.Message
	if v.Field != "" {
		e.Details = []wapay.FieldError{{Field: v.Field, Message: v.Message}}
	}
	if v.Code == "NOFUNDS" {
		e.Kind = wapay.ErrInsufficientFunds
	}
	return call.Refusal(e.Kind, a.Earlier)
}

type result struct {
	ID string `json:"id"`
}

func newClient(t testing.TB, base string, opts ...wapay.Option) *call.Client {
	t.Helper()
	c, err := call.New(provider, base+"/base", judge, nil, []wapay.Secret{apiKey, queryToken}, opts)
	require.NoError(t, err)
	return c
}

var effects = []struct {
	name   string
	effect call.Effect
}{{"Write", call.Write}, {"Read", call.Read}, {"IdempotentWrite", call.IdempotentWrite}}

// newRequest returns a request with a secret, a mark or a phone number in each
// possible place.
func newRequest(effect call.Effect) *call.Request {
	r := &call.Request{
		Op: op, Reference: reference, Effect: effect,
		Method: http.MethodPost, Path: "wallets/" + phone + "/a%2Fb",
		Query: url.Values{"token": {queryToken}, "note": {queryMark}}.Encode(),
		Body:  []byte(`{"mark":"` + bodyMark + `","phone":"` + phone + `"}`), ContentType: "application/json",
		Prepare: func(h http.Header) {
			h.Set("X-Api-Key", apiKey)
			h.Set("X-Signature", signature)
			if effect == call.IdempotentWrite {
				h.Set("Idempotency-Key", "key-"+reference)
			}
		},
		Secrets: []wapay.Secret{signature},
	}
	if effect == call.Read {
		r.Method, r.Body, r.ContentType = http.MethodGet, nil, ""
	}
	return r
}

func do(c *call.Client, effect call.Effect) (*call.Response, error) {
	return c.Do(context.Background(), newRequest(effect), new(result))
}

// recorder is a log at level Debug.
type recorder struct {
	mu      sync.Mutex
	text    bytes.Buffer
	records []slog.Record
}

func (r *recorder) logger() *slog.Logger { return slog.New(r) }

func (r *recorder) Enabled(context.Context, slog.Level) bool { return true }

func (r *recorder) Handle(ctx context.Context, rec slog.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records = append(r.records, rec.Clone())
	return slog.NewJSONHandler(&r.text, &slog.HandlerOptions{Level: slog.LevelDebug}).Handle(ctx, rec)
}

func (r *recorder) WithAttrs([]slog.Attr) slog.Handler { return r }
func (r *recorder) WithGroup(string) slog.Handler      { return r }

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func (r *recorder) all() []slog.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]slog.Record(nil), r.records...)
}
