package token

import "time"

// SetTimeout replaces the two minutes that a login may take.
func (c *Cache) SetTimeout(d time.Duration) { c.timeout = d }
