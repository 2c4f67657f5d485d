package apiv1

import (
	"context"
	"errors"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
)

// Balance is the balance of the account.
type Balance struct {
	// Available is rounded down to a unit of its currency. Integrations show
	// 150000.75 francs.
	Available wapay.Money // available_balance
	Real      wapay.Money // real_balance: with the money in use; zero if absent
	Raw       wapay.Raw
}

// Balance returns the balance of the account: GET balances.
func (c *Client) Balance(ctx context.Context) (*Balance, error) {
	ctx, in := call.Start(ctx, "Balance", nil), c.in()
	r := call.Get("", "balances", "")
	if err := in.calls.Check(ctx, call.Read, "", nil); err != nil {
		return nil, err
	}
	a, resp, err := in.do(ctx, r)
	if err != nil {
		return nil, err
	}
	b := &Balance{Raw: wapay.Raw(resp.Body)}
	if b.Available, err = a.money(whole(a.Available, in.currency), in.currency); err == nil && a.Available == "" {
		err = errors.New("no balance")
	}
	if err != nil {
		return nil, in.calls.Undecodable(r, resp, err)
	}
	b.Real, _ = a.money(whole(a.Real, in.currency), in.currency)
	return b, nil
}

// Balances returns the only balance of the account ([Client.Balance]). Pending
// is zero, because the money in use belongs to payouts and does not become
// available.
func (c *Client) Balances(ctx context.Context) ([]wapay.Balance, error) {
	b, err := c.Balance(call.Start(ctx, "Balances", nil))
	if err != nil {
		return nil, err
	}
	return []wapay.Balance{{Available: b.Available}}, nil
}

// whole removes the decimals that a currency does not have. It does not change
// a text that is no plain number.
func whole(text loose.String, c wapay.Currency) loose.String {
	before, after, found := strings.Cut(string(text), ".")
	if !found || len(after) <= c.Exponent() || strings.Trim(after, "0123456789") != "" {
		return text
	}
	return loose.String(strings.TrimSuffix(before+"."+after[:c.Exponent()], "."))
}
