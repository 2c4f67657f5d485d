package intram

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// OperationType says what an operation does.
type OperationType string

// The types of operation.
const (
	TypePayout         OperationType = "payout"
	TypePaymentRequest OperationType = "payment_request"
	TypeRefund         OperationType = "refund"
	TypeTransfer       OperationType = "transfer"
)

// isDocumented reports whether the type is one of those above.
func (t OperationType) isDocumented() bool {
	return t == TypePayout || t == TypePaymentRequest || t == TypeRefund || t == TypeTransfer
}

// name returns the type in words.
func (t OperationType) name() string {
	if t == TypePaymentRequest {
		return "payment"
	}
	return string(t)
}

// OperationStatus is the state of an operation, not of the money. A payment
// request has succeeded when its page exists, and a payout to a bank when it is
// queued there.
type OperationStatus string

// The documented statuses of an operation.
const (
	OperationQueued     OperationStatus = "queued"
	OperationProcessing OperationStatus = "processing"
	OperationSucceeded  OperationStatus = "succeeded"
	OperationFailed     OperationStatus = "failed"
	OperationExpired    OperationStatus = "expired"
)

// Final reports whether the status cannot change any more. An unknown status is
// not final.
func (s OperationStatus) Final() bool {
	return s == OperationSucceeded || s == OperationFailed || s == OperationExpired
}

// operationStatus returns the documented status for a word of the provider.
// Integrations also show other words, such as "completed".
func operationStatus(word string) OperationStatus {
	switch facts.IntramStatus(word) {
	case wapay.StatusSucceeded:
		return OperationSucceeded
	case wapay.StatusFailed:
		if strings.EqualFold(word, string(OperationExpired)) {
			return OperationExpired
		}
		return OperationFailed
	case wapay.StatusPending:
		if strings.EqualFold(word, string(OperationQueued)) {
			return OperationQueued
		}
		return OperationProcessing
	}
	return OperationStatus(word)
}

// Operation is an order at the provider.
type Operation struct {
	ID             string          // operation_id, "op_…"
	Type           OperationType   // type
	Status         OperationStatus // status, as one of the documented words if it means the same
	ProviderStatus string          // status, unchanged
	Reference      string          // the merchant's, from the payload or else the result
	Env            string          // env
	Payload        wapay.Raw       // payload, the order as sent
	Result         wapay.Raw       // result, nil if absent
	Checkout       *Checkout       // result of a payment request, nil if unreadable
	Payout         *PayoutResult   // result of a payout, nil if unreadable
	Error          *OperationError // error or error_message, nil unless it failed
	Attempts       int             // attempts, the provider's own
	CreatedAt      time.Time       // date or created_at
	UpdatedAt      time.Time       // updated_date
	CompletedAt    time.Time       // completed_date
	// Replayed reports that the provider had the order before this call. The
	// other fields show its current state.
	Replayed bool
	Raw      wapay.Raw

	// hidesCheckout reports that a payment request is final and that the answer
	// has no member result, not even null. A list may leave it out. So it is
	// not known whether there was a page.
	hidesCheckout bool
}

// OperationError is the cause of a failed operation. [errors.Is] finds the kind
// of its code.
type OperationError struct {
	Code    string // "insufficient_balance"
	Message string
	Details []wapay.FieldError
}

// Error implements error.
func (e *OperationError) Error() string {
	if e.Message == "" || e.Code == "" {
		return e.Code + e.Message
	}
	return e.Code + ": " + e.Message
}

// Unwrap returns the kind of the error. It returns nil for an undocumented
// code, and for provider_rejected, which may mean anything.
func (e *OperationError) Unwrap() error {
	switch e.Code {
	case "provider_unavailable", "provider_error", "stripe_unavailable":
		return wapay.ErrUnavailable
	case "missing_provider_code", "amount_exceeds_transaction", "transaction_not_settled", "unsupported_payment_method":
		return wapay.ErrInvalid
	case "merchant_wallet_missing":
		return wapay.ErrForbidden
	}
	return kindOf(e.Code, 0)
}

type wireOperation struct {
	ID           loose.String    `json:"operation_id"`
	Type         loose.String    `json:"type"`
	Status       loose.String    `json:"status"`
	Env          loose.String    `json:"env"`
	Payload      json.RawMessage `json:"payload"`
	Result       json.RawMessage `json:"result"`
	Error        json.RawMessage `json:"error"`
	ErrorMessage loose.String    `json:"error_message"`
	Attempts     loose.Int       `json:"attempts"`
	Date         loose.Time      `json:"date"`
	CreatedAt    loose.Time      `json:"created_at"`
	UpdatedDate  loose.Time      `json:"updated_date"`
	Completed    loose.Time      `json:"completed_date"`
}

// readOperation reads an operation. It leaves out an unreadable result.
func readOperation(data json.RawMessage) (Operation, error) {
	var w wireOperation
	if err := decode(data, &w, "an operation without operation_id or status", &w.ID, &w.Status); err != nil {
		return Operation{}, err
	}
	o := Operation{
		ID: string(w.ID), Type: OperationType(strings.ToLower(string(w.Type))), Env: string(w.Env),
		Status: operationStatus(string(w.Status)), ProviderStatus: string(w.Status),
		Payload: nonEmpty(w.Payload), Result: nonEmpty(w.Result), Attempts: int(w.Attempts),
		Error:     readOperationError(nonEmpty(w.Error), string(w.ErrorMessage)),
		CreatedAt: cmp.Or(w.Date, w.CreatedAt).Time, UpdatedAt: w.UpdatedDate.Time, CompletedAt: w.Completed.Time,
		Raw: wapay.Raw(data),
	}
	switch {
	case o.Result == nil:
	case o.Type == TypePaymentRequest:
		o.Checkout = readCheckout(o.Result)
	case o.Type == TypePayout:
		o.Payout = readPayoutResult(o.Result)
	}
	o.Reference = readOrder(o.Payload).reference(o.Type)
	if o.Payout != nil {
		o.Reference = cmp.Or(o.Reference, o.Payout.Reference) // may be the provider's, as in notifications
	}
	o.hidesCheckout = w.Result == nil && (o.Type == TypePaymentRequest || o.Type == "") &&
		(o.Status == OperationFailed || o.Status == OperationExpired)
	return o, nil
}

// readOperationError reads {code,message,details} or a text. Without either, it
// uses error_message.
func readOperationError(raw []byte, text string) *OperationError {
	var v struct {
		Code    loose.String    `json:"code"`
		Message loose.String    `json:"message"`
		Details json.RawMessage `json:"details"`
	}
	if raw != nil && json.Unmarshal(raw, &v) == nil {
		return &OperationError{string(v.Code), cmp.Or(string(v.Message), text), details(v.Details)}
	}
	var s loose.String
	if raw != nil {
		_ = s.UnmarshalJSON(raw)
	}
	if text = cmp.Or(string(s), text); text == "" {
		return nil
	}
	return &OperationError{Message: text}
}

// Operation looks an operation up: GET operations/:id.
func (c *Client) Operation(ctx context.Context, id string) (*Operation, error) {
	return one(ctx, c, "Operation", id, readOperation,
		func(o *Operation) (*wapay.Raw, bool) { return &o.Raw, o.ID == id })
}

// OperationFilter selects operations. A zero field selects all.
type OperationFilter struct {
	Limit  int             // limit: the page size; 0 leaves it to the provider
	Type   OperationType   // type
	Status OperationStatus // status
	Before string          // before: NextBefore of the previous page
}

// Operations lists one page of operations, newest first: GET operations.
func (c *Client) Operations(ctx context.Context, f OperationFilter) (*Page[Operation], error) {
	var bad check.Fields
	bad.OneOf("Type", string(f.Type), "", "payout", "payment_request", "refund", "transfer")
	bad.OneOf("Status", string(f.Status), "", "queued", "processing", "succeeded", "failed", "expired")
	params := query{"type": string(f.Type), "status": string(f.Status), "before": f.Before}
	return list(ctx, c, "Operations", f.Limit, params, bad, readOperation)
}

// AllOperations lists operations, newest first, and fetches each page on
// demand. An error comes once and last. If there were unreadable rows, an error
// follows all other operations.
func (c *Client) AllOperations(ctx context.Context, f OperationFilter) iter.Seq2[Operation, error] {
	return all(ctx, c, "AllOperations", f.Before, func(ctx context.Context, before string) (*Page[Operation], error) {
		f.Before = before
		return c.Operations(ctx, f)
	})
}
