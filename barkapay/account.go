package barkapay

import (
	"cmp"
	"context"
	"slices"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
)

// Account is one of the merchant's balances.
type Account struct {
	Type  string // "mobile", "crypto", "electro", "bank"
	Name  string // the country of a mobile account, ISO 3166-1 alpha-3
	Label string // "main" or "api"; transfers are paid from the "api" account
	// Balance is in XOF. It is the zero value unless the account is mobile
	// money of a country with XOF and BalanceText is a whole number of francs.
	Balance     wapay.Money
	BalanceText string // balance, unchanged
	Raw         wapay.Raw
}

type wireAccount struct {
	Label   loose.String `json:"label"`
	Balance loose.String `json:"balance"`
}

type accountsAnswer struct {
	Balances *loose.Object[map[string]loose.Object[map[string]loose.List[row[wireAccount]]]] `json:"balances"`
}

// Check rejects an answer without balances.
func (a *accountsAnswer) Check() error { return call.FailIf(a.Balances == nil, "no balances") }

// Accounts lists the balances, by type, name and label: GET accounts.
func (c *Client) Accounts(ctx context.Context) ([]Account, error) {
	var answer accountsAnswer
	if _, err := c.ask(ctx, "Accounts", "accounts", &answer); err != nil {
		return nil, err
	}
	var all []Account
	for kind, names := range answer.Balances.V {
		for name, labels := range names.V {
			for _, l := range labels {
				all = append(all, account(kind, toISO(loose.String(name)), l.V.Label, l.V.Balance, l.Raw))
			}
		}
	}
	slices.SortFunc(all, func(x, y Account) int {
		return cmp.Or(cmp.Compare(x.Type, y.Type), cmp.Compare(x.Name, y.Name), cmp.Compare(x.Label, y.Label))
	})
	return all, nil
}

func account(kind, name string, label, balance loose.String, raw wapay.Raw) Account {
	return Account{
		Type: kind, Name: name, Label: string(label), BalanceText: string(balance), Raw: raw,
		Balance: amountOf(balance, "", loose.String(kind), name),
	}
}

// StatementRequest names an account.
type StatementRequest struct {
	Type  string // type: "mobile", "crypto", "electro", "bank"
	Name  string // name: the country of a mobile account, ISO 3166-1 alpha-3
	Label string // label: "main" or "api"
}

// Statement is an account with its movements.
type Statement struct {
	Account                  // its Raw is the whole answer
	Entries []StatementEntry // in the provider's order
}

// StatementEntry is one movement. Its amounts are in the currency of the
// account, as in [Account].
type StatementEntry struct {
	Type            string // type: "credit" or "debit"
	Amount          wapay.Money
	PreviousBalance wapay.Money
	NewBalance      wapay.Money
	ID              string // public_id, with a prefix or suffix: "RESTORE-…", "…-FEES"
	Origin          string // origin: "transaction", "fees", "withdrawal", "subtransfer", "funding" …
	Raw             wapay.Raw
}

type statementAnswer struct {
	Account *loose.Object[struct {
		wireAccount
		Type      loose.String               `json:"type"`
		Name      loose.String               `json:"name"`
		Statement loose.List[row[wireEntry]] `json:"statement"`
	}] `json:"account_info"`
}

type wireEntry struct {
	Type            loose.String `json:"type"`
	Amount          loose.String `json:"amount"`
	PreviousBalance loose.String `json:"previous_balance"`
	NewBalance      loose.String `json:"new_balance"`
	PublicID        loose.String `json:"public_id"`
	Origin          loose.String `json:"origin"`
}

// Check rejects an answer without an account.
func (a *statementAnswer) Check() error { return call.FailIf(a.Account == nil, "no account_info") }

// Statement lists an account's movements: POST accounts/statement. It only
// reads, so the client repeats it like a GET.
func (c *Client) Statement(ctx context.Context, r StatementRequest) (*Statement, error) {
	ctx = call.Start(ctx, "Statement", nil)
	var bad check.Fields
	bad.OneOf("Type", r.Type, "mobile", "crypto", "electro", "bank")
	bad.Word("Name", r.Name)
	bad.OneOf("Label", r.Label, "main", "api")
	request := post("accounts/statement", "", form{"type": r.Type, "name": toProvider(r.Name), "label": r.Label})
	request.Effect = call.Read
	var answer statementAnswer
	resp, err := c.send(ctx, anyApp, request, bad, &answer)
	if err != nil {
		return nil, err
	}
	a := &answer.Account.V
	s := &Statement{Account: account(string(a.Type), toISO(a.Name), a.Label, a.Balance, resp.Body)}
	amount := func(text loose.String) wapay.Money { return amountOf(text, "", a.Type, s.Name) }
	for _, e := range a.Statement {
		s.Entries = append(s.Entries, StatementEntry{
			Type: string(e.V.Type), ID: string(e.V.PublicID), Origin: string(e.V.Origin), Raw: e.Raw,
			Amount: amount(e.V.Amount), PreviousBalance: amount(e.V.PreviousBalance), NewBalance: amount(e.V.NewBalance),
		})
	}
	return s, nil
}
