package loose

import (
	"encoding/json"
	"sort"

	"github.com/wapay-go/wapay"
)

// FieldErrors reads Laravel's errors by field, {"order_id": ["…"]}, and sorts
// them. It returns nil for any other form.
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
