package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/shop/shop"
	"github.com/wapay-go/wapay/sandbox"
)

// theatre has the shop, its customers and its providers.
type theatre struct {
	providers []*provider
	orders    []*order
	socket    *os.File // where the shop's processes listen, one after another
	env       map[string]string
	remove    func() error // of the database
	log       io.Writer
	http      *http.Client
	url       string
	shop      *exec.Cmd // nil while there is none
	lines     *bufio.Scanner
	starts    int
}

// order is a cart of a customer, as this program knows it.
type order struct {
	*provider // that has it
	reference string
	amount    wapay.Money
	role      role
	status    wapay.Status // as the customer ended it
	refunded  bool
}

// role is what happens to an order.
type role int

const (
	ordinary     role = iota // the customer pays, and the shop is notified again and again
	declined                 // the customer does not
	killedSent               // the shop is killed when the provider has the order
	killedUnsent             // the shop is killed when it has not
	killedBefore             // the shop is killed before it commits what it was notified of
	killedAfter              // the shop is killed before it answers the notification
	unreported               // no notification ever comes
	failedOver               // the first provider refuses, and the second takes it
)

func open(ctx context.Context, postgres string, log io.Writer) (*theatre, error) {
	env, remove, err := makeDatabase(ctx, postgres)
	if err != nil {
		return nil, err
	}
	t := &theatre{http: cli.LoopbackClient(), log: log, remove: remove}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err == nil {
		t.socket, err = listener.File()
		_ = listener.Close() // the file goes on
	}
	if err != nil {
		return nil, errors.Join(err, remove())
	}
	t.url = "http://" + listener.Addr().String()
	t.providers, t.env = openProviders(t.url, random())
	maps.Copy(t.env, env)
	for _, p := range t.providers {
		for r := ordinary; r <= failedOver; r++ {
			if r == failedOver && p != t.providers[0] {
				continue
			}
			n := int64(len(t.orders) + 1)
			amount := p.amount.Currency().Minor(p.amount.MinorUnits() + 5*n) // CinetPay takes multiples of 5
			t.orders = append(t.orders, &order{provider: p, reference: fmt.Sprintf("order-%d", n), role: r, amount: amount})
		}
	}
	return t, nil
}

// makeDatabase makes the database that outlives the shop's processes. It
// returns what the shop has to know of it, and how to remove it.
func makeDatabase(ctx context.Context, postgres string) (env map[string]string, remove func() error, err error) {
	if postgres == "" {
		dir, err := os.MkdirTemp("", "shop-")
		return map[string]string{"SHOP_SQLITE": filepath.Join(dir, "shop.db")}, func() error { return os.RemoveAll(dir) }, err
	}
	db, err := sql.Open("pgx", postgres)
	if err != nil {
		return nil, nil, err
	}
	schema := "shop_" + random()
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA "+schema); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return map[string]string{"SHOP_POSTGRES": postgres, "SHOP_SCHEMA": schema}, func() error { // also when ctx has ended
		_, err := db.ExecContext(context.WithoutCancel(ctx), "DROP SCHEMA "+schema+" CASCADE")
		return errors.Join(err, db.Close())
	}, nil
}

func (t *theatre) close() {
	t.killShop()
	for _, p := range t.providers {
		p.Close()
	}
	_ = t.socket.Close()
	_ = t.remove() // a temporary file, or a schema with a name of its own
}

func random() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails on any system that Go runs on
	return fmt.Sprintf("%x", b)
}

// with returns the orders of some roles.
func (t *theatre) with(roles ...role) (some []*order) {
	for _, o := range t.orders {
		if slices.Contains(roles, o.role) {
			some = append(some, o)
		}
	}
	return some
}

// startShop kills the shop if there is one, and starts the next, which stands
// still where stand says.
func (t *theatre) startShop(ctx context.Context, stand string) error {
	t.killShop()
	program, err := os.Executable()
	if err != nil {
		return err
	}
	shop := exec.CommandContext(ctx, program)
	shop.Stderr, shop.ExtraFiles = t.log, []*os.File{t.socket}
	shop.Env = append(os.Environ(), playsShop+"=1", "SHOP_STAND="+stand)
	for name, value := range t.env {
		shop.Env = append(shop.Env, name+"="+value)
	}
	out, err := shop.StdoutPipe()
	if err != nil {
		return err
	}
	if _, err := shop.StdinPipe(); err != nil { // it ends with this process, and the shop with it
		return err
	}
	t.shop, t.lines, t.starts = shop, bufio.NewScanner(out), t.starts+1
	return shop.Start()
}

// killShop kills the shop, as kill -9 or a power cut does.
func (t *theatre) killShop() {
	if t.shop != nil && t.shop.Process != nil {
		_, _ = t.shop.Process.Kill(), t.shop.Wait() // an error if it has ended already, and one that it was killed
	}
	t.http.CloseIdleConnections()
}

// killSending kills one shop for each order, while the request for it hangs at
// the provider, and starts the next. The provider carries the request out
// before, unless unsent.
func (t *theatre) killSending(
	ctx context.Context, victims []*order, unsent bool, do func(context.Context, *order) error,
) error {
	for _, o := range victims {
		n := len(o.FaultRecords()) + 1
		for _, path := range []string{o.pay, o.payout} {
			o.Inject(sandbox.Fault{Kind: sandbox.FaultHang, Method: "POST", Path: path, Before: unsent})
		}
		doing, enough := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- do(doing, o); enough() }()
		err := o.WaitFaults(doing, n)
		enough()
		if said := <-ended; err != nil {
			return fmt.Errorf("the shop has sent nothing to %s: %w", o.name, errors.Join(err, said))
		}
		o.ClearFaults()
		if err := t.startShop(ctx, ""); err != nil {
			return err
		}
	}
	return nil
}

// errHeld says that an order of the shop waits for a person.
var errHeld = errors.New("held")

// checkOut is the browser of a customer.
func (t *theatre) checkOut(ctx context.Context, o *order) error {
	cart := shop.Cart{Reference: o.reference, Amount: o.amount, Customer: o.customer, Operator: o.operator}
	_, err := t.ask(ctx, "POST", "/checkout", cart)
	return err
}

// refund is the button that a person presses in the shop.
func (t *theatre) refund(ctx context.Context, o *order) error {
	_, err := t.ask(ctx, "POST", "/refund/"+o.reference, nil)
	return err
}

func (t *theatre) readBooks(ctx context.Context) (books shop.Books, err error) {
	said, err := t.ask(ctx, "GET", "/books", nil)
	if err == nil {
		err = json.Unmarshal(said, &books)
	}
	return books, err
}

// ask repeats a request to the shop for as long as the answer is to wait.
func (t *theatre) ask(ctx context.Context, method, path string, v any) (said []byte, err error) {
	body, err := json.Marshal(v)
	for err == nil {
		var r *http.Request
		if r, err = http.NewRequestWithContext(ctx, method, t.url+path, bytes.NewReader(body)); err != nil {
			break
		}
		var resp *http.Response
		if resp, err = t.http.Do(r); err != nil {
			break
		}
		said, err = io.ReadAll(resp.Body)
		resp.Body.Close()
		switch {
		case resp.StatusCode == http.StatusOK || err != nil:
			return said, err
		case strings.Contains(string(said), "looking into it"):
			return nil, errHeld
		case resp.StatusCode != http.StatusAccepted:
			return nil, fmt.Errorf("%s: %d %s", path, resp.StatusCode, said)
		}
		err = pause(ctx)
	}
	return nil, err
}

func pause(ctx context.Context) error {
	select {
	case <-time.After(100 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end lets the customers pay or refuse, and the providers notify the shop.
func (t *theatre) end(orders ...*order) error {
	var errs []error
	for _, o := range orders {
		if o.role == declined {
			o.status = wapay.StatusFailed
			errs = append(errs, o.Decline(o.reference, ""))
		} else {
			o.status = wapay.StatusSucceeded
			errs = append(errs, o.Approve(o.reference))
		}
	}
	return errors.Join(errs...)
}

// deliver makes the providers notify the shop until it has accepted everything.
func (t *theatre) deliver(ctx context.Context) error {
	for {
		left := 0
		for _, p := range t.providers {
			if err := p.Flush(ctx); err != nil {
				return err
			}
			p.Redeliver(ctx)
			left += p.CountUndelivered()
		}
		if left == 0 {
			return nil
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("%d notifications were not taken: %w", left, err)
		}
	}
}
