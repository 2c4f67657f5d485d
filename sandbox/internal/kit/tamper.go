package kit

import (
	"encoding/json"
	"mime"
	"net/url"
	"strings"
)

// Tamper changes the amounts in a JSON body or a form, and nothing else. In a
// JSON body without an amount it changes the provider's id.
func Tamper(contentType string, body []byte) []byte {
	if media, _, _ := mime.ParseMediaType(contentType); media == "application/json" {
		return tamperJSON(body)
	}
	pairs := strings.Split(string(body), "&")
	for n, pair := range pairs {
		if name, value, _ := strings.Cut(pair, "="); isAmount(name) {
			pairs[n] = name + "=" + url.QueryEscape("9") + value
		}
	}
	return []byte(strings.Join(pairs, "&"))
}

func tamperJSON(body []byte) []byte {
	if changed, found := prefix(body, isAmount); found {
		return changed
	}
	changed, _ := prefix(body, func(name string) bool { return name == "public_id" || name == "transaction_id" })
	return changed
}

// prefix puts a 9 before the values with a name that chosen accepts.
func prefix(body []byte, chosen func(name string) bool) (changed []byte, found bool) {
	changed = Rewrite(body, func(key string, v any) any {
		if !chosen(key) {
			return v
		}
		switch v := v.(type) {
		case json.Number:
			found = true
			return "9" + v
		case string:
			found = true
			return "9" + v
		}
		return v
	})
	return changed, found
}

func isAmount(name string) bool { return name == "amount" || name == "cpm_amount" }
