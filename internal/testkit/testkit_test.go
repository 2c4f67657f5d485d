package testkit

import (
	"net/url"
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
