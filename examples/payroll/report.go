package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/journal"
)

func (in *input) parseRates(text string) error {
	in.rates = map[string]int64{}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
		name, rate, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), "=")
		percent, err := strconv.ParseFloat(strings.TrimSuffix(rate, "%"), 64)
		isRate := err == nil && strings.HasSuffix(rate, "%") && percent >= 0 && percent <= 100
		if !isRate || !slices.Contains(providers, name) {
			return fmt.Errorf("%q: want a rate such as barkapay=1.5%%, of one of %s", part, strings.Join(providers, ", "))
		}
		in.rates[name] = int64(percent*100 + 0.5)
	}
	return nil
}

// plan shows the effect of a run.
func (in *input) plan(all, todo []person, accounts []account) error {
	var rows [][]string
	var amount, fees int64
	told := true
	for _, p := range todo {
		var names []string
		for _, a := range accounts {
			if a.serves(p) == nil {
				names = append(names, a.name)
			}
		}
		rate, ok := in.rates[names[0]]
		fee := (p.Amount.MinorUnits()*rate + 9999) / 10_000 // rounded up to a franc
		text := wapay.XOF.Units(fee).String()
		if !ok {
			told, text = false, "not told: see -fees"
		}
		amount, fees = amount+p.Amount.MinorUnits(), fees+fee
		by := strings.Join(names, ", else ")
		rows = append(rows, []string{strconv.Itoa(p.Line), p.Name, p.Phone.String(), p.Amount.String(), by, text})
	}
	if err := cli.Table(in.stdout, []string{"line", "name", "phone", "amount", "by", "fee"}, rows); err != nil {
		return err
	}
	fmt.Fprintf(in.stdout, "%d to pay, %s; %d were sent before\n", len(rows), wapay.XOF.Units(amount), len(all)-len(rows))
	if told {
		fmt.Fprintf(in.stdout, "fees %s, in all %s\n", wapay.XOF.Units(fees), wapay.XOF.Units(amount+fees))
	}
	return nil
}

// overwrites returns an error if the result would take the place of a file that
// the run needs.
func (in *input) overwrites() error {
	for _, out := range []string{in.out, in.out + ".new"} { // see writeFile
		there, _ := os.Stat(out)
		for _, name := range []string{in.file, in.sqlite} {
			if other, err := os.Stat(name); err == nil && os.SameFile(there, other) {
				return cli.Usage("-out", "%s is %s, which must stay", out, name)
			}
		}
	}
	return nil
}

// The ends of a payout in the report, in the order of the summary.
var ends = []string{"paid", "refunded", "failed", "not sent", "pending", "unknown", "held"}

// endOf returns the end of a payout in the report, with a note.
func endOf(o *journal.Order) (end, note string) {
	switch {
	case o.Held:
		return "held", o.Why
	case o.State == journal.StateReady:
		return "not sent", o.Reason
	case o.Status == wapay.StatusSucceeded:
		return "paid", ""
	case o.Status == wapay.StatusRefunded:
		return "refunded", o.Reason
	case o.Status.Final():
		return "failed", o.Reason
	case o.State == journal.StateKnown:
		return "pending", cmp.Or(o.Reason, "the provider has not finished with it: run the file again, which asks")
	}
	return "unknown", strings.TrimSuffix("the money may have moved: run the file again, which asks; "+o.Reason, "; ")
}

// report writes the result and the summary. Its error says that somebody is not
// paid.
func (in *input) report(ctx context.Context, b *books, all []person) error {
	count, sum := map[string]int{}, map[string]int64{}
	records := [][]string{append(append([]string{}, columns...), "result", "provider", "provider_id", "note")}
	for _, p := range all {
		o, err := b.j.Find(ctx, journal.Payout, p.Reference)
		if errors.Is(err, wapay.ErrNotFound) {
			o = &journal.Order{State: journal.StateReady, Reason: "no provider was asked yet"}
		} else if err != nil {
			return err
		}
		end, note := endOf(o)
		if why := p.changed(o); !o.CreatedAt.IsZero() && why != "" { // another run was faster
			end, note = "not sent", "the reference "+why
		}
		count[end]++
		sum[end] += p.Amount.MinorUnits()
		records = append(records, []string{p.Name, p.Phone.String(), p.Amount.Decimal(), p.Reference, p.Operator,
			end, o.Provider, o.ID, formula.ReplaceAllString(note, "'$0")})
	}
	var rows [][]string
	var total int64
	for _, end := range ends {
		if count[end] > 0 {
			rows = append(rows, []string{end, strconv.Itoa(count[end]), wapay.XOF.Units(sum[end]).String()})
		}
		total += sum[end]
	}
	rows = append(rows, []string{"in all", strconv.Itoa(len(all)), wapay.XOF.Units(total).String()})
	if err := cli.Table(in.stdout, []string{"result", "people", "amount"}, rows); err != nil {
		return err
	}
	if err := writeFile(in.out, in.comma, records); err != nil {
		return err
	}
	fmt.Fprintln(in.stdout, "written:", in.out)
	if n := len(all) - count["paid"]; n > 0 {
		return fmt.Errorf("%d of %d are not paid, see %s", n, len(all), in.out)
	}
	return nil
}

// writeFile writes a CSV file beside its place, and then moves it there.
func writeFile(name string, comma rune, records [][]string) error {
	b := bytes.NewBufferString("\uFEFF") // so that a spreadsheet reads it as UTF-8
	w := csv.NewWriter(b)
	w.Comma = comma // a French spreadsheet wants the semicolon back
	if err := w.WriteAll(records); err != nil {
		return err
	}
	if err := os.WriteFile(name+".new", b.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}
