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

// under puts a sandbox under a console, and makes its client after that: a
// client knows the address of when it was made.
func under[K any, C client](t *testing.T, name string, server interface {
	console.Sandbox
	Credentials() K
	Client(...wapay.Option) C
},
) (*stand, client) {
	t.Helper()
	s, port := &stand{t: t}, httptest.NewUnstartedServer(nil)
	c, err := console.New(port.Listener.Addr().String(), console.NewProvider(name, server))
	require.NoError(t, err)
	port.Config.Handler = c
	port.Start()
	t.Cleanup(func() { c.Close(); port.Close() })
	s.url = port.URL
	return s, server.Client()
}

// Orders of every provider are approved, declined, delayed and told of in every
// way.
func TestEveryProvider(t *testing.T) {
	awa := wapay.Customer{FirstName: "Awa", LastName: "Koné", Email: "awa@example.com"}
	for name, c := range map[string]struct {
		start    func(*testing.T, string) (*stand, client)
		operator string
		phone    string
		amount   wapay.Money
	}{
		"barkapay": {func(t *testing.T, n string) (*stand, client) {
			return under(t, n, barkapaytest.New(barkapaytest.Config{}))
		}, "MOOV", "+22670000001", wapay.XOF.Units(1000)},
		"cinetpay": {func(t *testing.T, n string) (*stand, client) {
			return under(t, n, cinetpaytest.New(cinetpaytest.Config{}))
		}, "", "+2250707000001", wapay.XOF.Units(1000)},
		"cinetpay-v1": {func(t *testing.T, n string) (*stand, client) {
			return under(t, n, apiv1test.New(apiv1test.Config{}))
		}, "OM_CI", "+2250707000001", wapay.XOF.Units(1000)},
		"intram": {func(t *testing.T, n string) (*stand, client) {
			return under(t, n, intramtest.New(intramtest.Config{}))
		}, "MTN_BENIN_229", "+2290161000001", wapay.XOF.Units(1000)},
		"mpp": {func(t *testing.T, n string) (*stand, client) {
			return under(t, n, mpptest.New(mpptest.Config{}))
		}, "OM", "+23276000001", wapay.SLE.Units(1000)},
		"payhub": {func(t *testing.T, n string) (*stand, client) {
			return under(t, n, payhubtest.New(payhubtest.Config{}))
		}, "MTN", "+22670000001", wapay.XOF.Units(1000)},
	} {
		t.Run(name, func(t *testing.T) {
			s, client := c.start(t, name)
			got := s.shop(name)
			customer := awa
			var err error
			customer.Phone, err = wapay.ParsePhone(c.phone, "")
			require.NoError(t, err)
			page := "https://shop.example/"
			pay := func(reference string) {
				t.Helper()
				r := wapay.PaymentRequest{Reference: reference, Amount: c.amount, Customer: customer, Description: "Rice"}
				switch name {
				case "barkapay", "mpp", "payhub":
					r.Operator, r.Customer, r.Description = c.operator, wapay.Customer{Phone: customer.Phone}, ""
				case "intram":
					r.Description = ""
				default:
					r.NotifyURL, r.ReturnURL = page, page
				}
				_, err := client.Pay(context.Background(), r)
				require.NoError(t, err)
			}
			provider := "/api/providers/" + name
			stateOf := func(reference string) any {
				for _, o := range s.api("GET", provider+"/orders", "").([]any) {
					if o := o.(map[string]any); o["reference"] == reference {
						return o["state"]
					}
				}
				return "not there"
			}

			pay("order-1")
			require.Equal(t, "pending", stateOf("order-1"))
			s.api("POST", provider+"/orders/order-1/approve", "")
			require.Equal(t, "succeeded", stateOf("order-1"))
			soon(t, got)
			for _, how := range []string{"again", "duplicate", "late", "tampered", "forged"} {
				s.api("POST", provider+"/deliveries", `{"order":"order-1","how":"`+how+`"}`)
			}
			pay("order-2")
			s.api("POST", provider+"/orders/order-2/decline", "")
			require.Equal(t, "failed", stateOf("order-2"))

			r := wapay.PayoutRequest{Reference: "salary-1", Amount: c.amount, Operator: c.operator, Recipient: customer}
			switch name {
			case "cinetpay":
				r.NotifyURL = page
			case "cinetpay-v1":
				r.NotifyURL, r.Description = page, "Salary"
				r.Recipient = wapay.Customer{Phone: customer.Phone}
			default:
				r.Recipient = wapay.Customer{Phone: customer.Phone}
			}
			_, err = client.Payout(context.Background(), r)
			require.NoError(t, err)
			s.api("POST", provider+"/orders/salary-1/approve", "")
			require.Equal(t, "succeeded", stateOf("salary-1"))

			orders := provider + "/orders/"
			made := s.api("POST", orders+"order-1/copy", `{"reference":"order-9"}`).(map[string]any)
			require.Equal(t, "order-9", made["reference"])
			require.Equal(t, "succeeded", stateOf("order-9"))
			s.api("POST", orders+"order-9/forget", "")
			require.Equal(t, "not there", stateOf("order-9"))
			altered := s.api("POST", orders+"salary-1/alter", `{"amount":"1500"}`).(map[string]any)
			require.Regexp(t, `^1500(\.00)?$`, altered["amount"])
			status, body := s.do("POST", orders+"salary-1/alter", `{"amount":"much"}`)
			require.Equal(t, 422, status, body)
			require.Contains(t, body, `"bad_amount"`)
			if name == "barkapay" {
				status, body = s.do("POST", orders+"salary-1/alter", `{"fee":"10"}`)
				require.Equal(t, 409, status, body)
				require.Contains(t, body, `"not_shown"`)
			}

			status, body = s.do("GET", "/?provider="+name, "")
			require.Equal(t, 200, status, body)
			for _, reference := range []string{"order-1", "order-2", "salary-1"} {
				require.Contains(t, body, `data-order="`+reference+`"`)
			}
			require.Eventually(t, func() bool { return len(s.api("GET", provider+"/deliveries", "").([]any)) >= 8 },
				10*time.Second, 10*time.Millisecond)
		})
	}
}
