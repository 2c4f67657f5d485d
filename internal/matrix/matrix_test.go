package matrix_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/bantu"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/barkapay/payhub"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/cinetpay/apiv1"
	"github.com/wapay-go/wapay/intram"
	"github.com/wapay-go/wapay/mpp"
)

var update = flag.Bool("update", false, "write the table into both READMEs")

var clients = []struct {
	name   string
	client any
}{
	{"barkapay", (*barkapay.Client)(nil)}, {"barkapay/payhub", (*payhub.Client)(nil)}, {"cinetpay", (*cinetpay.Client)(nil)},
	{"cinetpay/apiv1", (*apiv1.Client)(nil)}, {"intram", (*intram.Client)(nil)}, {"mpp", (*mpp.Client)(nil)},
	{"bantu", (*bantu.Client)(nil)},
}

var interfaces = []struct {
	name string
	has  func(any) bool
}{
	{"Payer", is[wapay.Payer]}, {"Payouter", is[wapay.Payouter]}, {"Lister", is[wapay.Lister]},
	{"BalanceReader", is[wapay.BalanceReader]}, {"Refunder", is[wapay.Refunder]}, {"Availability", is[wapay.Availability]},
	{"AccountChecker", is[wapay.AccountChecker]}, {"Scoper", is[wapay.Scoper]}, {"OperatorSpeller", is[wapay.OperatorSpeller]},
	{"Pacer", is[wapay.Pacer]}, {"RepeatSafer", is[wapay.RepeatSafer]},
}

func is[I any](client any) bool { _, ok := client.(I); return ok }

// table returns the matrix, with an interface to a line. The word yes is in the
// language of the README.
func table(yes string) string {
	var b strings.Builder
	b.WriteString("| interface |")
	for _, c := range clients {
		b.WriteString(" `" + c.name + "` |")
	}
	b.WriteString("\n|" + strings.Repeat(" --- |", len(clients)+1) + "\n")
	for _, i := range interfaces {
		b.WriteString("| `" + i.name + "` |")
		for _, c := range clients {
			if i.has(c.client) {
				b.WriteString(" " + yes + " |")
			} else {
				b.WriteString(" |")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

const begin, end = "<!-- matrix: go test ./internal/matrix -update -->\n\n", "\n<!-- end of the matrix -->\n"

func TestREADME(t *testing.T) {
	for path, yes := range map[string]string{"../../README.md": "yes", "../../docs/fr/README.md": "oui"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before, rest, ok := strings.Cut(string(text), begin)
		got, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s lacks the line %q or %q", path, begin, end)
		}
		switch want := table(yes); {
		case got == want:
		case *update:
			if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("%s says what the clients do not implement, or not all: run with -update\n%s\nwant\n%s", path, got, want)
		}
	}
}
