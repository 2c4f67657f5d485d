package cinetpay_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
)

// TestCheckSamples reads the answers of a check from documents and
// integrations. REFUSED and CANCELLED are final with any code, because
// integrations see undocumented codes. Only beside the code for a success they
// are unknown.
func TestCheckSamples(t *testing.T) {
	want := map[string]wapay.Status{
		"00_ACCEPTED": wapay.StatusSucceeded, "00_CANCELLED": wapay.StatusUnknown, "00_PENDING": wapay.StatusPending,
		"00_REFUSED": wapay.StatusUnknown, "00_WAITING_FOR_CUSTOMER": wapay.StatusPending, "201_PENDING": wapay.StatusPending,
		"600_REFUSED": wapay.StatusFailed, "605_REFUSED": wapay.StatusFailed, "607_PENDING": wapay.StatusPending,
		"622_REFUSED": wapay.StatusFailed, "623_WAITING_CUSTOMER_TO_VALIDATE": wapay.StatusPending,
		"627_CANCELLED": wapay.StatusCancelled, "627_REFUSED": wapay.StatusFailed, "629_REFUSED": wapay.StatusFailed,
		"631_REFUSED": wapay.StatusFailed, "634_REFUSED": wapay.StatusFailed, "638_PENDING": wapay.StatusPending,
		"660_REFUNDED": wapay.StatusRefunded, "662_PENDING": wapay.StatusPending, "662_WAITING_FOR_CUSTOMER": wapay.StatusPending,
		"663_WAITING_CUSTOMER_OTP_CODE": wapay.StatusPending, "664_REFUSED": wapay.StatusFailed,
	}
	files, err := filepath.Glob("testdata/cp_check_[0-9]*.json")
	require.NoError(t, err)
	require.Len(t, files, len(want))
	for name, status := range want {
		body := sample(t, "cp_check_"+name+".json")
		c, _ := newMock(t, reply(200, body))
		p, err := c.FindPayment(bg, byReference("order-1"))
		require.NoError(t, err, name)
		assert.Equal(t, status, p.Status, name)
		code, word, _ := strings.Cut(name, "_")
		assert.Equal(t, word, p.ProviderStatus)
		assert.Equal(t, wapay.XOF.Units(500), p.Amount)
		assert.Equal(t, status == wapay.StatusPending, p.Action == wapay.ActionPageLost, "%s %v", name, p.Action)
		assert.Equal(t, body, string(p.Raw))

		shown, err := c.CheckPayment(bg, byReference("order-1"))
		require.NoError(t, err)
		assert.Equal(t, code, shown.Code)
		assert.Equal(t, "1700000000.0100", shown.ResponseID)
	}
	// The client rejects the answer of the checkout before v2.
	c, _ := newMock(t, reply(200, sample(t, "cp_check_v1_cpm.json")))
	_, err = c.FindPayment(bg, byReference("order-1"))
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
}

// The checkout answers an order in these forms.
func TestCheckoutAnswerSamples(t *testing.T) {
	for _, x := range []struct {
		file     string
		statuses []int
		kind     error
		outcome  wapay.Outcome
		code     string
	}{
		{"cp_pay_403_json.json", []int{403, 200}, wapay.ErrForbidden, wapay.OutcomeRejected, "403"},
		{"cp_pay_429.json", []int{429, 200}, wapay.ErrRateLimited, wapay.OutcomeRejected, "429"},
		{"cp_pay_608.json", []int{400, 200}, wapay.ErrInvalid, wapay.OutcomeRejected, "608"},
		{"cp_pay_624.json", []int{400, 200}, wapay.ErrInvalid, wapay.OutcomeRejected, "624"},
		{"cp_pay_625.json", []int{400, 403, 200}, wapay.ErrForbidden, wapay.OutcomeRejected, "625"},
		{"cp_pay_v1_609.json", []int{401, 403, 200}, wapay.ErrUnauthorized, wapay.OutcomeRejected, "609"},
		{"cp_cloudflare_1010.txt", []int{403}, wapay.ErrForbidden, wapay.OutcomeUnknown, ""},
		{"cp_transfer_417.html", []int{417}, wapay.ErrInvalid, wapay.OutcomeUnknown, ""},
	} {
		for _, status := range x.statuses {
			_, m := newMock(t, reply(status, sample(t, x.file)))
			_, err := m.client(allKeys, wapay.WithMaxRetries(0)).Pay(bg, goodPay(t))
			e := failure(t, err, x.kind, x.outcome)
			assert.Equal(t, x.code, e.Code)
			assert.Equal(t, x.outcome == wapay.OutcomeRejected, wapay.NotDone(err))
			assert.Len(t, m.Requests, 1)
			switch x.file {
			case "cp_cloudflare_1010.txt":
				assert.Equal(t, "error code: 1010", e.Message)
			case "cp_transfer_417.html":
				assert.Empty(t, e.Message)
			default:
				assert.NotEmpty(t, e.Message)
			}
		}
	}
	c, _ := newMock(t, reply(200, sample(t, "cp_pay_created.json")))
	p, err := c.Pay(bg, goodPay(t))
	require.NoError(t, err)
	assert.Equal(t, "0000aaaa0000aaaa", p.ID)
	assert.Equal(t, "https://checkout.example.com/payment/0000aaaa0000aaaa", p.CheckoutURL)
	assert.Equal(t, wapay.ActionOpenPage, p.Action)
}

// Transfers answer with numbers and strings, nested and flat.
func TestTransferAnswerSamples(t *testing.T) {
	r := wapay.PayoutRequest{
		Reference: "po-flat", Amount: wapay.XOF.Units(500), NotifyURL: "https://shop.example.com/n",
		Recipient: wapay.Customer{Phone: phone(t, "0700000001", "CI"), FirstName: "Awa", LastName: "KONE", Email: "awa@example.com"},
	}
	for _, contact := range []string{"cp_contacts_ok_nested.json", "cp_contacts_726_flat.json"} {
		c, m := newMock(t, reply(200, sample(t, contact)), reply(200, sample(t, "cp_send_ok_flat.json")))
		m.login = reply(200, sample(t, "cp_login_ok.json"))
		p, err := c.Payout(bg, r)
		require.NoError(t, err)
		assert.Equal(t, "EA251026.101010.000001", p.ID)
		assert.Equal(t, wapay.StatusPending, p.Status)
		assert.Equal(t, "tok-made-up-000001", m.Requests[0].URL.Query().Get("token"))
	}
	c, _ := newMock(t, reply(200, sample(t, "cp_check_transfer_numbers.json")))
	p, err := c.FindPayout(bg, byReference("po-flat"))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusSucceeded, p.Status)
	assert.Equal(t, wapay.XOF.Units(500), p.Amount)
	assert.Equal(t, "MP000000.0000.A00000", p.OperatorID)
	c, _ = newMock(t, reply(200, sample(t, "cp_check_transfer_nos.json")))
	p, err = c.FindPayout(bg, byReference("po-nos"))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusPending, p.Status)
	assert.Equal(t, "NOS", p.ProviderStatus)

	for _, x := range []struct {
		file    string
		status  int
		kind    error
		outcome wapay.Outcome
	}{
		{"cp_transfer_811_envelope.json", 417, wapay.ErrInvalid, wapay.OutcomeRejected},
		{"cp_transfer_811_envelope.json", 200, wapay.ErrInvalid, wapay.OutcomeRejected},
		{"cp_transfer_417.html", 417, wapay.ErrInvalid, wapay.OutcomeUnknown},
		{"cp_cloudflare_1010.txt", 403, wapay.ErrForbidden, wapay.OutcomeUnknown},
	} {
		c, m := newMock(t, reply(200, sample(t, "cp_contacts_726_flat.json")), reply(x.status, sample(t, x.file)))
		_, err := c.Payout(bg, r)
		failure(t, err, x.kind, x.outcome)
		assert.Len(t, m.Requests, 2)
		if x.outcome == wapay.OutcomeRejected {
			assert.ErrorContains(t, err, "code 811: INVALID_PAYMENT_METHOD: Invalid payment method: MOMO")
		}
	}
}

// The provider's INVALID_PARAM names no field. The error names those that the
// contact lacks.
func TestContactLacksFields(t *testing.T) {
	for name, answer := range map[string]string{
		"whole":        `{"code":"704","message":"INVALID_PARAM","data":[]}`,
		"an item":      `{"code":0,"data":[{"code":704,"status":"INVALID_PARAM"}]}`,
		"its own item": `{"code":0,"data":[[{"prefix":"225","phone":"0707895086","code":704,"status":"INVALID_PARAM"}]]}`,
	} {
		r := goodPayout(t)
		c, m := newMock(t, reply(200, answer))
		for _, x := range []struct {
			first, last, email string
			want               []string
		}{
			{"", "", "", []string{"Recipient.LastName", "Recipient.FirstName", "Recipient.Email"}},
			{"Awa", "Koné", "", []string{"Recipient.Email"}},
			{"Awa", "", "a@example.com", []string{"Recipient.LastName"}},
			{"Awa", "Koné", "a@example.com", nil},
		} {
			r.Recipient.FirstName, r.Recipient.LastName, r.Recipient.Email = x.first, x.last, x.email
			_, err := c.Payout(bg, r)
			e := failure(t, err, wapay.ErrInvalid, wapay.OutcomeNotSent)
			assert.Equal(t, "704", e.Code)
			var fields []string
			for _, d := range e.Details {
				fields = append(fields, d.Field)
			}
			assert.Equal(t, x.want, fields, name)
		}
		assert.Len(t, m.Requests, 4)
	}
	c, _ := newMock(t, reply(400, `{"code":"704","message":"INVALID_PARAM","data":[]}`))
	_, err := c.AddContacts(bg, []cinetpay.Contact{{Phone: phone(t, "0707895086", "CI"), Name: "K", Surname: "A"}})
	e := failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
	require.Len(t, e.Details, 1)
	assert.Equal(t, "Contacts[0].Email", e.Details[0].Field)

	// The provider refuses the transfer itself with INVALID_PARAM.
	c, _ = newMock(t, reply(200, contactExists), reply(400, `{"code":"704","message":"INVALID_PARAM","data":[]}`))
	r := goodPayout(t)
	r.Recipient.Email = ""
	_, err = c.Payout(bg, r)
	e = failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
	require.Len(t, e.Details, 1)
	assert.Equal(t, "Recipient.Email", e.Details[0].Field)

	c, _ = newMock(t, reply(200, `{"code":0,"data":[{"prefix":"225","phone":"0701000001","code":0},{"prefix":"225","phone":"0701000002","code":704}]}`))
	b, err := c.AddContacts(bg, []cinetpay.Contact{
		{Phone: phone(t, "0701000001", "CI")}, {Phone: phone(t, "0701000002", "CI"), Name: "K", Surname: "A"},
	})
	require.NoError(t, err)
	e = failure(t, b.Results[1].Err, wapay.ErrInvalid, wapay.OutcomeRejected)
	require.Len(t, e.Details, 1)
	assert.Equal(t, "Contacts[1].Email", e.Details[0].Field)
}

// Integrations send amounts of USD that are no multiple of 5. The documented
// rule applies to the others.
func TestDollarsNeedNoMultipleOfFive(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "payment_created.json")))
	r := goodPay(t)
	r.Amount = wapay.USD.Units(7)
	_, err := c.Pay(bg, r)
	require.NoError(t, err)
	assert.Contains(t, m.Requests[0].Body, `"amount":7,"currency":"USD"`)
}

// ReturnURL need not be https, and may open an app.
func TestReturnURL(t *testing.T) {
	for _, url := range []string{"http://shop.example/done", "shop-app://done", "https://shop.example/done?a=b#c"} {
		c, _ := newMock(t, reply(200, sample(t, "payment_created.json")))
		r := goodPay(t)
		r.ReturnURL = url
		_, err := c.Pay(bg, r)
		assert.NoError(t, err)
	}
}

// An answer may show a reference as a number, without its zeros or its end. The
// error then leaves the transfer open.
func TestNumericReference(t *testing.T) {
	for reference, shown := range map[string]string{
		"000123": "123", "20251125223849000001234": "2.0251125223849e+22", "12": "12.0", "123": "123",
	} {
		for _, ref := range []wapay.Ref{{Reference: reference}, {ID: "7", Reference: reference}} {
			c, _ := newMock(t, reply(200, `{"code":0,"data":[{"transaction_id":7,"client_transaction_id":`+shown+`,"treatment_status":"VAL"}]}`))
			p, err := c.FindPayout(bg, ref)
			if reference == shown {
				require.NoError(t, err)
				assert.Equal(t, wapay.StatusSucceeded, p.Status)
				continue
			}
			failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
		}
	}
}

// Of several transfers with one reference, the one that has not failed is the
// order.
func TestSeveralTransfers(t *testing.T) {
	row := func(id, status string) string {
		return `{"client_transaction_id":"a","transaction_id":"` + id + `","treatment_status":"` + status + `"}`
	}
	for rows, want := range map[string]string{
		row("1", "REJ") + "," + row("2", "VAL"): "2", row("1", "VAL") + "," + row("2", "REJ"): "1",
		row("1", "REJ") + "," + row("2", "REJ"): "2", row("1", "VAL") + "," + row("2", "NEW"): "",
		row("1", "XYZ") + "," + row("2", "VAL"): "", row("1", "REJ") + "," + row("2", "NEW") + "," + row("3", "REJ"): "2",
	} {
		c, _ := newMock(t, reply(200, `{"code":0,"data":[`+rows+`]}`))
		p, err := c.FindPayout(bg, byReference("a"))
		if want == "" {
			failure(t, err, wapay.ErrDuplicate, wapay.OutcomeReadOnly)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, want, p.ID, rows)
	}
}

// A transfer with two statuses is undecodable.
func TestContradictoryTransfer(t *testing.T) {
	for _, statuses := range []string{`["REJ","VAL"]`, `["VAL","REJ"]`, `["VAL","NEW"]`} {
		rows := strings.NewReplacer(`["`, `[{"transaction_id":"1","treatment_status":"`, `","`, `"},{"transaction_id":"1","treatment_status":"`, `"]`, `"}]`).Replace(statuses)
		c, _ := newMock(t, reply(200, `{"code":0,"data":`+rows+`}`))
		_, err := c.FindPayout(bg, wapay.Ref{ID: "1"})
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	}
}

// An unreadable row does not make the list unreadable. A refusal beside it is
// no rejection.
func TestUnreadableRows(t *testing.T) {
	const mine = `{"client_transaction_id":"MYMERCHANTID1","transaction_id":"7","treatment_status":"VAL"}`
	c, _ := newMock(t, reply(200, `{"code":0,"data":["x",`+mine+`,[7]]}`))
	p, err := c.FindPayout(bg, byReference("MYMERCHANTID1"))
	require.NoError(t, err)
	assert.Equal(t, "7", p.ID)

	c, _ = newMock(t, reply(200, `{"code":0,"data":["x"]}`))
	_, err = c.FindPayout(bg, byReference("MYMERCHANTID1"))
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)

	c, _ = newMock(t, reply(200, `{"code":0,"data":["x",{"client_transaction_id":"MYMERCHANTID1","code":0},{"client_transaction_id":"20180606111287","code":704}]}`))
	b, err := c.Send(bg, goodTransfers(t)...)
	require.NoError(t, err)
	assert.NoError(t, b.Results[0].Err)
	failure(t, b.Results[1].Err, wapay.ErrInvalid, wapay.OutcomeUnknown)
}

// A "not found" with a server error is not final, so a wait goes on.
func TestNotFoundWithServerError(t *testing.T) {
	for _, body := range []string{`{"code":"723","message":"NOT_FOUND","data":[]}`, `{"code":723}`} {
		_, m := newMock(t, reply(500, body))
		c := m.client(allKeys, wapay.WithMaxRetries(0))
		_, err := c.FindPayout(bg, byReference("a"))
		failure(t, err, wapay.ErrUnavailable, wapay.OutcomeReadOnly)
		_, err = c.FindPayment(bg, byReference("a"))
		failure(t, err, wapay.ErrUnavailable, wapay.OutcomeReadOnly)
	}
}

// The client escapes any token. A bad or senseless one costs one new login.
func TestUnusualTokens(t *testing.T) {
	c, m := newMock(t, reply(401, sample(t, "token_invalid.json")), reply(200, sample(t, "balance.json")))
	m.login = reply(200, `{"code":0,"data":{"token":"a+b/&token=c"}}`)
	_, err := c.Balance(bg, wapay.XOF)
	require.NoError(t, err)
	assert.Len(t, m.logins, 2)
	for _, r := range m.Requests {
		assert.Equal(t, []string{"a+b/&token=c"}, r.URL.Query()["token"])
	}

	c, m = newMock(t, reply(200, sample(t, "balance.json")))
	m.login = reply(200, `{"code":0,"data":{"token":"bad\n"}}`).Then(reply(200, `{"code":0,"data":{"token":"good-token"}}`))
	_, err = c.Balance(bg, wapay.XOF)
	require.NoError(t, err)
	assert.Equal(t, "good-token", m.Requests[0].URL.Query().Get("token"))
}

// A 429 that shows an order does not mean that the provider ignored the batch.
func TestRateLimitWithAnOrder(t *testing.T) {
	for _, body := range []string{
		`[{"client_transaction_id":"MYMERCHANTID1"}]`, `{"transaction_id":"7"}`, `{"data":[{"code":602,"client_transaction_id":"20180606111287"}]}`,
	} {
		c, m := newMock(t, reply(429, body))
		_, err := c.Send(bg, goodTransfers(t)...)
		failure(t, err, wapay.ErrRateLimited, wapay.OutcomeUnknown)
		assert.Len(t, m.Requests, 1)
	}
}

// The answer to a longer batch would be too long to read.
func TestBatchSize(t *testing.T) {
	c, m := newMock(t)
	var requests []cinetpay.TransferRequest
	var contacts []cinetpay.Contact
	for i := range 501 {
		q := goodTransfers(t)[0]
		q.ClientTransactionID = fmt.Sprint("order-", i)
		requests = append(requests, q)
		contacts = append(contacts, cinetpay.Contact{Phone: phone(t, fmt.Sprintf("0707%06d", i), "CI")})
	}
	_, err := c.Send(bg, requests...)
	badFields(t, err, "Requests")
	_, err = c.AddContacts(bg, contacts)
	badFields(t, err, "Contacts")
	m.none()
}
