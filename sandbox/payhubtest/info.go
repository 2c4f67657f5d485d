package payhubtest

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

func (p *Server) ping(*call) *sandbox.Answer { return success(200, kit.Object{}) }

func (p *Server) me(*call) *sandbox.Answer {
	return success(200, kit.Object{
		"merchant", kit.Object{"name", "Sandbox Store"}, "application", kit.Object{"name", "sandbox"},
	})
}

// balance answers with the balance, and with the amounts of open transfers as
// held.
func (p *Server) balance(c *call) *sandbox.Answer {
	if c.country == crypto {
		return success(200, kit.Object{"country", "CC", "balances", []kit.Object{
			{"asset", "USDT", "network", "TRC20", "available", "42.75"},
		}})
	}
	var holds int64
	for _, o := range p.orders {
		if o.Kind == sandbox.Payout && o.country == c.country && !o.final() {
			holds += o.Amount
		}
	}
	available := p.Balance(c.country)
	money := func(n int64) string { return fmt.Sprintf("%d.00", n) }
	return success(200, kit.Object{
		"country", shown(c.country), "currency", "XOF", "available", money(available), "total", money(available + holds),
		"holds", money(holds),
	})
}

func (p *Server) availability(*call) *sandbox.Answer {
	data := kit.Object{}
	for _, name := range operators {
		word := "OPERATIONAL"
		if p.down[name] {
			word = "DOWN"
		}
		data = append(data, name, kit.Object{"payment", word, "transfer", word})
	}
	return success(200, data)
}

func (p *Server) info(*call) *sandbox.Answer {
	data := kit.Object{}
	for _, name := range operators {
		data = append(data, name, kit.Object{
			"otp_required", name == codeFirst, "min_amount", 1, "max_amount", maxAmount, "payment_instructions", nil,
		})
	}
	return success(200, data)
}

// list answers with a page of payments or transfers, oldest first.
func (p *Server) list(c *call) *sandbox.Answer {
	bad := []string{}
	for name := range c.Query {
		if !slices.Contains([]string{"status", "operator", "from_date", "to_date", "per_page", "page"}, name) {
			bad = append(bad, name, "Is no filter.")
		}
	}
	number := func(name string, otherwise int) int {
		n, err := strconv.Atoi(c.Query.Get(name))
		if c.Query.Has(name) && (err != nil || n < 1) {
			bad = append(bad, name, "Must be a positive integer.")
		}
		if n < 1 {
			return otherwise
		}
		return n
	}
	for _, name := range []string{"from_date", "to_date"} {
		if _, err := time.Parse(time.DateOnly, c.Query.Get(name)); c.Query.Has(name) && err != nil {
			bad = append(bad, name, "Must be a date.")
		}
	}
	page, size := number("page", 1), number("per_page", 50)
	if len(bad) > 0 {
		return p.invalid(c.Request, bad...)
	}
	if p.cfg.IgnorePage {
		page = 1
	}
	rows := []kit.Object{}
	for _, o := range p.visible(c) {
		day := o.Created.UTC().Format(time.DateOnly)
		if q := c.Query; (q.Get("status") == "" || q.Get("status") == o.Status) &&
			(q.Get("operator") == "" || q.Get("operator") == o.operator) && day >= q.Get("from_date") &&
			(q.Get("to_date") == "" || day <= q.Get("to_date")) {
			rows = append(rows, p.view(o))
		}
	}
	total := len(rows)
	rows = rows[min(total, (page-1)*size):min(total, page*size)]
	_, many := names(c.kind)
	return success(200, kit.Object{many, rows}, "meta", kit.Object{
		"current_page", page, "last_page", max(1, (total+size-1)/size), "per_page", size, "total", total,
	})
}
