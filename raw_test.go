package wapay_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

const aRaw = `{"id":"T1","phone":"+22670656188"}`

func TestRawPrintsAsText(t *testing.T) {
	payment := wapay.Payment{ID: "T1", Raw: wapay.Raw(aRaw)}
	payout := &wapay.Payout{ID: "T1", Raw: wapay.Raw(aRaw)}
	for _, verb := range []string{"%v", "%+v", "%s"} {
		assert.Equal(t, aRaw, fmt.Sprintf(verb, wapay.Raw(aRaw)), verb)
	}
	for _, verb := range []string{"%v", "%+v"} {
		assert.Contains(t, fmt.Sprintf(verb, payment), aRaw, verb)
		assert.Contains(t, fmt.Sprintf(verb, payout), aRaw, verb)
	}
	assert.Equal(t, `"{\"a\":1}"`, fmt.Sprintf("%#v", wapay.Raw(`{"a":1}`)))
	assert.Empty(t, fmt.Sprint(wapay.Raw(nil)))
}

func TestRawInJSON(t *testing.T) {
	for raw, want := range map[string]string{
		aRaw: aRaw, "": "null", "<html>": `"\u003chtml\u003e"`, `{"cut`: `"{\"cut"`,
	} {
		got, err := json.Marshal(wapay.Payout{Raw: wapay.Raw(raw)}.Raw)
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
	}
	var p wapay.Payment
	require.NoError(t, json.Unmarshal([]byte(`{"Raw":`+aRaw+`}`), &p))
	assert.Equal(t, aRaw, string(p.Raw))
	require.NoError(t, json.Unmarshal([]byte(`{"Raw":null}`), &p))
	assert.Empty(t, p.Raw)
}

func TestRawInLog(t *testing.T) {
	payment := wapay.Payment{ID: "T1", Raw: wapay.Raw(aRaw), Action: wapay.ActionConfirm}
	for _, v := range []any{
		wapay.Raw(aRaw), payment, &payment, wapay.Payout{ID: "T1", Raw: wapay.Raw(aRaw)}, &wapay.Payout{Raw: wapay.Raw(aRaw)},
	} {
		var text, js bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&js, nil)).Info("x", "v", v)
		for _, b := range []string{text.String(), js.String()} {
			assert.Contains(t, b, fmt.Sprintf("%d bytes", len(aRaw)))
			assert.NotContains(t, b, "70656188")
		}
	}
}

func TestActionText(t *testing.T) {
	for a, want := range map[wapay.Action]string{
		wapay.ActionNone: "none", wapay.ActionConfirm: "confirm", wapay.ActionOpenPage: "open page",
		wapay.ActionPageLost: "page lost", wapay.ActionGiveCode: "give code", -1: "none", 9: "none",
	} {
		assert.Equal(t, want, a.String())
	}
	for a := wapay.ActionNone; a <= wapay.ActionGiveCode; a++ {
		text, err := json.Marshal(a)
		require.NoError(t, err)
		got := wapay.ActionConfirm
		require.NoError(t, json.Unmarshal(text, &got))
		assert.Equal(t, a, got)
	}
}
