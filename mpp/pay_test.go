package mpp_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/mpp"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

func TestPay(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "created.json")))
	r := goodPay(t)
	r.Operator, r.NotifyURL, r.Description, r.ReturnURL, r.OTP = "om", "https://shop.example/mpp", "Shoes", "https://shop.example", "1234"
	r.Metadata = map[string]string{"account_number": "TAX_01_1234"}
	p, err := c.Pay(context.Background(), r)
	require.NoError(t, err)
	m.assertRequest("POST", "api/v1/transaction", `{"business_id":"`+businessID+`","channel":"OM","external_id":"order-1","currency":"SLE",
		"category":"payment","amount":12.5,"msisdn":"080002209","first_name":"Bockarie","last_name":"Marah","email":"b@example.com",
		"account_number":"TAX_01_1234","callback_url":"https://shop.example/mpp"}`)
	require.Len(t, m.channels, 1)
	assert.Equal(t, mockBase+"/api/v1/business/"+businessID+"/channel?page_size=100", m.channels[0].URL.String())
	p.Raw = nil
	assert.Equal(t, &wapay.Payment{
		Provider: "mpp", ID: txID, Reference: "order-1", Status: wapay.StatusPending, ProviderStatus: "initiated",
		Amount: wapay.SLE.Minor(1250), Action: wapay.ActionConfirm,
	}, p)
}

func TestPayout(t *testing.T) {
	for category, payout := range map[string]func(*mpp.Client) (*wapay.Payout, error){
		"transfer": func(c *mpp.Client) (*wapay.Payout, error) { return c.Payout(context.Background(), goodPayout(t)) },
		"payout": func(c *mpp.Client) (*wapay.Payout, error) {
			return c.PayoutAs(context.Background(), mpp.CategoryPayout, goodPayout(t))
		},
	} {
		c, m := newMock(t, reply(200, sample(t, "created.json")))
		m.channelsAnswer = reply(200, strings.Replace(sample(t, "channels.json"), `"transfer"`, `"`+category+`"`, 1))
		p, err := payout(c)
		require.NoError(t, err)
		m.assertRequest("POST", "api/v1/transaction", `{"business_id":"`+businessID+`","channel":"OM","external_id":"order-1","currency":"SLE",
			"category":"`+category+`","amount":76738.84,"msisdn":"080002209"}`)
		p.Raw = nil
		assert.Equal(t, &wapay.Payout{
			Provider: "mpp", ID: txID, Reference: "order-1", Status: wapay.StatusPending, ProviderStatus: "initiated",
			Amount: wapay.SLE.Minor(7673884),
		}, p)
	}
	c, m := newMock(t, reply(200, ""))
	_, err := c.PayoutAs(context.Background(), mpp.CategoryPayment, goodPayout(t))
	badFields(t, err, "Category")
	assert.Empty(t, m.all)
}

// TestOrdersInIntegrations uses the requests and answers of integrators.
func TestOrdersInIntegrations(t *testing.T) {
	c, m := newMock(t, reply(202, sample(t, "mpp_create_answer_202.json")))
	p, err := c.Pay(context.Background(), wapay.PaymentRequest{
		Reference: "TX-ABCDEF1234", Amount: wapay.GNF.Units(5000), Operator: "OM",
		Customer: wapay.Customer{Phone: phone(t, "+224624849557", "")},
		Metadata: map[string]string{"msisdn": "0770000001"},
	})
	require.NoError(t, err)
	m.assertRequest("POST", "api/v1/transaction", strings.Replace(sample(t, "mpp_create_request_django.json"), "5000.0", "5000", 1))
	assert.Equal(t, txID, p.ID)
	assert.Equal(t, wapay.StatusPending, p.Status)

	c, _ = newMock(t, reply(404, sample(t, "mpp_status_answer_404.json")))
	_, err = c.Status(context.Background(), txID)
	e := failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	assert.Equal(t, "Object/resource not found.", e.Message)
	assert.Equal(t, "59d4057b-85d3-4b91-8278-ffa3a40abf94", e.RequestID)
}

// A payment has the merchant's fee and the customer's next action.
func TestFeeAndAction(t *testing.T) {
	for _, x := range []struct {
		members string
		fee     wapay.Money
		action  wapay.Action
	}{
		{`"status":"pending","fees":0.5,"fee_payer":"merchant"`, wapay.SLE.Minor(50), wapay.ActionConfirm},
		{`"status":"transmitted","fees":0.5,"fee_payer":"end_user"`, wapay.SLE.Minor(0), wapay.ActionConfirm},
		{`"status":"completed","fees":"0.50"`, wapay.SLE.Minor(50), wapay.ActionNone},
		{`"status":"completed","fees":0.5,"fee_payer":"shared"`, wapay.Money{}, wapay.ActionNone},
		{`"status":"blocked","fees":0.505,"fee_payer":"merchant"`, wapay.Money{}, wapay.ActionNone},
		{`"status":"failed"`, wapay.Money{}, wapay.ActionNone},
		{`"status":"on_hold"`, wapay.Money{}, wapay.ActionNone},
	} {
		c, _ := newMock(t, reply(200, `{"data":{"id":"a","category":"payment","amount":2,"currency":{"iso3":"SLE"},`+x.members+`},"success":true}`))
		p, err := c.FindPayment(context.Background(), wapay.Ref{ID: "a"})
		require.NoError(t, err)
		assert.Equal(t, x.fee, p.Fee, x.members)
		assert.Equal(t, x.action, p.Action, x.members)
	}
}

// The client refuses an order that would make its notification or a page of the
// list unreadable.
func TestOrderTooLarge(t *testing.T) {
	for _, x := range []struct {
		fields, size int
		ok           bool
	}{{1, 7000, true}, {1, 8192, false}, {1, 1 << 20, false}, {500, 8, true}, {2000, 8, false}} {
		c, m := newMock(t, reply(200, sample(t, "created.json")))
		m.channelsAnswer = reply(200, `{"data":[{"code":"OM"}],"success":true}`)
		r := goodPayout(t)
		r.Metadata = map[string]string{}
		for i := range x.fields {
			r.Metadata[fmt.Sprint("f", i)] = strings.Repeat("x", x.size-4)
		}
		_, err := c.Payout(context.Background(), r)
		if x.ok {
			require.NoError(t, err)
			continue
		}
		var e *wapay.Error
		require.ErrorAs(t, err, &e)
		assert.ErrorIs(t, err, wapay.ErrInvalid)
		assert.Equal(t, wapay.OutcomeNotSent, e.Outcome)
		assert.Contains(t, e.Details[0].Field, "Metadata")
		assert.Empty(t, m.Requests)
	}

	// The client can read a page of the largest orders, even in PHP's form.
	for _, details := range []string{
		`"note":"` + strings.Repeat(`\u00e9`, 8<<10/2) + `"`, strings.Repeat(`"f%d":"x",`, 8<<10/10) + `"f":"x"`,
	} {
		for i := range strings.Count(details, "%d") {
			details = strings.Replace(details, "%d", fmt.Sprint(i), 1)
		}
		rows := make([]string, 100)
		for i := range rows {
			rows[i] = strings.Replace(tx(fmt.Sprint("id-", i), fmt.Sprint("order-", i), "transfer", "pending"), "}", `},"details":{`+details+`}`, 1)
		}
		c, _ := newMock(t, reply(200, listOf(rows...)))
		p, err := c.FindPayout(context.Background(), byReference("order-99"))
		require.NoError(t, err)
		assert.Equal(t, "id-99", p.ID)
	}
}

// A lookup counts the attempts of all its requests.
func TestAttemptsOfALookup(t *testing.T) {
	first := `{"success":true,"current_page":1,"last_page":2,"data":[` + tx("o", "other", "transfer", "pending") + `]}`
	c, m := newMock(t, reply(503, ""), reply(200, first), reply(200, listOf()))
	_, err := c.FindPayout(context.Background(), byReference("order-1"))
	e := failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly) // page 1 in place of page 2
	assert.Len(t, m.Requests, 3)
	assert.Equal(t, 3, e.Attempts)
}

// The channel, the currency and the number's country decide the form of the
// number.
func TestMSISDN(t *testing.T) {
	for _, x := range []struct {
		number   string
		amount   wapay.Money
		rules    string
		metadata string
		want     string
	}{
		{"+23280002209", wapay.SLE.Units(1), `["required","string"]`, "", "080002209"}, // documented
		{"+224624849557", wapay.GNF.Units(1), `["required","string"]`, "", "624849557"},
		{"+224624849557", wapay.SLE.Units(1), `["required","string"]`, "", "+224624849557"}, // not a number of Sierra Leone
		{"+2250770000001", wapay.XOF.Units(1), `["required","string"]`, "", "0770000001"},
		{"+22394996021", wapay.XOF.Units(1), `["required","string"]`, "", "94996021"},
		{"+221770000001", wapay.XOF.Units(1), `["required","string"]`, "", "770000001"},
		{"+2250770000001", wapay.GNF.Units(1), `["required","string"]`, "", "+2250770000001"},
		{"+23280002209", wapay.USD.Units(1), `["required","string"]`, "", "+23280002209"},
		{"+23280002209", wapay.SLE.Units(1), `["required","phone_number"]`, "", "+23280002209"},
		{"+22394996021", wapay.XOF.Units(1), `["required","string"]`, "+22394996021", "+22394996021"},
		{"+231770000001", wapay.LRD.Units(1), `["required"]`, "", "0770000001"},
	} {
		c, m := newMock(t, reply(200, sample(t, "created.json")))
		m.channelsAnswer = reply(200, `{"data":[{"code":"OM","fields":{"msisdn":`+x.rules+`}}],"success":true}`)
		r := wapay.PaymentRequest{Reference: "r", Amount: x.amount, Operator: "OM", Customer: wapay.Customer{Phone: phone(t, x.number, "")}}
		if x.metadata != "" {
			r.Metadata = map[string]string{"msisdn": x.metadata}
		}
		_, err := c.Pay(context.Background(), r)
		require.NoError(t, err)
		assert.Contains(t, m.Requests[0].Body, `"msisdn":"`+x.want+`"`)
	}
}

// The client finds the faults of a request before it sends anything. For the
// channel's rules it first reads the channels.
func TestOrderChecks(t *testing.T) {
	for _, x := range []struct {
		name   string
		change func(*wapay.PaymentRequest)
		bad    []string
		io     bool
	}{
		{"nothing", func(r *wapay.PaymentRequest) { *r = wapay.PaymentRequest{} }, []string{"Amount", "Operator", "Reference"}, false},
		{"basic fields", func(r *wapay.PaymentRequest) { r.Metadata = map[string]string{"amount": "1", "": "x"} }, []string{"Metadata", "Metadata"}, false},
		{"plain http", func(r *wapay.PaymentRequest) { r.NotifyURL = "http://shop.example" }, []string{"NotifyURL"}, false},
		{"no such channel", func(r *wapay.PaymentRequest) { r.Operator = "AFM" }, []string{"Operator"}, true},
		{"no phone", func(r *wapay.PaymentRequest) { r.Customer.Phone = wapay.Phone{} }, []string{"Customer.Phone"}, true},
		{"a bad address", func(r *wapay.PaymentRequest) { r.Customer.Email = "x" }, []string{"Customer.Email"}, true},
		{"not a field", func(r *wapay.PaymentRequest) { r.Metadata = map[string]string{"acount_number": "1"} }, []string{"Metadata[acount_number]"}, true},
		{"several", func(r *wapay.PaymentRequest) {
			r.Customer = wapay.Customer{Email: "x", FirstName: "a\x00"}
		}, []string{"Customer.Email", "Customer.FirstName", "Customer.Phone"}, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, m := newMock(t, reply(200, ""))
			r := goodPay(t)
			x.change(&r)
			_, err := c.Pay(context.Background(), r)
			badFields(t, err, x.bad...)
			assert.Empty(t, m.Requests)
			assert.Equal(t, x.io, len(m.channels) == 1)
		})
	}
	c, m := newMock(t, reply(200, ""))
	m.channelsAnswer = reply(200, strings.Replace(strings.Replace(sample(t, "channels.json"), `"transfer"`, `"topup"`, 1), `"active": true`, `"active": false`, 1))
	r := goodPayout(t)
	r.Recipient = wapay.Customer{LastName: "x", Email: "x"}
	_, err := c.Payout(context.Background(), r)
	badFields(t, err, "Operator", "Operator", "Recipient.Email", "Recipient.Phone")
}

func TestSandboxOrders(t *testing.T) {
	ctx := context.Background()
	c, m := live(t, mpptest.Config{Balance: 100_00, LimitOverdraft: 5_00})
	r := goodPayout(t)
	r.Amount = wapay.SLE.Minor(104_99)
	p, err := c.Payout(ctx, r)
	require.NoError(t, err)
	for _, x := range []struct {
		set    string
		status wapay.Status
	}{
		{"transmitted", wapay.StatusPending}, {"blocked", wapay.StatusPending}, {"on_hold", wapay.StatusUnknown},
		{"completed", wapay.StatusSucceeded}, {"refunded", wapay.StatusRefunded},
	} {
		require.NoError(t, m.Set(p.ID, x.set))
		p, err = c.FindPayout(ctx, byReference("order-1"))
		require.NoError(t, err)
		assert.Equal(t, x.status, p.Status)
		assert.Equal(t, x.set, p.ProviderStatus)
		s, err := c.Status(ctx, p.ID)
		require.NoError(t, err)
		assert.Equal(t, x.status, s.Status)
	}
	assert.Equal(t, []int64{-10499, 10499}, bookings(m, "order-1"))
	again, err := c.Payout(ctx, r) // as after a crash
	require.NoError(t, err)
	assert.Equal(t, p.ID, again.ID)
	assert.Equal(t, wapay.StatusRefunded, again.Status)
	assert.Len(t, m.Orders(), 1)
	r.Amount = wapay.SLE.Minor(104_98)
	_, err = c.Payout(ctx, r)
	failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	r.Reference, r.Amount = "order-2", wapay.SLE.Minor(105_01)
	_, err = c.Payout(ctx, r)
	failure(t, err, wapay.ErrInsufficientFunds, wapay.OutcomeRejected)
	assert.Empty(t, bookings(m, "order-2"))

	b, err := c.Balance(ctx)
	require.NoError(t, err)
	assert.Equal(t, wapay.SLE.Units(100), b.Balance.Money)
	me, err := c.Business(ctx)
	require.NoError(t, err)
	assert.Equal(t, wapay.SLE.Units(5), me.LimitOverdraft.Money)
	assert.True(t, me.Overdraft)
	a, err := c.ValidateAccount(ctx, "om", phone(t, "+22394996021", ""))
	require.NoError(t, err)
	assert.Equal(t, "Diogue", a.LastName)
	_, err = c.ValidateAccount(ctx, "om", phone(t, "+22394996022", ""))
	e := failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	assert.NotEmpty(t, e.RequestID)

	cash := goodPayout(t)
	cash.Reference, cash.Operator, cash.Amount = "order-3", "CDT", wapay.SLE.Minor(250)
	_, err = c.Payout(ctx, cash)
	badFields(t, err, "Recipient.FirstName", "Recipient.LastName")
	cash.Recipient.FirstName, cash.Recipient.LastName = "Al", "Bo"
	_, err = c.Payout(ctx, cash)
	require.NoError(t, err)
	out := goodPayout(t)
	out.Reference, out.Operator, out.Amount = "order-4", "AFM", wapay.SLE.Minor(250)
	p, err = c.PayoutAs(ctx, mpp.CategoryPayout, out)
	require.NoError(t, err)
	found, err := c.FindPayout(ctx, byReference("order-4"))
	require.NoError(t, err)
	assert.Equal(t, p.ID, found.ID)
}

// With HTTP 200, the code of a refusal decides the outcome.
func TestSandboxRefusalsAs200(t *testing.T) {
	ctx := context.Background()
	c, m := live(t, mpptest.Config{RefusalsAs200: true, Balance: 1_00})
	_, err := c.Payout(ctx, goodPayout(t))
	failure(t, err, wapay.ErrInsufficientFunds, wapay.OutcomeUnknown) // only the message says so
	m.Inject(sandbox.Fault{Kind: sandbox.FaultProviderError, Code: 200, ErrorCode: "MPP-REQ-4000", Path: "api/v1/transaction"})
	r := goodPayout(t)
	r.Amount = wapay.SLE.Minor(100)
	_, err = c.Payout(ctx, r)
	failure(t, err, wapay.ErrUnavailable, wapay.OutcomeUnknown)
	p, err := wapay.SettlePayout(ctx, c, byReference("order-1"))
	require.NoError(t, err)
	assert.Equal(t, wapay.SLE.Minor(100), p.Amount)
	assert.Equal(t, []int64{-100}, bookings(m, "order-1"))
}

// Hundreds of goroutines share a token that expires meanwhile.
func TestSandboxManyAtOnce(t *testing.T) {
	ctx := context.Background()
	c, m := live(t, mpptest.Config{})
	const n = 240
	for round := range 2 {
		errs := make(chan error, n)
		var start sync.WaitGroup
		start.Add(1)
		for i := range n {
			go func() {
				start.Wait()
				ref := fmt.Sprintf("order-%d-%d", round, i)
				r := goodPayout(t)
				r.Reference, r.Amount = ref, wapay.SLE.Minor(100+int64(i))
				p, err := c.Payout(ctx, r)
				if err == nil && (p.Reference != ref || p.Amount != r.Amount) {
					err = errors.New("somebody else's answer")
				}
				errs <- err
			}()
		}
		start.Done()
		for range n {
			require.NoError(t, <-errs)
		}
		assert.Equal(t, round+1, m.Logins())
		for i := range n {
			assert.Equal(t, []int64{-100 - int64(i)}, bookings(m, fmt.Sprintf("order-%d-%d", round, i)))
		}
		m.ExpireTokens()
	}
	assert.Equal(t, 1, m.Count("GET", "api/v1/business/*"))
}
