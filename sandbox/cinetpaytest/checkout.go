package cinetpaytest

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// The words of a payment's status.
const (
	accepted = "ACCEPTED"
	refused  = "REFUSED"
	waiting  = "WAITING_FOR_CUSTOMER"
)

// open are the codes of a payment that is not over.
var open = []int{623, 662, 663, 664}

type checkout struct {
	sandbox.Order         // its ID is the payment token
	description           string
	metadata, lang        string
	channels, lockedPhone string // lockedPhone is digits only, "" for none
	customer              string // phone, digits only, "" for none
	lacksCard             bool   // some of the fields for a card are there, and some are not
	notifyURL             string
	status                string
	code                  int // 0 is "00"
	method, prefix, phone string
	operatorID, signature string
	paid                  time.Time // zero until the payment is over
}

func (c *checkout) order() *sandbox.Order {
	c.Status, c.Pending, c.Succeeded = c.status+" "+strconv.Itoa(c.code), c.status == waiting, c.status == accepted
	c.Phone = cmp.Or(c.prefix+c.phone, c.customer)
	return &c.Order
}

// alter takes a status with its code, such as "REFUSED 627". It refuses a
// number and a fee, which the provider does not show.
func (c *checkout) alter(change sandbox.Change) error {
	word, code, _ := strings.Cut(change.Status, " ")
	n, err := strconv.Atoi(cmp.Or(code, "0"))
	switch {
	case change.Phone != "" || change.Fee != 0:
		return sandbox.ErrNotShown
	case err != nil || code == "" && word != "" && word != accepted:
		return fmt.Errorf("sandbox: %q is no status and code, such as %q", change.Status, "REFUSED 627")
	case word != "":
		c.status, c.code = word, n
	}
	return nil
}

var checkoutRoutes = map[string]func(*Server, *body) *sandbox.Answer{
	"POST payment":       (*Server).createCheckout,
	"POST payment/check": (*Server).checkCheckout,
}

func (p *Server) routeCheckout(r *sandbox.Request) *sandbox.Answer {
	fn, _, status := kit.Find(checkoutRoutes, r.Method, strings.TrimPrefix(r.Path, checkoutBase))
	switch status {
	case 404:
		return p.refuseCheckout(404, 708, "No such route")
	case 405:
		return p.refuseCheckout(405, 708, "The method is not POST")
	}
	if r.RawQuery != "" {
		return p.refuseCheckout(400, 608, "There is no query")
	}
	b := &body{kit.ReadBody(r.Header.Get("Content-Type"), r.Body)}
	key, site := b.Need("apikey", 255), b.siteID()
	if b.Complaint() == "" && (key != p.cfg.APIKey || site != p.cfg.SiteID) {
		return p.refuseCheckout(403, 609, "The apikey or the site_id is wrong")
	}
	return fn(p, b)
}

// createCheckout answers POST payment.
func (p *Server) createCheckout(b *body) *sandbox.Answer {
	c := b.checkout()
	if c.Reference != "" && p.findCheckout(c.Reference) != nil {
		b.Complain("transaction_id", "exists already")
	}
	if b.Complaint() != "" {
		return p.refuseCheckout(400, 608, b.Complaint())
	}
	if c.lacksCard {
		return p.refuseCheckout(400, 624, "An error occurred while processing the request")
	}
	c.ID, c.Created, c.status, c.code = kit.Hex(72), p.Now(), waiting, 662
	c.signature = kit.Hex(64)
	p.checkouts = append(p.checkouts, c)
	a := sandbox.JSON(200, kit.Object{
		"code", "201", "message", "CREATED", "description", "Transaction created with success",
		"data", kit.Object{"payment_token", c.ID, "payment_url", p.Root() + pagePath + c.ID},
		"api_response_id", p.responseID(),
	})
	plan := p.PlanFor(c.ID, c.customer, p.cfg.AutoSettle)
	a.After, a.Lost = func() { p.afterCreate(c, plan) }, plan.LosesAnswer
	return a
}

func (p *Server) afterCreate(c *checkout, plan sandbox.Plan) {
	p.ping(c.Reference, c.notifyURL)
	switch {
	case plan.Succeeds:
		_ = p.Approve(c.ID)
	case plan.LacksBalance:
		_ = p.RefuseCheckout(c.ID, 602)
	case plan.Fails:
		_ = p.Decline(c.ID, "")
	}
}

// anyMethod returns a method and a number for a customer with no choice of
// their own.
func (c *checkout) anyMethod() (method, phone string) {
	if c.lockedPhone == "" && (c.channels == "CREDIT_CARD" || c.Currency == "USD") {
		return "CARD", ""
	}
	if prefix, _, ok := splitPhone(c.customer); ok && countries[prefix].currency == c.Currency {
		return countries[prefix].operator, c.customer
	}
	phones := map[string]string{
		"XOF": "2250707000001", "XAF": "237670000001", "GNF": "224620000001", "CDF": "243810000001",
	}
	phone = phones[c.Currency]
	return countries[phone[:3]].operator, phone
}

// findCheckout returns the payment with the merchant's id or with the token.
func (p *Server) findCheckout(id string) *checkout {
	return kit.First(p.checkouts, func(c *checkout) bool { return c.Reference == id || c.ID == id })
}

// checkCheckout answers POST payment/check.
func (p *Server) checkCheckout(b *body) *sandbox.Answer {
	id, token := b.Text("transaction_id", 255), b.Text("token", 255)
	b.OnlyKnown("apikey site_id transaction_id token")
	if (id == "") == (token == "") {
		b.Complain("transaction_id", "or token must be given, and not both")
	}
	if b.Complaint() != "" {
		return p.refuseCheckout(400, 608, b.Complaint())
	}
	c := p.findCheckout(id + token)
	if c == nil || c.Reference != id && c.ID != token {
		return p.refuseCheckout(404, 723, "No such transaction")
	}
	code, message := strconv.Itoa(c.code), name(c.code)
	if c.code == 0 {
		code, message = "00", "SUCCES"
	}
	return sandbox.JSON(200, kit.Object{
		"code", code, "message", message, "data", c.view(), "api_response_id", p.responseID(),
	})
}

// view returns a payment as a lookup shows it. An unknown date is " ", another
// unknown value null.
func (c *checkout) view() kit.Object {
	available := ""
	if c.status == accepted {
		available = c.paid.UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	}
	return kit.Object{
		"amount", units(&c.Order), "currency", c.Currency, "status", c.status,
		"payment_method", kit.Null(c.method), "description", c.description, "metadata", kit.Null(c.metadata),
		"operator_id", kit.Null(c.operatorID), "payment_date", cmp.Or(formatTime(c.paid), " "),
		"fund_availability_date", kit.Null(available),
	}
}

// checkoutPage serves a payment_url to a browser. Opening it pays nothing.
func (p *Server) checkoutPage(r *sandbox.Request) *sandbox.Answer {
	token := strings.TrimPrefix(r.Path, pagePath)
	c := p.findCheckout(token)
	if c == nil || c.ID != token || r.Method != http.MethodGet {
		return sandbox.Page("", "")
	}
	return sandbox.Page(c.Reference, c.status)
}
