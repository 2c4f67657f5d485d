package console_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox/apiv1test"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/console"
	"github.com/wapay-go/wapay/sandbox/intramtest"
	"github.com/wapay-go/wapay/sandbox/mpptest"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

// client is a client of any provider.
type client interface {
	wapay.Payer
	wapay.Payouter
}

// opened returns a function that puts a new sandbox under a console. It makes
// the client after that: a client knows the address of when it was made.
func opened[F, K any, C client, S interface {
	console.Sandbox
	Credentials() K
	Client(...wapay.Option) C
}](open func(F) S) func(*testing.T, string) (*stand, client) {
	return func(t *testing.T, name string) (*stand, client) {
		t.Helper()
		var cfg F
		server := open(cfg)
		s, port := &stand{t: t}, httptest.NewUnstartedServer(nil)
		c, err := console.New(port.Listener.Addr().String(), console.NewProvider(name, server))
		require.NoError(t, err)
		port.Config.Handler = c
		port.Start()
		t.Cleanup(func() { c.Close(); port.Close() })
		s.url = port.URL
		return s, server.Client()
	}
}

// requests returns a payment and a payout of a customer who has no more than a
// number.
func requests(operator, phone string, amount wapay.Money) (wapay.PaymentRequest, wapay.PayoutRequest) {
	number, err := wapay.ParsePhone(phone, "")
	if err != nil {
		panic(err)
	}
	customer := wapay.Customer{Phone: number}
	return wapay.PaymentRequest{Amount: amount, Customer: customer, Operator: operator},
		wapay.PayoutRequest{Amount: amount, Recipient: customer, Operator: operator}
}

// Orders of every provider are approved, declined, delayed and told of in every
// way.
func TestEveryProvider(t *testing.T) {
	for name, c := range map[string]struct {
		start    func(*testing.T, string) (*stand, client)
		operator string
		phone    string
		amount   wapay.Money
		change   func(*wapay.PaymentRequest, *wapay.PayoutRequest)
	}{
		"barkapay": {opened(barkapaytest.New), "MOOV", "+22670000001", wapay.XOF.Units(1000), nil},
		"cinetpay": {opened(cinetpaytest.New), "", "+2250707000001", wapay.XOF.Units(1000),
			func(p *wapay.PaymentRequest, out *wapay.PayoutRequest) {
				named(p)
				out.NotifyURL, out.Recipient = p.NotifyURL, p.Customer
			}},
		"cinetpay-v1": {opened(apiv1test.New), "OM_CI", "+2250707000001", wapay.XOF.Units(1000),
			func(p *wapay.PaymentRequest, out *wapay.PayoutRequest) {
				named(p)
				p.Operator = ""
				out.NotifyURL, out.Description = p.NotifyURL, "Salary"
			}},
		"intram": {opened(intramtest.New), "MTN_BENIN_229", "+2290161000001", wapay.XOF.Units(1000),
			func(p *wapay.PaymentRequest, _ *wapay.PayoutRequest) { p.Operator = "" }},
		"mpp":    {opened(mpptest.New), "OM", "+23276000001", wapay.SLE.Units(1000), nil},
		"payhub": {opened(payhubtest.New), "MTN", "+22670000001", wapay.XOF.Units(1000), nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, client := c.start(t, name)
			pay, payout := requests(c.operator, c.phone, c.amount)
			if c.change != nil {
				c.change(&pay, &payout)
			}
			s.endsOrders(name, client, pay, payout)
			s.plantsDifferences(name)

			status, body := s.do("GET", "/?provider="+name, "")
			require.Equal(t, 200, status, body)
			for _, reference := range []string{"order-1", "order-2", "salary-1"} {
				require.Contains(t, body, `data-order="`+reference+`"`)
			}
			require.Eventually(t, func() bool {
				return len(s.api("GET", "/api/providers/"+name+"/deliveries", "").([]any)) >= 8
			}, 10*time.Second, 10*time.Millisecond)
		})
	}
}

// named gives a payment what CinetPay's page asks for.
func named(p *wapay.PaymentRequest) {
	p.Customer.FirstName, p.Customer.LastName, p.Customer.Email = "Awa", "Koné", "awa@example.com"
	p.Description, p.NotifyURL, p.ReturnURL = "Rice", "https://shop.example/", "https://shop.example/"
}

// stateOf returns the state that the API shows of an order.
func (s *stand) stateOf(provider, reference string) any {
	for _, o := range s.api("GET", "/api/providers/"+provider+"/orders", "").([]any) {
		if o := o.(map[string]any); o["reference"] == reference {
			return o["state"]
		}
	}
	return "not there"
}

// endsOrders approves and declines orders, and tells of one in every way.
func (s *stand) endsOrders(name string, client client, pay wapay.PaymentRequest, payout wapay.PayoutRequest) {
	provider, got := "/api/providers/"+name, s.shop(name)
	order := func(reference string) {
		pay.Reference = reference
		_, err := client.Pay(context.Background(), pay)
		require.NoError(s.t, err)
	}
	order("order-1")
	require.Equal(s.t, "pending", s.stateOf(name, "order-1"))
	s.api("POST", provider+"/orders/order-1/approve", "")
	require.Equal(s.t, "succeeded", s.stateOf(name, "order-1"))
	soon(s.t, got)
	for _, how := range []string{"again", "duplicate", "late", "tampered", "forged"} {
		s.api("POST", provider+"/deliveries", `{"order":"order-1","how":"`+how+`"}`)
	}
	order("order-2")
	s.api("POST", provider+"/orders/order-2/decline", "")
	require.Equal(s.t, "failed", s.stateOf(name, "order-2"))

	payout.Reference = "salary-1"
	_, err := client.Payout(context.Background(), payout)
	require.NoError(s.t, err)
	s.api("POST", provider+"/orders/salary-1/approve", "")
	require.Equal(s.t, "succeeded", s.stateOf(name, "salary-1"))
}

// plantsDifferences copies, forgets and alters orders.
func (s *stand) plantsDifferences(name string) {
	orders := "/api/providers/" + name + "/orders/"
	made := s.api("POST", orders+"order-1/copy", `{"reference":"order-9"}`).(map[string]any)
	require.Equal(s.t, "order-9", made["reference"])
	require.Equal(s.t, "succeeded", s.stateOf(name, "order-9"))
	s.api("POST", orders+"order-9/forget", "")
	require.Equal(s.t, "not there", s.stateOf(name, "order-9"))
	altered := s.api("POST", orders+"salary-1/alter", `{"amount":"1500"}`).(map[string]any)
	require.Regexp(s.t, `^1500(\.00)?$`, altered["amount"])
	status, body := s.do("POST", orders+"salary-1/alter", `{"amount":"much"}`)
	require.Equal(s.t, 422, status, body)
	require.Contains(s.t, body, `"bad_amount"`)
	if name == "barkapay" {
		status, body = s.do("POST", orders+"salary-1/alter", `{"fee":"10"}`)
		require.Equal(s.t, 409, status, body)
		require.Contains(s.t, body, `"not_shown"`)
	}
}
