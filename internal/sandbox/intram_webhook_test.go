package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func checkHook(t *testing.T, c hookCall, secret string) {
	t.Helper()
	timestamp := c.header.Get("X-Intram-Timestamp")
	if got := c.header.Get("X-Intram-Signature"); got != sha256MAC(secret, timestamp+"."+c.body) {
		t.Errorf("signature %s of %s", got, c.body)
	}
	var v struct {
		Event    string
		Occurred string `json:"occurred_at"`
	}
	if err := json.Unmarshal([]byte(c.body), &v); err != nil || v.Event != c.header.Get("X-Intram-Event") || v.Occurred == "" {
		t.Errorf("%v: %s", err, c.body)
	}
	if !strings.HasPrefix(c.header.Get("X-Intram-Delivery"), "whd_") || c.header.Get("User-Agent") != "Intram-Webhooks/1.0" ||
		c.header.Get("Content-Type") != "application/json" {
		t.Errorf("header %v", c.header)
	}
}

func TestIntramSubscriptions(t *testing.T) {
	h := newHook(t)
	i, c := newIntramCaller(t, IntramConfig{Clock: newClock().Now})
	r := c.post("/webhooks", `{"url":"`+h.URL+`","event":"payout.*"}`)
	id, secret := r.field("subscription_id"), r.field("secret")
	r.want(t, 201, fmt.Sprintf(`"data":{"subscription_id":"%s","url":"%s","event":"payout.*","date":"2026-03-01T12:00:00.123Z","secret":"whsec_`, id, h.URL))
	list := c.get("/webhooks").want(t, 200, `"data":[{"subscription_id":"`+id+`"`)
	if strings.Contains(list.text(), "secret") {
		t.Errorf("the secret is shown again: %s", list.text())
	}
	c.live().get("/webhooks").want(t, 403, "")

	c.post("/webhooks/"+id+"/test", `{}`).want(t, 202, "")
	if err := i.Flush(soon(t)); err != nil {
		t.Fatal(err)
	}
	calls := h.calls()
	checkHook(t, calls[0], secret)
	if want := `{"event":"test.ping","operation_id":"op_test","occurred_at":"2026-03-01T12:00:00.123Z","data":{"test":true,"sent_at":"2026-03-01T12:00:00.123Z"}}`; calls[0].body != want {
		t.Errorf("ping %s", calls[0].body)
	}
	c.send(c.request("DELETE", "/webhooks/"+id, "", "")).want(t, 200, `"message":"Subscription deleted"`)
	c.send(c.request("DELETE", "/webhooks/"+id, "", "")).want(t, 404, "")
	c.post("/webhooks/"+id+"/test", `{}`).want(t, 404, "")
	c.send(c.request("PUT", "/webhooks/"+id, "", "")).want(t, 405, "")
	c.get("/webhooks").want(t, 200, `"data":[]`)

	for _, x := range []struct{ url, event, path string }{
		{"http://shop.example/hook", "all", "url"}, {"shop.example", "all", "url"}, {"https://shop.example/hook", "payout", "event"},
		{"https://shop.example/hook", "p*", "event"}, {"https://shop.example/hook", "payout.done", "event"}, {"https://shop.example/hook", "", "event"},
	} {
		c.post("/webhooks", fmt.Sprintf(`{"url":%q,"event":%q}`, x.url, x.event)).want(t, 400, `"details":[{"path":"`+x.path+`"`)
	}
	for _, event := range append([]string{"*", "all", "refund.*"}, intramEvents...) {
		c.post("/webhooks", fmt.Sprintf(`{"url":"https://shop.example/hook","event":%q}`, event)).want(t, 201, "")
	}
}

func TestIntramEvents(t *testing.T) {
	h, exact := newHook(t), newHook(t)
	i, c := newIntramCaller(t, IntramConfig{})
	subscription, secret := i.Subscribe(h.URL, "*")
	_, exactSecret := i.Subscribe(exact.URL, "payment_request.paid")
	id := func(r reply) string { return r.want(t, 202, "").op() }
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	bank := `{"amount":100,"currency":"XOF","destination":{"type":"bank_account","swift":"ECOCBJBJ","account_number":"1","account_name":"A"}}`
	transfer := `{"amount":400,"recipient":{"type":"customer_email","value":"a@example.com"}}`
	check(i.CompletePayout(id(c.post("/payouts", payoutOf("PO-1", 100)))))
	check(i.CompletePayout(id(c.post("/payouts", bank))))
	check(i.FailOperation(id(c.post("/payouts", payoutOf("PO-2", 100))), "provider_rejected"))
	check(i.CompleteOperation(id(c.post("/transfers", transfer))))
	check(i.FailOperation(id(c.post("/transfers", transfer)), "recipient_not_found"))
	first := paidRequest(t, i, c, 1000)
	check(i.CompleteOperation(id(c.post("/payment-requests", requestOf("order-2", 500)))))
	second := i.OperationsOf("order-2")[0].TransactionReference
	check(i.PendRequest(second))
	check(i.FailRequest(second, "refused"))
	refund := id(c.post("/refunds", `{"transaction_reference":"`+first+`","amount":10}`))
	check(i.PendRefund(refund))
	check(i.CompleteOperation(refund))
	check(i.FailOperation(id(c.post("/refunds", `{"transaction_reference":"`+first+`"}`)), "provider_error"))
	c.post("/webhooks/"+subscription+"/test", `{}`).want(t, 202, "")
	i.Send("payout.reversed", "op_x", object{"status", "reversed"})
	check(i.Flush(soon(t)))

	seen := map[string]string{}
	for _, call := range h.calls() {
		checkHook(t, call, secret)
		seen[call.header.Get("X-Intram-Event")] = call.body
	}
	for _, event := range append(intramEvents, "payout.reversed") {
		if seen[event] == "" {
			t.Errorf("no %s", event)
		}
	}
	for event, text := range map[string]string{
		"payout.completed":       `"data":{"reference":"PO-1","amount":100,"currency":"XOF","destination":{"`,
		"payout.queued":          `"status":"queued_for_settlement"`,
		"payout.failed":          `"status":"failed","error":{"code":"provider_rejected"`,
		"payment_request.paid":   `"data":{"transaction_reference":"` + first + `","status":"paid","amount":1000,"currency":"XOF","webhook_data":{"reference":"order-1"}}`,
		"refund.pending":         `"transaction_reference":"` + first + `","amount":10,"currency":"XOF","status":"pending"`,
		"payment_request.failed": `"status":"failed","amount":500,"currency":"XOF","reason":"refused"`,
	} {
		if !strings.Contains(seen[event], text) {
			t.Errorf("%s: %s", event, seen[event])
		}
	}
	got := exact.calls()
	if len(got) != 1 || got[0].header.Get("X-Intram-Event") != "payment_request.paid" {
		t.Fatalf("%d", len(got))
	}
	checkHook(t, got[0], exactSecret)
	checkLedger(t, i.Ledger)
}

func TestIntramRedelivery(t *testing.T) {
	clock := newClock()
	h := newHook(t, 500, 500, 500, 500, 500)
	i, c := newIntramCaller(t, IntramConfig{Clock: clock.Now, AutoSettle: true})
	_, secret := i.Subscribe(h.URL, "all")
	id := c.post("/payouts", payoutOf("PO-1", 1000)).op()
	ctx := soon(t)
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
	if n := i.RedeliverDue(ctx); n != 0 || i.Undelivered() != 1 || len(i.DeliveriesOf(id)) != 5 {
		t.Errorf("%d more, %d undelivered", n, i.Undelivered())
	}
	i.Repeat(ctx, id) // by hand: still numbered 5
	seen := map[string]bool{}
	calls := h.calls()
	for n, call := range calls {
		checkHook(t, call, secret)
		seen[call.header.Get("X-Intram-Timestamp")] = true
		if call.header.Get("X-Intram-Attempt") != fmt.Sprint(min(n+1, 5)) || call.body != calls[0].body ||
			call.header.Get("X-Intram-Delivery") != calls[0].header.Get("X-Intram-Delivery") {
			t.Errorf("attempt %d: %v", n+1, call.header)
		}
	}
	if len(calls) != 6 || len(seen) != 6 || i.Undelivered() != 0 {
		t.Errorf("%d calls, %d timestamps", len(calls), len(seen))
	}
}

func TestIntramWebhookDataOnTop(t *testing.T) {
	h := newHook(t)
	i, c := newIntramCaller(t, IntramConfig{AutoSettle: true, WebhookData: IntramOnTop})
	i.Subscribe(h.URL, "payment_request.paid")
	c.post("/payment-requests", requestOf("order-1", 1000)).want(t, 202, "")
	if err := i.Flush(soon(t)); err != nil {
		t.Fatal(err)
	}
	if calls := h.calls(); len(calls) != 1 || !strings.HasSuffix(calls[0].body, `"currency":"XOF"},"webhook_data":{"reference":"order-1"}}`) {
		t.Errorf("%+v", calls)
	}
}

func TestIntramAutoSettle(t *testing.T) {
	h := newHook(t)
	i, c := newIntramCaller(t, IntramConfig{AutoSettle: true, WebhookData: IntramNowhere})
	i.Subscribe(h.URL, "*")
	id := c.post("/payment-requests", requestOf("order-1", 1000)).want(t, 202, `"status":"queued"`).op()
	if err := i.Flush(soon(t)); err != nil {
		t.Fatal(err)
	}
	if n := len(i.DeliveriesOf(id)); n != 2 || i.Transactions()[0].Status != "SUCCESS" || i.Balance(mtn) != 1_001_000 {
		t.Errorf("%d notifications, %+v", n, i.Transactions())
	}
	if calls := h.calls(); strings.Contains(calls[0].body+calls[1].body, "webhook_data") {
		t.Errorf("%+v", calls)
	}
	c.post("/payouts", payoutOf("PO-1", 9_999_999)).want(t, 202, "")
	if err := i.Flush(soon(t)); err != nil || i.OperationsOf("PO-1")[0].ErrorCode != "insufficient_balance" {
		t.Errorf("%v %+v", err, i.OperationsOf("PO-1"))
	}
}

func TestIntramFaults(t *testing.T) {
	i, c := newIntramCaller(t, IntramConfig{Clock: newClock().Now})
	// On a reused connection net/http itself repeats a POST that has an Idempotency-Key.
	c.http.Transport.(*http.Transport).DisableKeepAlives = true
	post := func() reply { return c.postAs("key_PO-1", "/payouts", payoutOf("PO-1", 1000)) }

	i.Inject(Fault{Kind: FaultProviderError, ErrorCode: "idempotency_error", Before: true, Path: "payouts"})
	r := post().want(t, 500, `{"error":true,"http_status":500,"code":"idempotency_error"`)
	if len(i.Operations()) != 0 || r.header.Get("Date") != "Sun, 01 Mar 2026 12:00:00 GMT" {
		t.Errorf("%d operations, Date %q", len(i.Operations()), r.header.Get("Date"))
	}
	i.Inject(Fault{Kind: FaultProviderError, Path: "payouts"})
	post().want(t, 500, `"code":"internal_error"`)
	i.Inject(Fault{Kind: FaultCut, Path: "payouts"})
	if r := post(); !errors.Is(r.err, io.EOF) {
		t.Errorf("%+v", r)
	}
	i.Inject(Fault{Kind: FaultHTML, Path: "payouts"})
	post().want(t, 502, "Bad Gateway")
	i.Inject(Fault{Kind: FaultUnknownStatus, Path: "payouts"})
	r = post().want(t, 202, `"status":"on_hold"`).want(t, 202, `"http_status":202`)
	if r.header.Get("Idempotent-Replay") != "true" || len(i.Operations()) != 1 || len(i.Replays()) != 3 || i.Balance(mtn) != 999_000 {
		t.Errorf("%d operations, %d replays, balance %d", len(i.Operations()), len(i.Replays()), i.Balance(mtn))
	}
	c.base = i.LongURL()
	i.Inject(Fault{Kind: FaultNumbersAsStrings, Path: "balance"})
	c.get("/balance").want(t, 200, `"available":"999000"`)
	i.Inject(Fault{Kind: FaultUnknownStatus, Path: "transactions", Status: "HELD"})
	c.get("/transactions").want(t, 200, `"status":"HELD"`)
	defer func() {
		if recover() == nil {
			t.Error("there are no tokens to expire")
		}
	}()
	i.Inject(Fault{Kind: FaultExpiredToken})
}
