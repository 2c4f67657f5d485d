package barkapaytest

import (
	"fmt"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

func TestCharge(t *testing.T) {
	clock := kittest.NewClock()
	r := kittest.NewHook(t)
	b, c := newCaller(t, Config{Clock: clock.Now, NotificationURL: r.URL, PaymentFee: func(n int64) int64 { return n / 50 }})
	id := c.Post(chargePath, moovCharge("o-1", "order_data", `{"a":1}`)...).Want(t, 201,
		`"status":201,"message":"Payment request created successfully."`).ID()
	const pending = `[{"public_id":"%s","amount":200,"sender_phonenumber":"72929595","sender_country":"BFA","status":0,` +
		`"order_id":"o-1","txid":null,"order_data":"{\"a\":1}","coder_note":"Ambition is priceless.","reason":null,` +
		`"created_at":"2026-03-01T12:00:00.123456Z","agent":null}]`
	c.Get("payment/"+id).Want(t, 200, fmt.Sprintf(pending, id))

	if err := b.Approve(id); err != nil {
		t.Fatal(err)
	}
	if b.Approve(id) == nil || b.Decline(id, "") == nil || b.Approve("x") == nil {
		t.Error("settled twice, or what does not exist")
	}
	c.Get("payment/"+id).Want(t, 200, `"status":1,"order_id":"o-1","txid":"CHKTRANS260301.1200.B00001"`)
	if err := b.WaitDelivered(kittest.Context(t), id); err != nil {
		t.Fatal(err)
	}
	body := r.Received()[0]
	want := fmt.Sprintf(`{"public_id":"%s","amount":200,"sender_phonenumber":"72929595","sender_country":"BFA","status":1,`+
		`"order_id":"o-1","txid":"CHKTRANS260301.1200.B00001","order_data":"{\"a\":1}","coder_note":"Ambition is priceless.",`+
		`"reason":"Successfully received payment.","type":"payment","hash":"%s"}`, id, hashOfBody(t, b.Config().IPNKey, body))
	if string(body) != want {
		t.Errorf("notified\n%s\nwant\n%s", body, want)
	}
	if b.Balance("mobile/BFA/api") != 1_000_000+200-4 {
		t.Errorf("balance %d", b.Balance("mobile/BFA/api"))
	}
	kittest.CheckLedger(t, b.Ledger)
}

func TestChargeIsRefused(t *testing.T) {
	b, c := newCaller(t, Config{RateLimit: -1})
	b.SetOperator("SEN", "WAVE", Operator{Min: 500, Max: 5000, Payment: "OPERATIONAL"})
	b.SetOperator("CIV", "MTN", Operator{Min: 100, Max: 5000, Payment: "DOWN"})
	for _, x := range []struct {
		fields []string
		text   string
	}{
		{[]string{"sender_country", ""}, "The sender country field is required."},
		{[]string{"operator", ""}, "The operator field is required."},
		{[]string{"sender_phonenumber", ""}, "The sender phonenumber field is required."},
		{[]string{"amount", ""}, "The amount field is required."},
		{[]string{"order_id", ""}, "The order id field is required."},
		{[]string{"sender_country", "BF"}, "The sender country field is invalid."},
		{[]string{"sender_country", "TGO"}, "The sender country field is invalid."},
		{[]string{"operator", "moov"}, "The operator field is invalid."},
		{[]string{"operator", "WAVE"}, "The operator field is invalid."},
		{[]string{"sender_phonenumber", "+22672929595"}, "must match the operator and the country"},
		{[]string{"sender_phonenumber", "7292959"}, "must match the operator and the country"},
		{[]string{"amount", "99"}, "must be between 100 and 1000000"},
		{[]string{"amount", "1000001"}, "must be between 100 and 1000000"},
		{[]string{"amount", "200.00"}, "must be an integer"},
		{[]string{"amount", "0200"}, "must be an integer"},
		{[]string{"amount", "-200"}, "must be an integer"},
		{[]string{"sender_country", "SEN", "operator", "WAVE", "sender_phonenumber", "770000000", "amount", "499"}, "must be between 500 and 5000"},
		{[]string{"sender_country", "CIV", "operator", "MTN", "sender_phonenumber", "0500000000"}, "currently unavailable"},
		{[]string{"order_id", "a:b"}, "The order id field format is invalid."},
		{[]string{"order_id_unicity", "true"}, "order id unicity field must be one of 0, 1"},
		{[]string{"callback_url", "http://shop.example/ipn"}, "must be a valid and secured URL"},
		{[]string{"callback_url", "/ipn"}, "must be a valid and secured URL"},
		{[]string{"note", "x"}, "The note field is not documented."},
		{[]string{"operator", "ORANGE"}, "The otp field is required."},
		{[]string{"operator", "ORANGE", "otp", "000000x"}, "The otp is invalid or expired."},
	} {
		c.Post(chargePath, moovCharge("o-1", x.fields...)...).Want(t, 422, `"status":422`).Want(t, 422, x.text)
	}
	c.Get("payment/").Want(t, 200, "[]")
}

func TestOTP(t *testing.T) {
	r := kittest.NewHook(t)
	b, c := newCaller(t, Config{NotificationURL: r.URL})
	otp := b.OTP("76615699")
	orange := func(order string) []string {
		return moovCharge(order, "operator", "ORANGE", "sender_phonenumber", "76615699", "otp", otp)
	}
	first := c.Post(chargePath, orange("o-1")...).Want(t, 200, `"status":200,"message":"Payment successful."`).
		Want(t, 200, `"order_id":"o-1","status":1,"txid":"OM`)
	if err := b.WaitDelivered(kittest.Context(t), first.ID()); err != nil {
		t.Fatal(err)
	}
	c.Post(chargePath, orange("o-2")...).Want(t, 422, "The otp is invalid or expired.") // used up
	if b.OTP("76615699") == otp || b.OTP("70000000") == b.OTP("70000001") {
		t.Error("the next OTP is the same")
	}
}

func TestCommitWithOTP(t *testing.T) {
	b, c := newCaller(t, Config{})
	id := c.Post(chargePath, moovCharge("o-1", "order_id_unicity", "1")...).Want(t, 201, `"launch_url":null`).ID()
	unique := moovCharge("o-1", "order_id_unicity", "1", "otp", b.OTP("72929595"))
	c.Post(chargePath, unique...).Want(t, 422, "already been taken")
	again := moovCharge("o-1", "order_id_unicity", "0", "otp", b.OTP("72929595"))
	if got := c.Post(chargePath, again...).Want(t, 200, `"status":1`).ID(); got != id {
		t.Errorf("committed %s, want %s", got, id)
	}
	if n := len(b.Orders()); n != 1 {
		t.Errorf("%d payments", n)
	}
}

func TestOrderUnicity(t *testing.T) {
	b, c := newCaller(t, Config{})
	c.Post(chargePath, moovCharge("o-1")...).Want(t, 201, "")
	c.Post(chargePath, moovCharge("o-1")...).Want(t, 201, "") // off by default
	c.Post(chargePath, moovCharge("o-1", "order_id_unicity", "0")...).Want(t, 201, "")
	const taken = `{"status":422,"message":"The order id has already been taken."}`
	c.Post(chargePath, moovCharge("o-1", "order_id_unicity", "1")...).Want(t, 422, taken)
	c.sci().Post(linkPath, fixedLink("o-1", "order_id_unicity", "1")...).Want(t, 422, taken)
	c.Post(transferPath, moovTransfer("o-1", "order_id_unicity", "1")...).Want(t, 201, "")
	c.Post(transferPath, moovTransfer("o-1", "order_id_unicity", "1", "amount", "2000")...).Want(t, 422, taken)
	if payments, transfers := b.of(sandbox.Payment), b.of(sandbox.Payout); len(payments) != 3 || len(transfers) != 1 {
		t.Errorf("%d payments, %d transfers", len(payments), len(transfers))
	}
}

func TestDeclineAndExpire(t *testing.T) {
	clock := kittest.NewClock()
	r := kittest.NewHook(t)
	b, c := newCaller(t, Config{Clock: clock.Now, NotificationURL: r.URL})
	declined := c.Post(chargePath, moovCharge("o-1")...).ID()
	late := c.Post(chargePath, moovCharge("o-2", "sender_country", "SEN", "operator", "WAVE", "sender_phonenumber", "770000000")...).
		Want(t, 201, `"launch_url":"http://127.0.0.1:`).ID()
	if err := b.Decline(declined, "Solde insuffisant."); err != nil {
		t.Fatal(err)
	}
	c.Get("payment/"+declined).Want(t, 200, `"status":-1`).Want(t, 200, `"txid":null`).
		Want(t, 200, `"reason":"Solde insuffisant."`)
	clock.Advance(1800*time.Second - 1)
	c.Get("payment/"+late).Want(t, 200, `"status":0`)
	clock.Advance(1)
	b.Tick()
	if err := b.WaitDelivered(kittest.Context(t), late); err != nil {
		t.Fatal(err)
	}
	c.Get("payment/"+late).Want(t, 200, `"status":-1`).Want(t, 200, `"reason":"No payment."`)
	for _, body := range r.Received() {
		if hash := hashOfBody(t, b.Config().IPNKey, body); !contains(body, hash) || !contains(body, `"txid":null`) {
			t.Errorf("notified %s", body)
		}
	}
}

func TestFilter(t *testing.T) {
	clock := kittest.NewClock()
	b, c := newCaller(t, Config{Clock: clock.Now})
	id := c.Post(chargePath, moovCharge("o-1")...).ID()
	if err := b.Approve(id); err != nil {
		t.Fatal(err)
	}
	clock.Advance(24 * time.Hour)
	c.Post(chargePath, moovCharge("o-2", "sender_phonenumber", "70000000")...)
	c.Get("payment/?order_id=o-1").
		Want(t, 200, `"type":"mobile","currency":null,"operator":"MOOV","address":null,"origin_source":1}]`)
	for query, want := range map[string]int{
		"": 2, "order_id=o-1": 1, "order_id=o-3": 0, "status=1": 1, "status=-1": 0, "sender_country=BFA&operator=MOOV": 2,
		"operator=CORIS": 0, "sender_phonenumber=70000000": 1, "date_1=2026-03-02": 1, "date_2=2026-03-01": 1,
		"date_1=2026-03-01&date_2=2026-03-02": 2, "date_1=2026-03-03": 0,
	} {
		r := c.Get("payment/?"+query).Want(t, 200, "[")
		if n := countOf(r.Body, `"public_id"`); n != want {
			t.Errorf("%q found %d, want %d", query, n, want)
		}
	}
	for query, text := range map[string]string{
		"status=2": "status field must be one of", "date_1=01-03-2026": "Y-m-d", "date_1=2026-03-02&date_2=2026-03-01": "after or equal",
		"order_id=a&order_id=b": "given twice", "receiver_country=BFA": "not documented", "page=2": "not documented", "operator=X": "operator",
	} {
		c.Get("payment/?"+query).Want(t, 422, text)
	}
}

func TestOwnPaymentsOnly(t *testing.T) {
	for own, status := range map[bool]int{false: 200, true: 404} {
		_, c := newCaller(t, Config{OwnPaymentsOnly: own})
		id := c.sci().Post(linkPath, fixedLink("o-1")...).Want(t, 201, "").ID()
		c.sci().Get("payment/"+id).Want(t, 200, id)
		c.Get("payment/"+id).Want(t, status, "")
	}
}
