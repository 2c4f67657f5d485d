package loose

import (
	"encoding/json"
	"sort"

	"github.com/wapay-go/wapay"
)

// FieldErrors reads what Laravel says of a bad request, {"order_id": ["…"]},
// sorted by field. What is of another shape is nothing: it must not cost the
// rest of an answer.
func FieldErrors(errors json.RawMessage) []wapay.FieldError {
	var byField Object[map[string]List[String]]
	if len(errors) == 0 || json.Unmarshal(errors, &byField) != nil {
		return nil
	}
	var all []wapay.FieldError
	for field, messages := range byField.V {
		for _, m := range messages {
			all = append(all, wapay.FieldError{Field: field, Message: string(m)})
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Field < all[j].Field })
	return all
}
