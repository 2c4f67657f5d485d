package cinetpay

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/lookup"
	"github.com/wapay-go/wapay/internal/loose"
)

// Transfer is a transfer as the provider shows it. The answer to a new transfer
// has only some of the fields.
type Transfer struct {
	ID                  string // transaction_id
	ClientTransactionID string // client_transaction_id, the merchant's reference
	Lot                 string // lot
	// Amount is in the currency of the receiver's country, because the provider
	// shows none. It is the zero value if the country is unknown or the amount
	// is unreadable.
	Amount       wapay.Money  // amount
	Receiver     string       // receiver, with or without the calling code
	ReceiverE164 string       // receiver_e164
	Operator     string       // operator
	Status       wapay.Status // of TreatmentStatus
	// TreatmentStatus decides Status. NEW, REC (in progress) and NOS (not sent
	// yet) are pending, VAL is succeeded and REJ is failed. Another word is
	// StatusUnknown.
	TreatmentStatus string // treatment_status
	// SendingStatus is PENDING until the merchant has confirmed the transfer by
	// mail, and then CONFIRM. Merchants with an allow-listed IP address need
	// not confirm.
	SendingStatus         string    // sending_status
	Valid                 string    // transfer_valid, unchanged: its values are not documented
	Comment               string    // comment
	OperatorTransactionID string    // operator_transaction_id
	ValidatedAt           time.Time // validated_at, read as UTC: the zone is not documented
	Raw                   wapay.Raw
}

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

// transfer returns the transfer with an amount in the currency c, or without an
// amount if c is "".
func (w *wireTransfer) transfer(c wapay.Currency, raw json.RawMessage) *Transfer {
	t := &Transfer{
		ID: string(w.TransactionID), ClientTransactionID: string(w.ClientID), Lot: string(w.Lot),
		Receiver: string(w.Receiver), ReceiverE164: string(w.ReceiverE164), Operator: string(w.Operator),
		Status: w.status(), TreatmentStatus: string(w.TreatmentStatus),
		SendingStatus: string(w.SendingStatus), Valid: string(w.Valid), Comment: string(w.Comment),
		OperatorTransactionID: string(w.OperatorID), ValidatedAt: w.ValidatedAt.Time, Raw: wapay.Raw(raw),
	}
	t.Amount, _ = w.Amount.Money(c)
	return t
}

func (w *wireTransfer) status() wapay.Status {
	return facts.CinetPayTransferStatus(string(w.TreatmentStatus), string(w.SendingStatus))
}

// CheckTransfer looks a transfer up by either id: GET transfer/check/money.
// Code 723 or an empty list is [wapay.ErrNotFound].
func (c *Client) CheckTransfer(ctx context.Context, ref wapay.Ref) (*Transfer, error) {
	return c.checkTransfer(call.Start(ctx, "CheckTransfer", nil), ref, "")
}

// checkTransfer reads the amount in the known currency if the receiver does not
// show its country.
func (c *Client) checkTransfer(ctx context.Context, ref wapay.Ref, known wapay.Currency) (*Transfer, error) {
	p := &c.in().transfers
	bad := p.missing()
	params := url.Values{}
	if ref.ID != "" {
		bad.Word("ID", ref.ID)
		params.Set("transaction_id", ref.ID)
	} else {
		bad.Reference("Reference", ref.Reference, maxReference, "")
		params.Set("client_transaction_id", ref.Reference)
	}
	if err := p.calls.Check(ctx, call.Read, ref.Reference, bad); err != nil {
		return nil, err
	}
	r := get(ref.Reference, "transfer/check/money", params)
	var answer listAnswer
	resp, err := p.withToken(ctx, r, &answer)
	if err != nil {
		return nil, err
	}
	w, err := answer.Data.pick(ref)
	switch {
	case errors.Is(err, errNone):
		return nil, p.calls.ReadError(ctx, ref.Reference, wapay.ErrNotFound, err.Error())
	case errors.Is(err, errSeveral):
		return nil, p.calls.ReadError(ctx, ref.Reference, wapay.ErrDuplicate, err.Error())
	case err != nil:
		return nil, p.calls.Undecodable(r, resp, err)
	}
	return w.transfer(cmp.Or(currencyOf(string(w.ReceiverE164), string(w.Receiver)), known), resp.Body), nil
}

var (
	errNone          = errors.New("no transfer with this id and reference")
	errSeveral       = errors.New("several transfers with this reference")
	errContradiction = errors.New("the answer contradicts itself")
)

// pick finds the transfer with both parts of ref. An item with another code
// than 0 is no transfer, even if it echoes ref. Of several transfers, pick
// returns the one that has not failed.
func (l *items) pick(ref wapay.Ref) (*wireTransfer, error) {
	var found *wireTransfer
	others, refused := 0, 0
	for i := range l.read {
		w := &l.read[i].wireTransfer
		code := l.read[i].Code
		reference := lookup.Same
		if ref.Reference != "" {
			reference = lookup.Compare(string(w.ClientID), ref.Reference)
		}
		switch {
		case code == codeNotFound && w.echoes(ref):
			refused++
		case code != "" && code != codeDone:
			return nil, fmt.Errorf("an item with code %s", code)
		case ref.ID != "" && string(w.TransactionID) != ref.ID, ref.ID == "" && reference == lookup.Other:
			others++
		case reference == lookup.Other:
			return nil, errNone
		case reference == lookup.Perhaps:
			return nil, fmt.Errorf("the transfer shows the reference %q", string(w.ClientID))
		case w.TransactionID == "" && !w.hasStatus():
			return nil, errors.New("the answer shows no transfer")
		case found == nil:
			found = w
		case found.TransactionID == w.TransactionID:
			if found.status() != w.status() {
				return nil, errContradiction
			}
		case found.status() == wapay.StatusFailed:
			found = w
		case w.status() != wapay.StatusFailed:
			return nil, fmt.Errorf("%w: %q and %q", errSeveral, found.TransactionID, w.TransactionID)
		}
	}
	switch {
	case found != nil && refused == 0:
		return found, nil
	case found != nil || others > 0 && refused > 0:
		return nil, errContradiction
	case others > 0:
		return nil, errors.New("the answer is about another transfer")
	case l.unreadable > 0 || refused == 0 && !l.isList:
		return nil, errNoList
	}
	return nil, errNone
}

// hasStatus reports whether the item has a status, which the request does not
// have.
func (w *wireTransfer) hasStatus() bool { return w.TreatmentStatus != "" || w.SendingStatus != "" }

// echoes reports whether the item holds only what the request asked for.
func (w *wireTransfer) echoes(ref wapay.Ref) bool {
	return !w.hasStatus() && (w.TransactionID == "" || string(w.TransactionID) == ref.ID) &&
		(w.ClientID == "" || ref.Reference == "" || string(w.ClientID) == ref.Reference)
}
