package cinetpaytest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

// to replaces the recipient and the amount of an item for Awa.
func to(prefix, phone, client, amount string) string {
	return strings.NewReplacer(`"225"`, `"`+prefix+`"`, "0707000001", phone).Replace(payTo(client, amount, ""))
}

func TestSend(t *testing.T) {
	p, c := newCaller(t, Config{})
	c.login()
	c.data(moneyPath, "["+payTo("c-1", "500", "")+"]").Want(t, 200,
		`{"code":0,"message":"OPERATION_SUCCES","data":[[{"prefix":"225","phone":"0707000001","amount":"500","notify_url":`+
			`"https://example.com/n","client_transaction_id":"c-1","code":724,"status":"ERROR_PHONE_NOT_MY_CONTACT","lot":"`)
	c.data(contactPath, "["+awa+"]").Want(t, 200, "")
	// The id of the item that failed is free, and a batch is done item by item.
	c.data(moneyPath, "["+payTo("c-1", "500", "")+","+payTo("c-2", "502", "")+","+payTo("c-1", "800", "")+","+
		payTo("c-3", "800", `,"payment_method":"WAVECI"`)+"]").
		Want(t, 200, `"client_transaction_id":"c-1","code":0,"status":"success","treatment_status":"NEW","transaction_id":"`).
		Want(t, 200, `"client_transaction_id":"c-2","code":801,"status":"INVALID_AMOUNT"`).
		Want(t, 200, `"client_transaction_id":"c-1","code":805,"status":"CLIENT_TRANSACTION_ID_EXIST"`).
		Want(t, 200, `"client_transaction_id":"c-3","payment_method":"WAVECI","code":0`)
	c.data(moneyPath, "["+strings.Replace(payTo("c-4", "500", ""), `"500"`, "500", 1)+"]").Want(t, 200, `"amount":500,`)
	if got := p.findTransfer("", "c-3"); got.operator != "WAVECI" || got.Amount != 800 {
		t.Errorf("%+v", got)
	}
	if len(p.Orders()) != 3 || p.findTransfer("", "c-2") != nil {
		t.Errorf("%+v", p.Orders())
	}
	c.get("transfer/check/balance/").
		Want(t, 200, `{"code":0,"message":"OPERATION_SUCCES","data":{"amount":1000000,"inUsing":1800,"available":998200}}`)
}

func TestSendRefuses(t *testing.T) {
	p, c := newCaller(t, Config{
		RateLimit: -1, Balances: map[string]int64{"XOF": 1000, "GNF": 5000},
	})
	c.login()
	guinea := strings.NewReplacer("225", "224", "0707000001", "620000001").Replace(awa)
	c.data(contactPath, "["+awa+","+guinea+"]").Want(t, 200, "")
	good := payTo("c-1", "500", "")
	for _, x := range []struct {
		item string
		code int
	}{
		{strings.Replace(good, `"https://example.com/n"`, `""`, 1), 725},
		{strings.Replace(good, `"notify_url":"https://example.com/n",`, ``, 1), 725},
		{strings.Replace(good, "https:", "http:", 1), 725},
		{strings.Replace(good, `"c-1"`, `""`, 1), 704},
		{strings.Replace(good, `"c-1"`, `17`, 1), 716},
		{strings.Replace(good, `"prefix"`, `"prefixe"`, 1), 716},
		{payTo("c-1", "500", `,"currency":"XOF"`), 716},
		{payTo("c-1", "500", `,"payment_method":"wave ci"`), 716},
		{payTo("c-1", "0500", ""), 801}, {payTo("c-1", "-5", ""), 801}, {payTo("c-1", "5.0", ""), 801},
		{payTo("c-1", "501", ""), 801}, {payTo("c-1", "95", ""), 719}, {payTo("c-1", "1500005", ""), 720},
		{payTo("c-1", "1005", ""), 602},
		{to("225", "07000001", "c-1", "500"), 802},
		{to("237", "707000001", "c-1", "500"), 802},
		{to("237", "670000001", "c-1", "500"), 724},
		{to("224", "620000001", "c-1", "995"), 719},
		{to("224", "620000001", "c-1", "15000005"), 720},
		{to("224", "620000001", "c-1", "5005"), 602},
	} {
		c.data(moneyPath, "["+x.item+"]").Want(t, 200, fmt.Sprintf(`"code":%d,"status":"%s"`, x.code, name(x.code)))
	}
	for _, code := range []int{721, 804, 717, 709} {
		p.FailPhone("225", "", code)
		c.data(moneyPath, "["+good+"]").Want(t, 200, fmt.Sprintf(`"code":%d,"status":"%s"`, code, name(code)))
	}
	p.FailPhone("225", "", 0)
	if len(p.Orders()) != 0 || len(p.Entries()) != 2 {
		t.Errorf("%+v %+v", p.Orders(), p.Entries())
	}
	// Two that the balance has room for and one that it has not.
	c.data(moneyPath, "["+good+","+payTo("c-2", "600", "")+","+payTo("c-3", "500", "")+","+to("224", "620000001", "c-4", "5000")+"]").
		Want(t, 200, `"client_transaction_id":"c-2","code":602,"status":"INSUFFICIENT_BALANCE"`).
		Want(t, 200, `"client_transaction_id":"c-3","code":0`)
	if p.Balance("transfer/XOF") != 0 || p.Balance("transfer/GNF") != 0 {
		t.Errorf("%+v", p.Entries())
	}
	kittest.CheckLedger(t, p.Ledger)
}

func TestTransferLife(t *testing.T) {
	clock := kittest.NewClock()
	hook := kittest.NewHook(t, 200, 500) // the ping, then the first notification is not taken
	p, c := newCaller(t, Config{Clock: clock.Now, Codes: CodesStrings})
	c.login()
	c.data(contactPath, "["+awa+"]").Want(t, 200, "")
	item := strings.Replace(payTo("c-1", "500", ""), "https://example.com/n", hook.URL, 1)
	c.data(moneyPath, "["+item+"]").Want(t, 200, `"treatment_status":"NEW"`)
	if err := p.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	id := p.Orders()[0].ID
	if pings := p.DeliveriesOf(ping + id); len(pings) != 1 || pings[0].Method != "GET" || pings[0].Status != 200 || p.CountUndelivered() != 0 {
		t.Errorf("pings %+v", pings)
	}
	c.get("transfer/check/money", "client_transaction_id", "c-1").Want(t, 200,
		`{"code":"0","message":"OPERATION_SUCCES","data":[{"transaction_id":"`+id+`","client_transaction_id":"c-1","lot":"`).
		Want(t, 200, `"amount":"500","receiver":"0707000001","receiver_e164":"+2250707000001","operator":"OM",`+
			`"sending_status":"PENDING","transfer_valid":"N","treatment_status":"NEW","comment":"","validated_at":null}]`)

	for _, early := range []error{p.Process("c-1"), p.Hold(id)} {
		if early != errNotConfirmed {
			t.Errorf("got %v", early)
		}
	}
	if err := p.ConfirmByMail("c-1"); err != nil {
		t.Fatal(err)
	}
	if err := p.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if p.ConfirmByMail("c-1") == nil || p.Approve("nobody") != sandbox.ErrNotFound {
		t.Error("no error")
	}
	c.get("transfer/check/money", "transaction_id", id).
		Want(t, 200, `"sending_status":"CONFIRM","transfer_valid":"N","treatment_status":"REC"`)
	if n := p.Redeliver(kittest.Context(t)); n != 1 {
		t.Errorf("%d redelivered", n)
	}
	if err := p.Hold(id); err != nil {
		t.Fatal(err)
	}
	c.get("transfer/check/money", "transaction_id", id).Want(t, 200, `"treatment_status":"NOS"`)
	if err := p.Approve(id); err != nil {
		t.Fatal(err)
	}
	c.get("transfer/check/money", "transaction_id", id).
		Want(t, 200, `"transfer_valid":"Y","treatment_status":"VAL","comment":"","validated_at":"2026-03-01 12:00:00"`)
	c.get("transfer/check/balance").Want(t, 200, `{"amount":999500,"inUsing":0,"available":999500}`)
	if p.Decline(id, "late") != sandbox.ErrNotPending {
		t.Error("rejected after the end")
	}
	if err := p.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, d := range p.DeliveriesOf(id) {
		v := values(t, d.Body)
		seen[v["treatment_status"]] += fmt.Sprintf("%d ", d.Status)
		if len(v) != len(transferNote) || v["client_transaction_id"] != "c-1" || v["amount"] != "500" || d.Header["X-Token"] != nil {
			t.Errorf("%s %v", d.Body, d.Header)
		}
	}
	if fmt.Sprint(seen) != "map[NOS:200  REC:500 200  VAL:200 ]" {
		t.Errorf("%v", seen)
	}
	for _, query := range [][]string{{}, {"transaction_id", id, "client_transaction_id", "c-1"}, {"lot", "1"}} {
		c.get("transfer/check/money", query...).Want(t, 400, `"704"`)
	}
	c.get("transfer/check/money", "transaction_id", "c-1").
		Want(t, 404, `{"code":"723","message":"NOT_FOUND","description":"NOT_FOUND","data":[]}`)
	c.get("transfer/check/money", "client_transaction_id", id).Want(t, 404, `"723"`)
}

func TestRejectGivesBack(t *testing.T) {
	hook := kittest.NewHook(t)
	p, c := newCaller(t, Config{AllowListed: true, NotifyJSON: true, Balances: map[string]int64{"CDF": 1000}, Currency: "CDF"})
	c.login()
	congo := strings.NewReplacer("225", "243", "0707000001", "810000001").Replace(awa)
	c.data(contactPath, "["+congo+"]").Want(t, 200, "")
	item := strings.Replace(to("243", "810000001", "c-1", "600"), "https://example.com/n", hook.URL, 1)
	c.data(moneyPath, "["+item+"]").Want(t, 200, `"code":0`)
	c.get("transfer/check/money", "client_transaction_id", "c-1").Want(t, 200, `"sending_status":"CONFIRM"`)
	c.get("transfer/check/balance").Want(t, 200, `{"amount":1000,"inUsing":600,"available":400}`)
	if err := p.Process("c-1"); err != nil {
		t.Fatal(err)
	}
	if err := p.Decline("c-1", "Compte bloqué"); err != nil {
		t.Fatal(err)
	}
	c.get("transfer/check/balance").Want(t, 200, `{"amount":1000,"inUsing":0,"available":1000}`)
	c.get("transfer/check/money", "client_transaction_id", "c-1").
		Want(t, 200, `"treatment_status":"REJ","comment":"Compte bloqué"`)
	if e := p.EntriesOf("transfer/CDF"); len(e) != 3 || e[1].Amount != 60_000 || e[2].Kind != sandbox.Credit || e[2].Reference != "c-1" {
		t.Errorf("%+v", e)
	}
	kittest.CheckLedger(t, p.Ledger)
	// A transfer that was refused later keeps its id.
	c.data(moneyPath, "["+item+"]").Want(t, 200, `"code":805`)

	if err := p.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, d := range p.DeliveriesOf(p.Orders()[0].ID) {
		var v map[string]string
		if err := json.Unmarshal(d.Body, &v); err != nil || len(v) != len(transferNote) {
			t.Errorf("%s: %v", d.Body, err)
		}
		found = found || v["treatment_status"] == "REJ" && v["comment"] == "Compte bloqué"
	}
	if !found {
		t.Errorf("%+v", p.Deliveries())
	}
}

func TestAutoSettle(t *testing.T) {
	hook := kittest.NewHook(t)
	p, c := newCaller(t, Config{AutoSettle: true})
	c.login()
	c.data(contactPath, "["+awa+"]").Want(t, 200, "")
	c.data(moneyPath, "["+strings.Replace(payTo("c-1", "500", ""), "https://example.com/n", hook.URL, 1)+"]").
		Want(t, 200, `"NEW"`)
	c.data(moneyPath, "["+payTo("c-2", "500", "")+"]").Want(t, 200, `"NEW"`)
	c.checkout("TX-1", "notify_url", hook.URL).Want(t, 200, "CREATED")
	if err := p.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	for _, x := range p.transfers {
		if x.treatment != "VAL" || x.sending != "CONFIRM" || x.validated.IsZero() {
			t.Errorf("%+v", x)
		}
	}
	if got := p.Orders()[0]; got.Status != "ACCEPTED 0" || got.Phone != "2250707000001" {
		t.Errorf("%+v", got)
	}
	if len(hook.Received()) != 4 { // a ping and a POST each
		t.Errorf("%q", hook.Received())
	}
	for _, d := range p.DeliveriesOf("c-2") {
		if d.Err != sandbox.ErrNotLoopback {
			t.Errorf("%+v", d)
		}
	}
	if time.Since(p.Entries()[0].Time) > time.Minute {
		t.Error("not today")
	}
}
