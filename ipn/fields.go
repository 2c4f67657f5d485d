package ipn

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"iter"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/loose"
	"github.com/wapay-go/wapay/internal/strict"
)

// text is a member that is a string, or a number as it stands. It is empty for
// any other value.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	if c := data[0]; c == '"' || c == '-' || c >= '0' && c <= '9' {
		return (*loose.String)(t).UnmarshalJSON(data)
	}
	*t = ""
	return nil
}

// unmarshalObject reads an object, or a text in place of it.
func unmarshalObject(data []byte, object any, t *text) error {
	if data[0] == '{' {
		return json.Unmarshal(data, object)
	}
	return t.UnmarshalJSON(data)
}

// readFields reads a form or a JSON object into T, a struct of texts.
func readFields[T any](reader strict.Reader[T], h http.Header, body []byte) (*T, error) {
	asJSON, err := isJSON(h, body)
	if err != nil {
		return nil, err
	}
	if asJSON {
		return reader.Read(body)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errors.New("not a form")
	}
	fields := new(T)
	for name, field := range fieldsOf(fields) {
		switch values := form[name]; len(values) {
		case 0:
		case 1:
			field.SetString(values[0])
		default: // two readers could take different ones
			return nil, errors.New("field repeated")
		}
	}
	return fields, nil
}

// fieldsOf yields the name and the value of each field of a struct of texts.
func fieldsOf(pointer any) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		s := reflect.ValueOf(pointer).Elem()
		for i := range s.NumField() {
			if !yield(s.Type().Field(i).Tag.Get("json"), s.Field(i)) {
				return
			}
		}
	}
}

// isJSON reports whether a body is JSON and not a form: the Content-Type says
// so, or the body begins like an object. No form does. A Content-Type of a form
// does not count, because PHP declares a form for any string.
func isJSON(h http.Header, body []byte) (bool, error) {
	declared := h["Content-Type"]
	if len(declared) > 1 {
		return false, errors.New("more than one content type")
	}
	var media string
	if len(declared) == 1 {
		media, _, _ = mime.ParseMediaType(declared[0])
	}
	switch {
	case strings.HasPrefix(media, "multipart/"):
		return false, errors.New("multipart")
	case media == "application/json" || strings.HasSuffix(media, "+json"):
		return true, nil
	}
	return bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")), nil
}

// exactAmount returns an amount, or zero if it is not exact in a known
// currency.
func exactAmount(amount text, currency wapay.Currency) wapay.Money {
	m, err := wapay.ParseMoney(string(amount), currency)
	if err != nil || !currency.Known() {
		return wapay.Money{}
	}
	return m
}

// validUTF8 returns a value for people to read.
func validUTF8(s text) string { return strings.ToValidUTF8(string(s), string(utf8.RuneError)) }

// hashOf returns a hash of the values and of their borders.
func hashOf(values ...string) string {
	var b []byte
	for _, v := range values {
		b = append(append(strconv.AppendInt(b, int64(len(v)), 10), ':'), v...)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// mac returns the HMAC-SHA256 of the joined texts, in lower-case hex.
func mac(secret wapay.Secret, texts ...string) string {
	h := hmac.New(sha256.New, []byte(secret))
	for _, text := range texts {
		h.Write([]byte(text))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// matches reports whether one of the keys gives one of the signatures. It tries
// all of them, so that the time does not tell which one matches.
func matches[K any](keys []K, sign func(K) string, signatures ...string) bool {
	found := 0
	for _, key := range keys {
		want := []byte(sign(key))
		for _, s := range signatures {
			found |= subtle.ConstantTimeCompare(want, []byte(s))
		}
	}
	return found == 1
}
