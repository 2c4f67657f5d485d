package main

import (
	"context"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/intramtest"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

// tries is the number of attempts of a provider. It is high, because this
// program says when they end.
var tries = make([]time.Duration, 10_000)

// server is what the sandboxes of all providers have in common.
type server interface {
	Approve(ref string) error
	Decline(ref, reason string) error
	Orders() []sandbox.Order
	Inject(sandbox.Fault)
	ClearFaults()
	FaultRecords() []sandbox.FaultRecord
	WaitFaults(ctx context.Context, n int) error
	Flush(context.Context) error
	Redeliver(context.Context) int
	CountUndelivered() int
	Resend(ctx context.Context, ref string, how sandbox.SendMode) (sandbox.Delivery, error)
	HoldNotifications(hold bool)
	Entries() []sandbox.Entry
	Close()
}

// provider is one provider, and a customer of the shop who pays there.
type provider struct {
	server
	name        string
	customer    wapay.Customer
	operator    string
	amount      wapay.Money
	pay, payout string // the paths that make a payment and a payout
}

// openProviders starts the providers. It returns what the shop has to know of
// them too.
func openProviders(shop, obscure string) ([]*provider, map[string]string) {
	barka := barkapaytest.New(barkapaytest.Config{RateLimit: -1, RedeliverAfter: tries})
	cinet := cinetpaytest.New(cinetpaytest.Config{RateLimit: -1, RedeliverAfter: tries})
	intra := intramtest.New(intramtest.Config{RedeliverAfter: tries})
	gateway := mpptest.New(mpptest.Config{RedeliverAfter: tries})
	barka.Notify(shop + "/ipn/barkapay") // set up once, in the provider's dashboard
	intra.Notify(shop + "/ipn/intram")
	gateway.Notify(shop + "/ipn/mpp/" + obscure)
	b, c, i, m := barka.Credentials(), cinet.Credentials(), intra.Credentials(), gateway.Credentials()
	francs, path := wapay.XOF.Units(1000), "api/v1/transaction"
	return []*provider{
			{barka, "barkapay", customer("70 65 61 88", "BF"), "MOOV", francs, "payment/mobile/api", "transfer/request/mobile"},
			{cinet, "cinetpay", customer("07 07 00 00 01", "CI"), "", francs, "v2/payment", "v1/transfer/money/send/contact"},
			{intra, "intram", customer("01 61 23 45 67", "BJ"), "MTN_BENIN_229", francs, "payment-requests", "payouts"},
			{gateway, "mpp", customer("080 002209", "SL"), "OM", wapay.SLE.Minor(100_25), path, path},
		}, map[string]string{
			"BARKAPAY_URL": barka.URL(), "BARKAPAY_API_KEY": string(b.APIKey), "BARKAPAY_API_SECRET": string(b.APISecret),
			"BARKAPAY_IPN_KEY": string(barka.IPNKey()),
			"CINETPAY_URL":     cinet.URL(), "CINETPAY_API_KEY": string(c.APIKey), "CINETPAY_PASSWORD": string(c.Password),
			"CINETPAY_SITE_ID": c.SiteID, "CINETPAY_SECRET_KEY": string(cinet.IPNKey()),
			"INTRAM_URL": intra.URL(), "INTRAM_PUBLIC_KEY": string(i.PublicKey), "INTRAM_SECRET_KEY": string(i.SecretKey),
			"INTRAM_WEBHOOK_SECRET": string(intra.IPNKey()),
			"MPP_URL":               gateway.URL(), "MPP_SECRET_ID": string(m.SecretID), "MPP_SECRET_KEY": string(m.SecretKey),
			"MPP_BUSINESS_ID": m.BusinessID, "SHOP_PUBLIC_URL": shop, "SHOP_OBSCURE": obscure,
		}
}

// customer has a name and an address, which CinetPay wants of each recipient.
func customer(number, country string) wapay.Customer {
	phone, err := wapay.ParsePhone(number, country)
	if err != nil {
		panic(err) // it stands above
	}
	return wapay.Customer{Phone: phone, FirstName: "Awa", LastName: "Koné", Email: "awa@example.com"}
}
