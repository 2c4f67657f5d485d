package intram

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
)

// Balance is the merchant's wallet. Two forms of it are documented, and the
// later one has only the currency and the methods. An amount is the zero value
// if it is missing, if the currency is null, or if the number is more precise
// than the currency. Raw has the text.
type Balance struct {
	Currency   wapay.Currency // currency, or currency.code; empty if null
	Available  wapay.Money    // available, earlier form
	Pending    wapay.Money    // pending, earlier form
	Methods    []MethodBalance
	MerchantID string    // merchant_id, earlier form
	Env        string    // env, earlier form
	AsOf       time.Time // as_of, earlier form
	Message    string    // message, such as "No wallet provisioned"
	Raw        wapay.Raw
}

// MethodBalance is the part of the wallet that belongs to one payment method.
type MethodBalance struct {
	Method    string // payment_method
	ID        string // payment_method_id, earlier form
	Available wapay.Money
	Pending   wapay.Money
}

// readBalance reads a balance. It rejects an answer without balances, which is
// no empty wallet.
func readBalance(data json.RawMessage) (Balance, error) {
	var w struct {
		Currency   currency     `json:"currency"`
		Available  loose.String `json:"available"`
		Pending    loose.String `json:"pending"`
		MerchantID loose.String `json:"merchant_id"`
		Env        loose.String `json:"env"`
		AsOf       loose.Time   `json:"as_of"`
		Message    loose.String `json:"message"`
		Methods    *loose.List[struct {
			Method    method       `json:"payment_method"`
			ID        loose.String `json:"payment_method_id"`
			Available loose.String `json:"available"`
			Pending   loose.String `json:"pending"`
		}] `json:"payment_method_balances"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return Balance{}, err
	}
	if w.Methods == nil && w.Available == "" {
		return Balance{}, errors.New("no balance")
	}
	b := Balance{
		Currency: wapay.Currency(w.Currency), Available: w.Currency.money(w.Available),
		Pending:    w.Currency.money(w.Pending),
		MerchantID: string(w.MerchantID), Env: string(w.Env), AsOf: w.AsOf.Time, Message: string(w.Message),
	}
	if w.Methods != nil {
		for _, m := range *w.Methods {
			b.Methods = append(b.Methods, MethodBalance{
				m.Method.code, string(m.ID), w.Currency.money(m.Available), w.Currency.money(m.Pending),
			})
		}
	}
	return b, nil
}

// Balance returns the balance of the wallet: GET balance.
func (c *Client) Balance(ctx context.Context) (*Balance, error) {
	ctx = call.Start(ctx, "Balance", nil)
	if err := c.in().calls.Check(ctx, call.Read, "", nil); err != nil {
		return nil, err
	}
	a := answer[Balance]{read: readBalance}
	resp, err := c.get(ctx, "balance", nil, &a)
	if err != nil {
		return nil, err
	}
	a.value.Raw = resp.Body
	return &a.value, nil
}
