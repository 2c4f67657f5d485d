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
// not signed: anybody who knows the URL can send one. The provider itself says
// that the true values have to be looked up.
//
// So an [Event] has ProofNone and StatusUnknown. It tells which transfer to ask
// about: ID is CinetPay's transaction_id, Reference the merchant's
// client_transaction_id, and at least one of them is there. [WithConfirm] asks
// FindPayout. All other fields are hints. ProviderStatus is treatment_status,
// or sending_status where there is none. Amount is in the currency of the
// receiver's country, and zero where the receiver is a national number.
// validated_at has no time zone: OccurredAt is zero.
//
// DeliveryKey is a hash of all eleven values. Do not act once on it: anybody
// can send them before CinetPay does. WithConfirm replaces it.
//
// CinetPay documents a form; JSON is seen in integrations. A repeated field is
// ErrMalformed, and so is multipart.
func CinetPayTransfer() Verifier {
	return verifier{provider: "cinetpay", unsigned: true, kind: KindPayout, pinged: true, verify: readCinetPayTransfer}
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
		ID: string(f.ID), Reference: string(f.Reference), ProviderStatus: readable(cmp.Or(f.TreatmentStatus, f.SendingStatus)),
		Amount: exact(f.Amount, f.currency()), Reason: readable(f.Comment), OperatorID: readable(f.OperatorID),
		Proof: ProofNone, Body: body,
	}, nil
}

// currency returns the currency of the receiver's country, where the number has
// its calling code. The plus sign may be missing: no national number of these
// countries reads as a calling code and a national number.
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
