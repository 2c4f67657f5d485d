package mpp

import (
	"context"
	"net/http"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
)

// AccountHolder is the owner of a wallet.
type AccountHolder struct {
	FirstName string // first_name
	LastName  string // last_name
	BirthDate string // birth_date, such as 1976-08-13
	Gender    string // gender: MALE …
	Raw       wapay.Raw
}

type accountBody struct {
	Code   string `json:"code"`
	MSISDN string `json:"msisdn"`
}

type accountAnswer struct {
	Data *accountData `json:"data"`
}

type accountData struct {
	FirstName loose.String `json:"first_name"`
	LastName  loose.String `json:"last_name"`
	BirthDate loose.String `json:"birth_date"`
	Gender    loose.String `json:"gender"`
}

// Check rejects an answer that says nothing of an account.
func (a *accountAnswer) Check() error {
	return call.FailIf(a.Data == nil || *a.Data == accountData{}, "no data")
}

// ValidateAccount returns the owner of a wallet: GET
// api/v1/channel/account/validate, with a body in JSON. channel is a channel's
// code. The documented sample has it in lower case ("om"), and the number in
// E.164. The client sends both in that form.
func (c *Client) ValidateAccount(ctx context.Context, channel string, phone wapay.Phone) (*AccountHolder, error) {
	ctx, in := call.Start(ctx, "ValidateAccount", nil), c.in()
	var bad check.Fields
	bad.Word("Channel", channel)
	if phone.IsZero() {
		bad.Add("Phone", "is required")
	}
	if err := in.calls.Check(ctx, call.Read, "", bad); err != nil {
		return nil, err
	}
	r := call.PostJSON("", "api/v1/channel/account/validate", call.Read, accountBody{channel, phone.E164()})
	r.Method = http.MethodGet
	var answer accountAnswer
	resp, err := in.do(ctx, r, &answer)
	if err != nil {
		return nil, err
	}
	a := answer.Data
	return &AccountHolder{
		FirstName: string(a.FirstName), LastName: string(a.LastName), BirthDate: string(a.BirthDate),
		Gender: string(a.Gender), Raw: resp.Body,
	}, nil
}
