package main

import (
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
)

// order is one that the shop is asked for, as this program knows it.
type order struct {
	*way
	reference string
	amount    wapay.Money
	role      role
	begun     bool
	ended     wapay.Status // pending until it has
}

// role is what happens to an order.
type role int

const (
	ordinary     role = iota // it succeeds, and the notification comes, and comes again
	declined                 // it fails
	unsaved                  // the shop is killed when it has placed it
	crowded                  // the notification comes several times at once
	overtaken                // the last notification comes before the first
	killedBefore             // the shop is killed before it has committed it
	killedAfter              // and after
	unreported               // no notification of it ever comes
)

// cast gives each way an order for each thing that can happen there.
func cast(ways []*way, ordinaries int) []*order {
	var all []*order
	add := func(on *way, r role) {
		n := len(all) + 1
		all = append(all, &order{
			way: on, reference: fmt.Sprintf("order-%d", n), role: r, ended: wapay.StatusPending,
			amount: on.base.Currency().Minor(on.base.MinorUnits() + int64(5*n)), // CinetPay takes multiples of 5
		})
	}
	for _, on := range ways {
		for range ordinaries {
			add(on, ordinary)
		}
		for _, r := range []role{declined, crowded, killedBefore, killedAfter, unreported} {
			add(on, r)
		}
		if on.begin != nil {
			add(on, overtaken)
		}
		if on.kind == ipn.KindPayout {
			add(on, unsaved)
		}
	}
	return all
}

// find returns the provider's id.
func (o *order) find() (string, error) {
	id := o.id(o.reference)
	if id == "" {
		return "", fmt.Errorf("%s does not have %s", o.way, o.reference)
	}
	return id, nil
}

// start makes the first news, where there is any before the last.
func (o *order) start() error {
	id, err := o.find()
	if err != nil || o.begin == nil || o.begun {
		return err
	}
	o.begun = true
	return o.begin(id)
}

// end makes the last news.
func (o *order) end() error {
	if err := o.start(); err != nil {
		return err
	}
	id, err := o.find()
	if err != nil {
		return err
	}
	if o.role == declined {
		o.ended = wapay.StatusFailed
		return o.fail(id)
	}
	o.ended = wapay.StatusSucceeded
	return o.succeed(id)
}

// latest is the last attempt to notify about the order.
func (o *order) latest() (sandbox.Delivery, error) {
	id, err := o.find()
	if err != nil {
		return sandbox.Delivery{}, err
	}
	sent := o.server.DeliveriesOf(id)
	if len(sent) == 0 {
		return sandbox.Delivery{}, fmt.Errorf("nobody was notified of %s", o.reference)
	}
	return sent[len(sent)-1], nil
}
