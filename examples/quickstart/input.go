package main

import (
	"io"
	"slices"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
)

// input is what the user asked for.
type input struct {
	// For BarkaPay.
	phone    wapay.Phone
	operator string
	amount   wapay.Money
}

// samplePhone is charged on the sandbox if the user gives no number.
const samplePhone = "+226 70 65 61 88"

const about = `takes money, pays people out, and shows what happened, with each of BarkaPay, PayHub,
Intram, CinetPay and MPP, and sets a partner up with Bantu. Nothing leaves this machine.

-phone, -country, -operator and -amount are for the part about BarkaPay. The other providers serve other countries
and operators, so they have sample customers of their own.`

// countries are those whose money is the CFA franc of West Africa, XOF.
var countries = []string{"BF", "BJ", "CI", "GW", "ML", "NE", "SN", "TG"}

func readInput(args []string, stdout io.Writer) (*input, error) {
	in := &input{}
	flags := cli.NewFlags("quickstart", about)
	number := flags.String("phone", samplePhone, "`number` of BarkaPay's customer, who is charged")
	country := flags.String("country", "", "its country, two `letters`; needed unless the number begins with +")
	amount := flags.String("amount", "5000", "`francs` (XOF) that BarkaPay's customer is charged")
	flags.StringVar(&in.operator, "operator", "MOOV", "that customer's operator, by BarkaPay's `name`")
	if err := flags.Parse(args, stdout); err != nil {
		return nil, err
	}
	var err error
	if in.phone, err = readPhone(flags, *number, strings.ToUpper(*country)); err != nil {
		return nil, err
	}
	if in.amount, err = wapay.ParseMoney(*amount, wapay.XOF); err != nil {
		return nil, cli.Usage("-amount", "%s", reason(err))
	}
	if in.amount.Sign() <= 0 {
		return nil, cli.Usage("-amount", "%s is not more than 0", in.amount)
	}
	return in, nil
}

func readPhone(flags *cli.Flags, number, country string) (wapay.Phone, error) {
	if country != "" && !slices.Contains(countries, country) {
		return wapay.Phone{}, cli.Usage("-country", "%q is none of %s", country, strings.Join(countries, ", "))
	}
	phone, err := wapay.ParsePhone(number, country)
	other := err == nil && country != "" && phone.Country() != country
	switch {
	case (err != nil || other) && !flags.Given("phone"):
		return wapay.Phone{}, cli.Usage("-country", "needs a -phone of that country; the sample number is of another")
	case err != nil && country == "" && !strings.HasPrefix(number, "+"):
		return wapay.Phone{}, cli.Usage("-phone", "%s (or give -country)", reason(err))
	case err != nil:
		return wapay.Phone{}, cli.Usage("-phone", "%s", reason(err))
	case other:
		return wapay.Phone{}, cli.Usage("-phone", "a number of %s, but -country is %s", phone.Country(), country)
	case !slices.Contains(countries, phone.Country()):
		return wapay.Phone{}, cli.Usage("-phone", "a number of %s, want one of %s", phone.Country(), strings.Join(countries, ", "))
	}
	return phone, nil
}

// reason returns the text of an error of package wapay without the package's
// name.
func reason(err error) string { return strings.TrimPrefix(err.Error(), "wapay: ") }
