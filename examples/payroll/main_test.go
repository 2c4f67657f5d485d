package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
	"github.com/wapay-go/wapay/sandbox"
)

const header = "name,phone,amount,reference,operator\n"

// fileOf returns the file of n people.
func fileOf(n int) string {
	file := header
	for i := range n {
		file += fmt.Sprintf("Awa Person,%d,5000,r-%d,MOOV\n", 70_100_000+i, i)
	}
	return file
}

func TestReadSheet(t *testing.T) {
	want := person{Line: 2, Name: "Awa Traoré", Amount: wapay.XOF.Units(25_000), Reference: "r-1", Operator: "MOOV"}
	var err error
	if want.Phone, err = wapay.ParsePhone("+22670656188", ""); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"English":           header + "Awa Traoré,70656188,25000,r-1,MOOV\n",
		"French":            "Nom;Téléphone;Montant;Référence;Opérateur\nAwa Traoré;+226 70 65 61 88;25 000;r-1;MOOV\n",
		"a spreadsheet's":   "\uFEFFNOM;NUMÉRO;MONTANT;RÉF;RÉSEAU\r\nAwa Traoré;70 65 61 88;25\u202f000;r-1;MOOV\r\n;;;;\r\n",
		"macOS's accents":   "Nom;Te\u0301le\u0301phone;Montant;Re\u0301fe\u0301rence;Ope\u0301rateur\nAwa Traoré;70656188;25000;r-1;MOOV\n",
		"an empty field":    "note\tname\tcode\tphone\tamount\treference\toperator\n\tAwa Traoré\t\t70656188\t25000\tr-1\tMOOV\n",
		"more columns":      "operator\treference\tamount\tresult\tphone\tname\nMOOV\tr-1\t25\u00a0000\tpaid\t0022670656188\tAwa Traoré",
		"quotes and spaces": header + ` "Awa Traoré", "+226 70 65 61 88","25 000", r-1 ,MOOV`,
	} {
		bad := &mistakes{}
		all := readSheet([]byte(file), "BF", bad)
		if len(all) == 1 && strings.Contains(file, "result") {
			want.Result = "paid"
		}
		if len(bad.all) > 0 || len(all) != 1 || all[0] != want {
			t.Errorf("%s: %+v, %v, want %+v", name, all, bad, want)
		}
		want.Result = ""
	}
}

// TestNothingIsSent checks that each mistake is named with its line, and that
// nothing of the file is sent.
func TestNothingIsSent(t *testing.T) {
	const good = "Awa,70656188,25000,r-1,MOOV\n"
	for name, x := range map[string]struct{ file, want string }{
		"an empty file":       {"", "line 1: no header"},
		"only a header":       {header, "line 2: nobody to pay"},
		"a missing column":    {"name,phone,reference\n", "line 1: no column for amount, operator"},
		"a column twice":      {"name,nom,phone,amount,reference,operator\n", "line 1: two columns for the name"},
		"a field too few":     {header + good + "Issa,70656189,5000\n", "line 3: 3 fields, the header has 5"},
		"a field left out":    {header + "Awa,,25000,r-1,MOOV\n", "line 2: no phone"},
		"decimals":            {header + "Awa,70656188,25000.50,r-1,MOOV\n", `line 2: amount "25000.50": want whole francs`},
		"a comma":             {header + "Awa,70656188,\"25000,00\",r-1,MOOV\n", `line 2: amount "25000,00": want whole francs`},
		"a point":             {header + "Awa,70656188,25.000,r-1,MOOV\n", `line 2: amount "25.000": want whole francs`},
		"a slip of a space":   {header + "Awa,70656188,25 0000,r-1,MOOV\n", `line 2: amount "25 0000": want whole francs`},
		"nothing to pay":      {header + "Awa,70656188,0,r-1,MOOV\n", `line 2: amount "0": want 1 to`},
		"a negative amount":   {header + "Awa,70656188,-500,r-1,MOOV\n", `line 2: amount "-500": want whole francs`},
		"too much":            {header + "Awa,70656188,99999999999999999999,r-1,MOOV\n", `line 2: amount "99999999999999999999": want whole`},
		"more than anybody's": {header + "Awa,70656188,9000000000000000000,r-1,MOOV\n", `line 2: amount "9000000000000000000": want 1 to`},
		"a control character": {header + "A\x00wa,70656188,25000,r-1,MOOV\n", `line 2: name "A\x00wa": want no control`},
		"a hidden space":      {header + "Awa,70656188,25000,r\u00a01,MOOV\n", "line 2: reference \"r\\u00a01\": want"},
		"a word":              {header + "Awa,70656188,many,r-1,MOOV\n", `line 2: amount "many": want whole francs`},
		"a reference twice":   {header + good + "Issa,70656189,5000,r-1,MOOV\n", `line 3: reference "r-1" is on line 2 too`},
		"a bad reference":     {header + "Awa,70656188,25000,r:1,MOOV\n", `line 2: reference "r:1": want`},
		"a long reference":    {header + "Awa,70656188,25000," + strings.Repeat("r", 51) + ",MOOV\n", `": want at most 50 characters`},
		"a bad number":        {header + good + "Issa,706561,5000,r-2,MOOV\n", "line 3: "},
		"a spreadsheet's E10": {header + "Awa,2.267E+10,25000,r-1,MOOV\n", "line 2: "},
		"another country":     {header + good + "Kofi,+233 24 123 4567,5000,r-2,MTN\n", "line 3: no provider takes it: barkapay: "},
		"another network":     {header + good + "Issa,70656189,5000,r-2,NOPE\n", `line 3: operator "NOPE": want one of MOOV, ORANGE`},
		"not UTF-8":           {header + good + "Andr\xe9,70656189,5000,r-2,MOOV\n", "line 3: not UTF-8"},
		"a formula":           {header + "=1+1,70656188,25000,r-1,MOOV\n", `line 2: name "=1+1": a spreadsheet takes it for a formula`},
		"a long header":       {strings.Repeat("x", 1<<20), `the header is ["` + strings.Repeat("x", 50) + `"]`},
		"another database":    {"result," + header + "paid,Awa,70656188,25000,r-1,MOOV\n", `line 2: the file says that "r-1" is paid, and the database does not know it`},
		"a broken quote":      {header + good + "\"Issa,70656189,5000,r-2,MOOV\n", "line 3: "},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			status, _, stderr := runOn(t, context.Background(), dir, x.file)
			if status != 2 || !strings.Contains(stderr, x.want) || !strings.Contains(stderr, "nothing was sent") {
				t.Errorf("status %d, want 2 and %q:\n%s", status, x.want, stderr)
			}
			if _, err := os.Stat(filepath.Join(dir, "orders.db")); err == nil && name != "another database" {
				t.Error("there are orders")
			}
			if _, err := os.Stat(filepath.Join(dir, "payroll-result.csv")); err == nil {
				t.Error("there is a result")
			}
		})
	}
	_, _, stderr := runOn(t, context.Background(), t.TempDir(), header+"Awa,70656188,0,r-1,MOOV\nIssa,2,x,r-1,\nAda,70656188,500,r-3,NOPE\n")
	if n := strings.Count(stderr, "\n  line "); n != 6 {
		t.Errorf("%d mistakes, want all six:\n%s", n, stderr)
	}
}

// runOn runs the program on a file in dir, against sandboxes of its own.
func runOn(t *testing.T, ctx context.Context, dir, file string, more ...string) (status int, stdout, stderr string) {
	t.Helper()
	name := filepath.Join(dir, "payroll.csv")
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(name string) string { return map[string]string{"WAPAY_EXAMPLE_HASTY": "1"}[name] }
	var out, errs bytes.Buffer
	status = run(ctx, append([]string{"-file", name, "-db", filepath.Join(dir, "orders.db"), "-pace", "600", "-wait", "20s"}, more...),
		env, &out, &errs)
	return status, out.String(), errs.String()
}

// TestRepeatedRun checks that a dry run sends nothing, and a run pays. The
// result can be read as input and pays nobody. A file that has changed is
// refused.
func TestRepeatedRun(t *testing.T) {
	dir := t.TempDir()
	file := header + "Awa,70656188,25000,r-1,MOOV\nIssa,70656189,7501,r-2,MOOV\nAdama,70990002,5000,r-3,MOOV\n"
	status, stdout, stderr := runOn(t, context.Background(), dir, file, "-dry-run", "-fees", "barkapay=1.5%")
	if status != 0 || !strings.Contains(stdout, "fees 563 XOF, in all 38064 XOF") || !strings.Contains(stdout, "barkapay, else cinetpay") {
		t.Fatalf("status %d:\n%s%s", status, stdout, stderr)
	}
	status, stdout, stderr = runOn(t, context.Background(), dir, file)
	if status != 1 || !strings.Contains(stderr, "1 of 3 are not paid") {
		t.Fatalf("status %d, want 1 for one who is not paid:\n%s%s", status, stdout, stderr)
	}
	for _, want := range []string{"paid     2        32501 XOF", "failed   1        5000 XOF", "in all   3        37501 XOF"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no line %q:\n%s", want, stdout)
		}
	}
	_, stdout, stderr = runOn(t, context.Background(), dir, file, "-out", filepath.Join(dir, "nowhere", "x.csv"))
	if !strings.Contains(stdout, "in all   3        37501 XOF") || !strings.Contains(stderr, "nowhere") {
		t.Errorf("a result that cannot be written takes the summary away:\n%s%s", stdout, stderr)
	}
	result, err := os.ReadFile(filepath.Join(dir, "payroll-result.csv"))
	if err != nil {
		t.Fatal(err)
	}
	status, stdout, _ = runOn(t, context.Background(), dir, string(result), "-dry-run")
	if status != 0 || !strings.Contains(stdout, "0 to pay, 0 XOF; 3 were sent before") {
		t.Errorf("status %d, want 0 and nobody to pay:\n%s", status, stdout)
	}
	for change, want := range map[string]string{
		",7501,": `line 3: reference "r-2" was 7501 XOF before, and is 7502 XOF now`,
		"656189": `line 3: reference "r-2" was for another phone number before`,
	} {
		to := map[string]string{",7501,": ",7502,", "656189": "656190"}[change]
		status, _, stderr = runOn(t, context.Background(), dir, strings.Replace(file, change, to, 1)+"New,70656191,5000,r-4,MOOV\n")
		if status != 2 || !strings.Contains(stderr, want) {
			t.Errorf("status %d, want 2 and %q:\n%s", status, want, stderr)
		}
	}
	status, stdout, _ = runOn(t, context.Background(), dir, file+"New,70656191,5000,r-4,MOOV\n", "-dry-run")
	if status != 0 || !strings.Contains(stdout, "1 to pay, 5000 XOF; 3 were sent before") {
		t.Errorf("status %d, want 0 and one to pay: nothing of a changed file was sent:\n%s", status, stdout)
	}
}

// TestAlike checks that rows with one phone number and one amount are named
// before anything is sent. They may be meant.
func TestAlike(t *testing.T) {
	file := header + "Awa,70656188,25000,r-1,MOOV\nIssa,70656189,25000,r-2,MOOV\nAwa,+226 70656188,25 000,r-3,MOOV\n"
	status, _, stderr := runOn(t, context.Background(), t.TempDir(), file, "-dry-run")
	if status != 0 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "line 4 has the phone number and the amount of line 2") {
		t.Errorf("status %d, want 0 and one word about line 4:\n%s", status, stderr)
	}
}

// TestOutOverwrites checks that the result takes the place of no file that the
// run needs.
func TestOutOverwrites(t *testing.T) {
	dir := t.TempDir()
	file := header + "Awa,70656188,25000,r-1,MOOV\n"
	link := filepath.Join(dir, "link.csv")
	if err := os.Symlink("payroll.csv", link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("payroll.csv", filepath.Join(dir, "x.new")); err != nil { // see writeFile
		t.Fatal(err)
	}
	for _, out := range []string{filepath.Join(dir, "payroll.csv"), dir + "/./payroll.csv", link, filepath.Join(dir, "x"), filepath.Join(dir, "orders.db")} {
		status, stdout, stderr := runOn(t, context.Background(), dir, file, "-out", out)
		if status != 2 || !strings.Contains(stderr, "must stay") || stdout != "" {
			t.Errorf("%s: status %d, want 2:\n%s%s", out, status, stdout, stderr)
		}
	}
}

// TestTwoFiles checks the result of the slower of two processes that have a
// reference with two amounts: its row is not paid.
func TestTwoFiles(t *testing.T) {
	dir := t.TempDir()
	file := header + "Awa,70656188,25000,r-1,MOOV\n"
	if status, stdout, stderr := runOn(t, context.Background(), dir, file); status != 0 {
		t.Fatalf("status %d, want 0:\n%s%s", status, stdout, stderr)
	}
	var out, errs bytes.Buffer
	in := &input{sqlite: filepath.Join(dir, "orders.db"), out: filepath.Join(dir, "x.csv"), comma: ',', stdout: &out, stderr: &errs}
	accounts, closeAll, err := in.open()
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll()
	b, err := in.openBooks(context.Background(), accounts)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	late := readSheet([]byte(strings.Replace(file, "25000", "26000", 1)), "BF", &mistakes{})
	if err := in.report(context.Background(), b, late); err == nil || !strings.Contains(out.String(), "not sent   1        26000 XOF") {
		t.Errorf("%v, want nobody paid:\n%s", err, &out)
	}
}

// TestFormula checks that a provider's text is no formula in the result.
func TestFormula(t *testing.T) {
	for text, want := range map[string]string{"": "", "a=1": "a=1", "=1+1": "'=1+1", "\t=1": "'\t=1", "-1": "'-1"} {
		if got := formula.ReplaceAllString(text, "'$0"); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// TestEndOf checks that the result says why a payout is not paid yet.
func TestEndOf(t *testing.T) {
	for want, o := range map[string]*journal.Order{
		"unknown: the money may have moved: run the file again, which asks":                    {State: journal.StateSending},
		"unknown: the money may have moved: run the file again, which asks; double spend risk": {State: journal.StateAsking, Reason: "double spend risk"},
		"pending: the provider has not finished with it: run the file again, which asks":       {State: journal.StateKnown, Status: wapay.StatusPending},
		"pending: the wallet is full": {State: journal.StateKnown, Status: wapay.StatusPending, Reason: "the wallet is full"},
	} {
		if end, note := endOf(o); end+": "+note != want {
			t.Errorf("%s: %s, want %s", end, note, want)
		}
	}
}

// TestResultKeepsTheSeparator checks that the result of a French spreadsheet's
// file opens in its columns again, and can be read as input.
func TestResultKeepsTheSeparator(t *testing.T) {
	dir, reference := t.TempDir(), strings.Repeat("é", 50)
	file := "Nom;Téléphone;Montant;Référence;Opérateur\nAwa Traoré;70656188;25 000;" + reference + ";MOOV\n"
	if status, stdout, stderr := runOn(t, context.Background(), dir, file); status != 0 {
		t.Fatalf("status %d, want 0:\n%s%s", status, stdout, stderr)
	}
	result, err := os.ReadFile(filepath.Join(dir, "payroll-result.csv"))
	if err != nil || !strings.Contains(string(result), "\nAwa Traoré;+22670656188;25000;"+reference+";MOOV;paid;barkapay;") {
		t.Fatalf("%v: %s, want a row with semicolons", err, result)
	}
	status, stdout, stderr := runOn(t, context.Background(), dir, string(result), "-dry-run")
	if status != 0 || !strings.Contains(stdout, "0 to pay, 0 XOF; 1 were sent before") {
		t.Errorf("status %d, want 0 and nobody to pay:\n%s%s", status, stdout, stderr)
	}
}

// TestInterrupted checks that Ctrl-C ends the run with a report, and the next
// run pays the rest.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	file := fileOf(20)
	ctx, cancel := context.WithTimeout(context.Background(), 700*time.Millisecond)
	defer cancel()
	bp, cp := newSandboxes(1_000_000)
	defer bp.Close()
	defer cp.Close()
	sandboxes := bp.URL() + "," + cp.URL()
	status, stdout, stderr := runOn(t, ctx, dir, file, "-sandbox", sandboxes)
	if status != 1 || !strings.Contains(stderr, "with who is not paid; 20 of 20 are not paid, see ") || !strings.Contains(stdout, "in all     20       100000 XOF") {
		t.Fatalf("status %d, want 1, a report and a word:\n%s%s", status, stdout, stderr)
	}
	if status, stdout, stderr = runOn(t, context.Background(), dir, file, "-sandbox", sandboxes); status != 0 {
		t.Fatalf("status %d, want 0:\n%s%s", status, stdout, stderr)
	}
	if n := len(bp.Orders()); n != 20 {
		t.Errorf("%d transfers, want 20", n)
	}
}

// TestFirstProviderDown checks that the second provider pays if the first one
// refuses connections, and that the program reports the pause of the first.
func TestFirstProviderDown(t *testing.T) {
	bp, cp := newSandboxes(1_000_000)
	bp.Close()
	defer cp.Close()
	refuses, stop, err := sandbox.RefuseConnections()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	sandboxes := "http://" + refuses + "," + cp.URL()
	file := fileOf(20)
	status, stdout, stderr := runOn(t, context.Background(), t.TempDir(), file, "-sandbox", sandboxes, "-pace", "100000")
	if status != 0 || len(cp.Orders()) != 20 || !strings.Contains(stderr, "payroll: pausing for ") {
		t.Errorf("status %d, %d transfers, want 0, 20 and a pause:\n%s%s", status, len(cp.Orders()), stdout, stderr)
	}
}

func TestUsage(t *testing.T) {
	var help bytes.Buffer
	if run(context.Background(), []string{"-h"}, os.Getenv, &help, &help) != 0 || !strings.Contains(help.String(), "-pace payouts\n") {
		t.Errorf("want a number of payouts:\n%s", &help)
	}
	for _, args := range [][]string{
		{}, {"-worker"}, {"-file", "x", "-worker", "-postgres", "dsn"}, {"-worker", "-postgres", "dsn"}, {"-file", "payroll.csv", "-real-money"},
		{"-file", "x", "-concurrency", "0"}, {"-file", "x", "-pace", "-1"}, {"-file", "x", "-fees", "1%"}, {"-file", "payroll.csv", "-fees", "barkapay=NaN%", "-dry-run"}, {"-file", "x", "y"},
		{"-file", "payroll.csv", "-fees", "barkpay=1%", "-dry-run"},
	} {
		var out, errs bytes.Buffer
		if status := run(context.Background(), args, func(string) string { return "" }, &out, &errs); status != 2 {
			t.Errorf("%q: status %d, want 2: %s", args, status, &errs)
		}
	}
}
