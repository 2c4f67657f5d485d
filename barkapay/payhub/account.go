package payhub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
)

// Ping tests the keys: GET ping.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.raw(call.Start(ctx, "Ping", nil), "ping")
	return err
}

// Me returns data of the merchant and the API application: GET me. Its members
// are not documented.
func (c *Client) Me(ctx context.Context) (wapay.Raw, error) {
	return c.raw(call.Start(ctx, "Me", nil), "me")
}

// OperatorsAvailability returns which operators take payments and transfers
// now: GET operators/availability. The members of data are not documented.
func (c *Client) OperatorsAvailability(ctx context.Context) (wapay.Raw, error) {
	return c.raw(call.Start(ctx, "OperatorsAvailability", nil), "operators", "availability")
}

// OperatorsInfo returns the country's operators, with limits of amounts,
// instructions, and whether a one-time code is required: GET operators/info.
// The members of data are not documented.
func (c *Client) OperatorsInfo(ctx context.Context) (wapay.Raw, error) {
	return c.raw(call.Start(ctx, "OperatorsInfo", nil), "operators", "info")
}

// raw returns the data of an answer, unchanged.
func (c *Client) raw(ctx context.Context, elements ...string) (wapay.Raw, error) {
	var answer anyData
	if _, err := c.send(ctx, get(elements...), nil, &answer); err != nil {
		return nil, err
	}
	return wapay.Raw(answer.Data), nil
}

// anyData is an answer whose data is not documented.
type anyData struct {
	Status loose.String    `json:"status"`
	Data   json.RawMessage `json:"data"`
}

// Check rejects an answer without data.
func (a *anyData) Check() error {
	if a.Status != "success" || len(a.Data) == 0 {
		return errors.New("no data")
	}
	return nil
}

// Balance is the merchant's balance in a country. In crypto it has only Assets.
type Balance struct {
	Country  string // country, "BF", "CC"
	Currency string // currency
	// An amount is zero if Money cannot hold it exactly, such as 84210.50 XOF.
	Available, Total, Holds             wapay.Money // available, total, holds
	AvailableText, TotalText, HoldsText string      // unchanged
	Assets                              []Asset     // balances
	Raw                                 wapay.Raw
}

// Asset is a balance in crypto.
type Asset struct {
	Asset     string // asset, "USDT"
	Network   string // network, "TRC20"
	Available string // available, unchanged
	Raw       wapay.Raw
}

type balanceAnswer struct {
	Data struct {
		Country   loose.String      `json:"country"`
		Currency  loose.String      `json:"currency"`
		Available loose.String      `json:"available"`
		Total     loose.String      `json:"total"`
		Holds     loose.String      `json:"holds"`
		Balances  []json.RawMessage `json:"balances"`
	} `json:"data"`
}

// Check rejects an answer without a balance.
func (a *balanceAnswer) Check() error {
	if a.Data.Available == "" && a.Data.Balances == nil {
		return errors.New("no balance")
	}
	return nil
}

// Balance returns the merchant's balance in the client's country: GET balance.
func (c *Client) Balance(ctx context.Context) (*Balance, error) {
	ctx = call.Start(ctx, "Balance", nil)
	var answer balanceAnswer
	resp, err := c.send(ctx, get("balance"), nil, &answer)
	if err != nil {
		return nil, err
	}
	d := &answer.Data
	b := &Balance{
		Country: string(d.Country), Currency: string(d.Currency),
		Available: exact(d.Available, d.Currency), AvailableText: string(d.Available),
		Total: exact(d.Total, d.Currency), TotalText: string(d.Total),
		Holds: exact(d.Holds, d.Currency), HoldsText: string(d.Holds), Raw: resp.Body,
	}
	for _, raw := range d.Balances {
		var w struct {
			Asset     loose.String `json:"asset"`
			Network   loose.String `json:"network"`
			Available loose.String `json:"available"`
		}
		_ = json.Unmarshal(raw, &w) // Raw has what cannot be read
		b.Assets = append(b.Assets, Asset{string(w.Asset), string(w.Network), string(w.Available), bytes.Clone(raw)})
	}
	return b, nil
}

// Balances returns the whole francs of [Client.Balance], which can be paid out
// in the client's country. It returns none for crypto.
func (c *Client) Balances(ctx context.Context) ([]wapay.Balance, error) {
	ctx = call.Start(ctx, "Balances", nil)
	b, err := c.Balance(ctx)
	if err != nil || c.in().country == crypto {
		return nil, err
	}
	whole, _, _ := strings.Cut(b.AvailableText, ".")
	available, err := wapay.ParseMoney(whole, wapay.XOF)
	if err != nil || b.Currency != string(wapay.XOF) {
		return nil, c.in().calls.ReadError(ctx, "", wapay.ErrDecode, "the balance is in no francs")
	}
	return []wapay.Balance{{Account: b.Country, Available: available}}, nil
}
