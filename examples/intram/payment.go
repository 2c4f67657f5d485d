package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/intram"
	"github.com/wapay-go/wapay/ipn"
)

// askForMoney makes a payment request. Its result is a page on which the customer pays; the phone and the
// operator are no more than a hint to that page.
func (s *shop) askForMoney(ctx context.Context) (string, error) {
	// A shop has the reference in its database before it calls: whatever happens then, the same call with the
	// same reference finds out what became of it, and does not ask the customer twice.
	o := &order{
		kind: ipn.KindPayment, reference: s.prefix + "order-1", what: "payment", who: mask(s.in.phone), amount: s.in.amount,
		want: []news{{"payment_request.created", wapay.StatusPending}, {"payment_request.paid", wapay.StatusSucceeded}},
	}
	p, err := twice(ctx, func() (*wapay.Payment, error) {
		return s.client.Pay(ctx, wapay.PaymentRequest{
			Reference: o.reference, Amount: o.amount, Description: "Two bags of rice",
			Customer: wapay.Customer{Phone: s.in.phone}, Operator: s.in.operator,
		})
	})
	if err != nil {
		return "", err
	}
	o.id, o.status, s.payment = p.ID, p.Status, o
	s.orders = append(s.orders, o)

	// Pay waits a while for the page. Where that was too short, the operation has it later; and it has what
	// only Intram knows of: the reference of the transaction, which a refund needs, and the QR code.
	op, err := s.finish(ctx, o.id)
	if err != nil {
		return "", err
	}
	if op.Checkout == nil {
		return "", errors.New("the operation succeeded, and there is no page to pay on")
	}
	o.transaction = op.Checkout.TransactionReference
	return fmt.Sprintf("%s: %s, until the customer pays on\n%s", o.amount, p.Status, op.Checkout.URL()), nil
}

// writeQRCode writes what a shop would print, or show beside the till.
func (s *shop) writeQRCode(ctx context.Context) (string, error) {
	op, err := s.client.Operation(ctx, s.payment.id)
	if err != nil {
		return "", err
	}
	if op.Checkout == nil || op.Checkout.QRCode == "" {
		return "Intram sent none", nil
	}
	image, err := op.Checkout.QRCodePNG()
	if err != nil {
		return "", err
	}
	name, err := writePNG(s.in.qr, image)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d bytes in %s", len(image), name), nil
}

// writePNG writes to the file of that name, or to a new one among the temporary files, and says to which.
func writePNG(name string, image []byte) (string, error) {
	if name != "" {
		return name, os.WriteFile(name, image, 0o644)
	}
	f, err := os.CreateTemp("", "intram-qr-*.png")
	if err != nil {
		return "", err
	}
	_, err = f.Write(image)
	return f.Name(), errors.Join(err, f.Close())
}

// customerPays waits until the customer has paid. A shop would rather be notified, and ask like this about what
// has been pending for too long: a notification may be lost.
func (s *shop) customerPays(ctx context.Context) (string, error) {
	if s.sandbox != nil {
		if err := s.sandbox.PayRequest(s.payment.transaction); err != nil { // the customer's part
			return "", err
		}
	}
	o := s.payment
	p, err := wapay.WaitPayment(ctx, s.client, wapay.Ref{ID: o.id, Reference: o.reference}, s.pace...)
	if p != nil { // also beside an error: the last that is known
		o.status = p.Status
	}
	switch {
	case err != nil: // time is up, or Ctrl-C, or the lookup failed: the payment goes its way all the same
		return "", fmt.Errorf("%s was %s when last seen, and may yet be paid: %w", o.reference, o.status, err)
	case o.status != wapay.StatusSucceeded:
		return "", fmt.Errorf("%s is %s: %s", o.reference, o.status, p.Reason)
	}
	return fmt.Sprintf("%s, transaction %s", o.status, o.transaction), nil
}

// refund gives back all of the payment. It speaks of Intram's transaction, and has a reference of its own.
func (s *shop) refund(ctx context.Context) (string, error) {
	o := &order{
		kind: ipn.KindRefund, reference: s.prefix + "refund-1", what: "refund of " + s.payment.reference, who: s.payment.who,
		amount: s.payment.amount, transaction: s.payment.transaction,
		want: []news{{"refund.completed", wapay.StatusRefunded}},
	}
	op, err := twice(ctx, func() (*intram.Operation, error) {
		return s.client.CreateRefund(ctx, intram.RefundRequest{ // no Amount: all of it
			Reference: o.reference, TransactionReference: o.transaction, Reason: "Out of rice",
		})
	})
	if err != nil {
		return "", err
	}
	o.id, o.status = op.ID, wapay.StatusPending
	s.orders = append(s.orders, o)
	first := op.Status
	if op, err = s.finish(ctx, o.id); err != nil {
		return "", err
	}
	o.status = wapay.StatusRefunded

	// The transaction knows of it, and so does the payment.
	t, err := s.client.Transaction(ctx, o.transaction)
	if err != nil {
		return "", err
	}
	s.payment.status = t.Status
	return fmt.Sprintf("%s, then %s; the payment is %s", first, op.Status, t.Status), nil
}

// finish waits until Intram has done with an operation. That it succeeded is not yet news of the money: of a
// payment request it means that there is a page to pay on.
func (s *shop) finish(ctx context.Context, id string) (*intram.Operation, error) {
	op, err := s.client.WaitOperation(ctx, id, s.pace...)
	switch {
	case err != nil:
		return nil, err
	case op.Error != nil:
		return nil, op.Error
	case op.Status != intram.OperationSucceeded:
		return nil, fmt.Errorf("operation %s: %s", op.ID, op.Status)
	}
	return op, nil
}

// twice makes a call that moves money, and makes the very same call once more where no answer came. That is safe
// with Intram, within 24 hours: the client derives the idempotency key from the reference, so that the
// provider sees the same order again, answers as it did the first time, and does nothing else.
func twice[T any](ctx context.Context, order func() (T, error)) (T, error) {
	answer, err := order()
	if !errors.Is(err, wapay.ErrOutcomeUnknown) || ctx.Err() != nil {
		return answer, err
	}
	answer, again := order()
	if again != nil { // now it is for a person to look at
		return answer, fmt.Errorf("%w; the same call again: %w", err, again)
	}
	return answer, nil
}
