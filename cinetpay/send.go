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
	// maxReference keeps a reference within the URL of its look-up and within its
	// notification. The provider states no limit.
	maxReference = 255
	// maxBatch keeps the answer, which echoes every request, well below the
	// longest that is read. The provider states no limit.
	maxBatch = 500
)

// TransferRequest sends money to a contact.
type TransferRequest struct {
	ClientTransactionID string // client_transaction_id: the merchant's reference, at most 255 bytes; unique
	// Receiver has to be a contact, see AddContacts. A number of Benin is sent
	// in the form, old or new, that the Phone has: the document does not say
	// which one the provider wants.
	Receiver wapay.Phone // prefix, phone
	Amount   wapay.Money // amount: in the currency of the receiver's country, a multiple of 5
	// NotifyURL is where the notification goes. It has to be https and is
	// required: code 725 is MISSING_NOTIFY_URL.
	NotifyURL string // notify_url
	// PaymentMethod is the operator ("OM", "FLOOZ"). If left out, the provider
	// goes by the number. A wrong one is refused with code 811.
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

// SendResult is what became of one transfer.
type SendResult struct {
	ClientTransactionID string
	// Transfer is what the provider has, nil if there is an error.
	Transfer *Transfer
	// Err is nil if the provider took the transfer. Else it is a *wapay.Error with
	// an outcome of its own: rejected, or unknown, such as for a transfer that the
	// answer leaves out.
	Err error
}

// Batch is the answer to [Client.Send].
type Batch struct {
	Results []SendResult // in the order of the requests
	Raw     wapay.Raw
}

// Err joins the errors of the transfers that the provider did not take, and of
// those whose outcome is unknown. It is nil if all were taken. It is
// [wapay.ErrOutcomeUnknown] if the outcome of any is unknown.
func (b *Batch) Err() error {
	var errs []error
	for _, r := range b.Results {
		errs = append(errs, r.Err)
	}
	return errors.Join(errs...)
}

// Send sends money to one or more contacts, at most 500 at once: POST
// transfer/money/send/contact. It is sent once. It is repeated only after a 429
// or a rejected token, when the provider has not looked at it.
//
// An error is about the whole batch. Unless it is [wapay.ErrOutcomeUnknown],
// none of the transfers was made. Its Reference lists the references of all
// transfers, with commas between. Without an error each transfer has a result
// of its own, and [Batch.Err] is nil only if all were taken.
//
// A reference that was used before is [wapay.ErrDuplicate] (code 805) with an
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

// checkRequests checks a batch and returns its references.
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

// assign finds for each request the items about it. It also reports an orphan
// transfer: one that was made, or cannot be read, and is none of the requests'.
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

// itemsFor returns the items about a request: those with its id. An item
// without an id, such as one that fails, counts if it echoes the number and no
// other request has that. It also counts if it echoes no number and there is no
// other request.
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

// sendResult returns what the items that were found say of a request.
func (p *product) sendResult(r *call.Request, resp *call.Response, q TransferRequest, found []*wireItem, judge call.Judge) SendResult {
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

// newTransfer returns the transfer that the provider has made of a request. The
// amount is the answer's, if it has one.
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
