package mpp

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
)

// AccountHolder is who a wallet belongs to.
type AccountHolder struct {
	FirstName string // first_name
	LastName  string // last_name
	BirthDate string // birth_date, as in 1976-08-13
	Gender    string // gender: MALE …
	Raw       json.RawMessage
}

type accountBody struct {
	Code   string `json:"code"`
	MSISDN string `json:"msisdn"`
}

type accountAnswer struct {
	Data *struct {
		FirstName loose.String `json:"first_name"`
		LastName  loose.String `json:"last_name"`
		BirthDate loose.String `json:"birth_date"`
		Gender    loose.String `json:"gender"`
	} `json:"data"`
}

// Check makes an answer without an account undecodable.
func (a *accountAnswer) Check() error {
	if a.Data == nil {
		return errors.New("no data")
	}
	return nil
}

// ValidateAccount tells who a wallet of a channel belongs to: GET api/v1/channel/account/validate, with a body in JSON
// all the same. The channel is its code, which the sample writes in lower case here ("om"). The number is sent in
// E.164, as the sample has it.
func (c *Client) ValidateAccount(ctx context.Context, channel string, phone wapay.Phone) (*AccountHolder, error) {
	const op = "ValidateAccount"
	var bad check.Fields
	bad.Word("Channel", channel)
	if phone.IsZero() {
		bad.Add("Phone", "is required")
	}
	if err := bad.Err(provider, op, ""); err != nil {
		return nil, err
	}
	r := get(op, "", "api/v1/channel/account/validate", nil)
	r.ContentType = "application/json"
	r.Body, _ = json.Marshal(accountBody{channel, phone.E164()}) // two strings always have a JSON form
	var answer accountAnswer
	resp, err := c.do(ctx, r, &answer)
	if err != nil {
		return nil, err
	}
	a := answer.Data
	return &AccountHolder{
		FirstName: string(a.FirstName), LastName: string(a.LastName), BirthDate: string(a.BirthDate),
		Gender: string(a.Gender), Raw: resp.Body,
	}, nil
}
