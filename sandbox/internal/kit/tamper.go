package kit

import (
	"encoding/json"
	"mime"
	"net/url"
	"strings"
)

// Tamper changes the amounts in a JSON body or a form, and leaves all else as
// it is.
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
	return Rewrite(body, func(key string, v any) any {
		switch v := v.(type) {
		case json.Number:
			if isAmount(key) {
				return "9" + v
			}
		case string:
			if isAmount(key) {
				return "9" + v
			}
		}
		return v
	})
}

func isAmount(name string) bool { return name == "amount" || name == "cpm_amount" }
