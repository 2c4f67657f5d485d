package testkit

import (
	"io"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
)

// Base is the base URL of a client for a [Mock]. It has a path, which each
// request must keep.
const Base = "https://pay.example.test/proxy/v9"

// Request is a request that the transport got.
type Request struct {
	Method string
	URL    *url.URL
	Header http.Header
	Body   string
}

// Mock is a transport that gives the answers of a list, repeats the last one,
// and records the requests. It returns when its responder has returned: the
// transport of httpmock would return at the end of the context, and the test
// would race with the responder.
type Mock struct {
	Answers  []httpmock.Responder
	Requests []Request
	// Aside, which may be nil, gets each request first. If it returns an
	// answer, such as for a login, the Mock neither records the request nor
	// uses one of the Answers.
	Aside func(Request) httpmock.Responder

	mu sync.Mutex
}

// NewMock makes a transport that gives the answers.
func NewMock(answers ...httpmock.Responder) *Mock { return &Mock{Answers: answers} }

// RoundTrip implements [http.RoundTripper].
func (m *Mock) RoundTrip(r *http.Request) (*http.Response, error) {
	seen := Request{Method: r.Method, URL: r.URL, Header: r.Header.Clone()}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		seen.Body = string(body)
	}
	return m.answer(seen)(r)
}

func (m *Mock) answer(seen Request) httpmock.Responder {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Aside != nil {
		if answer := m.Aside(seen); answer != nil {
			return answer
		}
	}
	m.Requests = append(m.Requests, seen)
	return m.Answers[min(len(m.Requests), len(m.Answers))-1]
}

// Options returns the options of a client for the mock, and more. The base URL
// is [Base] with an extra slash.
func (m *Mock) Options(more ...wapay.Option) []wapay.Option {
	return append([]wapay.Option{wapay.WithHTTPClient(&http.Client{Transport: m}), wapay.WithBaseURL(Base + "/")},
		more...)
}

// WantJSON checks a whole request: method, URL with its escaped path and its
// query, headers, and a body with this JSON. If body is "", there must be none.
// Authorization is "" for a request without that header.
func WantJSON(t testing.TB, r Request, method, url, authorization, body string) {
	t.Helper()
	assert.Equal(t, method, r.Method)
	assert.Equal(t, url, r.URL.String())
	want := http.Header{"Accept": {"application/json"}, "User-Agent": {"wapay-go/" + wapay.Version}}
	if authorization != "" {
		want["Authorization"] = []string{authorization}
	}
	if body == "" {
		assert.Empty(t, r.Body)
	} else {
		want["Content-Type"] = []string{"application/json"}
		assert.JSONEq(t, body, r.Body)
	}
	assert.Equal(t, want, r.Header)
}
