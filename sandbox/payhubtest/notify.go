package payhubtest

import (
	"net/http"
	"strconv"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// notify tells the merchant the status of an order. All attempts have the same
// body, and each is signed with its own time.
func (p *Server) notify(o *order) {
	if !o.final() && !p.cfg.NotifyAll {
		return
	}
	one, _ := names(o.Kind)
	body := kit.Object{"type", one, "public_id", o.ID, "status", o.Status}
	if p.cfg.NotifyWhole {
		body = append(kit.Object{"type", one}, p.view(o)...)
	}
	genuine := kit.Encode(body)
	p.Post(&sandbox.Notification{
		Ref: o.ID, Reference: o.Reference, Method: "POST", URL: p.cfg.NotificationURL,
		Build: func(a sandbox.Attempt) (http.Header, []byte) {
			t := strconv.FormatInt(a.At.Unix(), 10)
			signature := "t=" + t
			for _, secret := range []string{p.cfg.SecondSecret, p.cfg.WebhookSecret} {
				if secret == "" {
					continue
				}
				if a.Forged {
					secret = "not the merchant's secret"
				}
				signature += ",v1=" + sign(secret, t, genuine)
			}
			h := http.Header{"Content-Type": {"application/json"}}
			h.Set("PayHub-Signature", signature)
			return h, genuine
		},
	})
}

func sign(secret, t string, body []byte) string { return kit.HMAC(secret, t+"."+string(body)) }
