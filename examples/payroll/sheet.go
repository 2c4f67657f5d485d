package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wapay-go/wapay"
)

// person is one row of the file.
type person struct {
	Line      int
	Name      string
	Phone     wapay.Phone
	Amount    wapay.Money
	Reference string
	Operator  string
}

func (p person) request() wapay.PayoutRequest {
	first, last, _ := strings.Cut(p.Name, " ")
	return wapay.PayoutRequest{
		Reference: p.Reference, Amount: p.Amount, Operator: p.Operator, Description: "salary",
		Recipient: wapay.Customer{Phone: p.Phone, FirstName: first, LastName: strings.TrimSpace(last)},
	}
}

// mistakes names every bad row of a file.
type mistakes struct{ all []string }

func (m *mistakes) Error() string { return "  " + strings.Join(m.all, "\n  ") }

func (m *mistakes) add(line int, format string, args ...any) {
	m.all = append(m.all, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
}

func (m *mistakes) err() error {
	if len(m.all) == 0 {
		return nil
	}
	return m
}

var columns = []string{"name", "phone", "amount", "reference", "operator"}

// headings has what the columns are called, without accents.
var headings = map[string]string{
	"name": "name", "full name": "name", "nom": "name", "nom complet": "name", "nom et prenom": "name", "prenom et nom": "name",
	"phone": "phone", "phone number": "phone", "mobile": "phone", "telephone": "phone", "tel": "phone", "numero": "phone",
	"amount": "amount", "montant": "amount", "salaire": "amount", "salary": "amount",
	"reference": "reference", "ref": "reference", "operator": "operator", "operateur": "operator", "reseau": "operator",
}

var withoutAccents = strings.NewReplacer("é", "e", "è", "e", "ê", "e", "É", "e", "È", "e", "Ê", "e", "_", " ")

// readSheet reads a file, or returns the mistakes of all of its rows.
func readSheet(data []byte, country string) ([]person, error) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	bad := &mistakes{}
	for i, line := range bytes.Split(data, []byte("\n")) {
		if !utf8.Valid(line) {
			bad.add(i+1, `not UTF-8: save the file as "CSV UTF-8"`)
		}
	}
	if len(bad.all) > 0 {
		return nil, bad
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = separator(data), -1, true
	head, err := r.Read()
	if err != nil {
		bad.add(1, "no header: want the columns %s", strings.Join(columns, ", "))
		return nil, bad
	}
	at, err := findColumns(head)
	if err != nil {
		bad.add(1, "%v", err)
		return nil, bad
	}
	var all []person
	lines := map[string]int{} // of a reference
	for {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		if broken := (*csv.ParseError)(nil); errors.As(err, &broken) {
			bad.add(broken.Line, "%v", broken.Err)
			break // nobody knows where the next row begins
		}
		line, _ := r.FieldPos(0)
		if strings.TrimSpace(strings.Join(record, "")) == "" {
			continue
		}
		if len(record) != len(head) {
			bad.add(line, "%d fields, the header has %d", len(record), len(head))
			continue
		}
		p := readPerson(record, at, line, country, bad)
		if first, twice := lines[p.Reference]; twice && p.Reference != "" {
			bad.add(line, "reference %q is on line %d too", p.Reference, first)
		} else {
			lines[p.Reference] = line
		}
		all = append(all, p)
	}
	if len(all) == 0 && len(bad.all) == 0 {
		bad.add(2, "nobody to pay")
	}
	return all, bad.err()
}

// separator returns what stands most often in the header.
func separator(data []byte) rune {
	head, _, _ := bytes.Cut(data, []byte("\n"))
	best := ','
	for _, c := range ";\t" {
		if bytes.Count(head, []byte(string(c))) > bytes.Count(head, []byte(string(best))) {
			best = c
		}
	}
	return best
}

func findColumns(head []string) (map[string]int, error) {
	at := map[string]int{}
	for i, text := range head {
		name, ok := headings[withoutAccents.Replace(strings.ToLower(strings.TrimSpace(text)))]
		if _, twice := at[name]; ok && twice {
			return nil, fmt.Errorf("two columns for the %s", name)
		}
		if ok {
			at[name] = i
		}
	}
	var missing []string
	for _, name := range columns {
		if _, ok := at[name]; !ok {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return nil, fmt.Errorf("no column for %s: the header is %q", strings.Join(missing, ", "), head)
	}
	return at, nil
}

func readPerson(record []string, at map[string]int, line int, country string, bad *mistakes) person {
	field := func(name string) string { return strings.TrimSpace(record[at[name]]) }
	p := person{Line: line, Name: field("name"), Reference: field("reference"), Operator: field("operator")}
	for _, name := range columns {
		switch text := field(name); {
		case text == "":
			bad.add(line, "no %s", name)
		case strings.ContainsFunc(text, unicode.IsControl):
			bad.add(line, "%s %q: want no control characters", name, text)
		}
	}
	var err error
	if text := field("phone"); text != "" {
		if p.Phone, err = wapay.ParsePhone(text, country); err != nil {
			bad.add(line, "%s", strings.TrimPrefix(err.Error(), "wapay: "))
		}
	}
	if text := field("amount"); text != "" {
		if p.Amount, err = francs(text); err != nil {
			bad.add(line, "%v", err)
		}
	}
	if strings.ContainsFunc(p.Reference, func(r rune) bool { return r == ':' || unicode.IsSpace(r) }) || len(p.Reference) > 50 {
		bad.add(line, "reference %q: want at most 50 characters, and neither spaces nor colons", p.Reference)
	}
	return p
}

// mostFrancs is more than anybody's salary, and keeps the sums far from an
// overflow.
const mostFrancs = 1_000_000_000

// francs reads whole francs, such as 25000 or 25 000.
func francs(text string) (wapay.Money, error) {
	groups := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\u00a0' || r == '\u202f' })
	for i, group := range groups {
		if i > 0 && len(group) != 3 || len(groups) > 1 && i == 0 && len(group) > 3 {
			return wapay.Money{}, fmt.Errorf("amount %q: want groups of three digits", text)
		}
	}
	m, err := wapay.ParseMoney(strings.Join(groups, ""), wapay.XOF)
	switch {
	case err == nil && m.Sign() <= 0:
		return m, fmt.Errorf("amount %q: want more than 0", text)
	case err == nil && m.MinorUnits() > mostFrancs:
		return m, fmt.Errorf("amount %q: want at most %d", text, mostFrancs)
	case err == nil && !strings.ContainsAny(text, ".,+"):
		return m, nil
	}
	return m, fmt.Errorf("amount %q: want whole francs without decimals or points, such as 25000 or 25 000", text)
}

// servedBy names the rows with a number in a country that no provider serves.
func servedBy(all []person, accounts []account) error {
	bad := &mistakes{}
	for _, p := range all {
		if !slices.ContainsFunc(accounts, func(a account) bool { return a.serves(p) }) {
			bad.add(p.Line, "a number of %s: no provider pays %s there", p.Phone.Country(), p.Amount.Currency())
		}
	}
	return bad.err()
}
