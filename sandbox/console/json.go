package console

import (
	"time"
	"unicode/utf8"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox"
)

type object map[string]any

// list returns fn of each element, and never null.
func list[T, J any](in []T, fn func(T) J) []J {
	out := make([]J, 0, len(in))
	for _, v := range in {
		out = append(out, fn(v))
	}
	return out
}

func (c *Console) providerJSON(p *Provider) object {
	to, holding := p.notifications()
	return object{
		"name": p.Name, "base_url": p.URL(), "keys": p.Keys, "now": p.Now().UTC(), "fault_kinds": p.FaultKinds(),
		"notifications": object{"url": to, "hold": holding}, "orders": len(p.orders()),
	}
}

// state returns one word for an order's state, the same for all providers.
func state(o sandbox.Order) string {
	switch {
	case o.Pending:
		return "pending"
	case o.Succeeded:
		return "succeeded"
	}
	return "failed"
}

// decimal writes an amount as the provider's customers do: "5000", "76738.84".
func decimal(minor int64, currency string) string {
	return wapay.Currency(currency).Minor(minor).Decimal()
}

func orderJSON(o sandbox.Order) object {
	return object{
		"kind": o.Kind, "id": o.ID, "reference": o.Reference, "state": state(o), "status": o.Status,
		"amount": decimal(o.Amount, o.Currency), "fee": decimal(o.Fee, o.Currency), "currency": o.Currency,
		"phone": o.Phone, "created_at": o.Created.UTC(),
	}
}

// exchange is a request with its answer or its fault.
type exchange struct {
	sandbox.Request
	Fault     sandbox.FaultKind // that met the request
	Processed bool              // the provider's code saw it
}

// answered reports whether the request has got an answer or a fault.
func (e exchange) answered() bool { return e.Status != 0 || e.Fault != "" }

// exchanges returns the requests to a provider, the oldest first.
func exchanges(p *Provider) []exchange {
	fired := map[int]sandbox.FaultRecord{}
	for _, f := range p.FaultRecords() {
		fired[f.Request] = f
	}
	return list(p.Requests(), func(r sandbox.Request) exchange {
		f, met := fired[r.Index]
		return exchange{r, f.Fault.Kind, !met || f.Processed}
	})
}

func exchangeJSON(e exchange) object {
	o := object{
		"index": e.Index, "at": e.At.UTC(), "method": e.Method, "path": e.Path, "query": hideText(e.RawQuery),
		"body": hide(e.Body), "status": e.Status, "answer": hide(e.Answer), "processed": e.Processed,
	}
	if e.Fault != "" {
		o["fault"] = e.Fault
	}
	if why := e.Why(); why != "" {
		o["why"] = why
	}
	return o
}

func deliveryJSON(d sandbox.Delivery) object {
	o := object{
		"at": d.At.UTC(), "order": d.Ref, "reference": d.Reference, "attempt": d.Attempt,
		"how": howName(d.How), "method": d.Method,
		"url": d.URL, "body": text(d.Body), "status": d.Status, "ok": d.OK(),
	}
	if d.Err != nil {
		o["error"] = d.Err.Error()
	}
	return o
}

func howName(h sandbox.SendMode) string {
	if h == sandbox.SendGenuine {
		return "genuine"
	}
	return string(h)
}

// account is an account with its balance after the last entry.
type account struct {
	Name, Currency string
	Balance        int64
}

// accounts returns the accounts of a ledger in the order of their first
// entries.
func accounts(entries []sandbox.Entry) []account {
	var out []account
	at := map[string]int{}
	for _, e := range entries {
		n, known := at[e.Account]
		if !known {
			n = len(out)
			at[e.Account], out = n, append(out, account{Name: e.Account, Currency: e.Currency})
		}
		out[n].Balance = e.Balance
	}
	return out
}

func ledgerJSON(p *Provider) object {
	entries := p.Entries()
	return object{
		"accounts": list(accounts(entries), func(a account) object {
			return object{"account": a.Name, "balance": decimal(a.Balance, a.Currency), "currency": a.Currency}
		}),
		"entries": list(entries, entryJSON),
	}
}

func entryJSON(e sandbox.Entry) object {
	return object{
		"at": e.Time.UTC().Format(time.RFC3339Nano), "account": e.Account, "kind": e.Kind,
		"amount": decimal(e.Amount, e.Currency), "balance": decimal(e.Balance, e.Currency),
		"currency": e.Currency, "reference": e.Reference, "id": e.ID, "why": e.Why,
	}
}

func faultsJSON(p *Provider) object {
	return object{
		"queued": list(p.Faults(), func(f sandbox.Fault) faultBody { return faultBody(f) }),
		"fired": list(p.FaultRecords(), func(f sandbox.FaultRecord) object {
			return object{"kind": f.Fault.Kind, "request": f.Request, "processed": f.Processed, "status": f.Status}
		}),
	}
}

// text returns a body in a form for people to read.
func text(body []byte) string {
	if !utf8.Valid(body) {
		return "(binary)"
	}
	return string(body)
}
