package apiv1test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// country is what an account of a country has. The operators of the last
// countries of XAF are not known.
type country struct{ code, currency, operators string }

var countries = map[string]country{
	"CI": {"225", "XOF", "OM MOOV MTN WAVE"}, "SN": {"221", "XOF", "OM FREE EXPRESSO WAVE"},
	"BF": {"226", "XOF", "OM MOOV WAVE"}, "ML": {"223", "XOF", "OM MOOV"},
	"TG": {"228", "XOF", "MOOV TMONEY"}, "BJ": {"229", "XOF", "MOOV MTN"},
	"NE": {"227", "XOF", "AIRTEL MOOV ZAMANI"}, "CM": {"237", "XAF", "OM MTN"}, "GN": {"224", "GNF", "OM MTN"},
	"CD": {"243", "CDF", "OM AIRTEL MPESA AFRICELL"}, "TD": {"235", "XAF", ""}, "CG": {"242", "XAF", ""},
	"CF": {"236", "XAF", ""}, "GA": {"241", "XAF", ""}, "GQ": {"240", "XAF", ""},
}

func (p *Server) currency() string { return countries[p.cfg.Country].currency }

func (p *Server) account() string { return "account/" + p.currency() }

// unit is one whole unit of the currency in minor units.
func (p *Server) unit() int64 {
	if p.currency() == "CDF" {
		return 100
	}
	return 1
}

// body checks a JSON body one field after the other and keeps the first
// complaint.
type body struct {
	values    map[string]any
	complaint string
}

func readBody(r *sandbox.Request, known string) *body {
	values, err := kit.ReadObject[any](r.Header.Get("Content-Type"), r.Body)
	b := &body{values: values}
	switch {
	case err == kit.ErrMediaType:
		b.complain("Content-Type", "must be application/json")
	case err != nil:
		b.complain("body", "must be a JSON object")
	case r.Method != http.MethodPost:
		b.complain("method", "must be POST")
	}
	for name, v := range values {
		if !slices.Contains(strings.Fields(known), name) {
			b.complain(name, "is not known")
		}
		if v == nil {
			b.complain(name, "must not be null")
		}
	}
	return b
}

func (b *body) complain(name, what string) {
	if b.complaint == "" {
		b.complaint = "The field " + name + " " + what
	}
}

// text is "" where there is none.
func (b *body) text(name string, most int) string {
	v, given := b.values[name]
	s, ok := v.(string)
	if given && (!ok || s == "") {
		b.complain(name, "must be a text")
	}
	if utf8.RuneCountInString(s) > most {
		b.complain(name, "must have at most "+strconv.Itoa(most)+" characters")
	}
	return s
}

func (b *body) need(name string, most int) string {
	s := b.text(name, most)
	if strings.TrimSpace(s) == "" {
		b.complain(name, "is required")
	}
	return s
}

func (b *body) flag(name string) bool {
	v, given := b.values[name]
	flag, ok := v.(bool)
	if given && !ok {
		b.complain(name, "must be true or false")
	}
	return flag
}

func (b *body) match(name, s string, form *regexp.Regexp) {
	if s != "" && !form.MatchString(s) {
		b.complain(name, "is wrong")
	}
}

func (b *body) url(name string) string {
	s := b.need(name, 120)
	if s != "" && !kit.AcceptableURL(s) {
		b.complain(name, "must be an https URL")
	}
	return s
}

func (b *body) oneOf(name, s string, words ...string) {
	if s != "" && !slices.Contains(words, s) {
		b.complain(name, "must be one of "+strings.Join(words, ", "))
	}
}

var (
	whole     = regexp.MustCompile(`^[1-9][0-9]{0,11}$`)
	reference = regexp.MustCompile(`^[^_]{1,30}$`)
	e164      = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)
	code      = regexp.MustCompile(`^[0-9]{4,6}$`)
	method    = regexp.MustCompile(`^[A-Z0-9]+_[A-Z]{2}$`)
)

// amount is a whole number, not a text.
func (b *body) amount(least, most int64) int64 {
	n, ok := b.values["amount"].(json.Number)
	if !ok || !whole.MatchString(n.String()) {
		b.complain("amount", "must be an integer above 0")
		return 0
	}
	amount, _ := n.Int64()
	if amount < least || amount > most {
		b.complain("amount", "is out of range")
	}
	return amount
}

// phone is a number of the account's country, or "".
func (p *Server) phone(b *body, name string) string {
	s := b.text(name, 16)
	b.match(name, s, e164)
	if s != "" && !strings.HasPrefix(s, "+"+countries[p.cfg.Country].code) {
		b.complain(name, "is not of the account's country")
	}
	return s
}

// method is an operator of the account's country, or "".
func (p *Server) method(b *body) string {
	s := b.text("payment_method", 40)
	b.match("payment_method", s, method)
	operator, of, _ := strings.Cut(s, "_")
	listed := strings.Fields(countries[p.cfg.Country].operators)
	if s != "" && (of != p.cfg.Country || len(listed) > 0 && !slices.Contains(listed, operator)) {
		b.complain("payment_method", "is not of the account's country")
	}
	return s
}

// order reads what payments and transfers have in common.
func (p *Server) order(b *body, least, most int64) *order {
	o := &order{
		reference: b.need("merchant_transaction_id", 30), amount: b.amount(least, most), notifyURL: b.url("notify_url"),
		method: p.method(b), created: p.Now(),
	}
	b.match("merchant_transaction_id", o.reference, reference)
	if currency := b.need("currency", 3); currency != p.currency() {
		b.complain("currency", "is not the account's")
	}
	return o
}

const (
	transferFields = "currency merchant_transaction_id phone_number amount payment_method reason notify_url"
	paymentFields  = "currency merchant_transaction_id amount lang designation client_email client_first_name " +
		"client_last_name client_phone_number success_url failed_url notify_url payment_method direct_pay otp_code channel"
)

func (p *Server) readTransfer(r *sandbox.Request) (*order, string) {
	b := readBody(r, transferFields)
	o := p.order(b, 1, 1_500_000)
	o.phone = p.phone(b, "phone_number")
	if o.phone == "" || o.method == "" {
		b.complain("phone_number", "and payment_method are required")
	}
	if p.currency() == "CDF" {
		b.complain("currency", "has no transfers")
	}
	b.need("reason", 2048)
	o.word = pending
	return o, b.complaint
}

func (p *Server) readPayment(r *sandbox.Request) (*order, string) {
	b := readBody(r, paymentFields)
	o := p.order(b, 100, 2_500_000)
	o.isPayment, o.word = true, initiated
	o.phone, o.direct = p.phone(b, "client_phone_number"), b.flag("direct_pay")
	b.oneOf("lang", b.need("lang", 2), "fr", "en")
	b.need("designation", 2048)
	o.email = b.need("client_email", 254)
	if o.email != "" && !kit.IsEmail(o.email) {
		b.complain("client_email", "must be an e-mail address")
	}
	first, last := b.need("client_first_name", 255), b.need("client_last_name", 255)
	if len([]rune(strings.TrimSpace(first))) < 2 || len([]rune(strings.TrimSpace(last))) < 2 {
		b.complain("client_first_name", "and client_last_name have at least 2 characters")
	}
	o.name = first + " " + last
	b.url("success_url")
	b.url("failed_url")
	b.oneOf("channel", b.text("channel", 10), "PUSH", "OTP", "QRCODE")
	o.code = b.text("otp_code", 6)
	b.match("otp_code", o.code, code)
	switch {
	case o.direct && o.phone == "":
		b.complain("client_phone_number", "is required with direct_pay")
	case o.code != "" && !o.direct:
		b.complain("otp_code", "needs direct_pay")
	}
	return o, b.complaint
}
