package mpp

import (
	"context"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/flight"
	"github.com/wapay-go/wapay/internal/redact"
	"github.com/wapay-go/wapay/internal/token"
)

const (
	provider = "mpp"
	baseURL  = "https://gateway.mpp.bnbcash.app"
)

// Credentials are a merchant's keys and business.
type Credentials struct {
	SecretID, SecretKey wapay.Secret
	// BusinessID is the business's id, a UUID, which [Client.Business] returns.
	// Calls that move money or list channels require it. [Client.Business] and
	// lookups do not.
	BusinessID string
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (c Credentials) Format(f fmt.State, _ rune) { redact.Format(f, c) }

// Client calls the MPP API. It is safe for use by many goroutines. It prints as
// its provider and address.
type Client struct{ hidden }

type hidden = redact.Hidden[client]

type client struct {
	calls    *call.Client
	tokens   *token.Cache
	channels *flight.Cache[channelList]
	business string
}

var (
	_ wapay.Payer    = (*Client)(nil)
	_ wapay.Payouter = (*Client)(nil)
)

// New makes a client. It does no I/O. The base URL is
// https://gateway.mpp.bnbcash.app unless [wapay.WithBaseURL] replaces it. The
// provider has a sandbox, but does not document its address.
func New(c Credentials, opts ...wapay.Option) (*Client, error) {
	var bad check.Fields
	bad.Reference("SecretID", string(c.SecretID), 1024, "") // the error does not show it
	bad.Reference("SecretKey", string(c.SecretKey), 1024, "")
	if c.BusinessID != "" {
		bad.ID("BusinessID", c.BusinessID)
	}
	calls, err := call.New(provider, baseURL, judge, bad, []wapay.Secret{c.SecretID, c.SecretKey}, opts)
	if err != nil {
		return nil, err
	}
	in := &client{calls: calls, tokens: token.New(login(calls, c), calls.Clock), business: c.BusinessID}
	in.channels = flight.New("fetch of the channels", in.fetchChannels, calls.Clock)
	return &Client{redact.Hide(calls.String(), in)}, nil
}

// in returns the hidden part. In a client that New did not make it is empty,
// and each method reports that.
func (c *Client) in() *client {
	if c == nil {
		return new(client)
	}
	return redact.Open(&c.hidden)
}

// Close closes the idle connections, unless the transport is the caller's. The
// client can still be used.
func (c *Client) Close() { c.in().calls.Close() }

func (c *client) do(ctx context.Context, r *call.Request, out any) (*call.Response, error) {
	return c.tokens.Do(ctx, c.calls, scheme, r, out)
}

// needBusiness adds a bad field if there is no BusinessID.
func (c *client) needBusiness(bad *check.Fields) {
	if c.business == "" {
		bad.Add("Credentials.BusinessID", "is required for this call; Business returns it")
	}
}
