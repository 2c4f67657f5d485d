package inbox_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
)

func open(t *testing.T) *inbox.Inbox {
	t.Helper()
	b, err := inbox.Open("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func TestWaitKeepsTheOthers(t *testing.T) {
	b := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	for _, e := range []ipn.Event{{Reference: "a", Name: "1"}, {Reference: "b"}, {Reference: "a", Name: "2"}} {
		if err := b.Receive(ctx, &e); err != nil {
			t.Fatal(err)
		}
	}
	about := func(reference string) func(*ipn.Event) bool {
		return func(e *ipn.Event) bool { return e.Reference == reference }
	}
	for _, want := range []ipn.Event{{Reference: "b"}, {Reference: "a", Name: "1"}, {Reference: "a", Name: "2"}} {
		e, err := b.Wait(ctx, about(want.Reference))
		if err != nil || e.Reference != want.Reference || e.Name != want.Name {
			t.Fatalf("%+v, %v; want %+v", e, err, want)
		}
	}
	cancel()
	if e, err := b.Wait(ctx, about("a")); !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", e, err)
	}
}

// A full queue does not keep a handler for ever.
func TestReceiveEndsWithItsContext(t *testing.T) {
	b := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for n := 0; ; n++ {
		if err := b.Receive(ctx, &ipn.Event{}); err != nil {
			return
		}
		if n == 1000 {
			t.Fatal("still receiving")
		}
	}
}

// provider has sent one notification.
type provider sandbox.Delivery

func (p provider) Flush(context.Context) error { return nil }
func (p provider) DeliveriesOf(string) (sent []sandbox.Delivery) {
	return append(sent, sandbox.Delivery(p))
}

func TestForge(t *testing.T) {
	var body string
	b := open(t)
	url := b.Handle("/ipn", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said := make([]byte, 100)
		n, _ := r.Body.Read(said)
		body = string(said[:n])
		if r.Header.Get("Signature") != "s" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	signed := http.Header{"Signature": {"s"}}
	for _, test := range []struct {
		header http.Header
		body   string
		want   string // of the error
	}{
		{signed, "amount=500&x=1", ""},
		{signed, "amount=1", "no amount to forge in the notification"},
		{nil, "amount=500", "ten times the amount, and the answer is I'm a teapot"},
	} {
		sent := provider{URL: url, Header: test.header, Body: []byte(test.body)}
		answer, err := inbox.Forge(context.Background(), sent, "", "amount=", wapay.XOF.Units(500))
		if (err == nil) != (test.want == "") || err != nil && err.Error() != test.want {
			t.Errorf("%q: %v", test.body, err)
		}
		if err == nil && (answer != "401 Unauthorized" || body != "amount=5000&x=1") {
			t.Errorf("answer %q to %q", answer, body)
		}
	}
}
