package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
)

const aboutTrigger = `wapay trigger sends one notification to a URL, signed as the provider signs it:

  wapay trigger -provider barkapay -status succeeded -reference order-4521 -amount 5000 \
    -url http://127.0.0.1:3000/notify

The key is the sandbox's, or your own in the environment: BARKAPAY_IPN_KEY, CINETPAY_SECRET_KEY, INTRAM_WEBHOOK_SECRET,
PAYHUB_WEBHOOK_SECRET. CinetPay's transfers and API v1, and MPP, sign nothing. The exit status is 0 for any answer.

A handler with ipn.WithConfirm answers 503 if the provider does not know the order.`

// news is the content of a notification.
type news struct {
	kind                              ipn.Kind
	id, reference, operatorID, reason string
	status                            string // a word of this library's, or the provider's own
	word                              string // the provider's word for it
	amount                            wapay.Money
	phone                             wapay.Phone
	set                               map[string]string // the provider's fields, by name
	at                                time.Time
	how                               string
}

// ways are the ways to send a notification.
var ways = []string{"genuine", "duplicate", "late", "tampered", "forged"}

func (p *program) trigger(ctx context.Context, args []string) error {
	f := p.flags("trigger", aboutTrigger)
	n := news{set: map[string]string{}, at: time.Now()}
	provider := f.String("provider", "", "`name`: "+strings.Join(triggerNames(), ", "))
	to := f.String("url", "", "`URL` to send it to")
	kind := f.String("kind", "payment", "payment or payout")
	f.StringVar(&n.status, "status", "succeeded", "pending, succeeded, failed, …, or the provider's own `word`")
	f.StringVar(&n.reference, "reference", "test-1", "your `reference` of the order")
	f.StringVar(&n.id, "id", "", "the provider's `id` of the order; made up if it is empty")
	amount := f.String("amount", "5000", "`amount`, in units of the currency")
	currency := f.String("currency", "", "`currency` code; the provider's if it is empty")
	phone := f.String("phone", "+22670000001", "the customer's `number`, with its country's code")
	f.StringVar(&n.operatorID, "operator-id", "", "the mobile operator's `id`")
	f.StringVar(&n.reason, "reason", "", "why, in the provider's `words`")
	f.StringVar(&n.how, "how", "genuine", "`way`: "+strings.Join(ways, ", "))
	const aboutSet = "`field=value` of the provider's own, any number of times; not for barkapay and payhub"
	f.Func("set", aboutSet, func(s string) error {
		name, value, ok := strings.Cut(s, "=")
		if n.set[name] = value; !ok || name == "" {
			return errors.New("want field=value")
		}
		return nil
	})
	if err := p.parse(f, args); err != nil {
		return err
	}
	sender, err := senderOf(*provider, *kind)
	if err != nil {
		return err
	}
	if err := n.read(sender, *kind, *amount, *currency, *phone); err != nil {
		return err
	}
	if u, err := url.Parse(*to); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return badInput("-url: want an http or https URL, not %q", *to)
	}
	return p.send(ctx, *provider, sender, *to, &n)
}

// read checks and converts the values that came as text.
func (n *news) read(s sender, kind, amount, currency, phone string) error {
	n.kind = ipn.KindPayment
	if kind == "payout" {
		n.kind = ipn.KindPayout
	}
	var err error
	if n.amount, err = wapay.ParseMoney(amount, wapay.Currency(cmp.Or(currency, s.currency))); err != nil {
		return badInput("-amount: %v", err)
	}
	if n.phone, err = wapay.ParsePhone(phone, ""); err != nil {
		return badInput("-phone: %v", err)
	}
	if n.reference == "" {
		return badInput("-reference: want your reference of an order")
	}
	if !slices.Contains(ways, n.how) {
		return badInput("-how: want one of %s, not %q", strings.Join(ways, ", "), n.how)
	}
	n.id = cmp.Or(n.id, "test-"+n.reference)
	if n.how == "late" {
		n.at = n.at.Add(-24 * time.Hour)
	}
	return nil
}

// send sends the notification, and prints the answer.
func (p *program) send(ctx context.Context, provider string, s sender, to string, n *news) error {
	key := s.key
	if own := p.env(s.variable); s.variable != "" && own != "" {
		key = wapay.Secret(own)
	}
	switch {
	case n.how == "forged" && s.variable == "":
		n.status = s.lie(n.status)
		fmt.Fprintf(p.stderr, "note: %s signs nothing here, so the forgery is another status: %s\n", provider, n.status)
	case n.how == "forged":
		var other [16]byte
		_, _ = rand.Read(other[:])
		key = wapay.Secret("forged-" + hex.EncodeToString(other[:]))
	case n.how == "late" && !s.dated:
		fmt.Fprintf(p.stderr, "note: %s does not sign when, so a late one cannot be told from any other\n", provider)
	}
	var err error
	if n.word, err = s.word(n.status); err != nil {
		return err
	}
	r, err := s.make(to, key, n)
	if err != nil {
		return badInput("%v", err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if n.how == "tampered" {
		body = sandbox.TamperWith(r.Header.Get("Content-Type"), body)
	}
	copies := 1
	if n.how == "duplicate" {
		copies = 2
	}
	for range copies {
		if err := p.post(ctx, r, body); err != nil {
			return err
		}
	}
	return nil
}

// post sends a request and prints the answer's status.
func (p *program) post(ctx context.Context, r *http.Request, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	again := r.Clone(ctx)
	again.Body, again.ContentLength, again.GetBody = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	began := time.Now()
	answer, err := client.Do(again)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // without the address, which may have a token in it
		}
		return fmt.Errorf("%s %s: no answer: %w", again.Method, address(again.URL), err)
	}
	defer answer.Body.Close()
	took := time.Since(began).Milliseconds()
	fmt.Fprintf(p.stdout, "%s %s: %s (%d ms)\n", again.Method, address(again.URL), answer.Status, took)
	return nil
}

// address returns a URL for a line of output, without user, query and fragment.
func address(u *url.URL) string { return u.Scheme + "://" + u.Host + u.EscapedPath() }
