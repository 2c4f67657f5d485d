package cinetpaytest

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// signed are the values of a checkout notification in the order in which they
// are signed.
var signed = []string{
	"cpm_site_id", "cpm_trans_id", "cpm_trans_date", "cpm_amount", "cpm_currency", "signature", "payment_method",
	"cel_phone_num", "cpm_phone_prefixe", "cpm_language", "cpm_version", "cpm_payment_config", "cpm_page_action",
	"cpm_custom", "cpm_designation", "cpm_error_message",
}

// xToken returns the header x-token. It signs the values without separators.
func xToken(secret string, form map[string]string) string {
	var values strings.Builder
	for _, name := range signed {
		values.WriteString(form[name])
	}
	return kit.HMAC(secret, values.String())
}

// form encodes a form in the order of the names. url.Values would sort them.
func form(names []string, values map[string]string) []byte {
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(values[name]))
	}
	return []byte(strings.Join(pairs, "&"))
}

// ping begins the Ref of a ping.
const ping = "ping "

// ping sends the GET that checks a notify URL. It tries once, and waits for the
// end. Deliveries has it, too, under the Ref "ping " and the id.
func (p *Server) ping(id, to string) {
	p.Try(context.Background(), &sandbox.Notification{
		Ref: ping + id, Method: "GET", URL: to,
		Build: func(sandbox.Attempt) (http.Header, []byte) { return http.Header{}, nil },
	}, sandbox.SendGenuine)
}

var transferNote = []string{
	"transaction_id", "client_transaction_id", "lot", "amount", "receiver", "operator", "sending_status", "comment",
	"treatment_status", "operator_transaction_id", "validated_at",
}

// notifyTransfer sends the transfer as it is now, without a signature.
func (p *Server) notifyTransfer(t *transfer) {
	values := map[string]string{
		"transaction_id": t.ID, "client_transaction_id": t.Reference, "lot": t.lot, "amount": units(&t.Order),
		"receiver": t.phone, "operator": t.operator, "sending_status": t.sending, "comment": t.note,
		"treatment_status": t.treatment, "operator_transaction_id": t.operatorID, "validated_at": formatTime(t.validated),
	}
	lie := maps.Clone(values)
	lie["treatment_status"] = validated
	if t.treatment == validated {
		lie["treatment_status"] = rejected
	}
	p.Post(&sandbox.Notification{
		Ref: t.ID, Reference: t.Reference, Method: "POST", URL: t.notifyURL,
		Build: func(a sandbox.Attempt) (http.Header, []byte) {
			said := values
			if a.Forged {
				said = lie
			}
			if p.cfg.NotifyJSON {
				return http.Header{"Content-Type": {"application/json"}}, kit.Encode(said)
			}
			return formHeader(), form(transferNote, said)
		},
	})
}

func formHeader() http.Header {
	return http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
}

// notifyCheckout sends a payment. It has no field for the status:
// cpm_error_message comes closest.
func (p *Server) notifyCheckout(c *checkout) {
	message := "SUCCES"
	if c.status == refused {
		message = name(c.code)
	}
	values := map[string]string{
		"cpm_site_id": p.cfg.SiteID, "cpm_trans_id": c.Reference, "cpm_trans_date": formatTime(c.Created),
		"cpm_amount": units(&c.Order), "cpm_currency": c.Currency, "signature": c.signature,
		"payment_method": c.method, "cel_phone_num": c.phone, "cpm_phone_prefixe": c.prefix,
		"cpm_language": cmp.Or(c.lang, "fr"),
		"cpm_version":  "V4", "cpm_payment_config": "SINGLE", "cpm_page_action": "PAYMENT", "cpm_custom": c.metadata,
		"cpm_designation": c.description, "cpm_error_message": message,
	}
	p.Post(&sandbox.Notification{
		Ref: c.ID, Reference: c.Reference, Method: "POST", URL: c.notifyURL,
		Build: func(a sandbox.Attempt) (http.Header, []byte) {
			key := p.cfg.SecretKey
			if a.Forged {
				key = "not the merchant's key"
			}
			header := formHeader()
			header.Set("X-Token", xToken(key, values))
			return header, form(signed, values)
		},
	})
}
