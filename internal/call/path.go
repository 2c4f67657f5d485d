package call

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// Path returns a path of the elements. It escapes all but letters, digits and
// "-._~", so that no id adds an element or a query.
//
// It cannot escape an element of dots, because servers read "%2E%2E" as "..".
// [Client.Do] refuses a path with one.
func Path(elements ...string) string {
	escaped := make([]string, len(elements))
	for i, s := range elements {
		escaped[i] = strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	}
	return strings.Join(escaped, "/")
}

// checkPath refuses a path with an element "." or "..". Dots after an escaped
// slash, such as in "a%2F..", are part of an id.
func checkPath(path string) error {
	isDots := func(element string) bool { return element == "." || element == ".." }
	if strings.Contains(path, ".") && slices.ContainsFunc(strings.Split(path, "/"), isDots) {
		return errors.New(`path: has the element "." or ".."`)
	}
	return nil
}
