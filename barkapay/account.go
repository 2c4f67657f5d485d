package barkapay

import (
	"context"
	"encoding/json"
	"errors"
	"sort"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
)

// Account is one of the merchant's balances.
type Account struct {
	Type  string // "mobile", "crypto", "electro", "bank"
	Name  string // of a mobile account, the country: ISO 3166-1 alpha-3
	Label string // "main" or "api"; transfers are paid from the "api" account
	// Balance is in XOF. It is the zero value where BalanceText is no whole number of francs.
	Balance     wapay.Money
	BalanceText string // balance, as it came
}

type accountsAnswer struct {
	Balances *loose.Object[map[string]loose.Object[map[string]loose.List[struct {
		Label   loose.String `json:"label"`
		Balance loose.String `json:"balance"`
	}]]] `json:"balances"`
}

// Check makes an answer without balances undecodable.
func (a *accountsAnswer) Check() error {
	if a.Balances == nil {
		return errors.New("no balances")
	}
	return nil
}

// Accounts lists the balances, by type, name and label: GET accounts.
func (c *Client) Accounts(ctx context.Context) ([]Account, error) {
	var answer accountsAnswer
	if _, err := c.ask(ctx, anyApp, "Accounts", "accounts", &answer); err != nil {
		return nil, err
	}
	var all []Account
	for kind, names := range answer.Balances.V {
		for name, labels := range names.V {
			for _, l := range labels {
				all = append(all, Account{kind, toISO(loose.String(name)), string(l.Label), inFrancs(l.Balance), string(l.Balance)})
			}
		}
	}
	sort.Slice(all, func(i, j int) bool {
		x, y := all[i], all[j]
		if x.Type != y.Type {
			return x.Type < y.Type
		}
		return x.Name < y.Name || x.Name == y.Name && x.Label < y.Label
	})
	return all, nil
}

// inFrancs is a balance as an amount, or the zero value where it is none.
func inFrancs(s loose.String) wapay.Money {
	m, err := s.Money(wapay.XOF)
	if err != nil {
		return wapay.Money{}
	}
	return m
}

// StatementRequest names an account.
type StatementRequest struct {
	Type  string // type: "mobile", "crypto", "electro", "bank"
	Name  string // name: of a mobile account, the country, ISO 3166-1 alpha-3
	Label string // label: "main" or "api"
}

type statementForm struct {
	Type  string `url:"type"`
	Name  string `url:"name"`
	Label string `url:"label"`
}

// Statement is an account with its movements.
type Statement struct {
	Account
	Entries []StatementEntry // in the provider's order
	Raw     json.RawMessage
}

// StatementEntry is one movement. Amounts are in XOF, and the zero value where the provider's number is no
// whole number of francs.
type StatementEntry struct {
	Type            string // type: "credit" or "debit"
	Amount          wapay.Money
	PreviousBalance wapay.Money
	NewBalance      wapay.Money
	ID              string // public_id, with a prefix or suffix: "RESTORE-…", "…-FEES"
	Origin          string // origin: "transaction", "fees", "withdrawal", "subtransfer", "funding" …
}

type statementAnswer struct {
	Account *loose.Object[struct {
		Type      loose.String `json:"type"`
		Name      loose.String `json:"name"`
		Label     loose.String `json:"label"`
		Balance   loose.String `json:"balance"`
		Statement loose.List[struct {
			Type            loose.String `json:"type"`
			Amount          loose.String `json:"amount"`
			PreviousBalance loose.String `json:"previous_balance"`
			NewBalance      loose.String `json:"new_balance"`
			PublicID        loose.String `json:"public_id"`
			Origin          loose.String `json:"origin"`
		}] `json:"statement"`
	}] `json:"account_info"`
}

// Check makes an answer without an account undecodable.
func (a *statementAnswer) Check() error {
	if a.Account == nil {
		return errors.New("no account_info")
	}
	return nil
}

// Statement lists an account's movements: POST accounts/statement. It only reads, and is repeated like a GET.
func (c *Client) Statement(ctx context.Context, r StatementRequest) (*Statement, error) {
	const op = "Statement"
	var bad check.Fields
	bad.OneOf("Type", r.Type, "mobile", "crypto", "electro", "bank")
	bad.Word("Name", r.Name)
	bad.OneOf("Label", r.Label, "main", "api")
	if err := bad.Err(provider, op, ""); err != nil {
		return nil, err
	}
	r.Name = toProvider(r.Name)
	req, err := post(op, "", "accounts/statement", call.Read, statementForm(r))
	if err != nil {
		return nil, err
	}
	if err := c.authorize(req, anyApp); err != nil {
		return nil, err
	}
	var answer statementAnswer
	resp, err := c.calls.Do(ctx, req, &answer)
	if err != nil {
		return nil, err
	}
	a := &answer.Account.V
	s := &Statement{
		Account: Account{string(a.Type), toISO(a.Name), string(a.Label), inFrancs(a.Balance), string(a.Balance)},
		Raw:     resp.Body,
	}
	for _, e := range a.Statement {
		s.Entries = append(s.Entries, StatementEntry{
			Type: string(e.Type), ID: string(e.PublicID), Origin: string(e.Origin),
			Amount: inFrancs(e.Amount), PreviousBalance: inFrancs(e.PreviousBalance), NewBalance: inFrancs(e.NewBalance),
		})
	}
	return s, nil
}
