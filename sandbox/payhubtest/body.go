package payhubtest

import (
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// readBody reads the members of a body, and refuses one that cannot be read.
func (p *Server) readBody(r *sandbox.Request, known string) (kit.Body, *sandbox.Answer) {
	values, err := kit.ReadObject[any](r.Header.Get("Content-Type"), r.Body)
	b := kit.NewBody(values)
	if err != nil || len(r.Query) > 0 {
		return b, p.refuse(r, 422, "invalid_input", "The request cannot be read.")
	}
	b.NoEmpty = true
	b.OnlyKnown(known)
	return b, nil
}

// maxAmount is the limit of each operator, as in operators/info.
const maxAmount = 10_000_000

func amountOf(b kit.Body) int64 {
	n := b.Amount()
	if n > maxAmount {
		b.Complain("amount", "is too large for the operator")
	}
	return n
}

func orderID(b kit.Body) string {
	b.Required("order")
	return b.Object("order", "id").Need("id", 255)
}
