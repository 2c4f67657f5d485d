package mpptest

import (
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// places has the countries and ids of the samples. Their other fields are made
// up.
var places = map[string]struct {
	currencyID, countryID int
	country               string
}{
	"GNF": {1, 1, "GN"}, "XOF": {2, 2, "ML"}, "USD": {3, 3, "LR"}, "SLE": {4, 4, "SL"}, "XAF": {5, 5, "CG"},
	"GMD": {6, 6, "GM"},
}

func (m *Server) country() kit.Object {
	p := places[m.cfg.Currency]
	return kit.Object{"id", p.countryID, "iso2", kit.Null(p.country)}
}

func currency(code string) kit.Object { return kit.Object{"id", places[code].currencyID, "iso3", code} }

// business answers GET /api/v1/business. As documented, one is_phone_verified
// is a number and the other is not.
func (m *Server) business(c *call) *sandbox.Answer {
	return m.ok(c, kit.Object{
		"id", m.cfg.BusinessID, "name", "SANDBOX", "is_phone_verified", 0,
		"address", kit.Null(places[m.cfg.Currency].country),
		"code", "521395", "can_accept_cash_deposit", false, "commission", 0, "verified", false,
		"currency", currency(m.cfg.Currency), "country", m.country(),
		"limit_overdraft", money(m.cfg.LimitOverdraft), "overdraft", m.cfg.LimitOverdraft > 0,
		"user_info", kit.Object{
			"email", "merchant@example.com", "phone", nil, "is_phone_verified", false, "name", "Sandbox Merchant",
			"is_api", false, "has_2fa", false, "owner", true, "roles", []string{"merchant"},
		},
	})
}

// inTransaction returns the business as a transaction shows it.
func (m *Server) inTransaction() kit.Object {
	return kit.Object{
		"id", m.cfg.BusinessID, "name", "SANDBOX", "address", kit.Null(places[m.cfg.Currency].country), "code", "521395",
		"can_accept_cash_deposit", false, "status", "active", "onboarding_status", "request-add-channel",
		"created_at", "2023-10-19T15:29:10.000000Z", "verified", false,
	}
}

// otherBusiness refuses the id of another business.
func (m *Server) otherBusiness(r *sandbox.Request, id string) *sandbox.Answer {
	if id != m.cfg.BusinessID {
		return m.refuse(r, "MPP-BS-4505", "")
	}
	return nil
}

// balance answers GET /api/v1/business/{id}/balance. "currencry" is the
// documented spelling.
func (m *Server) balance(c *call) *sandbox.Answer {
	if refused := m.otherBusiness(c.Request, c.id); refused != nil {
		return refused
	}
	return m.ok(c, kit.Object{"balance", money(m.Balance(m.cfg.Currency)), "commission", 0, "currencry", m.cfg.Currency})
}

// listChannels answers GET /api/v1/business/{id}/channel.
func (m *Server) listChannels(c *call) *sandbox.Answer {
	if refused := m.otherBusiness(c.Request, c.id); refused != nil {
		return refused
	}
	return pageOf(m, c, m.channels, Channel.view)
}
