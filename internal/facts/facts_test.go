package facts_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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

// statuses has every word with a meaning in this package, and some without.
var statuses = []struct {
	name  string
	of    func(string) wapay.Status
	words map[string]wapay.Status
}{
	{"barkapay", facts.BarkaPayStatus, map[string]wapay.Status{
		"0": pending, "1": succeeded, "-1": failed, "": unknown, "2": unknown, "1.0": unknown, "01": unknown,
	}},
	{"intram", facts.IntramStatus, map[string]wapay.Status{
		"PENDING": pending, "created": pending, "queued": pending, "queued_for_settlement": pending, "processing": pending,
		"SUCCESS": succeeded, "succeeded": succeeded, "paid": succeeded, "failed": failed, "completed": succeeded, "settled": succeeded,
		"successful": succeeded, "ERROR": failed, "expired": failed, "rejected": failed, "cancelled": failed, "canceled": failed,
		"REFUNDED": refunded, "": unknown, " paid": unknown, "on_hold": unknown,
	}},
	{"mpp", facts.MPPStatus, map[string]wapay.Status{
		"initiated": pending, "pending": pending, "processing": pending, "transmitted": pending, "blocked": pending,
		"failed": failed, "Completed": succeeded, "rejected": failed, "cancelled": cancelled,
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
		"": pending, "WAITING": pending, "WAITING_FOR_CUSTOMER": pending, "ACCEPTED": unknown, "REFUSED": failed,
	}},
	{"cinetpay checkout, 623", func(w string) wapay.Status { return facts.CinetPayCheckoutStatus("623", w) }, map[string]wapay.Status{"": pending}},
	{"cinetpay checkout, 663", func(w string) wapay.Status { return facts.CinetPayCheckoutStatus("663", w) }, map[string]wapay.Status{"": pending}},
	{"cinetpay checkout, 664", func(w string) wapay.Status { return facts.CinetPayCheckoutStatus("664", w) }, map[string]wapay.Status{"": pending}},
	{"cinetpay message", facts.CinetPayMessageStatus, map[string]wapay.Status{
		"SUCCES": succeeded, "PAYMENT_FAILED": failed, "INSUFFICIENT_BALANCE": failed, "OTP_CODE_ERROR": failed,
		"TRANSACTION_CANCEL": failed, "SUCCESS": unknown, "": unknown,
	}},
	{"payhub payment", facts.PayHubPaymentStatus, map[string]wapay.Status{
		"CREATED": pending, "AWAITING_OTP": pending, "QUEUED_FOR_PROCESSING": pending, "PROCESSING_OPERATOR": pending,
		"PROCESSING_SYSTEM": pending, "COMPLIANCE_FLAGGED": pending, "SUCCESSFUL": succeeded, "FAILED": failed, "CANCELED": cancelled,
		"REFUNDED": unknown, "UNRESOLVED": unknown, "successful": unknown, "": unknown,
	}},
	{"payhub transfer", facts.PayHubTransferStatus, map[string]wapay.Status{
		"CREATED": pending, "PROCESSING_OPERATOR": pending, "PROCESSING_SYSTEM": pending, "COMPLIANCE_FLAGGED": pending,
		"UNRESOLVED": pending, "SUCCESSFUL": succeeded, "FAILED": failed, "REFUNDED": refunded, "AWAITING_OTP": unknown,
		"CANCELED": unknown, "failed": unknown, "": unknown,
	}},
	{"cinetpay v1", func(w string) wapay.Status { return facts.CinetPayV1Status("", w) }, map[string]wapay.Status{
		"SUCCESS": succeeded, "FAILED": failed, "INSUFFICIENT_BALANCE": failed, "OK": pending,
		"INITIATED": pending, "PENDING": pending, "EXPIRED": pending,
		"OTP_ERROR": pending, "OTP_EXPIRED": pending, "USER_NOT_FOUND": pending, "USER_IS_BLOCKED": pending,
		"CANCELLED": unknown, "TRANSACTION_EXIST": unknown, "NOT_FOUND": unknown,
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
}

func TestStatuses(t *testing.T) {
	for _, tt := range statuses {
		for word, want := range tt.words {
			assert.Equal(t, want, tt.of(word), "%s %q", tt.name, word)
		}
	}
}

// TestEachWordHasARow checks that statuses has each word with a meaning.
// Without a row, nobody would notice a changed meaning.
func TestEachWordHasARow(t *testing.T) {
	given := map[string]bool{}
	for _, tt := range statuses {
		of, _, _ := strings.Cut(strings.ReplaceAll(tt.name, " ", ""), ",")
		for word, status := range tt.words {
			if status != unknown {
				given[of+" "+strings.ToLower(word)] = true
			}
		}
	}
	words := regexp.MustCompile(`(?s)\n(?:func (\w+)Status\(|var (\w+)Words = map\[string\]wapay).*?\n}`)
	word := regexp.MustCompile(`"([\w-]+)"`)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	n := 0
	for _, file := range files {
		code, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, of := range words.FindAllStringSubmatch(string(code), -1) {
			for _, found := range word.FindAllStringSubmatch(of[0], -1) {
				n++
				row := strings.ToLower(of[1] + of[2])
				assert.True(t, given[row+" "+strings.ToLower(found[1])], "facts_test.go has no row of %s with %s of %s", row, found[0], file)
			}
		}
	}
	assert.Greater(t, n, 60)
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
