package storetest

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"
)

// seedFlag repeats a run in kind: what goes wrong is drawn from it, how long it
// all takes is not.
var seedFlag = flag.Uint64("torture.seed", 0, "the seed of the torture tests; 0: of the time")

const planVariable = "WAPAY_TORTURE_PLAN"

// TestMain starts the processes of the torture tests.
func TestMain(m *testing.M) {
	text, ok := os.LookupEnv(planVariable)
	if !ok {
		os.Exit(m.Run())
	}
	var p plan
	err := json.Unmarshal([]byte(text), &p)
	if err == nil {
		err = work(p)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
