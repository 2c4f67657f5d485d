package wapay_test

import (
	"encoding/json"
	"fmt"
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

// A later version may write a word that this one does not know. Neither that
// word nor a typing error is an outcome.
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

func TestStatusMayBecome(t *testing.T) {
	all := []wapay.Status{
		wapay.StatusUnknown, wapay.StatusPending, wapay.StatusSucceeded, wapay.StatusFailed, wapay.StatusCancelled,
		wapay.StatusRefunded,
	}
	const no, yes = false, true
	for s, row := range [6][6]bool{
		// unknown, pending, succeeded, failed, cancelled, refunded
		wapay.StatusUnknown:   {no, yes, yes, yes, yes, yes},
		wapay.StatusPending:   {no, no, yes, yes, yes, yes},
		wapay.StatusSucceeded: {no, no, no, no, no, yes},
		wapay.StatusFailed:    {no, no, no, no, no, no},
		wapay.StatusCancelled: {no, no, no, no, no, no},
		wapay.StatusRefunded:  {no, no, no, no, no, no},
	} {
		for next, want := range row {
			if all[s].MayBecome(all[next]) != want {
				t.Errorf("%v to %v: got %v", all[s], all[next], !want)
			}
		}
	}
	for _, odd := range []wapay.Status{-1, 6, 1 << 40, -1 << 40} {
		for _, s := range append(all, 7) {
			if s.MayBecome(odd) {
				t.Errorf("%v may become %d", s, int(odd))
			}
			if odd.MayBecome(s) != wapay.StatusUnknown.MayBecome(s) {
				t.Errorf("%d to %v differs from unknown", int(odd), s)
			}
		}
	}
}

// Notifications can overtake each other.
func ExampleStatus_MayBecome() {
	known := wapay.StatusUnknown
	for _, news := range []wapay.Status{
		wapay.StatusSucceeded, wapay.StatusPending, wapay.StatusFailed, wapay.StatusRefunded,
	} {
		if !known.MayBecome(news) {
			fmt.Println(known, "stays, in spite of", news)
			continue
		}
		fmt.Println(known, "becomes", news)
		known = news
	}
	// Output:
	// unknown becomes succeeded
	// succeeded stays, in spite of pending
	// succeeded stays, in spite of failed
	// succeeded becomes refunded
}

func TestOutcome(t *testing.T) {
	for o, words := range map[wapay.Outcome]string{
		wapay.OutcomeUnknown: "outcome unknown", wapay.OutcomeNotSent: "not sent", wapay.OutcomeRejected: "rejected",
		wapay.OutcomeReadOnly: "read only", -1: "outcome unknown", 4: "outcome unknown", 1 << 40: "outcome unknown",
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
