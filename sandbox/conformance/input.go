package conformance

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/wapay-go/wapay"
)

// amounts checks that an amount which nobody can pay is refused, and that
// nothing is sent.
func amounts(c *check) {
	c.start()
	currency := c.sample.Amount.Currency()
	for what, amount := range map[string]wapay.Money{
		"no amount": {}, "0": currency.Units(0), "a negative amount": currency.Minor(-c.sample.Amount.MinorUnits()),
		"the least negative amount": currency.Minor(-1), "an unknown currency": wapay.Currency("XXX").Units(1000),
		"a currency in small letters": wapay.Currency(strings.ToLower(string(currency))).Units(1000),
		"no currency":                 wapay.Currency("").Minor(1000),
	} {
		c.what = what
		r := c.order()
		r.Amount = amount
		if _, err := c.do(context.Background(), r); !wapay.NotDone(err) {
			c.failf("want a refusal, got %v", err)
		}
		if c.countCarriedOut(r) > 0 {
			c.failf("the order was carried out")
		}
	}
}

// strangeAmounts checks that a huge amount, or one in another currency than the
// sample's, is refused or ordered unchanged.
func strangeAmounts(c *check) {
	currency, other := c.sample.Amount.Currency(), wapay.EUR.Minor(12_34)
	if currency == wapay.EUR {
		other = wapay.GNF.Units(1000)
	}
	for _, amount := range []wapay.Money{
		other, currency.Minor(1_000_000_000_000_000_000), currency.Minor(1<<53 + 1), currency.Units(1 << 62),
	} {
		c.start()
		c.what = "an amount of " + amount.String()
		r := c.order()
		r.Amount = amount
		_, err := c.do(context.Background(), r)
		switch {
		case err == nil:
			c.carriedOutOnce(r)
		case !wapay.NotDone(err):
			c.failf("want a refusal or the order, got %v", err)
		}
	}
}

// references checks that a reference is refused, or kept unchanged.
func references(c *check) {
	c.start()
	c.what = "without a reference"
	before, r := c.state(), c.order()
	r.Reference = ""
	if _, err := c.do(context.Background(), r); !wapay.NotDone(err) || !errors.Is(err, wapay.ErrInvalid) {
		c.failf("want ErrInvalid and nothing done, got %v", err)
	}
	c.unchanged(before)
	for _, r.Reference = range oddReferences() {
		c.start()
		c.what = fmt.Sprintf("with the reference %.40q", r.Reference)
		_, err := c.do(context.Background(), r)
		if err != nil {
			if !wapay.NotDone(err) {
				c.failf("want the order or a refusal, got %v", err)
			}
			continue
		}
		c.carriedOutOnce(r)
		if found, err := c.look(context.Background(), c.byReference(r)); err != nil {
			c.failf("the order is not found: %v", err)
		} else if found != nil && differs(found, r) {
			c.failf("found %+v", found)
		}
		for _, near := range []string{
			r.Reference + "4", strings.TrimLeft(r.Reference, "0 "), r.Reference[:len(r.Reference)-1],
		} {
			if near == r.Reference || near == "" {
				continue
			}
			if found, err := c.look(context.Background(), wapay.Ref{Reference: near}); err == nil {
				c.failf("the reference %.40q, which nobody has used, found %+v", near, found)
			}
		}
	}
}

// nilClient checks that a nil client and a zero client refuse each call.
func nilClient(c *check) {
	c.start()
	typ := reflect.TypeOf(c.Client)
	if typ.Kind() != reflect.Pointer || typ.Elem().Kind() != reflect.Struct {
		c.Skip("the client is no pointer to a struct")
	}
	c.unmade = true
	for what, client := range map[string]any{
		"on a nil client": reflect.Zero(typ).Interface(), "on the zero client": reflect.New(typ.Elem()).Interface(),
	} {
		c.what, c.Client = what, client
		r := c.order()
		if _, err := c.do(context.Background(), r); !errors.Is(err, wapay.ErrInvalid) || !wapay.NotDone(err) {
			c.failf("want ErrInvalid and nothing done, got %v", err)
		}
		if _, err := c.look(context.Background(), c.byReference(r)); !errors.Is(err, wapay.ErrInvalid) {
			c.failf("a lookup: want ErrInvalid, got %v", err)
		}
	}
}
