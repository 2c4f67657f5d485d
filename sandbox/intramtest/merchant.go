package intramtest

import (
	"slices"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/intram"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Start starts a sandbox that is closed when the test ends.
func Start(tb sandbox.TB, c Config) *Server {
	return sandbox.Start(tb, New(c))
}

// Credentials returns the keys of the sandbox environment.
func (i *Server) Credentials() intram.Credentials {
	return intram.Credentials{PublicKey: wapay.Secret(i.cfg.PublicKey), SecretKey: wapay.Secret(i.cfg.SecretKey)}
}

// IPNKey returns the secret that signs the notifications that Notify asks for,
// for ipn.Intram. Other subscriptions have secrets of their own.
func (i *Server) IPNKey() wapay.Secret { return wapay.Secret(i.cfg.WebhookSecret) }

// Notify subscribes url to all events of the sandbox environment, in place of
// the url before. The empty string ends the subscription.
func (i *Server) Notify(url string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.subscriptions = slices.DeleteFunc(i.subscriptions, func(s *subscription) bool { return s.secret == i.cfg.WebhookSecret })
	if url != "" {
		i.newSubscription("sandbox", url, "*").secret = i.cfg.WebhookSecret
	}
}

// Client returns a client with the sandbox's keys and clock. It panics where an
// option is not valid.
func (i *Server) Client(opts ...wapay.Option) *intram.Client {
	return kit.Client(intram.New, i.Credentials(), i, opts)
}

// Orders returns the payment requests and payouts of both environments, oldest
// first. The id is the operation's.
func (i *Server) Orders() []sandbox.Order {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tick()
	var out []sandbox.Order
	for _, op := range i.operations {
		o := sandbox.Order{
			Kind: sandbox.Payment, ID: op.id, Reference: op.reference, Status: op.status, Pending: !op.over(),
			Amount: op.money.minor, Currency: op.money.currency, Phone: op.ask.phone, Created: op.created,
		}
		switch op.kind {
		case "payment_request":
			if op.tx != nil {
				o.Status, o.Pending, o.Succeeded = op.tx.status, op.tx.status == pending, op.tx.status == success
			}
		case "payout":
			o.Kind = sandbox.Payout
			o.Pending = o.Pending || op.bank && op.status == succeeded && !op.settled
			o.Succeeded = !o.Pending && op.status == succeeded
		default:
			continue
		}
		out = append(out, o)
	}
	return out
}

// Approve lets a pending order succeed: the customer pays, or the money
// arrives. ref is the operation's id or the merchant's reference.
func (i *Server) Approve(ref string) error {
	return i.endOrder(ref, func(op *operation) {
		i.finish(op, i.paid)
		if op.bank && op.status == succeeded && !op.settled {
			i.settlePayout(op)
		}
	})
}

// Decline lets a pending order fail. The reason is a payment's; a payout is
// rejected by the operator.
func (i *Server) Decline(ref, reason string) error {
	return i.endOrder(ref, func(op *operation) {
		if op.kind == "payout" {
			i.fail(op, "provider_rejected", rejection("91", "REJECTED"))
			return
		}
		i.finish(op, func(op *operation) { i.unpaid(op, reason) })
	})
}

// ExpireOrder lets an order expire that is still queued: see ExpireOperation.
// One that was taken up has no limit, which is [sandbox.ErrNoLimit].
func (i *Server) ExpireOrder(ref string) error {
	o, err := sandbox.Find(i.Orders(), ref)
	if err != nil {
		return err
	}
	if i.ExpireOperation(o.ID) != nil {
		return sandbox.ErrNoLimit
	}
	return nil
}

func (i *Server) endOrder(ref string, fn func(*operation)) error {
	o, err := sandbox.Find(i.Orders(), ref)
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	fn(i.findOp("", o.ID))
	return nil
}
