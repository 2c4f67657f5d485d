// Command bantu shows what the library does with Bantu, by which a merchant uses its own accounts with payment
// partners: it makes an account and an application, enables Orange Money, configures it, and asks whether it
// works. It moves no money, because Bantu documents no endpoint for that.
//
//	go run ./examples/bantu
//
// It needs no account: Bantu is played by a sandbox inside this program, and nothing leaves the machine. With
// -remote it talks to Bantu's own server; see -h.
package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/bantu"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/sandbox/bantutest"
)

func main() { cli.Main(run) }

const about = `enables, configures and checks a payment partner, with Bantu. Nothing leaves this machine, unless
-remote is given. That needs BANTU_ACCOUNT_KEY, BANTU_SECRET_KEY and BANTU_PUBLIC_KEY in the environment, and
asks about the partner without changing anything. With -url it enables the partner, and with -configure it
configures it, with BANTU_CLIENT_ID, BANTU_CLIENT_SECRET, BANTU_MERCHANT_ID and, for a partner that wants one,
BANTU_TOKEN.`

// input is what the user asked for.
type input struct {
	flags     *cli.Flags
	partner   string
	url       string
	configure bool
}

// run is the program. Its exit status is 0 if everything went as it should, 2 if it was called in the wrong
// way, and otherwise 1.
func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int {
	return cli.Exit("bantu", stderr, show(ctx, args, env, stdout))
}

func show(ctx context.Context, args []string, env func(string) string, stdout io.Writer) error {
	in, err := readInput(args, stdout)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if in.flags.Remote {
		return showRemote(ctx, in, env, stdout)
	}
	return showSandbox(ctx, stdout)
}

func readInput(args []string, stdout io.Writer) (*input, error) {
	in := &input{flags: cli.NewFlags("bantu", about)}
	in.flags.StringVar(&in.partner, "partner", string(bantu.OrangeMoney), "with -remote: the `partner`, as Bantu names it")
	in.flags.StringVar(&in.url, "url", "", "with -remote: enable the partner, at this https `URL` of it")
	in.flags.BoolVar(&in.configure, "configure", false, "with -remote: send your credentials with the partner to Bantu")
	if err := in.flags.Parse(args, stdout); err != nil {
		return nil, err
	}
	for _, name := range []string{"partner", "url", "configure"} {
		if in.flags.Given(name) && !in.flags.Remote {
			return nil, cli.Usage("-"+name, "goes with -remote only; the sandbox shows Orange Money")
		}
	}
	return in, nil
}

func showSandbox(ctx context.Context, out io.Writer) error {
	m := &merchant{partner: bantu.OrangeMoney, sandbox: bantutest.New(bantutest.Config{})}
	defer m.sandbox.Close()
	m.options = []wapay.Option{ // none of which a merchant needs
		wapay.WithBaseURL(m.sandbox.URL()), wapay.WithHTTPClient(cli.LoopbackClient()),
		wapay.WithMaxRetries(0), // the outage below is to be seen at once
	}
	fmt.Fprintln(out, "Bantu, played by the sandbox in this program: no account, no network, no money")
	err := cli.Run(ctx, out, "Bantu", []cli.Step{
		{Name: "create an account", Do: m.createAccount},
		{Name: "create it once more", Do: m.createAgain},
		{Name: "create an application", Do: m.createApplication},
		{Name: "forget a key", Do: m.forgetKey},
		{Name: "enable orange-money", Do: m.enable},
		{Name: "forget a field", Do: m.forgetField},
		{Name: "configure it", Do: m.configure},
		{Name: "ask for its status", Do: m.status},
		{Name: "check the configuration", Do: m.check},
		{Name: "see the partner down", Do: m.seeDown},
		{Name: "see Bantu down", Do: m.seeBantuDown},
		{Name: "see it back", Do: m.check},
		{Name: "enable a planned one", Do: m.enablePlanned},
	})
	return m.finish(out, err)
}

// finish prints the table of what was asked, and returns the error of the steps.
func (m *merchant) finish(out io.Writer, err error) error {
	if len(m.rows) > 0 {
		fmt.Fprintln(out)
		if err := cli.Table(out, []string{"CALL", "KEY", "PARTNER", "ANSWER"}, m.rows); err != nil {
			return err
		}
	}
	return err
}
