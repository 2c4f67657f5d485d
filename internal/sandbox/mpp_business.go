package sandbox

// mppPlaces are the countries and the ids of the samples; the rest is made up.
var mppPlaces = map[string]struct {
	currencyID, countryID int
	country               string
}{
	"GNF": {1, 1, "GN"}, "XOF": {2, 2, "ML"}, "USD": {3, 3, "LR"}, "SLE": {4, 4, "SL"}, "XAF": {5, 5, "CG"},
	"GMD": {6, 6, "GM"},
}

func (m *MPP) country() object {
	p := mppPlaces[m.cfg.Currency]
	return object{"id", p.countryID, "iso2", null(p.country)}
}

func (m *MPP) currency() object {
	return object{"id", mppPlaces[m.cfg.Currency].currencyID, "iso3", m.cfg.Currency}
}

// business is GET /api/v1/business. One is_phone_verified is a number and the other is not (S).
func (m *MPP) business(c *mppCall) *answer {
	if m.cfg.NoBusiness {
		return m.refuse(c.Request, "MPP-BS-4504", "")
	}
	return m.ok(c, object{
		"id", m.cfg.BusinessID, "name", "SANDBOX", "is_phone_verified", 0, "address", null(mppPlaces[m.cfg.Currency].country),
		"code", "521395", "can_accept_cash_deposit", false, "commission", 0, "verified", false,
		"currency", m.currency(), "country", m.country(),
		"limit_overdraft", mppMoney(m.cfg.LimitOverdraft), "overdraft", m.cfg.LimitOverdraft > 0,
		"user_info", object{
			"email", "merchant@example.com", "phone", nil, "is_phone_verified", false, "name", "Sandbox Merchant",
			"is_api", false, "has_2fa", false, "owner", true, "roles", []string{"merchant"},
		},
	})
}

// inTransaction is the business as a transaction has it.
func (m *MPP) inTransaction() object {
	status := "active"
	if m.cfg.BusinessInactive {
		status = "inactive"
	}
	return object{
		"id", m.cfg.BusinessID, "name", "SANDBOX", "address", null(mppPlaces[m.cfg.Currency].country), "code", "521395",
		"can_accept_cash_deposit", false, "status", status, "onboarding_status", "request-add-channel",
		"created_at", "2023-10-19T15:29:10.000000Z", "verified", false,
	}
}

// otherBusiness is nil for the merchant's own.
func (m *MPP) otherBusiness(r *Request, id string) *answer {
	switch {
	case m.cfg.NoBusiness:
		return m.refuse(r, "MPP-BS-4504", "")
	case id != m.cfg.BusinessID:
		return m.refuse(r, "MPP-BS-4505", "")
	}
	return nil
}

// balance is GET /api/v1/business/{id}/balance.
func (m *MPP) balance(c *mppCall) *answer {
	if refused := m.otherBusiness(c.Request, c.id); refused != nil {
		return refused
	}
	name := "currencry"
	if m.cfg.CurrencyInBalance {
		name = "currency"
	}
	return m.ok(c, object{"balance", mppMoney(m.Balance(m.cfg.Currency)), "commission", 0, name, m.cfg.Currency})
}

// listChannels is GET /api/v1/business/{id}/channel.
func (m *MPP) listChannels(c *mppCall) *answer {
	if refused := m.otherBusiness(c.Request, c.id); refused != nil {
		return refused
	}
	return mppPage(m, c, m.channels, MPPChannel.view)
}
