package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/journalhook"
)

// request is a request for a payment or for a payout.
type request struct {
	op, otp   string
	kind      Kind
	reference string
	amount    wapay.Money
	customer  wapay.Customer
	operator  string
	whole     any                                 // the request, without the one-time code
	fit       func(client) (sendFunc, error)      // sends nothing: the sendFunc does
	serves    func(context.Context, client) error // why the client does not take it now; see wapay.ServesNow
}

type sendFunc func(context.Context) (*answer, error)

// answer is what a provider says of an order.
type answer struct {
	wapay.Payment        // of a payout too
	from          string // the name of the provider in the journal
}

func ofPayment(p *wapay.Payment) *answer {
	if p == nil {
		return nil
	}
	return &answer{Payment: *p}
}

func ofPayout(p *wapay.Payout) *answer {
	if p == nil {
		return nil
	}
	return &answer{Payment: wapay.Payment{
		Provider: p.Provider, ID: p.ID, Reference: p.Reference, Status: p.Status, ProviderStatus: p.ProviderStatus,
		Amount: p.Amount, Fee: p.Fee, Reason: p.Reason, OperatorID: p.OperatorID, Party: p.Party,
		CreatedAt: p.CreatedAt, Replayed: p.Replayed, Raw: p.Raw,
	}}
}

// serves returns the question whether a client serves r as it is fitted to the
// provider.
func serves[R wapay.PaymentRequest | wapay.PayoutRequest](
	r R, fit func(client, R) (R, error),
) func(context.Context, client) error {
	return func(ctx context.Context, c client) error {
		fitted, err := fit(c, r)
		if err != nil {
			return nil // the send says so
		}
		return wapay.ServesNow(ctx, c.scoper, fitted)
	}
}

func paymentRequest(r wapay.PaymentRequest) *request {
	whole := r
	whole.OTP = ""
	return &request{
		op: "Pay", otp: r.OTP, kind: Payment, reference: r.Reference, amount: r.Amount, customer: r.Customer,
		operator: r.Operator, whole: whole,
		fit: func(c client) (sendFunc, error) {
			r, err := c.payment(r)
			return func(ctx context.Context) (*answer, error) {
				p, err := c.payer.Pay(ctx, r)
				return ofPayment(p), err
			}, err
		},
		serves: serves(r, client.payment),
	}
}

func payoutRequest(r wapay.PayoutRequest) *request {
	return &request{
		op: "Payout", kind: Payout, reference: r.Reference, amount: r.Amount, customer: r.Recipient,
		operator: r.Operator, whole: r,
		fit: func(c client) (sendFunc, error) {
			r, err := c.payout(r)
			return func(ctx context.Context) (*answer, error) {
				p, err := c.payouter.Payout(ctx, r)
				return ofPayout(p), err
			}, err
		},
		serves: serves(r, client.payout),
	}
}

// serving returns the providers that take the order now, as far as their
// clients know. If none does, it returns all, and the first one gives the
// reason.
func (q *request) serving(ctx context.Context, j *Journal, providers []string) []string {
	if len(providers) == 1 {
		return providers
	}
	var serving []string
	for _, name := range providers {
		if !wapay.NotDone(guard(func() error { return q.serves(ctx, j.clients[name]) })) {
			serving = append(serving, name)
		}
	}
	if len(serving) == 0 {
		return providers
	}
	return serving
}

// find asks the client about an order.
func find(ctx context.Context, c client, kind Kind, ref wapay.Ref) (*answer, error) {
	if kind == Payment {
		p, err := c.payer.FindPayment(ctx, ref)
		return ofPayment(p), err
	}
	p, err := c.payouter.FindPayout(ctx, ref)
	return ofPayout(p), err
}

// validate returns the fields that no row can hold, and whether the reference
// can be looked up. The client checks the rest.
func (q *request) validate() (bad []wapay.FieldError, named bool) {
	named = q.reference != "" && isKey(q.reference) && !strings.ContainsFunc(q.reference, unicode.IsControl)
	if !named {
		bad = append(bad, wapay.FieldError{Field: "Reference", Message: "want 1 to 255 bytes of text"})
	}
	if !q.amount.Valid() {
		bad = append(bad, wapay.FieldError{Field: "Amount", Message: "want an amount with a currency"})
	}
	return bad, named
}

// row returns the row of a new order that is claimed for provider.
func (q *request) row(ctx context.Context, provider string) *row {
	return &row{
		Order: Order{
			Kind: q.kind, Reference: q.reference, State: StateSending, Provider: provider, Amount: q.amount,
			Customer: wapay.Customer{
				Phone: q.customer.Phone, FirstName: clean(q.customer.FirstName, shortText),
				LastName: clean(q.customer.LastName, shortText), Email: clean(q.customer.Email, shortText),
			},
			Operator: clean(q.operator, shortText),
		},
		phone: q.customer.Phone.E164(), print: q.print(ctx), token: newToken(),
	}
}

// print returns a hash of the request without its one-time code. A million
// tries would find a code from its hash.
func (q *request) print(ctx context.Context) string {
	whole := any([]any{q.kind.String(), q.whole})
	if !journalhook.On(ctx, journalhook.NoCode) {
		whole = []any{whole, q.otp}
	}
	text, err := json.Marshal(whole)
	if err != nil { // an amount out of range, which validate has refused
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// differences returns the fields in which the request differs from the order
// under the same reference, with both values.
func (q *request) differences(r *row) []wapay.FieldError {
	var diff []wapay.FieldError
	differ := func(field, is, was string) {
		if is != was {
			diff = append(diff, wapay.FieldError{
				Field: field, Message: fmt.Sprintf("is %q, and %q in the journal", is, was),
			})
		}
	}
	differ("Amount", q.amount.String(), r.Amount.String())
	differ("Operator", clean(q.operator, shortText), r.Operator)
	if r.print == "" { // stripped of personal data
		return diff
	}
	who := "Customer"
	if q.kind == Payout {
		who = "Recipient"
	}
	if phone := q.customer.Phone.E164(); phone != "" || r.phone != "" {
		if phone != r.phone {
			diff = append(diff, wapay.FieldError{Field: who + ".Phone", Message: "is " +
				masked(phone) + ", and " + masked(r.phone) + " in the journal"})
		}
		return diff // the number is the wallet, whatever the name
	}
	differ(who+".FirstName", clean(q.customer.FirstName, shortText), r.Customer.FirstName)
	differ(who+".LastName", clean(q.customer.LastName, shortText), r.Customer.LastName)
	differ(who+".Email", clean(q.customer.Email, shortText), r.Customer.Email)
	return diff
}

// masked returns the ends of a number, as a log shows them.
func masked(phone string) string {
	if len(phone) < 8 {
		return "no number"
	}
	return phone[:4] + "••••" + phone[len(phone)-2:]
}

// redact takes the one-time code out of the provider's text.
func (q *request) redact(ctx context.Context, text string) string {
	if len(q.otp) < 3 || !journalhook.On(ctx, journalhook.NoCode) {
		return text
	}
	return strings.ReplaceAll(text, q.otp, "[redacted]")
}
