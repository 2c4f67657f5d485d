package call

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// Path returns a path of the elements. It escapes in each all but letters,
// digits and "-._~", so that no id adds an element or a query.
//
// An element of dots alone cannot be escaped: servers read "%2E%2E" as "..".
// [Client.Do] refuses a path with one.
func Path(elements ...string) string {
	escaped := make([]string, len(elements))
	for i, s := range elements {
		escaped[i] = strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	}
	return strings.Join(escaped, "/")
}

// checkPath refuses a path with an element that names its own or the upper
// level. Dots after an escaped slash, as in "a%2F..", are part of an id.
func checkPath(path string) error {
	isDots := func(element string) bool { return element == "." || element == ".." }
	if strings.Contains(path, ".") && slices.ContainsFunc(strings.Split(path, "/"), isDots) {
		return errors.New(`path: has the element "." or ".."`)
	}
	return nil
}
