package token

import (
	"context"

	"github.com/wapay-go/wapay"
)

// Get returns the token that Do would use.
func (c *Cache) Get(ctx context.Context) (wapay.Secret, error) {
	e, err := c.tokens.Get(ctx)
	if err != nil {
		return "", err
	}
	return e.Value, nil
}
