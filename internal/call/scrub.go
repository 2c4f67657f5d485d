package call

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/wapay-go/wapay"
)

// minSecret is the length from which a secret is looked for: a shorter one would be found in anything.
const minSecret = 6

// needles are the forms in which a secret may come back: as it is, as in a URL, as in JSON, and as in the JSON
// that PHP writes, with "\/" for "/".
func needles(secrets []wapay.Secret) [][]byte {
	var forms [][]byte
	for _, secret := range secrets {
		s := string(secret)
		if len(s) < minSecret {
			continue
		}
		quoted, _ := json.Marshal(s) // a string always has a JSON form
		inJSON := string(quoted[1 : len(quoted)-1])
		for _, form := range []string{s, url.QueryEscape(s), url.PathEscape(s), inJSON, strings.ReplaceAll(inJSON, "/", `\/`)} {
			if !contains(forms, form) {
				forms = append(forms, []byte(form))
			}
		}
	}
	return forms
}

func contains(forms [][]byte, form string) bool {
	for _, f := range forms {
		if string(f) == form {
			return true
		}
	}
	return false
}

var blot = []byte(wapay.Secret("x").String())

// scrub blots out every secret in text. It returns text itself if there is none.
func (r *run) scrub(text []byte) []byte {
	for _, needle := range *r.client.needles {
		if bytes.Contains(text, needle) {
			text = bytes.ReplaceAll(text, needle, blot)
		}
	}
	for _, needle := range needles(r.request.Secrets) {
		text = bytes.ReplaceAll(text, needle, blot)
	}
	return text
}

func (r *run) scrubString(s string) string { return string(r.scrub([]byte(s))) }

// scrubTexts goes over what was decoded from the answer or taken from its headers, where an escape that hid a
// secret from scrub is gone.
func (r *run) scrubTexts(e *wapay.Error) {
	e.Code, e.Message, e.RequestID = r.scrubString(e.Code), r.scrubString(e.Message), r.scrubString(e.RequestID)
	for i, d := range e.Details {
		e.Details[i] = wapay.FieldError{Field: r.scrubString(d.Field), Message: r.scrubString(d.Message)}
	}
}

// scrubError takes the URL off err, and if what is left still shows a secret, all but the text.
func (r *run) scrubError(err error) error {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		if text := cause.Error(); r.scrubString(text) != text {
			return errors.New(r.scrubString(err.Error()))
		}
	}
	return err
}
