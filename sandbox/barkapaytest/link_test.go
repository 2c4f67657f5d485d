package barkapaytest

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

func contains(body []byte, text string) bool { return strings.Contains(string(body), text) }

func countOf(body []byte, text string) int { return bytes.Count(body, []byte(text)) }

func TestLink(t *testing.T) {
	api, sci := kittest.NewHook(t), kittest.NewHook(t)
	b, c := newCaller(t, Config{NotificationURL: api.URL, SCINotificationURL: sci.URL})
	r := c.sci().Post(linkPath, fixedLink("o-1", "notify_payer", "1", "payer_notification_email", "a@b.example", "title", "Shoes",
		"description", "Red", "pay_url", "https://shop.example/ok", "no_pay_url", "https://shop.example/no", "period", "5000",
		"order_id_unicity", "1")...)
	r.Want(t, 201, `{"status":201,"message":"Payment request created successfully.","link":"`+b.Root()+"/interfaces/mobile/single-payment/"+r.ID()).
		Want(t, 201, `"data":{"public_id":"`+r.ID()+`","amount":500,"sender_phonenumber":null,"sender_country":null,"status":0,`+
			`"order_id":"o-1","agent":null,"set_amount":"fixed","amount_interval":null,"period":"5000",`+
			`"payer_notification_email":"a@b.example","title":"Shoes","description":"Red"}`)
	if b.PayLink(r.ID(), "BFA", "MOOV", "1", 0) == nil || b.PayLink(r.ID(), "BFA", "MOOV", "70656188", 501) == nil {
		t.Error("paid the wrong way")
	}
	if err := b.PayLink(r.ID(), "BFA", "MOOV", "70656188", 0); err != nil {
		t.Fatal(err)
	}
	c.Get("payment/"+r.ID()).Want(t, 200, `"sender_phonenumber":"70656188","sender_country":"BFA","status":1`)
	if err := b.WaitDelivered(kittest.Context(t), r.ID()); err != nil {
		t.Fatal(err)
	}
	// An SCI payment is signed with the SCI app's key and goes to its URL.
	if body := sci.Received()[0]; !contains(body, hashOfBody(t, b.Config().SCIIPNKey, body)) || len(api.Received()) != 0 {
		t.Errorf("notified %s", body)
	}
	if b.Balance("mobile/BFA/api") != 1_000_500 {
		t.Errorf("balance %d", b.Balance("mobile/BFA/api"))
	}
}

func TestLinkAmounts(t *testing.T) {
	b, c := newCaller(t, Config{})
	interval := c.sci().Post(linkPath, "set_amount", "interval", "amount_interval", "[50000,75000]", "order_id", "o-1").
		Want(t, 201, `"amount":null`).Want(t, 201, `"amount_interval":"[50000,75000]","period":null`).ID()
	floating := c.sci().Post(linkPath, "set_amount", "floating", "order_id", "o-2").Want(t, 201, `"amount":null`).ID()
	for _, amount := range []int64{0, 49_999, 75_001} {
		if b.PayLink(interval, "BFA", "MOOV", "70656188", amount) == nil {
			t.Errorf("paid %d", amount)
		}
	}
	if err := b.PayLink(interval, "BFA", "MOOV", "70656188", 75_000); err != nil {
		t.Error(err)
	}
	if err := b.PayLink(floating, "TOG", "TMONEY", "90000000", 100); err != nil {
		t.Error(err)
	}
	c.Get("payment/"+interval).Want(t, 200, `"amount":75000`)
	if b.Balance("mobile/TOG/api") != 1_000_100 {
		t.Errorf("balance %d", b.Balance("mobile/TOG/api"))
	}
}

func TestLinkExpires(t *testing.T) {
	clock := kittest.NewClock()
	r := kittest.NewHook(t)
	b, c := newCaller(t, Config{Clock: clock.Now, SCINotificationURL: r.URL})
	short := c.sci().Post(linkPath, fixedLink("o-1")...).ID()
	long := c.sci().Post(linkPath, fixedLink("o-2", "period", "301")...).ID()
	clock.Advance(300 * time.Second)
	c.Get("payment/"+short).Want(t, 200, `"status":-1`).Want(t, 200, `"reason":"No payment."`)
	c.Get("payment/"+long).Want(t, 200, `"status":0`)
	if b.PayLink(short, "BFA", "MOOV", "70656188", 0) == nil {
		t.Error("paid an expired link")
	}
	if err := b.WaitDelivered(kittest.Context(t), short); err != nil {
		t.Fatal(err)
	}
	if body := r.Received()[0]; !contains(body, hashOfBody(t, b.Config().SCIIPNKey, body)) || !contains(body, `"sender_country":null`) {
		t.Errorf("notified %s", body)
	}
}

func TestLinkIsRefused(t *testing.T) {
	_, c := newCaller(t, Config{RateLimit: -1})
	for _, x := range []struct {
		fields []string
		text   string
	}{
		{[]string{"set_amount", ""}, `{"status":422,"message":"The set amount field is required."}`},
		{[]string{"set_amount", "any"}, "set amount field must be one of fixed, floating, interval"},
		{[]string{"amount", ""}, "The amount field is required."},
		{[]string{"amount", "99"}, "must be at least 100"},
		{[]string{"amount_interval", "[100,200]"}, "prohibited when set amount is fixed"},
		{[]string{"set_amount", "floating"}, "amount field is prohibited"},
		{[]string{"set_amount", "interval", "amount", ""}, "The amount interval field is required."},
		{[]string{"set_amount", "interval", "amount_interval", "[100,200]"}, "amount field is prohibited"},
		{[]string{"set_amount", "interval", "amount", "", "amount_interval", "100-200"}, "amount interval field format is invalid"},
		{[]string{"set_amount", "interval", "amount", "", "amount_interval", "[100, 200]"}, "amount interval field format is invalid"},
		{[]string{"set_amount", "interval", "amount", "", "amount_interval", "[300,200]"}, "must be between"},
		{[]string{"set_amount", "interval", "amount", "", "amount_interval", "[1,200]"}, "must be between"},
		{[]string{"order_id", ""}, "The order id field is required."},
		{[]string{"period", "0"}, "period field must be an integer"},
		{[]string{"notify_payer", "1"}, "The payer notification email field is required."},
		{[]string{"notify_payer", "yes"}, "notify payer field must be one of"},
		{[]string{"payer_notification_email", "nobody"}, "valid email"},
		{[]string{"pay_url", "ftp://shop.example"}, "pay url field must be a valid URL"},
		{[]string{"no_pay_url", "x"}, "no pay url field must be a valid URL"},
		{[]string{"sender_country", "BFA"}, "not documented"},
	} {
		c.sci().Post(linkPath, fixedLink("o-1", x.fields...)...).Want(t, 422, x.text)
	}
	c.Get("payment/").Want(t, 200, "[]")
}

func TestLinkPage(t *testing.T) {
	b, c := newCaller(t, Config{AutoSettle: true})
	id := c.sci().Post(linkPath, "set_amount", "floating", "order_id", "<o>").Want(t, 201, "").ID()
	if err := b.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{id: "Payment &lt;o&gt;: paid.", "x": "No such payment."} {
		resp, err := c.HTTP.Do(kittest.MustRequest(t, b.Root()+pagePath+path))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !contains(body, want) {
			t.Errorf("page %s", body)
		}
	}
}
