package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(source), "\n"); lines >= 60 {
		t.Errorf("%d lines, want less than 60", lines)
	}
	var out bytes.Buffer
	if err := run(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"order-1: other status: barkapay has succeeded (1), the journal pending\n\tto do: nothing: the journal has it now",
		"order-2: not at the provider", "order-3: other amount: barkapay has 4500 XOF, the journal 5000 XOF",
		"order-99: not in the journal", "1 × other amount",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s", want, &out)
		}
	}
	if n := strings.Count(out.String(), "to do:"); n != 4 {
		t.Errorf("%d differences, want 4:\n%s", n, &out)
	}
}
