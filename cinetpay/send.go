package cinetpay

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
)

const (
	// maxReference keeps the URL of a lookup and a notification within their
	// limits. The provider documents no limit.
	maxReference = 255
	// maxBatch keeps the answer well below the longest that the client reads.
	// The answer echoes each request. The provider documents no limit.
	maxBatch = 500
)

// TransferRequest sends money to a contact.
type TransferRequest struct {
	ClientTransactionID string // client_transaction_id: the merchant's reference, at most 255 bytes; unique
	// Receiver must be a contact: see AddContacts. The client does not change
	// an old number of Benin into a new one, because the documents do not say
	// which form is right.
	Receiver wapay.Phone // prefix, phone
	Amount   wapay.Money // amount: in the currency of the receiver's country, a multiple of 5
	// NotifyURL is the https address for the notification. It is required: code
	// 725 is MISSING_NOTIFY_URL.
	NotifyURL string // notify_url
	// PaymentMethod is the operator ("OM", "FLOOZ"). Without it the provider
	// goes by the number. The provider refuses a wrong one with code 811.
	PaymentMethod string // payment_method
}

type wireRequest struct {
	Prefix              string `json:"prefix"`
	Phone               string `json:"phone"`
	Amount              string `json:"amount"` // a string in the documented sample
	NotifyURL           string `json:"notify_url"`
	ClientTransactionID string `json:"client_transaction_id"`
	PaymentMethod       string `json:"payment_method,omitempty"`
}

// SendResult is the result for one transfer.
type SendResult struct {
	ClientTransactionID string
	// Transfer is nil if Err is not.
	Transfer *Transfer
	// Err is nil if the provider took the transfer. Otherwise it is a
	// *wapay.Error whose outcome is rejected or unknown. The outcome is unknown
	// if the answer leaves the transfer out.
	Err error
}

// Batch is the answer to [Client.Send].
type Batch struct {
	Results []SendResult // in the order of the requests
	Raw     wapay.Raw
}

// Err joins the errors of the transfers. It is nil if the provider took all. It
// is [wapay.ErrOutcomeUnknown] if the outcome of any transfer is unknown.
func (b *Batch) Err() error {
	return join(b.Results, func(r SendResult) error { return r.Err })
}

func join[R any](results []R, err func(R) error) error {
	var errs []error
	for _, r := range results {
		errs = append(errs, err(r))
	}
	return errors.Join(errs...)
}

// Send sends money to one or more contacts, at most 500 at once: POST
// transfer/money/send/contact. It repeats the request only after a 429 or a
// rejected token, when the provider has ignored it.
//
// An error is about the whole batch. Unless it is [wapay.ErrOutcomeUnknown],
// the provider made no transfer. The error's Reference lists all references,
// separated by commas. Without an error, each transfer has its own result: see
// [Batch.Err]. A used reference is [wapay.ErrDuplicate] (code 805) with an
// unknown outcome: look that transfer up.
func (c *Client) Send(ctx context.Context, requests ...TransferRequest) (*Batch, error) {
	ctx, p := call.Start(ctx, "Send", nil), &c.in().transfers
	bad := p.missing()
	ids := checkRequests(&bad, requests)
	reference := strings.Join(ids, ",")
	if err := p.calls.Check(ctx, call.Write, reference, bad); err != nil {
		return nil, err
	}
	list := make([]wireRequest, len(requests))
	for i, q := range requests {
		list[i] = wireRequest{
			Prefix: q.Receiver.CallingCode(), Phone: q.Receiver.National(), Amount: units(q.Amount),
			NotifyURL: q.NotifyURL, ClientTransactionID: q.ClientTransactionID, PaymentMethod: q.PaymentMethod,
		}
	}
	r := postList(reference, "transfer/money/send/contact", call.Write, list)
	var answer listAnswer
	resp, err := p.withToken(ctx, r, &answer)
	if err != nil {
		return nil, err
	}
	found, orphan := answer.Data.assign(requests)
	judge := judgeItem
	if orphan {
		judge = judgeBesideOrphan
	}
	b := &Batch{Results: make([]SendResult, len(requests)), Raw: wapay.Raw(resp.Body)}
	for i, q := range requests {
		b.Results[i] = p.sendResult(r, resp, q, found[i], judge)
	}
	return b, nil
}

func checkRequests(bad *check.Fields, requests []TransferRequest) []string {
	checkSize(bad, "Requests", len(requests))
	seen := map[string]bool{}
	ids := make([]string, len(requests))
	for i, q := range requests {
		at := index("Requests", i)
		q.check(bad, at)
		if ids[i] = q.ClientTransactionID; seen[ids[i]] && ids[i] != "" {
			bad.Add(at+"ClientTransactionID", "is there twice")
		}
		seen[ids[i]] = true
	}
	return ids
}

func checkSize(bad *check.Fields, field string, n int) {
	switch {
	case n == 0:
		bad.Add(field, "are required")
	case n > maxBatch:
		bad.Add(field, "are %d, at most %d are allowed", n, maxBatch)
	}
}

func index(list string, i int) string { return fmt.Sprintf("%s[%d].", list, i) }

func (q *TransferRequest) check(bad *check.Fields, at string) {
	bad.Reference(at+"ClientTransactionID", q.ClientTransactionID, maxReference, "")
	checkReceiver(bad, at+"Receiver", q.Receiver)
	if c := facts.CinetPayTransferCurrency(q.Receiver.CallingCode()); c != "" {
		checkAmount(bad, at+"Amount", q.Amount, c)
	} else {
		checkAmount(bad, at+"Amount", q.Amount, wapay.XOF, wapay.XAF, wapay.GNF, wapay.CDF)
	}
	if q.NotifyURL == "" {
		bad.Add(at+"NotifyURL", "is required")
	}
	bad.URL(at+"NotifyURL", q.NotifyURL)
	if q.PaymentMethod != "" {
		bad.Word(at+"PaymentMethod", q.PaymentMethod)
	}
}

// assign finds the items about each request. It also reports an orphan: an item
// without a request that may be a transfer.
func (l *items) assign(requests []TransferRequest) (found [][]*wireItem, orphan bool) {
	toNumber := map[wapay.Phone]int{}
	for _, q := range requests {
		toNumber[q.Receiver]++
	}
	used := map[*wireItem]bool{}
	for _, q := range requests {
		mine := l.itemsFor(q, toNumber[q.Receiver] == 1, len(requests) == 1)
		for _, w := range mine {
			used[w] = true
		}
		found = append(found, mine)
	}
	orphan = l.unreadable > 0
	for i := range l.read {
		orphan = orphan || l.read[i].mayExist() && !used[&l.read[i]]
	}
	return found, orphan
}

// itemsFor returns the items with the request's id. An item without an id, such
// as a refused one, counts if it echoes the number and no other request has
// that number. If it echoes no number, it counts if there is no other request.
func (l *items) itemsFor(q TransferRequest, oneToNumber, alone bool) []*wireItem {
	var byID, byPhone []*wireItem
	for i := range l.read {
		w := &l.read[i]
		switch {
		case string(w.ClientID) == q.ClientTransactionID:
			byID = append(byID, w)
		case w.ClientID != "":
		case oneToNumber && w.hasNumber(q.Receiver), alone && w.Phone == "":
			byPhone = append(byPhone, w)
		}
	}
	if byID != nil {
		return byID
	}
	return byPhone
}

// sendResult returns the result of a request from its items.
func (p *product) sendResult(
	r *call.Request, resp *call.Response, q TransferRequest, found []*wireItem, judge call.Judge,
) SendResult {
	result := SendResult{ClientTransactionID: q.ClientTransactionID}
	one := *r
	one.Reference = q.ClientTransactionID
	w, err := single(found)
	if err != nil {
		result.Err = p.calls.Undecodable(&one, resp, err)
		return result
	}
	if e := p.calls.Part(&one, resp, w.raw, judge); e != nil {
		result.Err = e
		return result
	}
	result.Transfer = w.newTransfer(q)
	return result
}

// newTransfer returns the new transfer of a request. Without an amount in the
// answer it has the request's.
func (w *wireItem) newTransfer(q TransferRequest) *Transfer {
	t := w.transfer(q.Amount.Currency(), w.raw)
	if t.Amount == (wapay.Money{}) {
		t.Amount = q.Amount
	}
	t.ClientTransactionID = q.ClientTransactionID
	if t.TreatmentStatus == "" {
		t.Status = wapay.StatusPending
	}
	return t
}
