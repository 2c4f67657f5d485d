package cinetpay_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
)

func goodCheckout() cinetpay.CheckoutRequest {
	return cinetpay.CheckoutRequest{
		TransactionID: "order-1", Amount: wapay.XOF.Units(100), Description: "Paiement abonnement",
		NotifyURL: "https://shop.example/ipn", ReturnURL: "https://shop.example/done",
	}
}

func goodPay(t testing.TB) wapay.PaymentRequest {
	return wapay.PaymentRequest{
		Reference: "order-1", Amount: wapay.XOF.Units(100), Description: "Paiement abonnement",
		NotifyURL: "https://shop.example/ipn", ReturnURL: "https://shop.example/done",
		Customer: wapay.Customer{Phone: phone(t, "0707000001", "CI"), FirstName: "Awa", LastName: "Koné", Email: "awa@exemple.com"},
		Metadata: map[string]string{"cart": "7"},
	}
}

// The page asks for the operator, so a payment needs none.
func TestServesPaymentWithoutOperator(t *testing.T) {
	c, err := cinetpay.New(cinetpay.Credentials{APIKey: "k", SiteID: "1", Password: "p"})
	require.NoError(t, err)
	require.NoError(t, c.ServesPayment(goodPay(t)))
	r := goodPay(t)
	r.Operator = "MOOV"
	require.ErrorIs(t, c.ServesPayment(r), wapay.ErrInvalid)
}

// body checks the whole of a request to the checkout.
func (m *mock) body(i int, path, want string) {
	m.t.Helper()
	require.Greater(m.t, len(m.Requests), i)
	r := m.Requests[i]
	assert.Equal(m.t, "POST", r.Method)
	assert.Equal(m.t, mockBase+"/v2/"+path, r.URL.String())
	assert.Equal(m.t, http.Header{
		"Accept": {"application/json"}, "User-Agent": {"wapay-go/" + wapay.Version}, "Content-Type": {"application/json"},
	}, r.Header)
	assert.JSONEq(m.t, want, r.Body)
	assert.Empty(m.t, m.logins, "the checkout has no token")
}

func TestCreatePayment(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "payment_created.json")))
	got, err := c.CreatePayment(bg, goodCheckout())
	require.NoError(t, err)
	m.body(0, "payment", `{"apikey":"API-KEY-7f3a.81bc","site_id":"445160","transaction_id":"order-1","amount":100,"currency":"XOF",
		"description":"Paiement abonnement","notify_url":"https://shop.example/ipn","return_url":"https://shop.example/done","channels":"ALL"}`)
	assert.JSONEq(t, sample(t, "payment_created.json"), string(got.Raw))
	got.Raw = nil
	const token = "97ae21bfb4b3b6a0bd5d5ef8a7c2"
	assert.Equal(t, &cinetpay.Checkout{
		TransactionID: "order-1", Token: token, URL: "https://checkout.cinetpay.com/payment/" + token,
		ResponseID: "1640000000.1234",
	}, got)

	all := goodCheckout()
	all.Amount, all.Channels, all.Lang, all.Metadata = wapay.USD.Units(15), cinetpay.ChannelCreditCard, "en", `{"a":1}`
	all.InvoiceData = map[string]string{"Reste à payer": "25 000fr"}
	all.LockPhoneNumber, all.CustomerPhone = true, phone(t, "0707000001", "CI")
	all.CustomerID, all.CustomerName, all.CustomerSurname, all.CustomerEmail = "172", "KOUADIO", "Francisse", "down@test.com"
	all.CustomerAddress, all.CustomerCity, all.CustomerCountry, all.CustomerState, all.CustomerZIPCode = "Antananarivo", "Antananarivo", "CM", "CM", "065100"
	c, m = newMock(t, reply(201, sample(t, "payment_created.json")))
	_, err = c.CreatePayment(bg, all)
	require.NoError(t, err)
	m.body(0, "payment", `{"apikey":"API-KEY-7f3a.81bc","site_id":"445160","transaction_id":"order-1","amount":15,"currency":"USD",
		"description":"Paiement abonnement","notify_url":"https://shop.example/ipn","return_url":"https://shop.example/done","channels":"CREDIT_CARD",
		"lang":"en","metadata":"{\"a\":1}","invoice_data":{"Reste à payer":"25 000fr"},"lock_phone_number":true,"customer_phone_number":"+2250707000001",
		"customer_id":"172","customer_name":"KOUADIO","customer_surname":"Francisse","customer_email":"down@test.com","customer_address":"Antananarivo",
		"customer_city":"Antananarivo","customer_country":"CM","customer_state":"CM","customer_zip_code":"065100"}`)
}

func TestPay(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "payment_created.json")))
	got, err := c.Pay(bg, goodPay(t))
	require.NoError(t, err)
	m.body(0, "payment", `{"apikey":"API-KEY-7f3a.81bc","site_id":"445160","transaction_id":"order-1","amount":100,"currency":"XOF",
		"description":"Paiement abonnement","notify_url":"https://shop.example/ipn","return_url":"https://shop.example/done","channels":"ALL",
		"metadata":"{\"cart\":\"7\"}","customer_phone_number":"+2250707000001"}`)
	got.Raw = nil
	const token = "97ae21bfb4b3b6a0bd5d5ef8a7c2"
	assert.Equal(t, &wapay.Payment{
		Provider: "cinetpay", ID: token, Reference: "order-1", Status: wapay.StatusPending, ProviderStatus: "CREATED",
		Amount: wapay.XOF.Units(100), CheckoutURL: "https://checkout.cinetpay.com/payment/" + token, Action: wapay.ActionOpenPage,
	}, got)
}

func TestPayChecks(t *testing.T) {
	c, m := newMock(t)
	_, err := c.Pay(bg, wapay.PaymentRequest{})
	badFields(t, err, "Reference", "Amount", "Description", "NotifyURL", "ReturnURL")
	_, err = c.Pay(bg, wapay.PaymentRequest{
		Reference: "a\nb", Amount: wapay.EUR.Units(5), Description: "a", NotifyURL: "http://shop.example", ReturnURL: "x", Operator: "OM",
		Metadata: map[string]string{"a": strings.Repeat("x", 5000)},
	})
	badFields(t, err, "Reference", "Amount", "NotifyURL", "ReturnURL", "Operator", "Metadata")
	for _, sign := range []string{"#", "/", "$", "_", "&"} {
		r := goodPay(t)
		r.Description = "a" + sign + "b"
		_, err = c.Pay(bg, r)
		badFields(t, err, "Description")
	}
	for _, m := range []wapay.Money{
		{}, wapay.XOF.Units(0), wapay.XOF.Units(-5), wapay.XOF.Units(101), wapay.GNF.Units(4), wapay.EUR.Units(5), wapay.SLE.Units(5),
		wapay.USD.Minor(500 + 1), wapay.USD.Minor(50), wapay.CDF.Minor(5), wapay.XOF.Units(1 << 62).Currency().Units(-1 << 62),
	} {
		r := goodPay(t)
		r.Amount = m
		_, err = c.Pay(bg, r)
		badFields(t, err, "Amount")
	}
	q := goodCheckout()
	q.LockPhoneNumber, q.Lang, q.CustomerZIPCode = true, "de", "\n\x01"
	q.InvoiceData = map[string]string{"a": "", "b": "", "c": "", "d": ""}
	_, err = c.CreatePayment(bg, q)
	badFields(t, err, "CustomerPhone", "Lang", "CustomerZIPCode", "InvoiceData")
	m.none()
}

func TestCheckPayment(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "payment_accepted.json")))
	got, err := c.CheckPayment(bg, wapay.Ref{Reference: "order-1"})
	require.NoError(t, err)
	m.body(0, "payment/check", `{"apikey":"API-KEY-7f3a.81bc","site_id":"445160","transaction_id":"order-1"}`)
	assert.JSONEq(t, sample(t, "payment_accepted.json"), string(got.Raw))
	got.Raw = nil
	assert.Equal(t, &cinetpay.CheckoutPayment{
		Status: wapay.StatusSucceeded, Code: "00", Message: "SUCCES", ProviderStatus: "ACCEPTED", Amount: wapay.XOF.Units(100),
		PaymentMethod: "OM", Description: "Paiement abonnement", OperatorID: "MP220915.2257.A76307",
		PaymentDate: at("2022-09-15 22:57:15"), FundAvailabilityDate: at("2022-09-17 00:00:00"), ResponseID: "1663323067.7677",
	}, got)

	c, m = newMock(t, reply(200, sample(t, "payment_refused.json")))
	p, err := c.FindPayment(bg, wapay.Ref{ID: "97ae21"})
	require.NoError(t, err)
	m.body(0, "payment/check", `{"apikey":"API-KEY-7f3a.81bc","site_id":"445160","token":"97ae21"}`)
	p.Raw = nil
	assert.Equal(t, &wapay.Payment{
		Provider: "cinetpay", ID: "97ae21", Status: wapay.StatusFailed, ProviderStatus: "REFUSED", Amount: wapay.XOF.Units(100), Reason: "TRANSACTION_CANCEL",
	}, p)

	_, err = c.FindPayment(bg, wapay.Ref{ID: "97ae21", Reference: "order-1"})
	require.NoError(t, err)
	m.body(1, "payment/check", `{"apikey":"API-KEY-7f3a.81bc","site_id":"445160","transaction_id":"order-1"}`)

	for _, ref := range []wapay.Ref{{}, {Reference: "a\nb"}} {
		_, err = c.FindPayment(bg, ref)
		badFields(t, err, "Reference")
	}
	_, err = c.FindPayment(bg, wapay.Ref{ID: "a\nb"})
	badFields(t, err, "ID")
}

// The payment's status decides, unless the code contradicts it.
func TestPaymentStatuses(t *testing.T) {
	open := []string{"623", "662", "663", "664"}
	codes := append([]string{"00", "201", "613", "999", "1", "600", "602", "627", "629", "812"}, open...)
	want := map[[2]string]wapay.Status{}
	for _, code := range codes {
		for _, word := range []string{"WAITING_FOR_CUSTOMER", "WAITING_CUSTOMER_PAYMENT", "PENDING"} {
			want[[2]string{code, word}] = wapay.StatusPending
		}
		want[[2]string{code, "REFUSED"}] = wapay.StatusFailed
		want[[2]string{code, "CANCELLED"}] = wapay.StatusCancelled
		want[[2]string{code, "REFUNDED"}] = wapay.StatusRefunded
	}
	want[[2]string{"00", "ACCEPTED"}] = wapay.StatusSucceeded
	want[[2]string{"00", "REFUSED"}] = wapay.StatusUnknown
	want[[2]string{"00", "CANCELLED"}] = wapay.StatusUnknown
	for _, code := range open {
		want[[2]string{code, ""}] = wapay.StatusPending
	}
	seen := 0
	for _, code := range codes {
		for _, word := range []string{
			"ACCEPTED", "REFUSED", "CANCELLED", "REFUNDED", "WAITING_FOR_CUSTOMER", "WAITING_CUSTOMER_PAYMENT",
			"PENDING", "", "accepted", "NEWS",
		} {
			data := map[string]any{"amount": "100", "currency": "XOF", "status": word}
			if word == "" {
				data["status"] = nil
			}
			for _, spelled := range []any{code, json.Number(strings.TrimLeft(code, "0"))} {
				if spelled == json.Number("") {
					spelled = json.Number("0")
				}
				for _, status := range []int{200, 400} {
					body, _ := json.Marshal(map[string]any{"code": spelled, "message": "M", "data": data})
					c, _ := newMock(t, reply(status, string(body)))
					p, err := c.FindPayment(bg, wapay.Ref{Reference: "order-1"})
					if word == "" && (want[[2]string{code, word}] == wapay.StatusUnknown || status == 400) {
						require.Error(t, err, "%s %q", body, status)
						assert.NotErrorIs(t, err, wapay.ErrNotFound)
						continue
					}
					require.NoError(t, err, "%s", body)
					expected := want[[2]string{code, word}]
					if expected == wapay.StatusSucceeded && status == 400 { // the two contradict each other
						expected = wapay.StatusUnknown
					}
					assert.Equal(t, expected.String(), p.Status.String(), "%d %s", status, body)
					if p.Status == wapay.StatusSucceeded {
						assert.Empty(t, p.Reason)
					} else {
						assert.Equal(t, "M", p.Reason)
					}
					seen++
				}
			}
		}
	}
	assert.Greater(t, seen, 500)
}

// A payment in a 4xx has the same status as in a 2xx, but is never succeeded.
func TestPaymentInRefusal(t *testing.T) {
	const paid = `{"code":"00","message":"SUCCES","data":{"amount":"100","currency":"XOF","status":"ACCEPTED"}}`
	for _, status := range []int{400, 401, 403, 404, 422} {
		c, _ := newMock(t, reply(status, paid))
		p, err := c.CheckPayment(bg, wapay.Ref{Reference: "order-1"})
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusUnknown, p.Status, "%d", status)
		assert.Equal(t, "ACCEPTED", p.ProviderStatus)

		c, _ = newMock(t, reply(status, sample(t, "payment_refused.json")))
		p, err = c.CheckPayment(bg, wapay.Ref{Reference: "order-1"})
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusFailed, p.Status, "%d", status)

		for _, twice := range []string{
			`{"code":"627","code":"00","data":{"amount":"100","currency":"XOF","status":"REFUSED","status":"ACCEPTED"}}`,
			`{"code":"627","data":{"amount":"100","currency":"XOF","status":"ACCEPTED","status":"REFUSED"}}`,
			`{"code":"00","code":"627","data":{"amount":"100","currency":"XOF","status":"REFUSED"}}`,
		} {
			c, _ = newMock(t, reply(status, twice))
			got, err := c.CheckPayment(bg, wapay.Ref{Reference: "order-1"})
			assert.Nil(t, got)
			var e *wapay.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, wapay.OutcomeReadOnly, e.Outcome)
			assert.NotErrorIs(t, err, wapay.ErrNotFound)
		}
	}
}

func TestPaymentAmounts(t *testing.T) {
	for _, x := range []struct{ data, want string }{
		{`"amount":"100","currency":"XOF"`, "100 XOF"},
		{`"amount":100,"currency":"XOF"`, "100 XOF"},
		{`"amount":"12.50","currency":"USD"`, "12.50 USD"},
		{`"amount":9007199254740993,"currency":"GNF"`, "9007199254740993 GNF"},
		{`"amount":null,"currency":"XOF"`, "0"},
		{`"amount":"100","currency":null`, "0"},
		{`"amount":"","currency":""`, "0"},
		{`"amount":"0.5","currency":"XOF"`, "0"},
		{`"amount":"x","currency":"XOF"`, "0"},
		{`"amount":"5","currency":"francs"`, "0"},
	} {
		c, _ := newMock(t, reply(200, `{"code":"00","message":"SUCCES","data":{"status":"ACCEPTED",`+x.data+`}}`))
		p, err := c.FindPayment(bg, wapay.Ref{Reference: "order-1"})
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusSucceeded, p.Status)
		assert.Equal(t, x.want, p.Amount.String())
	}
}

func TestCheckoutRefusals(t *testing.T) {
	for _, x := range []struct {
		status  int
		body    string
		kind    error
		outcome wapay.Outcome // of CreatePayment
	}{
		{400, `{"code":"608","message":"MINIMUM_REQUIRED_FIELDS","description":"The notify url must not be null","api_response_id":"1.2"}`, wapay.ErrInvalid, wapay.OutcomeRejected},
		{200, `{"code":608,"message":"MINIMUM_REQUIRED_FIELDS","data":[]}`, wapay.ErrInvalid, wapay.OutcomeRejected},
		{400, `{"code":"608","message":"MINIMUM_REQUIRED_FIELDS","description":"The transaction_id exists already"}`, wapay.ErrDuplicate, wapay.OutcomeUnknown},
		{400, `{"code":"608","description":"Cette transaction existe"}`, wapay.ErrDuplicate, wapay.OutcomeUnknown},
		{400, `{"code":"608","description":"The transaction_id is not unique"}`, wapay.ErrDuplicate, wapay.OutcomeUnknown},
		{400, `{"code":"608","description":"The transaction does not exist"}`, wapay.ErrInvalid, wapay.OutcomeRejected},
		{400, `{"code":"608","description":"La transaction n'existe pas"}`, wapay.ErrInvalid, wapay.OutcomeRejected},
		{400, `{"code":"999","description":"No such transaction exists"}`, wapay.ErrInvalid, wapay.OutcomeUnknown},
		{200, `{"code":"999","description":"Transaction doesn't exist"}`, wapay.ErrDecode, wapay.OutcomeUnknown},
		{200, `{"code":"613","message":"ERROR_SITE_ID_NOTVALID"}`, wapay.ErrUnauthorized, wapay.OutcomeRejected},
		{403, `{"code":"609","message":"AUTH_NOT_FOUND"}`, wapay.ErrUnauthorized, wapay.OutcomeRejected},
		{404, `{"code":"723","message":"NOT_FOUND"}`, wapay.ErrNotFound, wapay.OutcomeRejected},
		{409, `{"code":"999","message":"?"}`, wapay.ErrDuplicate, wapay.OutcomeUnknown},
		{400, `{"code":"624","message":"UNKNOWN_ERROR"}`, wapay.ErrInvalid, wapay.OutcomeRejected},
		{200, `{"code":"-1","message":"OPERATION_ERROR"}`, wapay.ErrUnavailable, wapay.OutcomeUnknown},
		{400, `{"code":"999","message":"NEWS"}`, wapay.ErrInvalid, wapay.OutcomeUnknown},
		{200, `{"code":"999","message":"NEWS"}`, wapay.ErrDecode, wapay.OutcomeUnknown},
		{500, `{"code":"608","message":"MINIMUM_REQUIRED_FIELDS"}`, wapay.ErrInvalid, wapay.OutcomeUnknown},
		{200, `{"code":"600","message":"PAYMENT_FAILED"}`, wapay.ErrInvalid, wapay.OutcomeRejected},
		{200, `{"code":"00","message":"SUCCES","data":{}}`, wapay.ErrDecode, wapay.OutcomeUnknown},
		{200, `{"code":"201","message":"CREATED","data":{"payment_token":"t"}}`, wapay.ErrDecode, wapay.OutcomeUnknown},
		{200, `{"code":"201","message":"CREATED","data":{"payment_token":"t","payment_url":"pending"}}`, wapay.ErrDecode, wapay.OutcomeUnknown},
		{429, `{"message":"Too Many"}`, wapay.ErrRateLimited, wapay.OutcomeRejected},
	} {
		_, m := newMock(t, reply(x.status, x.body))
		c := m.client(checkoutKeys, wapay.WithMaxRetries(0))
		_, err := c.Pay(bg, goodPay(t))
		e := failure(t, err, x.kind, x.outcome)
		assert.Equal(t, "order-1", e.Reference)
		assert.Equal(t, "Pay", e.Op)
		_, err = c.FindPayment(bg, wapay.Ref{Reference: "order-1"})
		require.Error(t, err)
		assert.NotErrorIs(t, err, wapay.ErrOutcomeUnknown)
		requests := 2
		if x.kind == wapay.ErrDuplicate {
			requests = 3 // Pay looks it up
		}
		assert.Len(t, m.Requests, requests)
	}
	_, m := newMock(t, reply(400, `{"code":"608","message":"MINIMUM_REQUIRED_FIELDS","description":"D","api_response_id":"1663323067.7677"}`))
	_, err := m.client(checkoutKeys).Pay(bg, goodPay(t))
	e := failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
	assert.Equal(t, "1663323067.7677", e.RequestID)
	assert.Equal(t, "MINIMUM_REQUIRED_FIELDS: D", e.Message)
}

func TestCreatePaymentOnce(t *testing.T) {
	for _, answer := range []int{500, 502, 503, 408} {
		c, m := newMock(t, reply(answer, "<html>"))
		_, err := c.CreatePayment(context.Background(), goodCheckout())
		failure(t, err, wapay.ErrUnavailable, wapay.OutcomeUnknown)
		assert.Len(t, m.Requests, 1)
	}
}

// The answer of a lookup shows neither id. So each lookup has a connection of
// its own, on which no answer to another one can come.
func TestLookupsAreAlone(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.True(t, r.Close)
		_, _ = w.Write([]byte(`{"code":"00","message":"SUCCES","data":{"amount":"100","currency":"XOF","status":"ACCEPTED"}}`))
	}))
	defer s.Close()
	c, err := cinetpay.New(checkoutKeys, wapay.WithBaseURL(s.URL))
	require.NoError(t, err)
	for _, ref := range []wapay.Ref{{Reference: "order-1"}, {ID: "token"}} {
		p, err := c.FindPayment(bg, ref)
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusSucceeded, p.Status)
	}
}
