package facts_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/facts"
)

const (
	unknown   = wapay.StatusUnknown
	pending   = wapay.StatusPending
	succeeded = wapay.StatusSucceeded
	failed    = wapay.StatusFailed
	cancelled = wapay.StatusCancelled
	refunded  = wapay.StatusRefunded
)

func TestStatuses(t *testing.T) {
	for _, tt := range []struct {
		name  string
		of    func(string) wapay.Status
		words map[string]wapay.Status
	}{
		{"barkapay", facts.BarkaPayStatus, map[string]wapay.Status{
			"0": pending, "1": succeeded, "-1": failed, "": unknown, "2": unknown, "1.0": unknown, "01": unknown,
		}},
		{"intram", facts.IntramStatus, map[string]wapay.Status{
			"PENDING": pending, "queued_for_settlement": pending, "SUCCESS": succeeded, "completed": succeeded, "settled": succeeded,
			"successful": succeeded, "ERROR": failed, "expired": failed, "rejected": failed, "cancelled": failed, "canceled": failed,
			"REFUNDED": refunded, "": unknown, " paid": unknown, "on_hold": unknown,
		}},
		{"mpp", facts.MPPStatus, map[string]wapay.Status{
			"initiated": pending, "blocked": pending, "Completed": succeeded, "rejected": failed, "cancelled": cancelled,
			"refunded": refunded, "": unknown, "on_hold": unknown,
		}},
		{"cinetpay transfer", func(w string) wapay.Status { return facts.CinetPayTransferStatus(w, "PENDING") }, map[string]wapay.Status{
			"NEW": pending, "REC": pending, "NOS": pending, "VAL": succeeded, "REJ": failed, "": pending, "val": unknown,
		}},
		{"cinetpay transfer, confirmed", func(w string) wapay.Status { return facts.CinetPayTransferStatus(w, "CONFIRM") }, map[string]wapay.Status{
			"VAL": succeeded, "": unknown,
		}},
		{"cinetpay checkout, 00", func(w string) wapay.Status { return facts.CinetPayCheckoutStatus("00", w) }, map[string]wapay.Status{
			"ACCEPTED": succeeded, "PENDING": pending, "REFUSED": unknown, "CANCELLED": unknown, "REFUNDED": refunded, "": unknown,
		}},
		{"cinetpay checkout, 629", func(w string) wapay.Status { return facts.CinetPayCheckoutStatus("629", w) }, map[string]wapay.Status{
			"ACCEPTED": unknown, "REFUSED": failed, "CANCELLED": cancelled, "refused": unknown, "": unknown,
		}},
		{"cinetpay checkout, 662", func(w string) wapay.Status { return facts.CinetPayCheckoutStatus("662", w) }, map[string]wapay.Status{
			"": pending, "WAITING_FOR_CUSTOMER": pending, "ACCEPTED": unknown, "REFUSED": failed,
		}},
		{"cinetpay v1", func(w string) wapay.Status { return facts.CinetPayV1Status("", w) }, map[string]wapay.Status{
			"SUCCESS": succeeded, "FAILED": failed, "INSUFFICIENT_BALANCE": failed, "OK": pending, "INITIATED": pending, "EXPIRED": pending,
			"OTP_ERROR": pending, "USER_IS_BLOCKED": pending, "CANCELLED": unknown, "TRANSACTION_EXIST": unknown, "NOT_FOUND": unknown,
			"OPERATION_ERROR": unknown, "success": unknown, "": unknown,
		}},
		{"cinetpay v1, by code", func(c string) wapay.Status { return facts.CinetPayV1Status(c, "") }, map[string]wapay.Status{
			"100": succeeded, "2010": failed, "2005": failed, "200": pending, "2003": pending, "2012": unknown, "0": unknown,
		}},
		{"cinetpay v1, 200", func(w string) wapay.Status { return facts.CinetPayV1Status("200", w) }, map[string]wapay.Status{
			"OK": pending, "PENDING": pending, "INITIATED": pending, "SUCCESS": unknown, "FAILED": unknown, "NEW_WORD": unknown,
		}},
		{"cinetpay v1, 2999", func(w string) wapay.Status { return facts.CinetPayV1Status("2999", w) }, map[string]wapay.Status{
			"SUCCESS": succeeded, "NEW_WORD": unknown,
		}},
	} {
		for word, want := range tt.words {
			assert.Equal(t, want, tt.of(word), "%s %q", tt.name, word)
		}
	}
}

func TestBarkaPayCurrency(t *testing.T) {
	for country, want := range map[string]wapay.Currency{
		"BFA": wapay.XOF, "sen": wapay.XOF, "TGO": wapay.XOF, "TOG": wapay.XOF, "": wapay.XOF, "*": wapay.XOF, "GIN": "", "CMR": "", "gin": "",
	} {
		assert.Equal(t, want, facts.BarkaPayCurrency(country), country)
	}
}

func TestCinetPayV1Currency(t *testing.T) {
	for country, want := range map[string]wapay.Currency{
		"CI": wapay.XOF, "NE": wapay.XOF, "CM": wapay.XAF, "GQ": wapay.XAF, "GN": wapay.GNF, "CD": wapay.CDF, "GW": "", "GH": "", "ci": "", "": "",
	} {
		assert.Equal(t, want, facts.CinetPayV1Currency(country), country)
	}
}

func TestCinetPayTransferCurrency(t *testing.T) {
	for code, want := range map[string]wapay.Currency{
		"225": wapay.XOF, "224": wapay.GNF, "237": wapay.XAF, "243": wapay.CDF, "233": "", "": "", "33": "",
	} {
		assert.Equal(t, want, facts.CinetPayTransferCurrency(code), code)
	}
}
