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

// Sample is a file of the package's testdata: an answer, or a request, out of
// the provider's documents.
func Sample(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(data)
}

// Phone is a number that has to be one.
func Phone(t testing.TB, number, country string) wapay.Phone {
	t.Helper()
	p, err := wapay.ParsePhone(number, country)
	require.NoError(t, err)
	return p
}

// Time is a time that has to be one. It panics on others, so that tables may
// have it.
func Time(layout, s string) time.Time {
	v, err := time.Parse(layout, s)
	if err != nil {
		panic(err)
	}
	return v
}

// First returns the first element of a list, and the error beside it.
func First[T any](list iter.Seq2[T, error]) (first T, err error) {
	for first, err = range list {
		break
	}
	return first, err
}

// ByReference is a search by the merchant's reference.
func ByReference(reference string) wapay.Ref { return wapay.Ref{Reference: reference} }
