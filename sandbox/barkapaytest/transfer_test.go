package barkapaytest

import (
	"fmt"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

func TestTransfer(t *testing.T) {
	clock := kittest.NewClock()
	r := kittest.NewHook(t)
	b, c := newCaller(t, Config{Clock: clock.Now, TransferFee: func(n int64) int64 { return n / 100 }})
	id := c.Post(transferPath, moovTransfer("o-1", "callback_url", r.URL, "note", "salary", "ignore_double_spend_risk", "")...).Want(t, 201,
		`"receiver_phonenumber":"72929595","receiver_country":"BFA","operator":"MOOV","status":0,"order_id":"o-1","app_label":"SBXAPI"}}`).ID()
	if b.Balance("mobile/BFA/api") != 1_000_000-1010 {
		t.Errorf("balance %d", b.Balance("mobile/BFA/api"))
	}
	if err := b.Approve(id); err != nil {
		t.Fatal(err)
	}
	if b.Approve(id) == nil || b.Decline(id, "") == nil {
		t.Error("settled twice")
	}
	c.Get("transfer/"+id).Want(t, 200, fmt.Sprintf(`[{"public_id":"%s","amount":1000,"receiver_phonenumber":"72929595",`+
		`"receiver_country":"BFA","status":1,"order_id":"o-1","txid":"WCASH260301.1200.B00001","order_data":null,`+
		`"coder_note":"Ambition is priceless.","reason":"Successfully sent.","created_at":"2026-03-01T12:00:00.123456Z",`+
		`"type":"mobile","currency":null,"operator":"MOOV","address":null}]`, id))
	c.Get("transfer/?receiver_country=BFA&order_id=o-1&status=1").Want(t, 200, `"address":null,"origin_source":1}]`)
	c.Get("transfer/?sender_country=BFA").Want(t, 422, "not documented")
	if err := b.WaitDelivered(kittest.Context(t), id); err != nil {
		t.Fatal(err)
	}
	body := r.Received()[0]
	if !contains(body, hashOfBody(t, b.Config().IPNKey, body)) || !contains(body, `"receiver_country":"BFA"`) || !contains(body, `"type":"transfer"`) {
		t.Errorf("notified %s", body)
	}
	kittest.CheckLedger(t, b.Ledger)
}

func TestFailedTransferIsRestored(t *testing.T) {
	b, c := newCaller(t, Config{TransferFee: func(int64) int64 { return 100 }})
	id := c.Post(transferPath, moovTransfer("o-1")...).ID()
	if err := b.Decline(id, "Wallet closed."); err != nil {
		t.Fatal(err)
	}
	c.Get("transfer/"+id).Want(t, 200, `"status":-1`).Want(t, 200, `"reason":"Wallet closed."`)
	c.Post("accounts/statement", "type", "mobile", "name", "BFA", "label", "api").Want(t, 200,
		`"account_info":{"type":"mobile","name":"BFA","label":"api","balance":1000000,"statement":[{"type":"credit","amount":1000000,`+
			`"previous_balance":0,"new_balance":1000000,"public_id":"FB-`).Want(t, 200, fmt.Sprintf(
		`{"type":"debit","amount":1000,"previous_balance":1000000,"new_balance":999000,"public_id":"%[1]s","origin":"transaction"},`+
			`{"type":"debit","amount":100,"previous_balance":999000,"new_balance":998900,"public_id":"%[1]s-FEES","origin":"fees"},`+
			`{"type":"credit","amount":1000,"previous_balance":998900,"new_balance":999900,"public_id":"RESTORE-%[1]s","origin":"transaction"},`+
			`{"type":"credit","amount":100,"previous_balance":999900,"new_balance":1000000,"public_id":"RESTORE-%[1]s-FEES","origin":"fees"}]}}`, id))
	kittest.CheckLedger(t, b.Ledger)
}

func TestInsufficientBalance(t *testing.T) {
	b, c := newCaller(t, Config{Balances: map[string]int64{"BFA": 1099}, TransferFee: func(int64) int64 { return 100 }})
	c.Post(transferPath, moovTransfer("o-1")...).Want(t, 422, `{"status":422,"message":"Insufficient balance."}`)
	if len(b.Orders()) != 0 || b.Balance("mobile/BFA/api") != 1099 {
		t.Errorf("balance %d", b.Balance("mobile/BFA/api"))
	}
	c.Get("accounts").Want(t, 200, `{"status":200,"message":"Successfully browsed accounts.","balances":{"mobile":{"BFA":[`+
		`{"label":"main","balance":0},{"label":"api","balance":1099}],"SEN":[{"label":"main","balance":0},{"label":"api","balance":0}]`)
}

func TestDoubleSpend(t *testing.T) {
	clock := kittest.NewClock()
	b, c := newCaller(t, Config{Clock: clock.Now})
	first := c.Post(transferPath, moovTransfer("o-1")...).Want(t, 201, "").ID()
	c.Post(transferPath, moovTransfer("o-2")...).Want(t, 422, "Double spend risk")
	c.Post(transferPath, moovTransfer("o-2", "ignore_double_spend_risk", "0")...).Want(t, 422, "Double spend risk")
	c.Post(transferPath, moovTransfer("o-3", "amount", "1001")...).Want(t, 201, "")
	c.Post(transferPath, moovTransfer("o-4", "ignore_double_spend_risk", "1")...).Want(t, 201, "")
	clock.Advance(10 * time.Minute)
	second := c.Post(transferPath, moovTransfer("o-5")...).Want(t, 201, "").ID()
	for _, id := range []string{first, second} {
		if err := b.Decline(id, ""); err != nil {
			t.Fatal(err)
		}
	}
	c.Post(transferPath, moovTransfer("o-6")...).Want(t, 201, "") // a failed one is no risk
}

func TestTransferIsRefused(t *testing.T) {
	b, c := newCaller(t, Config{})
	b.SetOperator("BEN", "MTN", Operator{Min: 100, Max: 5000, Payment: "OPERATIONAL", Transfer: "DOWN"})
	for _, x := range []struct {
		fields []string
		text   string
	}{
		{[]string{"receiver_country", ""}, "The receiver country field is required."},
		{[]string{"receiver_phonenumber", "0072929595"}, "receiver phonenumber field must match"},
		{[]string{"amount", "1000.5"}, "must be an integer"},
		{[]string{"receiver_country", "BEN", "operator", "MTN", "receiver_phonenumber", "0197000000"}, "currently unavailable"},
		{[]string{"otp", "1"}, "not documented"},
		{[]string{"sender_country", "BFA"}, "not documented"},
		{[]string{"ignore_double_spend_risk", "yes"}, "must be one of 0, 1"},
		{[]string{"callback_url", "ftp://shop.example"}, "secured URL"},
	} {
		c.Post(transferPath, moovTransfer("o-1", x.fields...)...).Want(t, 422, x.text)
	}
	for _, x := range []struct {
		fields []string
		status int
		text   string
	}{
		{[]string{"type", "mobile", "name", "BFA"}, 422, "The label field is required."},
		{[]string{"type", "cash", "name", "BFA", "label", "api"}, 422, "type field must be one of"},
		{[]string{"type", "mobile", "name", "FRA", "label", "api"}, 422, "name field must be one of"},
		{[]string{"type", "mobile", "name", "BFA", "label", "x"}, 422, "label field must be one of"},
		{[]string{"type", "bank", "name", "BFA", "label", "api"}, 404, "error"},
	} {
		c.Post("accounts/statement", x.fields...).Want(t, x.status, x.text)
	}
	if n := len(b.Entries()); n != len(allCountries) {
		t.Errorf("%d entries in the ledger", n)
	}
}
