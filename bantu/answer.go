package bantu

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/loose"
)

// Answer is an answer that the documents do not describe.
type Answer struct {
	HTTPStatus int // 2xx
	// Status and Message are the members of that name, or "". The documents do
	// not say what their words mean.
	Status, Message string
	Raw             wapay.Raw // the whole answer, nil if it was empty
}

type wireAnswer struct {
	status, message loose.String
	raw             wapay.Raw
}

// Decode accepts any JSON and an empty answer, which is usual for a PUT.
func (w *wireAnswer) Decode(body []byte) error {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil
	}
	if !json.Valid(body) {
		return errors.New("the answer is neither empty nor JSON")
	}
	w.raw = body
	var v struct {
		Status  loose.String `json:"status"`
		Message loose.String `json:"message"`
	}
	if json.Unmarshal(body, &v) == nil { // fails unless it is an object
		w.status, w.message = v.Status, v.Message
	}
	return nil
}

func (w *wireAnswer) answer(status int) *Answer {
	return &Answer{HTTPStatus: status, Status: string(w.status), Message: string(w.message), Raw: w.raw}
}
