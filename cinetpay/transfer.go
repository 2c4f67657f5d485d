package cinetpay

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// Transfer is a transfer as the provider shows it. The answer to a new one has only some of the fields.
type Transfer struct {
	ID                  string // transaction_id
	ClientTransactionID string // client_transaction_id, the merchant's reference
	Lot                 string // lot
	// Amount is in the currency of the receiver's country, because the provider names none. It is the zero
	// value where the receiver is shown without a country.
	Amount       wapay.Money  // amount
	Receiver     string       // receiver, with or without the calling code
	ReceiverE164 string       // receiver_e164
	Operator     string       // operator
	Status       wapay.Status // of TreatmentStatus
	// TreatmentStatus is NEW, REC (being processed) or NOS (awaits confirmation or rejection), all pending, VAL,
	// succeeded, or REJ, failed. Another word is StatusUnknown.
	TreatmentStatus string // treatment_status
	// SendingStatus is PENDING while the provider waits for the merchant to confirm the transfer by mail, then
	// CONFIRM. Merchants whose IP addresses are allow-listed need not confirm (S).
	SendingStatus         string    // sending_status
	Valid                 string    // transfer_valid, as it came: its values are not documented
	Comment               string    // comment
	OperatorTransactionID string    // operator_transaction_id
	ValidatedAt           time.Time // validated_at, taken for UTC: the zone is not documented
	Raw                   json.RawMessage
}

// wireTransfer is a transfer in JSON. Numbers may be strings, and any field may be null.
type wireTransfer struct {
	TransactionID   loose.String `json:"transaction_id"`
	ClientID        loose.String `json:"client_transaction_id"`
	Lot             loose.String `json:"lot"`
	Amount          loose.String `json:"amount"`
	Receiver        loose.String `json:"receiver"`
	ReceiverE164    loose.String `json:"receiver_e164"`
	Operator        loose.String `json:"operator"`
	SendingStatus   loose.String `json:"sending_status"`
	Valid           loose.String `json:"transfer_valid"`
	TreatmentStatus loose.String `json:"treatment_status"`
	Comment         loose.String `json:"comment"`
	OperatorID      loose.String `json:"operator_transaction_id"`
	ValidatedAt     loose.Time   `json:"validated_at"`
}

// transfer is the transfer with an amount in c, which may be "".
func (w *wireTransfer) transfer(c wapay.Currency, raw json.RawMessage) (*Transfer, error) {
	t := &Transfer{
		ID: string(w.TransactionID), ClientTransactionID: string(w.ClientID), Lot: string(w.Lot),
		Receiver: string(w.Receiver), ReceiverE164: string(w.ReceiverE164), Operator: string(w.Operator),
		Status: w.status(), TreatmentStatus: string(w.TreatmentStatus),
		SendingStatus: string(w.SendingStatus), Valid: string(w.Valid), Comment: string(w.Comment),
		OperatorTransactionID: string(w.OperatorID), ValidatedAt: w.ValidatedAt.Time, Raw: raw,
	}
	if c == "" || w.Amount == "" {
		return t, nil
	}
	var err error
	t.Amount, err = w.Amount.Money(c)
	return t, err
}

func (w *wireTransfer) status() wapay.Status {
	return facts.CinetPayTransferStatus(string(w.TreatmentStatus), string(w.SendingStatus))
}

type checkParams struct {
	Lang     string `url:"lang"`
	ID       string `url:"transaction_id,omitempty"`
	ClientID string `url:"client_transaction_id,omitempty"`
}

// CheckTransfer looks a transfer up by either id: GET transfer/check/money. A transfer that the provider does not
// know (code 723, or an empty list) is [wapay.ErrNotFound].
func (c *Client) CheckTransfer(ctx context.Context, ref wapay.Ref) (*Transfer, error) {
	return c.checkTransfer(ctx, "CheckTransfer", ref, "")
}

// checkTransfer takes the amount to be in a currency that the caller knows, where the receiver does not tell.
func (c *Client) checkTransfer(ctx context.Context, op string, ref wapay.Ref, known wapay.Currency) (*Transfer, error) {
	var bad check.Fields
	params := checkParams{Lang: language, ID: ref.ID}
	if ref.ID != "" {
		bad.Word("ID", ref.ID)
	} else {
		bad.Reference("Reference", ref.Reference, maxReference, "")
		params.ClientID = ref.Reference
	}
	if err := bad.Err(provider, op, ref.Reference); err != nil {
		return nil, err
	}
	r, err := get(op, ref.Reference, "transfer/check/money", params)
	if err != nil {
		return nil, err
	}
	var answer listAnswer
	resp, err := c.transfer(ctx, r, &answer)
	if err != nil {
		return nil, err
	}
	items, err := answer.Items.decode()
	if err != nil {
		return nil, c.transfers.calls.Undecodable(r, resp, err)
	}
	w, err := pick(items, ref)
	if err != nil {
		e := c.transfers.calls.Undecodable(r, resp, err)
		switch {
		case errors.Is(err, errNone) && (len(items) > 0 || isEmptyList(resp.Body)):
			e.Kind, e.Outcome = wapay.ErrNotFound, wapay.OutcomeRejected
		case errors.Is(err, errSeveral):
			e.Kind, e.Outcome = wapay.ErrDuplicate, wapay.OutcomeRejected
		}
		return nil, e
	}
	currency := cmp.Or(currencyOf(string(w.ReceiverE164), string(w.Receiver)), known)
	t, err := w.transfer(currency, resp.Body)
	if err != nil {
		return nil, c.transfers.calls.Undecodable(r, resp, err)
	}
	return t, nil
}

// isEmptyList reports whether the answer's data is a list with nothing in it. Where it is not there, or null, it does not
// say that there is no such transfer.
func isEmptyList(body []byte) bool {
	var v struct {
		Data json.RawMessage `json:"data"`
	}
	return json.Unmarshal(body, &v) == nil && bytes.HasPrefix(v.Data, []byte("[")) && len(bytes.Trim(v.Data, "[] \t\r\n")) == 0
}

var (
	errNone    = errors.New("no transfer with this id and reference")
	errSeveral = errors.New("several transfers with this reference")
)

// pick finds the transfer that ref names. Both parts must be its own: an answer about another one is worse than none. An
// item with a code other than 0 is none, whatever it repeats of the question.
func pick(items []wireItem, ref wapay.Ref) (*wireTransfer, error) {
	var found *wireTransfer
	others, refused := 0, 0
	for i := range items {
		w := &items[i].wireTransfer
		code := items[i].Code
		switch {
		case code == codeNotFound && w.repeats(ref):
			refused++
		case code != "" && code != codeDone:
			return nil, fmt.Errorf("an item with code %s", code)
		case ref.ID != "" && string(w.TransactionID) != ref.ID, ref.ID == "" && string(w.ClientID) != ref.Reference:
			others++
		case ref.Reference != "" && w.ClientID == "":
			return nil, errors.New("the answer does not show the reference")
		case ref.Reference != "" && string(w.ClientID) != ref.Reference:
			return nil, errNone
		case w.TransactionID == "" && !w.shown():
			return nil, errors.New("the answer shows no transfer")
		case found != nil && found.TransactionID != w.TransactionID:
			return nil, fmt.Errorf("%w: %q and %q", errSeveral, found.TransactionID, w.TransactionID)
		default:
			found = w
		}
	}
	switch {
	case found != nil && refused == 0:
		return found, nil
	case found != nil || others > 0 && refused > 0:
		return nil, errors.New("the answer contradicts itself")
	case others > 0:
		return nil, errors.New("the answer is about another transfer")
	}
	return nil, errNone
}

// shown reports whether there is more of the transfer than the question had.
func (w *wireTransfer) shown() bool { return w.TreatmentStatus != "" || w.SendingStatus != "" }

// repeats reports whether there is nothing but the question, or part of it, in what should be a transfer.
func (w *wireTransfer) repeats(ref wapay.Ref) bool {
	return !w.shown() && (w.TransactionID == "" || string(w.TransactionID) == ref.ID) &&
		(w.ClientID == "" || ref.Reference == "" || string(w.ClientID) == ref.Reference)
}
