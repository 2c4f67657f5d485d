package call

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
)

// TestOutcomeTable checks the table of docs/outcome.md, row by row.
func TestOutcomeTable(t *testing.T) {
	const unknown, unsent, rejected = wapay.OutcomeUnknown, wapay.OutcomeNotSent, wapay.OutcomeRejected
	for _, x := range []struct {
		wire    wire
		status  int
		ruling  Ruling
		kind    error
		earlier Earlier
		want    wapay.Outcome
	}{
		{notSent, 0, NotTheirs, wapay.ErrUnavailable, NoneBefore, unsent},
		{notSent, 0, NotTheirs, wapay.ErrUnavailable, RateLimited, unsent},
		{notSent, 0, NotTheirs, wapay.ErrUnavailable, Lost, unknown},
		{noAnswer, 0, NotTheirs, wapay.ErrUnavailable, NoneBefore, unknown},
		{noAnswer, 400, Refused, wapay.ErrUnavailable, NoneBefore, unknown}, // a truncated answer does not count
		{limited, 429, NotTheirs, wapay.ErrRateLimited, NoneBefore, rejected},
		{limited, 429, Refused, wapay.ErrRateLimited, RateLimited, rejected},
		{limited, 429, Refused, wapay.ErrRateLimited, Lost, unknown},
		{answered, 429, Refused, wapay.ErrRateLimited, NoneBefore, unknown}, // it names the order
		{answered, 429, MaybeDone, wapay.ErrRateLimited, NoneBefore, unknown},
		{answered, 200, NotTheirs, wapay.ErrDecode, NoneBefore, unknown},
		{answered, 200, Refused, wapay.ErrInvalid, NoneBefore, rejected},
		{answered, 400, Refused, wapay.ErrInvalid, NoneBefore, rejected},
		{answered, 422, Refused, wapay.ErrInvalid, Lost, rejected}, // the judge has counted the earlier attempts
		{answered, 400, NotTheirs, wapay.ErrInvalid, NoneBefore, unknown},
		{answered, 400, MaybeDone, wapay.ErrInvalid, NoneBefore, unknown},
		{answered, 409, Refused, wapay.ErrDuplicate, NoneBefore, unknown}, // the reference is used
		{answered, 302, Refused, wapay.ErrDecode, NoneBefore, unknown},
		{answered, 408, Refused, wapay.ErrUnavailable, NoneBefore, unknown},
		{answered, 444, Refused, wapay.ErrInvalid, NoneBefore, unknown},
		{answered, 460, Refused, wapay.ErrInvalid, NoneBefore, unknown},
		{answered, 499, Refused, wapay.ErrInvalid, NoneBefore, unknown},
		{answered, 500, Refused, wapay.ErrUnavailable, NoneBefore, unknown},
		{answered, 503, Refused, wapay.ErrInsufficientFunds, NoneBefore, unknown},
	} {
		name := fmt.Sprintf("wire %d, status %d, ruling %d, %v, earlier %d", x.wire, x.status, x.ruling, x.kind, x.earlier)
		for _, effect := range []Effect{Write, IdempotentWrite} {
			assert.Equal(t, x.want, outcome(effect, x.wire, x.status, x.ruling, x.kind, x.earlier), name)
		}
		assert.Equal(t, wapay.OutcomeReadOnly, outcome(Read, x.wire, x.status, x.ruling, x.kind, x.earlier), name)
	}
}

// TestRefusal checks the ruling on a refusal for each earlier attempt.
func TestRefusal(t *testing.T) {
	for _, x := range []struct {
		kind                    error
		none, rateLimited, lost Ruling
	}{
		{wapay.ErrInvalid, Refused, Refused, Refused},
		{wapay.ErrNotFound, Refused, Refused, Refused},
		{wapay.ErrInsufficientFunds, Refused, MaybeDone, MaybeDone},
		{wapay.ErrUnauthorized, Refused, Refused, MaybeDone},
		{wapay.ErrForbidden, Refused, Refused, MaybeDone},
		{wapay.ErrRateLimited, Refused, Refused, MaybeDone},
		{wapay.ErrUnavailable, Refused, Refused, MaybeDone},
		{wapay.ErrDecode, Refused, Refused, MaybeDone},
		{wapay.ErrDuplicate, MaybeDone, MaybeDone, MaybeDone},
		{nil, Refused, Refused, Refused},
	} {
		got := []Ruling{Refusal(x.kind, NoneBefore), Refusal(x.kind, RateLimited), Refusal(x.kind, Lost)}
		assert.Equal(t, []Ruling{x.none, x.rateLimited, x.lost}, got, "%v", x.kind)
	}
}
