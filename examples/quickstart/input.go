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
	flags *cli.Flags
	env   func(string) string // not looked at without -remote

	// For BarkaPay.
	phone    wapay.Phone
	operator string
	otp      string
	amount   wapay.Money
}

// samplePhone is charged on the sandbox if the user gives no number. It is never charged with -remote.
const samplePhone = "+226 70 65 61 88"

const about = `takes money, pays people out, and shows what happened, with each of BarkaPay, Intram,
CinetPay and MPP, and sets a partner up with Bantu. Nothing leaves this machine, unless -remote is given.

-phone, -country, -operator and -amount are for the part about BarkaPay. The other providers serve other countries
and operators, so they have sample customers of their own.

-remote is for BarkaPay alone, and leaves the others out: theirs is in ./examples/intram, ./examples/cinetpay,
./examples/mpp and ./examples/bantu. It needs BARKAPAY_API_KEY and BARKAPAY_API_SECRET in the environment, for a
payment link BARKAPAY_SCI_KEY and BARKAPAY_SCI_SECRET too, and takes BARKAPAY_NOTIFY_URL for where notifications go.`

// countries are those whose money is the CFA franc of West Africa, XOF.
var countries = []string{"BF", "BJ", "CI", "GW", "ML", "NE", "SN", "TG"}

func readInput(args []string, env func(string) string, stdout io.Writer) (*input, error) {
	in := &input{env: env, flags: cli.NewFlags("quickstart", about)}
	number := in.flags.String("phone", samplePhone, "`number` of BarkaPay's customer, who is charged")
	country := in.flags.String("country", "", "its country, two `letters`; needed unless the number begins with +")
	amount := in.flags.String("amount", "5000", "`francs` (XOF) that BarkaPay's customer is charged")
	in.flags.StringVar(&in.operator, "operator", "MOOV", "that customer's operator, by BarkaPay's `name`")
	in.flags.StringVar(&in.otp, "otp", "", "with -remote: one-time `code`, for an operator that wants one")
	if err := in.flags.Parse(args, stdout); err != nil {
		return nil, err
	}
	if in.otp != "" && !in.flags.Remote {
		return nil, cli.Usage("-otp", "goes with -remote only; the sandbox makes its own codes")
	}
	var err error
	if in.phone, err = readPhone(in.flags, *number, strings.ToUpper(*country)); err != nil {
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

// reason is what an error of package wapay says, without the package's name.
func reason(err error) string { return strings.TrimPrefix(err.Error(), "wapay: ") }

// wantOwn refuses samples where real money moves: the user has to say whom to charge, and how much.
func (in *input) wantOwn() error {
	for _, name := range []string{"phone", "operator", "amount"} {
		if !in.flags.Given(name) {
			return cli.Usage("-"+name, "has to be given with -remote: it charges a real phone, so let it be your own")
		}
	}
	return nil
}
