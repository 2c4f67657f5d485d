package sandbox

import "maps"

type bantuPartner struct {
	required []string // of the configuration
	planned  bool     // and not there yet
	url      string   // "" until it is enabled
	down     bool
}

// bantuPartners are the documents' three. What paypal requires they leave open.
func bantuPartners(all bool) map[string]*bantuPartner {
	return map[string]*bantuPartner{
		"orange-money": {required: []string{"clientId", "clientSecret", "merchantId"}},
		"sama-money":   {required: []string{"clientId", "clientSecret", "merchantId", "token"}, planned: !all},
		"paypal":       {planned: !all},
	}
}

// findPartner asks that the partner is known and supported.
func (b *Bantu) findPartner(c *bantuCall) (*bantuPartner, *answer) {
	p := b.partners[c.partner]
	if p == nil {
		return nil, b.refuse(c.Request, 404, "partner.not.found")
	}
	if p.planned {
		return nil, b.refuse(c.Request, 400, "partner.not.supported")
	}
	return p, nil
}

// enabledPartner asks in addition that it is enabled.
func (b *Bantu) enabledPartner(c *bantuCall) (*bantuPartner, *answer) {
	p, refused := b.findPartner(c)
	if refused == nil && p.url == "" {
		return nil, b.refuse(c.Request, 409, "partner.not.enabled")
	}
	return p, refused
}

// enablePartner is PUT /payments/v1/partners/{partner}, which also changes the URL of one that is enabled.
func (b *Bantu) enablePartner(c *bantuCall) *answer {
	p, refused := b.findPartner(c)
	if refused != nil {
		return refused
	}
	values, refused := b.readBody(c.Request, "url")
	if refused == nil {
		refused = b.missing(c.Request, values, "url")
	}
	if refused != nil {
		return refused
	}
	if !acceptableURL(values["url"]) {
		return b.refuse(c.Request, 400, "url must be an https URL")
	}
	p.url = values["url"]
	return b.undocumented(object{"partnerId", c.partner, "url", p.url, "enabled", true})
}

// partnerStatus is GET /payments/v1/partners/{partner}/status: is the partner reachable?
func (b *Bantu) partnerStatus(c *bantuCall) *answer {
	p, refused := b.enabledPartner(c)
	if refused != nil {
		return refused
	}
	return b.health(p, object{"partnerId", c.partner})
}

// health has Spring's words for it.
func (b *Bantu) health(p *bantuPartner, o object) *answer {
	if !p.down {
		return b.undocumented(append(o, "status", "UP"))
	}
	a := b.undocumented(append(o, "status", "DOWN"))
	if b.cfg.DownAs503 {
		a.status = 503
	}
	return a
}

// configurePartner is PUT /payments/v1/partners/{partner}/config. It replaces all that was there.
func (b *Bantu) configurePartner(c *bantuCall) *answer {
	p, refused := b.enabledPartner(c)
	if refused != nil {
		return refused
	}
	values, refused := b.readBody(c.Request, "clientId", "clientSecret", "merchantId", "token")
	if refused == nil {
		refused = b.missing(c.Request, values, p.required...)
	}
	if refused != nil {
		return refused
	}
	b.configs[bantuConfigKey(c.app, c.env, c.partner)] = values
	return b.undocumented(object{"partnerId", c.partner, "applicationId", c.app.ID, "configured", true})
}

// checkPartner is GET /payments/v1/partners/{partner}/check, for monitoring.
func (b *Bantu) checkPartner(c *bantuCall) *answer {
	p, refused := b.enabledPartner(c)
	if refused != nil {
		return refused
	}
	if b.configs[bantuConfigKey(c.app, c.env, c.partner)] == nil {
		return b.refuse(c.Request, 409, "partner.not.configured")
	}
	return b.health(p, object{"partnerId", c.partner, "applicationId", c.app.ID, "configured", true})
}

func bantuConfigKey(app *BantuApplication, env, partner string) string {
	return app.ID + "/" + env + "/" + partner
}

// SetDown makes the network to a partner fail, or work again. It panics on a partner that no document names.
func (b *Bantu) SetDown(partner string, down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.partners[partner].down = down
}

// PartnerURL is "" for a partner that is not enabled.
func (b *Bantu) PartnerURL(partner string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.partners[partner]; p != nil {
		return p.url
	}
	return ""
}

// PartnerConfig is what an application configured, in the environment of any of its keys; nil is nothing.
func (b *Bantu) PartnerConfig(key, partner string) map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := &bantuCall{}
	if b.findKey(c, key); c.app == nil {
		return nil
	}
	return maps.Clone(b.configs[bantuConfigKey(c.app, c.env, partner)])
}
