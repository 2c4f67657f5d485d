package main

import (
	"io"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
)

// input is what the user asked for.
type input struct {
	flags   *cli.Flags
	phone   wapay.Phone
	channel string
	otp     string
	decimal string      // the amount as it was given
	amount  wapay.Money // in the currency of the business
}

// samplePhone is charged on the sandbox if the user gives no number. It is never charged with -remote.
const samplePhone = "+232 80 002209"

const about = `takes money, pays people out, and shows what happened, with MPP. Nothing leaves this
machine, unless -remote is given. That needs MPP_SECRET_ID, MPP_SECRET_KEY and MPP_BUSINESS_ID in the
environment, and takes MPP_BASE_URL for a server that MPP has told you of, as its sandbox's. It only reads,
and with -phone charges that phone once.`

func readInput(args []string, stdout io.Writer) (*input, error) {
	in := &input{flags: cli.NewFlags("mpp", about)}
	number := in.flags.String("phone", samplePhone, "`number` of the customer who is charged")
	country := in.flags.String("country", "", "its country, two `letters`; needed unless the number begins with +")
	in.flags.StringVar(&in.decimal, "amount", "250.75", "`sum` that the customer is charged, in the currency of the business")
	in.flags.StringVar(&in.channel, "channel", "OM", "the `code` of the channel that the customer pays by")
	in.flags.StringVar(&in.otp, "otp", "", "with -remote: one-time `code`, for a channel that wants one")
	if err := in.flags.Parse(args, stdout); err != nil {
		return nil, err
	}
	if in.otp != "" && !in.flags.Remote {
		return nil, cli.Usage("-otp", "goes with -remote only; the sandbox wants none")
	}
	if *country != "" && !in.flags.Given("phone") {
		return nil, cli.Usage("-country", "needs a -phone of that country")
	}
	var err error
	if in.phone, err = wapay.ParsePhone(*number, *country); err != nil {
		hint := ""
		if *country == "" && !strings.HasPrefix(*number, "+") {
			hint = " (or give -country)"
		}
		return nil, cli.Usage("-phone", "%s%s", reason(err), hint)
	}
	// The sandbox's business is in Sierra Leone. Another's currency is known once MPP has told it.
	return in, in.readAmount(wapay.SLE)
}

// readAmount reads the amount as one of a currency.
func (in *input) readAmount(c wapay.Currency) error {
	var err error
	if in.amount, err = wapay.ParseMoney(in.decimal, c); err != nil {
		return cli.Usage("-amount", "%s", reason(err))
	}
	if in.amount.Sign() <= 0 {
		return cli.Usage("-amount", "%s is not more than 0", in.amount)
	}
	return nil
}

// charges reports whether somebody is to be charged. With -remote it is the phone that the user gives, or nobody.
func (in *input) charges() bool { return !in.flags.Remote || in.flags.Given("phone") }

// reason is what an error of package wapay says, without the package's name.
func reason(err error) string { return strings.TrimPrefix(err.Error(), "wapay: ") }
