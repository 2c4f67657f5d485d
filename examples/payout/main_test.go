package main

import (
	"testing"

	"github.com/wapay-go/wapay/examples/internal/clitest"
)

func TestRun(t *testing.T) {
	clitest.SaysAndCompiles(t, run, "salary-31 of 5000 XOF: succeeded\n")
	clitest.WantsKeys(t, run, "salary-31", "+226 70 65 61 88", "MOOV", "5000")
}
