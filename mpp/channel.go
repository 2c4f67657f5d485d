package mpp

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"

	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
)

// Channel is a way to move money that the business has subscribed to.
type Channel struct {
	ID          int64
	Status      string // status: "active" …
	Code        string // code: "OM", "AFM", "CDT"; what a transaction calls Channel, and an order of wapay's Operator
	Description string // description: "Orange Money"
	// Fields are the channel's own, with the rules for each: "required", "nullable", "string", "numeric", "email",
	// "phone_number", "min:x", "max:x", "mimes:x,y". A "min" or "max" is of the value of a number, which is a field
	// with the rule "numeric", and of the length of any other.
	Fields     map[string][]string
	Active     bool   // active; where that is not there, status is "active"
	Callback   string // callback: where notifications go
	Categories []ChannelCategory
	Raw        json.RawMessage
}

// ChannelCategory is something that a channel can be used for.
type ChannelCategory struct {
	ID       int64
	Category Category // transaction_category
	FeePayer FeePayer // fee_payer
}

// FeePayer is who pays the fees.
type FeePayer string

// The payers of fees (S).
const (
	FeeMerchant FeePayer = "merchant"
	FeeEndUser  FeePayer = "end_user" // who is debited the amount and the fees
)

type wireChannel struct {
	ID          loose.Int                      `json:"id"`
	Status      loose.String                   `json:"status"`
	Code        loose.String                   `json:"code"`
	Description loose.String                   `json:"description"`
	Fields      loose.Object[map[string]rules] `json:"fields"`
	Active      *loose.Bool                    `json:"active"`
	Callback    loose.String                   `json:"callback"`
	Categories  loose.List[struct {
		ID       loose.Int    `json:"id"`
		Category loose.String `json:"transaction_category"`
		FeePayer loose.String `json:"fee_payer"`
	}] `json:"categories"`
}

// rules is ["required","string"], or Laravel's other way to write it, "required|string".
type rules []string

// UnmarshalJSON implements json.Unmarshaler.
func (r *rules) UnmarshalJSON(data []byte) error {
	*r = nil
	if data[0] != '[' {
		var s loose.String
		if err := s.UnmarshalJSON(data); err != nil {
			return err
		}
		if s != "" {
			*r = strings.Split(string(s), "|")
		}
		return nil
	}
	var list []loose.String
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	for _, rule := range list {
		*r = append(*r, string(rule))
	}
	return nil
}

func readChannel(raw json.RawMessage) (Channel, error) {
	var w wireChannel
	if err := json.Unmarshal(raw, &w); err != nil {
		return Channel{}, err
	}
	if w.Code == "" {
		return Channel{}, errors.New("a channel without code")
	}
	ch := Channel{
		ID: int64(w.ID), Status: string(w.Status), Code: string(w.Code), Description: string(w.Description),
		Fields: make(map[string][]string, len(w.Fields.V)), Callback: string(w.Callback), Raw: raw,
	}
	if w.Active != nil {
		ch.Active = bool(*w.Active)
	} else {
		ch.Active = w.Status == "" || strings.EqualFold(string(w.Status), "active")
	}
	for name, rules := range w.Fields.V {
		ch.Fields[name] = rules
	}
	for _, k := range w.Categories {
		ch.Categories = append(ch.Categories, ChannelCategory{int64(k.ID), Category(k.Category), FeePayer(k.FeePayer)})
	}
	return ch, nil
}

// Channels lists one page of the channels of the business: GET api/v1/business/{id}/channel.
func (c *Client) Channels(ctx context.Context, q PageRequest) (*Page[Channel], error) {
	return c.listChannels(ctx, "Channels", q)
}

// AllChannels lists the channels, fetching pages as they are needed. It ends with the first error.
func (c *Client) AllChannels(ctx context.Context) iter.Seq2[Channel, error] {
	return c.allChannels(ctx, "AllChannels")
}

func (c *Client) allChannels(ctx context.Context, op string) iter.Seq2[Channel, error] {
	return all(func(number int) (*Page[Channel], error) {
		return c.listChannels(ctx, op, PageRequest{number, maxPageSize})
	}, func() error { return repeats(op, "") })
}

func (c *Client) listChannels(ctx context.Context, op string, q PageRequest) (*Page[Channel], error) {
	var bad check.Fields
	c.needBusiness(&bad)
	if err := bad.Err(provider, op, ""); err != nil {
		return nil, err
	}
	return list(ctx, c, op, "", "api/v1/business/"+element(c.business)+"/channel", q, readChannel)
}

// maxChannels is more than a business can have subscribed to.
const maxChannels = 1000

// subscribed gets all channels, for the cache.
func (c *Client) subscribed(ctx context.Context) ([]Channel, error) {
	const op = "Channels"
	var channels []Channel
	for ch, err := range c.allChannels(ctx, op) {
		if err != nil {
			return nil, err
		}
		if len(channels) == maxChannels {
			return nil, c.calls.NotSent(ctx, &call.Request{Op: op}, nil, errors.New("too many channels"))
		}
		channels = append(channels, ch)
	}
	return channels, nil
}
