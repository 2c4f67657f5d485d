package barkapay

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-querystring/query"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
	"github.com/wapay-go/wapay/internal/redact"
)

const (
	provider = "barkapay"
	baseURL  = "https://api.barkapay.com/api/client"
	// language is the one of every sample in S. It is that of the provider's messages, nothing else.
	language = "fr"
)

// Credentials are the keys of a merchant's apps. An API app charges customers and makes transfers, an SCI app
// creates payment links; each has a pair, and either pair will do.
//
// The IPN encryption key, by which notifications are verified, is another secret: see package ipn.
type Credentials struct {
	APIKey, APISecret wapay.Secret
	SCIKey, SCISecret wapay.Secret
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (c Credentials) Format(f fmt.State, _ rune) { redact.Format(f, c) }

// Client calls the BarkaPay API. It is safe for use by many goroutines.
type Client struct {
	calls *call.Client
	keys  *keys
}

// keys are the headers that each pair of keys is sent in, nil for a pair that there is not. They are two pointers
// away from the client: a verb that does not fit a pointer, as %s, has package fmt print what the first one
// points to.
type keys struct{ api, sci *http.Header }

func headers(key, secret wapay.Secret) *http.Header {
	if key == "" {
		return nil
	}
	return &http.Header{
		"X-Api-Key": {string(key)}, "X-Api-Secret": {string(secret)}, "Accept-Language": {language},
	}
}

var (
	_ wapay.Payer    = (*Client)(nil)
	_ wapay.Payouter = (*Client)(nil)
)

// New makes a client. It does no I/O. The base URL is https://api.barkapay.com/api/client unless
// [wapay.WithBaseURL] replaces it; there is no sandbox host (S), so it moves real money.
func New(c Credentials, opts ...wapay.Option) (*Client, error) {
	var bad check.Fields
	pair(&bad, "API", c.APIKey, c.APISecret)
	pair(&bad, "SCI", c.SCIKey, c.SCISecret)
	if c == (Credentials{}) {
		bad.Add("APIKey", "is required, with APISecret, unless there are an SCIKey and an SCISecret")
	}
	if err := bad.Err(provider, "New", ""); err != nil {
		return nil, err
	}
	secrets := []wapay.Secret{c.APIKey, c.APISecret, c.SCIKey, c.SCISecret}
	calls, err := call.New(provider, baseURL, judge, secrets, opts)
	if err != nil {
		return nil, err
	}
	return &Client{calls: calls, keys: &keys{
		api: headers(c.APIKey, c.APISecret), sci: headers(c.SCIKey, c.SCISecret),
	}}, nil
}

// pair checks that a key and its secret come together.
func pair(bad *check.Fields, app string, key, secret wapay.Secret) {
	if key == "" && secret == "" {
		return
	}
	bad.Credential(app+"Key", key)
	bad.Credential(app+"Secret", secret)
}

// app is one of the two kinds of app that a merchant has.
type app int

const (
	apiApp app = iota
	sciApp
	anyApp // the API app, or without one the SCI app
)

// authorize gives r the pair's headers, or says that there is no such pair.
func (c *Client) authorize(r *call.Request, a app) error {
	header, name := c.keys.api, "API"
	if a == sciApp || a == anyApp && header == nil {
		header, name = c.keys.sci, "SCI"
	}
	if header == nil {
		var bad check.Fields
		bad.Add("Credentials."+name+"Key", "is required for this call")
		return bad.Err(provider, r.Op, r.Reference)
	}
	r.Header = *header
	return nil
}

// get is a GET request with an optional struct of query parameters.
func get(op, path string, params any) (*call.Request, error) {
	r := &call.Request{Op: op, Effect: call.Read, Method: http.MethodGet, Path: path}
	if params != nil {
		values, err := query.Values(params)
		if err != nil {
			return nil, err
		}
		r.Query = values.Encode()
	}
	return r, nil
}

// post is a POST request with a form made of a struct.
func post(op, reference, path string, effect call.Effect, form any) (*call.Request, error) {
	values, err := query.Values(form)
	if err != nil {
		return nil, err
	}
	return &call.Request{
		Op: op, Reference: reference, Effect: effect, Method: http.MethodPost, Path: path,
		Body: []byte(values.Encode()), ContentType: "application/x-www-form-urlencoded",
	}, nil
}

// element escapes one element of a path.
func element(s string) string { return url.PathEscape(s) }

// judge reads an error answer: {"status","message"}, {"status","error"} or {"error"} (S), with Laravel's
// "errors" by field where there are some.
func judge(e *wapay.Error, a call.Answer) call.Ruling {
	if a.Status < 300 {
		return call.Success // what a success lacks is found when it is decoded
	}
	var v struct {
		Error   loose.String    `json:"error"`
		Message loose.String    `json:"message"`
		Errors  json.RawMessage `json:"errors"`
		Data    json.RawMessage `json:"data"`
	}
	if json.Unmarshal(a.Body, &v) != nil {
		return call.NotTheirs
	}
	if showsOrder(v.Data) {
		return call.MaybeDone
	}
	if v.Error == "" && v.Message == "" {
		return call.NotTheirs
	}
	e.Message = string(v.Message)
	if e.Message == "" {
		e.Message = string(v.Error)
	}
	e.Details = loose.FieldErrors(v.Errors)
	if e.HTTPStatus == http.StatusNotFound && !saysNone(e.Message) {
		return call.NotTheirs // nobody's: gateways and Laravel's router have the same two members in theirs
	}
	if e.Kind != wapay.ErrInvalid {
		return call.Refusal(e.Kind, a.Earlier)
	}
	e.Kind = sharper(e.Message)
	for i := 0; i < len(e.Details) && e.Kind == wapay.ErrInvalid; i++ {
		e.Kind = sharper(e.Details[i].Field + " " + e.Details[i].Message)
	}
	return call.Refusal(e.Kind, a.Earlier)
}

// showsOrder reports whether the data of an answer is an order that was made.
func showsOrder(data json.RawMessage) bool {
	var order struct {
		PublicID loose.String `json:"public_id"`
	}
	return json.Unmarshal(data, &order) == nil && order.PublicID != ""
}

// saysNone looks for the words with which the provider says that there is no such order: "No transfer found with this
// identifier" (S). Of a payment, and in French, no sample has them.
func saysNone(message string) bool {
	message = strings.ToLower(message)
	return strings.HasPrefix(message, "no transfer found") || strings.HasPrefix(message, "no payment found")
}

// sharper tells from the message what a 400 or 422 is about. The provider has no error codes, and documents
// neither of these two answers: the words are those of Laravel's rule "unique" and of common sense, in
// English and French. An order is rejected whichever kind it is.
func sharper(message string) error {
	message = strings.ToLower(message)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(message, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("order", "commande") && has("already", "taken", " exists", "unique", "déjà"):
		return wapay.ErrDuplicate
	case has("insufficient", "insuffisant", "not enough"):
		return wapay.ErrInsufficientFunds
	}
	return wapay.ErrInvalid
}
