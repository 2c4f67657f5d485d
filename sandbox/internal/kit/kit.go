// Package kit has small functions that the sandboxes of all providers share.
package kit

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// UUID returns a random UUID, version 4.
func UUID() string {
	var u [16]byte
	_, _ = rand.Read(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// Hex returns n random hexadecimal digits.
func Hex(n int) string {
	return Random(n, "0123456789abcdef")
}

// Random returns n random ones of the letters.
func Random(n int, letters string) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b)
}

// HMAC returns the HMAC-SHA256 of a text, in hexadecimal digits.
func HMAC(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// Match reports whether a path fits a pattern. One element of the pattern may
// be *, and Match returns that element of the path.
func Match(pattern, path string) (id string, ok bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return "", false
	}
	for n := range want {
		switch {
		case want[n] == "*" && got[n] != "":
			id = got[n]
		case want[n] != got[n]:
			return "", false
		}
	}
	return id, true
}

// First returns the first element that ok accepts, or nil.
func First[T any](list []*T, ok func(*T) bool) *T {
	for _, t := range list {
		if ok(t) {
			return t
		}
	}
	return nil
}

// All returns the elements that ok accepts.
func All[T any](list []*T, ok func(*T) bool) (all []*T) {
	for _, t := range list {
		if ok(t) {
			all = append(all, t)
		}
	}
	return all
}

// Find returns the endpoint of a request, and the element that stands for the *
// in its path. A key of routes is a method and a path, such as "GET payment/*".
// If there is no endpoint, status is 404, or 405 for another method.
func Find[E any](routes map[string]E, method, path string) (found E, id string, status int) {
	status = 404
	for at, endpoint := range routes {
		m, pattern, _ := strings.Cut(at, " ")
		this, ok := Match(pattern, path)
		if ok && m == method {
			return endpoint, this, 0
		}
		if ok {
			status = 405
		}
	}
	return found, "", status
}

// Bearer returns the token in the only Authorization header, or "".
func Bearer(h http.Header) string {
	given := h["Authorization"]
	if len(given) != 1 || !strings.HasPrefix(given[0], "Bearer ") {
		return ""
	}
	return strings.TrimPrefix(given[0], "Bearer ")
}

// BadParam returns the name of a parameter that is unknown, empty or repeated,
// or "".
func BadParam(query url.Values, known string) string {
	for name, v := range query {
		if len(v) != 1 || v[0] == "" || !slices.Contains(strings.Fields(known), name) {
			return name
		}
	}
	return ""
}

// AcceptableURL reports whether a merchant may give a URL: https, or http to a
// loopback address. No provider accepts the latter, but a program on this
// machine could receive nothing without it.
func AcceptableURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Hostname() != "" && (u.Scheme == "https" || u.Scheme == "http" && Loopback(raw))
}

// Loopback reports whether a URL leads to this machine.
func Loopback(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// ReadObject reads a JSON object whose values are V.
func ReadObject[V any](contentType string, body []byte) (map[string]V, error) {
	if media, _, err := mime.ParseMediaType(contentType); err != nil || media != "application/json" {
		return nil, ErrMediaType
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var object map[string]V
	var extra any
	if d.Decode(&object) != nil || object == nil || d.Decode(&extra) != io.EOF || !utf8.Valid(body) {
		return nil, errors.New("not a JSON object")
	}
	return object, nil
}

// IsEmail reports whether v is an email address.
func IsEmail(v string) bool {
	a, err := mail.ParseAddress(v)
	return err == nil && a.Address == v
}
