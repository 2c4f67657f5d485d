package barkapaytest

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Operator is one operator in one country. Amounts are whole francs. The states
// are those of operators-availability.
type Operator struct {
	OTPRequired       bool
	Min, Max          int64
	Payment, Transfer string // OPERATIONAL, UNSTABLE, DOWN
}

// allCountries are the countries of the provider's samples, by its own codes.
// Togo is TOG, and not TGO as in ISO 3166.
var allCountries = []string{"BFA", "SEN", "CIV", "BEN", "TOG"}

func operators() map[string]map[string]Operator {
	out := map[string]map[string]Operator{}
	for country, names := range map[string][]string{
		"BFA": {"ORANGE", "MOOV"}, "SEN": {"ORANGE", "WAVE", "FREE"}, "CIV": {"ORANGE", "WAVE", "MOOV", "MTN"},
		"BEN": {"MOOV", "MTN"}, "TOG": {"MOOV", "TMONEY"},
	} {
		out[country] = map[string]Operator{}
		for _, name := range names {
			out[country][name] = Operator{
				OTPRequired: country == "BFA" && name == "ORANGE", Min: 100, Max: 1_000_000,
				Payment: "OPERATIONAL", Transfer: "OPERATIONAL",
			}
		}
	}
	return out
}

// phones match the national numbers of mobile customers. Benin went from eight
// to ten digits on 30 November 2024. The documents do not say which form the
// provider accepts.
var phones = map[string]*regexp.Regexp{
	"BFA": regexp.MustCompile(`^[0567][0-9]{7}$`),
	"SEN": regexp.MustCompile(`^7[0-9]{8}$`),
	"CIV": regexp.MustCompile(`^0[0-9]{9}$`),
	"BEN": regexp.MustCompile(`^(01)?[4-9][0-9]{7}$`),
	"TOG": regexp.MustCompile(`^[79][0-9]{7}$`),
}

var (
	amountPattern = regexp.MustCompile(`^[1-9][0-9]{0,8}$`)
	interval      = regexp.MustCompile(`^\[([1-9][0-9]{0,8}),([1-9][0-9]{0,8})\]$`)
)

// form checks fields one after the other, and keeps the first complaint. Its
// words follow the provider's only sample.
type form struct {
	fields  map[string]string
	refused *sandbox.Answer
}

// readForm reads a form, and refuses fields that are not documented for the
// endpoint.
func readForm(r *sandbox.Request, known string) *form {
	fields, err := kit.Fields(r.Header.Get("Content-Type"), r.Body)
	f := &form{fields: fields}
	if errors.Is(err, kit.ErrMediaType) {
		f.refused = refuse(415, "Unsupported Media Type.")
		return f
	}
	if err != nil {
		f.refuse("The body cannot be read: " + err.Error() + ".")
	}
	f.onlyKnown(known)
	return f
}

func (f *form) onlyKnown(known string) {
	names := strings.Fields(known)
	for name := range f.fields {
		if !slices.Contains(names, name) {
			f.refuse("The " + name + " field is not documented.")
		}
	}
}

func (f *form) refuse(message string) {
	if f.refused == nil {
		f.refused = refuse(422, message)
	}
}

func (f *form) field(name, complaint string) {
	f.refuse("The " + strings.ReplaceAll(name, "_", " ") + " field " + complaint + ".")
}

func (f *form) need(name string) string {
	if f.fields[name] == "" {
		f.field(name, "is required")
	}
	return f.fields[name]
}

func (f *form) forbid(name, when string) {
	if f.fields[name] != "" {
		f.field(name, "is prohibited "+when)
	}
}

// oneOf reads a field with one of the values, which may be absent.
func (f *form) oneOf(name string, values ...string) string {
	v := f.fields[name]
	if v != "" && !slices.Contains(values, v) {
		f.field(name, "must be one of "+strings.Join(values, ", "))
	}
	return v
}

func (f *form) flag(name string) bool { return f.oneOf(name, "0", "1") == "1" }

// amount reads whole francs. The limits of a charge are documented, those of
// other orders are the operator's.
func (f *form) amount(name string) int64 {
	v := f.need(name)
	if v != "" && !amountPattern.MatchString(v) {
		f.field(name, "must be an integer")
	}
	n, _ := strconv.ParseInt(v, 10, 64)
	return n
}

func (f *form) between(name string, n, low, high int64) {
	if n < low || n > high {
		f.field(name, "must be between "+strconv.FormatInt(low, 10)+" and "+strconv.FormatInt(high, 10))
	}
}

// interval reads "[min,max]".
func (f *form) interval(name string) (low, high int64) {
	m := interval.FindStringSubmatch(f.need(name))
	if m == nil {
		f.field(name, "format is invalid")
		return 0, 0
	}
	low, _ = strconv.ParseInt(m[1], 10, 64)
	high, _ = strconv.ParseInt(m[2], 10, 64)
	f.between(name, low, minLink, high)
	return low, high
}

func (f *form) url(name string) string {
	v := f.fields[name]
	if v != "" && !kit.AcceptableURL(v) {
		f.field(name, "must be a valid and secured URL")
	}
	return v
}

// page reads the URL of the merchant's page, which need not be https.
func (f *form) page(name string) {
	v := f.fields[name]
	if u, err := url.Parse(v); v != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		f.field(name, "must be a valid URL")
	}
}

func (f *form) email(name string) string {
	v := f.fields[name]
	if v != "" && !kit.IsEmail(v) {
		f.field(name, "must be a valid email address")
	}
	return v
}

// reference reads what the merchant names the order by, and where its
// notifications go. With order_id_unicity the failed orders of the kind count,
// too.
func (b *Server) reference(f *form, t *tx) {
	t.Reference, t.callback, t.orderData = f.need("order_id"), f.url("callback_url"), f.fields["order_data"]
	if strings.Contains(t.Reference, ":") || len(t.Reference) > 255 {
		f.field("order_id", "format is invalid")
	}
	isLike := func(old *tx) bool { return old.Reference == t.Reference }
	if f.flag("order_id_unicity") && slices.ContainsFunc(b.of(t.Kind), isLike) {
		f.refuse("The order id has already been taken.")
	}
}

// date reads YYYY-MM-DD, and returns the zero time if the field is absent.
func (f *form) date(name string) time.Time {
	v := f.fields[name]
	if v == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, v)
	if err != nil {
		f.field(name, "must match the format Y-m-d")
	}
	return t
}

// party reads country, operator, phone and amount, and checks them against one
// another.
func (b *Server) party(f *form, t *tx) {
	prefix := prefix(t.Kind)
	t.country, t.Phone = f.need(prefix+"_country"), f.need(prefix+"_phonenumber")
	t.operator, t.Amount = f.need("operator"), f.amount("amount")
	op, ok := b.operators[t.country][t.operator]
	switch {
	case phones[t.country] == nil:
		f.field(prefix+"_country", "is invalid")
	case !ok:
		f.field("operator", "is invalid")
	case !phones[t.country].MatchString(t.Phone):
		f.field(prefix+"_phonenumber", "must match the operator and the country")
	}
	state := op.Transfer
	if t.Kind == sandbox.Payment {
		state = op.Payment
		f.between("amount", t.Amount, 100, 1_000_000)
	}
	if f.between("amount", t.Amount, op.Min, op.Max); state == "DOWN" {
		f.refuse("The operator is currently unavailable.")
	}
}
