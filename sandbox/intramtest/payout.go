package intramtest

import (
	"regexp"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

var swift = regexp.MustCompile(`^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$`)

// payout answers POST /payouts. The wallet is debited at once. A payout for
// which the balance is too low is accepted, and fails as an operation.
func (i *Server) payout(c *call) *sandbox.Answer {
	f := readBody(c.Request, "amount currency destination reference note metadata")
	op := i.newOp(c, "payout")
	op.money = f.money(f.Body, i.cfg.MinAmount, i.cfg.MaxAmount)
	op.Reference = f.Text("reference", 100)
	f.Text("note", 500)
	f.AnyObject("metadata")
	op.to = f.Values["destination"]
	method, msisdn := destination(f.Body)
	if refused := f.answer(); refused != nil {
		return refused
	}
	op.bank, op.ask.phone = method == bank, msisdn
	scenario := sandbox.ScenarioOf(msisdn)
	switch {
	case method == "":
		op.doom = "missing_provider_code"
	case scenario == sandbox.ScenarioLowBalance:
		op.doom, op.doomed = "insufficient_balance", kit.Object{"available", 0, "required", op.money.json()}
	default:
		i.debit(op, method, i.cfg.PayoutFee)
	}
	if scenario == sandbox.ScenarioDecline && op.doom == "" {
		op.doom, op.doomed = "provider_rejected", rejection()
	}
	if op.debits != nil {
		op.tx = i.newTx(op, "DEBIT", method, i.cfg.PayoutFee)
		op.tx.target = msisdn
	}
	return i.accept(op)
}

// destination returns the payment method. It returns "" if a mobile money
// destination names no provider: the documents have this error in the
// operation, and not in the request.
func destination(f kit.Body) (method, msisdn string) {
	f.Required("destination")
	d := f.Object("destination",
		"type country_code provider_code msisdn account_name account_surname swift account_number")
	kind := d.OneOf("type", d.Need("type", 255), "mobile_money", "bank_account")
	d.Text("account_name", 100)
	d.Text("account_surname", 100)
	if kind == "bank_account" {
		d.Match("swift", d.Need("swift", 255), swift, "must be a BIC of 8 or 11 characters")
		d.Need("account_number", 255)
		d.Need("account_name", 255)
		forbid(d, "country_code", "provider_code", "msisdn", "account_surname")
		return bank, ""
	}
	forbid(d, "swift", "account_number")
	method = d.OneOf("provider_code", d.Text("provider_code", 64), providers...)
	d.Need("msisdn", 255)
	return method, phoneOf(d, method)
}

func forbid(f kit.Body, names ...string) {
	for _, name := range names {
		if f.Has(name) {
			f.Complain(name, "does not belong to this type")
		}
	}
}

// completePayout completes a payout. Mobile money arrives with the end of the
// operation. A bank transfer is queued then, and arrives with the next call.
func (i *Server) completePayout(op *operation) {
	status, event := "completed", "payout.completed"
	if op.bank && op.status != succeeded {
		status, event = "queued_for_settlement", "payout.queued"
	} else {
		op.settled, op.tx.status = true, success
	}
	i.succeed(op, event, append(op.data(status), response("00", "APPROVED")...))
}

// rejection returns the details of provider_rejected.
func rejection() kit.Object { return response("91", "REJECTED") }

func response(code, message string) kit.Object {
	return kit.Object{
		"provider_response", kit.Object{"responsecode", code, "responsemsg", message, "serviceref", kit.Hex(12)},
	}
}

// balance answers GET /balance, in XOF.
func (i *Server) balance(c *call) *sandbox.Answer {
	var list []kit.Object
	var available, pending int64
	for _, method := range i.wallets {
		a, p := i.Balance(accountName(c.app.env, method, "XOF")), i.pending(c.app.env, method)
		available, pending = available+a, pending+p
		o := kit.Object{"payment_method", method}
		if i.cfg.OldBalance {
			o = append(o, "payment_method_id", methodID(method))
		}
		list = append(list, append(o, "available", a, "pending", p))
	}
	if !i.cfg.OldBalance {
		return ok(200, kit.Object{"currency", i.currency("XOF"), "payment_method_balances", list}, "")
	}
	return ok(200, kit.Object{
		"merchant_id", methodID("merchant"), "env", c.app.env,
		"currency", kit.Object{"code", "XOF", "numeric_code", "952", "symbol", "F CFA"},
		"available", available, "pending", pending, "payment_method_balances", list, "as_of", formatTime(i.Now()),
	}, "")
}

// pending returns the amount of the payouts that are not over.
func (i *Server) pending(env, method string) int64 {
	var sum int64
	for _, t := range i.transactions {
		if t.env == env && t.kind == "DEBIT" && t.method == method && t.status == pending {
			sum += t.money.minor
		}
	}
	return sum
}

var numeric = map[string]string{"XOF": "952", "XAF": "950", "GNF": "324", "EUR": "978", "USD": "840"}

func (i *Server) currency(code string) any {
	switch i.cfg.Currency {
	case CurrencyNull:
		return nil
	case CurrencyObject:
		return kit.Object{"code", code, "numeric_code", numeric[code], "symbol", code}
	}
	return code
}
