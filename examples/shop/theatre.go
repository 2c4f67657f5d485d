package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"time"

	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/shop/shop"
)

// tries is enough attempts for a provider to make, for this program says when.
var tries = make([]time.Duration, 10_000)

// theatre is the shop with everybody around it.
type theatre struct {
	*world
	in     *input
	cast   []*order
	front  *front
	books  *database
	env    map[string]string
	shop   *process // nil while there is none
	http   *http.Client
	starts int
}

func open(ctx context.Context, in *input) (_ *theatre, err error) {
	t := &theatre{in: in, http: cli.LoopbackClient(), world: openWorld()}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	if t.front, err = openFront(); err != nil {
		return nil, err
	}
	if t.books, err = openDatabase(ctx, in.postgres); err != nil {
		return nil, err
	}
	// The merchant did this once, with CreateWebhook, and kept the secret that came in the answer.
	_, secret := t.intram.Subscribe(t.front.url+"/ipn/intram", "*")
	t.env = t.environment(secret)
	maps.Copy(t.env, t.books.env)
	t.env["SHOP_PUBLIC_URL"], t.env["SHOP_OBSCURE"] = t.front.url, random()
	t.cast = cast(t.ways, in.orders)
	return t, nil
}

func (t *theatre) close() {
	if t.shop != nil {
		t.shop.kill()
	}
	t.world.close()
	if t.front != nil {
		t.front.close()
	}
	if t.books != nil {
		_ = t.books.remove() // a temporary file, or a schema with a name of its own
	}
}

func random() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails on any system that Go runs on
	return hex.EncodeToString(b[:])
}

// startShop starts a shop that stands still where it is told to, if it is told.
func (t *theatre) startShop(ctx context.Context, stand shop.Stand) error {
	env := maps.Clone(t.env)
	env["SHOP_STAND_AT"], env["SHOP_STAND_REFERENCE"] = stand.At, stand.Reference
	var err error
	if t.shop, err = start(ctx, env, t.in.log); err != nil {
		return err
	}
	t.starts++
	return t.front.pass(t.shop.url)
}

func (t *theatre) killShop() error {
	t.shop.kill()
	t.shop = nil
	return t.front.pass("")
}

// stopShop is what a deployment does: no new requests, and SIGTERM. It returns an error if the shop did not end in
// peace.
func (t *theatre) stopShop() error {
	t.http.CloseIdleConnections()
	err := errors.Join(t.front.pass(""), t.shop.stop())
	t.shop = nil
	return err
}

// with is the orders of a role.
func (t *theatre) with(r role) []*order {
	var some []*order
	for _, o := range t.cast {
		if o.role == r {
			some = append(some, o)
		}
	}
	return some
}

// send asks the shop for an order, as its web shop or its payroll does.
func (t *theatre) send(ctx context.Context, o *order) (shop.Order, error) {
	var made shop.Order
	err := t.call(ctx, http.MethodPost, "/orders", shop.Request{
		Reference: o.reference, Provider: o.provider, Kind: o.kind, Amount: o.amount, Customer: o.customer, Operator: o.operator,
	}, &made)
	return made, err
}

// settle has the shop ask about all that is open.
func (t *theatre) settle(ctx context.Context) (shop.Settled, error) {
	var settled shop.Settled
	err := t.call(ctx, http.MethodPost, "/settle", nil, &settled)
	return settled, err
}

func (t *theatre) readBooks(ctx context.Context) (shop.Books, error) {
	var books shop.Books
	err := t.call(ctx, http.MethodGet, "/books", nil, &books)
	return books, err
}

// call is a request from within the shop's own network.
func (t *theatre) call(ctx context.Context, method, path string, ask, answer any) error {
	body, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, t.shop.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := t.http.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: the shop answers %s", method, path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(answer)
}

// post is somebody sending a notification from outside.
func (t *theatre) post(ctx context.Context, to string, header http.Header, body []byte) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header = header.Clone()
	resp, err := t.http.Do(r)
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Body.Close()
}

// endAll makes the last news of orders, and returns when each provider has tried to tell the shop.
func (t *theatre) endAll(ctx context.Context, orders []*order) error {
	for _, o := range orders {
		if err := o.end(); err != nil {
			return fmt.Errorf("%s of %s: %w", o.reference, o.way, err)
		}
	}
	return t.flush(ctx)
}

func (t *theatre) flush(ctx context.Context) error {
	for _, s := range t.servers() {
		if err := s.Flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// deliver has the providers try again until the shop has taken everything. A claim of a process that was killed holds
// for a while; what the providers wait for here is that it ends.
func (t *theatre) deliver(ctx context.Context) error {
	if err := t.flush(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		left := 0
		for _, s := range t.servers() {
			s.Redeliver(ctx)
			left += s.Undelivered()
		}
		if left == 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%d notifications were not taken: %w", left, ctx.Err())
		}
	}
}

// attempts is how often anybody was notified of anything.
func (t *theatre) attempts() (all, taken int) {
	for _, s := range t.servers() {
		for _, d := range s.Deliveries() {
			all++
			if d.OK() {
				taken++
			}
		}
	}
	return all, taken
}
