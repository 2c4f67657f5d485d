package cinetpay

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/redact"
	"github.com/wapay-go/wapay/internal/token"
)

const (
	provider = "cinetpay"

	transferHost, transferPath = "https://client.cinetpay.com", "v1"
	checkoutHost, checkoutPath = "https://api-checkout.cinetpay.com", "v2"
)

// Credentials are a merchant's keys. APIKey is required. Transfers need
// Password too, and the checkout needs SiteID. One of the two has to be there.
//
// The secret key that verifies notifications of the checkout is another secret:
// see package ipn.
type Credentials struct {
	APIKey   wapay.Secret
	Password wapay.Secret // of the API, set in the dashboard; not that of the account
	SiteID   string
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (c Credentials) Format(f fmt.State, _ rune) { redact.Format(f, c) }

// Client calls the CinetPay API. It is safe for use by many goroutines.
type Client struct {
	hidden func() *client // a function keeps the keys from package fmt and from dumps
}

type client struct{ transfers, checkout product }

// product is one of the provider's two products.
type product struct {
	calls  *call.Client
	needs  string       // the credential that there is not
	tokens *token.Cache // of transfers
	site   site         // of the checkout
}

// lacking returns the credential that there is not, as a bad field.
func (p *product) lacking() (bad check.Fields) {
	if p.needs != "" {
		bad.Add("Credentials."+p.needs, "is required for this call")
	}
	return bad
}

// site is the part of a request's body that says who asks.
type site struct {
	APIKey string `json:"apikey"`
	SiteID string `json:"site_id"`
}

var (
	_ wapay.Payer    = (*Client)(nil)
	_ wapay.Payouter = (*Client)(nil)
)

// New makes a client. It does no I/O. Transfers go to
// https://client.cinetpay.com/v1 and the checkout is at
// https://api-checkout.cinetpay.com/v2. [wapay.WithBaseURL] replaces scheme and
// host of both. A path in it comes before /v1 and /v2, which are added, and must
// not end in either.
func New(c Credentials, opts ...wapay.Option) (*Client, error) {
	var bad check.Fields
	in := &client{}
	bad.Credential("APIKey", c.APIKey)
	if c.Password != "" {
		bad.Reference("Password", string(c.Password), 255, "") // says what is wrong, and not what it is
	} else {
		in.transfers.needs = "Password"
	}
	if c.SiteID != "" {
		bad.Reference("SiteID", c.SiteID, 255, "")
	} else {
		in.checkout.needs = "SiteID"
	}
	if c.Password == "" && c.SiteID == "" {
		bad.Add("Password", "is required, unless there is a SiteID")
	}
	if err := bad.Err(provider, "New", ""); err != nil {
		return nil, err
	}
	var err error
	if in.transfers.calls, err = newCalls(transferHost, transferPath, judgeTransfer, c, opts); err != nil {
		return nil, err
	}
	if in.checkout.calls, err = newCalls(checkoutHost, checkoutPath, judgeCheckout, c, opts); err != nil {
		return nil, err
	}
	in.transfers.tokens = token.New(login(in.transfers.calls, c), in.transfers.calls.Clock)
	in.checkout.site = site{string(c.APIKey), c.SiteID}
	return &Client{func() *client { return in }}, nil
}

// newCalls makes the engine of one of the hosts.
func newCalls(host, version string, judge call.Judge, c Credentials, opts []wapay.Option) (*call.Client, error) {
	// call.New reports what is wrong with the options.
	if s, err := wapay.NewSettings(opts...); err == nil && s.BaseURL != nil {
		if last := path.Base(strings.TrimRight(s.BaseURL.Path, "/")); last == transferPath || last == checkoutPath {
			var bad check.Fields
			bad.Add("WithBaseURL", "ends in /%s: leave it out, each product adds /v1 or /v2", last)
			return nil, bad.Err(provider, "New", "")
		}
		opts = append(slices.Clip(opts), wapay.WithBaseURL(s.BaseURL.JoinPath(version).String()))
	}
	return call.New(provider, host+"/"+version, judge, []wapay.Secret{c.APIKey, c.Password}, opts)
}

// in returns what the client is made of: nothing for a client that New did not
// make, whose calls report it.
func (c *Client) in() *client {
	if c == nil || c.hidden == nil {
		return &client{}
	}
	return c.hidden()
}

// String returns the provider's name and the addresses that are called.
func (c *Client) String() string {
	in := c.in()
	return in.transfers.calls.String() + ", " + in.checkout.calls.String()
}

// Format prints what String returns, whatever the verb.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// MarshalText returns what String returns, for JSON and for logs.
func (c *Client) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Close closes idle connections. A client can be used after it.
func (c *Client) Close() {
	c.in().transfers.calls.Close()
	c.in().checkout.calls.Close()
}
