package apiv1

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// answer is any answer of the provider. Each has some of the fields.
type answer struct {
	Code        loose.String            `json:"code"`
	Status      loose.String            `json:"status"`
	Description loose.String            `json:"description"`
	Message     loose.String            `json:"message"`
	Details     loose.Optional[details] `json:"details"`
	MerchantID  loose.String            `json:"merchant_transaction_id"`
	ID          loose.String            `json:"transaction_id"`
	Token       loose.String            `json:"payment_token"`
	NotifyToken loose.String            `json:"notify_token"`
	URL         loose.String            `json:"payment_url"`
	Amount      loose.String            `json:"amount"`
	Fee         loose.String            `json:"fee_amount"`
	Phone       loose.String            `json:"phone_number"`
	Currency    loose.String            `json:"currency"`
	User        loose.Optional[user]    `json:"user"`
	Available   loose.String            `json:"available_balance"`
	Real        loose.String            `json:"real_balance"`
}

type user struct {
	Name  loose.String `json:"name"`
	Email loose.String `json:"email"`
	Phone loose.String `json:"phone_number"`
}

// details is the state of a new payment, or the reason of a refusal.
type details struct {
	ID         loose.String `json:"transaction_id"`
	Code       loose.String `json:"code"`
	Status     loose.String `json:"status"`
	Message    loose.String `json:"message"`
	Redirected loose.String `json:"must_be_redirected"`
}

// mustOpenPage reads the flag like the provider's SDK.
func (d *details) mustOpenPage() bool {
	switch strings.ToLower(string(d.Redirected)) {
	case "true", "1", "yes", "on":
		return true
	}
	return false
}

// explanation returns the provider's text for people.
func (a *answer) explanation() string {
	outer := cmp.Or(string(a.Description), string(a.Message))
	inner := cmp.Or(string(a.Details.V.Message), string(a.Details.V.Status))
	switch {
	case outer == "":
		return cmp.Or(inner, string(a.Status))
	case inner == "" || inner == outer:
		return outer
	}
	return outer + ": " + inner
}

var notifyToken = regexp.MustCompile(`("notify_token"\s*:\s*)("([^"\\]|\\.)*"?|[^\s",}]+)`)

// withoutToken hides the notify_token, which is a secret, in the body of an
// answer.
func withoutToken(body []byte) []byte {
	return notifyToken.ReplaceAll(body, []byte(`${1}"[redacted]"`))
}

func (a *answer) status() wapay.Status {
	return facts.CinetPayV1Status(string(a.Code), string(a.Status))
}

// word returns the provider's word for the status, or its code.
func (a *answer) word() string { return cmp.Or(string(a.Status), string(a.Code)) }

// money reads an amount in the currency of the account. It returns zero for "".
// It rejects an answer in another currency, which is not about this account.
func (a *answer) money(text loose.String, account wapay.Currency) (wapay.Money, error) {
	if a.Currency != "" && wapay.Currency(a.Currency) != account {
		return wapay.Money{}, fmt.Errorf("currency is %.10q, want %s", string(a.Currency), account)
	}
	if text == "" {
		return wapay.Money{}, nil
	}
	return text.Money(account)
}

// User is the person behind an order, as the provider shows it.
type User struct{ Name, Email, Phone string }

func (a *answer) user() User {
	u := a.User.V
	return User{string(u.Name), string(u.Email), string(u.Phone)}
}
