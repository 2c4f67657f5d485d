package bantutest

import (
	"maps"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

type partner struct {
	required []string // of the configuration
	planned  bool     // and not there yet
	url      string   // "" until it is enabled
	down     bool
}

// partners returns the three partners of the documents, which do not say what
// paypal requires.
func partners(all bool) map[string]*partner {
	return map[string]*partner{
		"orange-money": {required: []string{"clientId", "clientSecret", "merchantId"}},
		"sama-money":   {required: []string{"clientId", "clientSecret", "merchantId", "token"}, planned: !all},
		"paypal":       {planned: !all},
	}
}

// findPartner returns a partner that is known and supported.
func (b *Server) findPartner(c *call) (*partner, *sandbox.Answer) {
	p := b.partners[c.partner]
	if p == nil {
		return nil, b.refuse(c.Request, 404, "partner.not.found")
	}
	if p.planned {
		return nil, b.refuse(c.Request, 400, "partner.not.supported")
	}
	return p, nil
}

// enabledPartner returns a partner that is also enabled.
func (b *Server) enabledPartner(c *call) (*partner, *sandbox.Answer) {
	p, refused := b.findPartner(c)
	if refused == nil && p.url == "" {
		return nil, b.refuse(c.Request, 409, "partner.not.enabled")
	}
	return p, refused
}

// enablePartner answers PUT /payments/v1/partners/{partner}, which also changes
// the URL of an enabled partner.
func (b *Server) enablePartner(c *call) *sandbox.Answer {
	p, refused := b.findPartner(c)
	if refused != nil {
		return refused
	}
	values, refused := b.readBody(c.Request, "url", "url")
	if refused != nil {
		return refused
	}
	if !kit.AcceptableURL(values["url"]) {
		return b.refuse(c.Request, 400, "url must be an https URL")
	}
	p.url = values["url"]
	return b.undocumented(kit.Object{"partnerId", c.partner, "url", p.url, "enabled", true})
}

// partnerStatus answers GET /payments/v1/partners/{partner}/status, which tells
// whether the partner can be reached.
func (b *Server) partnerStatus(c *call) *sandbox.Answer {
	p, refused := b.enabledPartner(c)
	if refused != nil {
		return refused
	}
	return b.health(p, kit.Object{"partnerId", c.partner})
}

// health adds the partner's health in Spring's words.
func (b *Server) health(p *partner, o kit.Object) *sandbox.Answer {
	if !p.down {
		return b.undocumented(append(o, "status", "UP"))
	}
	a := b.undocumented(append(o, "status", "DOWN"))
	if b.cfg.DownAs503 {
		a.Status = 503
	}
	return a
}

// configurePartner answers PUT /payments/v1/partners/{partner}/config, which
// replaces the whole configuration.
func (b *Server) configurePartner(c *call) *sandbox.Answer {
	p, refused := b.enabledPartner(c)
	if refused != nil {
		return refused
	}
	values, refused := b.readBody(c.Request, "clientId clientSecret merchantId token", p.required...)
	if refused != nil {
		return refused
	}
	b.configs[configKey(c.app, c.env, c.partner)] = values
	return b.undocumented(kit.Object{"partnerId", c.partner, "applicationId", c.app.ID, "configured", true})
}

// checkPartner answers GET /payments/v1/partners/{partner}/check, for
// monitoring.
func (b *Server) checkPartner(c *call) *sandbox.Answer {
	p, refused := b.enabledPartner(c)
	if refused != nil {
		return refused
	}
	if b.configs[configKey(c.app, c.env, c.partner)] == nil {
		return b.refuse(c.Request, 409, "partner.not.configured")
	}
	return b.health(p, kit.Object{"partnerId", c.partner, "applicationId", c.app.ID, "configured", true})
}

func configKey(app *Application, env, partner string) string {
	return app.ID + "/" + env + "/" + partner
}

// SetDown makes the network to a partner fail, or work again. It panics if no
// document names the partner.
func (b *Server) SetDown(partner string, down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.partners[partner].down = down
}

// PartnerURL returns a partner's URL, or "" if the partner is not enabled.
func (b *Server) PartnerURL(partner string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.partners[partner]; p != nil {
		return p.url
	}
	return ""
}

// PartnerConfig returns an application's configuration of a partner in the
// environment of a key, or nil.
func (b *Server) PartnerConfig(key, partner string) map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := &call{}
	if b.findKey(c, key); c.app == nil {
		return nil
	}
	return maps.Clone(b.configs[configKey(c.app, c.env, partner)])
}
