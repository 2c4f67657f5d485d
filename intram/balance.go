package intram

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/loose"
)

// Balance is the merchant's wallet. The provider documents two shapes of it (V): the later one has only the
// currency and the methods. An amount is the zero value where the answer does not have it, where the currency is
// null, or where the number is more precise than the currency: Raw has it.
type Balance struct {
	Currency   wapay.Currency // currency, or currency.code; empty where it is null
	Available  wapay.Money    // available, earlier shape
	Pending    wapay.Money    // pending, earlier shape
	Methods    []MethodBalance
	MerchantID string    // merchant_id, earlier shape
	Env        string    // env, earlier shape
	AsOf       time.Time // as_of, earlier shape
	Raw        json.RawMessage
}

// MethodBalance is the part of the wallet that belongs to one payment method.
type MethodBalance struct {
	Method    string // payment_method
	ID        string // payment_method_id, earlier shape
	Available wapay.Money
	Pending   wapay.Money
}

type wireBalance struct {
	Currency   currency     `json:"currency"`
	Available  loose.String `json:"available"`
	Pending    loose.String `json:"pending"`
	MerchantID loose.String `json:"merchant_id"`
	Env        loose.String `json:"env"`
	AsOf       loose.Time   `json:"as_of"`
	Methods    *loose.List[struct {
		Method    method       `json:"payment_method"`
		ID        loose.String `json:"payment_method_id"`
		Available loose.String `json:"available"`
		Pending   loose.String `json:"pending"`
	}] `json:"payment_method_balances"`
}

// Check tells an answer without balances from an empty wallet.
func (w *wireBalance) Check() error {
	if w.Methods == nil && w.Available == "" {
		return errors.New("no balance")
	}
	return nil
}

// Balance tells what is in the wallet: GET balance.
func (c *Client) Balance(ctx context.Context) (*Balance, error) {
	var a answer[wireBalance]
	resp, err := c.get(ctx, "Balance", "balance", nil, &a)
	if err != nil {
		return nil, err
	}
	w := &a.Data
	b := &Balance{
		Currency: wapay.Currency(w.Currency), Available: w.Currency.money(w.Available), Pending: w.Currency.money(w.Pending),
		MerchantID: string(w.MerchantID), Env: string(w.Env), AsOf: w.AsOf.Time, Raw: resp.Body,
	}
	if w.Methods == nil {
		return b, nil
	}
	for _, m := range *w.Methods {
		b.Methods = append(b.Methods, MethodBalance{
			string(m.Method), string(m.ID), w.Currency.money(m.Available), w.Currency.money(m.Pending),
		})
	}
	return b, nil
}
