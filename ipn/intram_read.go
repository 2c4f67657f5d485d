package ipn

import (
	"errors"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
)

// The members of the body that are read, as indexes of intramNames; likewise below.
const (
	inEvent = iota
	inOperationID
	inOccurredAt
	inData
	inWebhookData
	inFields
)

var intramNames = [inFields]string{
	inEvent:       "event",
	inOperationID: "operation_id",
	inOccurredAt:  "occurred_at",
	inData:        "data",
	inWebhookData: "webhook_data",
}

const (
	inStatus = iota
	inAmount
	inCurrency
	inReference
	inTransaction
	inDataWebhookData
	inMetadata
	inProviderResponse
	inError
	inDataFields
)

var intramDataNames = [inDataFields]string{
	inStatus:           "status",
	inAmount:           "amount",
	inCurrency:         "currency",
	inReference:        "reference",
	inTransaction:      "transaction_reference",
	inDataWebhookData:  "webhook_data",
	inMetadata:         "metadata",
	inProviderResponse: "provider_response",
	inError:            "error",
}

var (
	intramReferenceName = []string{"reference"}
	intramAnswerNames   = []string{"serviceref", "responsemsg"}
	intramErrorNames    = []string{"message", "code"}
)

// readIntram returns what the body says, and nothing of what the headers say.
func readIntram(body []byte) (*Event, error) {
	var top [inFields][]byte
	if err := pick(body, intramNames[:], top[:]); err != nil {
		return nil, err
	}
	var data [inDataFields][]byte
	if err := pickInside(top[inData], intramDataNames[:], data[:]); err != nil {
		return nil, err
	}
	e := &Event{Provider: "intram", Name: said(top[inEvent]), ID: said(top[inOperationID])}
	if e.Name == "" {
		return nil, errors.New("no event")
	}
	e.OccurredAt = momentOf(said(top[inOccurredAt]))
	e.Amount = exactAmount(said(data[inAmount]), said(data[inCurrency]))
	e.readIntramStatus(data[inStatus])

	own, err := intramOwnReference(data[inDataWebhookData], top[inWebhookData], data[inMetadata])
	if err != nil {
		return nil, err
	}
	e.setIntramReferences(own, said(data[inReference]), said(data[inTransaction]))

	var answer, failure [2][]byte
	if err := pickInside(data[inProviderResponse], intramAnswerNames, answer[:]); err != nil {
		return nil, err
	}
	if err := pickInside(data[inError], intramErrorNames, failure[:]); err != nil {
		return nil, err
	}
	e.OperatorID = said(answer[0])
	e.Reason = first(said(failure[0]), said(failure[1]), said(data[inError]), said(answer[1]))
	return e, nil
}

// intramEvents are the documented events.
var intramEvents = map[string]wapay.Status{
	"payout.completed":        wapay.StatusSucceeded,
	"payout.queued":           wapay.StatusPending, // accepted for the bank, not paid
	"payout.failed":           wapay.StatusFailed,
	"transfer.completed":      wapay.StatusSucceeded,
	"transfer.failed":         wapay.StatusFailed,
	"payment_request.created": wapay.StatusPending,
	"payment_request.paid":    wapay.StatusSucceeded,
	"payment_request.pending": wapay.StatusPending,
	"payment_request.failed":  wapay.StatusFailed,
	"refund.completed":        wapay.StatusRefunded,
	"refund.pending":          wapay.StatusPending,
	"refund.failed":           wapay.StatusFailed,
	"test.ping":               wapay.StatusUnknown,
}

// intramKinds has the word before the first point of an event.
var intramKinds = map[string]Kind{
	"payout":          KindPayout,
	"transfer":        KindTransfer,
	"payment_request": KindPayment,
	"refund":          KindRefund,
	"test":            KindTest,
}

// intramWords says what the words of data.status mean. The samples have completed, paid, pending and
// queued_for_settlement; operations and transactions have words of their own, and the documents do not say
// which of the three vocabularies each event uses.
var intramWords = map[string]wapay.Status{
	"completed":             wapay.StatusSucceeded,
	"succeeded":             wapay.StatusSucceeded,
	"success":               wapay.StatusSucceeded,
	"successful":            wapay.StatusSucceeded,
	"paid":                  wapay.StatusSucceeded,
	"settled":               wapay.StatusSucceeded,
	"pending":               wapay.StatusPending,
	"created":               wapay.StatusPending,
	"queued":                wapay.StatusPending,
	"queued_for_settlement": wapay.StatusPending,
	"processing":            wapay.StatusPending,
	"failed":                wapay.StatusFailed,
	"error":                 wapay.StatusFailed,
	"rejected":              wapay.StatusFailed,
	"expired":               wapay.StatusFailed,
	"cancelled":             wapay.StatusFailed,
	"canceled":              wapay.StatusFailed,
	"refunded":              wapay.StatusRefunded,
}

// readIntramStatus sets all that follows from e.Name and data.status.
func (e *Event) readIntramStatus(raw []byte) {
	family, rest, _ := strings.Cut(e.Name, ".")
	e.Kind, e.Status = intramKinds[family], intramEvents[e.Name]
	word, ok := text(raw)
	if !ok {
		word = raw // an object or a truth value: shown as it is, and in no list
	}
	e.ProviderStatus = first(string(word), rest)
	if len(word) == 0 {
		return
	}
	meaning := intramWords[strings.ToLower(string(word))]
	if e.Status == wapay.StatusRefunded && meaning == wapay.StatusSucceeded {
		meaning = wapay.StatusRefunded // it is the refund that was completed
	}
	if meaning != e.Status {
		e.Status = wapay.StatusUnknown
	}
}

// setIntramReferences tells the merchant's reference from Intram's. A request for a payout takes a reference, one
// for a payment, refund or transfer has none but what the merchant puts into webhook_data or metadata, and a
// transfer's reference is Intram's (V: GET /transfers/:reference).
func (e *Event) setIntramReferences(own, reference, transaction string) {
	e.TransactionID, e.Reference = transaction, own
	switch e.Kind {
	case KindTransfer:
		e.TransactionID = first(transaction, reference)
	case KindPayment:
		if own == "" && reference != transaction {
			e.Reference = reference
		}
	case KindPayout, KindUnknown:
		e.Reference = first(reference, own)
	}
}

// intramOwnReference returns the first reference in objects that the merchant made up.
func intramOwnReference(objects ...[]byte) (string, error) {
	for _, object := range objects {
		var values [1][]byte
		if err := pickOwn(object, intramReferenceName, values[:]); err != nil {
			return "", err
		}
		if s := said(values[0]); s != "" {
			return s, nil
		}
	}
	return "", nil
}

// exactAmount returns zero for what is not an exact amount of a known currency.
func exactAmount(s, code string) wapay.Money {
	currency := wapay.Currency(code)
	if !currency.Known() {
		return wapay.Money{}
	}
	if whole, fraction, ok := strings.Cut(s, "."); ok && fraction != "" && strings.Trim(fraction, "0") == "" {
		s = whole
	}
	m, err := wapay.ParseMoney(s, currency)
	if err != nil {
		return wapay.Money{}
	}
	return m
}

// momentOf reads RFC 3339. In UTC the year may be -1 or 10000, which time.Time refuses to write as JSON: that is the
// zero time, as is what cannot be read.
func momentOf(s string) time.Time {
	at, err := time.Parse(time.RFC3339, s)
	if at = at.UTC(); err != nil || at.Year() < 0 || at.Year() > 9999 {
		return time.Time{}
	}
	return at
}

// said returns what a string or number says, and "" for anything else.
func said(raw []byte) string {
	s, _ := text(raw)
	return string(s)
}

func first(s ...string) string {
	for _, s := range s {
		if s != "" {
			return s
		}
	}
	return ""
}
