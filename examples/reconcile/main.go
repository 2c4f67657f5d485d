// Command reconcile compares a day of a merchant's journal with what the
// provider has, and prints what differs.
//
//	go run -C examples/reconcile .
//
// The provider is a sandbox inside this program, in which a few things go
// wrong. The journal is in memory.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	_ "modernc.org/sqlite"

	"github.com/wapay-go/wapay/journal"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer) error {
	provider := barkapaytest.New(barkapaytest.Config{})
	defer provider.Close()
	db, err := sql.Open("sqlite", "file:books?mode=memory&cache=shared&_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return err
	}
	defer db.Close()
	j, err := journal.New(db, journal.SQLite, journal.WithProvider("barkapay", provider.Client()))
	if err != nil {
		return err
	}
	if err := play(ctx, j, provider); err != nil {
		return err
	}
	year, month, day := time.Now().Date()
	from := time.Date(year, month, day, 0, 0, 0, 0, time.Local)
	var report journal.Report
	to := from.AddDate(0, 0, 1)
	for d, err := range j.Reconcile(ctx, "barkapay", from, to, journal.TakeOver(), journal.ReportTo(&report)) {
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s %s: %s: %s\n\tto do: %s\n", d.Kind, d.Reference, d.Is, d.What, d.Do)
	}
	return report.WriteTable(out)
}
