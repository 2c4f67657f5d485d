package payhubtest

import (
	"slices"

	"github.com/wapay-go/wapay/sandbox"
)

// createTransfer makes a transfer. Its amount leaves the balance at once, and
// is held until the transfer is over. A second transfer with the same country,
// number, operator and amount is refused for a while.
func (p *Server) createTransfer(c *call) *sandbox.Answer {
	o, b, refused := p.read(c, "ignore_double_spend_risk")
	if refused != nil {
		return refused
	}
	ignore := b.Flag("ignore_double_spend_risk")
	if len(b.Complaints()) > 0 {
		return p.invalid(c.Request, b.Complaints()...)
	}
	if !ignore && slices.ContainsFunc(p.orders, func(x *order) bool {
		return x.Kind == o.Kind && x.country == o.country && x.Phone == o.Phone && x.operator == o.operator &&
			x.Amount == o.Amount && o.Created.Sub(x.Created) < p.cfg.DoubleSpendWindow
	}) {
		return p.refuse(c.Request, 409, "duplicate_transaction", "A like transfer was just asked for.")
	}
	plan := p.PlanFor(o.ID, o.Phone, p.cfg.AutoSettle)
	if plan.LacksBalance || p.Book(sandbox.Entry{
		Account: o.country, Kind: sandbox.Debit, Amount: o.Amount, Currency: "XOF", Reference: o.Reference, ID: o.ID,
		Why: "transfer",
	}) != nil {
		return p.refuse(c.Request, 402, "balance_too_low", "Not enough money.")
	}
	return p.answer(o, plan)
}
