package flight

import "time"

// SetTimeout replaces the two minutes that a fetch may take.
func (c *Cache[T]) SetTimeout(d time.Duration) { c.timeout = d }
