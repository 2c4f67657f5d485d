package call

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
)

// The engine beside the same two calls by hand, with net/http and
// encoding/json, on a transport that answers from memory. What the engine adds
// is the difference within one run; the machine's speed is not of interest. The
// calls by hand have a time-out, as any call that moves money must; "bare" is
// without, for comparison.

const benchBase = "https://api.example.com/api/client"

type benchAnswer struct {
	PublicID  string    `json:"public_id"`
	Amount    int64     `json:"amount"`
	Phone     string    `json:"sender_phonenumber"`
	Country   string    `json:"sender_country"`
	Status    int       `json:"status"`
	OrderID   string    `json:"order_id"`
	TxID      string    `json:"txid"`
	OrderData string    `json:"order_data"`
	Reason    string    `json:"reason"`
	CreatedAt time.Time `json:"created_at"`
}

const benchBody = `{"public_id":"a117879e-ebf3-4f25-9c56-cce7dda24d68","amount":23460,"sender_phonenumber":"70187358",` +
	`"sender_country":"BFA","status":1,"order_id":"c1d66d7e1198d","txid":"CHKTRANS240201.1615.B15593",` +
	`"order_data":null,"coder_note":"Ambition is priceless.","reason":"Successfully received payment.",` +
	`"created_at":"2024-02-01T16:10:20.088000Z","agent":null}`

type benchTransport struct{}

func (benchTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	return &http.Response{
		StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header:        http.Header{"Content-Type": {"application/json"}, "X-Ratelimit-Remaining": {"59"}},
		Body:          io.NopCloser(strings.NewReader(benchBody)),
		ContentLength: int64(len(benchBody)),
	}, nil
}

var benchForm = url.Values{
	"sender_country": {"BFA"}, "operator": {"MOOV"}, "sender_phonenumber": {"70187358"},
	"amount": {"23460"}, "order_id": {"c1d66d7e1198d"}, "order_id_unicity": {"1"},
}

func byHand(ctx context.Context, c *http.Client, method, path string, form url.Values) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return bare(ctx, c, method, path, form)
}

func bare(ctx context.Context, c *http.Client, method, path string, form url.Values) error {
	var body io.Reader
	if form != nil {
		body = bytes.NewReader([]byte(form.Encode()))
	}
	req, err := http.NewRequestWithContext(ctx, method, benchBase+"/"+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", "bench")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("X-Api-Key", "bench-api-key")
	req.Header.Set("X-Api-Secret", "bench-api-secret")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != 200 {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	var out benchAnswer
	return json.Unmarshal(answer, &out)
}

func BenchmarkDo(b *testing.B) {
	ctx := context.Background()
	hand := &http.Client{Transport: benchTransport{}}
	engine, err := New("bench", benchBase, func(_ *wapay.Error, a Answer) Ruling { return ByStatus(a.Status) }, nil,
		[]wapay.Secret{"bench-api-key", "bench-api-secret"}, []wapay.Option{wapay.WithHTTPClient(hand)})
	if err != nil {
		b.Fatal(err)
	}
	keys := http.Header{"X-Api-Key": {"bench-api-key"}, "X-Api-Secret": {"bench-api-secret"}}
	run := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("get/bare", func() error { return bare(ctx, hand, "GET", "payment/"+"a117879e", nil) })
	run("get/hand", func() error { return byHand(ctx, hand, "GET", "payment/"+"a117879e", nil) })
	run("get/engine", func() error {
		var out benchAnswer
		_, err := engine.Do(ctx, &Request{
			Op: "Payment", Effect: Read, Method: "GET", Path: "payment/" + url.PathEscape("a117879e"), Header: keys,
		}, &out)
		return err
	})
	run("post/bare", func() error { return bare(ctx, hand, "POST", "payment/mobile/api", benchForm) })
	run("post/hand", func() error { return byHand(ctx, hand, "POST", "payment/mobile/api", benchForm) })
	run("post/engine", func() error {
		var out benchAnswer
		_, err := engine.Do(ctx, &Request{
			Op: "Charge", Reference: "c1d66d7e1198d", Method: "POST", Path: "payment/mobile/api", Header: keys,
			Body: []byte(benchForm.Encode()), ContentType: "application/x-www-form-urlencoded",
		}, &out)
		return err
	})
}
