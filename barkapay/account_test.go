package barkapay_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
)

var goodStatement = barkapay.StatementRequest{Type: "mobile", Name: "BFA", Label: "main"}

func TestAccounts(t *testing.T) {
	c, m := newMock(t, bothPairs, reply(200, sample(t, "accounts.json")))
	got, err := c.Accounts(context.Background())
	require.NoError(t, err)
	m.assertRequest("GET", "accounts", apiPair, nil)
	for i, want := range []barkapay.Account{
		{Type: "mobile", Name: "BFA", Label: "api", Balance: wapay.XOF.Units(841513), BalanceText: "841513"},
		{Type: "mobile", Name: "BFA", Label: "main", Balance: wapay.XOF.Units(2586), BalanceText: "2586"},
	} {
		assert.JSONEq(t, fmt.Sprintf(`{"label":%q,"balance":%s}`, want.Label, want.BalanceText), string(got[i].Raw))
		got[i].Raw = nil
		assert.Equal(t, want, got[i])
	}
}

func TestAccountsTolerant(t *testing.T) {
	for name, x := range map[string]struct {
		body string
		want []barkapay.Account
	}{
		"string":          {`{"balances":{"mobile":{"BFA":[{"label":"api","balance":"200"}]}}}`, []barkapay.Account{{Type: "mobile", Name: "BFA", Label: "api", Balance: wapay.XOF.Units(200), BalanceText: "200"}}},
		"decimals":        {`{"balances":{"mobile":{"BFA":[{"label":"api","balance":"200.00"}]}}}`, []barkapay.Account{{Type: "mobile", Name: "BFA", Label: "api", Balance: wapay.XOF.Units(200), BalanceText: "200.00"}}},
		"overdrawn":       {`{"balances":{"mobile":{"BFA":[{"label":"api","balance":-5}]}}}`, []barkapay.Account{{Type: "mobile", Name: "BFA", Label: "api", Balance: wapay.XOF.Units(-5), BalanceText: "-5"}}},
		"a fraction":      {`{"balances":{"crypto":{"BTC":[{"label":"api","balance":0.25}]}}}`, []barkapay.Account{{Type: "crypto", Name: "BTC", Label: "api", Balance: wapay.Money{}, BalanceText: "0.25"}}},
		"a word":          {`{"balances":{"mobile":{"BFA":[{"label":1,"balance":"abc"}]}}}`, []barkapay.Account{{Type: "mobile", Name: "BFA", Label: "1", Balance: wapay.Money{}, BalanceText: "abc"}}},
		"null":            {`{"balances":{"mobile":{"BFA":[{"label":null,"balance":null}]}}}`, []barkapay.Account{{Type: "mobile", Name: "BFA", Label: "", Balance: wapay.Money{}, BalanceText: ""}}},
		"one, no list":    {`{"balances":{"mobile":{"BFA":{"label":"api","balance":1}}}}`, []barkapay.Account{{Type: "mobile", Name: "BFA", Label: "api", Balance: wapay.XOF.Units(1), BalanceText: "1"}}},
		"no labels":       {`{"balances":{"mobile":{"BFA":[],"SEN":null}}}`, nil},
		"no names":        {`{"balances":{"mobile":[],"crypto":null}}`, nil},
		"no types":        {`{"balances":[]}`, nil},
		"order of a kind": {`{"balances":{"mobile":{"SEN":[{"label":"b"}],"BFA":[{"label":"b"},{"label":"a"}]},"bank":{"X":[{}]}}}`, []barkapay.Account{{Type: "bank", Name: "X"}, {Type: "mobile", Name: "BFA", Label: "a"}, {Type: "mobile", Name: "BFA", Label: "b"}, {Type: "mobile", Name: "SEN", Label: "b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newMock(t, apiPair, reply(200, x.body))
			got, err := c.Accounts(context.Background())
			require.NoError(t, err)
			for i := range got {
				got[i].Raw = nil
			}
			assert.Equal(t, x.want, got)
		})
	}
	for _, body := range []string{`{}`, `{"balances":null}`, `{"balances":"x"}`, `{"balances":{"mobile":7}}`} {
		c, _ := newMock(t, apiPair, reply(200, body))
		got, err := c.Accounts(context.Background())
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
		assert.Nil(t, got)
	}
}

func TestStatement(t *testing.T) {
	body := sample(t, "statement.json")
	c, m := newMock(t, bothPairs, reply(200, body))
	got, err := c.Statement(context.Background(), goodStatement)
	require.NoError(t, err)
	m.assertRequest("POST", "accounts/statement", apiPair, url.Values{"type": {"mobile"}, "name": {"BFA"}, "label": {"main"}})
	assert.Equal(t, barkapay.Account{Type: "mobile", Name: "BFA", Label: "main", Balance: wapay.XOF.Units(2586), BalanceText: "2586", Raw: wapay.Raw(body)}, got.Account)

	var plain struct {
		Info struct {
			Statement []struct {
				Type     string `json:"type"`
				Amount   int64  `json:"amount"`
				Previous int64  `json:"previous_balance"`
				New      int64  `json:"new_balance"`
				ID       string `json:"public_id"`
				Origin   string `json:"origin"`
			} `json:"statement"`
		} `json:"account_info"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &plain))
	require.Len(t, got.Entries, 19)
	for i, e := range plain.Info.Statement {
		assert.Contains(t, string(got.Entries[i].Raw), e.ID)
		got.Entries[i].Raw = nil
		assert.Equal(t, barkapay.StatementEntry{
			Type: e.Type, Amount: wapay.XOF.Units(e.Amount), PreviousBalance: wapay.XOF.Units(e.Previous),
			NewBalance: wapay.XOF.Units(e.New), ID: e.ID, Origin: e.Origin,
		}, got.Entries[i])
	}
	assert.Equal(t, barkapay.StatementEntry{
		Type: "debit", Amount: wapay.XOF.Units(7600), PreviousBalance: wapay.XOF.Units(300000), NewBalance: wapay.XOF.Units(292400),
		ID: "WR-93de4fc1-3f1e-4002-94aa-cd85ede33087", Origin: "withdrawal",
	}, got.Entries[2])
}

func TestStatementTolerant(t *testing.T) {
	c, _ := newMock(t, apiPair, reply(200, sample(t, "statement_empty.json")))
	got, err := c.Statement(context.Background(), goodStatement)
	require.NoError(t, err)
	require.Len(t, got.Entries, 1)
	assert.Equal(t, wapay.XOF.Units(0), got.Entries[0].Amount)

	for _, entries := range []string{`[]`, `{}`, `null`} {
		c, _ = newMock(t, apiPair, reply(200, `{"account_info":{"type":"mobile","name":"BFA","balance":"5","statement":`+entries+`}}`))
		got, err = c.Statement(context.Background(), goodStatement)
		require.NoError(t, err)
		assert.Empty(t, got.Entries)
		assert.Equal(t, wapay.XOF.Units(5), got.Balance)
	}
	c, _ = newMock(t, apiPair, reply(200, `{"account_info":{"type":"mobile","name":"BFA","statement":[{"type":"debit","amount":"1e3","previous_balance":"x","new_balance":0.5,"public_id":7},7]}}`))
	got, err = c.Statement(context.Background(), goodStatement)
	require.NoError(t, err)
	require.Len(t, got.Entries, 2)
	assert.Equal(t, barkapay.StatementEntry{Raw: wapay.Raw("7")}, got.Entries[1], "a row that cannot be read")
	got.Entries[0].Raw = nil
	assert.Equal(t, barkapay.StatementEntry{Type: "debit", Amount: wapay.XOF.Units(1000), ID: "7"}, got.Entries[0])

	c, _ = newMock(t, apiPair, reply(200, `{"account_info":null}`))
	_, err = c.Statement(context.Background(), goodStatement)
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
}

// A statement is a POST that only reads, so the client repeats it like a GET.
func TestStatementIsRepeated(t *testing.T) {
	c, m := newMock(t, apiPair, reply(502, "<html>"), reply(200, sample(t, "statement.json")))
	_, err := c.Statement(context.Background(), goodStatement)
	require.NoError(t, err)
	require.Len(t, m.Requests, 2)
	assert.Equal(t, m.Requests[0], m.Requests[1])
}

func TestStatementChecks(t *testing.T) {
	c, m := newMock(t, apiPair)
	_, err := c.Statement(context.Background(), barkapay.StatementRequest{})
	badFields(t, err, "Type", "Name", "Label")
	_, err = c.Statement(context.Background(), barkapay.StatementRequest{Type: "Mobile", Name: "B\nFA", Label: "API"})
	badFields(t, err, "Type", "Name", "Label")
	m.none()
}
