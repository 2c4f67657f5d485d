package testkit

import (
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// Sample returns a file of the package's testdata: an answer or a request of
// the provider's documents.
func Sample(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(data)
}

// Phone parses a valid number.
func Phone(t testing.TB, number, country string) wapay.Phone {
	t.Helper()
	p, err := wapay.ParsePhone(number, country)
	require.NoError(t, err)
	return p
}

// Time parses a valid time. It panics on others, so that tables can use it.
func Time(layout, s string) time.Time {
	v, err := time.Parse(layout, s)
	if err != nil {
		panic(err)
	}
	return v
}

// First returns the first element of a list, and its error.
func First[T any](list iter.Seq2[T, error]) (first T, err error) {
	for first, err = range list {
		break
	}
	return first, err
}

// ByReference returns a Ref with the merchant's reference.
func ByReference(reference string) wapay.Ref { return wapay.Ref{Reference: reference} }
