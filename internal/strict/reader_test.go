package strict

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type wrapped[T any] struct{ V T }

func (w *wrapped[T]) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &w.V) }

type inner struct {
	Status json.RawMessage `json:"status"`
}

type notification struct {
	inner
	ID   string                              `json:"id"`
	Data wrapped[inner]                      `json:"data"`
	Own  wrapped[map[string]json.RawMessage] `json:"own"`
}

func TestReader(t *testing.T) {
	read := NewReader[notification]().Read
	n, err := read([]byte(` {"id":"a","status":1,"data":{"status":2},"own":{"Status":3,"status":4},"x":{"status":5}}`))
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "1", "2", "4"}, []string{n.ID, string(n.Status), string(n.Data.V.Status), string(n.Own.V["status"])})

	for text, want := range map[string]error{
		`{}`:            nil,
		`{"x":1,"x":2}`: nil,
		`{"x":{"id":1,"id":2,"X":{"a":1,"a":2}}}`: nil,
		`{"id":null,"own":null,"data":{}}`:        nil,
		`{"own":{"a":1,"A":2}}`:                   nil,
		`{"id":"a","id":"b"}`:                     errTwice,
		`{"id":"a","id":"a"}`:                     errTwice,
		`{"id":"a","ID":"a"}`:                     errTwice,
		`{"id":"a","i\u0064":"a"}`:                errTwice,
		`{"status":1,"` + "\u017f" + `tatus":1}`:  errTwice, // a long s
		`{"data":{"status":1,"Status":2}}`:        errTwice,
		`{"data":{},"data":{}}`:                   errTwice,
		`{"own":{"a":1,"a":2}}`:                   errTwice,
		`{"own":{"a":{"b":1,"b":2}}}`:             errTwice,
		`[]`:                                      errNotObject,
		`null`:                                    errNotObject,
		``:                                        errNotObject,
		`{"id":"a"`:                               errNotObject,
		`{"id":"a"}x`:                             errNotObject,
		`{"id":{},"data":7}`:                      nil,
		"{\"id\":\"\xff\"}":                       errNotObject,
		"\ufeff{}":                                errNotObject,
		strings.Repeat(`{"data":`, 2*maxDepth):    errNotObject,
		`{"x":[` + strings.Repeat("0,", maxWork/elementWork) + `0]}`: errTooMuch,
	} {
		_, err := read([]byte(text))
		assert.ErrorIs(t, err, want, "%.60s", text)
	}
}
