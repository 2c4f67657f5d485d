package mpp_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/mpp"
)

// Each answer of a server gives a result or a well-formed error, and never a
// panic. An order is rejected only by a refusal of the provider.
func FuzzAnswers(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(f, err)
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(200, data)
	}
	for _, status := range []int{200, 400, 401, 404, 422, 429, 500} {
		f.Add(status, []byte(refusal("MPP-REQ-4022", "Bad parameters.")))
	}
	f.Add(200, []byte(`{"data":[{"code":"OM","fields":{"amount":["min:1","max:9e9","numeric|string"]}}],"success":1}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			t.Skip()
		}
		_, m := newMock(t, reply(status, string(body)))
		m.channelsAnswer = reply(200, sample(t, "channels.json"))
		c := m.client(creds, wapay.WithMaxRetries(0), wapay.WithTimeout(time.Second))
		for name, fn := range calls(t) {
			got, err := fn(context.Background(), c)
			var e *wapay.Error
			switch {
			case err == nil:
				if _, err := json.Marshal(got); err != nil {
					t.Errorf("%s: a result without a JSON form: %v", name, err)
				}
			case !errors.As(err, &e):
				t.Errorf("%s: %T", name, err)
			case e.Outcome == wapay.OutcomeRejected && status >= 500, e.Outcome == wapay.OutcomeNotSent:
				t.Errorf("%s: %v", name, err)
			}
		}
		m.channelsAnswer = reply(http.StatusOK, string(body))
		p, err := m.client(creds, wapay.WithMaxRetries(0)).Channels(context.Background(), mpp.PageRequest{})
		if err != nil {
			return
		}
		for _, ch := range p.Items {
			_ = ch.Check(goodTransaction())
		}
	})
}
