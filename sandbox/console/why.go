package console

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Why returns the provider's reason for a refusal: the messages and the list of
// fields of its answer. For any other request it returns "".
func (e exchange) Why() string {
	if e.Status < 400 && !refusesWith200(e.Answer) {
		return ""
	}
	var answer any
	if json.Unmarshal(e.Answer, &answer) != nil {
		return ""
	}
	var words []string
	collect(answer, &words)
	return strings.Join(words, "; ")
}

// refusesWith200 reports whether an answer with status 200 is a refusal, as
// some providers send it.
func refusesWith200(body []byte) bool {
	var answer struct {
		Success *bool `json:"success"`
		Error   any   `json:"error"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return false
	}
	return answer.Success != nil && !*answer.Success || answer.Error != nil && answer.Error != false
}

// reasonFields are the fields that have the provider's reason.
var reasonFields = []string{"message", "error", "code", "error_code", "description", "reason", "kind"}

// reasonParents are the fields that contain more such fields.
var reasonParents = []string{"errors", "details", "data", "error"}

func collect(v any, words *[]string) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range reasonFields {
			if s, ok := v[k].(string); ok && s != "" {
				*words = append(*words, s)
			}
		}
		for _, k := range reasonParents {
			switch inner := v[k].(type) {
			case map[string]any, []any:
				fields(inner, words)
			}
		}
	case []any:
		for _, each := range v {
			collect(each, words)
		}
	}
}

// fields collects the fields of a list with the error of each, and the messages
// among them.
func fields(v any, words *[]string) {
	object, ok := v.(map[string]any)
	if !ok {
		collect(v, words)
		return
	}
	before := len(*words)
	collect(object, words)
	if len(*words) > before {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		switch complaint := object[name].(type) {
		case string:
			*words = append(*words, name+": "+complaint)
		case []any:
			for _, each := range complaint {
				if s, ok := each.(string); ok {
					*words = append(*words, name+": "+s)
				}
			}
		}
	}
}

// secretNames matches the names of secret fields in JSON, in a form and in a
// query. Their values are hidden, because a user may have set real keys by
// mistake.
const secretNames = `(?:[a-z_-]*(?:api_?key|secret|password|token|otp)[a-z_-]*)`

var (
	secretJSON = regexp.MustCompile(`(?i)("` + secretNames + `"\s*:\s*)("(?:[^"\\]|\\.)*"|[0-9]+)`)
	secretForm = regexp.MustCompile(`(?i)((?:^|&)` + secretNames + `=)[^&\s]*`)
)

const dots = "•••"

func hide(body []byte) string { return hideText(text(body)) }

func hideText(s string) string {
	if strings.HasPrefix(strings.TrimSpace(s), "{") || strings.HasPrefix(strings.TrimSpace(s), "[") {
		return secretJSON.ReplaceAllString(s, `$1"`+dots+`"`)
	}
	return secretForm.ReplaceAllString(s, "${1}"+dots)
}
