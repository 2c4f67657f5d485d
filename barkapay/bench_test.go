package barkapay_test

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
	"github.com/wapay-go/wapay/barkapay"
)

// The benchmarks compare this library with careful code on net/http and
// encoding/json. The transport answers from memory, so they do not measure the
// network.

const benchBase = "https://api.barkapay.com/api/client"

// canned answers each request with the same status and body.
type canned struct {
	status int
	body   []byte
}

func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	return &http.Response{
		StatusCode: c.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header:        http.Header{"Content-Type": {"application/json"}, "X-Ratelimit-Limit": {"60"}, "X-Ratelimit-Remaining": {"59"}},
		Body:          io.NopCloser(bytes.NewReader(c.body)),
		ContentLength: int64(len(c.body)),
	}, nil
}

// rawTransaction has the same fields as barkapay.Transaction.
type rawTransaction struct {
	PublicID          string    `json:"public_id"`
	OrderID           string    `json:"order_id"`
	Amount            int64     `json:"amount"`
	SenderPhonenumber string    `json:"sender_phonenumber"`
	SenderCountry     string    `json:"sender_country"`
	Operator          string    `json:"operator"`
	Status            int       `json:"status"`
	TxID              string    `json:"txid"`
	OrderData         string    `json:"order_data"`
	Reason            string    `json:"reason"`
	LaunchURL         string    `json:"launch_url"`
	Type              string    `json:"type"`
	AppLabel          string    `json:"app_label"`
	CreatedAt         time.Time `json:"created_at"`
}

type rawClient struct {
	http        *http.Client
	key, secret string
}

func (c *rawClient) do(ctx context.Context, method, path string, form url.Values, out any) error {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, benchBase+"/"+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("X-Api-Key", c.key)
	req.Header.Set("X-Api-Secret", c.secret)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Language", "fr")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("status %d: %s", resp.StatusCode, answer)
	}
	return json.Unmarshal(answer, out)
}

func benchClients(b *testing.B, status int, answer string) (*rawClient, *barkapay.Client) {
	b.Helper()
	hc := &http.Client{Transport: &canned{status, []byte(answer)}}
	c, err := barkapay.New(barkapay.Credentials{APIKey: "bench-api-key", APISecret: "bench-api-secret"}, wapay.WithHTTPClient(hc))
	if err != nil {
		b.Fatal(err)
	}
	return &rawClient{http: hc, key: "bench-api-key", secret: "bench-api-secret"}, c
}

const benchPayment = `[
    {
        "public_id": "a117879e-ebf3-4f25-9c56-cce7dda24d68",
        "amount": 23460,
        "sender_phonenumber": "70187358",
        "sender_country": "BFA",
        "status": 1,
        "order_id": "c1d66d7e1198d",
        "txid": "CHKTRANS240201.1615.B15593",
        "order_data": null,
        "coder_note": "Ambition is priceless.",
        "reason": "Successfully received payment.",
        "created_at": "2024-02-01T16:10:20.088000Z",
        "agent": null
    }
]`

func BenchmarkPayment(b *testing.B) {
	raw, client := benchClients(b, 200, benchPayment)
	const id = "a117879e-ebf3-4f25-9c56-cce7dda24d68"
	ctx := context.Background()
	b.Run("raw", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			var found []rawTransaction
			if err := raw.do(ctx, "GET", "payment/"+url.PathEscape(id), nil, &found); err != nil || len(found) != 1 || found[0].PublicID != id {
				b.Fatal(err, found)
			}
		}
	})
	b.Run("wapay", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if t, err := client.Payment(ctx, id); err != nil || t.ID != id {
				b.Fatal(err, t)
			}
		}
	})
}

const benchCharge = `{
    "status": 201,
    "message": "Payment request created successfully.",
    "data": {
        "public_id": "d275a941-e1f8-4c6d-9ddb-99765fc3b10d",
        "amount": 200,
        "sender_phonenumber": "72929595",
        "sender_country": "BFA",
        "status": 0,
        "order_id": "23839488238",
        "agent": null,
        "launch_url": null
    }
}`

func BenchmarkCharge(b *testing.B) {
	raw, client := benchClients(b, 201, benchCharge)
	const id = "d275a941-e1f8-4c6d-9ddb-99765fc3b10d"
	ctx := context.Background()
	b.Run("raw", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			form := url.Values{
				"sender_country": {"BFA"}, "operator": {"MOOV"}, "sender_phonenumber": {"72929595"}, "amount": {"200"},
				"order_id": {"23839488238"}, "order_id_unicity": {"1"},
			}
			var created struct {
				Data rawTransaction `json:"data"`
			}
			if err := raw.do(ctx, "POST", "payment/mobile/api", form, &created); err != nil || created.Data.PublicID != id {
				b.Fatal(err, created)
			}
		}
	})
	phone, err := wapay.ParsePhone("72929595", "BF")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("wapay", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			t, err := client.Charge(ctx, barkapay.ChargeRequest{
				OrderID: "23839488238", Amount: wapay.XOF.Units(200), Sender: phone, Operator: "MOOV",
			})
			if err != nil || t.ID != id {
				b.Fatal(err, t)
			}
		}
	})
}
