package bantu

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/redact"
)

// Partner is a service that customers pay with.
type Partner string

// The documented partners: the first is supported, the others are planned.
const (
	OrangeMoney Partner = "orange-money"
	SamaMoney   Partner = "sama-money"
	PayPal      Partner = "paypal"
)

// PartnerConfig is the merchant's own credentials with a partner. Some are
// documented as required: for orange-money all but the token, for sama-money
// all. Nothing is documented for paypal. At least one is required.
type PartnerConfig struct {
	ClientID     string       // clientId
	ClientSecret wapay.Secret // clientSecret
	MerchantID   string       // merchantId
	Token        wapay.Secret // token
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (p PartnerConfig) Format(f fmt.State, _ rune) { redact.Format(f, p) }

// check names every missing field that the partner requires. The provider
// checks the fields of other partners.
func (p PartnerConfig) check(bad *check.Fields, partner Partner) {
	if p == (PartnerConfig{}) && partner != OrangeMoney && partner != SamaMoney {
		bad.Add("Config", "is empty")
	}
	known := partner == OrangeMoney || partner == SamaMoney
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
// payments/v1/partners/{partner}. The address is https. It needs the account
// key. The same address once more changes nothing.
func (c *Client) EnablePartner(ctx context.Context, partner Partner, address string) (*Answer, error) {
	var bad check.Fields
	if address == "" {
		bad.Add("URL", "is required")
	}
	bad.URL("URL", address)
	r := &call.Request{Effect: call.IdempotentWrite, Method: http.MethodPut}
	return c.partner(call.Start(ctx, "EnablePartner", nil), r, partner, "", accountKey, bad, enableBody{address})
}

// PartnerStatus asks whether Bantu can reach a partner that is enabled: GET
// payments/v1/partners/{partner}/status. It needs no key, and sends none. An
// error that is [wapay.ErrUnavailable] may be about the partner or about Bantu.
func (c *Client) PartnerStatus(ctx context.Context, partner Partner) (*Answer, error) {
	r := &call.Request{Effect: call.Read, Method: http.MethodGet}
	return c.partner(call.Start(ctx, "PartnerStatus", nil), r, partner, "/status", noKey, nil, nil)
}

// ConfigurePartner gives a partner that is enabled the merchant's credentials
// with it: PUT payments/v1/partners/{partner}/config. It needs the
// application's secret key. It checks what the partner requires before it
// sends. The provider validates the credentials before it keeps them, and names
// what is missing. The same credentials once more change nothing.
func (c *Client) ConfigurePartner(ctx context.Context, partner Partner, config PartnerConfig) (*Answer, error) {
	var bad check.Fields
	config.check(&bad, partner)
	r := &call.Request{
		Effect: call.IdempotentWrite, Method: http.MethodPut,
		Secrets: []wapay.Secret{config.ClientSecret, config.Token, inJSON(config.ClientSecret), inJSON(config.Token)},
	}
	body := configBody{config.ClientID, string(config.ClientSecret), config.MerchantID, string(config.Token)}
	return c.partner(call.Start(ctx, "ConfigurePartner", nil), r, partner, "/config", secretKey, bad, body)
}

// inJSON returns a secret as it stands in the body of a request, which an
// answer may quote inside a text of its own.
func inJSON(s wapay.Secret) wapay.Secret {
	data, _ := json.Marshal(string(s)) // a string always has a JSON form
	return wapay.Secret(data[1 : len(data)-1])
}

// CheckPartner asks whether the configuration of a partner works, for
// monitoring: GET payments/v1/partners/{partner}/check. It needs the
// application's public key.
func (c *Client) CheckPartner(ctx context.Context, partner Partner) (*Answer, error) {
	r := &call.Request{Effect: call.Read, Method: http.MethodGet}
	return c.partner(call.Start(ctx, "CheckPartner", nil), r, partner, "/check", publicKey, nil, nil)
}

// partner makes a call about a partner.
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
