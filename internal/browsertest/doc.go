// Package browsertest looks at the sandbox's console in a real browser. It is a
// module of its own, so that nobody else needs the driver.
package browsertest
