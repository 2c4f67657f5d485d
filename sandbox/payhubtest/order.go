package payhubtest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// The words of an order's status.
const (
	created   = "CREATED"
	awaiting  = "AWAITING_OTP"
	operating = "PROCESSING_OPERATOR"
	succeeded = "SUCCESSFUL"
	failed    = "FAILED"
	canceled  = "CANCELED"
	refunded  = "REFUNDED"
)

var words = map[sandbox.OrderKind][]string{
	sandbox.Payment: {
		created, awaiting, "QUEUED_FOR_PROCESSING", operating, "PROCESSING_SYSTEM", succeeded, failed, canceled,
		"COMPLIANCE_FLAGGED",
	},
	sandbox.Payout: {
		created, operating, "PROCESSING_SYSTEM", succeeded, failed, refunded, "COMPLIANCE_FLAGGED", "UNRESOLVED",
	},
}

// order is a payment or a transfer.
type order struct {
	sandbox.Order
	country, operator  string
	operatorID, reason string
	fees               int64 // in hundredths
}

func (o *order) order() *sandbox.Order {
	o.Pending, o.Succeeded, o.Fee = !o.final(), o.Status == succeeded, o.fees/100
	return &o.Order
}

func (o *order) alter(c sandbox.Change) error {
	o.fees = cmp.Or(c.Fee*100, o.fees)
	return nil
}

func (o *order) final() bool {
	return slices.Contains([]string{succeeded, failed, canceled, refunded}, o.Status)
}

func names(kind sandbox.OrderKind) (one, many string) {
	if kind == sandbox.Payout {
		return "transfer", "transfers"
	}
	return "payment", "payments"
}

func (p *Server) view(o *order) kit.Object {
	if p.cfg.LeastOnly {
		return kit.Object{"public_id", o.ID, "status", o.Status}
	}
	view := kit.Object{
		"public_id", o.ID, "amount", o.Amount, "fees", fmt.Sprintf("%d.%02d", o.fees/100, o.fees%100),
		"currency", o.Currency, "phone_number", o.Phone,
		"country", shown(o.country), "operator", o.operator, "channel", nil, "status", o.Status,
		"order_id", o.Reference, "provider_transaction_id", kit.Null(o.operatorID), "order_data", nil,
		"reason", kit.Null(o.reason), "created_at", o.Created.UTC().Format(time.RFC3339),
	}
	if p.cfg.NewMembers {
		view = append(view, "settlement", kit.Object{"batch", 7, "public_id", nil}, "flags", []string{"new"})
	}
	return view
}

// readBody reads the members of a body, and refuses one that cannot be read.
func (p *Server) readBody(r *sandbox.Request, known string) (kit.Body, *sandbox.Answer) {
	values, err := kit.ReadObject[any](r.Header.Get("Content-Type"), r.Body)
	b := kit.NewBody(values)
	if err != nil || len(r.Query) > 0 {
		return b, p.refuse(r, 422, "invalid_input", "The request cannot be read.")
	}
	b.NoEmpty = true
	b.OnlyKnown(known)
	return b, nil
}

// maxAmount is the limit of each operator, as in operators/info.
const maxAmount = 10_000_000

// read reads the body of a new order, and returns the answer that refuses it.
func (p *Server) read(c *call, more string) (*order, kit.Body, *sandbox.Answer) {
	b, refused := p.readBody(c.Request, more+" operator phone_number amount order")
	if refused != nil {
		return nil, b, refused
	}
	b.Required("order")
	o := &order{Order: sandbox.Order{
		Kind: c.kind, ID: kit.UUID(), Created: p.Now(), Status: operating, Currency: "XOF",
		Phone: b.Need("phone_number", 255), Amount: b.Amount(), Reference: b.Object("order", "id").Need("id", 255),
	}, country: c.country, operator: b.Need("operator", 255)}
	if o.Amount > maxAmount {
		b.Complain("amount", "is too large for the operator")
	}
	if o.fees = o.Amount; o.Kind == sandbox.Payment { // 1.5 % of a payment, 1 % of a transfer
		o.fees = o.Amount * 3 / 2
	}
	switch {
	case c.country == crypto:
		b.Complain("operator", "is not known for crypto")
	case o.operator != "" && !slices.Contains(operators, o.operator):
		b.Complain("operator", "is not known")
	}
	if ok := phones[c.country]; o.Phone != "" && ok != nil && !ok.MatchString(o.Phone) {
		b.Complain("phone_number", "is no number of the country")
	}
	switch {
	case len(b.Complaints()) > 0:
		return nil, b, p.invalid(c.Request, b.Complaints()...)
	case p.down[o.operator]:
		return nil, b, p.refuse(c.Request, 503, "operator_unavailable", "The operator does not answer.")
	case p.cfg.RefuseRepeats && slices.ContainsFunc(p.orders, func(x *order) bool {
		return x.Kind == o.Kind && x.country == o.country && x.Reference == o.Reference
	}):
		return nil, b, p.refuse(c.Request, 409, "resource_already_exists", "It is there already.")
	}
	return o, b, nil
}

// answer adds a new order, and returns the answer.
func (p *Server) answer(o *order, plan sandbox.Plan) *sandbox.Answer {
	p.orders = append(p.orders, o)
	one, _ := names(o.Kind)
	p.notify(o)
	a := success(201, kit.Object{one, p.view(o)})
	if p.cfg.NoObject {
		a = success(201, kit.Object{})
	}
	if o.final() || o.Status == awaiting {
		a.Lost = plan.LosesAnswer
		return a
	}
	return plan.Follow(a, func() { _ = p.Approve(o.ID) }, func() { _ = p.Decline(o.ID, "") })
}

// move gives an order another status, and books its entries.
func (p *Server) move(o *order, status, reason string) {
	o.Status, o.reason = status, reason
	entry := sandbox.Entry{
		Account: o.country, Kind: sandbox.Credit, Amount: o.Amount, Currency: "XOF", Reference: o.Reference, ID: o.ID,
		Why: "payment",
	}
	switch {
	case status == succeeded:
		p.count++
		o.operatorID = fmt.Sprintf("%s%s.%05d", o.operator[:2], p.Now().UTC().Format("060102.1504"), p.count)
		if o.Kind == sandbox.Payment {
			p.MustBook(entry)
		}
	case o.final() && o.Kind == sandbox.Payout:
		entry.Why = "transfer given back"
		p.MustBook(entry)
	}
	p.notify(o)
}

// find answers with all orders that have the id or the order id.
func (p *Server) find(c *call) *sandbox.Answer {
	if len(c.Query) > 0 {
		return p.invalid(c.Request, "query", "Is not known here.")
	}
	rows := []kit.Object{}
	for _, o := range p.visible(c) {
		if o.ID == c.id || o.Reference == c.id {
			rows = append(rows, p.view(o))
		}
	}
	_, many := names(c.kind)
	switch {
	case len(rows) > 0 || p.cfg.EmptyList:
		return success(200, kit.Object{many, rows})
	case p.cfg.UnknownID422:
		return p.invalid(c.Request, "id", "Nothing under this id.")
	}
	return p.refuse(c.Request, 404, "resource_not_found", "Nothing under this id.")
}

// visible returns the orders that a lookup in a country can see.
func (p *Server) visible(c *call) []*order {
	return kit.All(p.orders, func(o *order) bool {
		return o.Kind == c.kind && o.country == c.country && !p.Now().Before(o.Created.Add(p.cfg.VisibleAfter))
	})
}
