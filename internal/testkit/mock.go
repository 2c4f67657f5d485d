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

// Base is the base URL of a client that talks to a [Mock]. It has a path, which
// every request has to keep.
const Base = "https://pay.example.test/proxy/v9"

// Request is a request as the transport saw it.
type Request struct {
	Method string
	URL    *url.URL
	Header http.Header
	Body   string
}

// Mock is a transport that answers from a list of answers, the last one again
// and again, and keeps the requests.
type Mock struct {
	*httpmock.MockTransport
	Answers  []httpmock.Responder
	Requests []Request
	// Aside, if it is set, is shown every request first. What it has an answer
	// for, a login as a rule, is not kept and takes none of the Answers.
	Aside func(Request) httpmock.Responder

	mu sync.Mutex
}

// NewMock makes a transport that gives the answers.
func NewMock(answers ...httpmock.Responder) *Mock {
	m := &Mock{MockTransport: httpmock.NewMockTransport(), Answers: answers}
	m.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
		seen := Request{Method: r.Method, URL: r.URL, Header: r.Header.Clone()}
		if r.Body != nil {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			seen.Body = string(body)
		}
		return m.answer(seen)(r)
	})
	return m
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

// Options are those of a client that talks to the mock, at [Base] with a slash
// too many, and then more.
func (m *Mock) Options(more ...wapay.Option) []wapay.Option {
	return append([]wapay.Option{wapay.WithHTTPClient(&http.Client{Transport: m}), wapay.WithBaseURL(Base + "/")},
		more...)
}

// WantJSON checks a request whole: method, URL with its path as it is escaped
// and its query, headers, and a body that is this JSON. Without a body there
// must be none. Authorization is "" for a request without that header.
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
