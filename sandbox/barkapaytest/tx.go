package barkapaytest

import (
	"fmt"
	"slices"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

const (
	pending   = 0
	succeeded = 1
	failed    = -1

	note     = "Ambition is priceless."
	payDelay = 1800 * time.Second // operators-infos' pay_delay, taken as seconds
)

// tx is a payment or a transfer.
type tx struct {
	app                      *apiApp
	transfer                 bool
	id, order                string
	country, operator, phone string // "" until the customer of a link has chosen
	amount                   int64  // 0 until then
	status                   int
	txid, orderData, reason  string
	callback                 string
	created, deadline        time.Time // deadline: when a pending payment fails; zero is never
	link                     *link
}

func (t *tx) prefix() string {
	if t.transfer {
		return "receiver"
	}
	return "sender"
}

func (t *tx) amountJSON() any {
	if t.amount == 0 {
		return nil
	}
	return t.amount
}

// view is the finder's shape; the filter's has more. Payments and transfers
// differ in which, by the documented samples.
func (t *tx) view(filter bool) kit.Object {
	o := kit.Object{
		"public_id", t.id, "amount", t.amountJSON(),
		t.prefix() + "_phonenumber", kit.Null(t.phone), t.prefix() + "_country", kit.Null(t.country),
		"status", t.status, "order_id", t.order, "txid", kit.Null(t.txid), "order_data", kit.Null(t.orderData),
		"coder_note", note, "reason", kit.Null(t.reason),
		"created_at", t.created.UTC().Format("2006-01-02T15:04:05.000000Z"),
	}
	if t.transfer || filter {
		o = append(o, "type", "mobile", "currency", nil, "operator", kit.Null(t.operator), "address", nil)
	} else {
		o = append(o, "agent", nil)
	}
	if filter {
		o = append(o, "origin_source", 1)
	}
	return o
}

// orderTaken is order_id_unicity: any order counts, failed ones too.
func orderTaken(list []*tx, order string) bool {
	return slices.ContainsFunc(list, func(t *tx) bool { return t.order == order })
}

func findTx(list []*tx, id string) *tx {
	return kit.First(list, func(t *tx) bool { return t.id == id })
}

func (b *Server) nextTxid(network string) string {
	b.count++
	return fmt.Sprintf("%s%s.B%05d", network, b.Now().UTC().Format("060102.1504"), b.count)
}

// expire fails the payments whose time has run out by the clock.
func (b *Server) expire() {
	now := b.Now()
	for _, t := range b.payments {
		if t.status == pending && !t.deadline.IsZero() && !now.Before(t.deadline) {
			b.fail(t, "No payment.")
		}
	}
}

// succeed settles a pending operation. A transfer was debited when it was
// created.
func (b *Server) succeed(t *tx, network string) {
	t.status, t.txid, t.reason = succeeded, b.nextTxid(network), "Successfully sent."
	if !t.transfer {
		t.reason = "Successfully received payment."
		b.MustBook(t.entries(sandbox.Credit, t.id, sandbox.Debit, b.cfg.PaymentFee)...)
	}
	b.notifyIPN(t)
}

// fail gives a transfer's amount and fee back, as RESTORE entries, as
// documented.
func (b *Server) fail(t *tx, reason string) {
	t.status, t.reason = failed, reason
	if t.transfer {
		b.MustBook(t.entries(sandbox.Credit, "RESTORE-"+t.id, sandbox.Credit, b.cfg.TransferFee)...)
	}
	b.notifyIPN(t)
}

// entries are the amount and the fee; a fee of 0 leaves no trace in the ledger.
func (t *tx) entries(kind sandbox.EntryKind, id string, feeKind sandbox.EntryKind, fee func(int64) int64) []sandbox.Entry {
	e := sandbox.Entry{
		Account: accountName(t.country, "api"), Kind: kind, Amount: t.amount, Currency: "XOF",
		Reference: t.order, ID: id, Why: "transaction",
	}
	f := e
	f.Kind, f.Amount, f.ID, f.Why = feeKind, 0, id+"-FEES", "fees"
	if fee != nil {
		f.Amount = fee(t.amount)
	}
	return []sandbox.Entry{e, f}
}
