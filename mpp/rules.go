package mpp

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wapay-go/wapay/internal/check"
)

// Check checks the transaction by the channel's rules. Its error is a
// *wapay.Error that is [wapay.ErrInvalid], with one detail for each violation.
// Check ignores a rule that it does not know, and "mimes", because no way to
// send a file is documented.
//
// The rules are Laravel's. Check trims a text, and treats an empty one as
// missing. A missing field breaks only "required".
func (ch *Channel) Check(r TransactionRequest) error {
	var bad check.Fields
	ch.check(&bad, &r)
	return bad.Err(provider, "Check", r.ExternalID)
}

func (ch *Channel) check(bad *check.Fields, r *TransactionRequest) {
	if !ch.Active {
		bad.Add("Channel", "%s is not active", ch.Code)
	}
	if len(ch.Categories) > 0 && !slices.ContainsFunc(ch.Categories,
		func(k ChannelCategory) bool { return k.Category == r.Category }) {
		bad.Add("Category", "is %q, which channel %s cannot be used for", r.Category, ch.Code)
	}
	values := r.values()
	for _, name := range sortedKeys(values) {
		if !ch.has(name) {
			bad.Add(goName(name), "is no field of channel %s", ch.Code)
		}
	}
	for _, name := range sortedKeys(ch.Fields) {
		if name == "amount" {
			checkAmountRules(bad, ch.Fields[name], number(r.Amount))
		} else if !slices.Contains(basicFields, name) {
			checkRules(bad, goName(name), ch.Fields[name], values[name])
		}
	}
}

// has reports whether the channel has a field of that name. A channel without a
// list of fields may have any.
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
				bad.Add(field, "is no phone number, want 6 to 15 digits, which may follow a +")
			}
		case "min", "max":
			checkSize(bad, field, name, limit, value, slices.ContainsFunc(rules, isNumeric))
		}
	}
}

// checkAmountRules checks the amount as a number even without the rule numeric,
// because it is sent as one.
func checkAmountRules(bad *check.Fields, rules []string, amount string) {
	for _, rule := range rules {
		if name, limit, _ := strings.Cut(rule, ":"); name == "min" || name == "max" {
			checkSize(bad, "Amount", name, limit, amount, true)
		}
	}
}

// isNumeric reports whether "min" and "max" limit the value beside the rule.
// Only numeric is documented. The others are Laravel's.
func isNumeric(rule string) bool {
	name, _, _ := strings.Cut(rule, ":")
	return name == "numeric" || name == "integer" || name == "decimal"
}

// checkSize checks a value, or a length in characters. It ignores a value that
// is no number: another rule reports it.
func checkSize(bad *check.Fields, field, rule, limit, value string, numeric bool) {
	bound, ok := decimal(limit)
	if !ok {
		return
	}
	size, what := new(big.Rat).SetInt64(int64(utf8.RuneCountInString(value))), plural(utf8.RuneCountInString(value))
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

// decimal reads a number exactly: digits with an optional sign and point. It
// limits the length, because the number may come from the provider.
func decimal(s string) (*big.Rat, bool) {
	digits := strings.TrimLeft(s, "+-")
	long := len(s) > 64 || len(s)-len(digits) > 1
	if long || strings.Trim(digits, "0123456789.") != "" || strings.Trim(digits, ".") == "" {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

func plural(n int) string {
	if n == 1 {
		return "has 1 character"
	}
	return fmt.Sprintf("has %d characters", n)
}

// isPhoneNumber is a rough check, because the exact rule is not documented.
func isPhoneNumber(s string) bool {
	digits := strings.TrimPrefix(s, "+")
	return len(digits) >= 6 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}
