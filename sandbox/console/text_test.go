package console

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBothLanguagesHaveEachText(t *testing.T) {
	require.Equal(t, slices.Sorted(maps.Keys(texts["en"])), slices.Sorted(maps.Keys(texts["fr"])))
	for _, action := range slices.Concat(orderActions, plants, sendModes, otherActions) {
		require.NotEmpty(t, texts["en"]["done "+action], action)
	}
}

func TestHidesSecrets(t *testing.T) {
	for in, want := range map[string]string{
		`{"apikey":"abc","amount":5}`:                 `{"apikey":"•••","amount":5}`,
		`{"a":{"secret_key": "a\"b","otp":123456}}`:   `{"a":{"secret_key": "•••","otp":"•••"}}`,
		`apikey=abc&password=x%20y&amount=5`:          `apikey=•••&password=•••&amount=5`,
		`token=abc&lang=fr`:                           `token=•••&lang=fr`,
		`{"data":{"access_token":"abc"},"note":"ok"}`: `{"data":{"access_token":"•••"},"note":"ok"}`,
	} {
		require.Equal(t, want, hideText(in))
	}
}
