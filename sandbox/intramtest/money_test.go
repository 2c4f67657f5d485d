package intramtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox/internal/kit"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

const mtn = "sandbox/MTN_BENIN_229"

func TestPayout(t *testing.T) {
	clock := kittest.NewClock()
	i, c := newCaller(t, Config{Clock: clock.Now, PayoutFee: func(n int64) int64 { return n / 100 }})
	r := c.post("/payouts", payoutOf("PO-1", 1000))
	id := r.Want(t, 202, fmt.Sprintf(`{"error":false,"http_status":202,"data":{"operation_id":"%[1]s","type":"payout","status":"queued",`+
		`"env":"sandbox","date":"2026-03-01T12:00:00.123Z","_links":{"self":"/v1/operations/%[1]s"}},"message":"Operation accepted"}`, r.Op())).Op()
	if i.Balance(mtn) != 998_990 {
		t.Errorf("balance %d", i.Balance(mtn))
	}
	c.get("/balance").Want(t, 200, `{"payment_method":"MTN_BENIN_229","available":998990,"pending":1000}`)
	if n := i.Step(); n != 1 {
		t.Errorf("%d advanced", n)
	}
	c.get("/operations/"+id).Want(t, 200, `"status":"processing"`).Want(t, 200, `"result":null,"error":null,"attempts":1`).
		Want(t, 200, `"completed_date":null`)
	clock.Advance(time.Minute)
	if i.Step() != 1 || i.Step() != 0 {
		t.Error("did not end")
	}
	c.get("/operations/"+id).Want(t, 200, `"payload":`+payoutOf("PO-1", 1000)).
		Want(t, 200, `"result":{"reference":"PO-1","amount":1000,"currency":"XOF","destination":{"`).
		Want(t, 200, `"status":"completed","provider_response":{"responsecode":"00","responsemsg":"APPROVED","serviceref":"`).
		Want(t, 200, `"completed_date":"2026-03-01T12:01:00.123Z"`)
	c.get("/balance").Want(t, 200, `{"payment_method":"MTN_BENIN_229","available":998990,"pending":0}`)
	c.get("/transactions?type=DEBIT").
		Want(t, 200, `"status":"SUCCESS","type":"DEBIT","amount":1000,"fees":10,"net_amount":1010,"currency":"XOF","payment_method":"MTN_BENIN_229"`)
	if i.CompleteOperation(id) == nil || i.FailOperation(id, "provider_rejected") == nil || i.CompleteOperation("op_x") == nil {
		t.Error("ended twice")
	}
	kittest.CheckLedger(t, i.Ledger)
}

func TestOperationStepsByTheClock(t *testing.T) {
	clock := kittest.NewClock()
	i, c := newCaller(t, Config{Clock: clock.Now, StepAfter: time.Second})
	id := c.post("/payouts", payoutOf("PO-1", 1000)).Op()
	for _, x := range []struct {
		wait   time.Duration
		status string
	}{{999 * time.Millisecond, "queued"}, {time.Millisecond, "processing"}, {999 * time.Millisecond, "processing"}, {time.Millisecond, "succeeded"}} {
		clock.Advance(x.wait)
		c.get("/operations/"+id).Want(t, 200, `"status":"`+x.status+`","env"`)
	}
	other := c.post("/payouts", payoutOf("PO-2", 1000)).Op()
	clock.Advance(time.Hour)
	i.Tick()
	if op := i.findOp("", other); op.Reference != "PO-2" || op.status != "succeeded" || op.attempts != 1 || op.money.minor != 1000 {
		t.Errorf("%+v", op)
	}
}

func TestPayoutFails(t *testing.T) {
	i, c := newCaller(t, Config{
		Balances:  map[string]int64{"MTN_BENIN_229": 1000},
		PayoutFee: func(int64) int64 { return 50 },
	})
	for _, x := range []struct{ body, code string }{
		{payoutOf("PO-1", 951), "insufficient_balance"},
		{strings.Replace(payoutOf("PO-1", 500), "MTN_", "WAVE_", 1), ""},
		{strings.Replace(payoutOf("PO-1", 500), "MTN_BENIN_229", "SBIN_BENIN_229", 1), "merchant_wallet_missing"},
		{strings.Replace(payoutOf("PO-1", 500), "XOF", "XAF", 1), "merchant_wallet_missing"},
		{strings.Replace(payoutOf("PO-1", 500), `"provider_code":"MTN_BENIN_229",`, "", 1), "missing_provider_code"},
	} {
		r := c.post("/payouts", x.body)
		if x.code == "" {
			r.Want(t, 400, `"path":"destination.provider_code"`)
			continue
		}
		id := r.Want(t, 202, "").Op()
		if i.CompleteOperation(id) == nil {
			t.Errorf("%s: succeeded", x.code)
		}
		c.get("/operations/"+id).Want(t, 200, `"status":"failed"`).
			Want(t, 200, `"result":null,"error":{"code":"`+x.code+`","message":"The `)
	}
	if n := len(i.transactions); n != 0 || i.Balance(mtn) != 1000 {
		t.Errorf("%d transactions, balance %d", n, i.Balance(mtn))
	}

	made := len(i.operations)
	for n, fail := range []func(id string) error{
		func(id string) error { return i.FailOperation(id, "provider_rejected") },
		func(id string) error { return i.FailOperation(id, "never_heard_of") },
		i.ExpireOrder,
	} {
		id := c.post("/payouts", payoutOf("PO-2", 950)).Op()
		if i.Balance(mtn) != 0 {
			t.Errorf("balance %d", i.Balance(mtn))
		}
		if err := fail(id); err != nil || i.Balance(mtn) != 1000 {
			t.Errorf("%d: %v, balance %d", n, err, i.Balance(mtn))
		}
	}
	ops := i.operations[made:]
	if errorOf(ops[0]) != "provider_rejected" || errorOf(ops[1]) != "never_heard_of" || ops[2].status != "expired" {
		t.Errorf("%+v", ops)
	}
	c.get("/operations/"+ops[0].ID).Want(t, 200, `"details":{"provider_response":{"responsecode":"91"`)
	c.get("/transactions?status=ERROR").Want(t, 200, `"next_before":null`)
	kittest.CheckLedger(t, i.Ledger)
}

func TestBankPayout(t *testing.T) {
	i, c := newCaller(t, Config{})
	body := `{"amount":2500,"currency":"XOF","destination":{"type":"bank_account","swift":"ECOCBJBJ","account_number":"BJ66","account_name":"A"},"reference":"B-1"}`
	first, second := c.post("/payouts", body).Op(), c.post("/payouts", body).Op()
	for _, id := range []string{first, second} {
		if err := i.CompleteOperation(id); err != nil {
			t.Fatal(err)
		}
	}
	c.get("/operations/"+first).Want(t, 200, `"status":"queued_for_settlement"`).Want(t, 200, `"status":"succeeded"`)
	if err := i.Approve(first); err != nil {
		t.Fatal(err)
	}
	if err := i.Decline(second, ""); err != nil {
		t.Fatal(err)
	}
	c.get("/operations/"+first).Want(t, 200, `"status":"completed"`)
	c.get("/operations/"+second).Want(t, 200, `"status":"failed"`).Want(t, 200, `"code":"provider_rejected"`)
	if i.Approve(first) == nil || i.Approve(second) == nil || i.Balance("sandbox/BANK_TRANSFER") != 997_500 {
		t.Errorf("balance %d", i.Balance("sandbox/BANK_TRANSFER"))
	}
	kittest.CheckLedger(t, i.Ledger)
}

// paidRequest is a payment of the amount, and its reference.
func paidRequest(t *testing.T, i *Server, c caller, amount int) string {
	t.Helper()
	id := c.post("/payment-requests", requestOf("order-1", amount)).Want(t, 202, `"type":"payment_request"`).Op()
	if err := i.CompleteOperation(id); err != nil {
		t.Fatal(err)
	}
	reference := c.get("/operations/"+id).Field("result", "transaction_reference")
	if err := i.Approve(id); err != nil {
		t.Fatal(err)
	}
	return reference
}

func TestPaymentRequest(t *testing.T) {
	i, c := newCaller(t, Config{StepAfter: time.Hour, Clock: kittest.NewClock().Now, PaymentFee: func(n int64) int64 { return n / 50 }})
	id := c.post("/payment-requests", requestOf("order-1", 5000)).Op()
	c.get("/operations/"+id).
		Want(t, 200, `"status":"queued","env":"sandbox","payload":`+requestOf("order-1", 5000)+`,"result":null`)
	if err := i.CompleteOperation(id); err != nil {
		t.Fatal(err)
	}
	op := c.get("/operations/" + id)
	reference := op.Field("result", "transaction_reference")
	op.Want(t, 200, `"result":{"transaction_reference":"`+reference+`","status":"pending","amount":5000,"currency":"XOF","gateway_url":"`+i.Root())
	picture, ok := strings.CutPrefix(op.Field("result", "qr_code"), "data:image/png;base64,")
	raw, err := base64.StdEncoding.DecodeString(picture)
	if _, pngErr := png.Decode(bytes.NewReader(raw)); !ok || err != nil || pngErr != nil || len(reference) != 10 {
		t.Errorf("%q: qr_code %v %v", reference, err, pngErr)
	}
	page := op.Field("result", "gateway_url")
	wantPage(t, page, 200, "PENDING")
	wantPage(t, i.Root()+"/gateway/nothing", 404, "No such payment")

	c.get("/transactions/"+reference).Want(t, 200, `{"reference":"`+reference+`","status":"PENDING","type":"CREDIT","amount":5000,"fees":100,`+
		`"net_amount":4900,"currency":"XOF","payment_method":null,"customer":{"email":"a@example.com","phone":"2290161234567"},`+
		`"source":{"number":"2290161234567"},"date":"2026-03-01T12:00:00.`)
	if err := i.Approve(id); err != nil {
		t.Fatal(err)
	}
	wantPage(t, page+"/receipt", 200, "SUCCESS")
	c.get("/transactions/"+i.transactions[0].id).Want(t, 200, `"status":"SUCCESS"`).
		Want(t, 200, `"payment_method":"MTN_BENIN_229"`)
	if i.Approve(id) == nil || i.Decline(id, "x") == nil || i.Balance(mtn) != 1_004_900 {
		t.Errorf("balance %d", i.Balance(mtn))
	}
	other := c.post("/payment-requests", requestOf("order-2", 5000)).Op()
	_ = i.CompleteOperation(other)
	if err := i.Decline(other, "refused"); err != nil {
		t.Fatal(err)
	}
	c.get("/transactions?status=ERROR").Want(t, 200, `"amount":5000`)
	c.get("/transactions/ZZZZZZZZZZ").Want(t, 404, `"code":"transaction_not_found"`)
	kittest.CheckLedger(t, i.Ledger)
}

// errorOf returns the code of an operation's error.
func errorOf(op *operation) any { return op.failure.(kit.Object)[1] }

func wantPage(t *testing.T, page string, status int, text string) {
	t.Helper()
	req, err := http.NewRequest("GET", page, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	kittest.Caller{HTTP: c}.Send(req).Want(t, status, text)
}

func TestRefunds(t *testing.T) {
	i, c := newCaller(t, Config{StepAfter: time.Hour, Balances: map[string]int64{"MTN_BENIN_229": 0}})
	reference := paidRequest(t, i, c, 1000)
	refund := func(more string) string { return `{"transaction_reference":"` + reference + `"` + more + `}` }

	part := c.post("/refunds", refund(`,"amount":300,"reason":"broken","metadata":{"reference":"refund-1"}`)).
		Want(t, 202, `"type":"refund"`).Op()
	c.get("/transactions/"+reference).Want(t, 200, `"status":"SUCCESS"`).
		Want(t, 200, `"status":"PENDING","reason":"broken"`)
	if i.CompleteOperation(part) != nil {
		t.Error("the refund failed")
	}
	c.get("/operations/"+part).
		Want(t, 200, `"transaction_reference":"`+reference+`","amount":300,"currency":"XOF","status":"completed"`)

	if op := i.findOp("", part); op.Reference != "refund-1" || op.tx.reference != reference {
		t.Errorf("%+v", op)
	}
	tooMuch := c.post("/refunds", refund(`,"amount":701`)).Want(t, 202, "").Op()
	_ = i.CompleteOperation(tooMuch)
	c.get("/operations/"+tooMuch).Want(t, 200, `"code":"amount_exceeds_transaction"`).
		Want(t, 200, `"details":{"left":700}`)

	rest := c.post("/refunds", refund("")).Want(t, 202, "").Op()
	if err := i.CompleteOperation(rest); err != nil || i.Balance(mtn) != 0 {
		t.Errorf("%v, balance %d", err, i.Balance(mtn))
	}
	c.get("/transactions/"+reference).Want(t, 200, `"status":"REFUNDED"`).Want(t, 200, `"status":"ERROR","reason":null`)
	c.get("/transactions?type=REFUND").Want(t, 200, `"amount":700`).Want(t, 200, `"amount":300`)
	c.post("/refunds", refund("")).Want(t, 400, `"code":"not_refundable"`)
	c.post("/refunds", `{"transaction_reference":"ZZZZZZZZZZ"}`).Want(t, 404, `"code":"transaction_not_found"`)
	c.post("/refunds", `{"amount":0}`).Want(t, 400, `"path":"transaction_reference","msg":"is required"`)

	// The money is spent, so the wallet cannot give it back.
	spent := paidRequest(t, i, c, 1000)
	_ = i.CompleteOperation(c.post("/payouts", payoutOf("PO-1", 600)).Op())
	id := c.post("/refunds", `{"transaction_reference":"`+spent+`"}`).Op()
	_ = i.CompleteOperation(id)
	c.get("/operations/"+id).Want(t, 200, `"code":"insufficient_balance"`)

	open := c.post("/payment-requests", requestOf("order-9", 100)).Op()
	_ = i.CompleteOperation(open)
	id = c.post("/refunds", `{"transaction_reference":"`+i.findOp("", open).tx.reference+`"}`).Want(t, 202, "").Op()
	_ = i.CompleteOperation(id)
	c.get("/operations/"+id).Want(t, 200, `"code":"transaction_not_settled"`)
	kittest.CheckLedger(t, i.Ledger)
}

func TestTransfers(t *testing.T) {
	i, c := newCaller(t, Config{})
	id := c.post("/transfers", `{"amount":400,"recipient":{"type":"customer_email","value":"a@example.com"},"reason":"r","metadata":{}}`).
		Want(t, 202, `"type":"transfer"`).Op()
	if err := i.CompleteOperation(id); err != nil {
		t.Fatal(err)
	}
	reference := c.get("/operations/"+id).Field("result", "reference")
	c.get("/transfers/"+reference).Want(t, 200, `"data":{"reference":"`+reference+`","status":"SUCCESS","direction":"sent","amount":400,`+
		`"currency":"XOF","recipient":{"type":"customer_email","value":"a@example.com"},"reason":"r","date":"`)
	lost := c.post("/transfers", `{"amount":100,"recipient":{"type":"merchant_id","value":"0123456789abcdef01234567"},"payment_method_id":"`+
		methodID("SBIN_BENIN_229")+`"}`).Op()
	if err := i.FailOperation(lost, "recipient_not_found"); err != nil {
		t.Fatal(err)
	}
	got := i.ReceiveTransfer("b@example.com", 50)
	c.get("/transfers?direction=received").Want(t, 200, got).Want(t, 200, `"next_before":null`)
	c.get("/transfers?direction=sent&limit=1").Want(t, 200, `"status":"ERROR"`)
	c.get("/transfers/ZZZZZZZZZZ").Want(t, 404, `"code":"transfer_not_found"`)
	for _, x := range []struct{ body, path string }{
		{`{"recipient":{"type":"customer_email","value":"a@example.com"}}`, "amount"},
		{`{"amount":1}`, "recipient"},
		{`{"amount":1,"recipient":{"type":"customer_email","value":"a"}}`, "recipient.value"},
		{`{"amount":1,"recipient":{"type":"merchant_id","value":"a"}}`, "recipient.value"},
		{`{"amount":1,"recipient":{"type":"friend","value":"a"}}`, "recipient.type"},
		{`{"amount":1,"recipient":{"type":"customer_email","value":"a@example.com"},"payment_method_id":"x"}`, "payment_method_id"},
	} {
		c.post("/transfers", x.body).Want(t, 400, `{"path":"`+x.path+`","msg":"`)
	}
	if i.Balance(mtn) != 999_650 || i.Balance("sandbox/SBIN_BENIN_229") != 1_000_000 {
		t.Errorf("balances %d, %d", i.Balance(mtn), i.Balance("sandbox/SBIN_BENIN_229"))
	}
	kittest.CheckLedger(t, i.Ledger)
}

func TestPaging(t *testing.T) {
	i, c := newCaller(t, Config{Clock: kittest.NewClock().Now}) // the clock stands still: every date is the same
	for n := range 5 {
		c.post("/payouts", payoutOf(fmt.Sprintf("PO-%d", n), 100)).Want(t, 202, "")
	}
	c.post("/payment-requests", requestOf("order", 100))
	i.Step()
	var seen []string
	for before := ""; ; {
		query := "?limit=2&status=processing&type=payout"
		if before != "" {
			query = "?before=" + url.QueryEscape(before) + "&" + query[1:]
		}
		var page struct {
			Data []struct {
				Payload struct{ Reference string }
			}
			Paging struct {
				Limit int
				Next  *string `json:"next_before"`
			}
		}
		if err := json.Unmarshal(c.get("/operations"+query).Want(t, 200, "").Body, &page); err != nil || page.Paging.Limit != 2 {
			t.Fatal(err, page)
		}
		for _, d := range page.Data {
			seen = append(seen, d.Payload.Reference)
		}
		if page.Paging.Next == nil {
			break
		}
		before = *page.Paging.Next
	}
	if got := strings.Join(seen, " "); got != "PO-4 PO-3 PO-2 PO-1 PO-0" {
		t.Errorf("seen %s", got)
	}
	c.get("/operations?limit=5&type=payout").Want(t, 200, `"paging":{"limit":5,"next_before":null}}`)
	c.get("/operations?status=failed").Want(t, 200, `"data":[],"paging":{"limit":20,"next_before":null}}`)
}

func TestShapes(t *testing.T) {
	i, c := newCaller(t, Config{StepAfter: time.Hour,
		OldBalance: true, Currency: CurrencyNull, PaymentMethodObjects: true, SourceMSISDN: true,
		Balances: map[string]int64{"MTN_BENIN_229": 1000},
	})
	reference := paidRequest(t, i, c, 100)
	c.get("/balance").Want(t, 200, `"env":"sandbox","currency":{"code":"XOF","numeric_code":"952","symbol":"F CFA"},"available":1100,"pending":0,`+
		`"payment_method_balances":[{"payment_method":"MTN_BENIN_229","payment_method_id":"`)
	c.get("/transactions/"+reference).Want(t, 200, `"currency":null,"payment_method":{"payment_method_id":"`).
		Want(t, 200, `"code":"MTN_BENIN_229"`).Want(t, 200, `"source_msisdn":"2290161234567"`).
		Want(t, 200, `"created_at":"`)

	i, c = newCaller(t, Config{StepAfter: time.Hour, Currency: CurrencyObject})
	c.get("/balance").Want(t, 200, `"data":{"currency":{"code":"XOF","numeric_code":"952","symbol":"XOF"}`)
	id := c.post("/payment-requests", `{"invoice":{"amount":12.5,"currency":"EUR","customer":{}}}`).Want(t, 202, "").Op()
	_ = i.CompleteOperation(id)
	if tx := i.transactions[0]; tx.money.minor != 1250 || i.Approve(id) != nil || i.Balance(mtn+"/EUR") != 1250 {
		t.Errorf("%+v", tx)
	}
	c.get("/transactions").
		Want(t, 200, `"amount":12.50,"fees":0,"net_amount":12.50,"currency":{"code":"EUR","numeric_code":"978"`)
}
