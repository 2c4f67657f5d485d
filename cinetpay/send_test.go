package cinetpay_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
)

func goodTransfers(t testing.TB) []cinetpay.TransferRequest {
	to := phone(t, "0707895086", "CI")
	return []cinetpay.TransferRequest{
		{ClientTransactionID: "MYMERCHANTID1", Receiver: to, Amount: wapay.XOF.Units(500), NotifyURL: "https://mydomain.com/notify"},
		{ClientTransactionID: "20180606111287", Receiver: to, Amount: wapay.XOF.Units(800), NotifyURL: "https://mydomain.com/notify"},
	}
}

// TestSend reads the documented sample, and an answer with one success and one
// refusal.
func TestSend(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "send.json")))
	b, err := c.Send(bg, goodTransfers(t)...)
	require.NoError(t, err)
	m.nth(0, "POST", "transfer/money/send/contact", query(), today(sample(t, "send_request.json")))
	assert.JSONEq(t, sample(t, "send.json"), string(b.Raw))
	require.Len(t, b.Results, 2)

	sent := b.Results[0]
	require.NoError(t, sent.Err)
	assert.Equal(t, "MYMERCHANTID1", sent.ClientTransactionID)
	assert.Contains(t, string(sent.Transfer.Raw), `"EA201122.135600.200001"`)
	sent.Transfer.Raw = nil
	assert.Equal(t, &cinetpay.Transfer{
		ID: "EA201122.135600.200001", ClientTransactionID: "MYMERCHANTID1", Lot: "0044557641201606049760",
		Amount: wapay.XOF.Units(500), Status: wapay.StatusPending, TreatmentStatus: "NEW",
	}, sent.Transfer)

	assert.Equal(t, "20180606111287", b.Results[1].ClientTransactionID)
	assert.Nil(t, b.Results[1].Transfer)
	e := failure(t, b.Results[1].Err, wapay.ErrInsufficientFunds, wapay.OutcomeRejected)
	assert.Equal(t, "20180606111287", e.Reference)
	assert.Equal(t, "602", e.Code)
	assert.Equal(t, "INSUFFICIENT_BALANCE", e.Message)
	assert.Equal(t, "Send", e.Op)
	assert.Equal(t, 200, e.HTTPStatus)
	assert.Contains(t, string(e.Body), "0044557641201606049761")
	assert.ErrorIs(t, b.Err(), wapay.ErrInsufficientFunds)
	assert.NotErrorIs(t, b.Err(), wapay.ErrOutcomeUnknown)
}

func TestSendForms(t *testing.T) {
	c, m := newMock(t, reply(200, `{"code":0,"data":[{"client_transaction_id":"r","code":0,"transaction_id":"1"}]}`))
	for _, x := range []struct{ number, country, amount, prefix, phone, value string }{
		{"70656188", "BF", "500 XOF", "226", "70656188", "500"},
		{"620000001", "GN", "15000 GNF", "224", "620000001", "15000"},
		{"670000001", "CM", "505 XAF", "237", "670000001", "505"},
		{"810000001", "CD", "2500.00 CDF", "243", "810000001", "2500"},
		{"97000000", "BJ", "1000 XOF", "229", "97000000", "1000"},
		{"0197000000", "BJ", "1000 XOF", "229", "0197000000", "1000"},
	} {
		var amount wapay.Money
		require.NoError(t, amount.UnmarshalText([]byte(x.amount)))
		b, err := c.Send(bg, cinetpay.TransferRequest{
			ClientTransactionID: "r", Receiver: phone(t, x.number, x.country), Amount: amount,
			NotifyURL: "https://mydomain.com/notify?a=b&c=d", PaymentMethod: "OM",
		})
		require.NoError(t, err)
		require.NoError(t, b.Err())
		assert.Equal(t, amount, b.Results[0].Transfer.Amount)
		m.nth(len(m.Requests)-1, "POST", "transfer/money/send/contact", query(), fmt.Sprintf(
			`[{"prefix":%q,"phone":%q,"amount":%q,"notify_url":"https://mydomain.com/notify?a=b&c=d","client_transaction_id":"r","payment_method":"OM"}]`,
			x.prefix, x.phone, x.value))
	}
}

// TestSendItems reads answers about the only transfer of a batch. Some do not
// show it.
func TestSendItems(t *testing.T) {
	const sent, refused, unknown = "sent", "refused", "unknown"
	const id = `"client_transaction_id":"MYMERCHANTID1"`
	for name, x := range map[string]struct{ data, want string }{
		"numbers":               {`[{` + id + `,"code":0,"transaction_id":7,"amount":500}]`, sent},
		"strings":               {`[[{` + id + `,"code":"0","transaction_id":"7","amount":"500"}]]`, sent},
		"object":                {`{` + id + `,"code":0,"transaction_id":"7"}`, sent},
		"no transaction id":     {`[{` + id + `,"code":0}]`, sent},
		"no code, but an id":    {`[{` + id + `,"transaction_id":"7","treatment_status":"NEW"}]`, sent},
		"twice the same":        {`[{` + id + `,"code":0,"transaction_id":"7"},{` + id + `,"code":0,"transaction_id":"7"}]`, sent},
		"among others":          {`[{"client_transaction_id":"x","code":602},{` + id + `,"code":0}]`, sent},
		"an odd amount":         {`[{` + id + `,"code":0,"amount":"many"}]`, sent},
		"refused":               {`[{` + id + `,"code":"602","status":"INSUFFICIENT_BALANCE"}]`, refused},
		"refused, by number":    {`[{"prefix":"225","phone":"0707895086","code":724}]`, refused},
		"refused, nothing else": {`[{"code":704,"status":"INVALID_PARAM"}]`, refused},
		"805 with an id":        {`[{` + id + `,"code":805,"transaction_id":"7"}]`, unknown},
		"nothing":               {`[]`, unknown},
		"nothing, nested":       {`[[]]`, unknown},
		"null":                  {`null`, unknown},
		"empty object":          {`[{}]`, unknown},
		"another":               {`[{"client_transaction_id":"x","code":0,"transaction_id":"7"}]`, unknown},
		"another, refused":      {`[{"client_transaction_id":"x","code":602}]`, unknown},
		"another number":        {`[{"prefix":"225","phone":"0707895087","code":724}]`, unknown},
		"no code and no id":     {`[{` + id + `,"status":"success"}]`, unknown},
		"code null":             {`[{` + id + `,"code":null}]`, unknown},
		"refused, with an id":   {`[{` + id + `,"code":602,"transaction_id":"7"}]`, unknown},
		"refused, yet new":      {`[{` + id + `,"code":602,"treatment_status":"NEW"}]`, unknown},
		"refused, yet done":     {`[{` + id + `,"code":"602","treatment_status":"VAL"}]`, unknown},
		"refused, in new words": {`[{` + id + `,"code":602,"treatment_status":"XYZ"}]`, unknown},
		"refused, waits":        {`[{` + id + `,"code":602,"sending_status":"PENDING"}]`, unknown},
		"refused, and says so":  {`[{` + id + `,"code":602,"treatment_status":"REJ"}]`, refused},
		"805, treated":          {`[{` + id + `,"code":805,"treatment_status":"VAL"}]`, unknown},
		"refused, another new":  {`[{` + id + `,"code":602},{"client_transaction_id":"x","treatment_status":"NEW"}]`, unknown},
		"two verdicts":          {`[{` + id + `,"code":0,"transaction_id":"7"},{` + id + `,"code":602}]`, unknown},
		"two transfers":         {`[{` + id + `,"code":0,"transaction_id":"7"},{` + id + `,"code":0,"transaction_id":"8"}]`, unknown},
		"refused, or made":      {`[{"code":704},{"phone":"0707895086","code":0,"transaction_id":"7"}]`, unknown}, // without its prefix
		"refused, or another's": {`[{"code":704},{"client_transaction_id":"x","code":0}]`, unknown},
		"by id, or by number":   {`[{` + id + `,"code":602},{"prefix":"225","phone":"0707895086","code":0,"transaction_id":"7"}]`, unknown},
		"refused, so another":   {`[{` + id + `,"code":602},{"client_transaction_id":"x","code":602}]`, refused},
		"execution error":       {`[{` + id + `,"code":709}]`, unknown},
		"a code that is new":    {`[{` + id + `,"code":999}]`, unknown},
		"minus one":             {`[{` + id + `,"code":-1}]`, unknown},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, reply(200, `{"code":0,"message":"OPERATION_SUCCES","data":`+x.data+`}`))
			b, err := c.Send(bg, goodTransfers(t)[0])
			require.NoError(t, err)
			require.Len(t, b.Results, 1)
			r := b.Results[0]
			assert.Len(t, m.Requests, 1)
			assert.Equal(t, r.Err == nil, r.Transfer != nil)
			assert.Equal(t, r.Err == nil, b.Err() == nil)
			if x.want == sent {
				require.NoError(t, r.Err)
				assert.Equal(t, wapay.StatusPending, r.Transfer.Status)
				assert.Equal(t, wapay.XOF.Units(500), r.Transfer.Amount)
				assert.Equal(t, "MYMERCHANTID1", r.Transfer.ClientTransactionID)
				return
			}
			var e *wapay.Error
			require.ErrorAs(t, r.Err, &e)
			assert.Equal(t, "MYMERCHANTID1", e.Reference)
			assert.Equal(t, x.want == unknown, e.Outcome == wapay.OutcomeUnknown, "%v", r.Err)
			assert.Equal(t, x.want == unknown, e.Is(wapay.ErrOutcomeUnknown))
		})
	}
}

// Each transfer of this batch has another result. Two of them go to one number.
func TestSendBatch(t *testing.T) {
	a, b := phone(t, "0707895086", "CI"), phone(t, "70656188", "BF")
	q := func(id string, to wapay.Phone) cinetpay.TransferRequest {
		return cinetpay.TransferRequest{ClientTransactionID: id, Receiver: to, Amount: wapay.XOF.Units(500), NotifyURL: "https://mydomain.com/notify"}
	}
	c, _ := newMock(t, reply(200, `{"code":0,"data":[[
		{"client_transaction_id":"done","code":0,"transaction_id":"1","treatment_status":"NEW"},
		{"client_transaction_id":"refused","code":"720","status":"AMOUNT_TOO_LARGE"},
		{"client_transaction_id":"there","code":805,"status":"CLIENT_TRANSACTION_ID_EXIST"},
		{"client_transaction_id":"rejected","code":0,"transaction_id":"2","treatment_status":"REJ"},
		{"client_transaction_id":"doubt","code":715},
		{"prefix":"225","phone":"0707895086","code":704},
		{"prefix":"226","phone":"70656188","code":802}]]}`))
	got, err := c.Send(bg, q("done", a), q("refused", a), q("there", a), q("rejected", a), q("doubt", a), q("left out", a), q("by number", b))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusPending, got.Results[0].Transfer.Status)
	failure(t, got.Results[1].Err, wapay.ErrInvalid, wapay.OutcomeRejected)
	failure(t, got.Results[2].Err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	assert.Equal(t, wapay.StatusFailed, got.Results[3].Transfer.Status)
	failure(t, got.Results[4].Err, wapay.ErrUnavailable, wapay.OutcomeUnknown)
	failure(t, got.Results[5].Err, wapay.ErrDecode, wapay.OutcomeUnknown)
	failure(t, got.Results[6].Err, wapay.ErrInvalid, wapay.OutcomeRejected)
	assert.ErrorIs(t, got.Err(), wapay.ErrOutcomeUnknown, "so that nobody repeats it as it is")
	for _, ref := range []string{"refused", "there", "doubt", "left out", "by number"} {
		assert.ErrorContains(t, got.Err(), `"`+ref+`"`)
	}
	assert.NotContains(t, got.Err().Error(), `"done"`)
}

// The answer shows a transfer, but not its order. So no order is rejected.
func TestSendWithAnUnclearItem(t *testing.T) {
	c, _ := newMock(t, reply(200, `{"code":0,"data":[{"client_transaction_id":"MYMERCHANTID1","code":602},
		{"prefix":"225","phone":"0707895086","code":0,"transaction_id":"7"}]}`))
	b, err := c.Send(bg, goodTransfers(t)...) // both go to that number
	require.NoError(t, err)
	failure(t, b.Results[0].Err, wapay.ErrInsufficientFunds, wapay.OutcomeUnknown)
	failure(t, b.Results[1].Err, wapay.ErrDecode, wapay.OutcomeUnknown)
}

// TestCodes checks each code for a whole request and for an item, in orders and
// in lookups.
func TestCodes(t *testing.T) {
	type row struct {
		code, name string
		kind       error
		doubt      bool
	}
	for _, x := range []row{
		{"-1", "OPERATION_ERROR", wapay.ErrUnavailable, true},
		{"602", "INSUFFICIENT_BALANCE", wapay.ErrInsufficientFunds, false},
		{"701", "INVALID_CREDENTIALS", wapay.ErrUnauthorized, false},
		{"702", "COULD_NOT_CREATE_TOKEN", wapay.ErrUnavailable, true},
		{"703", "INVALID_USER", wapay.ErrUnauthorized, false},
		{"704", "INVALID_PARAM", wapay.ErrInvalid, false},
		{"705", "EXPIRED_TOKEN", wapay.ErrUnauthorized, false},
		{"706", "INVALID_TOKEN", wapay.ErrUnauthorized, false},
		{"707", "CANT_REFRESH_TOKEN", wapay.ErrUnauthorized, true},
		{"708", "NOT_ALLOWED", wapay.ErrForbidden, false},
		{"709", "EXECUTION_ERROR", wapay.ErrUnavailable, true},
		{"710", "EXECUTION_ERROR", wapay.ErrUnavailable, true},
		{"715", "UNEXPECTED_ERROR", wapay.ErrUnavailable, true},
		{"716", "DATA_NOT_VALID", wapay.ErrInvalid, false},
		{"717", "ERROR_PHONE_NOT_PARTICULAR", wapay.ErrInvalid, false},
		{"718", "JSON_PARSE_ERROR", wapay.ErrInvalid, false},
		{"719", "AMOUNT_TOO_SMALL", wapay.ErrInvalid, false},
		{"720", "AMOUNT_TOO_LARGE", wapay.ErrInvalid, false},
		{"721", "OPERATOR_NOT_AVAILABLE", wapay.ErrUnavailable, false},
		{"723", "NOT_FOUND", wapay.ErrNotFound, false},
		{"724", "ERROR_PHONE_NOT_MY_CONTACT", wapay.ErrInvalid, false},
		{"725", "MISSING_NOTIFY_URL", wapay.ErrInvalid, false},
		{"726", "ERROR_PHONE_ALREADY_MY_CONTACT", wapay.ErrInvalid, false},
		{"801", "INVALID_AMOUNT", wapay.ErrInvalid, false},
		{"802", "INVALID_PHONE", wapay.ErrInvalid, false},
		{"804", "OPERATOR_UNAVAILABLE", wapay.ErrUnavailable, false},
		{"805", "CLIENT_TRANSACTION_ID_EXIST", wapay.ErrDuplicate, true},
		{"811", "INVALID_PAYMENT_METHOD", wapay.ErrInvalid, false},
		{"999", "", wapay.ErrDecode, true},
	} {
		t.Run(x.code, func(t *testing.T) {
			outcome := wapay.OutcomeRejected
			if x.doubt {
				outcome = wapay.OutcomeUnknown
			}
			for _, code := range []any{x.code, json.Number(x.code)} {
				for _, status := range []int{200, 400, 401, 403, 404, 417} {
					for _, data := range []string{"[]", "[[]]", "null", "{}", `"x"`} {
						body, _ := json.Marshal(map[string]any{"code": code, "message": x.name, "data": json.RawMessage(data)})
						c, m := newMock(t, reply(status, string(body)))
						want := x.kind
						if x.code == "999" && status != 200 && status != 404 {
							want = map[int]error{400: wapay.ErrInvalid, 401: wapay.ErrUnauthorized, 403: wapay.ErrForbidden, 417: wapay.ErrInvalid}[status]
						}
						_, err := c.Send(bg, goodTransfers(t)[0])
						e := failure(t, err, want, outcome)
						assert.Equal(t, x.code, e.Code)
						assert.Equal(t, x.name, e.Message)
						assert.Equal(t, "MYMERCHANTID1", e.Reference)
						times := 1
						if x.code == "705" || x.code == "706" {
							times = 2
						}
						assert.Len(t, m.Requests, times)
						assert.Equal(t, times, e.Attempts)
						_, err = c.CheckTransfer(bg, wapay.Ref{Reference: "MYMERCHANTID1"})
						failure(t, err, want, wapay.OutcomeReadOnly)
					}
				}
				for _, status := range []int{408, 500, 503} {
					body, _ := json.Marshal(map[string]any{"code": code, "message": x.name, "data": []any{}})
					c, m := newMock(t, reply(status, string(body)))
					_, err := c.Send(bg, goodTransfers(t)[0])
					assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
					assert.Len(t, m.Requests, 1)
				}
				item, _ := json.Marshal(map[string]any{"client_transaction_id": "MYMERCHANTID1", "code": code, "status": x.name})
				c, _ := newMock(t, reply(200, `{"code":0,"data":[[`+string(item)+`]]}`))
				b, err := c.Send(bg, goodTransfers(t)[0])
				require.NoError(t, err)
				e := failure(t, b.Results[0].Err, x.kind, outcome)
				assert.Equal(t, x.code, e.Code)
				assert.Equal(t, x.name, e.Message)
			}
		})
	}
	// The code's name replaces a missing message.
	c, _ := newMock(t, reply(400, `{"code":"602"}`))
	_, err := c.Send(bg, goodTransfers(t)[0])
	assert.Equal(t, "INSUFFICIENT_BALANCE", failure(t, err, wapay.ErrInsufficientFunds, wapay.OutcomeRejected).Message)
}

// A refusal of a batch that shows transfers rejects none of them.
func TestSendRefusalWithItems(t *testing.T) {
	for data, want := range map[string]wapay.Outcome{
		`[[[[{"client_transaction_id":"MYMERCHANTID1","code":602}]]]]`:                                               wapay.OutcomeUnknown,
		`[{"client_transaction_id":"MYMERCHANTID1","code":602}, 7]`:                                                  wapay.OutcomeUnknown,
		`[[{"client_transaction_id":"MYMERCHANTID1","code":602}]]`:                                                   wapay.OutcomeRejected,
		`[[{"client_transaction_id":"MYMERCHANTID1","code":0,"transaction_id":"7"},{"code":602}]]`:                   wapay.OutcomeUnknown,
		`[[{"client_transaction_id":"MYMERCHANTID1","treatment_status":"NEW"}]]`:                                     wapay.OutcomeUnknown,
		`[[{"client_transaction_id":"MYMERCHANTID1","treatment_status":"VAL"}]]`:                                     wapay.OutcomeUnknown,
		`[[{"client_transaction_id":"MYMERCHANTID1","treatment_status":"REJ"}]]`:                                     wapay.OutcomeRejected,
		`[{"client_transaction_id":"MYMERCHANTID1","code":602,"transaction_id":"7"}]`:                                wapay.OutcomeUnknown,
		`[{"client_transaction_id":"MYMERCHANTID1","code":602,"comment":"` + strings.Repeat("x", 16<<10) + `"}]`:     wapay.OutcomeRejected,
		`[{"client_transaction_id":"MYMERCHANTID1","code":602,"comment":"` + strings.Repeat("x", 15<<10) + `"}, {}]`: wapay.OutcomeRejected,
	} {
		c, _ := newMock(t, reply(200, `{"code":"602","message":"INSUFFICIENT_BALANCE","data":`+data+`}`))
		_, err := c.Send(bg, goodTransfers(t)[0])
		failure(t, err, wapay.ErrInsufficientFunds, want)
	}
}

// A 429 that shows the transfer contradicts itself. Another attempt might make
// a second one.
func TestSendRateLimitWithATransfer(t *testing.T) {
	for _, code := range []string{`"code":"429",`, ``, `"code":0,`} {
		c, m := newMock(t, reply(429, `{`+code+`"data":[[{"client_transaction_id":"MYMERCHANTID1","code":0,"transaction_id":"T"}]]}`))
		_, err := c.Send(bg, goodTransfers(t)[0])
		failure(t, err, wapay.ErrRateLimited, wapay.OutcomeUnknown)
		assert.Len(t, m.Requests, 1)
	}
}

// An attempt with the answer 429 may have taken effect.
func TestSendRefusalAfterRateLimit(t *testing.T) {
	for _, status := range []int{429, 200} {
		first := map[int]string{429: `{}`, 200: `{"code":"705","message":"EXPIRED_TOKEN","data":[]}`}[status]
		c, m := newMock(t, reply(status, first), reply(200, transferExists))
		b, err := c.Send(bg, goodTransfers(t)[0])
		require.NoError(t, err)
		e := failure(t, b.Results[0].Err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
		assert.Equal(t, 2, e.Attempts)
		assert.Len(t, m.Requests, 2)

		c, _ = newMock(t, reply(status, first), reply(400, `{"code":"805","message":"CLIENT_TRANSACTION_ID_EXIST","data":[]}`))
		_, err = c.Send(bg, goodTransfers(t)[0])
		failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	}
}

func TestSendChecks(t *testing.T) {
	c, m := newMock(t)
	_, err := c.Send(bg)
	badFields(t, err, "Requests")
	good := goodTransfers(t)[0]
	_, err = c.Send(bg, good, good, cinetpay.TransferRequest{})
	badFields(t, err, "Requests[1].ClientTransactionID", "Requests[2].ClientTransactionID", "Requests[2].Receiver", "Requests[2].Amount", "Requests[2].NotifyURL")
	odd := cinetpay.TransferRequest{
		ClientTransactionID: " a", Receiver: phone(t, "3012345", "GM"), Amount: wapay.XOF.Units(501), NotifyURL: "http://shop.example", PaymentMethod: "O\nM",
	}
	_, err = c.Send(bg, odd)
	badFields(t, err, "Requests[0].ClientTransactionID", "Requests[0].Receiver", "Requests[0].Amount", "Requests[0].NotifyURL", "Requests[0].PaymentMethod")
	assert.Equal(t, " a", func() string { e := &wapay.Error{}; assert.ErrorAs(t, err, &e); return e.Reference }())
	for _, x := range []struct {
		number, country string
		amount          wapay.Money
	}{
		{"0707895086", "CI", wapay.XAF.Units(500)},
		{"0707895086", "CI", wapay.XOF.Units(502)},
		{"0707895086", "CI", wapay.XOF.Units(0)},
		{"0707895086", "CI", wapay.XOF.Units(-5)},
		{"0707895086", "CI", wapay.Money{}},
		{"620000001", "GN", wapay.XOF.Units(500)},
		{"670000001", "CM", wapay.XOF.Units(500)},
		{"810000001", "CD", wapay.USD.Units(500)},
		{"810000001", "CD", wapay.CDF.Minor(50_050)},
		{"810000001", "CD", wapay.CDF.Units(503)},
	} {
		q := goodTransfers(t)[0]
		q.Receiver, q.Amount = phone(t, x.number, x.country), x.amount
		_, err = c.Send(bg, q)
		badFields(t, err, "Requests[0].Amount")
	}
	m.none()
}
