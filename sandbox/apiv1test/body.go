package apiv1test

import (
	"regexp"
	"slices"
	"strings"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// country has the settings of an account in one country. The operators of some
// countries with XAF are not known.
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

// unit returns one whole unit of the currency in minor units.
func (p *Server) unit() int64 {
	if p.currency() == "CDF" {
		return 100
	}
	return 1
}

type body struct{ kit.Body }

func readBody(r *sandbox.Request, known string) *body {
	b := &body{kit.ReadBody(r.Header.Get("Content-Type"), r.Body)}
	b.NoEmpty = true
	b.OnlyKnown(known)
	return b
}

var (
	reference = regexp.MustCompile(`^[^_]{1,30}$`)
	e164      = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)
	code      = regexp.MustCompile(`^[0-9]{4,6}$`)
	method    = regexp.MustCompile(`^[A-Z0-9]+_[A-Z]{2}$`)
)

// phone reads a number of the account's country, or "".
func (p *Server) phone(b *body, name string) string {
	s := b.Text(name, 16)
	b.Match(name, s, e164, "is wrong")
	if s != "" && !strings.HasPrefix(s, "+"+countries[p.cfg.Country].code) {
		b.Complain(name, "is not of the account's country")
	}
	return s
}

// method reads an operator of the account's country, or "".
func (p *Server) method(b *body) string {
	s := b.Text("payment_method", 40)
	b.Match("payment_method", s, method, "is wrong")
	operator, of, _ := strings.Cut(s, "_")
	listed := strings.Fields(countries[p.cfg.Country].operators)
	if s != "" && (of != p.cfg.Country || len(listed) > 0 && !slices.Contains(listed, operator)) {
		b.Complain("payment_method", "is not of the account's country")
	}
	return s
}

// order reads the fields that payments and transfers share.
func (p *Server) order(b *body, kind sandbox.OrderKind, least, most int64) *order {
	amount := b.Amount()
	if amount < least || amount > most {
		b.Complain("amount", "is out of range")
	}
	o := &order{Order: sandbox.Order{
		Kind: kind, Reference: b.Need("merchant_transaction_id", 30), Amount: amount * p.unit(), Currency: p.currency(),
		Status: initiated, Created: p.Now(),
	}, notifyURL: b.URL("notify_url", b.Need("notify_url", 120)), method: p.method(b)}
	b.Match("merchant_transaction_id", o.Reference, reference, "is wrong")
	if currency := b.Need("currency", 3); currency != p.currency() {
		b.Complain("currency", "is not the account's")
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
	o := p.order(b, sandbox.Payout, 1, 1_500_000)
	o.Phone = p.phone(b, "phone_number")
	if o.Phone == "" || o.method == "" {
		b.Complain("phone_number", "and payment_method are required")
	}
	if p.currency() == "CDF" {
		b.Complain("currency", "has no transfers")
	}
	b.Need("reason", 2048)
	o.Status, o.Fee = pending, p.cfg.Fee*p.unit()
	return o, b.Complaint()
}

func (p *Server) readPayment(r *sandbox.Request) (*order, string) {
	b := readBody(r, paymentFields)
	o := p.order(b, sandbox.Payment, 100, 2_500_000)
	o.Phone, o.direct = p.phone(b, "client_phone_number"), b.Flag("direct_pay")
	b.OneOf("lang", b.Need("lang", 2), "fr", "en")
	b.Need("designation", 2048)
	o.email = b.Email("client_email", b.Need("client_email", 254))
	first, last := b.Need("client_first_name", 255), b.Need("client_last_name", 255)
	if len([]rune(strings.TrimSpace(first))) < 2 || len([]rune(strings.TrimSpace(last))) < 2 {
		b.Complain("client_first_name", "and client_last_name have at least 2 characters")
	}
	o.name = first + " " + last
	b.URL("success_url", b.Need("success_url", 120))
	b.URL("failed_url", b.Need("failed_url", 120))
	b.OneOf("channel", b.Text("channel", 10), "PUSH", "OTP", "QRCODE")
	o.code = b.Text("otp_code", 6)
	b.Match("otp_code", o.code, code, "is wrong")
	switch {
	case o.direct && o.Phone == "":
		b.Complain("client_phone_number", "is required with direct_pay")
	case o.code != "" && !o.direct:
		b.Complain("otp_code", "needs direct_pay")
	}
	return o, b.Complaint()
}
