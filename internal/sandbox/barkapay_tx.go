package sandbox

import (
	"fmt"
	"time"
)

const (
	barkaPending   = 0
	barkaSucceeded = 1
	barkaFailed    = -1

	barkaNote     = "Ambition is priceless."
	barkaPayDelay = 1800 * time.Second // operators-infos' pay_delay, taken as seconds
)

// barkaTx is a payment or a transfer.
type barkaTx struct {
	app                      *barkaApp
	transfer                 bool
	id, order                string
	country, operator, phone string // "" until the customer of a link has chosen
	amount                   int64  // 0 until then
	status                   int
	txid, orderData, reason  string
	callback                 string
	created, deadline        time.Time // deadline: when a pending payment fails; zero is never
	link                     *barkaLink
}

func (t *barkaTx) prefix() string {
	if t.transfer {
		return "receiver"
	}
	return "sender"
}

func (t *barkaTx) amountJSON() any {
	if t.amount == 0 {
		return nil
	}
	return t.amount
}

// view is the finder's shape; the filter's has more. Payments and transfers differ in which (S: the samples).
func (t *barkaTx) view(filter bool) object {
	o := object{
		"public_id", t.id, "amount", t.amountJSON(),
		t.prefix() + "_phonenumber", null(t.phone), t.prefix() + "_country", null(t.country),
		"status", t.status, "order_id", t.order, "txid", null(t.txid), "order_data", null(t.orderData),
		"coder_note", barkaNote, "reason", null(t.reason),
		"created_at", t.created.UTC().Format("2006-01-02T15:04:05.000000Z"),
	}
	if t.transfer || filter {
		o = append(o, "type", "mobile", "currency", nil, "operator", null(t.operator), "address", nil)
	} else {
		o = append(o, "agent", nil)
	}
	if filter {
		o = append(o, "origin_source", 1)
	}
	return o
}

// orderTaken is order_id_unicity: any order counts, failed ones too.
func orderTaken(list []*barkaTx, order string) bool {
	for _, t := range list {
		if t.order == order {
			return true
		}
	}
	return false
}

func findTx(list []*barkaTx, id string) *barkaTx {
	for _, t := range list {
		if t.id == id {
			return t
		}
	}
	return nil
}

func (b *BarkaPay) nextTxid(network string) string {
	b.count++
	return fmt.Sprintf("%s%s.B%05d", network, b.Now().UTC().Format("060102.1504"), b.count)
}

// expire fails the payments whose time has run out by the clock.
func (b *BarkaPay) expire() {
	now := b.Now()
	for _, t := range b.payments {
		if t.status == barkaPending && !t.deadline.IsZero() && !now.Before(t.deadline) {
			b.fail(t, "No payment.")
		}
	}
}

// succeed settles a pending operation. A transfer was debited when it was created.
func (b *BarkaPay) succeed(t *barkaTx, network string) {
	t.status, t.txid, t.reason = barkaSucceeded, b.nextTxid(network), "Successfully sent."
	if !t.transfer {
		t.reason = "Successfully received payment."
		b.mustBook(t.entries(Credit, t.id, Debit, b.cfg.PaymentFee)...)
	}
	b.notifyIPN(t)
}

// fail gives a transfer's amount and fee back, as RESTORE entries (S: accounts/statement).
func (b *BarkaPay) fail(t *barkaTx, reason string) {
	t.status, t.reason = barkaFailed, reason
	if t.transfer {
		b.mustBook(t.entries(Credit, "RESTORE-"+t.id, Credit, b.cfg.TransferFee)...)
	}
	b.notifyIPN(t)
}

// entries are the amount and the fee; a fee of 0 leaves no trace in the ledger.
func (t *barkaTx) entries(kind EntryKind, id string, feeKind EntryKind, fee func(int64) int64) []Entry {
	e := Entry{
		Account: barkaAccount(t.country, "api"), Kind: kind, Amount: t.amount, Currency: "XOF",
		Reference: t.order, ID: id, Why: "transaction",
	}
	f := e
	f.Kind, f.Amount, f.ID, f.Why = feeKind, 0, id+"-FEES", "fees"
	if fee != nil {
		f.Amount = fee(t.amount)
	}
	return []Entry{e, f}
}
