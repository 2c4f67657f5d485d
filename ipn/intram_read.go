package ipn

import (
	"cmp"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
	"github.com/wapay-go/wapay/internal/strict"
)

type intramNotification struct {
	Event       text         `json:"event"`
	OperationID text         `json:"operation_id"`
	OccurredAt  loose.Time   `json:"occurred_at"`
	Data        intramData   `json:"data"`
	WebhookData merchantData `json:"webhook_data"`
}

type intramData struct {
	Status           loose.String `json:"status"`
	Amount           text         `json:"amount"`
	Fees             text         `json:"fees"`
	Currency         text         `json:"currency"`
	Reference        text         `json:"reference"`
	Transaction      text         `json:"transaction_reference"`
	WebhookData      merchantData `json:"webhook_data"`
	Metadata         merchantData `json:"metadata"`
	ProviderResponse struct {
		ServiceRef text `json:"serviceref"`
		Message    text `json:"responsemsg"`
	} `json:"provider_response"`
	Error intramError `json:"error"`
}

// merchantData is an object of the merchant's. It is a map: into a struct,
// encoding/json would read "Reference" as "reference" too.
type merchantData = map[string]text

// intramError is {"code":"…","message":"…"}, or a text.
type intramError struct {
	Code    text `json:"code"`
	Message text `json:"message"`
}

func (e *intramError) UnmarshalJSON(data []byte) error {
	type plain intramError
	return unmarshalObject(data, (*plain)(e), &e.Message)
}

var readIntramBody = strict.NewReader[intramNotification]()

// readIntram returns the event of a body, without the headers. If it cannot
// read the body, the event is empty.
func readIntram(body []byte) *Event {
	e := &Event{Provider: "intram"}
	b, err := readIntramBody.Read(body)
	if err != nil {
		return e
	}
	data, currency := &b.Data, wapay.Currency(b.Data.Currency)
	e.Name, e.ID, e.OccurredAt = string(b.Event), string(b.OperationID), b.OccurredAt.Time
	e.Amount, e.Fee = exactAmount(data.Amount, currency), exactAmount(data.Fees, currency)
	e.OperatorID = string(data.ProviderResponse.ServiceRef)
	e.Reason = string(cmp.Or(data.Error.Message, data.Error.Code, data.ProviderResponse.Message))
	e.readIntramStatus(string(data.Status))

	const key = facts.IntramReference
	reference := cmp.Or(data.WebhookData[key], b.WebhookData[key], data.Metadata[key])
	transaction := data.Transaction
	switch e.Kind {
	case KindPayout, KindUnknown:
		reference = cmp.Or(data.Reference, reference)
	case KindPayment, KindTransfer:
		transaction = cmp.Or(transaction, data.Reference)
	}
	e.Reference, e.TransactionID = string(reference), string(transaction)
	return e
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

// intramKinds has the kind for the word before the first point of an event.
var intramKinds = map[string]Kind{
	"payout":          KindPayout,
	"transfer":        KindTransfer,
	"payment_request": KindPayment,
	"refund":          KindRefund,
	"test":            KindTest,
}

// readIntramStatus sets Kind, Status and ProviderStatus. word is data.status.
func (e *Event) readIntramStatus(word string) {
	family, rest, _ := strings.Cut(e.Name, ".")
	e.Kind, e.Status, e.ProviderStatus = intramKinds[family], intramEvents[e.Name], cmp.Or(word, rest)
	if word == "" {
		return
	}
	meaning := facts.IntramStatus(word)
	if e.Status == wapay.StatusRefunded && meaning == wapay.StatusSucceeded {
		meaning = wapay.StatusRefunded // it is the refund that was completed
	}
	if meaning != e.Status {
		e.Status = wapay.StatusUnknown
	}
}
