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
	Code        string // code: "OM", "AFM", "CDT"; the Channel of a transaction, the Operator of wapay's requests
	Description string // description: "Orange Money"
	// Fields holds the rules of the channel's fields: "required", "nullable",
	// "string", "numeric", "email", "phone_number", "min:x", "max:x" and
	// "mimes:x,y". With "numeric", "min" and "max" limit the value, otherwise
	// the length.
	Fields     map[string][]string
	Active     bool   // active; if that is missing, the status is "active" or empty
	Callback   string // callback: the address for notifications
	Categories []ChannelCategory
	Raw        wapay.Raw
}

// ChannelCategory is a use of a channel.
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
	FeeEndUser  FeePayer = "end_user" // the customer pays the amount and the fees
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

// rules reads ["required","string"], and Laravel's other form,
// "required|string".
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

// AllChannels lists the channels, and fetches pages of 100 on demand. After a
// page with unreadable rows it yields a [wapay.ErrDecode], and goes on. Any
// other error ends the list.
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
	// maxChannels is more than the channels of any business.
	maxChannels = 1000
	// channelsLife is the life of the cached channels. Pay and Payout may not
	// know a new channel for so long.
	channelsLife = 5 * time.Minute
)

// channelList is the content of the cache.
type channelList struct {
	channels   []Channel
	unreadable int
}

// fetchChannels returns all channels, for the cache.
func (c *client) fetchChannels(ctx context.Context) (list channelList, use time.Duration, err error) {
	ctx = call.Start(ctx, "Channels", nil)
	for number := 1; number <= maxChannels && len(list.channels) < maxChannels; number++ {
		page, err := c.channelPage(ctx, PageRequest{number, maxPageSize})
		if err != nil {
			return list, 0, err
		}
		list.channels = append(list.channels, page.Items...)
		list.unreadable += page.Unreadable
		if !page.More {
			return list, channelsLife, nil
		}
	}
	return list, 0, fmt.Errorf("more than %d channels", maxChannels)
}

// find returns the channel with the code, or adds a bad field. It prefers the
// exact code to one in another letter case.
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
