// Package matrix holds the README's table of optional interfaces to what the
// clients implement. It has only tests.
package matrix
