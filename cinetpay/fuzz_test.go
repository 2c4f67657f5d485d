package cinetpay_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
)

// FuzzAnswer checks that each call reads any answer without a panic. A call
// gives either a result or a *wapay.Error. An order is rejected only by an
// answer with a code that says so.
func FuzzAnswer(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.json")
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, status := range []int{200, 400, 401, 404, 500} {
			f.Add(status, string(data))
		}
	}
	for _, seed := range []string{
		`{"code":0,"data":[[]]}`, `{"code":"00","data":{"status":"ACCEPTED","amount":"1e400","currency":"XOF"}}`,
		`{"code":0,"data":[[{"code":805}]]}`, `{"code":[],"data":{}}`, `{"code":0,"data":{"token":{}}}`, `[`, ``,
	} {
		f.Add(200, seed)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		status = 200 + (status%400+400)%400
		for name, fn := range calls(t) {
			_, m := newMock(t, reply(status, body))
			got, err := fn(bg, m.client(allKeys, wapay.WithMaxRetries(0)))
			if name == "Send" && err == nil {
				checkBatch(t, got.(*cinetpay.Batch), body)
				continue
			}
			if err == nil {
				continue
			}
			var e *wapay.Error
			if !errors.As(err, &e) || e.Provider != "cinetpay" {
				t.Fatalf("%s: %v", name, err)
			}
			if e.Outcome == wapay.OutcomeRejected && e.Code == "" && status != 429 && e.Kind != wapay.ErrNotFound && e.Kind != wapay.ErrDuplicate {
				t.Fatalf("%s: refused without a code: %v", name, err)
			}
			if name == "Send" && e.Outcome == wapay.OutcomeRejected && (status >= 500 || !strings.Contains(body, e.Code) && !strings.Contains(body, `\`)) && status != 429 {
				t.Fatalf("told that nothing was sent: %v", err)
			}
		}
	})
}

func checkBatch(t *testing.T, b *cinetpay.Batch, body string) {
	for _, r := range b.Results {
		if (r.Err == nil) != (r.Transfer != nil) {
			t.Fatalf("neither or both: %+v", r)
		}
		var e *wapay.Error
		if r.Err != nil && (!errors.As(r.Err, &e) || e.Reference != r.ClientTransactionID) {
			t.Fatalf("%v", r.Err)
		}
		if r.Err == nil && !strings.Contains(strings.ToLower(body), "code") && !strings.Contains(body, `\`) {
			t.Fatalf("sent, by %s", body)
		}
	}
}
