package ipn

import (
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/wapay-go/wapay"
)

// CinetPayTransfer reads the notifications of CinetPay's transfers. They are not signed: there is nothing to
// verify, and whoever knows the URL can send one. "Always ask true values of the transfer", says the provider (S).
//
// So an [Event] of it says only "look again", and where: ID is CinetPay's transaction_id, Reference the merchant's
// client_transaction_id, and at least one of them is there. [WithConfirm] asks FindPayout, and only the answer is
// acted on. Status is always StatusUnknown, so that nobody who forgets to look at Proof, which is ProofNone, takes a
// forged VAL for money that has arrived, or a forged REJ for money that may be sent again. What the notification
// says is in ProviderStatus, the treatment_status (VAL, REJ…; the sending_status where there is none). That, Amount,
// OperatorID and Reason (the comment) are hints.
//
// Amount is in the currency of the receiver's country, since the notification names none. It is zero where the
// receiver is a national number, of which the country is not known, and where the amount is not exact.
// OccurredAt is zero: validated_at has no time zone. Attempt is 0.
//
// DeliveryKey is made of all eleven values, so that it is the same for a repeat. Do not act once on it: whoever guesses a
// notification can send it before CinetPay does. WithConfirm replaces it.
//
// CinetPay sends a form; one integrator saw JSON (F). Both are read. Which one it is follows from the Content-Type,
// and from the body where that names neither. A field that is twice there is ErrMalformed, as is multipart.
func CinetPayTransfer() Verifier {
	return verifier{provider: "cinetpay", unsigned: true, only: KindPayout, pinged: true, verify: readCinetPayTransfer}
}

// The fields, as indexes of cinetPayTransferNames.
const (
	ctID = iota
	ctReference
	ctLot
	ctAmount
	ctReceiver
	ctOperator
	ctSendingStatus
	ctComment
	ctTreatmentStatus
	ctOperatorID
	ctValidatedAt
	ctFields
)

var cinetPayTransferNames = [ctFields]string{
	ctID:              "transaction_id",
	ctReference:       "client_transaction_id",
	ctLot:             "lot",
	ctAmount:          "amount",
	ctReceiver:        "receiver",
	ctOperator:        "operator",
	ctSendingStatus:   "sending_status",
	ctComment:         "comment",
	ctTreatmentStatus: "treatment_status",
	ctOperatorID:      "operator_transaction_id",
	ctValidatedAt:     "validated_at",
}

func readCinetPayTransfer(h http.Header, body []byte) (*Event, error) {
	f, err := cinetPayTransferFields(h, body)
	if err != nil {
		return refuse(ErrMalformed, err.Error())
	}
	if f[ctID] == "" && f[ctReference] == "" {
		return refuse(ErrMalformed, "names no transfer")
	}
	if !utf8.ValidString(f[ctID]) || !utf8.ValidString(f[ctReference]) {
		return refuse(ErrMalformed, "id not in UTF-8")
	}
	return &Event{
		Provider: "cinetpay", Kind: KindPayout, Name: "transfer", DeliveryKey: "cinetpay:transfer:" + hashOf(f[:]...),
		ID: f[ctID], Reference: f[ctReference],
		ProviderStatus: readable(first(f[ctTreatmentStatus], f[ctSendingStatus])),
		Amount:         exactAmount(f[ctAmount], string(cinetPayCurrency(f[ctReceiver]))),
		Reason:         readable(f[ctComment]), OperatorID: readable(f[ctOperatorID]),
		Proof: ProofNone, Body: body,
	}, nil
}

func cinetPayTransferFields(h http.Header, body []byte) (f [ctFields]string, err error) {
	asJSON, err := isJSON(h, body)
	if err != nil {
		return f, err
	}
	if !asJSON {
		return f, pickForm(body, cinetPayTransferNames[:], f[:])
	}
	var raw [ctFields][]byte
	if err := pick(body, cinetPayTransferNames[:], raw[:]); err != nil {
		return f, err
	}
	for i, value := range raw {
		said, ok := text(value)
		if !ok && (i == ctID || i == ctReference) {
			return f, errors.New("id is neither string nor number")
		}
		f[i] = string(said)
	}
	return f, nil
}

// cinetPayCurrency returns the currency of transfers to a number with its calling code, and "" for any other number.
// With or without a plus sign: no national number of these countries is a calling code and a national number.
func cinetPayCurrency(receiver string) wapay.Currency {
	if !strings.HasPrefix(receiver, "+") && !strings.HasPrefix(receiver, "00") {
		receiver = "+" + receiver
	}
	phone, err := wapay.ParsePhone(receiver, "")
	if err != nil {
		return ""
	}
	switch phone.Country() {
	case "CI", "SN", "ML", "TG", "BJ", "BF", "NE":
		return wapay.XOF
	case "GN":
		return wapay.GNF
	case "CM":
		return wapay.XAF
	case "CD":
		return wapay.CDF
	}
	return ""
}
