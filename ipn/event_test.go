package ipn

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestKindAndProofAsText(t *testing.T) {
	var e Event
	assert.Equal(t, KindUnknown, e.Kind)
	assert.Equal(t, ProofNone, e.Proof)
	for k, word := range kindNames {
		assert.Equal(t, word, Kind(k).String())
		var back Kind
		require.NoError(t, back.UnmarshalText([]byte(word)))
		assert.Equal(t, Kind(k), back)
	}
	for p, word := range proofNames {
		assert.Equal(t, word, Proof(p).String())
		var back Proof
		require.NoError(t, back.UnmarshalText([]byte(word)))
		assert.Equal(t, Proof(p), back)
	}
	assert.Equal(t, "unknown", Kind(-1).String())
	assert.Equal(t, "unknown", Kind(99).String())
	assert.Equal(t, "none", Proof(-1).String())
	assert.Equal(t, "none", Proof(99).String())

	e = Event{Kind: KindRefund, Proof: ProofConfirmed}
	require.NoError(t, json.Unmarshal([]byte(`{"Kind":"Payment","Proof":"Signed"}`), &e))
	assert.Equal(t, Event{}, e, "other words")

	want := Event{Kind: KindPayout, Proof: ProofSigned, Name: "transfer"}
	text, err := json.Marshal(want)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"Kind":"payout"`)
	var back Event
	require.NoError(t, json.Unmarshal(text, &back))
	assert.Equal(t, want, back)
}

func TestKindInATextColumn(t *testing.T) {
	for k := KindUnknown; k <= KindTest; k++ {
		v, err := k.Value()
		require.NoError(t, err)
		require.IsType(t, "", v)
		for _, column := range []any{v, []byte(v.(string))} {
			got := Kind(99)
			require.NoError(t, got.Scan(column))
			assert.Equal(t, k, got)
		}
	}
	k := KindPayout
	require.NoError(t, k.Scan(nil))
	assert.Equal(t, KindUnknown, k)
	require.NoError(t, k.Scan("new word"))
	assert.Equal(t, KindUnknown, k)
	require.ErrorContains(t, k.Scan(7), "int")
}
