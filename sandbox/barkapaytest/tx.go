package barkapaytest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

const (
	pending   = "0"
	succeeded = "1"
	failed    = "-1"

	note     = "Ambition is priceless."
	payDelay = 1800 * time.Second // operators-infos' pay_delay, taken as seconds
)

// tx is a payment or a transfer.
type tx struct {
	sandbox.Order           // Phone is "" and Amount 0 until the customer of a link has chosen
	app                     *apiApp
	country, operator       string // "" until then
	txid, orderData, reason string
	callback                string
	deadline                time.Time // when a pending payment fails; zero is never
	link                    *link
}

func (b *Server) newTx(c *call) *tx {
	return &tx{app: c.app, Order: sandbox.Order{
		Kind: c.kind, ID: kit.UUID(), Status: pending, Currency: "XOF", Created: b.Now(),
	}}
}

func (t *tx) order() *sandbox.Order {
	t.Pending, t.Succeeded = t.Status == pending, t.Status == succeeded
	return &t.Order
}

// alter refuses a fee, which the provider shows in the account's statement
// only.
func (t *tx) alter(c sandbox.Change) error {
	if c.Fee != 0 {
		return sandbox.ErrNotShown
	}
	if _, err := strconv.Atoi(cmp.Or(c.Status, pending)); err != nil {
		return fmt.Errorf("sandbox: a status of BarkaPay is a number, not %q", c.Status)
	}
	return nil
}

// currency returns null for the CFA franc, as in the samples.
func (t *tx) currency() any {
	if t.Currency == "XOF" {
		return nil
	}
	return t.Currency
}

func prefix(kind sandbox.OrderKind) string {
	if kind == sandbox.Payout {
		return "receiver"
	}
	return "sender"
}

// word returns the provider's word for a kind of order.
func word(kind sandbox.OrderKind) string {
	if kind == sandbox.Payout {
		return "transfer"
	}
	return "payment"
}

func (t *tx) amountJSON() any {
	if t.Amount == 0 {
		return nil
	}
	return t.Amount
}

// view returns an order as the finder shows it. The filter shows more fields,
// which differ between payments and transfers in the documented samples.
func (t *tx) view(filter bool) kit.Object {
	prefix := prefix(t.Kind)
	o := kit.Object{
		"public_id", t.ID, "amount", t.amountJSON(),
		prefix + "_phonenumber", kit.Null(t.Phone), prefix + "_country", kit.Null(t.country),
		"status", json.Number(t.Status), "order_id", t.Reference, "txid", kit.Null(t.txid),
		"order_data", kit.Null(t.orderData),
		"coder_note", note, "reason", kit.Null(t.reason),
		"created_at", t.Created.UTC().Format("2006-01-02T15:04:05.000000Z"),
	}
	if t.Kind == sandbox.Payout || filter {
		o = append(o, "type", "mobile", "currency", t.currency(), "operator", kit.Null(t.operator), "address", nil)
	} else {
		o = append(o, "agent", nil)
	}
	if filter {
		o = append(o, "origin_source", 1)
	}
	return o
}

// of returns the payments or the transfers.
func (b *Server) of(kind sandbox.OrderKind) []*tx {
	return kit.All(b.txs, func(t *tx) bool { return t.Kind == kind })
}

func find(list []*tx, id string) *tx {
	return kit.First(list, func(t *tx) bool { return t.ID == id })
}

func (b *Server) nextTxid(network string) string {
	b.count++
	return fmt.Sprintf("%s%s.B%05d", network, b.Now().UTC().Format("060102.1504"), b.count)
}

// expire fails the payments that have expired by the clock.
func (b *Server) expire() {
	now := b.Now()
	for _, t := range b.txs {
		if t.Status == pending && !t.deadline.IsZero() && !now.Before(t.deadline) {
			b.fail(t, "No payment.")
		}
	}
}

// succeed settles a pending operation. A transfer was debited when it was
// created.
func (b *Server) succeed(t *tx, network string) {
	t.Status, t.txid, t.reason = succeeded, b.nextTxid(network), "Successfully sent."
	if t.Kind == sandbox.Payment {
		t.reason = "Successfully received payment."
		b.MustBook(t.entries(sandbox.Credit, t.ID, sandbox.Debit, b.cfg.PaymentFee)...)
	}
	b.notifyIPN(t)
}

// fail gives a transfer's amount and fee back, as the documented RESTORE
// entries.
func (b *Server) fail(t *tx, reason string) {
	t.Status, t.reason = failed, reason
	if t.Kind == sandbox.Payout {
		b.MustBook(t.entries(sandbox.Credit, "RESTORE-"+t.ID, sandbox.Credit, b.cfg.TransferFee)...)
	}
	b.notifyIPN(t)
}

// entries returns the entries of the amount and the fee. A fee of 0 has none.
func (t *tx) entries(
	kind sandbox.EntryKind, id string, feeKind sandbox.EntryKind, fee func(int64) int64,
) []sandbox.Entry {
	e := sandbox.Entry{
		Account: accountName(t.country, "api"), Kind: kind, Amount: t.Amount, Currency: "XOF",
		Reference: t.Reference, ID: id, Why: "transaction",
	}
	f := e
	f.Kind, f.Amount, f.ID, f.Why = feeKind, 0, id+"-FEES", "fees"
	if fee != nil {
		f.Amount = fee(t.Amount)
	}
	return []sandbox.Entry{e, f}
}
