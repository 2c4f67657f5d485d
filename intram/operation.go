package intram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
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

// OperationStatus says how far the provider has got with an operation. It is not the status of the money: a payment
// request has succeeded when the page to pay on exists, and a payout to a bank when it is queued there.
type OperationStatus string

// The statuses of an operation.
const (
	OperationQueued     OperationStatus = "queued"
	OperationProcessing OperationStatus = "processing"
	OperationSucceeded  OperationStatus = "succeeded"
	OperationFailed     OperationStatus = "failed"
	OperationExpired    OperationStatus = "expired"
)

// Final reports whether the status will not change any more. A status that is new is not final.
func (s OperationStatus) Final() bool {
	return s == OperationSucceeded || s == OperationFailed || s == OperationExpired
}

// operationStatus reads a status. The word completed is seen in integrations.
func operationStatus(word string) OperationStatus {
	if word == "completed" {
		return OperationSucceeded
	}
	return OperationStatus(word)
}

// Operation is an order that the provider works on.
type Operation struct {
	ID          string          // operation_id, "op_…"
	Type        OperationType   // type
	Status      OperationStatus // status
	Env         string          // env
	Payload     json.RawMessage // payload, the order as it was sent
	Result      json.RawMessage // result, nil until there is one
	Checkout    *Checkout       // result of a payment request
	Payout      *PayoutResult   // result of a payout
	Error       *OperationError // error, nil unless it failed
	Attempts    int             // attempts, of the provider's
	CreatedAt   time.Time       // date
	UpdatedAt   time.Time       // updated_date
	CompletedAt time.Time       // completed_date
	// Replayed: the order was not new, and this is what it was answered the first time, under the same
	// idempotency key. Its status may be out of date.
	Replayed bool
	Raw      json.RawMessage

	// hidesCheckout: a payment request has ended, in an answer without the member result, not even as null. So it does
	// not tell whether there was a page to pay on, as a list may not.
	hidesCheckout bool
}

// OperationError is why an operation failed. [errors.Is] finds the kind that stands for its code.
type OperationError struct {
	Code    string // "insufficient_balance"
	Message string
	Details []wapay.FieldError
}

// Error implements error.
func (e *OperationError) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Code + ": " + e.Message
}

// Unwrap returns the kind of the error, or nil: a word that is new, and provider_rejected, which may mean anything.
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
	ID          loose.String    `json:"operation_id"`
	Type        loose.String    `json:"type"`
	Status      loose.String    `json:"status"`
	Env         loose.String    `json:"env"`
	Payload     json.RawMessage `json:"payload"`
	Result      json.RawMessage `json:"result"`
	Error       json.RawMessage `json:"error"`
	Attempts    loose.Int       `json:"attempts"`
	Date        loose.Time      `json:"date"`
	UpdatedDate loose.Time      `json:"updated_date"`
	Completed   loose.Time      `json:"completed_date"`
}

// Check is what an operation needs in order to be believed.
func (w *wireOperation) Check() error {
	if w.ID == "" || w.Status == "" {
		return errors.New("an operation without operation_id or status")
	}
	return nil
}

func (w *wireOperation) value(raw json.RawMessage) (Operation, error) {
	o := Operation{
		ID: string(w.ID), Type: OperationType(w.Type), Status: operationStatus(string(w.Status)), Env: string(w.Env),
		Payload: present(w.Payload), Result: present(w.Result), Attempts: int(w.Attempts),
		CreatedAt: w.Date.Time, UpdatedAt: w.UpdatedDate.Time, CompletedAt: w.Completed.Time, Raw: raw,
	}
	o.hidesCheckout = w.Result == nil && (o.Type == TypePaymentRequest || o.Type == "") &&
		(o.Status == OperationFailed || o.Status == OperationExpired)
	o.Error = readOperationError(present(w.Error))
	if o.Result == nil {
		return o, nil
	}
	var err error
	switch o.Type {
	case TypePaymentRequest:
		o.Checkout, err = readCheckout(o.Result)
	case TypePayout:
		o.Payout, err = readPayoutResult(o.Result)
	}
	return o, err
}

// present is raw unless it is null, empty, or an empty object or list.
func present(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return nil
	}
	var s loose.String
	if s.UnmarshalJSON(raw) == nil && s == "" {
		return nil
	}
	return raw
}

// readOperationError takes {code,message,details}, or a text.
func readOperationError(raw json.RawMessage) *OperationError {
	if raw == nil {
		return nil
	}
	var v struct {
		Code    loose.String    `json:"code"`
		Message loose.String    `json:"message"`
		Details json.RawMessage `json:"details"`
	}
	if json.Unmarshal(raw, &v) == nil {
		return &OperationError{string(v.Code), string(v.Message), details(v.Details)}
	}
	var text loose.String
	_ = text.UnmarshalJSON(raw)
	return &OperationError{Message: string(text)}
}

// Operation looks an operation up: GET operations/:id.
func (c *Client) Operation(ctx context.Context, id string) (*Operation, error) {
	return c.operation(ctx, "Operation", id)
}

func (c *Client) operation(ctx context.Context, op, id string) (*Operation, error) {
	if err := checkID(op, id); err != nil {
		return nil, err
	}
	var a answer[wireOperation]
	resp, err := c.get(ctx, op, "operations/"+element(id), nil, &a)
	if err != nil {
		return nil, err
	}
	o, err := a.Data.value(resp.Body)
	if err == nil && o.ID != id {
		err = errors.New("the answer is about another operation")
	}
	if err != nil {
		return nil, c.undecodable(op, resp, err)
	}
	return &o, nil
}

// create sends an order, of which the answer is an operation. Nothing is believed of one that is not the order's.
func (c *Client) create(ctx context.Context, op, reference, endpoint, key string, body written) (*Operation, error) {
	var a answer[wireOperation]
	resp, err := c.post(ctx, op, reference, endpoint, key, body, &a)
	if err != nil {
		return nil, doubted(err)
	}
	o, err := a.Data.value(resp.Body)
	if err != nil { // only its result is unreadable, and the order was taken: the next lookup will say
		o.Checkout, o.Payout = nil, nil
	}
	if err := o.fits(body.sent()); err != nil {
		r := &call.Request{Op: op, Reference: reference, Effect: call.IdempotentWrite}
		return nil, c.calls.Undecodable(r, resp, fmt.Errorf("the answer is about another order: %w", err))
	}
	o.Replayed = replayed(resp)
	return &o, nil
}

// OperationFilter selects operations. What is left out selects all.
type OperationFilter struct {
	Limit  int             // limit: how many to a page, 1 to 100; the provider's own choice if 0
	Type   OperationType   // type
	Status OperationStatus // status
	Before string          // before: the NextBefore of the page before
}

type operationParams struct {
	Limit  int             `url:"limit,omitempty"`
	Type   OperationType   `url:"type,omitempty"`
	Status OperationStatus `url:"status,omitempty"`
	Before string          `url:"before,omitempty"`
}

// Operations lists one page of operations, newest first: GET operations.
func (c *Client) Operations(ctx context.Context, f OperationFilter) (*Page[Operation], error) {
	return c.operations(ctx, "Operations", f)
}

// AllOperations lists operations, newest first, and fetches the pages as they are needed. It ends with the last
// operation, or with an error, which comes once and last.
func (c *Client) AllOperations(ctx context.Context, f OperationFilter) iter.Seq2[Operation, error] {
	return all(ctx, c, "AllOperations", f.Before, func(before string) (*Page[Operation], error) {
		f.Before = before
		return c.operations(ctx, "AllOperations", f)
	})
}

func (c *Client) operations(ctx context.Context, op string, f OperationFilter) (*Page[Operation], error) {
	var bad check.Fields
	checkPage(&bad, f.Limit, f.Before)
	bad.OneOf("Type", string(f.Type), "", "payout", "payment_request", "refund", "transfer")
	bad.OneOf("Status", string(f.Status), "", "queued", "processing", "succeeded", "failed", "expired")
	if err := bad.Err(provider, op, ""); err != nil {
		return nil, err
	}
	return list(ctx, c, op, "operations", operationParams(f), (*wireOperation).value)
}
