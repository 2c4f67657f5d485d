package intram_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// receiver is a server for notifications.
func receiver(t testing.TB, got chan<- *http.Request) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r }))
	t.Cleanup(s.Close)
	return s.URL + "/hook"
}
