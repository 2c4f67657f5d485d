package cinetpay

import (
	"context"
	"net/url"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
)

// Balance is the balance of the merchant's transfer account. Amount and InUse
// are zero values if the provider does not show them.
type Balance struct {
	Amount    wapay.Money // amount
	InUse     wapay.Money // inUsing: reserved for transfers in progress
	Available wapay.Money // available
	Raw       wapay.Raw
}

type balanceAnswer struct {
	Code loose.String `json:"code"`
	Data loose.Object[struct {
		Amount    loose.String `json:"amount"`
		InUse     loose.String `json:"inUsing"`
		Available loose.String `json:"available"`
	}] `json:"data"`
}

// Check rejects an answer without a balance.
func (a *balanceAnswer) Check() error {
	return call.FailIf(a.Code != codeDone || a.Data.V.Available == "", "no balance")
}

// Balance returns the balance of the transfer account: GET
// transfer/check/balance/. Neither the answer nor the keys name the account's
// currency, so the caller must know it. That is why the client is no
// [wapay.BalanceReader].
//
// The older document has a "/" at the end of the path, and the later one has
// none. The client sends it.
func (c *Client) Balance(ctx context.Context, currency wapay.Currency) (*Balance, error) {
	ctx, p := call.Start(ctx, "Balance", nil), &c.in().transfers
	bad := p.missing()
	if !currency.Known() {
		bad.Add("Currency", "is %q, want that of the account", currency)
	}
	if err := p.calls.Check(ctx, call.Read, "", bad); err != nil {
		return nil, err
	}
	r := get("", "transfer/check/balance/", url.Values{})
	var answer balanceAnswer
	resp, err := p.withToken(ctx, r, &answer)
	if err != nil {
		return nil, err
	}
	d := &answer.Data.V
	b := &Balance{Raw: wapay.Raw(resp.Body)}
	b.Amount, _ = d.Amount.Money(currency)
	b.InUse, _ = d.InUse.Money(currency)
	if b.Available, err = d.Available.Money(currency); err != nil {
		return nil, p.calls.Undecodable(r, resp, err)
	}
	return b, nil
}
