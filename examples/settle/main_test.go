package main

import (
	"testing"

	"github.com/wapay-go/wapay/examples/internal/clitest"
)

func TestRun(t *testing.T) {
	clitest.SaysAndCompiles(t, run, "barkapay: Pay \"order-4521\": outcome unknown: provider unavailable: EOF\n"+
		"order-4521 of 5000 XOF is pending\n")
	clitest.WantsKeys(t, run, "order-4521")
}
