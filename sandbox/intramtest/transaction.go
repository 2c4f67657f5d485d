package intramtest

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

const (
	pending  = "PENDING"
	success  = "SUCCESS"
	failedTx = "ERROR"
	refunded = "REFUNDED"
)

// tx is money in (CREDIT), out (DEBIT), or back to a customer (REFUND).
type tx struct {
	op                *operation
	id, reference     string
	env, status, kind string
	money             sum
	fees              int64
	method            string // "" until the customer of a payment request has chosen
	source, target    string // phone numbers: who pays, who is paid
	customer          any
	created           time.Time
	refunds           []*refund
	account           string // in the ledger, once the money has moved
	reason            string
}

// refund is in the list of its transaction's refunds. After it succeeds, it is
// also a transaction of its own.
type refund struct {
	reference, status, reason string
	amount                    int64
	created                   time.Time
}

func (i *Server) newTx(op *operation, kind, method string, fee func(int64) int64) *tx {
	t := &tx{
		op: op, id: kit.Hex(24), reference: newReference(), env: op.env, status: pending, kind: kind,
		money: op.money, method: method, customer: kit.Object{}, created: i.stamp(),
	}
	if fee != nil {
		t.fees = fee(op.money.minor)
	}
	i.transactions = append(i.transactions, t)
	return t
}

// view returns a transaction with the documented fields. With SourceMSISDN they
// are those of the later page, which has created_at in place of date. The net
// amount of a CREDIT is the merchant's gain, that of a DEBIT the merchant's
// cost.
func (i *Server) view(t *tx) kit.Object {
	net := sum{t.money.minor - t.fees, t.money.currency}
	if t.kind == "DEBIT" {
		net.minor = t.money.minor + t.fees
	}
	date := "date"
	if i.cfg.SourceMSISDN {
		date = "created_at"
	}
	refunds := []kit.Object{}
	for _, r := range t.refunds {
		refunds = append(refunds, kit.Object{
			"reference", r.reference, "status", r.status, "reason", kit.Null(r.reason), date, formatTime(r.created),
		})
	}
	o := kit.Object{
		"reference", t.reference, "status", t.status, "type", t.kind, "amount", t.money.json(),
		"fees", sum{t.fees, t.money.currency}.json(), "net_amount", net.json(),
		"currency", i.currency(t.money.currency), "payment_method", i.methodJSON(t.method), "customer", t.customer,
	}
	if i.cfg.SourceMSISDN {
		o = append(o, "id", t.id, "env", t.env, "source_msisdn", kit.Null(t.source), "declined_reason", kit.Null(t.reason))
		if t.op != nil && t.op.ask.webhookData != nil {
			o = append(o, "webhook_data", t.op.ask.webhookData)
		}
	} else {
		o = append(o, "source", kit.Object{"number", kit.Null(t.source)})
	}
	return append(o, date, formatTime(t.created), "refunds", refunds)
}

func (i *Server) methodJSON(method string) any {
	if method == "" || !i.cfg.PaymentMethodObjects {
		return kit.Null(method)
	}
	return kit.Object{"payment_method_id", methodID(method), "code", method, "name", method}
}

// methodID returns a database id, the same in each run.
func methodID(method string) string {
	sum := sha256.Sum256([]byte(method))
	return hex.EncodeToString(sum[:12])
}

// findTx finds a transaction of the environment by the public reference or the
// id.
func (i *Server) findTx(env, id string) *tx {
	return kit.First(i.transactions, func(t *tx) bool {
		return (t.reference == id || t.id == id) && (env == "" || t.env == env)
	})
}

func transactionNotFound() *sandbox.Answer {
	return refuse(404, "transaction_not_found", "No such transaction", nil)
}

func (i *Server) findTransaction(c *call) *sandbox.Answer {
	t := i.findTx(c.app.env, c.id)
	if t == nil {
		return transactionNotFound()
	}
	return ok(200, i.view(t), "")
}

func (i *Server) listTransactions(c *call) *sandbox.Answer {
	return list[*tx]{
		rows: kit.All(i.transactions, func(t *tx) bool { return t.env == c.app.env }),
		when: func(t *tx) time.Time { return t.created },
		view: i.view,
		filters: []filter[*tx]{
			{"status", []string{pending, success, failedTx, refunded}, func(t *tx) string { return t.status }},
			{"type", []string{"CREDIT", "DEBIT", "REFUND"}, func(t *tx) string { return t.kind }},
		},
	}.answer(c.Request)
}
