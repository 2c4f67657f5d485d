package mpp

import (
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wapay-go/wapay/internal/check"
)

// Check reports what in the transaction is against the channel's rules, all of it: the error is a *wapay.Error that is
// [wapay.ErrInvalid], with one detail for each. A rule that is not known here is kept by everything, and so is
// "mimes": there is no documented way to send a file.
//
// The rules are those of Laravel. A text is taken without the space around it; one that is then empty is not there.
// Without "required" what is not there breaks no rule.
func (ch *Channel) Check(r TransactionRequest) error {
	var bad check.Fields
	ch.check(&bad, &r)
	return bad.Err(provider, "Check", r.ExternalID)
}

func (ch *Channel) check(bad *check.Fields, r *TransactionRequest) {
	if !ch.Active {
		bad.Add("Channel", "%s is not active", ch.Code)
	}
	if len(ch.Categories) > 0 && !slices.ContainsFunc(ch.Categories, func(k ChannelCategory) bool { return k.Category == r.Category }) {
		bad.Add("Category", "is %q, which channel %s cannot be used for", r.Category, ch.Code)
	}
	values := r.values()
	for _, name := range sortedKeys(values) {
		if !ch.has(name) {
			bad.Add(r.goName(name), "is no field of channel %s", ch.Code)
		}
	}
	for _, name := range sortedKeys(ch.Fields) {
		if name == "amount" {
			checkAmountRules(bad, ch.Fields[name], number(r.Amount))
		} else if !slices.Contains(basicFields, name) {
			checkRules(bad, r.goName(name), ch.Fields[name], values[name])
		}
	}
}

// has reports whether the channel has a field of that name. One that lists none at all is taken to have the number,
// which every transaction of S has, and is not held to lack any other.
func (ch *Channel) has(name string) bool {
	_, ok := ch.Fields[name]
	return ok || len(ch.Fields) == 0
}

func checkRules(bad *check.Fields, field string, rules []string, value string) {
	value = strings.TrimSpace(value)
	if value == "" {
		if slices.Contains(rules, "required") {
			bad.Add(field, "is required")
		}
		return
	}
	for _, rule := range rules {
		name, limit, _ := strings.Cut(rule, ":")
		switch name {
		case "numeric":
			if _, ok := decimal(value); !ok {
				bad.Add(field, "is no number")
			}
		case "email":
			bad.Email(field, value)
		case "phone_number":
			if !isPhoneNumber(value) {
				bad.Add(field, "is no phone number: want 6 to 15 digits, which may follow a +")
			}
		case "min", "max":
			checkSize(bad, field, name, limit, value, slices.ContainsFunc(rules, isNumeric))
		}
	}
}

// checkAmountRules takes the amount for a number whatever the rules say of it, because that is how it is sent.
func checkAmountRules(bad *check.Fields, rules []string, amount string) {
	for _, rule := range rules {
		if name, limit, _ := strings.Cut(rule, ":"); name == "min" || name == "max" {
			checkSize(bad, "Amount", name, limit, amount, true)
		}
	}
}

// isNumeric reports whether a rule makes a "min" or "max" beside it be about a value. S has the first only; the
// others are Laravel's.
func isNumeric(rule string) bool {
	name, _, _ := strings.Cut(rule, ":")
	return name == "numeric" || name == "integer" || name == "decimal"
}

// checkSize checks a value, or a length in characters. What cannot be compared breaks no rule: that it is no number
// is said by another.
func checkSize(bad *check.Fields, field, rule, limit, value string, numeric bool) {
	bound, ok := decimal(limit)
	if !ok {
		return
	}
	size, what := new(big.Rat).SetInt64(int64(utf8.RuneCountInString(value))), "has "+plural(utf8.RuneCountInString(value))
	if numeric {
		if size, ok = decimal(value); !ok {
			return
		}
		what = "is " + value
	}
	switch cmp := size.Cmp(bound); {
	case rule == "min" && cmp < 0:
		bad.Add(field, "%s, the channel wants %s at least", what, limit)
	case rule == "max" && cmp > 0:
		bad.Add(field, "%s, the channel allows %s at most", what, limit)
	}
}

// decimal reads a number exactly: digits, with a sign before and a point among them. The length is bounded because the
// number may come from the provider.
func decimal(s string) (*big.Rat, bool) {
	digits := strings.TrimLeft(s, "+-")
	if len(s) > 64 || len(s)-len(digits) > 1 || strings.Trim(digits, "0123456789.") != "" || strings.Trim(digits, ".") == "" {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// isPhoneNumber is rough: what exactly the rule takes is not documented.
func isPhoneNumber(s string) bool {
	digits := strings.TrimPrefix(s, "+")
	return len(digits) >= 6 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}
