package mpp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
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
	// Fields are the channel's own, with the rules for each: "required",
	// "nullable", "string", "numeric", "email", "phone_number", "min:x", "max:x",
	// "mimes:x,y". Of a field with the rule "numeric", a "min" or "max" bounds the
	// value, of any other the length.
	Fields     map[string][]string
	Active     bool   // active, or without that, whether status is "active"
	Callback   string // callback: where notifications go
	Categories []ChannelCategory
	Raw        wapay.Raw
}

// ChannelCategory is something that a channel can be used for.
type ChannelCategory struct {
	ID       int64
	Category Category // transaction_category
	FeePayer FeePayer // fee_payer
}

// FeePayer names the payer of the fees.
type FeePayer string

// The documented payers of fees.
const (
	FeeMerchant FeePayer = "merchant"
	FeeEndUser  FeePayer = "end_user" // the customer is debited the amount and the fees
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

// rules reads ["required","string"], and "required|string", which Laravel takes
// too.
type rules []string

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
		Fields: make(map[string][]string, len(w.Fields.V)), Callback: string(w.Callback), Raw: wapay.Raw(raw),
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

// Channels returns one page of the channels of the business: GET
// api/v1/business/{id}/channel.
func (c *Client) Channels(ctx context.Context, q PageRequest) (*Page[Channel], error) {
	return c.in().channelPage(call.Start(ctx, "Channels", nil), q)
}

// AllChannels lists the channels, and fetches pages of 100 as they are needed.
// After the rows of a page it yields a [wapay.ErrDecode] if others could not be
// read, and goes on. Any other error ends it.
func (c *Client) AllChannels(ctx context.Context) iter.Seq2[Channel, error] {
	ctx, in := call.Start(ctx, "AllChannels", nil), c.in()
	return all(ctx, in, func(number int) (*Page[Channel], error) {
		return in.channelPage(ctx, PageRequest{number, maxPageSize})
	})
}

func (c *client) channelPage(ctx context.Context, q PageRequest) (*Page[Channel], error) {
	var bad check.Fields
	c.needBusiness(&bad)
	return list(ctx, c, bad, "", call.Path("api", "v1", "business", c.business, "channel"), q, readChannel)
}

const (
	// maxChannels is more than a business can have subscribed to.
	maxChannels = 1000
	// channelsLast is how long channels are kept, and with it how long Pay and
	// Payout may not know a new one.
	channelsLast = 5 * time.Minute
)

// channelList is what the cache holds.
type channelList struct {
	channels   []Channel
	unreadable int
}

// subscribed returns all channels, for the cache.
func (c *client) subscribed(ctx context.Context) (list channelList, use time.Duration, err error) {
	ctx = call.Start(ctx, "Channels", nil)
	for number := 1; number <= maxChannels && len(list.channels) < maxChannels; number++ {
		page, err := c.channelPage(ctx, PageRequest{number, maxPageSize})
		if err != nil {
			return list, 0, err
		}
		list.channels = append(list.channels, page.Items...)
		list.unreadable += page.Unreadable
		if !page.More {
			return list, channelsLast, nil
		}
	}
	return list, 0, fmt.Errorf("more than %d channels", maxChannels)
}

// find returns the channel with the code, in any letter case, or adds a bad
// field. The exact code comes first.
func (l *channelList) find(bad *check.Fields, code string) *Channel {
	codes := make([]string, len(l.channels))
	folded := -1
	for i := range l.channels {
		switch codes[i] = l.channels[i].Code; {
		case codes[i] == code:
			return &l.channels[i]
		case folded < 0 && strings.EqualFold(codes[i], code):
			folded = i
		}
	}
	switch {
	case folded >= 0:
		return &l.channels[folded]
	case l.unreadable > 0:
		bad.Add("Channel", "is %q, want one of %q, or it is one of %d that could not be read", code, codes,
			l.unreadable)
	default:
		bad.Add("Channel", "is %q, want one of %q", code, codes)
	}
	return nil
}
