package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
)

// forgery is a notification that somebody has made of a true one.
type forgery struct {
	what   string
	of     *order            // whose notification it is made of
	change []string          // old and new, in the body
	header map[string]string // changed too
	want   int               // the answer
}

// forge sends what a thief would who has seen true notifications, about orders that nobody has paid.
func (t *theatre) forge(ctx context.Context) (string, error) {
	before, err := t.readBooks(ctx)
	if err != nil {
		return "", err
	}
	forgeries, err := t.forgeries()
	if err != nil {
		return "", err
	}
	var said []string
	for _, f := range forgeries {
		d, err := f.of.latest()
		if err != nil {
			return "", err
		}
		status, err := t.sendForged(ctx, d, f)
		if err != nil {
			return "", fmt.Errorf("%s: %w", f.what, err)
		}
		if status != f.want {
			return "", fmt.Errorf("%s: the shop answers %d, want %d", f.what, status, f.want)
		}
		said = append(said, fmt.Sprintf("%d   %s", status, f.what))
	}
	after, err := t.readBooks(ctx)
	if err != nil {
		return "", err
	}
	if !slices.Equal(before.Orders, after.Orders) || !slices.Equal(before.Bookings, after.Bookings) || len(after.Oddities) != 0 {
		return "", errors.New("a forged notification has changed the books")
	}
	return strings.Join(said, "\n") + "\nand the books are what they were", nil
}

func (t *theatre) sendForged(ctx context.Context, d sandbox.Delivery, f forgery) (int, error) {
	body := []byte(strings.NewReplacer(f.change...).Replace(string(d.Body)))
	if len(f.change) > 0 && bytes.Equal(body, d.Body) {
		return 0, errors.New("there is nothing to change in the notification")
	}
	header := d.Header.Clone()
	for name, value := range f.header {
		header.Set(name, value)
	}
	for {
		status, err := t.post(ctx, d.URL, header, body)
		if err != nil || status == f.want || status < 500 {
			return status, err
		}
		// A machine that is too slow for the shop's patience: once more.
	}
}

// forgeries are made of the notifications about paid orders, and name open ones.
func (t *theatre) forgeries() ([]forgery, error) {
	var all []forgery
	for _, on := range t.ways {
		paid, open := t.orderOf(on, ordinary), t.orderOf(on, unreported)
		paidID, err := paid.find()
		if err != nil {
			return nil, err
		}
		openID, err := open.find()
		if err != nil {
			return nil, err
		}
		rename := []string{paidID, openID, paid.reference, open.reference}
		switch {
		case on.provider == "mpp" || on.provider == "cinetpay" && on.kind == ipn.KindPayout: // signs nothing
			all = append(all,
				forgery{what: "an open " + on.String() + " is said to have succeeded", of: paid, change: rename, want: http.StatusServiceUnavailable},
				forgery{
					what: "so is a " + on.String() + " that there is not", of: paid,
					change: []string{paidID, paidID + "0"}, want: http.StatusServiceUnavailable,
				})
		default:
			all = append(all, forgery{
				what: "a true " + on.String() + " is given the name of an open one", of: paid, change: rename, want: http.StatusUnauthorized,
			})
		}
	}
	return append(all,
		forgery{what: "a true barkapay payment is called a payout, which is not signed", of: t.paid("barkapay"),
			change: []string{`"type":"payment"`, `"type":"transfer"`, `"sender_`, `"receiver_`}, want: http.StatusOK},
		forgery{what: "a true intram payment gets another delivery id, which is not signed", of: t.paid("intram"),
			header: map[string]string{"X-Intram-Delivery": "whd_" + random()}, want: http.StatusOK}), nil
}

func (t *theatre) orderOf(on *way, r role) *order {
	return t.cast[slices.IndexFunc(t.cast, func(o *order) bool { return o.way == on && o.role == r })]
}

// paid is a payment that has been notified.
func (t *theatre) paid(provider string) *order {
	return t.cast[slices.IndexFunc(t.cast, func(o *order) bool {
		return o.provider == provider && o.kind == ipn.KindPayment && o.role == ordinary
	})]
}
