package wapay_test

import (
	"encoding/json"
	"testing"

	"github.com/wapay-go/wapay"
)

func TestStatus(t *testing.T) {
	for _, tt := range []struct {
		s     wapay.Status
		word  string
		final bool
	}{
		{wapay.StatusUnknown, "unknown", false},
		{wapay.StatusPending, "pending", false},
		{wapay.StatusSucceeded, "succeeded", true},
		{wapay.StatusFailed, "failed", true},
		{wapay.StatusCancelled, "cancelled", true},
		{wapay.StatusRefunded, "refunded", true},
	} {
		if tt.s.String() != tt.word || tt.s.Final() != tt.final {
			t.Errorf("%d: %q, final %v; want %q, %v", tt.s, tt.s, tt.s.Final(), tt.word, tt.final)
		}
		doc, err := json.Marshal(map[wapay.Status]wapay.Status{tt.s: tt.s})
		if want := `{"` + tt.word + `":"` + tt.word + `"}`; err != nil || string(doc) != want {
			t.Errorf("got %s, %v; want %s", doc, err, want)
		}
		var got map[wapay.Status]wapay.Status
		if err := json.Unmarshal(doc, &got); err != nil || got[tt.s] != tt.s || len(got) != 1 {
			t.Errorf("%s became %v, %v", doc, got, err)
		}
	}
	var zero wapay.Status
	if zero != wapay.StatusUnknown {
		t.Error("the zero value is not StatusUnknown")
	}
	for _, s := range []wapay.Status{-1, 6, 1 << 40, -1 << 40} {
		if s.String() != "unknown" || s.Final() {
			t.Errorf("%d: %q, final %v", int(s), s, s.Final())
		}
	}
}

// A word that this version does not know, from a later one or a typing error, is never taken for an outcome.
func TestStatusUnknownWord(t *testing.T) {
	for _, word := range []string{"", "SUCCEEDED", "success", " succeeded", "succeeded\n", "2", "paid", "unknown"} {
		s := wapay.StatusSucceeded
		if err := s.UnmarshalText([]byte(word)); err != nil || s != wapay.StatusUnknown {
			t.Errorf("%q: got %v, %v", word, s, err)
		}
	}
	s := wapay.StatusPending
	if err := json.Unmarshal([]byte(`2`), &s); err == nil {
		t.Errorf("a bare number was read as %v", s)
	}
}

func TestOutcome(t *testing.T) {
	for o, words := range map[wapay.Outcome]string{
		wapay.OutcomeUnknown: "outcome unknown", wapay.OutcomeNotSent: "not sent", wapay.OutcomeRejected: "rejected",
		wapay.OutcomeReadOnly: "no answer", -1: "outcome unknown", 4: "outcome unknown", 1 << 40: "outcome unknown",
	} {
		text, err := o.MarshalText()
		if o.String() != words || string(text) != words || err != nil {
			t.Errorf("%d: %q, %q, %v; want %q", int(o), o, text, err, words)
		}
	}
	var zero wapay.Outcome
	if zero != wapay.OutcomeUnknown {
		t.Error("the zero value is not OutcomeUnknown")
	}
}
