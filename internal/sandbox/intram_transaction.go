package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

const (
	intramPending  = "PENDING"
	intramSuccess  = "SUCCESS"
	intramError    = "ERROR"
	intramRefunded = "REFUNDED"
)

// intramTx is money in (CREDIT), out (DEBIT), or back to a customer (REFUND).
type intramTx struct {
	op                *intramOp
	id, reference     string
	env, status, kind string
	money             intramMoney
	fees              int64
	method            string // "" until the customer of a payment request has chosen
	source, target    string // phone numbers: who pays, who is paid
	customer          any
	created           time.Time
	refunds           []*intramRefund
	account           string // in the ledger, once the money has moved
	reason            string
}

// intramRefund stands in a transaction's refunds, and is a transaction of its own once it succeeds.
type intramRefund struct {
	reference, status, reason string
	amount                    int64
	created                   time.Time
}

func (i *Intram) newTx(op *intramOp, kind, method string, fee func(int64) int64) *intramTx {
	t := &intramTx{
		op: op, id: randomHex(24), reference: intramReference(), env: op.env, status: intramPending, kind: kind,
		money: op.money, method: method, customer: object{}, created: i.stamp(),
	}
	if fee != nil {
		t.fees = fee(op.money.minor)
	}
	i.transactions = append(i.transactions, t)
	return t
}

// view has the page's fields. For a CREDIT the net amount is what the merchant gets, for a DEBIT what it costs.
func (i *Intram) view(t *intramTx) object {
	net := intramMoney{t.money.minor - t.fees, t.money.currency}
	if t.kind == "DEBIT" {
		net.minor = t.money.minor + t.fees
	}
	refunds := []object{}
	for _, r := range t.refunds {
		refunds = append(refunds, object{
			"reference", r.reference, "status", r.status, "reason", null(r.reason), "date", intramTime(r.created),
		})
	}
	o := object{
		"reference", t.reference, "status", t.status, "type", t.kind, "amount", t.money.json(),
		"fees", intramMoney{t.fees, t.money.currency}.json(), "net_amount", net.json(),
		"currency", i.currency(t.money.currency), "payment_method", i.methodJSON(t.method), "customer", t.customer,
	}
	if i.cfg.SourceMSISDN {
		o = append(o, "source_msisdn", null(t.source))
	} else {
		o = append(o, "source", object{"number", null(t.source)})
	}
	return append(o, "date", intramTime(t.created), "refunds", refunds)
}

func (i *Intram) methodJSON(method string) any {
	if method == "" || !i.cfg.PaymentMethodObjects {
		return null(method)
	}
	return object{"payment_method_id", intramMethodID(method), "code", method, "name", method}
}

// intramMethodID is a database id, the same in every run.
func intramMethodID(method string) string {
	sum := sha256.Sum256([]byte(method))
	return hex.EncodeToString(sum[:12])
}

// findTx takes the public reference or the id. A transaction of the other environment does not exist.
func (i *Intram) findTx(env, id string) *intramTx {
	for _, t := range i.transactions {
		if (t.reference == id || t.id == id) && (env == "" || t.env == env) {
			return t
		}
	}
	return nil
}

func transactionNotFound() *answer {
	return intramRefuse(404, "transaction_not_found", "No such transaction", nil)
}

func (i *Intram) findTransaction(c *intramCall) *answer {
	t := i.findTx(c.app.env, c.id)
	if t == nil {
		return transactionNotFound()
	}
	return intramOK(200, i.view(t), "")
}

func (i *Intram) listTransactions(c *intramCall) *answer {
	return intramList[*intramTx]{
		rows: ofEnv(i.transactions, func(t *intramTx) bool { return t.env == c.app.env }),
		when: func(t *intramTx) time.Time { return t.created },
		view: i.view,
		filters: []intramFilter[*intramTx]{
			{"status", []string{intramPending, intramSuccess, intramError, intramRefunded}, func(t *intramTx) string { return t.status }},
			{"type", []string{"CREDIT", "DEBIT", "REFUND"}, func(t *intramTx) string { return t.kind }},
		},
	}.answer(c.Request)
}
