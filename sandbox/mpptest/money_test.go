package mpptest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

func TestAmounts(t *testing.T) {
	for _, x := range []struct {
		in  string
		n   int64
		out string
	}{
		{"2", 200, "2"}, {"76738.84", 7673884, "76738.84"}, {"0.1", 10, "0.1"}, {"0.01", 1, "0.01"}, {"12.50", 1250, "12.5"},
		{"9007199254740.93", 900719925474093, "9007199254740.93"}, {"100", 10000, "100"},
	} {
		n, ok := parseAmount(json.Number(x.in))
		if !ok || n != x.n || money(n).String() != x.out {
			t.Errorf("%s: %d %v %s", x.in, n, ok, money(n))
		}
	}
	for _, bad := range []string{"", "0", "0.00", "-1", "1.234", "2e2", "01", "1.", "12345678901234"} {
		if n, ok := parseAmount(json.Number(bad)); ok {
			t.Errorf("%q is %d", bad, n)
		}
	}
	if money(-5).String() != "-0.05" || money(0).String() != "0" || money(-12_30).String() != "-12.3" {
		t.Error("negative amounts")
	}
}

func TestTransfer(t *testing.T) {
	clock := kittest.NewClock()
	h := kittest.NewHook(t)
	m, c := newCaller(t, Config{Clock: clock.Now, Balance: 76738_84, Currency: "GNF"})
	id := c.made("fd000b95", "transfer", "2", "channel", `"CDT"`, "account_number", `"TAX_01_1234"`,
		"first_name", `"bockarie"`, "last_name", `"Marah"`, "callback_url", `"`+h.URL+`"`)
	if m.Balance("GNF") != 76736_84 {
		t.Errorf("balance %d", m.Balance("GNF"))
	}
	clock.Advance(4 * time.Second)
	if err := m.Approve(id); err != nil {
		t.Fatal(err)
	}
	reference := m.transactions[0].number
	c.get("transaction/"+id+"/get-status").
		Want(t, 200, fmt.Sprintf(`{"data":{"id":%q,"reference":%q,"status":"completed"},"code"`, id, reference))
	business := fmt.Sprintf(`{"id":%q,"name":"SANDBOX","address":"GN","code":"521395","can_accept_cash_deposit":false,"status":"active",`+
		`"onboarding_status":"request-add-channel","created_at":"2023-10-19T15:29:10.000000Z","verified":false}`, m.Config().BusinessID)
	// The keys and their order are the sample's.
	details := fmt.Sprintf(`"reference":%q,"originated":null,"category":"transfer","accounting_type":"authorize",`+
		`"external_id":"fd000b95","author":{"name":"Sandbox Merchant"},"verified_by":null,"amount":2,"fees":0,"merchant_commission":0,`+
		`"fee_payer":"merchant","total_amount":2,"before_balance":76738.84,"after_balance":76736.84,"end_at":"2026-03-01T12:00:04.000000Z",`+
		`"message":"transfer/transaction completed","reason":null,"direction":"debit","status":"completed",`+
		`"created_at":"2026-03-01T12:00:00.000000Z","updated_at":"2026-03-01T12:00:04.000000Z","payment_page_id":null,`+
		`"payment_request_id":null,"details":{"msisdn":"080002209","account_number":"TAX_01_1234","first_name":"bockarie","last_name":"Marah"},`+
		`"customer_profile":null,"channel":{"code":"CDT","type":"cash","description":"Cash deposit"},"business":%[2]s,`+
		`"sender_business":%[2]s,"receiver_business":null,"currency":{"id":1,"iso3":"GNF"},"country":{"id":1,"iso2":"GN"}}`, reference, business)
	c.get("transaction/"+id).Want(t, 200, `{"data":{"id":"`+id+`","id2":"`).Want(t, 200, details)
	c.get("transaction").Want(t, 200, `"exhange_rate":null,"status":"completed"`).
		Want(t, 200, `"currency":{"id":1,"iso3":"GNF"},"country":{"id":1,"iso2":"GN"},"channel":{"code":"CDT"`)

	if err := m.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	calls := h.Calls()
	if len(calls) != 1 || !strings.Contains(calls[0].Body, details) || calls[0].Header.Get("Content-Type") != "application/json" {
		t.Errorf("called back %+v", calls)
	}
	kittest.CheckLedger(t, m.Ledger)
}

func TestStatuses(t *testing.T) {
	m, c := newCaller(t, Config{Balance: 100_00})
	balance := func(want int64) {
		t.Helper()
		if m.Balance("SLE") != want {
			t.Errorf("balance %d, want %d", m.Balance("SLE"), want)
		}
	}
	set := func(id string, statuses ...string) {
		t.Helper()
		for _, s := range statuses {
			if err := m.Set(id, s); err != nil {
				t.Errorf("%s: %v", s, err)
			}
			c.get("transaction/"+id+"/get-status").Want(t, 200, `"status":"`+s+`"`)
		}
	}
	refused := func(id string, statuses ...string) {
		t.Helper()
		for _, s := range statuses {
			if m.Set(id, s) == nil {
				t.Errorf("became %s", s)
			}
		}
	}
	a := c.made("a", "transfer", "40")
	set(a, "pending", "processing", "transmitted", "blocked", "on_hold", "processing", "completed")
	refused(a, "completed", "failed", "pending", "cancelled")
	balance(60_00)
	set(a, "refunded")
	balance(100_00)
	refused(a, "refunded", "completed")

	b := c.made("b", "transfer", "40")
	set(b, "transmitted")
	refused(b, "initiated", "transmitted", "cancelled", "")
	if err := m.Decline(b, ""); err != nil {
		t.Error(err)
	}
	c.get("transaction/"+b).Want(t, 200, `"before_balance":100,"after_balance":60,`).Want(t, 200,
		`"message":"transfer failed","reason":"Error occurred. Please try again later"`)
	set(b, "refunded")
	balance(100_00)

	p := c.made("p", "payment", "5.5")
	c.get("transaction/"+p).Want(t, 200, `"before_balance":null,"after_balance":null,"end_at":null,"message":"initiated"`).
		Want(t, 200, `"direction":"credit"`).Want(t, 200, `"sender_business":null,"receiver_business":{`)
	set(p, "completed")
	balance(105_50)
	set(p, "refunded")
	balance(100_00)

	id := c.made("declined", "transfer", "1")
	if err := m.Decline(id, "no"); err != nil {
		t.Error(err)
	}
	c.get("transaction/"+id).Want(t, 200, `"reason":"no"`)
	balance(100_00)
	if !errors.Is(m.Approve("x"), sandbox.ErrNotFound) {
		t.Error("completed what is not there")
	}
	kittest.CheckLedger(t, m.Ledger)
}

func TestFeesAndOverdraft(t *testing.T) {
	m, c := newCaller(t, Config{
		Balance: 10_00, LimitOverdraft: 5_00, Fee: func(_ string, n int64) int64 { return n / 10 },
	})
	for _, x := range []struct {
		channel, category, amount string
		fees, total               string
		balance                   int64 // after it is completed
	}{
		{"OM", "payment", "2.50", "0.25", "2.5", 12_25},
		{"AFM", "payment", "2", "0.2", "2.2", 14_25},
		{"OM", "transfer", "3", "0.3", "3.3", 10_95},
		{"AFM", "transfer", "3", "0.3", "3", 7_95},
		{"AFM", "payout", "10", "1", "11", -3_05},
		{"CDT", "deposit", "1", "0.1", "1", -2_15},
		{"CDT", "topup", "1", "0.1", "1.1", -3_25},
	} {
		id := c.made(kit.UUID(), x.category, x.amount, "channel", `"`+x.channel+`"`, "first_name", `"Al"`, "last_name", `"Bo"`)
		if err := m.Approve(id); err != nil {
			t.Fatal(err)
		}
		c.get("transaction/"+id).Want(t, 200, `"fees":`+x.fees+`,`).Want(t, 200, `"total_amount":`+x.total+`,`)
		if m.Balance("SLE") != x.balance {
			t.Errorf("%s %s: balance %d, want %d", x.channel, x.category, m.Balance("SLE"), x.balance)
		}
	}
	c.create("o-1", "transfer", "1.60").Want(t, 400, `"code":"MPP-REQ-4000","message":"Insufficient balance."`)
	if o, err := sandbox.Find(m.Orders(), "o-1"); err == nil {
		t.Errorf("%+v was refused", o)
	}
	c.get("business/"+m.Config().BusinessID+"/balance").Want(t, 200, `"balance":-3.25`)
	c.made("o-1", "transfer", "1.59") // the id is still free; 0.15 of fee
	if m.Open("SLE", "SLE", 10_00); m.Balance("SLE") != 5_01 {
		t.Errorf("balance %d", m.Balance("SLE"))
	}
}

func TestExternalID(t *testing.T) {
	m, c := newCaller(t, Config{})
	id := c.made("o-1", "transfer", "1")
	c.create("o-1", "transfer", "1").
		Want(t, 409, `"code":"MPP-TX-REQ-4091","message":"Conflict over the treatment of resources"`)
	if err := m.Decline(id, ""); err != nil {
		t.Fatal(err)
	}
	c.create("o-1", "payment", "1").Want(t, 409, "MPP-TX-REQ-4091")
	m, c = newCaller(t, Config{AllowDuplicates: true})
	c.made("o-1", "transfer", "1")
	c.made("o-1", "transfer", "1")
	if n := len(m.Orders()); n != 2 {
		t.Errorf("%d transactions", n)
	}
}

func TestChannelRules(t *testing.T) {
	m, c := newCaller(t, Config{})
	om, _ := m.findChannel("OM")
	om.Fields = append(om.Fields, Field{"tax", []string{"string", "min:3", "max:5"}}, Field{"floor", []string{"nullable", "numeric", "max:10.5"}},
		Field{"proof", []string{"nullable", "mimes:jpg,png,jpeg,pdf"}}, Field{"rest", []string{"nullable", "regex:^x$"}})
	m.SetChannel(om)
	for n, x := range []struct {
		fields []string
		wrong  string // "" is nothing
	}{
		{[]string{"email", `"a@example.com"`, "phone", `"+22394996021"`, "first_name", `null`, "last_name", `""`}, ""},
		{[]string{"tax", `"äöü"`, "floor", `10.5`, "proof", `"data:image/png;base64,AA=="`, "rest", `"y"`}, ""},
		{[]string{"floor", `"007"`, "callback_url", `"https://shop.example/mpp"`}, ""},
		{[]string{"msisdn", `""`}, "The msisdn field is required."}, {[]string{"msisdn", ""}, "The msisdn field is required."},
		{[]string{"msisdn", `80002209`}, "The msisdn field must be a string."}, {[]string{"tax", `null`}, "The tax field must not be null."},
		{[]string{"email", `"a b"`}, "The email field must be a valid email address."},
		{[]string{"email", `1`}, "The email field must be a valid email address."},
		{[]string{"phone", `"22 39"`}, "The phone field must be a valid phone number."},
		{[]string{"tax", `"ab"`}, "The tax field must be at least 3."}, {[]string{"tax", `"abcdef"`}, "The tax field must not be greater than 5."},
		{[]string{"floor", `10.51`}, "The floor field must not be greater than 10.5."}, {[]string{"floor", `"x"`}, "The floor field must be a number."},
		{[]string{"floor", `true`}, "The floor field must be a number."},
		{[]string{"proof", `"data:text/html;base64,AA=="`}, "The proof field must be a file of type: jpg,png,jpeg,pdf."},
		{[]string{"amount", `"2"`}, "two decimals"}, {[]string{"amount", `2.345`}, "two decimals"}, {[]string{"amount", `0`}, "two decimals"},
		{[]string{"amount", `2e2`}, "two decimals"}, {[]string{"amount", ""}, "The amount field is required."},
		{[]string{"category", `"payout"`}, "The category field is not a category of the channel."},
		{[]string{"channel", `"om"`}, "The channel field is not an active channel of the business."},
		{[]string{"currency", `"GNF"`}, "The currency field is not a currency of the business."},
		{[]string{"external_id", `"` + strings.Repeat("x", 256) + `"`}, "The external id field must not be greater than 255."},
		{[]string{"business_id", `7`}, "The business id field must be a string."},
		{[]string{"callback_url", `"http://shop.example/mpp"`}, "The callback url field must be an https URL."},
		{[]string{"description", `"x"`}, "The description field is not documented."},
	} {
		r := c.create(fmt.Sprintf("o-%d", n), "transfer", "2", x.fields...)
		if x.wrong == "" {
			r.Want(t, 200, "initiated")
		} else {
			r.Want(t, 422, x.wrong).Want(t, 422, `"code":"MPP-REQ-4022"`)
		}
	}
	c.create("o", "transfer", "60000", "channel", `"AFM"`, "msisdn", `"x"`, "proof", `"x"`).Want(t, 422, `"message":"The msisdn field must be a valid phone number.",`+
		`"errors":{"msisdn":["The msisdn field must be a valid phone number."],"amount":["The amount field must not be greater than 50000.5."],`+
		`"proof":["The proof field is not documented."]}`)
	c.create("o", "transfer", "1", "business_id", `"x"`).Want(t, 404, "MPP-BS-4505")
	om.Inactive = true
	m.SetChannel(om)
	c.create("o", "transfer", "1").Want(t, 422, "not an active channel")
	if n := len(m.Orders()); n != 3 || len(m.Entries()) != 4 {
		t.Errorf("%d transactions, %d entries", n, len(m.Entries()))
	}
}

func TestPages(t *testing.T) {
	for _, endless := range []bool{false, true} {
		m, c := newCaller(t, Config{EndlessPages: endless})
		url := m.URL() + "/api/v1/transaction?page="
		last := "null"
		if endless {
			last = `"` + url + `1"`
		}
		c.get("transaction").Want(t, 200, `"data":[],`).Want(t, 200,
			`"from":null,"last_page":1,"last_page_url":"`+url+`1","next_page_url":`+last).Want(t, 200, `"to":null,"total":0`)
		for n := range 31 {
			c.made(fmt.Sprintf("o-%02d", n), "payment", "1")
		}
		var got []string
		for page := 1; page <= 3; page++ {
			r := c.get(fmt.Sprintf("transaction/?page=%d", page)).Want(t, 200, fmt.Sprintf(`{"current_page":%d,`, page))
			var v struct {
				Data []struct {
					External string `json:"external_id"`
				}
			}
			if err := json.Unmarshal(r.Body, &v); err != nil {
				t.Fatal(err)
			}
			for _, tx := range v.Data {
				got = append(got, tx.External)
			}
		}
		if len(got) != 31 || !slices.IsSortedFunc(got, func(a, b string) int { return strings.Compare(b, a) }) {
			t.Errorf("listed %v", got)
		}
		if endless {
			last = `"` + url + `3"`
		}
		c.get("transaction?page=2").
			Want(t, 200, `"from":16,"last_page":3,"last_page_url":"`+url+`3","next_page_url":"`+url+`3"`).
			Want(t, 200, `"per_page":15,"prev_page_url":"`+url+`1","to":30,"total":31`)
		c.get("transaction?page=3").Want(t, 200, `"next_page_url":`+last)
		c.get("transaction?page=9&page_size=100").Want(t, 200, `{"current_page":9,"data":[]`)
		c.get("transaction?page_size=100").Want(t, 200, `"to":31,"total":31`)
	}
}
