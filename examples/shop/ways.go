package main

import (
	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/intramtest"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

// way is one way for money to move: a provider's payments, or its payouts. Its functions are what the customer, the
// operator and the provider do, at the sandbox; they take the provider's id.
type way struct {
	provider string
	kind     ipn.Kind
	server   *sandbox.Server
	customer wapay.Customer
	operator string
	base     wapay.Money                   // the smallest order
	id       func(reference string) string // the provider's; "" where there is no such order
	begin    func(id string) error         // there is news, and it is not over; nil: no such news
	succeed  func(id string) error
	fail     func(id string) error
}

func (w *way) String() string { return w.provider + " " + w.kind.String() }

// world is all providers that send notifications.
type world struct {
	barkapay *barkapaytest.Server
	cinetpay *cinetpaytest.Server
	intram   *intramtest.Server
	mpp      *mpptest.Server
	ways     []*way
}

func openWorld() *world {
	w := &world{
		barkapay: barkapaytest.New(barkapaytest.Config{RateLimit: -1, RedeliverAfter: tries}),
		cinetpay: cinetpaytest.New(cinetpaytest.Config{RateLimit: -1, RedeliverAfter: tries}),
		intram:   intramtest.New(intramtest.Config{RedeliverAfter: tries}),
		mpp:      mpptest.New(mpptest.Config{RedeliverAfter: tries}),
	}
	w.ways = append(w.ways, w.barkaPayWays()...)
	w.ways = append(w.ways, w.cinetPayWays()...)
	w.ways = append(w.ways, w.intramWays()...)
	w.ways = append(w.ways, w.mppWays()...)
	return w
}

func (w *world) servers() map[string]*sandbox.Server {
	return map[string]*sandbox.Server{
		"barkapay": w.barkapay.Server, "cinetpay": w.cinetpay.Server, "intram": w.intram.Server, "mpp": w.mpp.Server,
	}
}

func (w *world) close() {
	for _, s := range w.servers() {
		s.Close()
	}
}

// customer has a name and an address, which CinetPay wants to know of those whom it pays.
func customer(number, country string) wapay.Customer {
	phone, err := wapay.ParsePhone(number, country)
	if err != nil {
		panic(err) // it stands below
	}
	return wapay.Customer{Phone: phone, FirstName: "Awa", LastName: "Koné", Email: "awa@example.com"}
}

func last(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[len(ids)-1]
}

func (w *world) barkaPayWays() []*way {
	s := w.barkapay
	base := way{
		provider: "barkapay", server: s.Server, customer: customer("70 65 61 88", "BF"), operator: "MOOV", base: wapay.XOF.Units(1000),
	}
	in, out := base, base
	in.kind, out.kind = ipn.KindPayment, ipn.KindPayout
	in.id = func(reference string) string { return last(s.PaymentIDs(reference)) }
	in.succeed = s.Approve
	in.fail = func(id string) error { return s.Decline(id, "") }
	out.id = func(reference string) string { return last(s.TransferIDs(reference)) }
	out.succeed = s.Approve
	out.fail = func(id string) error { return s.Decline(id, "") }
	return []*way{&in, &out}
}

func (w *world) cinetPayWays() []*way {
	s := w.cinetpay
	who := customer("07 07 00 00 01", "CI")
	base := way{provider: "cinetpay", server: s.Server, customer: who, base: wapay.XOF.Units(1000)}
	in, out := base, base
	in.kind, out.kind = ipn.KindPayment, ipn.KindPayout
	in.id = func(reference string) string { // the merchant's own reference names the page
		for _, c := range s.Checkouts() {
			if c.ID == reference {
				return c.ID
			}
		}
		return ""
	}
	in.succeed = func(id string) error { return s.PayCheckout(id, "OM", who.Phone.E164()) }
	in.fail = func(id string) error { return s.RefuseCheckout(id, 627) } // the customer cancels
	out.id = func(reference string) string {
		for _, t := range s.TransfersOf(reference) {
			return t.ID
		}
		return ""
	}
	out.begin = s.ConfirmByMail
	out.succeed = s.Complete
	out.fail = func(id string) error { return s.Reject(id, "The wallet is closed") }
	return []*way{&in, &out}
}

func (w *world) intramWays() []*way {
	s := w.intram
	operation := func(reference string) intramtest.Operation {
		for _, o := range s.OperationsOf(reference) {
			return o
		}
		return intramtest.Operation{}
	}
	transaction := func(id string) string { // of a payment, once there is a page to pay on
		for _, o := range s.Operations() {
			if o.ID == id {
				return o.TransactionReference
			}
		}
		return ""
	}
	base := way{
		provider: "intram", server: s.Server, customer: customer("01 61 23 45 67", "BJ"), operator: "MTN_BENIN_229", base: wapay.XOF.Units(1000),
		id: func(reference string) string { return operation(reference).ID },
	}
	in, out := base, base
	in.kind, out.kind = ipn.KindPayment, ipn.KindPayout
	in.begin = s.CompleteOperation // makes the page
	in.succeed = func(id string) error { return s.PayRequest(transaction(id)) }
	in.fail = func(id string) error { return s.FailRequest(transaction(id), "The customer refused") }
	out.succeed = s.CompletePayout
	out.fail = func(id string) error { return s.FailOperation(id, "provider_rejected") }
	return []*way{&in, &out}
}

func (w *world) mppWays() []*way {
	s := w.mpp
	base := way{
		provider: "mpp", server: s.Server, customer: customer("080 002209", "SL"), operator: "OM", base: wapay.SLE.Minor(100_25),
		id: func(reference string) string {
			for _, t := range s.TransactionsOf(reference) {
				return t.ID
			}
			return ""
		},
		begin:   func(id string) error { return s.Set(id, "processing") },
		succeed: s.Complete,
		fail:    func(id string) error { return s.Fail(id, "") },
	}
	in, out := base, base
	in.kind, out.kind = ipn.KindPayment, ipn.KindPayout
	return []*way{&in, &out}
}

// environment is what the shop has to know of the providers.
func (w *world) environment(webhookSecret string) map[string]string {
	barka, cinet, intra, gateway := w.barkapay.Config(), w.cinetpay.Config(), w.intram.Config(), w.mpp.Config()
	return map[string]string{
		"BARKAPAY_URL": w.barkapay.URL(), "BARKAPAY_API_KEY": barka.APIKey, "BARKAPAY_API_SECRET": barka.APISecret,
		"BARKAPAY_IPN_KEY": barka.IPNKey,
		"CINETPAY_URL":     w.cinetpay.URL(), "CINETPAY_API_KEY": cinet.APIKey, "CINETPAY_PASSWORD": cinet.Password,
		"CINETPAY_SITE_ID": cinet.SiteID, "CINETPAY_SECRET_KEY": cinet.SecretKey,
		"INTRAM_URL": w.intram.URL(), "INTRAM_PUBLIC_KEY": intra.PublicKey, "INTRAM_SECRET_KEY": intra.SecretKey,
		"INTRAM_WEBHOOK_SECRET": webhookSecret,
		"MPP_URL":               w.mpp.URL(), "MPP_SECRET_ID": gateway.SecretID, "MPP_SECRET_KEY": gateway.SecretKey,
		"MPP_BUSINESS_ID": gateway.BusinessID,
	}
}
