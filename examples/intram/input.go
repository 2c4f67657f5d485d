package main

import (
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/intram"
)

// input is what the user asked for.
type input struct {
	flags    *cli.Flags
	phone    wapay.Phone
	operator string
	amount   wapay.Money
	qr       string // where the QR code goes, "" for a new file among the temporary ones

	// Only with -remote; without it the environment is not looked at.
	keys    intram.Credentials
	baseURL string
	webhook string // where Intram sends notifications, "" for nowhere
	listen  string // where on this machine they arrive
}

const about = `asks a customer for money, pays out, gives money back, and shows what happened. Nothing leaves this
machine, unless -remote is given. That needs INTRAM_PUBLIC_KEY and INTRAM_SECRET_KEY in the environment. It also reads
INTRAM_WEBHOOK_URL, a public https URL that leads to the address of -listen, and INTRAM_BASE_URL, for another address
of Intram's than the documented one.`

// operators are the documented ones, all of Benin.
var operators = []string{"MTN_BENIN_229", "MOOV_AFRICA_BENIN_229", "SBIN_BENIN_229"}

func readInput(args []string, env func(string) string, stdout io.Writer) (*input, error) {
	in := &input{flags: cli.NewFlags("intram", about)}
	in.flags.Lookup("real-money").Usage = "with -remote: yes, a key that begins with pk_live_ moves real money"
	number := in.flags.String("phone", "+229 01 97 00 11 22", "`number` in Benin, of the customer")
	amount := in.flags.String("amount", "5000", "`francs` (XOF) that the customer is asked for")
	in.flags.StringVar(&in.operator, "operator", operators[0], "the customer's operator: `one` of "+strings.Join(operators, ",\n"))
	in.flags.StringVar(&in.qr, "qr", "", "PNG `file` for the QR code, replaced if it is there (default a new one\nin the directory for temporary files)")
	in.flags.StringVar(&in.listen, "listen", "", "with -remote: `address` on this machine, host:port, that\nINTRAM_WEBHOOK_URL leads to")
	if err := in.flags.Parse(args, stdout); err != nil {
		return nil, err
	}
	var err error
	if in.phone, err = wapay.ParsePhone(*number, "BJ"); err != nil {
		return nil, cli.Usage("-phone", "%s", reason(err))
	}
	if in.phone.Country() != "BJ" {
		return nil, cli.Usage("-phone", "a number of %s, want one of BJ", in.phone.Country())
	}
	if in.amount, err = wapay.ParseMoney(*amount, wapay.XOF); err != nil {
		return nil, cli.Usage("-amount", "%s", reason(err))
	}
	if in.amount.Sign() <= 0 {
		return nil, cli.Usage("-amount", "%s is not more than 0", in.amount)
	}
	if !slices.Contains(operators, in.operator) {
		return nil, cli.Usage("-operator", "%q is none of %s", in.operator, strings.Join(operators, ", "))
	}
	if err := checkFile(in.qr); err != nil {
		return nil, err
	}
	if in.flags.Remote {
		return in, in.readRemote(env)
	}
	if in.listen != "" {
		return nil, cli.Usage("-listen", "goes with -remote only; the sandbox finds a free port")
	}
	return in, nil
}

// checkFile makes sure of a place for the QR code before anybody is asked for money.
func checkFile(name string) error {
	if name == "" {
		return nil
	}
	if !strings.EqualFold(filepath.Ext(name), ".png") {
		return cli.Usage("-qr", "%q does not end in .png", name)
	}
	if dir, err := os.Stat(filepath.Dir(name)); err != nil || !dir.IsDir() {
		return cli.Usage("-qr", "there is no directory %q", filepath.Dir(name))
	}
	if file, err := os.Stat(name); err == nil && !file.Mode().IsRegular() {
		return cli.Usage("-qr", "%q is there already, and no file", name)
	}
	return nil
}

// live is whether the keys move real money. The key says so by itself.
func (in *input) live() bool { return strings.HasPrefix(string(in.keys.PublicKey), "pk_live_") }

func (in *input) readRemote(env func(string) string) error {
	const public, secret = "INTRAM_PUBLIC_KEY", "INTRAM_SECRET_KEY"
	keys, err := cli.Env(env, public, secret)
	if err != nil {
		return err
	}
	in.keys = intram.Credentials{PublicKey: wapay.Secret(keys[public]), SecretKey: wapay.Secret(keys[secret])}
	if in.live() && !in.flags.RealMoney {
		return cli.Usage("-remote", "%s is live (pk_live_…), so this would move real money; add -real-money if that is what you want", public)
	}
	for _, name := range []string{"phone", "operator", "amount"} {
		if in.live() && !in.flags.Given(name) {
			return cli.Usage("-"+name, "has to be given with a live key: a real customer is asked for money, so let it be you")
		}
	}
	in.baseURL = env("INTRAM_BASE_URL")
	in.webhook = env("INTRAM_WEBHOOK_URL")
	switch {
	case in.webhook == "" && in.listen == "":
		return nil
	case in.webhook == "":
		return cli.Usage("-listen", "goes with INTRAM_WEBHOOK_URL, which is not set in the environment")
	case in.listen == "":
		return cli.Usage("INTRAM_WEBHOOK_URL", "is set, and has to lead to this program: say with -listen to which address")
	}
	if u, err := url.Parse(in.webhook); err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return cli.Usage("INTRAM_WEBHOOK_URL", "want a public https URL")
	}
	if _, port, err := net.SplitHostPort(in.listen); err != nil || port == "" {
		return cli.Usage("-listen", "%q is not host:port", in.listen)
	}
	return nil
}

// reason is what an error of package wapay says, without the package's name.
func reason(err error) string { return strings.TrimPrefix(err.Error(), "wapay: ") }
