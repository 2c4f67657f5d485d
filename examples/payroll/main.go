// Command payroll pays the people of a CSV file, each once, whatever crashes.
// It is the whole program that a merchant would write on top of package
// journal.
//
//	go run -C examples/payroll . -file payroll.csv
//	go run -C examples/payroll . -file payroll.csv -dry-run
//	go run -C examples/payroll . -file payroll.csv -postgres "postgres://postgres@127.0.0.1:5432/test"
//
// Without -postgres one process pays, and keeps its orders in an SQLite file.
// With it the orders become jobs of River (riverqueue.com), and any number of
// processes on any number of machines work on them: start more with -worker.
//
// Without -real-money the providers are sandboxes inside this program, and
// nothing leaves the machine but what goes to a PostgreSQL server elsewhere. A
// sandbox forgets its orders when the program ends: what was pending then stays
// so.
//
// What to read first: pay.go for one process, river.go for many. The exit
// status is 0 if everybody is paid, and 1 if somebody is not. It is 2 if an
// argument is wrong or the file has a mistake: then nothing of it was sent.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wapay-go/wapay/examples/internal/cli"
)

func main() { cli.Main(run) }

// input is what the user asked for.
type input struct {
	*flag.FlagSet
	file, out, country        string
	sqlite, postgres          string
	sandbox                   string
	dryRun, worker, realMoney bool
	pace, concurrency         int
	wait                      time.Duration
	comma                     rune             // between the fields of the file
	rates                     map[string]int64 // what a provider takes, in ten-thousandths of the amount
	stdout, stderr            io.Writer
	env                       func(string) string
	hasty                     bool // a test: leases and pauses of seconds in place of minutes
}

func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int {
	in := &input{env: env, stdout: stdout, stderr: stderr, hasty: env("WAPAY_EXAMPLE_HASTY") != ""}
	err := in.parse(args)
	if err == nil {
		err = in.play(ctx)
	}
	if bad := (*mistakes)(nil); errors.As(err, &bad) {
		fmt.Fprintf(stderr, "payroll: %s: nothing was sent\n%s\n", in.file, bad)
		return 2
	}
	return cli.Exit("payroll", stderr, err)
}

func (in *input) parse(args []string) error {
	in.FlagSet = flag.NewFlagSet("payroll", flag.ContinueOnError)
	in.StringVar(&in.file, "file", "", "`CSV` with the columns name, phone, amount, reference and operator")
	in.StringVar(&in.out, "out", "", "where the result goes, a CSV that can be given in again (default FILE-result.csv)")
	in.StringVar(&in.country, "country", "BF", "of phone numbers without a calling code")
	in.StringVar(&in.sqlite, "db", "", "`file` of the orders (default payroll.db, in the sandbox payroll-sandbox.db)")
	in.StringVar(&in.postgres, "postgres", "", "`DSN` of a PostgreSQL for the orders and for River's jobs")
	in.BoolVar(&in.worker, "worker", false, "with -postgres: work on the jobs of others until Ctrl-C")
	in.StringVar(&in.sandbox, "sandbox", "", "`addresses` of another process's sandboxes, with a comma between")
	in.Func("fees", "what the providers take, such as `barkapay=1%,cinetpay=1.5%`", in.parseRates)
	in.BoolVar(&in.dryRun, "dry-run", false, "show who would be paid how much, by whom and at what cost; send nothing")
	in.BoolVar(&in.realMoney, "real-money", false, "pay through the providers' servers, with the keys in the environment")
	in.IntVar(&in.pace, "pace", 0, "`payouts` a minute and provider of this process (default the provider's limit)")
	in.IntVar(&in.concurrency, "concurrency", 8, "how many payouts are on the way at once")
	in.DurationVar(&in.wait, "wait", time.Minute, "how long to ask about open payouts, once everything was sent")
	if err := cli.Parse(in.FlagSet, "pays the people of a CSV file, each once.", args, in.stdout); err != nil {
		return err
	}
	switch {
	case in.worker && in.postgres == "":
		return cli.Usage("-worker", "needs -postgres: with SQLite one process does it all")
	case in.worker == (in.file != ""):
		return cli.Usage("-file", "want a CSV file, or -worker; -h shows the flags")
	case in.worker && !in.realMoney && in.sandbox == "":
		return cli.Usage("-worker", "needs the -sandbox that the process with the file has shown, or -real-money")
	case in.realMoney && in.sandbox != "":
		return cli.Usage("-sandbox", "does not go with -real-money")
	case in.concurrency < 1 || in.concurrency > 1000:
		return cli.Usage("-concurrency", "%d is not 1 to 1000", in.concurrency)
	case in.pace < 0:
		return cli.Usage("-pace", "%d is less than 0", in.pace)
	}
	in.out = cmp.Or(in.out, strings.TrimSuffix(in.file, filepath.Ext(in.file))+"-result.csv")
	// What a sandbox paid must not count as paid.
	in.sqlite = cmp.Or(in.sqlite, map[bool]string{true: "payroll.db", false: "payroll-sandbox.db"}[in.realMoney])
	return nil
}

func (in *input) play(ctx context.Context) error {
	var all []person
	bad := &mistakes{}
	if in.file != "" {
		data, err := os.ReadFile(in.file)
		if err != nil {
			return cli.Usage("-file", "%v", err)
		}
		in.comma = separator(data)
		all = readSheet(data, in.country, bad)
	}
	accounts, closeAll, err := in.open()
	defer closeAll()
	if err != nil {
		return err
	}
	if servedBy(ctx, all, accounts, bad); len(bad.all) > 0 {
		return bad
	}
	b, err := in.openBooks(ctx, accounts)
	if err != nil {
		return err
	}
	defer b.close()
	if in.worker {
		return in.work(ctx, b)
	}
	if err := in.overwrites(); err != nil {
		return err
	}
	todo, err := in.compare(ctx, b, all, bad)
	switch {
	case err != nil:
		return err
	case len(bad.all) > 0:
		return bad
	case in.dryRun:
		return in.plan(all, todo, accounts)
	}
	pay := in.payHere
	if in.postgres != "" {
		pay = in.payByJobs
	}
	ended := pay(ctx, b, todo)
	if ended == nil {
		in.settle(ctx, b, all)
	}
	return errors.Join(ended, in.report(context.WithoutCancel(ctx), b, all))
}
