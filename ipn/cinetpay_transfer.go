package ipn

import (
	"cmp"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/strict"
)

// CinetPayTransfer reads the notifications of CinetPay's transfers. They are
// not signed: anybody who knows the URL can send one. An [Event] has ProofNone
// and StatusUnknown. It only names a transfer, by ID, Reference or both.
//
// [WithConfirm] asks FindPayout about it. Without it, every field is a hint,
// DeliveryKey included. docs/notifications.md tells how each is read.
func CinetPayTransfer() Verifier {
	return verifier{provider: "cinetpay", unsigned: true, kind: KindPayout, pings: true, verify: readCinetPayTransfer}
}

type cinetPayTransferFields struct {
	ID              text `json:"transaction_id"`
	Reference       text `json:"client_transaction_id"`
	Lot             text `json:"lot"`
	Amount          text `json:"amount"`
	Receiver        text `json:"receiver"`
	Operator        text `json:"operator"`
	SendingStatus   text `json:"sending_status"`
	Comment         text `json:"comment"`
	TreatmentStatus text `json:"treatment_status"`
	OperatorID      text `json:"operator_transaction_id"`
	ValidatedAt     text `json:"validated_at"`
}

var readTransfer = strict.NewReader[cinetPayTransferFields]()

func readCinetPayTransfer(h http.Header, body []byte) (*Event, error) {
	f, err := readFields(readTransfer, h, body)
	if err != nil {
		return refuse(ErrMalformed, err.Error())
	}
	if f.ID+f.Reference == "" || !utf8.ValidString(string(f.ID+f.Reference)) {
		return refuse(ErrMalformed, "names no transfer in UTF-8")
	}
	var values []string
	for _, field := range fieldsOf(f) {
		values = append(values, field.String())
	}
	return &Event{
		Provider: "cinetpay", Kind: KindPayout, Name: "transfer", DeliveryKey: "cinetpay:transfer:" + hashOf(values...),
		ID: string(f.ID), Reference: string(f.Reference), Proof: ProofNone, Body: body,
		ProviderStatus: validUTF8(cmp.Or(f.TreatmentStatus, f.SendingStatus)), Reason: validUTF8(f.Comment),
		Amount: exactAmount(f.Amount, f.currency()), OperatorID: validUTF8(f.OperatorID),
	}, nil
}

// currency returns the currency of the receiver's country, if the number has
// its calling code. The plus sign may be missing: no national number of these
// countries looks like a calling code and a national number.
func (f *cinetPayTransferFields) currency() wapay.Currency {
	number := string(f.Receiver)
	if !strings.HasPrefix(number, "+") && !strings.HasPrefix(number, "00") {
		number = "+" + number
	}
	phone, err := wapay.ParsePhone(number, "")
	if err != nil {
		return ""
	}
	return facts.CinetPayTransferCurrency(phone.CallingCode())
}
