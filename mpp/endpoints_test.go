package mpp_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/mpp"
)

func at(s string) time.Time {
	v, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return v
}

func exactly(m wapay.Money, number json.Number) mpp.Amount {
	return mpp.Amount{Money: m, Number: number}
}

func TestBusiness(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "business.json")))
	b, err := c.Business(context.Background())
	require.NoError(t, err)
	m.assertRequest("GET", "api/v1/business", "")
	zero := exactly(wapay.SLE.Units(0), "0")
	assert.JSONEq(t, sample(t, "business.json"), string(b.Raw))
	b.Raw = nil
	assert.Equal(t, &mpp.Business{
		ID: "9ad49c94-6983-477b-ad48-20b33ea66bbf", Name: "BNB-MPP-SL", Address: "SL", Code: "521395", Commission: zero,
		CurrencyID: 4, Currency: wapay.SLE, CountryID: 4, Country: "SL", LimitOverdraft: zero,
		User: mpp.User{Email: "bnb-sl@cauridor.com", Name: "sl debug-sl", Owner: true, Roles: []string{"merchant"}},
	}, b)
}

func TestBalance(t *testing.T) {
	for _, x := range []struct{ name, body string }{
		{"as in the sample", sample(t, "balance.json")},
		{"spelled as in the prose", strings.Replace(sample(t, "balance.json"), "currencry", "currency", 1)},
		{"an object", strings.Replace(sample(t, "balance.json"), `"SLE"`, `{"id":4,"iso3":"SLE"}`, 1)},
		{"as a string", strings.Replace(sample(t, "balance.json"), "10282", `"10282"`, 1)},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, m := newMock(t, reply(200, x.body))
			b, err := c.Balance(context.Background())
			require.NoError(t, err)
			m.assertRequest("GET", "api/v1/business/"+businessID+"/balance", "")
			assert.Equal(t, exactly(wapay.SLE.Units(10282), "10282"), b.Balance)
			assert.Equal(t, exactly(wapay.SLE.Units(0), "0"), b.Commission)
			assert.Equal(t, wapay.SLE, b.Currency)
		})
	}
	for _, number := range []string{"76738.84", "90071992547409.93", "-0.01", "0.1", "7673884e-2"} {
		c, _ := newMock(t, reply(200, strings.Replace(sample(t, "balance.json"), "10282", number, 1)))
		b, err := c.Balance(context.Background())
		require.NoError(t, err)
		assert.Equal(t, json.Number(number), b.Balance.Number)
		if !strings.Contains(number, "e") {
			want := number + strings.Repeat("0", 2-len(number[strings.Index(number, ".")+1:]))
			assert.Equal(t, want, b.Balance.Money.Decimal())
		}
	}
	for _, body := range []string{
		strings.Replace(sample(t, "balance.json"), "10282", "null", 1), strings.Replace(sample(t, "balance.json"), "10282", `"much"`, 1),
		`{"data":[],"success":true}`, `{"success":true}`,
	} {
		c, _ := newMock(t, reply(200, body))
		_, err := c.Balance(context.Background())
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	}
}

func TestPathsAreEscaped(t *testing.T) {
	_, m := newMock(t, reply(200, sample(t, "balance.json")))
	c := m.client(mpp.Credentials{SecretID: secretID, SecretKey: secretKey, BusinessID: "a/b?c%2F ü"})
	_, err := c.Balance(context.Background())
	require.NoError(t, err)
	m.assertRequest("GET", "api/v1/business/a%2Fb%3Fc%252F%20%C3%BC/balance", "")

	c, m = newMock(t, reply(404, refusal("MPP-REQ-4008", "")))
	_, err = c.Status(context.Background(), "../x?y")
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	m.assertRequest("GET", "api/v1/transaction/..%2Fx%3Fy/get-status", "")
	for _, id := range []string{"", ".", "..", "a\nb"} {
		_, err = c.Transaction(context.Background(), id)
		badFields(t, err, "ID")
	}
}

func TestChannels(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "channels.json")))
	m.channelsAnswer = nil
	p, err := c.Channels(context.Background(), mpp.PageRequest{})
	require.NoError(t, err)
	m.assertRequest("GET", "api/v1/business/"+businessID+"/channel", "")
	require.Len(t, p.Items, 1)
	assert.False(t, p.More)
	assert.Equal(t, []int{1, 1, 15, 1}, []int{p.Number, p.Last, p.PerPage, p.Total})
	ch := p.Items[0]
	assert.NotEmpty(t, ch.Raw)
	ch.Raw = nil
	assert.Equal(t, mpp.Channel{
		ID: 97, Status: "active", Code: "OM", Description: "Orange Money", Active: true,
		Fields: map[string][]string{
			"msisdn": {"required", "string"}, "amount": {"required", "numeric"}, "email": {"nullable", "email"},
			"phone": {"nullable", "string", "phone_number"}, "first_name": {"nullable", "string"},
			"last_name": {"nullable", "string"}, "account_number": {"nullable", "string"},
		},
		Categories: []mpp.ChannelCategory{
			{ID: 133, Category: mpp.CategoryPayment, FeePayer: mpp.FeeMerchant},
			{ID: 134, Category: mpp.CategoryTransfer, FeePayer: mpp.FeeMerchant},
		},
	}, ch)
}

func TestChannelsInOtherForms(t *testing.T) {
	for _, x := range []struct {
		name, channel string
		fields        map[string][]string
		active        bool
	}{
		{"no fields", `{"code":"X","fields":[],"active":1}`, map[string][]string{}, true},
		{"null", `{"code":"X","fields":null,"categories":null,"active":null,"status":"inactive"}`, map[string][]string{}, false},
		{"rules in one string", `{"code":"X","fields":{"a":"required|min:3"},"active":"0"}`, map[string][]string{"a": {"required", "min:3"}}, false},
		{"rules that are no strings", `{"code":"X","fields":{"a":[1,null,{"in":["x"]}]}}`, map[string][]string{"a": {"1", "", `{"in":["x"]}`}}, true},
		{"no rules", `{"code":"X","fields":{"a":[],"b":null}}`, map[string][]string{"a": nil, "b": nil}, true},
		{"id as a string", `{"code":7,"id":"9","status":"ACTIVE"}`, map[string][]string{}, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, m := newMock(t, reply(200, `{"data":[`+x.channel+`],"success":true}`))
			m.channelsAnswer = nil
			p, err := c.Channels(context.Background(), mpp.PageRequest{})
			require.NoError(t, err)
			assert.Equal(t, x.fields, p.Items[0].Fields)
			assert.Equal(t, x.active, p.Items[0].Active)
		})
	}
}

func TestValidateAccount(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "account.json")))
	a, err := c.ValidateAccount(context.Background(), "om", phone(t, "+22394996021", ""))
	require.NoError(t, err)
	m.assertRequest("GET", "api/v1/channel/account/validate", `{"code": "om", "msisdn": "+22394996021"}`)
	a.Raw = nil
	assert.Equal(t, &mpp.AccountHolder{FirstName: "Abdou", LastName: "Diogue", BirthDate: "1976-08-13", Gender: "MALE"}, a)
	_, err = c.ValidateAccount(context.Background(), "", wapay.Phone{})
	badFields(t, err, "Channel", "Phone")
}

func TestCreateTransaction(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "created.json")))
	tx, err := c.CreateTransaction(context.Background(), mpp.TransactionRequest{
		ExternalID: "fe9a14fc-0ca1-4cf7-887f-09e22d1c5ae5", Channel: "CDT", Category: mpp.CategoryTransfer,
		Amount: wapay.GNF.Units(2), MSISDN: "080002209", AccountNumber: "TAX_01_1234", FirstName: "bockarie", LastName: "Marah",
	})
	require.NoError(t, err)
	m.assertRequest("POST", "api/v1/transaction", `{
    "business_id":"9b43c8d9-1353-45d7-a0ab-6427227940dc",
    "channel": "CDT",
    "external_id": "fe9a14fc-0ca1-4cf7-887f-09e22d1c5ae5",
    "currency": "GNF",
    "category": "transfer", 
    "amount": 2,
    "msisdn": "080002209",
    "account_number": "TAX_01_1234",
    "first_name": "bockarie",
    "last_name": "Marah"
}`) // without the sample's extra comma
	assert.Equal(t, txID, tx.ID)
	assert.Equal(t, wapay.StatusPending, tx.Status)
	assert.Equal(t, "initiated", tx.ProviderStatus)

	r := goodTransaction()
	r.Email, r.Phone, r.CallbackURL = "b@example.com", "+224624849557", "https://shop.example/mpp"
	r.Fields = map[string]string{"tax": "12", "empty": ""}
	c, m = newMock(t, reply(201, sample(t, "created.json")))
	_, err = c.CreateTransaction(context.Background(), r)
	require.NoError(t, err)
	m.assertRequest("POST", "api/v1/transaction", `{"business_id":"`+businessID+`","channel":"OM","external_id":"order-1","currency":"GNF",
		"category":"transfer","amount":2,"msisdn":"080002209","email":"b@example.com","phone":"+224624849557","tax":"12",
		"callback_url":"https://shop.example/mpp"}`)
}

// The amount is a JSON number, exact to the last cent.
func TestAmountOnTheWire(t *testing.T) {
	for want, m := range map[string]wapay.Money{
		"76738.84": wapay.SLE.Minor(7673884), "12.5": wapay.SLE.Minor(1250), "0.01": wapay.SLE.Minor(1), "100": wapay.SLE.Units(100),
		"5000": wapay.XOF.Units(5000), "90071992547409.93": wapay.USD.Minor(9007199254740993), "92233720368547758.07": wapay.SLE.Minor(1<<63 - 1),
	} {
		c, mock := newMock(t, reply(200, sample(t, "created.json")))
		r := goodTransaction()
		r.Amount = m
		_, err := c.CreateTransaction(context.Background(), r)
		require.NoError(t, err)
		assert.Contains(t, mock.Requests[0].Body, `"amount":`+want+`,`)
	}
}

func TestCreateTransactionChecks(t *testing.T) {
	for _, x := range []struct {
		name   string
		change func(*mpp.TransactionRequest)
		bad    []string
	}{
		{"nothing", func(r *mpp.TransactionRequest) { *r = mpp.TransactionRequest{} }, []string{"Amount", "Category", "Channel", "ExternalID"}},
		{"space around", func(r *mpp.TransactionRequest) { r.ExternalID = " a" }, []string{"ExternalID"}},
		{"long", func(r *mpp.TransactionRequest) { r.ExternalID = strings.Repeat("a", 256) }, []string{"ExternalID"}},
		{"no amount", func(r *mpp.TransactionRequest) { r.Amount = wapay.SLE.Units(0) }, []string{"Amount"}},
		{"less than nothing", func(r *mpp.TransactionRequest) { r.Amount = wapay.SLE.Units(-1) }, []string{"Amount"}},
		{"out of range", func(r *mpp.TransactionRequest) { r.Amount = wapay.SLE.Units(1 << 62) }, []string{"Amount"}},
		{"unknown currency", func(r *mpp.TransactionRequest) { r.Amount = wapay.Currency("ABC").Units(1) }, []string{"Amount"}},
		{"http", func(r *mpp.TransactionRequest) { r.CallbackURL = "http://shop.example" }, []string{"CallbackURL"}},
		{"basic fields", func(r *mpp.TransactionRequest) {
			r.Fields = map[string]string{"amount": "1", "business_id": "x", "msisdn": "1", "": "x", "tax": "1"}
		}, []string{"Fields", "Fields", "Fields", "Fields"}},
		{"control characters", func(r *mpp.TransactionRequest) {
			r.FirstName, r.Fields = "a\x00", map[string]string{"tax": "\xff"}
		}, []string{"Fields[tax]", "FirstName"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, m := newMock(t, reply(200, ""))
			r := goodTransaction()
			x.change(&r)
			_, err := c.CreateTransaction(context.Background(), r)
			badFields(t, err, x.bad...)
			assert.Empty(t, m.all)
		})
	}
}

func TestTransaction(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "transaction.json")))
	tx, err := c.Transaction(context.Background(), txID)
	require.NoError(t, err)
	m.assertRequest("GET", "api/v1/transaction/"+txID, "")
	business := &mpp.TransactionBusiness{
		ID: "9a68577c-1c58-4dd0-9b0e-2596191c0649", Name: "HelloBusiness1", Address: "Batiment sud est", Code: "697224",
		CanAcceptCashDeposit: true, Status: "active", OnboardingStatus: "request-add-channel", CreatedAt: at("2023-10-19T15:29:10Z"),
	}
	assert.JSONEq(t, sample(t, "transaction.json"), string(tx.Raw))
	tx.Raw = nil
	assert.Equal(t, &mpp.Transaction{
		ID: txID, ID2: "AezuytQW", Reference: "766151", Category: mpp.CategoryTransfer, AccountingType: "authorize",
		ExternalID: "fd000b95-7dda-4a00-bacb-6faec38cd922", Author: "beny marel Pambou",
		Amount: exactly(wapay.GNF.Units(2), "2"), Fees: exactly(wapay.GNF.Units(0), "0"),
		Commission: exactly(wapay.GNF.Units(0), "0"), FeePayer: mpp.FeeMerchant, Total: exactly(wapay.GNF.Units(2), "2"),
		BalanceBefore: exactly(wapay.Money{}, "76738.84"), BalanceAfter: exactly(wapay.Money{}, "76736.84"), // GNF has no cents
		EndedAt: at("2024-02-20T02:40:59Z"), Message: "transfer/transaction completed", Direction: "debit",
		Status: wapay.StatusSucceeded, ProviderStatus: "completed",
		CreatedAt: at("2024-02-20T02:40:55Z"), UpdatedAt: at("2024-02-20T02:40:59Z"),
		Details: map[string]string{
			"phone": "+224624849557", "account_number": "TAX_01_1234", "first_name": "bockarie", "last_name": "Marah",
			"receiver_merchant_code": "232857",
		},
		Channel:  mpp.TransactionChannel{Code: "CDT", Type: "cash", Description: "Cash deposit"},
		Business: business, SenderBusiness: business, Currency: wapay.GNF, CurrencyID: 1, Country: "GN", CountryID: 1,
	}, tx)
}

func TestTransactions(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "transactions.json")))
	p, err := c.Transactions(context.Background(), mpp.PageRequest{Number: 1, Size: 100})
	require.NoError(t, err)
	m.assertRequest("GET", "api/v1/transaction?page_size=100", "")
	assert.False(t, p.More, "the sample has a next_page_url on its only page")
	require.Len(t, p.Items, 1)
	tx := p.Items[0]
	assert.Contains(t, string(tx.Raw), `"gawCvD4Y"`)
	tx.Raw = nil
	assert.Equal(t, mpp.Transaction{
		ID: "9b597d26-634d-4dcc-a4d3-95e3d3c7650b", ID2: "gawCvD4Y", Reference: "157783", Category: mpp.CategoryTransfer,
		AccountingType: "authorize", ExternalID: "59b84e55-2119-44ec-92de-51264f80eb5c",
		Amount: exactly(wapay.SLE.Units(4), "4"), Fees: exactly(wapay.SLE.Units(0), "0"), FeePayer: mpp.FeeEndUser,
		Total: exactly(wapay.SLE.Units(4), "4"), BalanceBefore: exactly(wapay.SLE.Units(10282), "10282"),
		BalanceAfter: exactly(wapay.SLE.Units(10278), "10278"), EndedAt: at("2024-02-16T12:29:22Z"), Message: "transfer failed",
		Reason: "Error occurred. Please try again later", Direction: "debit", Status: wapay.StatusFailed, ProviderStatus: "failed",
		CreatedAt: at("2024-02-16T12:29:00Z"), UpdatedAt: at("2024-02-16T12:29:22Z"),
		Details: map[string]string{
			"msisdn": "080002209", "route": "USSD", "phone": "+224624849557", "first_name": "bockarie", "last_name": "Marah",
			"account_number": "TAX_01_1234",
		},
		Currency: wapay.SLE, CurrencyID: 4, Country: "SL", CountryID: 4,
		Channel: mpp.TransactionChannel{Code: "AFM", Type: "momo", Description: "AfriMoney"},
	}, tx)
}

func TestTransactionsInOtherForms(t *testing.T) {
	for _, x := range []struct {
		name, tx string
		check    func(*mpp.Transaction) bool
	}{
		{"rate as it is spelled", `"exhange_rate":0.1`, func(t *mpp.Transaction) bool { return t.ExchangeRate == "0.1" }},
		{"rate as it should be", `"exchange_rate":"655.957"`, func(t *mpp.Transaction) bool { return t.ExchangeRate == "655.957" }},
		{"cents", `"amount":"76738.84","currency":{"iso3":"SLE"}`, func(t *mpp.Transaction) bool { return t.Amount.Money == wapay.SLE.Minor(7673884) }},
		{"currency alone", `"amount":2,"currency":"sle"`, func(t *mpp.Transaction) bool { return t.Amount.Money == wapay.SLE.Units(2) }},
		{"no currency", `"amount":2`, func(t *mpp.Transaction) bool { return t.Amount == exactly(wapay.Money{}, "2") }},
		{"no number", `"amount":"much","currency":"SLE"`, func(t *mpp.Transaction) bool { return t.Amount == mpp.Amount{} }},
		{"an unknown status", `"status":"on_hold"`, func(t *mpp.Transaction) bool {
			return t.Status == wapay.StatusUnknown && t.ProviderStatus == "on_hold"
		}},
		{"numbers", `"external_id":123,"reference":7`, func(t *mpp.Transaction) bool { return t.ExternalID == "123" && t.Reference == "7" }},
		{"lists for objects", `"details":[],"currency":[],"country":[],"channel":[],"business":[],"author":[]`, func(t *mpp.Transaction) bool { return t.Business == nil }},
		{"texts for objects", `"details":"x","country":"SL","channel":"OM","author":"A"`, func(t *mpp.Transaction) bool {
			return t.Country == "SL" && t.Channel.Code == "OM" && t.Author == "A"
		}},
		{"profile", `"customer_profile":{"id":1}`, func(t *mpp.Transaction) bool { return string(t.CustomerProfile) == `{"id":1}` }},
		{"bad times", `"created_at":"yesterday","end_at":7`, func(t *mpp.Transaction) bool { return t.CreatedAt.IsZero() }},
	} {
		t.Run(x.name, func(t *testing.T) {
			status := `"status":"completed",`
			if strings.Contains(x.tx, `"status"`) {
				status = ""
			}
			c, _ := newMock(t, reply(200, `{"data":{"id":"`+txID+`",`+status+x.tx+`},"success":true}`))
			tx, err := c.Transaction(context.Background(), txID)
			require.NoError(t, err)
			assert.True(t, x.check(tx), "%+v", tx)
		})
	}
	for _, body := range map[string]string{
		"another id": sample(t, "status.json"), "no id": `{"data":{"status":"completed"}}`, "no status": `{"data":{"id":"x"}}`, "null": `{"data":null}`,
	} {
		c, _ := newMock(t, reply(200, body))
		_, err := c.Transaction(context.Background(), "x")
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
		_, err = c.Status(context.Background(), "x")
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	}
}

func TestStatus(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "status.json")))
	s, err := c.Status(context.Background(), txID)
	require.NoError(t, err)
	m.assertRequest("GET", "api/v1/transaction/"+txID+"/get-status", "")
	s.Raw = nil
	assert.Equal(t, &mpp.TransactionStatus{
		ID: txID, Reference: "766151", Status: wapay.StatusSucceeded, ProviderStatus: "completed",
	}, s)
}

func TestStatuses(t *testing.T) {
	for word, want := range map[string]wapay.Status{
		"initiated": wapay.StatusPending, "pending": wapay.StatusPending, "processing": wapay.StatusPending,
		"transmitted": wapay.StatusPending, "blocked": wapay.StatusPending, "completed": wapay.StatusSucceeded,
		"COMPLETED": wapay.StatusSucceeded, "failed": wapay.StatusFailed, "rejected": wapay.StatusFailed,
		"cancelled": wapay.StatusCancelled, "refunded": wapay.StatusRefunded, "on_hold": wapay.StatusUnknown,
		"success": wapay.StatusUnknown,
	} {
		c, _ := newMock(t, reply(200, strings.Replace(sample(t, "status.json"), "completed", word, 1)))
		s, err := c.Status(context.Background(), txID)
		require.NoError(t, err)
		assert.Equal(t, want, s.Status, word)
		assert.Equal(t, word, s.ProviderStatus)
	}
}
