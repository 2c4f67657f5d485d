package apiv1

import (
	"cmp"
	"context"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
)

func paymentOf(r wapay.PaymentRequest) PaymentRequest {
	return PaymentRequest{
		MerchantTransactionID: r.Reference, Amount: r.Amount, Designation: r.Description,
		ClientEmail: r.Customer.Email, ClientFirstName: r.Customer.FirstName, ClientLastName: r.Customer.LastName,
		ClientPhone: r.Customer.Phone,
		SuccessURL:  r.ReturnURL, FailedURL: cmp.Or(r.CancelURL, r.ReturnURL), NotifyURL: r.NotifyURL,
		PaymentMethod: r.Operator, DirectPay: r.Operator != "", OTP: wapay.Secret(r.OTP),
	}
}

func transferOf(r wapay.PayoutRequest) TransferRequest {
	return TransferRequest{
		MerchantTransactionID: r.Reference, PhoneNumber: r.Recipient.Phone, Amount: r.Amount,
		PaymentMethod: r.Operator, Reason: r.Description, NotifyURL: r.NotifyURL,
	}
}

// ServesPayment reports why the provider does not take a payment: see
// [wapay.Scoper].
func (c *Client) ServesPayment(r wapay.PaymentRequest) error {
	ctx, in, q := call.Start(context.Background(), "ServesPayment", payNames), c.in(), paymentOf(r)
	var bad check.Fields
	in.checkPayment(&bad, &q)
	return in.calls.Check(ctx, call.Write, r.Reference, bad)
}

// ServesPayout reports why the provider does not make a payout: see
// [wapay.Scoper].
func (c *Client) ServesPayout(r wapay.PayoutRequest) error {
	ctx, in, q := call.Start(context.Background(), "ServesPayout", payoutNames), c.in(), transferOf(r)
	var bad check.Fields
	in.checkTransfer(&bad, &q)
	return in.calls.Check(ctx, call.Write, r.Reference, bad)
}

// words maps the networks to the operators in the provider's SDKs.
var words = map[wapay.Network]string{
	{Country: "CI", Name: "Orange"}: "OM", {Country: "CI", Name: "Moov"}: "MOOV", {Country: "CI", Name: "MTN"}: "MTN",
	{Country: "SN", Name: "Orange"}: "OM", {Country: "SN", Name: "Free"}: "FREE",
	{Country: "SN", Name: "Expresso"}: "EXPRESSO",
	{Country: "BF", Name: "Orange"}:   "OM", {Country: "BF", Name: "Moov"}: "MOOV",
	{Country: "ML", Name: "Orange"}: "OM", {Country: "ML", Name: "Moov"}: "MOOV",
	{Country: "TG", Name: "Moov"}: "MOOV", {Country: "TG", Name: "Togocom"}: "TMONEY",
	{Country: "BJ", Name: "Moov"}: "MOOV", {Country: "BJ", Name: "MTN"}: "MTN",
	{Country: "NE", Name: "Airtel"}: "AIRTEL", {Country: "NE", Name: "Moov"}: "MOOV",
	{Country: "NE", Name: "Zamani"}: "ZAMANI",
	{Country: "CM", Name: "Orange"}: "OM", {Country: "CM", Name: "MTN"}: "MTN",
	{Country: "GN", Name: "Orange"}: "OM", {Country: "GN", Name: "MTN"}: "MTN",
	{Country: "CD", Name: "Orange"}: "OM", {Country: "CD", Name: "Airtel"}: "AIRTEL",
	{Country: "CD", Name: "Vodacom"}: "MPESA", {Country: "CD", Name: "Africell"}: "AFRICELL",
}

// SpellOperator returns the provider's name of a network in the account's
// country, such as "OM_CI". It is the same for payments and payouts.
func (c *Client) SpellOperator(n wapay.Network) (payment, payout string) {
	word := words[n]
	if word == "" || n.Country != c.in().country {
		return "", ""
	}
	return word + "_" + n.Country, word + "_" + n.Country
}
