package wapay_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wapay-go/wapay"
)

var kinds = []error{
	wapay.ErrInvalid, wapay.ErrUnauthorized, wapay.ErrForbidden, wapay.ErrNotFound, wapay.ErrDuplicate,
	wapay.ErrInsufficientFunds, wapay.ErrRateLimited, wapay.ErrUnavailable, wapay.ErrDecode, wapay.ErrOutcomeUnknown,
}

func TestErrorIs(t *testing.T) {
	for _, kind := range kinds {
		for _, o := range []wapay.Outcome{
			wapay.OutcomeUnknown, wapay.OutcomeNotSent, wapay.OutcomeRejected, wapay.OutcomeReadOnly,
		} {
			err := fmt.Errorf("shop: %w", &wapay.Error{Kind: kind, Outcome: o, Err: io.ErrUnexpectedEOF})
			for _, target := range kinds {
				want := target == kind || target == wapay.ErrOutcomeUnknown && o == wapay.OutcomeUnknown
				if errors.Is(err, target) != want {
					t.Errorf("%v with %v: Is(%v) = %v", kind, o, target, !want)
				}
			}
			if !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
				t.Errorf("%v with %v: the cause is lost", kind, o)
			}
		}
	}
}

func TestErrorZeroIsUnknown(t *testing.T) {
	var err error = &wapay.Error{}
	if !errors.Is(err, wapay.ErrOutcomeUnknown) {
		t.Error("an error without an outcome does not count as unknown")
	}
	for _, kind := range kinds[:len(kinds)-1] {
		if errors.Is(err, kind) {
			t.Errorf("an error without a kind is %v", kind)
		}
	}
	if errors.Is(&wapay.Error{Outcome: wapay.OutcomeRejected}, nil) {
		t.Error("an error without a kind is nil")
	}
}

// A function that declares *Error and returns it as error may return a nil
// *Error in an error that is not nil.
func TestErrorNil(t *testing.T) {
	var none *wapay.Error
	var err error = none
	if err.Error() != "wapay: nil *Error" || fmt.Sprintf("%v %#v", err, err) != "wapay: nil *Error wapay: nil *Error" {
		t.Errorf("got %v, %#v", err, err)
	}
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			t.Errorf("a nil *Error is %v", kind)
		}
	}
	if errors.Unwrap(err) != nil {
		t.Error("a nil *Error has a cause")
	}
	if js, jsErr := json.Marshal(err); string(js) != "null" || jsErr != nil {
		t.Errorf("got %s, %v", js, jsErr)
	}
	_, err = wapay.SettlePayment(context.Background(), &script{steps: []step{{err: none}}}, byReference)
	if !errors.Is(err, wapay.ErrOutcomeUnknown) {
		t.Errorf("settled by it: %v", err)
	}
}

func TestErrorAs(t *testing.T) {
	in := &wapay.Error{Kind: wapay.ErrRateLimited, Outcome: wapay.OutcomeRejected, RetryAfter: time.Minute, Err: context.Canceled}
	var out *wapay.Error
	if !errors.As(fmt.Errorf("a: %w", fmt.Errorf("b: %w", in)), &out) || out != in {
		t.Errorf("got %v", out)
	}
	if !errors.Is(in, context.Canceled) || in.Unwrap() != context.Canceled || (&wapay.Error{}).Unwrap() != nil {
		t.Error("Unwrap does not return the cause")
	}
}

func TestErrorText(t *testing.T) {
	for want, e := range map[string]*wapay.Error{
		`barkapay: Charge "order-1": outcome unknown: provider unavailable: HTTP 502: code E1: try again: Amount: is 0; Operator: is required: retry after 30s: unexpected EOF (3 attempts)`: {
			Provider: "barkapay", Op: "Charge", Reference: "order-1", HTTPStatus: 502, Code: "E1", Message: "try again", RequestID: "not shown",
			Details:    []wapay.FieldError{{Field: "Amount", Message: "is 0"}, {Field: "Operator", Message: "is required"}},
			RetryAfter: 30 * time.Second, Attempts: 3, Body: []byte("not shown"), Kind: wapay.ErrUnavailable, Err: io.ErrUnexpectedEOF,
		},
		`barkapay: Charge: rejected: insufficient funds: HTTP 402`: {
			Provider: "barkapay", Op: "Charge", HTTPStatus: 402, Attempts: 1, Outcome: wapay.OutcomeRejected, Kind: wapay.ErrInsufficientFunds,
		},
		`wapay: New: not sent: invalid request: because`: {
			Op: "New", Outcome: wapay.OutcomeNotSent, Kind: wapay.ErrInvalid, Err: errors.New("because"),
		},
		`mpp: Pay: outcome unknown: context canceled`:         {Provider: "mpp", Op: "Pay", Err: context.Canceled},
		`mpp: Pay: outcome unknown`:                           {Provider: "mpp", Op: "Pay", Kind: wapay.ErrOutcomeUnknown},
		`mpp: Balance: undecodable answer`:                    {Provider: "mpp", Op: "Balance", Outcome: wapay.OutcomeReadOnly, Kind: wapay.ErrDecode},
		`mpp: Pay "a\"b": outcome unknown: déjà payé — 100 F`: {Provider: "mpp", Op: "Pay", Reference: `a"b`, Message: "déjà payé — 100 F"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if got := fmt.Sprintf(verb, e); got != want {
				t.Errorf("%s: got %s\nwant %s", verb, got, want)
			}
		}
	}
}

// injections break a line of a log in two, or make a terminal or a viewer show
// something else.
var injections = []string{
	"\n", "\r\n", "\r", "\t", "\x00", "\x1b[2J", "\x1b]0;x\a", "\b\b\b", "\x7f", "\v", "\f",
	"\u0085", "\u009b31m", "\u2028", "\u2029", "\u202e", "\u2066", "\u200b", "\ufeff", "\xff", "\xc3", "\x85",
}

func TestErrorIsOneLine(t *testing.T) {
	for _, bad := range injections {
		s := "before" + bad + "level=INFO after"
		for _, e := range []*wapay.Error{
			{Reference: s}, {Code: s}, {Message: s}, {Details: []wapay.FieldError{{Field: s}}},
			{Details: []wapay.FieldError{{Message: s}}}, {Err: errors.New(s)},
		} {
			e.Provider, e.Op = "p", "Op"
			text := e.Error()
			if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) }); i >= 0 ||
				!utf8.ValidString(text) {
				t.Errorf("%q lets byte %d through: %q", bad, i, text)
			}
			if !strings.Contains(text, "before") || !strings.Contains(text, "after") {
				t.Errorf("%q lost its surroundings: %q", bad, text)
			}
			if got := fmt.Sprintf("%#v", e); got != text {
				t.Errorf("%%#v shows %q", got)
			}
		}
	}
}

func TestErrorIsBounded(t *testing.T) {
	for _, unit := range []string{"x", "é", "\U0001F600", "\n", "\u2028", "\x80"} {
		long := strings.Repeat(unit, 100_000)
		many := make([]wapay.FieldError, 5000)
		for i := range many {
			many[i] = wapay.FieldError{Field: long, Message: long}
		}
		e := &wapay.Error{
			Provider: "p", Op: "Op", Reference: long, Code: long, Message: long, Details: many[:1], Body: []byte(long), Err: errors.New(long),
		}
		if text := e.Error(); len(text) > 6000 || !utf8.ValidString(text) ||
			strings.Contains(text, "\uFFFD") && unit != "\x80" {
			t.Errorf("%q: %d bytes, %.80q…", unit, len(text), text)
		}
		e.Details = many
		if text := e.Error(); len(text) > 20_000 || !strings.Contains(text, "; and 4990 more") {
			t.Errorf("%q: %d bytes with 5000 details", unit, len(text))
		}
	}
	e := &wapay.Error{Provider: "p", Op: "Op", Reference: strings.Repeat("r", 500)}
	if want := `p: Op "` + strings.Repeat("r", 100) + `…": outcome unknown`; e.Error() != want {
		t.Errorf("got %s", e)
	}
	e = &wapay.Error{Provider: "p", Op: "Op", Reference: "a\nb: rejected"}
	if want := `p: Op "a\nb: rejected": outcome unknown`; e.Error() != want {
		t.Errorf("got %s", e)
	}
}

func TestErrorJSON(t *testing.T) {
	e := &wapay.Error{
		Provider: "barkapay", Op: "Charge", Reference: "order-1", HTTPStatus: 429, Code: "E1", Message: "slow\ndown\u2028",
		RequestID: "req-1", Details: []wapay.FieldError{{Field: "Amount", Message: "is 0"}}, RetryAfter: 1500 * time.Millisecond,
		Attempts: 2, Outcome: wapay.OutcomeRejected, Body: []byte("the body"), Kind: wapay.ErrRateLimited, Err: io.EOF,
	}
	doc, err := json.Marshal(map[string]error{"err": e})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]map[string]any
	if err := json.Unmarshal(doc, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"error": e.Error(), "provider": "barkapay", "op": "Charge", "reference": "order-1", "kind": "rate limited", "outcome": "rejected",
		"http_status": 429.0, "code": "E1", "message": "slow\ndown\u2028", "request_id": "req-1",
		"details": []any{map[string]any{"field": "Amount", "message": "is 0"}}, "retry_after_seconds": 1.5, "attempts": 2.0,
	}
	if fmt.Sprint(got["err"]) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got["err"], want)
	}
	if strings.ContainsAny(string(doc), "\n\u2028") || strings.Contains(string(doc), "the body") {
		t.Errorf("got %s", doc)
	}
	doc, err = json.Marshal(&wapay.Error{Op: "New"})
	if want := `{"error":"wapay: New: outcome unknown","op":"New","outcome":"outcome unknown"}`; err != nil ||
		string(doc) != want {
		t.Errorf("got %s, %v", doc, err)
	}
}
