package testkit

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A search that finds nothing would let every other test pass.
func TestLeaked(t *testing.T) {
	const secret = `s3/cr&t"<x>é`
	for name, form := range map[string]string{
		"as it is": secret, "in a query": url.QueryEscape(secret), "in a path": url.PathEscape(secret),
		"in JSON": `s3/cr\u0026t\"\u003cx\u003eé`, "slash escaped": `s3\/cr&t"<x>é`, "in PHP's JSON": `s3\/cr\u0026t\"\u003cx\u003eé`,
	} {
		assert.Equal(t, form, leaked("before "+form+" after", []string{"another", secret}), name)
	}
	assert.Empty(t, leaked("s3/cr&t", []string{secret}))
}

// TestMockWaits checks that the end of the context does not separate a call
// from its responder.
func TestMockWaits(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	late := errors.New("late")
	m := NewMock(func(*http.Request) (*http.Response, error) {
		cancel()
		for range 1000 {
			runtime.Gosched()
		}
		return nil, late
	})
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, Base, nil)
	assert.NoError(t, err)
	_, err = (&http.Client{Transport: m}).Do(r)
	assert.ErrorIs(t, err, late)
}
