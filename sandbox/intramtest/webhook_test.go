package intramtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

func checkHook(t *testing.T, c kittest.HookCall, secret string) {
	t.Helper()
	timestamp := c.Header.Get("X-Intram-Timestamp")
	if got := c.Header.Get("X-Intram-Signature"); got != sha256MAC(secret, timestamp+"."+c.Body) {
		t.Errorf("signature %s of %s", got, c.Body)
	}
	var v struct {
		Event    string
		Occurred string `json:"occurred_at"`
	}
	if err := json.Unmarshal([]byte(c.Body), &v); err != nil || v.Event != c.Header.Get("X-Intram-Event") || v.Occurred == "" {
		t.Errorf("%v: %s", err, c.Body)
	}
	if !strings.HasPrefix(c.Header.Get("X-Intram-Delivery"), "whd_") || c.Header.Get("User-Agent") != "Intram-Webhooks/1.0" ||
		c.Header.Get("Content-Type") != "application/json" {
		t.Errorf("header %v", c.Header)
	}
}

// subscribe subscribes as POST /webhooks does, in the sandbox environment.
func subscribe(i *Server, url, event string) (id, secret string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	s := i.newSubscription("sandbox", url, event)
	return s.id, s.secret
}

func TestSubscriptions(t *testing.T) {
	h := kittest.NewHook(t)
	i, c := newCaller(t, Config{Clock: kittest.NewClock().Now})
	r := c.post("/webhooks", `{"url":"`+h.URL+`","event":"payout.*"}`)
	id, secret := r.Field("subscription_id"), r.Field("secret")
	r.Want(t, 201, fmt.Sprintf(`"data":{"subscription_id":"%s","url":"%s","event":"payout.*","date":"2026-03-01T12:00:00.123Z","secret":"whsec_`, id, h.URL))
	list := c.get("/webhooks").Want(t, 200, `"data":[{"subscription_id":"`+id+`"`)
	if strings.Contains(list.Text(), "secret") {
		t.Errorf("the secret is shown again: %s", list.Text())
	}
	c.live().get("/webhooks").Want(t, 403, "")

	c.post("/webhooks/"+id+"/test", `{}`).Want(t, 202, "")
	if err := i.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	calls := h.Calls()
	checkHook(t, calls[0], secret)
	want := `{"event":"test.ping","operation_id":"op_test","occurred_at":"2026-03-01T12:00:00.123Z",` +
		`"data":{"test":true,"sent_at":"2026-03-01T12:00:00.123Z"}}`
	if calls[0].Body != want {
		t.Errorf("ping %s", calls[0].Body)
	}
	c.send(c.request("DELETE", "/webhooks/"+id, "", "")).Want(t, 200, `"message":"Subscription deleted"`)
	c.send(c.request("DELETE", "/webhooks/"+id, "", "")).Want(t, 404, "")
	c.post("/webhooks/"+id+"/test", `{}`).Want(t, 404, "")
	c.send(c.request("PUT", "/webhooks/"+id, "", "")).Want(t, 405, "")
	c.get("/webhooks").Want(t, 200, `"data":[]`)

	for _, x := range []struct{ url, event, path string }{
		{"http://shop.example/hook", "all", "url"}, {"shop.example", "all", "url"}, {"https://shop.example/hook", "payout", "event"},
		{"https://shop.example/hook", "p*", "event"}, {"https://shop.example/hook", "payout.done", "event"}, {"https://shop.example/hook", "", "event"},
	} {
		c.post("/webhooks", fmt.Sprintf(`{"url":%q,"event":%q}`, x.url, x.event)).
			Want(t, 400, `"details":[{"path":"`+x.path+`"`)
	}
	for _, event := range append([]string{"*", "all", "refund.*"}, events...) {
		c.post("/webhooks", fmt.Sprintf(`{"url":"https://shop.example/hook","event":%q}`, event)).Want(t, 201, "")
	}
}

func TestEvents(t *testing.T) {
	h, exact := kittest.NewHook(t), kittest.NewHook(t)
	i, c := newCaller(t, Config{StepAfter: time.Hour})
	subscription, secret := subscribe(i, h.URL, "*")
	_, exactSecret := subscribe(i, exact.URL, "payment_request.paid")
	id := func(r kittest.Reply) string { return r.Want(t, 202, "").Op() }
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	bank := `{"amount":100,"currency":"XOF","destination":{"type":"bank_account","swift":"ECOCBJBJ","account_number":"1","account_name":"A"}}`
	transfer := `{"amount":400,"recipient":{"type":"customer_email","value":"a@example.com"}}`
	check(i.CompleteOperation(id(c.post("/payouts", payoutOf("PO-1", 100)))))
	check(i.CompleteOperation(id(c.post("/payouts", bank))))
	check(i.FailOperation(id(c.post("/payouts", payoutOf("PO-2", 100))), "provider_rejected"))
	check(i.CompleteOperation(id(c.post("/transfers", transfer))))
	check(i.FailOperation(id(c.post("/transfers", transfer)), "recipient_not_found"))
	first := paidRequest(t, i, c, 1000)
	check(i.CompleteOperation(id(c.post("/payment-requests", requestOf("order-2", 500)))))
	check(i.Decline("order-2", "refused"))
	refund := id(c.post("/refunds", `{"transaction_reference":"`+first+`","amount":10}`))
	check(i.CompleteOperation(refund))
	check(i.FailOperation(id(c.post("/refunds", `{"transaction_reference":"`+first+`"}`)), "provider_error"))
	c.post("/webhooks/"+subscription+"/test", `{}`).Want(t, 202, "")
	i.Send("payout.reversed", "op_x", kit.Object{"status", "reversed"})
	check(i.Flush(kittest.Context(t)))

	seen := map[string]string{}
	for _, call := range h.Calls() {
		checkHook(t, call, secret)
		seen[call.Header.Get("X-Intram-Event")] = call.Body
	}
	for _, event := range append(events, "payout.reversed") {
		if seen[event] == "" && !strings.HasSuffix(event, ".pending") {
			t.Errorf("no %s", event)
		}
	}
	for event, text := range map[string]string{
		"payout.completed":       `"data":{"reference":"PO-1","amount":100,"currency":"XOF","destination":{"`,
		"payout.queued":          `"status":"queued_for_settlement"`,
		"payout.failed":          `"status":"failed","error":{"code":"provider_rejected"`,
		"payment_request.paid":   `"data":{"transaction_reference":"` + first + `","status":"paid","amount":1000,"currency":"XOF","webhook_data":{"reference":"order-1"}}`,
		"payment_request.failed": `"status":"failed","amount":500,"currency":"XOF","reason":"refused"`,
	} {
		if !strings.Contains(seen[event], text) {
			t.Errorf("%s: %s", event, seen[event])
		}
	}
	got := exact.Calls()
	if len(got) != 1 || got[0].Header.Get("X-Intram-Event") != "payment_request.paid" {
		t.Fatalf("%d", len(got))
	}
	checkHook(t, got[0], exactSecret)
	kittest.CheckLedger(t, i.Ledger)
}

func TestRedelivery(t *testing.T) {
	clock := kittest.NewClock()
	h := kittest.NewHook(t, 500, 500, 500, 500, 500)
	i, c := newCaller(t, Config{Clock: clock.Now, AutoSettle: true})
	_, secret := subscribe(i, h.URL, "all")
	id := c.post("/payouts", payoutOf("PO-1", 1000)).Op()
	ctx := kittest.Context(t)
	if err := i.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	for _, wait := range []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour} {
		clock.Advance(wait - time.Second)
		if n := i.RedeliverDue(ctx); n != 0 {
			t.Errorf("%d sent before %v", n, wait)
		}
		clock.Advance(time.Second)
		if n := i.RedeliverDue(ctx); n != 1 {
			t.Errorf("%d sent after %v", n, wait)
		}
	}
	clock.Advance(12 * time.Hour)
	if n := i.RedeliverDue(ctx); n != 0 || i.CountUndelivered() != 1 || len(i.DeliveriesOf(id)) != 5 {
		t.Errorf("%d more, %d undelivered", n, i.CountUndelivered())
	}
	i.Resend(ctx, id, sandbox.SendGenuine) // by hand: still numbered 5
	seen := map[string]bool{}
	calls := h.Calls()
	for n, call := range calls {
		checkHook(t, call, secret)
		seen[call.Header.Get("X-Intram-Timestamp")] = true
		if call.Header.Get("X-Intram-Attempt") != fmt.Sprint(min(n+1, 5)) || call.Body != calls[0].Body ||
			call.Header.Get("X-Intram-Delivery") != calls[0].Header.Get("X-Intram-Delivery") {
			t.Errorf("attempt %d: %v", n+1, call.Header)
		}
	}
	if len(calls) != 6 || len(seen) != 6 || i.CountUndelivered() != 0 {
		t.Errorf("%d calls, %d timestamps", len(calls), len(seen))
	}
}

func TestWebhookDataOnTop(t *testing.T) {
	h := kittest.NewHook(t)
	i, c := newCaller(t, Config{AutoSettle: true, WebhookData: OnTop})
	subscribe(i, h.URL, "payment_request.paid")
	c.post("/payment-requests", requestOf("order-1", 1000)).Want(t, 202, "")
	if err := i.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if calls := h.Calls(); len(calls) != 1 || !strings.HasSuffix(calls[0].Body, `"currency":"XOF"},"webhook_data":{"reference":"order-1"}}`) {
		t.Errorf("%+v", calls)
	}
}

func TestAutoSettle(t *testing.T) {
	h := kittest.NewHook(t)
	i, c := newCaller(t, Config{AutoSettle: true, WebhookData: Nowhere})
	subscribe(i, h.URL, "*")
	id := c.post("/payment-requests", requestOf("order-1", 1000)).Want(t, 202, `"status":"queued"`).Op()
	if err := i.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if n := len(i.DeliveriesOf(id)); n != 2 || i.transactions[0].status != "SUCCESS" || i.Balance(mtn) != 1_001_000 {
		t.Errorf("%d notifications, %+v", n, i.transactions[0])
	}
	if calls := h.Calls(); strings.Contains(calls[0].Body+calls[1].Body, "webhook_data") {
		t.Errorf("%+v", calls)
	}
	c.post("/payouts", payoutOf("PO-1", 9_999_999)).Want(t, 202, "")
	if err := i.Flush(kittest.Context(t)); err != nil || errorOf(i.operations[1]) != "insufficient_balance" {
		t.Errorf("%v %+v", err, i.operations[1])
	}
}

func TestFaults(t *testing.T) {
	i, c := newCaller(t, Config{Clock: kittest.NewClock().Now})
	// On a reused connection net/http itself repeats a POST that has an
	// Idempotency-Key.
	c.http.Transport.(*http.Transport).DisableKeepAlives = true
	post := func() kittest.Reply { return c.postAs("key_PO-1", "/payouts", payoutOf("PO-1", 1000)) }

	i.Inject(sandbox.Fault{Kind: sandbox.FaultProviderError, ErrorCode: "idempotency_error", Before: true, Path: "payouts"})
	r := post().Want(t, 500, `{"error":true,"http_status":500,"code":"idempotency_error"`)
	if len(i.Orders()) != 0 || r.Header.Get("Date") != "Sun, 01 Mar 2026 12:00:00 GMT" {
		t.Errorf("%d operations, Date %q", len(i.Orders()), r.Header.Get("Date"))
	}
	i.Inject(sandbox.Fault{Kind: sandbox.FaultProviderError, Path: "payouts"})
	post().Want(t, 500, `"code":"internal_error"`)
	i.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Path: "payouts"})
	if r := post(); !errors.Is(r.Err, io.EOF) {
		t.Errorf("%+v", r)
	}
	i.Inject(sandbox.Fault{Kind: sandbox.FaultHTML, Path: "payouts"})
	post().Want(t, 502, "Bad Gateway")
	i.Inject(sandbox.Fault{Kind: sandbox.FaultUnknownStatus, Path: "payouts"})
	r = post().Want(t, 202, `"status":"on_hold"`).Want(t, 202, `"http_status":202`)
	if r.Header.Get("Idempotent-Replay") != "true" || len(i.Orders()) != 1 || i.Balance(mtn) != 999_000 {
		t.Errorf("%d operations, balance %d", len(i.Orders()), i.Balance(mtn))
	}
	c.base = i.LongURL()
	i.Inject(sandbox.Fault{Kind: sandbox.FaultNumbersAsStrings, Path: "balance"})
	c.get("/balance").Want(t, 200, `"available":"999000"`)
	i.Inject(sandbox.Fault{Kind: sandbox.FaultUnknownStatus, Path: "transactions", Status: "HELD"})
	c.get("/transactions").Want(t, 200, `"status":"HELD"`)
	defer func() {
		if recover() == nil {
			t.Error("there are no tokens to expire")
		}
	}()
	i.Inject(sandbox.Fault{Kind: sandbox.FaultExpiredToken})
}
