package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
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
	Result    string // of an earlier run, if the file is its result
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

var columns = []string{"name", "phone", "amount", "reference", "operator"}

// headings has what the columns are called, without accents.
var headings = map[string]string{
	"name": "name", "full name": "name",
	"nom": "name", "nom complet": "name", "nom et prenom": "name", "prenom et nom": "name",
	"phone": "phone", "phone number": "phone", "mobile": "phone", "telephone": "phone", "tel": "phone", "numero": "phone",
	"amount": "amount", "montant": "amount", "salaire": "amount", "salary": "amount",
	"reference": "reference", "ref": "reference", "operator": "operator", "operateur": "operator", "reseau": "operator",
	"result": "result",
}

var unaccent = strings.NewReplacer("é", "e", "è", "e", "ê", "e", "\u0301", "", "\u0300", "", "\u0302", "", "_", " ")

// readSheet returns the people of a file, without the rows that have a mistake.
func readSheet(data []byte, country string, bad *mistakes) (all []person) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	for i, line := range bytes.Split(data, []byte("\n")) {
		if !utf8.Valid(line) {
			bad.add(i+1, `not UTF-8: save the file as "CSV UTF-8"`)
		}
	}
	if len(bad.all) > 0 {
		return nil
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord = separator(data), -1
	r.TrimLeadingSpace = r.Comma != '\t' // or an empty field would be trimmed away
	head, err := r.Read()
	if err != nil {
		bad.add(1, "no header: want the columns %s", strings.Join(columns, ", "))
		return nil
	}
	at, err := findColumns(head)
	if err != nil {
		bad.add(1, "%v", err)
		return nil
	}
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
		before := len(bad.all)
		p := readPerson(record, at, line, country, bad)
		if first, twice := lines[p.Reference]; twice && p.Reference != "" {
			bad.add(line, "reference %q is on line %d too", p.Reference, first)
		} else {
			lines[p.Reference] = line
		}
		if len(bad.all) == before {
			all = append(all, p)
		}
	}
	if len(all) == 0 && len(bad.all) == 0 {
		bad.add(2, "nobody to pay")
	}
	return all
}

// separator returns what stands most often in the header.
func separator(data []byte) rune {
	head, _, _ := strings.Cut(string(data), "\n")
	often := func(c rune) int { return strings.Count(head, string(c)) }
	return slices.MaxFunc([]rune(",;\t"), func(a, b rune) int { return often(a) - often(b) })
}

func findColumns(head []string) (map[string]int, error) {
	at := map[string]int{}
	for i, text := range head {
		name, ok := headings[unaccent.Replace(strings.ToLower(strings.TrimSpace(text)))]
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
		return nil, fmt.Errorf("no column for %s: the header is %.50q", strings.Join(missing, ", "), head)
	}
	return at, nil
}

func readPerson(record []string, at map[string]int, line int, country string, bad *mistakes) person {
	field := func(name string) string { return strings.TrimSpace(record[at[name]]) }
	p := person{Line: line, Name: field("name"), Reference: field("reference")}
	p.Operator = strings.ToUpper(field("operator"))
	for _, name := range columns {
		switch text := field(name); {
		case text == "":
			bad.add(line, "no %s", name)
		case strings.ContainsFunc(text, unicode.IsControl):
			bad.add(line, "%s %q: want no control characters", name, text)
		case name != "phone" && name != "amount" && formula.MatchString(text):
			bad.add(line, "%s %q: a spreadsheet takes it for a formula", name, text)
		}
	}
	if _, ok := at["result"]; ok {
		p.Result = field("result")
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
	if !goodReference.MatchString(p.Reference) {
		bad.add(line, "reference %q: want at most 50 characters, and neither spaces nor colons", p.Reference)
	}
	return p
}

const mostFrancs = 1_000_000_000 // more than anybody's salary, and the sums do not overflow

var formula = regexp.MustCompile("^[=+@\t\r-]") // as a spreadsheet takes it
var goodReference = regexp.MustCompile(`^[^\s\p{Z}:]{0,50}$`)
var wholeFrancs = regexp.MustCompile(`^(\d+|\d{1,3}([ \x{a0}\x{202f}]\d{3})+)$`)

// francs reads whole francs, such as 25000 or 25 000.
func francs(text string) (wapay.Money, error) {
	n, err := strconv.ParseInt(strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(text), 10, 64)
	switch {
	case err != nil || !wholeFrancs.MatchString(text):
		return wapay.Money{}, fmt.Errorf("amount %q: want whole francs, such as 25000 or 25 000", text)
	case n < 1 || n > mostFrancs:
		return wapay.Money{}, fmt.Errorf("amount %q: want 1 to %d", text, mostFrancs)
	}
	return wapay.XOF.Units(n), nil
}

// servedBy names the rows that no provider takes, and those with an operator
// that no provider has in the country. If a provider cannot be asked for its
// operators, or has no list, the order itself decides.
func servedBy(ctx context.Context, all []person, accounts []account, bad *mistakes) {
	operators := map[string][]string{} // of a country
	for _, a := range accounts {
		if live, ok := a.client.(wapay.Availability); ok && len(all) > 0 {
			states, _ := live.OperatorStates(ctx)
			for _, s := range states {
				operators[s.Country] = append(operators[s.Country], s.Operator)
			}
		}
	}
	for _, p := range all {
		var why []string
		for _, a := range accounts {
			if err := a.serves(p); err != nil {
				why = append(why, err.Error())
			}
		}
		names := operators[p.Phone.Country()]
		if len(why) == len(accounts) {
			bad.add(p.Line, "no provider takes it: %s", strings.Join(why, "; "))
		} else if names != nil && !slices.Contains(names, p.Operator) {
			bad.add(p.Line, "operator %q: want one of %s", p.Operator, strings.Join(names, ", "))
		}
	}
}
