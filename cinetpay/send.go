package cinetpay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
)

// maxReference is what a string column most often holds. The provider states no limit.
const maxReference = 255

// TransferRequest sends money to a contact.
type TransferRequest struct {
	ClientTransactionID string // client_transaction_id: the merchant's reference, at most 255 bytes; unique
	// Receiver has to be a contact, see AddContacts. A number of Benin is sent in the form, old or new, that the
	// Phone has: which one the provider wants is not documented.
	Receiver wapay.Phone // prefix, phone
	Amount   wapay.Money // amount: in the currency of the receiver's country, a multiple of 5
	// NotifyURL is where the notification goes. https. It is required: code 725 is MISSING_NOTIFY_URL (V).
	NotifyURL string // notify_url
	// PaymentMethod is the operator ("OM", "MOMO", "FLOOZ"). Left out, the provider goes by the number.
	PaymentMethod string // payment_method
}

type wireRequest struct {
	Prefix              string `json:"prefix"`
	Phone               string `json:"phone"`
	Amount              string `json:"amount"` // a string (S)
	NotifyURL           string `json:"notify_url"`
	ClientTransactionID string `json:"client_transaction_id"`
	PaymentMethod       string `json:"payment_method,omitempty"`
}

// SendResult is what became of one transfer.
type SendResult struct {
	ClientTransactionID string
	// Transfer is what the provider has, nil if there is an error.
	Transfer *Transfer
	// Err is nil if the provider took the transfer. Else it is a *wapay.Error with an outcome of its own:
	// rejected, or unknown, as with an item that the answer leaves out.
	Err error
}

// Batch is the answer to [Client.Send].
type Batch struct {
	Results []SendResult // in the order of the requests
	Raw     json.RawMessage
}

// Err joins the errors of the transfers that the provider did not take, or of which it is not known. It is nil if all
// were taken. It is [wapay.ErrOutcomeUnknown] if it is so for any of them.
func (b *Batch) Err() error {
	var errs []error
	for _, r := range b.Results {
		errs = append(errs, r.Err)
	}
	return errors.Join(errs...)
}

// Send sends money to one or more contacts: POST transfer/money/send/contact. It is sent once, and repeated only after
// a 429 or a rejected token, when the provider has not looked at it. If it then says that it has a reference (code 805),
// it may have looked after all, and the outcome is unknown.
//
// An error is about the whole batch: unless it is [wapay.ErrOutcomeUnknown] none of the transfers was made. Its
// Reference has all of theirs, with commas between. No error means that the provider answered, and not that it
// took every transfer: each has a result of its own, and [Batch.Err] is nil only if all were taken.
func (c *Client) Send(ctx context.Context, requests ...TransferRequest) (*Batch, error) {
	const op = "Send"
	var bad check.Fields
	if len(requests) == 0 {
		bad.Add("Requests", "are required")
	}
	seen := map[string]bool{}
	ids := make([]string, len(requests))
	for i, q := range requests {
		at := index("Requests", i)
		q.check(&bad, at)
		if ids[i] = q.ClientTransactionID; seen[ids[i]] && ids[i] != "" {
			bad.Add(at+"ClientTransactionID", "is there twice")
		}
		seen[ids[i]] = true
	}
	reference := strings.Join(ids, ",")
	if err := bad.Err(provider, op, reference); err != nil {
		return nil, err
	}
	return c.send(ctx, op, reference, requests)
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

func (c *Client) send(ctx context.Context, op, reference string, requests []TransferRequest) (*Batch, error) {
	list := make([]wireRequest, len(requests))
	for i, q := range requests {
		list[i] = wireRequest{
			Prefix: q.Receiver.CallingCode(), Phone: q.Receiver.National(), Amount: units(q.Amount),
			NotifyURL: q.NotifyURL, ClientTransactionID: q.ClientTransactionID, PaymentMethod: q.PaymentMethod,
		}
	}
	r, err := postList(op, reference, "transfer/money/send/contact", call.Write, list)
	if err != nil {
		return nil, err
	}
	var answer listAnswer
	resp, err := c.transfer(ctx, r, &answer)
	if err != nil {
		return nil, doubtItems(err)
	}
	items, err := answer.Items.decode()
	if err != nil {
		return nil, c.transfers.calls.Undecodable(r, resp, err)
	}
	b := &Batch{Results: make([]SendResult, len(requests)), Raw: resp.Body}
	toNumber := map[wapay.Phone]int{}
	for _, q := range requests {
		toNumber[q.Receiver]++
	}
	found := make([][]*wireItem, len(requests))
	var all []*wireItem
	for i, q := range requests {
		found[i] = about(q, items, toNumber[q.Receiver] == 1, len(requests) == 1)
		all = append(all, found[i]...)
	}
	stray := false
	for i := range items {
		stray = stray || items[i].made() && !slices.Contains(all, &items[i])
	}
	h := heard{c.transfers.calls, r, resp}
	for i, q := range requests {
		b.Results[i] = h.sent(q, found[i], stray)
	}
	return b, nil
}

// doubtItems takes a refusal of the whole batch for none if it lists transfers that may have been made all the same, of
// which no sample is documented, or if it may be about this very batch.
func doubtItems(err error) error {
	var e *wapay.Error
	if errors.As(err, &e) && e.Outcome == wapay.OutcomeRejected && (mayList(e.Body) || isRepeat(e)) {
		e.Outcome = wapay.OutcomeUnknown
	}
	return err
}

// isRepeat reports whether the provider refused a repeated attempt because it has the reference: perhaps from the attempt
// before, which was answered 429 and had arrived all the same.
func isRepeat(e *wapay.Error) bool { return e.Kind == wapay.ErrDuplicate && e.Attempts > 1 }

// mayList reports whether a refusal may have in it a transfer that was made.
func mayList(body []byte) bool {
	var v struct {
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(body, &v) != nil {
		return len(body) >= maxErrorBody // the start of a long list
	}
	if len(v.Data) == 0 || v.Data[0] != '[' && v.Data[0] != '{' {
		return false
	}
	var list rawItems
	err := json.Unmarshal(v.Data, &list)
	items, itemErr := list.decode()
	for _, w := range items {
		if w.made() {
			return true
		}
	}
	return err != nil || itemErr != nil
}

// made reports whether the item is, or may be, that of a transfer that was made: one that is treated or waits to be, too,
// whatever its code.
func (w *wireItem) made() bool {
	treated := (w.TreatmentStatus != "" || w.SendingStatus != "") && w.status() != wapay.StatusFailed
	return w.Code == codeDone || w.TransactionID != "" || treated
}

// sent is what the items that were found say of a request. Where the answer has a stray transfer, one that was made and
// is none of the requests', no refusal is believed: it may be that very one.
func (h heard) sent(q TransferRequest, found []*wireItem, stray bool) SendResult {
	result := SendResult{ClientTransactionID: q.ClientTransactionID}
	w, err := only(found)
	switch {
	case err != nil:
		result.Err = h.unsaid(q.ClientTransactionID, err)
	case w.Code == codeDone || w.Code == "" && w.TransactionID != "":
		result.Transfer = w.taken(q)
	case w.Code == "" || w.made() && w.Code != codeExists:
		e := h.unsaid(q.ClientTransactionID, errors.New("the answer contradicts itself"))
		e.Code = string(w.Code)
		result.Err = e
	default:
		e := h.refused(w, q.ClientTransactionID)
		switch {
		case stray:
			e.Outcome, e.Err = wapay.OutcomeUnknown, errors.New("the answer has a transfer that nobody asked for")
		case isRepeat(e):
			e.Outcome = wapay.OutcomeUnknown
		}
		result.Err = e
	}
	return result
}

// about is the items about a request: those with its id. One that fails may have no id; it counts if it repeats the
// number and no other request has that, or repeats nothing and there is no other request.
func about(q TransferRequest, items []wireItem, oneToNumber, alone bool) []*wireItem {
	var byID, byPhone []*wireItem
	for i := range items {
		w := &items[i]
		switch {
		case string(w.ClientID) == q.ClientTransactionID:
			byID = append(byID, w)
		case w.ClientID != "":
		case oneToNumber && w.isAbout(q.Receiver), alone && w.Phone == "":
			byPhone = append(byPhone, w)
		}
	}
	if byID != nil {
		return byID
	}
	return byPhone
}

// taken is the transfer that the provider has made of a request. Of what it repeats, the amount is believed.
func (w *wireItem) taken(q TransferRequest) *Transfer {
	t, err := w.transfer(q.Amount.Currency(), w.raw)
	if err != nil || w.Amount == "" {
		t.Amount = q.Amount
	}
	t.ClientTransactionID = q.ClientTransactionID
	if t.TreatmentStatus == "" {
		t.Status = wapay.StatusPending
	}
	return t
}
