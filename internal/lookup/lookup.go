// Package lookup has what the clients share when they look an order up: after a
// refusal that names its reference as used, by the merchant's reference, and in
// a list of the newest orders.
package lookup

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/wapay-go/wapay"
)

// AfterDuplicate looks up the order that the provider has under a reference it
// refused as used. It returns the order if it is the one that was asked for:
// differs returns "" for it, else what is different.
//
// For any other order, and where none can be seen, it returns refused, whose
// outcome is unknown: there is an order under the reference. It also returns
// any error that is not [wapay.ErrDuplicate] as it is.
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
		e.Err = errors.New("looked up: " + err.Error()) // in words: e is not about what the lookup did not find
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

// Found returns the order that a lookup found, as one of wapay's, or the
// lookup's error.
func Found[F, T any](found *F, err error, reference string, as func(found *F, reference string) *T) (*T, error) {
	if err != nil {
		return nil, err
	}
	return as(found, reference), nil
}

// OtherAmount says how the amount that an order shows differs from the one that
// was asked for, or returns "".
func OtherAmount(shown, asked wapay.Money) string {
	switch shown {
	case asked:
		return ""
	case wapay.Money{}:
		return "does not show its amount"
	}
	return "is of " + shown.String()
}

// Match says whether an order carries a reference.
type Match int

const (
	Other   Match = iota // it carries another one
	Same                 // it carries this one
	Perhaps              // it does not show which
)

// Compare compares the reference that an order shows with the one that is
// looked for. An order that shows none may carry it. So may one that shows the
// same number in another form: a server that keeps references as numbers loses
// the zeros before them.
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

// OtherNumber reports whether an order shows another number than the one that
// pays or is paid. It compares the last eight digits. A number of Benin may come
// back without the 01 that it was sent with, any number with its calling code,
// and a number in JSON without the zeros at its start.
func OtherNumber(shown string, phone wapay.Phone) bool {
	want, digits := phone.National(), Digits(shown)
	if want == "" || digits == "" {
		return false
	}
	want = want[max(0, len(want)-8):]
	return !strings.HasSuffix(digits, want) && digits != strings.TrimLeft(want, "0")
}

// Digits returns the digits of a number. It returns "" if the number has
// anything but separators in it, such as the stars of a mask.
func Digits(number string) string {
	number = strings.NewReplacer(" ", "", "+", "", "-", "", ".", "").Replace(number)
	if strings.Trim(number, "0123456789") != "" {
		return ""
	}
	return number
}
