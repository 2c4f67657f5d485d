// Package lookup holds the lookups that the clients share: after a refusal of a
// used reference, by the merchant's reference, and in a list of the newest
// orders.
package lookup

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/wapay-go/wapay"
)

// AfterDuplicate looks an order up after the provider refused its reference as
// used. differs returns how an order differs from the request, or "".
// AfterDuplicate returns an order that does not differ.
//
// If the order differs, or if the lookup finds none, it returns refused, whose
// outcome is unknown. It returns an error of another kind than
// [wapay.ErrDuplicate] unchanged.
func AfterDuplicate[T any](
	ctx context.Context, refused error, find func(context.Context) (T, error), differs func(T) string,
) (T, error) {
	var none T
	var e *wapay.Error
	if !errors.Is(refused, wapay.ErrDuplicate) || !errors.As(refused, &e) || ctx.Err() != nil {
		return none, refused
	}
	order, err := find(ctx)
	if err != nil {
		e.Err = errors.New("looked up: " + err.Error()) // as text, so that errors.Is does not match the lookup's error
		if end := ctx.Err(); end != nil {
			e.Err = fmt.Errorf("%w: %w", end, e.Err)
		}
		return none, e
	}
	if what := differs(order); what != "" {
		e.Err = errors.New("looked up: the order under this reference " + what)
		return none, e
	}
	return order, nil
}

// Found converts the result of a lookup into one of wapay's orders, or returns
// the lookup's error.
func Found[F, T any](found *F, err error, reference string, as func(found *F, reference string) *T) (*T, error) {
	if err != nil {
		return nil, err
	}
	return as(found, reference), nil
}

// OtherAmount says how the amount that an order shows differs from the
// requested one, or returns "".
func OtherAmount(shown, asked wapay.Money) string {
	switch shown {
	case asked:
		return ""
	case wapay.Money{}:
		return "does not show its amount"
	}
	return "is of " + shown.String()
}

// Match says whether an order has a reference.
type Match int

const (
	Other   Match = iota // it has another one
	Same                 // it has this one
	Perhaps              // it does not show which one
)

// Compare compares the reference that an order shows with the wanted one. An
// order that shows none may have it. So may one that shows the same number in
// another form: a server that stores numbers loses the leading zeros.
func Compare(shown, reference string) Match {
	switch {
	case shown == reference:
		return Same
	case shown == "", strings.TrimLeft(shown, "0") == strings.TrimLeft(reference, "0"):
		return Perhaps
	}
	a, errA := strconv.ParseFloat(shown, 64)
	b, errB := strconv.ParseFloat(reference, 64)
	if errA == nil && errB == nil && a == b {
		return Perhaps
	}
	return Other
}

// OtherNumber reports whether an order shows another phone number. It compares
// the last eight digits. A number of Benin may come back without its 01, any
// number with its calling code, and a JSON number without leading zeros.
func OtherNumber(shown string, phone wapay.Phone) bool {
	want, digits := phone.National(), Digits(shown)
	if want == "" || digits == "" {
		return false
	}
	want = want[max(0, len(want)-8):]
	return !strings.HasSuffix(digits, want) && digits != strings.TrimLeft(want, "0")
}

// Digits returns the digits of a number without separators. It returns "" if
// the number has other characters, such as the stars of a mask.
func Digits(number string) string {
	number = strings.NewReplacer(" ", "", "+", "", "-", "", ".", "").Replace(number)
	if strings.Trim(number, "0123456789") != "" {
		return ""
	}
	return number
}
