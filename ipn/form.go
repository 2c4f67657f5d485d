package ipn

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// pickForm reads the named fields of an application/x-www-form-urlencoded body into values. A field that is not
// there is empty. It refuses one that is twice there, of which two readers could take different ones.
func pickForm(body []byte, names, values []string) error {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return errors.New("not a form")
	}
	for i, name := range names {
		switch found := form[name]; len(found) {
		case 0:
		case 1:
			values[i] = found[0]
		default:
			return errors.New("field repeated")
		}
	}
	return nil
}

// isJSON reports whether a body is JSON rather than a form: it is declared so, or it is declared in some other way or
// not at all, and begins as an object does, which no form does. (What PHP sends as a string it declares a form.)
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
	return isObject(bytes.TrimLeft(body, " \t\r\n")), nil
}

// readable makes UTF-8 of a value that is for people to read.
func readable(s string) string { return strings.ToValidUTF8(s, string(utf8.RuneError)) }

// hashOf returns a hash that no other values have, however they are cut.
func hashOf(values ...string) string {
	var b []byte
	for _, v := range values {
		b = append(append(strconv.AppendInt(b, int64(len(v)), 10), ':'), v...)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
