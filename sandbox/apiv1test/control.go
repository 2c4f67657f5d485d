package apiv1test

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// The following methods act for the provider and for the customer. ref is the
// provider's id or the merchant's reference.

// Approve lets a pending order succeed.
func (p *Server) Approve(ref string) error {
	return p.end(ref, func(o *order) {
		o.Status = success
		if o.Kind == sandbox.Payment {
			p.credit(o)
		}
	})
}

// Decline lets a pending order fail. It ignores the reason, which the provider
// does not tell.
func (p *Server) Decline(ref, _ string) error {
	return p.end(ref, func(o *order) { o.Status = failed })
}

// Process makes the operator begin with an order: PENDING. It sends no
// notification.
func (p *Server) Process(ref string) error {
	return p.change(ref, func(o *order) { o.Status = pending })
}

// ExpireOrder lets an order expire: EXPIRED. The order is not over: Approve and
// Decline still end it. It sends no notification.
func (p *Server) ExpireOrder(ref string) error {
	return p.change(ref, func(o *order) { o.Status = expired })
}

// end changes a pending order and ends it.
func (p *Server) end(ref string, fn func(*order)) error {
	return p.change(ref, func(o *order) {
		fn(o)
		p.ended(o)
	})
}

func (p *Server) ended(o *order) {
	if o.failed() && o.Kind == sandbox.Payout {
		p.MustBook(p.entry(o, sandbox.Credit, "transfer failed"))
	}
	o.due = time.Time{}
	p.notice(o)
}

func (p *Server) change(ref string, fn func(*order)) error {
	return p.records.Pending(ref, func(o *order) error { fn(o); return nil })
}

// settleDue ends the orders that are due.
func (p *Server) settleDue() {
	for _, o := range p.orders {
		if o.over() || o.due.IsZero() || p.Now().Before(o.due) {
			continue
		}
		if o.Status = o.dueWord; o.Status == success {
			p.credit(o)
		}
		p.ended(o)
	}
}

// notice sends the notification of an order that is over.
func (p *Server) notice(o *order) {
	if o.notified {
		return
	}
	o.notified = true
	for range max(p.cfg.Notices, 0) {
		p.Post(p.notification(o))
	}
}

// noticeNow sends the notification before the answer to the order's POST. The
// receiver may look the order up in between.
func (p *Server) noticeNow(o *order) {
	o.notified = true
	n := p.notification(o)
	p.mu.Unlock()
	defer p.mu.Lock()
	p.Try(context.Background(), n, sandbox.SendGenuine)
}

// notification returns a notification. It has the ids and a token, and neither
// kind nor state. A forged one has another token.
func (p *Server) notification(o *order) *sandbox.Notification {
	token, id, reference, user := o.notifyToken, o.ID, o.Reference, o.user()
	return &sandbox.Notification{
		Ref: id, Reference: reference, Method: "POST", URL: o.notifyURL,
		Build: func(a sandbox.Attempt) (http.Header, []byte) {
			shown := token
			if a.Forged {
				shown = "ntok-not-the-providers"
			}
			if p.cfg.NoticesAsForm {
				form := url.Values{"notify_token": {shown}, "merchant_transaction_id": {reference}, "transaction_id": {id}}
				return http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(form.Encode())
			}
			body := kit.Object{"notify_token", shown, "merchant_transaction_id", reference, "transaction_id", id}
			if !p.cfg.Bare {
				body = append(body, "user", user)
			}
			return http.Header{"Content-Type": {"application/json"}}, kit.Encode(body)
		},
	}
}
