package sandbox_test

import (
	"errors"
	"net"
	"syscall"
	"testing"

	"github.com/wapay-go/wapay/sandbox"
)

func TestRefusing(t *testing.T) {
	addr, stop, err := sandbox.RefuseConnections()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for range 3 {
		if _, err := net.Dial("tcp", addr); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("%v, want a refusal", err)
		}
	}
	if l, err := net.Listen("tcp", addr); err == nil {
		l.Close()
		t.Error("somebody else could listen there")
	}
}
