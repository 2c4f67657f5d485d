package mpp

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
)

// Amount is an amount as the provider shows it.
type Amount struct {
	// Money is zero if there is no amount, or if it is more precise than its
	// currency. A documented sample has a balance of 76738.84 GNF, but the
	// franc has no cents.
	Money wapay.Money
	// Number is the unchanged amount, in whole units with decimals, or "".
	Number json.Number
}

func amountOf(s loose.String, c wireCurrency) Amount {
	var n json.Number
	if json.Unmarshal([]byte(s), &n) != nil || n == "" || s[0] == '"' {
		return Amount{} // no number
	}
	m, _ := s.Money(c.code())
	return Amount{m, n}
}

// wireCurrency reads {"id":4,"iso3":"SLE"}, or "SLE".
type wireCurrency struct {
	ID   loose.Int    `json:"id"`
	ISO3 loose.String `json:"iso3"`
}

func (c *wireCurrency) UnmarshalJSON(data []byte) error {
	type object wireCurrency
	return scalarOr(data, &c.ISO3, (*object)(c))
}

func (c wireCurrency) code() wapay.Currency { return wapay.Currency(strings.ToUpper(string(c.ISO3))) }

// wireCountry reads {"id":4,"iso2":"SL"}, or "SL".
type wireCountry struct {
	ID   loose.Int    `json:"id"`
	ISO2 loose.String `json:"iso2"`
}

func (c *wireCountry) UnmarshalJSON(data []byte) error {
	type object wireCountry
	return scalarOr(data, &c.ISO2, (*object)(c))
}

// scalarOr reads a scalar or an object. null and [] are neither.
func scalarOr(data []byte, scalar *loose.String, object any) error {
	if data[0] == '{' {
		return json.Unmarshal(data, object)
	}
	return scalar.UnmarshalJSON(data)
}

// Business is the merchant's account.
type Business struct {
	ID                   string // id, a UUID: the BusinessID of Credentials
	Name                 string // name
	Phone                string // phone, E.164
	PhoneVerified        bool   // is_phone_verified, 0 or 1
	Address              string // address
	Code                 string // code, six digits
	CanAcceptCashDeposit bool   // can_accept_cash_deposit
	Commission           Amount // commission
	Verified             bool   // verified: the business's documents are valid
	CurrencyID           int64  // currency.id
	Currency             wapay.Currency
	CountryID            int64  // country.id
	Country              string // country.iso2
	LimitOverdraft       Amount // limit_overdraft
	Overdraft            bool   // overdraft: an overdraft is allowed
	User                 User   // user_info
	Raw                  wapay.Raw
}

// User is the owner of the keys.
type User struct {
	Email, Phone, Name string
	PhoneVerified      bool // is_phone_verified
	IsAPI              bool // is_api
	Has2FA             bool // has_2fa
	Owner              bool // owner of the business
	Roles              []string
}

type wireBusiness struct {
	ID                   loose.String           `json:"id"`
	Name                 loose.String           `json:"name"`
	Phone                loose.String           `json:"phone"`
	PhoneVerified        loose.Bool             `json:"is_phone_verified"`
	Address              loose.String           `json:"address"`
	Code                 loose.String           `json:"code"`
	CanAcceptCashDeposit loose.Bool             `json:"can_accept_cash_deposit"`
	Commission           loose.String           `json:"commission"`
	Verified             loose.Bool             `json:"verified"`
	Currency             wireCurrency           `json:"currency"`
	Country              wireCountry            `json:"country"`
	LimitOverdraft       loose.String           `json:"limit_overdraft"`
	Overdraft            loose.Bool             `json:"overdraft"`
	User                 loose.Object[wireUser] `json:"user_info"`
}

type wireUser struct {
	Email         loose.String             `json:"email"`
	Phone         loose.String             `json:"phone"`
	PhoneVerified loose.Bool               `json:"is_phone_verified"`
	Name          loose.String             `json:"name"`
	IsAPI         loose.Bool               `json:"is_api"`
	Has2FA        loose.Bool               `json:"has_2fa"`
	Owner         loose.Bool               `json:"owner"`
	Roles         loose.List[loose.String] `json:"roles"`
}

type businessAnswer struct {
	Data wireBusiness `json:"data"`
}

// Check rejects an answer without a business.
func (a *businessAnswer) Check() error { return call.FailIf(a.Data.ID == "", "a business without id") }

// Business returns the merchant's account: GET api/v1/business.
func (c *Client) Business(ctx context.Context) (*Business, error) {
	ctx, in := call.Start(ctx, "Business", nil), c.in()
	var answer businessAnswer
	resp, err := in.do(ctx, call.Get("", "api/v1/business", ""), &answer)
	if err != nil {
		return nil, err
	}
	w, u := &answer.Data, &answer.Data.User.V
	b := &Business{
		ID: string(w.ID), Name: string(w.Name), Phone: string(w.Phone), PhoneVerified: bool(w.PhoneVerified),
		Address: string(w.Address), Code: string(w.Code), CanAcceptCashDeposit: bool(w.CanAcceptCashDeposit),
		Commission: amountOf(w.Commission, w.Currency), Verified: bool(w.Verified),
		CurrencyID: int64(w.Currency.ID), Currency: w.Currency.code(), CountryID: int64(w.Country.ID),
		Country: string(w.Country.ISO2), LimitOverdraft: amountOf(w.LimitOverdraft, w.Currency),
		Overdraft: bool(w.Overdraft), Raw: resp.Body,
		User: User{
			Email: string(u.Email), Phone: string(u.Phone), Name: string(u.Name), PhoneVerified: bool(u.PhoneVerified),
			IsAPI: bool(u.IsAPI), Has2FA: bool(u.Has2FA), Owner: bool(u.Owner),
		},
	}
	for _, role := range u.Roles {
		b.User.Roles = append(b.User.Roles, string(role))
	}
	return b, nil
}

// Balance is the money in the merchant's account.
type Balance struct {
	Balance    Amount // balance, available
	Commission Amount // commission, earned
	Currency   wapay.Currency
	Raw        wapay.Raw
}

type balanceAnswer struct {
	Data struct {
		Balance    loose.String `json:"balance"`
		Commission loose.String `json:"commission"`
		Currency   wireCurrency `json:"currency"`
		Currencry  wireCurrency `json:"currencry"` // the documented spelling
	} `json:"data"`
}

// Check rejects an answer without a balance.
func (a *balanceAnswer) Check() error {
	return call.FailIf(amountOf(a.Data.Balance, wireCurrency{}).Number == "", "no balance that is a number")
}

// Balance returns the money in the account of the business: GET
// api/v1/business/{id}/balance.
func (c *Client) Balance(ctx context.Context) (*Balance, error) {
	ctx, in := call.Start(ctx, "Balance", nil), c.in()
	var bad check.Fields
	in.needBusiness(&bad)
	if err := in.calls.Check(ctx, call.Read, "", bad); err != nil {
		return nil, err
	}
	var answer balanceAnswer
	resp, err := in.do(ctx, call.Get("", call.Path("api", "v1", "business", in.business, "balance"), ""), &answer)
	if err != nil {
		return nil, err
	}
	currency := answer.Data.Currency
	if currency.ISO3 == "" {
		currency = answer.Data.Currencry
	}
	return &Balance{
		Balance: amountOf(answer.Data.Balance, currency), Commission: amountOf(answer.Data.Commission, currency),
		Currency: currency.code(), Raw: resp.Body,
	}, nil
}
