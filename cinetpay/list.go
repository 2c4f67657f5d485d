package cinetpay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
)

// items is the list in an answer's data. It may be [[{…}]], [{…}], {…} for one
// item, or [], [[]], {} or null for none.
type items struct {
	read       []wireItem
	unreadable int  // counts the elements that are no objects
	isList     bool // neither null nor an object, and has no empty object
}

// wireItem is the result for one contact or transfer of a list. It echoes the
// request.
type wireItem struct {
	Prefix loose.String `json:"prefix"`
	Phone  loose.String `json:"phone"`
	Code   loose.String `json:"code"`
	Status loose.String `json:"status"` // the name of the code, "success" for 0
	wireTransfer
	raw json.RawMessage
}

var errNoList = errors.New("data is no list of objects")

// UnmarshalJSON reads the list. It counts the unreadable elements.
func (l *items) UnmarshalJSON(data []byte) error {
	*l = items{}
	data = bytes.TrimSpace(data)
	switch {
	case string(data) == "null":
		return nil
	case len(data) > 0 && data[0] == '[':
		l.isList = true
	case len(data) == 0 || data[0] != '{':
		return errNoList
	}
	l.add(data, 3)
	return nil
}

func (l *items) add(data []byte, depth int) {
	data = bytes.TrimSpace(data)
	var inner []json.RawMessage
	w := wireItem{raw: data}
	switch {
	case data[0] == '[' && depth > 0 && json.Unmarshal(data, &inner) == nil:
		for _, raw := range inner {
			l.add(raw, depth-1)
		}
	case data[0] != '{' || json.Unmarshal(data, &w) != nil:
		l.unreadable++
	case len(bytes.TrimSpace(data[1:len(data)-1])) > 0:
		l.read = append(l.read, w)
	default:
		l.isList = false
	}
}

// listAnswer is an answer with a list.
type listAnswer struct {
	Code loose.String `json:"code"`
	Data items        `json:"data"`
}

// Check accepts only code 0.
func (a *listAnswer) Check() error { return call.FailIf(a.Code != codeDone, "no code 0") }

// mayList reports whether the data of a refusal may show a transfer. The
// documents have no sample of that.
func mayList(data json.RawMessage) bool {
	var list items
	if len(data) == 0 || json.Unmarshal(data, &list) != nil {
		return false
	}
	for i := range list.read {
		if list.read[i].mayExist() {
			return true
		}
	}
	return list.unreadable > 0
}

// mayExist reports whether the transfer exists or may exist. A treatment or
// sending status that has not failed is enough, with any code.
func (w *wireItem) mayExist() bool {
	treated := (w.TreatmentStatus != "" || w.SendingStatus != "") && w.status() != wapay.StatusFailed
	return w.Code == codeDone || w.TransactionID != "" || treated
}

// hasNumber reports whether the item echoes the number. A JSON number lacks the
// leading zeros.
func (w *wireItem) hasNumber(p wapay.Phone) bool {
	shown := string(w.Phone)
	return string(w.Prefix) == p.CallingCode() &&
		(receives(p, shown) || shown != "" && shown == strings.TrimLeft(p.National(), "0"))
}

// single returns the item that answers a request. It returns an error if there
// is none, or if several differ.
func single(found []*wireItem) (*wireItem, error) {
	if len(found) == 0 {
		return nil, errors.New("the answer does not say what became of it")
	}
	for _, w := range found[1:] {
		if w.Code != found[0].Code || w.TransactionID != found[0].TransactionID {
			return nil, fmt.Errorf("the answer has %d verdicts on it", len(found))
		}
	}
	return found[0], nil
}
