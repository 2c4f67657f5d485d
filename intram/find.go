package intram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// How far a search by the merchant's reference goes.
const (
	searchPages = 10
	searchLimit = 100 // operations on a page
	searchTime  = 30 * time.Second
)

// sought is what is looked for: payments or payouts.
type sought struct {
	name      string
	operation OperationType
	not       []TransactionType // types that a transaction of it does not have
	reference func(*Operation) string
	status    func(*Operation) (wapay.Status, string)
}

var (
	payments = sought{"payment", TypePaymentRequest, []TransactionType{Debit, Refund},
		(*Operation).paymentReference, (*Operation).paymentStatus}
	payouts = sought{"payout", TypePayout, []TransactionType{Credit, Refund},
		(*Operation).payoutReference, (*Operation).payoutStatus}
)

// hasFailed reports whether the operation failed, and nothing in it speaks against that.
func (s sought) hasFailed(o *Operation) bool {
	status, _ := s.status(o)
	return o.Status == OperationFailed && status == wapay.StatusFailed
}

// find looks for an operation by ref. For an ID that is the reference of a transaction it returns that, and the
// operation only if ref has a Reference as well.
func (c *Client) find(ctx context.Context, op string, s sought, ref wapay.Ref) (*Operation, *Transaction, error) {
	if ref.ID == "" {
		o, err := c.search(ctx, op, s, ref.Reference)
		return o, nil, err
	}
	if !strings.HasPrefix(ref.ID, "op_") {
		t, err := c.transaction(ctx, op, ref.ID)
		if err == nil {
			return c.ofTransaction(ctx, op, s, ref, t)
		}
		if !errors.Is(err, wapay.ErrNotFound) {
			return nil, nil, err
		}
	}
	o, err := c.operation(ctx, op, ref.ID)
	switch {
	case err != nil:
		return nil, nil, err
	case o.Type != s.operation:
		return nil, nil, notFound(op, ref.Reference, "the operation with this id is no "+s.name)
	case ref.Reference == "" || s.reference(o) == ref.Reference:
		return o, nil, nil
	case s.reference(o) == "" && o.order() == noOrder:
		return nil, nil, lookupError(op, ref.Reference, wapay.ErrDecode, "the operation does not show the order that it is for")
	}
	return nil, nil, notFound(op, ref.Reference, "the "+s.name+" with this id has another reference")
}

// ofTransaction checks that a transaction is what ref asks for. It does not carry the merchant's reference: only its
// operation does.
func (c *Client) ofTransaction(ctx context.Context, op string, s sought, ref wapay.Ref, t *Transaction) (*Operation, *Transaction, error) {
	for _, kind := range s.not {
		if t.Type == kind {
			return nil, nil, notFound(op, ref.Reference, "the transaction with this reference is no "+s.name)
		}
	}
	if ref.Reference == "" {
		return nil, t, nil
	}
	o, err := c.search(ctx, op, s, ref.Reference)
	if err != nil {
		return nil, nil, err
	}
	switch o.transactionReference() {
	case t.Reference:
		return o, t, nil
	case "": // always so with a payout (V)
		return nil, nil, lookupError(op, ref.Reference, wapay.ErrDecode,
			"the operation with this reference, "+o.ID+", does not show its transaction: leave one of the two out")
	}
	return nil, nil, notFound(op, ref.Reference, "the "+s.name+" with this reference has another transaction")
}

// search walks through the newest operations until it has found one with the reference that has not failed: an
// order that failed may have been given again under the same reference. Two that have not failed are ErrDuplicate,
// as far as they are seen together. Only a search that has seen everything ends in ErrNotFound.
func (c *Client) search(ctx context.Context, op string, s sought, reference string) (*Operation, error) {
	var bad check.Fields
	checkReference(&bad, "Reference", reference)
	if err := bad.Err(provider, op, reference); err != nil {
		return nil, err
	}
	started := time.Now()
	seen := searched{cursors: map[string]bool{"": true}}
	filter := OperationFilter{Limit: searchLimit, Type: s.operation}
	for seen.pages < searchPages && (seen.pages == 0 || time.Since(started) < searchTime) {
		page, err := c.operations(ctx, op, filter)
		if err == nil {
			err = page.contradictory(op, reference)
		}
		if err != nil {
			return nil, err
		}
		if err := c.uncover(ctx, op, s, reference, page.Items); err != nil {
			return nil, err
		}
		seen.add(page, s, reference)
		switch {
		case len(seen.alive) > 1:
			return nil, lookupError(op, reference, wapay.ErrDuplicate,
				fmt.Sprintf("%d %ss carry the reference: %q", len(seen.alive), s.name, ids(seen.alive)))
		case len(seen.alive) == 1:
			return seen.alive[0], nil
		case seen.ended:
			return seen.last(op, s, reference)
		}
		filter.Before = page.NextBefore
	}
	return seen.giveUp(op, s, reference)
}

// uncover looks at the payment requests with the reference themselves of which the list does not tell whether they
// ended with a page to pay on.
func (c *Client) uncover(ctx context.Context, op string, s sought, reference string, operations []Operation) error {
	if s.operation != TypePaymentRequest {
		return nil
	}
	for i := range operations {
		o := &operations[i]
		if s.reference(o) != reference || o.Type != s.operation || !o.hidesCheckout {
			continue
		}
		whole, err := c.operation(ctx, op, o.ID)
		if err != nil {
			return err
		}
		if whole.Type == o.Type && s.reference(whole) == reference {
			*o = *whole
		}
	}
	return nil
}

// searched is how far a search has got.
type searched struct {
	pages, operations int
	blank             int // operations of which the list does not show the order
	oldest            time.Time
	cursors           map[string]bool
	ended             bool         // the list did
	alive, failed     []*Operation // with the reference
}

func (x *searched) add(page *Page[Operation], s sought, reference string) {
	x.pages++
	x.operations += len(page.Items)
	for i := range page.Items {
		o := &page.Items[i]
		x.oldest = o.CreatedAt
		switch {
		case o.Type != s.operation && o.Type != "" || x.has(o.ID):
		case s.reference(o) == reference && s.hasFailed(o):
			x.failed = append(x.failed, o)
		case s.reference(o) == reference:
			x.alive = append(x.alive, o)
		case o.Type == "" || o.order() == noOrder:
			x.blank++
		}
	}
	x.ended = page.ended()
	if x.cursors[page.NextBefore] && !x.ended { // the list repeats itself, or does not say how it goes on
		x.pages = searchPages
	}
	x.cursors[page.NextBefore] = true
}

// has reports whether an operation was found before, on a page that overlaps.
func (x *searched) has(id string) bool {
	return slices.ContainsFunc(slices.Concat(x.alive, x.failed), func(o *Operation) bool { return o.ID == id })
}

// last is the result of a search that came to the end of the list.
func (x *searched) last(op string, s sought, reference string) (*Operation, error) {
	switch {
	case x.blank > 0:
		return x.giveUp(op, s, reference)
	case len(x.failed) > 0:
		return x.failed[0], nil
	}
	return nil, notFound(op, reference, "no "+s.name+" with this reference")
}

// giveUp is the result of a search that did not see everything: it does not say that there is nothing, or only what
// has failed.
func (x *searched) giveUp(op string, s sought, reference string) (*Operation, error) {
	message := fmt.Sprintf("gave up after the newest %d operations", x.operations)
	if !x.oldest.IsZero() {
		message += ", back to " + x.oldest.Format(time.RFC3339)
	}
	if x.blank > 0 {
		message += fmt.Sprintf(", %d of them without the order that they are for", x.blank)
	}
	if len(x.failed) > 0 {
		message += fmt.Sprintf(", of which with the reference %q failed", ids(x.failed))
	}
	return nil, lookupError(op, reference, wapay.ErrUnavailable, message+
		": the "+s.name+" may exist all the same; look it up by its id, or within 24 hours of the first call make the same call again")
}

func ids(operations []*Operation) []string {
	var all []string
	for _, o := range operations {
		all = append(all, o.ID)
	}
	return all
}

// withReferenceOf adds the merchant's reference to the error of a request that has it not.
func withReferenceOf(err error, reference string) error {
	var e *wapay.Error
	if errors.As(err, &e) && e.Reference == "" {
		e.Reference = reference
	}
	return err
}

// order is what is read of an operation's payload: the order as it was sent.
type order struct {
	Reference   loose.String `json:"reference"`
	Amount      loose.String `json:"amount"`
	Currency    currency     `json:"currency"`
	Destination loose.Object[struct {
		Type loose.String `json:"type"`
	}] `json:"destination"`
	Invoice loose.Object[struct {
		Amount   loose.String `json:"amount"`
		Currency currency     `json:"currency"`
	}] `json:"invoice"`
	WebhookData loose.Object[map[string]loose.String] `json:"webhook_data"`
	Metadata    loose.Object[map[string]loose.String] `json:"metadata"`
	Transaction loose.String                          `json:"transaction_reference"`
}

// noOrder is what there is to see of a payload that is not there, or cannot be read.
var noOrder = &order{}

func (o *Operation) order() *order {
	if o.Payload == nil {
		return noOrder
	}
	v := new(order)
	if json.Unmarshal(o.Payload, v) != nil {
		return noOrder
	}
	return v
}

func (o *Operation) paymentReference() string {
	return string(o.order().WebhookData.V[facts.IntramReference])
}

func (o *Operation) payoutReference() string {
	if o.Payout != nil && o.Payout.Reference != "" {
		return o.Payout.Reference
	}
	return string(o.order().Reference)
}
