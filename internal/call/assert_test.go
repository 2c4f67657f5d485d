package call_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// sentinels are the targets of errors.Is: an error must match exactly the ones
// that its row names.
var sentinels = []error{
	wapay.ErrInvalid, wapay.ErrUnauthorized, wapay.ErrForbidden, wapay.ErrNotFound, wapay.ErrDuplicate,
	wapay.ErrInsufficientFunds, wapay.ErrRateLimited, wapay.ErrUnavailable, wapay.ErrOutcomeUnknown, wapay.ErrDecode,
	context.Canceled, context.DeadlineExceeded,
}

// wantError holds the expected properties of an error.
type wantError struct {
	outcome  wapay.Outcome
	kind     error
	also     []error // matched beside the kind
	status   int
	attempts int
	text     []string // in Error()
}

func noVerdict(effect call.Effect) wapay.Outcome {
	if effect == call.Read {
		return wapay.OutcomeReadOnly
	}
	return wapay.OutcomeUnknown
}

// requireError checks all properties of err, and that it has no others.
func requireError(t *testing.T, err error, want wantError) *wapay.Error {
	t.Helper()
	require.Error(t, err)
	e, ok := err.(*wapay.Error)
	require.Truef(t, ok, "%T is no *wapay.Error", err)
	text := e.Error()
	assert.Equalf(t, want.outcome, e.Outcome, "outcome of %s", text)
	assert.Equalf(t, want.status, e.HTTPStatus, "status of %s", text)
	assert.Equalf(t, want.attempts, e.Attempts, "attempts of %s", text)
	assert.Equal(t, want.kind, e.Kind, "kind of %s", text)
	assert.Equal(t, provider, e.Provider)
	assert.Equal(t, op, e.Op)
	assert.Equal(t, reference, e.Reference)

	matched := map[error]bool{}
	if want.kind != nil {
		matched[want.kind] = true
	}
	if want.outcome == wapay.OutcomeUnknown {
		matched[wapay.ErrOutcomeUnknown] = true
	}
	for _, target := range want.also {
		matched[target] = true
	}
	for _, target := range sentinels {
		assert.Equalf(t, matched[target], errors.Is(err, target), "errors.Is(%q, %q)", text, target)
	}

	assert.True(t, strings.HasPrefix(text, provider+": "+op+` "`+reference+`": `), text)
	if want.outcome != wapay.OutcomeReadOnly {
		assert.Contains(t, text, `": `+want.outcome.String(), text)
	}
	if want.status != 0 {
		assert.Contains(t, text, fmt.Sprintf("HTTP %d", want.status))
	} else {
		assert.NotContains(t, text, ": HTTP ")
	}
	if want.attempts > 1 {
		assert.Contains(t, text, fmt.Sprintf("(%d attempts)", want.attempts))
	}
	for _, part := range want.text {
		assert.Contains(t, text, part)
	}
	assert.NotContains(t, text, "\n")
	requireHidden(t, err)
	return e
}

// requireHidden checks that no form of err shows a secret, and no text of it a
// body, a query or a URL.
func requireHidden(t *testing.T, err error) {
	t.Helper()
	for name, text := range secretForms(err) {
		requireNoSecret(t, name, text)
	}
	for _, mark := range []string{
		queryMark, bodyMark, answerMark, phone, "http://", "https://", "a%2Fb", "token=", "/base/",
	} {
		for name, text := range publicForms(err) {
			if strings.Contains(text, mark) {
				t.Errorf("%s of the error, among others, shows %q: %s", name, mark, text)
				break
			}
		}
	}
}

// written returns the secrets in each possible form.
var written = func() (forms []string) {
	for _, secret := range []string{apiKey, queryToken, signature} {
		inJSON := mustJSON(secret)
		decimal, hexes := fmt.Sprint([]byte(secret)), fmt.Sprintf("%#v", []byte(secret))
		forms = append(forms,
			secret, url.QueryEscape(secret), url.PathEscape(secret), inJSON, phpJSON(secret),
			mustJSON(inJSON), phpJSON(inJSON), phpJSON(phpJSON(secret)),
			html.EscapeString(secret), hex.EncodeToString([]byte(secret)), fmt.Sprintf("% x", secret),
			strings.Trim(decimal, "[]"), strings.TrimSuffix(strings.TrimPrefix(hexes, "[]byte{"), "}"),
		)
	}
	return forms
}()

func requireNoSecret(t *testing.T, where, text string) {
	t.Helper()
	for _, form := range written {
		if strings.Contains(text, form) {
			t.Errorf("%s shows a secret as %q", where, form)
		}
	}
}

// publicForms returns the texts of err for a log.
func publicForms(err error) map[string]string {
	forms := map[string]string{"Error()": err.Error()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		forms[verb] = fmt.Sprintf(verb, err)
	}
	js, jsErr := json.Marshal(err)
	forms["JSON"] = fmt.Sprint(string(js), jsErr)
	walk(err, func(cause error) {
		forms[fmt.Sprintf("cause %T", cause)] += cause.Error() + "\n"
	})
	return forms
}

// secretForms returns all printed forms of err and of its parts.
func secretForms(err error) map[string]string {
	forms := publicForms(err)
	forms["%d"] = fmt.Sprintf("%d", err)
	walk(err, func(cause error) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "% x"} {
			forms[fmt.Sprintf("%s of cause %T", verb, cause)] += fmt.Sprintf(verb, cause) + "\n"
		}
		js, _ := json.Marshal(cause)
		forms[fmt.Sprintf("JSON of cause %T", cause)] += string(js) + "\n"
	})
	if e, ok := err.(*wapay.Error); ok {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			forms[verb+" of *err"] = fmt.Sprintf(verb, *e)
		}
		js, _ := json.Marshal(*e)
		forms["JSON of *err"] = string(js)
		forms["Body"] = string(e.Body)
		forms["RequestID"] = e.RequestID
	}
	return forms
}

// walk visits err and every cause below it.
func walk(err error, visit func(error)) {
	if err == nil {
		return
	}
	visit(err)
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		walk(u.Unwrap(), visit)
	case interface{ Unwrap() []error }:
		for _, cause := range u.Unwrap() {
			walk(cause, visit)
		}
	}
}

// requireQuiet checks that a log shows no private data.
func requireQuiet(t *testing.T, log string) {
	t.Helper()
	requireNoSecret(t, "the log", log)
	for _, hidden := range []string{queryMark, bodyMark, answerMark, phone, "http://", "token=", "/base/", "a%2Fb"} {
		assert.NotContains(t, log, hidden)
	}
}
