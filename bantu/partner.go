package bantu

import (
	"context"
	"fmt"
	"net/http"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/redact"
)

// Partner is a service that customers pay with.
type Partner string

// The documented partners. The provider supports OrangeMoney and plans the
// others.
const (
	OrangeMoney Partner = "orange-money"
	SamaMoney   Partner = "sama-money"
	PayPal      Partner = "paypal"
)

// PartnerConfig holds the merchant's own credentials with a partner.
// OrangeMoney requires all but the token, SamaMoney requires all. Nothing is
// documented for PayPal; the client requires at least one.
type PartnerConfig struct {
	ClientID     string       // clientId
	ClientSecret wapay.Secret // clientSecret
	MerchantID   string       // merchantId
	Token        wapay.Secret // token
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (p PartnerConfig) Format(f fmt.State, _ rune) { redact.Format(f, p) }

// check names every field that the partner requires and that is missing. The
// provider checks the fields of other partners.
func (p PartnerConfig) check(bad *check.Fields, partner Partner) {
	known := partner == OrangeMoney || partner == SamaMoney
	if p == (PartnerConfig{}) && !known {
		bad.Add("Config", "is empty")
	}
	for _, f := range []struct {
		name, value string
		required    bool
	}{
		{"ClientID", p.ClientID, known}, {"ClientSecret", string(p.ClientSecret), known},
		{"MerchantID", p.MerchantID, known}, {"Token", string(p.Token), partner == SamaMoney},
	} {
		if f.value != "" {
			bad.Reference("Config."+f.name, f.value, 4096, "") // the error does not show it
		} else if f.required {
			bad.Add("Config."+f.name, "is required by %s", partner)
		}
	}
}

type configBody struct {
	ClientID     string `json:"clientId,omitempty"`
	ClientSecret string `json:"clientSecret,omitempty"`
	MerchantID   string `json:"merchantId,omitempty"`
	Token        string `json:"token,omitempty"`
}

type enableBody struct {
	URL string `json:"url"`
}

// EnablePartner enables a partner, or changes its URL: PUT
// payments/v1/partners/{partner}. The address must be https. The call needs the
// account key. A second call with the same address changes nothing.
func (c *Client) EnablePartner(ctx context.Context, partner Partner, address string) (*Answer, error) {
	var bad check.Fields
	if address == "" {
		bad.Add("URL", "is required")
	}
	bad.URL("URL", address)
	r := &call.Request{Effect: call.IdempotentWrite, Method: http.MethodPut}
	return c.partner(call.Start(ctx, "EnablePartner", nil), r, partner, "", accountKey, bad, enableBody{address})
}

// PartnerStatus asks whether Bantu can reach an enabled partner: GET
// payments/v1/partners/{partner}/status. It sends no key.
// [wapay.ErrUnavailable] may mean the partner or Bantu.
func (c *Client) PartnerStatus(ctx context.Context, partner Partner) (*Answer, error) {
	r := &call.Request{Effect: call.Read, Method: http.MethodGet}
	return c.partner(call.Start(ctx, "PartnerStatus", nil), r, partner, "/status", noKey, nil, nil)
}

// ConfigurePartner gives the merchant's credentials with an enabled partner to
// Bantu: PUT payments/v1/partners/{partner}/config. It needs the application's
// secret key. The client checks that the required fields are there. The
// provider validates the credentials before it stores them, and names what is
// missing. A second call with the same credentials changes nothing.
func (c *Client) ConfigurePartner(ctx context.Context, partner Partner, config PartnerConfig) (*Answer, error) {
	var bad check.Fields
	config.check(&bad, partner)
	r := &call.Request{
		Effect: call.IdempotentWrite, Method: http.MethodPut,
		Secrets: []wapay.Secret{config.ClientSecret, config.Token},
	}
	body := configBody{config.ClientID, string(config.ClientSecret), config.MerchantID, string(config.Token)}
	return c.partner(call.Start(ctx, "ConfigurePartner", nil), r, partner, "/config", secretKey, bad, body)
}

// CheckPartner asks whether the configuration of a partner works: GET
// payments/v1/partners/{partner}/check. It is meant for monitoring. It needs
// the application's public key.
func (c *Client) CheckPartner(ctx context.Context, partner Partner) (*Answer, error) {
	r := &call.Request{Effect: call.Read, Method: http.MethodGet}
	return c.partner(call.Start(ctx, "CheckPartner", nil), r, partner, "/check", publicKey, nil, nil)
}

func (c *Client) partner(
	ctx context.Context, r *call.Request, partner Partner, what string, key keyKind, bad check.Fields, body any,
) (*Answer, error) {
	bad.ID("Partner", string(partner))
	r.Path = call.Path("payments", "v1", "partners", string(partner)) + what
	var w wireAnswer
	resp, err := c.in().do(ctx, r, key, bad, body, &w)
	if err != nil {
		return nil, err
	}
	return w.answer(resp.Status), nil
}
