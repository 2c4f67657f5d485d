package wapay_test

import (
	"database/sql"
	"database/sql/driver"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// scanner is a pointer to a T that reads a column.
type scanner[T any] interface {
	*T
	sql.Scanner
}

func roundTrip[T driver.Valuer, P scanner[T]](t *testing.T, v T, column driver.Value) {
	t.Helper()
	got, err := driver.DefaultParameterConverter.ConvertValue(v)
	require.NoError(t, err)
	assert.Equal(t, column, got)
	forms := []any{column}
	if text, ok := column.(string); ok {
		forms = append(forms, []byte(text)) // some drivers hand out bytes
	}
	for _, form := range forms {
		var back T
		require.NoError(t, P(&back).Scan(form))
		assert.Equal(t, v, back)
	}
	var before T
	for _, bad := range []any{int64(1), 1.5, true, time.Time{}} {
		assert.Error(t, P(&before).Scan(bad))
	}
}

func TestColumns(t *testing.T) {
	for s := wapay.StatusUnknown; s <= wapay.StatusRefunded; s++ {
		roundTrip(t, s, s.String())
	}
	for a := wapay.ActionNone; a <= wapay.ActionPageLost; a++ {
		roundTrip(t, a, a.String())
	}
	roundTrip(t, wapay.XOF.Units(5000), "5000 XOF")
	roundTrip(t, wapay.SLE.Minor(-5), "-0.05 SLE")
	roundTrip(t, wapay.SLE.Minor(math.MaxInt64), "92233720368547758.07 SLE")
	roundTrip(t, wapay.Money{}, "")
	phone, err := wapay.ParsePhone("+22670656188", "")
	require.NoError(t, err)
	roundTrip(t, phone, "+22670656188")
	roundTrip(t, wapay.Phone{}, "")
	roundTrip(t, wapay.GNF, "GNF")
	roundTrip(t, wapay.Currency(""), "")
	roundTrip(t, wapay.Raw(`{"a":1}`), `{"a":1}`)
	roundTrip(t, wapay.Raw(nil), nil)
}

func TestColumnsRefuse(t *testing.T) {
	_, err := wapay.XOF.Units(math.MinInt64).Value()
	assert.Error(t, err)
	kept := wapay.XOF.Units(1)
	for _, bad := range []string{"5000", "12.5 XOF", "5000 xof", "x"} {
		assert.Error(t, kept.Scan(bad), bad)
	}
	assert.Equal(t, wapay.XOF.Units(1), kept)
	phone, err := wapay.ParsePhone("+22670656188", "")
	require.NoError(t, err)
	assert.Error(t, phone.Scan("70656188"))
	assert.Equal(t, "+22670656188", phone.E164())
	status := wapay.StatusSucceeded
	require.NoError(t, status.Scan("settled"))
	assert.Equal(t, wapay.StatusUnknown, status)
}

func TestNullColumns(t *testing.T) {
	status, money, currency := wapay.StatusSucceeded, wapay.XOF.Units(1), wapay.XOF
	phone, err := wapay.ParsePhone("+22670656188", "")
	require.NoError(t, err)
	raw, action := wapay.Raw("{}"), wapay.ActionConfirm
	for _, column := range []sql.Scanner{&status, &money, &currency, &phone, &raw, &action} {
		require.NoError(t, column.Scan(nil))
	}
	assert.Zero(t, status)
	assert.Zero(t, money)
	assert.Zero(t, currency)
	assert.Zero(t, phone)
	assert.Empty(t, raw)
	assert.Zero(t, action)
}
