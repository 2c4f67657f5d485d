package shop

import (
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
)

// Nobody is told that nothing was charged when something may have been.
func TestAnswer(t *testing.T) {
	s := &shop{log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	for name, test := range map[string]struct {
		err  error
		code int
		body string
	}{
		"done":        {nil, 200, "\"x\"\n"},
		"in flight":   {journal.ErrInFlight, 202, "please wait, and do not pay a second time\n"},
		"unknown":     {&wapay.Error{Outcome: wapay.OutcomeUnknown}, 202, "please wait, and do not pay a second time\n"},
		"not found":   {&wapay.Error{Outcome: wapay.OutcomeUnknown, Kind: wapay.ErrNotFound}, 202, "please wait, and do not pay a second time\n"},
		"held":        {journal.ErrHeld, 202, "we are looking into it, do not pay a second time\n"},
		"refused":     {&wapay.Error{Outcome: wapay.OutcomeRejected}, 409, "nothing was charged: choose another way to pay\n"},
		"not sent":    {&wapay.Error{Outcome: wapay.OutcomeNotSent}, 409, "nothing was charged: choose another way to pay\n"},
		"other order": {&wapay.Error{Outcome: wapay.OutcomeNotSent, Kind: wapay.ErrDuplicate}, 409, "the cart has changed since it was checked out\n"},
		"no order":    {wapay.ErrNotFound, 404, "no such order\n"},
		"anything":    {errors.New("disk full"), 202, "please wait, and do not pay a second time\n"},
	} {
		w := httptest.NewRecorder()
		s.answer(w, "x", test.err)
		if w.Code != test.code || w.Body.String() != test.body {
			t.Errorf("%s: %d %q, want %d %q", name, w.Code, w.Body.String(), test.code, test.body)
		}
		if again := w.Header().Get("Retry-After") != ""; again != (test.code == 202 && name != "held") {
			t.Errorf("%s: Retry-After %q", name, w.Header().Get("Retry-After"))
		}
	}
}
