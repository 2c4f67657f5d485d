package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

var intramEvents = []string{
	"payout.completed", "payout.queued", "payout.failed", "transfer.completed", "transfer.failed",
	"payment_request.created", "payment_request.paid", "payment_request.pending", "payment_request.failed",
	"refund.completed", "refund.pending", "refund.failed", "test.ping",
}

const intramAttempts = 5

type intramSubscription struct {
	id, env, url, event, secret string
	created                     time.Time
}

// takes tells whether the subscription is for the event: the very one, "payout.*", "*" or "all".
func (s *intramSubscription) takes(event string) bool {
	if s.event == "*" || s.event == "all" || s.event == event {
		return true
	}
	prefix, wild := strings.CutSuffix(s.event, "*")
	return wild && strings.HasPrefix(event, prefix)
}

func (s *intramSubscription) view() object {
	return object{"subscription_id", s.id, "url", s.url, "event", s.event, "date", intramTime(s.created)}
}

func intramSubscribable(event string) bool {
	if event == "*" || event == "all" {
		return true
	}
	prefix, wild := strings.CutSuffix(event, "*")
	return slices.ContainsFunc(intramEvents, func(e string) bool {
		return e == event || wild && strings.HasSuffix(prefix, ".") && strings.HasPrefix(e, prefix)
	})
}

func (i *Intram) createWebhook(c *intramCall) *answer {
	b, f := readIntramBody(c.Request, "url event")
	f.required("url")
	url, event := f.url("url"), f.need("event")
	if event != "" && !intramSubscribable(event) {
		f.complain("event", "is unknown")
	}
	if refused := b.answer(); refused != nil {
		return refused
	}
	s := i.newSubscription(c.app.env, url, event)
	return intramOK(201, append(s.view(), "secret", s.secret), "Keep the secret: it is not shown again")
}

func (i *Intram) newSubscription(env, url, event string) *intramSubscription {
	s := &intramSubscription{
		id: "whs_" + randomHex(12), env: env, url: url, event: event, secret: "whsec_" + randomHex(48), created: i.stamp(),
	}
	i.subscriptions = append(i.subscriptions, s)
	return s
}

func (i *Intram) listWebhooks(c *intramCall) *answer {
	list := []object{}
	for _, s := range i.subscriptions {
		if s.env == c.app.env {
			list = append(list, s.view())
		}
	}
	return intramOK(200, list, "")
}

func (i *Intram) findSubscription(c *intramCall) int {
	return slices.IndexFunc(i.subscriptions, func(s *intramSubscription) bool { return s.id == c.id && s.env == c.app.env })
}

// webhookNotFound has a code of the sandbox's own: the page's table has none for it.
func webhookNotFound() *answer {
	return intramRefuse(404, "subscription_not_found", "No such subscription", nil)
}

// deleteWebhook leaves alone what is already on its way.
func (i *Intram) deleteWebhook(c *intramCall) *answer {
	n := i.findSubscription(c)
	if n < 0 {
		return webhookNotFound()
	}
	i.subscriptions = slices.Delete(i.subscriptions, n, n+1)
	return intramOK(200, nil, "Subscription deleted")
}

// testWebhook delivers test.ping to this subscription, whatever it is for.
func (i *Intram) testWebhook(c *intramCall) *answer {
	b, _ := readIntramBody(c.Request, "")
	if refused := b.answer(); refused != nil {
		return refused
	}
	n := i.findSubscription(c)
	if n < 0 {
		return webhookNotFound()
	}
	s := i.subscriptions[n]
	i.deliver(s, s.id, "test.ping", "op_test", object{"test", true, "sent_at", intramTime(i.Now())})
	return intramOK(202, object{"subscription_id", s.id, "event", "test.ping"}, "Test event queued")
}

// emit notifies about an operation. That a payment request's notifications carry its webhook_data is what the name
// says, and all the page says.
func (i *Intram) emit(op *intramOp, event string, data object) {
	var more object
	if own := op.ask.webhookData; own != nil && i.cfg.WebhookData == IntramOnTop {
		more = object{"webhook_data", own}
	} else if own != nil && i.cfg.WebhookData == IntramInData {
		data = append(slices.Clone(data), "webhook_data", own)
	}
	i.send(op.env, event, op.id, data, more...)
}

// send adds more, name and value, beside data.
func (i *Intram) send(env, event, operationID string, data any, more ...any) {
	for _, s := range i.subscriptions {
		if s.env == env && s.takes(event) {
			i.deliver(s, operationID, event, operationID, data, more...)
		}
	}
}

// deliver keeps the body and the delivery's id over the attempts, and signs each anew with the time it is made.
func (i *Intram) deliver(s *intramSubscription, ref, event, operationID string, data any, more ...any) {
	body := encode(append(object{
		"event", event, "operation_id", operationID, "occurred_at", intramTime(i.Now()), "data", data,
	}, more...))
	delivery, secret := "whd_"+randomHex(32), s.secret
	i.notify(&note{ref: ref, method: "POST", url: s.url, build: func(attempt int, at time.Time) (http.Header, []byte) {
		timestamp := intramTime(at)
		return http.Header{
			"Content-Type":       {"application/json"},
			"User-Agent":         {"Intram-Webhooks/1.0"},
			"X-Intram-Signature": {intramHookSignature(secret, timestamp, body)},
			"X-Intram-Timestamp": {timestamp},
			"X-Intram-Event":     {event},
			"X-Intram-Delivery":  {delivery},
			"X-Intram-Attempt":   {strconv.Itoa(min(attempt, intramAttempts))},
		}, body
	}})
}
