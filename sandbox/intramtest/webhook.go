package intramtest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

var events = []string{
	"payout.completed", "payout.queued", "payout.failed", "transfer.completed", "transfer.failed",
	"payment_request.created", "payment_request.paid", "payment_request.pending", "payment_request.failed",
	"refund.completed", "refund.pending", "refund.failed", "test.ping",
}

const attempts = 5

type subscription struct {
	id, env, url, event, secret string
	created                     time.Time
}

// takes reports whether the subscription is for the event: by its name,
// "payout.*", "*" or "all".
func (s *subscription) takes(event string) bool {
	kind, wild := strings.CutSuffix(s.event, ".*")
	return s.event == "*" || s.event == "all" || s.event == event || wild && strings.HasPrefix(event, kind+".")
}

func (s *subscription) view() kit.Object {
	return kit.Object{"subscription_id", s.id, "url", s.url, "event", s.event, "date", formatTime(s.created)}
}

func (i *Server) createWebhook(c *call) *sandbox.Answer {
	f := readBody(c.Request, "url event")
	f.Required("url")
	url, event := f.URL("url", f.Text("url", 2048)), f.Need("event", 255)
	if event != "" && !slices.ContainsFunc(events, (&subscription{event: event}).takes) {
		f.Complain("event", "is unknown")
	}
	if refused := f.answer(); refused != nil {
		return refused
	}
	s := i.newSubscription(c.app.env, url, event)
	return ok(201, append(s.view(), "secret", s.secret), "Keep the secret: it is not shown again")
}

func (i *Server) newSubscription(env, url, event string) *subscription {
	s := &subscription{
		id: "whs_" + kit.Hex(12), env: env, url: url, event: event, secret: "whsec_" + kit.Hex(48), created: i.stamp(),
	}
	i.subscriptions = append(i.subscriptions, s)
	return s
}

func (i *Server) listWebhooks(c *call) *sandbox.Answer {
	list := []kit.Object{}
	for _, s := range i.subscriptions {
		if s.env == c.app.env {
			list = append(list, s.view())
		}
	}
	return ok(200, list, "")
}

func (i *Server) findSubscription(c *call) int {
	return slices.IndexFunc(i.subscriptions, func(s *subscription) bool { return s.id == c.id && s.env == c.app.env })
}

// webhookNotFound returns an error whose code is made up, because the documents
// have none for it.
func webhookNotFound() *sandbox.Answer {
	return refuse(404, "subscription_not_found", "No such subscription", nil)
}

// deleteWebhook ends a subscription. Queued notifications are still sent.
func (i *Server) deleteWebhook(c *call) *sandbox.Answer {
	n := i.findSubscription(c)
	if n < 0 {
		return webhookNotFound()
	}
	i.subscriptions = slices.Delete(i.subscriptions, n, n+1)
	return ok(200, nil, "Subscription deleted")
}

// testWebhook sends test.ping to this subscription, whatever its events are.
func (i *Server) testWebhook(c *call) *sandbox.Answer {
	f := readBody(c.Request, "")
	if refused := f.answer(); refused != nil {
		return refused
	}
	n := i.findSubscription(c)
	if n < 0 {
		return webhookNotFound()
	}
	s := i.subscriptions[n]
	i.deliver(s, message{s.id, "", "test.ping", "op_test"}, kit.Object{"test", true, "sent_at", formatTime(i.Now())})
	return ok(202, kit.Object{"subscription_id", s.id, "event", "test.ping"}, "Test event queued")
}

// emit notifies about an operation. A payment request's notifications have its
// webhook_data: the documents suggest it only by the name.
func (i *Server) emit(op *operation, event string, data kit.Object) {
	var more kit.Object
	if own := op.ask.webhookData; own != nil && i.cfg.WebhookData == OnTop {
		more = kit.Object{"webhook_data", own}
	} else if own != nil && i.cfg.WebhookData == InData {
		data = append(slices.Clone(data), "webhook_data", own)
	}
	i.send(op.env, event, op.ID, op.Reference, data, more...)
}

// send notifies the subscribers. more has names and values beside data.
func (i *Server) send(env, event, operationID, reference string, data any, more ...any) {
	for _, s := range i.subscriptions {
		if s.env == env && s.takes(event) {
			i.deliver(s, message{operationID, reference, event, operationID}, data, more...)
		}
	}
}

// message identifies the subject of a notification.
type message struct{ ref, reference, event, operation string }

// deliver queues a notification. All attempts have the same body and delivery
// id, and each is signed with its own time.
func (i *Server) deliver(s *subscription, m message, data any, more ...any) {
	body := kit.Encode(append(kit.Object{
		"event", m.event, "operation_id", m.operation, "occurred_at", formatTime(i.Now()), "data", data,
	}, more...))
	delivery := "whd_" + kit.Hex(32)
	build := func(a sandbox.Attempt) (http.Header, []byte) {
		timestamp, secret := formatTime(a.At), s.secret
		if a.Forged {
			secret = "not the merchant's secret"
		}
		return http.Header{
			"Content-Type":       {"application/json"},
			"User-Agent":         {"Intram-Webhooks/1.0"},
			"X-Intram-Signature": {hookSignature(secret, timestamp, body)},
			"X-Intram-Timestamp": {timestamp},
			"X-Intram-Event":     {m.event},
			"X-Intram-Delivery":  {delivery},
			"X-Intram-Attempt":   {strconv.Itoa(min(a.Number, attempts))},
		}, body
	}
	i.Post(&sandbox.Notification{Ref: m.ref, Reference: m.reference, Method: "POST", URL: s.url, Build: build})
}
