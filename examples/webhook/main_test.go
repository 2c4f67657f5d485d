package main

import (
	"testing"

	"github.com/wapay-go/wapay/examples/internal/clitest"
)

func TestRun(t *testing.T) {
	clitest.SaysAndCompiles(t, run, "payment order-4521 of 5000 XOF: succeeded, confirmed\n")
	clitest.WantsKeys(t, run, "127.0.0.1:0")
}
