package cinetpay

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
)

// Balance is what is in the merchant's transfer account.
type Balance struct {
	Amount    wapay.Money // amount
	InUse     wapay.Money // inUsing: held for transfers that are not done
	Available wapay.Money // available
	Raw       json.RawMessage
}

type balanceAnswer struct {
	Code loose.String `json:"code"`
	Data loose.Object[struct {
		Amount    loose.String `json:"amount"`
		InUse     loose.String `json:"inUsing"`
		Available loose.String `json:"available"`
	}] `json:"data"`
}

// Check makes an answer without a balance undecodable.
func (a *balanceAnswer) Check() error {
	if a.Code != codeDone || a.Data.V.Available == "" {
		return errors.New("no balance")
	}
	return nil
}

// Balance tells what is in the transfer account: GET transfer/check/balance/. The answer does not name a currency, so
// the caller has to know which one the account is in.
//
// S has a "/" at the end of the path, and V has none; it is sent as in S.
func (c *Client) Balance(ctx context.Context, currency wapay.Currency) (*Balance, error) {
	const op = "Balance"
	var bad check.Fields
	if !currency.Known() {
		bad.Add("Currency", "is %q, want that of the account", currency)
	}
	if err := bad.Err(provider, op, ""); err != nil {
		return nil, err
	}
	r, err := get(op, "", "transfer/check/balance/", languageParam{language})
	if err != nil {
		return nil, err
	}
	var answer balanceAnswer
	resp, err := c.transfer(ctx, r, &answer)
	if err != nil {
		return nil, err
	}
	b := &Balance{Raw: resp.Body}
	for _, f := range []struct {
		to   *wapay.Money
		from loose.String
	}{{&b.Amount, answer.Data.V.Amount}, {&b.InUse, answer.Data.V.InUse}, {&b.Available, answer.Data.V.Available}} {
		if *f.to, err = cmp.Or(f.from, "0").Money(currency); err != nil {
			return nil, c.transfers.calls.Undecodable(r, resp, err)
		}
	}
	return b, nil
}
