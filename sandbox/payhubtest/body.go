package payhubtest

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// fields reads a JSON body member by member, and notes what is wrong.
type fields struct {
	members map[string]json.RawMessage
	bad     []string // name, text, name, text …
}

func readFields(r *sandbox.Request, known ...string) (fields, error) {
	members, err := kit.ReadObject[json.RawMessage](r.Header.Get("Content-Type"), r.Body)
	if err == nil && len(r.Query) > 0 {
		err = errors.New("a query")
	}
	f := fields{members: members}
	for name := range members {
		if !slices.Contains(known, name) {
			f.complain(name, "Is not known.")
		}
	}
	return f, err
}

func (f *fields) complain(name, text string) { f.bad = append(f.bad, name, text) }

// text reads a required string.
func (f *fields) text(name string) string {
	var s string
	if json.Unmarshal(f.members[name], &s) != nil || s == "" {
		f.complain(name, "Is required, as a text.")
	}
	return s
}

// optional reads a string that need not be there.
func (f *fields) optional(name string) string {
	if f.members[name] == nil {
		return ""
	}
	return f.text(name)
}

// amount reads a positive integer, and no other number.
func (f *fields) amount() int64 {
	n, err := strconv.ParseInt(string(f.members["amount"]), 10, 64)
	if err != nil || n <= 0 {
		f.complain("amount", "Must be a positive integer.")
	} else if n > maxAmount {
		f.complain("amount", "Is too large for the operator.")
	}
	return n
}

// maxAmount is every operator's, as operators/info says.
const maxAmount = 10_000_000

func (f *fields) orderID() string {
	var o map[string]json.RawMessage
	var id string
	if json.Unmarshal(f.members["order"], &o) != nil || len(o) != 1 || json.Unmarshal(o["id"], &id) != nil || id == "" {
		f.complain("order.id", "Is required, and nothing else in order.")
	}
	return id
}

func (f *fields) flag(name string) bool {
	var b bool
	if f.members[name] != nil && json.Unmarshal(f.members[name], &b) != nil {
		f.complain(name, "Must be true or false.")
	}
	return b
}

func upper(s string) string { return strings.ToUpper(s) }
