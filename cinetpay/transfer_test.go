package cinetpay_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
)

var bg = context.Background()

func TestLogin(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "balance.json")))
	m.login = reply(200, sample(t, "login.json"))
	_, err := c.Balance(bg, wapay.XOF)
	require.NoError(t, err)
	require.Len(t, m.logins, 1)
	r := m.logins[0]
	assert.Equal(t, "POST", r.Method)
	assert.Equal(t, mockBase+"/v1/auth/login?lang=fr", r.URL.String())
	assert.Equal(t, "application/x-www-form-urlencoded", r.Header.Get("Content-Type"))
	assert.Equal(t, "apikey="+apiKey+"&password="+password, r.Body)
	assert.Equal(t, "XXX_TOKEN_XXX", m.Requests[0].URL.Query().Get("token"))

	c, m = newMock(t)
	m.login = reply(401, sample(t, "login_failed.json"))
	_, err = c.Balance(bg, wapay.XOF)
	e := failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeReadOnly)
	assert.Equal(t, "Balance", e.Op)
	assert.Equal(t, "701", e.Code)
	assert.Equal(t, "INVALID_CREDENTIALS: Identifiant de connexion incorrect", e.Message)
	assert.Equal(t, 401, e.HTTPStatus)
	assert.ErrorContains(t, err, "login failed")
	assert.Len(t, m.logins, 1, "wrong credentials are not tried again")
	assert.Empty(t, m.Requests)
}

func TestBalance(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "balance.json")))
	b, err := c.Balance(bg, wapay.XOF)
	require.NoError(t, err)
	m.nth(0, "GET", "transfer/check/balance/", query(), "")
	assert.Equal(t, wapay.XOF.Units(663), b.Amount)
	assert.Equal(t, wapay.XOF.Units(0), b.InUse)
	assert.Equal(t, wapay.XOF.Units(663), b.Available)
	assert.JSONEq(t, sample(t, "balance.json"), string(b.Raw))

	c, _ = newMock(t, reply(200, `{"code":"0","data":{"amount":"9007199254740993","inUsing":null,"available":12.50}}`))
	b, err = c.Balance(bg, wapay.CDF)
	require.NoError(t, err)
	assert.Equal(t, "9007199254740993.00 CDF", b.Amount.String())
	assert.Equal(t, wapay.Money{}, b.InUse, "not told")
	assert.Equal(t, "12.50 CDF", b.Available.String())

	for _, body := range []string{`{"code":0,"data":[]}`, `{"code":0,"data":{"available":"much"}}`, `{"code":0,"data":{"available":0.5}}`} {
		c, _ = newMock(t, reply(200, body))
		_, err = c.Balance(bg, wapay.XOF)
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	}
	_, err = c.Balance(bg, "francs")
	badFields(t, err, "Currency")
}

func goodContacts(t testing.TB) []cinetpay.Contact {
	return []cinetpay.Contact{
		{Phone: phone(t, "0553798590", "CI"), Name: "Test A", Surname: "Test B", Email: "testa@exemple.com"},
		{Phone: phone(t, "0777895086", "CI"), Name: "Test C", Surname: "Test D", Email: "testb@exemple.com"},
	}
}

// today updates samples from before 2021: numbers of Côte d'Ivoire now have two
// more digits.
func today(s string) string {
	return strings.NewReplacer("53798590", "0553798590", "77895086", "0777895086", "52798593", "0553798590", `"07895086"`, `"0707895086"`).Replace(s)
}

func TestAddContacts(t *testing.T) {
	c, m := newMock(t, reply(200, today(sample(t, "contacts_existing.json"))))
	b, err := c.AddContacts(bg, goodContacts(t))
	require.NoError(t, err)
	m.nth(0, "POST", "transfer/contact", query(), today(sample(t, "contacts_request.json")))
	require.NoError(t, b.Err())
	assert.Equal(t, []cinetpay.ContactResult{
		{Phone: goodContacts(t)[0].Phone, Existed: true, Lot: "0044557641201539786998"},
		{Phone: goodContacts(t)[1].Phone, Existed: true, Lot: "0044557641201530021279"},
	}, b.Results)

	// One contact of each kind: added, already there as a string, refused, left
	// out, with two codes, and without a code.
	var six []cinetpay.Contact
	for _, n := range []string{"0701000001", "0701000002", "0701000003", "0701000004", "0701000005", "0701000006"} {
		six = append(six, cinetpay.Contact{Phone: phone(t, n, "CI")})
	}
	c, _ = newMock(t, reply(200, `{"code":"0","data":[{"prefix":225,"phone":701000001,"code":"0","lot":7},
		{"prefix":"225","phone":"0701000002","code":"726"},
		{"prefix":"225","phone":"0701000003","code":802,"status":"INVALID_PHONE"},
		{"prefix":"225","phone":"0701000005","code":0},{"prefix":"225","phone":"0701000005","code":704},
		{"prefix":"225","phone":"0701000006","code":null},{"prefix":"221","phone":"0701000004","code":0}]}`))
	b, err = c.AddContacts(bg, six)
	require.NoError(t, err)
	assert.Equal(t, cinetpay.ContactResult{Phone: six[0].Phone, Lot: "7"}, b.Results[0])
	assert.Equal(t, cinetpay.ContactResult{Phone: six[1].Phone, Existed: true}, b.Results[1])
	e := failure(t, b.Results[2].Err, wapay.ErrInvalid, wapay.OutcomeRejected)
	assert.Equal(t, "802", e.Code)
	assert.Equal(t, "INVALID_PHONE", e.Message)
	for _, i := range []int{3, 4, 5} {
		failure(t, b.Results[i].Err, wapay.ErrDecode, wapay.OutcomeUnknown)
	}
	assert.ErrorIs(t, b.Err(), wapay.ErrInvalid)
}

// Adding a contact is idempotent, so the client repeats it after a lost answer.
func TestAddContactsRepeats(t *testing.T) {
	c, m := newMock(t, reply(502, "<html>"), reply(200, today(sample(t, "contacts_existing.json"))))
	_, err := c.AddContacts(bg, goodContacts(t))
	require.NoError(t, err)
	assert.Len(t, m.Requests, 2)
}

func TestAddContactsChecks(t *testing.T) {
	c, m := newMock(t)
	_, err := c.AddContacts(bg, nil)
	badFields(t, err, "Contacts")
	k := goodContacts(t)[0]
	gm := cinetpay.Contact{Phone: phone(t, "3012345", "GM"), Name: "a\x00", Email: "nobody"}
	_, err = c.AddContacts(bg, []cinetpay.Contact{k, k, {}, gm})
	badFields(t, err, "Contacts[1].Phone", "Contacts[2].Phone", "Contacts[3].Phone", "Contacts[3].Name", "Contacts[3].Email")
	m.none()
}

func TestCheckTransfer(t *testing.T) {
	want := &cinetpay.Transfer{
		ID: "EA201122.135600.200001", ClientTransactionID: "MYMERCHANTID1", Lot: "0044557641201606049760",
		Amount: wapay.XOF.Units(500), Receiver: "2250707895086", ReceiverE164: "+2250707895086", Operator: "OM",
		Status: wapay.StatusSucceeded, TreatmentStatus: "VAL", SendingStatus: "CONFIRM", Valid: "Y",
		Comment: "Transfert effectue", ValidatedAt: at("2020-11-22 13:57:02"),
	}
	for name, x := range map[string]struct {
		ref   wapay.Ref
		query []string
	}{
		"reference": {wapay.Ref{Reference: "MYMERCHANTID1"}, []string{"client_transaction_id", "MYMERCHANTID1"}},
		"id":        {wapay.Ref{ID: "EA201122.135600.200001"}, []string{"transaction_id", "EA201122.135600.200001"}},
		"both":      {wapay.Ref{ID: "EA201122.135600.200001", Reference: "MYMERCHANTID1"}, []string{"transaction_id", "EA201122.135600.200001"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, reply(200, sample(t, "transfer.json")))
			got, err := c.CheckTransfer(bg, x.ref)
			require.NoError(t, err)
			m.nth(0, "GET", "transfer/check/money", query(x.query...), "")
			assert.JSONEq(t, sample(t, "transfer.json"), string(got.Raw))
			got.Raw = nil
			assert.Equal(t, want, got)
		})
	}
}

func TestCheckTransferShapes(t *testing.T) {
	const one = `{"transaction_id":7,"client_transaction_id":"a b&c","amount":500,"receiver":"0707895086","treatment_status":"REC","validated_at":null}`
	for name, data := range map[string]string{
		"list": "[" + one + "]", "nested": "[[" + one + "]]", "object": one, "deep": "[[[" + one + "]]]",
		"with a code": strings.Replace(one, "{", `{"code":"0",`, 1),
		"twice":       "[" + one + "," + one + "]", "with nothing": "[[],null,{},[" + one + "]]",
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, reply(200, `{"code":"0","data":`+data+`}`))
			got, err := c.CheckTransfer(bg, wapay.Ref{Reference: "a b&c"})
			require.NoError(t, err)
			m.nth(0, "GET", "transfer/check/money", query("client_transaction_id", "a b&c"), "")
			assert.Equal(t, "7", got.ID)
			assert.Equal(t, wapay.StatusPending, got.Status)
			assert.Equal(t, wapay.Money{}, got.Amount, "whose country is not known")
		})
	}
	for name, x := range map[string]struct {
		data string
		kind error
	}{
		"empty": {"[]", wapay.ErrNotFound}, "nested empty": {"[[]]", wapay.ErrNotFound}, "null": {"null", wapay.ErrDecode}, "list of null": {"[null]", wapay.ErrDecode},
		"object": {"{}", wapay.ErrDecode}, "list of an empty object": {"[{}]", wapay.ErrDecode}, "another": {`[{"transaction_id":"8","client_transaction_id":"x"}]`, wapay.ErrDecode},
		"no reference":       {`[{"transaction_id":"8","client_transaction_id":null}]`, wapay.ErrDecode},
		"two":                {"[" + one + "," + strings.Replace(one, "7", "8", 1) + "]", wapay.ErrDuplicate},
		"not found":          {`[{"code":"723","status":"NOT_FOUND","client_transaction_id":"a b&c"}]`, wapay.ErrNotFound},
		"not found, number":  {`[[{"code":723}]]`, wapay.ErrNotFound},
		"not found, yet new": {`[{"code":723,"client_transaction_id":"a b&c","treatment_status":"NEW"}]`, wapay.ErrDecode},
		"not found, and it":  {`[{"code":723},` + one + "]", wapay.ErrDecode},
		"not found, another": {`[{"code":723},{"transaction_id":"8","client_transaction_id":"x"}]`, wapay.ErrDecode},
		"not another":        {`[{"code":723,"client_transaction_id":"x"}]`, wapay.ErrDecode},
		"not found, with id": {`[{"code":723,"client_transaction_id":"a b&c","transaction_id":"8"}]`, wapay.ErrDecode},
		"unexpected error":   {`[{"code":"715","client_transaction_id":"a b&c"}]`, wapay.ErrDecode},
		"refused":            {`[{"code":602,"client_transaction_id":"a b&c","treatment_status":"REJ"}]`, wapay.ErrDecode},
		"the question alone": {`[{"code":0,"client_transaction_id":"a b&c"}]`, wapay.ErrDecode},
		"scalars":            {`["x"]`, wapay.ErrDecode},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newMock(t, reply(200, `{"code":0,"data":`+x.data+`}`))
			_, err := c.CheckTransfer(bg, wapay.Ref{Reference: "a b&c"})
			failure(t, err, x.kind, wapay.OutcomeReadOnly)
		})
	}
	c, _ := newMock(t, reply(200, `{"code":0,"data":[`+one+`]}`))
	_, err := c.CheckTransfer(bg, wapay.Ref{ID: "7", Reference: "another"})
	e := failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	assert.Equal(t, "another", e.Reference)
	assert.Equal(t, 1, e.Attempts)

	for _, status := range []int{200, 400, 404} {
		c, _ = newMock(t, reply(status, `{"code":"723","message":"NOT_FOUND","description":"Aucun","data":[]}`))
		_, err = c.CheckTransfer(bg, wapay.Ref{Reference: "a"})
		failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	}
}

func TestTransferStatuses(t *testing.T) {
	for word, want := range map[string]wapay.Status{
		"NEW": wapay.StatusPending, "REC": wapay.StatusPending, "NOS": wapay.StatusPending,
		"VAL": wapay.StatusSucceeded, "REJ": wapay.StatusFailed,
		"": wapay.StatusUnknown, "val": wapay.StatusUnknown, "VALID": wapay.StatusUnknown, "XYZ": wapay.StatusUnknown,
	} {
		body, _ := json.Marshal(map[string]any{"code": 0, "data": []any{map[string]any{
			"transaction_id": "1", "client_transaction_id": "r", "amount": "5", "receiver_e164": "+224620000001", "treatment_status": word,
		}}})
		c, _ := newMock(t, reply(200, string(body)))
		got, err := c.FindPayout(bg, wapay.Ref{Reference: "r"})
		require.NoError(t, err)
		assert.Equal(t, want, got.Status, word)
		assert.Equal(t, word, got.ProviderStatus)
		assert.Equal(t, wapay.GNF.Units(5), got.Amount)
	}
}

// The currency is that of the receiver's country, even for an old number. An
// unknown country has none.
func TestTransferCurrency(t *testing.T) {
	for _, x := range []struct{ e164, receiver, want string }{
		{"+2250707895086", "", "500 XOF"},
		{"2250707895086", "", "500 XOF"},
		{"+22507895086", "", "500 XOF"},
		{"", "22507895086", "500 XOF"},
		{"", "+237670000001", "500 XAF"},
		{"+243810000001", "810000001", "500.00 CDF"},
		{"", "224620000001", "500 GNF"},
		{"", "0707895086", "0"},
		{"", "22971234", "0"}, // an old number of Benin, or one with Benin's calling code
		{"+233241234567", "", "0"},
		{"", "", "0"},
		{"+2", "", "0"},
	} {
		body, _ := json.Marshal(map[string]any{"code": 0, "data": []any{map[string]any{
			"transaction_id": "1", "amount": 500, "receiver_e164": x.e164, "receiver": x.receiver,
		}}})
		c, _ := newMock(t, reply(200, string(body)))
		got, err := c.CheckTransfer(bg, wapay.Ref{ID: "1"})
		require.NoError(t, err)
		assert.Equal(t, x.want, got.Amount.String(), "%+v", x)
	}
}

func TestCheckTransferChecks(t *testing.T) {
	c, m := newMock(t)
	for _, ref := range []wapay.Ref{{}, {Reference: strings.Repeat("9", 256)}, {Reference: "a\nb"}, {Reference: " a"}} {
		_, err := c.CheckTransfer(bg, ref)
		badFields(t, err, "Reference")
		_, err = c.FindPayout(bg, ref)
		badFields(t, err, "Reference")
	}
	_, err := c.FindPayout(bg, wapay.Ref{ID: "a\nb", Reference: "order-1"})
	badFields(t, err, "ID")
	m.none()
}
