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

// rawItems is the list in an answer's data: [[{…}]] or [{…}] (V), {…} for a list of one, and [], [[]], {} or null for
// nothing.
type rawItems []json.RawMessage

// UnmarshalJSON implements json.Unmarshaler.
func (l *rawItems) UnmarshalJSON(data []byte) error {
	*l = nil
	return l.add(data, 3)
}

func (l *rawItems) add(data []byte, depth int) error {
	data = bytes.TrimSpace(data)
	switch {
	case string(data) == "null":
		return nil
	case len(data) > 0 && data[0] == '{':
		if len(bytes.TrimSpace(data[1:len(data)-1])) > 0 {
			*l = append(*l, data)
		}
		return nil
	case len(data) == 0 || data[0] != '[' || depth == 0:
		return errors.New("data is no list of objects")
	}
	var inner []json.RawMessage
	if err := json.Unmarshal(data, &inner); err != nil {
		return err
	}
	for _, raw := range inner {
		if err := l.add(raw, depth-1); err != nil {
			return err
		}
	}
	return nil
}

// listAnswer is the answer to a call about several things.
type listAnswer struct {
	Code  loose.String `json:"code"`
	Items rawItems     `json:"data"`
}

// Check takes nothing but code 0 for a yes: an answer without a code is not the provider's.
func (a *listAnswer) Check() error {
	if a.Code != codeDone {
		return errors.New("no code 0")
	}
	return nil
}

// wireItem is what was made of one thing in a list. What it was asked for it repeats.
type wireItem struct {
	Prefix loose.String `json:"prefix"`
	Phone  loose.String `json:"phone"`
	Code   loose.String `json:"code"`
	Status loose.String `json:"status"` // the name of the code, "success" for 0
	wireTransfer
	raw json.RawMessage
}

func (l rawItems) decode() ([]wireItem, error) {
	items := make([]wireItem, len(l))
	for i, raw := range l {
		if err := json.Unmarshal(raw, &items[i]); err != nil {
			return nil, err
		}
		items[i].raw = raw
	}
	return items, nil
}

// isAbout reports whether the item repeats the number, which as a JSON number has lost the zeros before it.
func (w *wireItem) isAbout(p wapay.Phone) bool {
	shown := string(w.Phone)
	if receives(p, shown) {
		return string(w.Prefix) == p.CallingCode()
	}
	return shown != "" && shown == strings.TrimLeft(p.National(), "0") && string(w.Prefix) == p.CallingCode()
}

// heard is an answer about several things, in which each has a verdict of its own.
type heard struct {
	calls *call.Client
	r     *call.Request
	resp  *call.Response
}

// maxErrorBody is what an error shows of an answer.
const maxErrorBody = 16 << 10

// refused is the error of something whose item has a code other than 0.
func (h heard) refused(w *wireItem, reference string) *wapay.Error {
	e := h.calls.Undecodable(h.r, h.resp, nil)
	e.Reference, e.Outcome = reference, wapay.OutcomeRejected
	e.Body = w.raw[:min(len(w.raw), maxErrorBody)]
	v := envelope{Code: w.Code, Message: w.Status}
	v.explain(e, transferCodes)
	_ = doubt(e, transferCodes, h.r.Effect)
	return e
}

// unsaid is the error of something of which the answer does not say what became.
func (h heard) unsaid(reference string, why error) *wapay.Error {
	e := h.calls.Undecodable(h.r, h.resp, why)
	e.Reference = reference
	return e
}

// only picks the item that answers a request out of those that may: none and several that differ are an error.
func only(found []*wireItem) (*wireItem, error) {
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
