package intram_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/intram"
)

// The benchmark compares this library with careful code on net/http,
// crypto/hmac and encoding/json. The transport answers from memory, so it does
// not measure the network. Both limit the request by a context of 30 seconds,
// and derive the idempotency key from the reference in each round.

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
		Header:        http.Header{"Content-Type": {"application/json"}, "Date": {"Wed, 20 May 2026 10:30:00 GMT"}},
		Body:          io.NopCloser(bytes.NewReader(c.body)),
		ContentLength: int64(len(c.body)),
	}, nil
}

const benchAnswer = `{"error":false,"http_status":202,"data":{"operation_id":"op_2f4a8b1c","type":"payout",` +
	`"status":"queued","env":"sandbox","date":"2026-05-20T10:30:00.000Z","_links":{"self":"/v1/operations/op_2f4a8b1c"}},` +
	`"message":"Operation accepted"}`

type handOperation struct {
	ID       string          `json:"operation_id"`
	Type     string          `json:"type"`
	Status   string          `json:"status"`
	Env      string          `json:"env"`
	Payload  json.RawMessage `json:"payload"`
	Result   json.RawMessage `json:"result"`
	Error    json.RawMessage `json:"error"`
	Attempts int             `json:"attempts"`
	Date     time.Time       `json:"date"`
}

type handPayout struct {
	Amount      int64           `json:"amount"`
	Currency    string          `json:"currency"`
	Destination handDestination `json:"destination"`
	Reference   string          `json:"reference"`
}

type handDestination struct {
	Type         string `json:"type"`
	CountryCode  string `json:"country_code"`
	ProviderCode string `json:"provider_code"`
	MSISDN       string `json:"msisdn"`
}

type handClient struct {
	http   *http.Client
	key    string
	secret []byte
}

func (c *handClient) payout(ctx context.Context, p handPayout) (*handOperation, error) {
	ctx, cancel := context.WithTimeout(ctx, wapay.DefaultTimeout)
	defer cancel()
	body, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	key := sha256.Sum256([]byte("sandbox\npayout\n" + p.Reference))
	timestamp := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	mac := hmac.New(sha256.New, c.secret)
	mac.Write([]byte(timestamp + "\nPOST\n/api/v1/merchant/payouts\n\n"))
	mac.Write(body)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.intram.org/v1/payouts", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Api-Key", c.key)
	req.Header.Set("X-Timestamp", timestamp)
	req.Header.Set("X-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	req.Header.Set("Idempotency-Key", "wapay-payout-"+hex.EncodeToString(key[:20]))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "bench")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusAccepted {
		return nil, fmt.Errorf("status %d: %s", resp.StatusCode, data)
	}
	var answer struct {
		Error bool          `json:"error"`
		Data  handOperation `json:"data"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, err
	}
	return &answer.Data, nil
}

func BenchmarkPayout(b *testing.B) {
	ctx := context.Background()
	hc := &http.Client{Transport: &canned{http.StatusAccepted, []byte(benchAnswer)}}
	hand := &handClient{hc, "pk_sandbox_bench", []byte("sk_sandbox_bench")}
	client, err := intram.New(intram.Credentials{PublicKey: "pk_sandbox_bench", SecretKey: "sk_sandbox_bench"}, wapay.WithHTTPClient(hc))
	if err != nil {
		b.Fatal(err)
	}
	phone, err := wapay.ParsePhone("0161234567", "BJ")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("hand", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			o, err := hand.payout(ctx, handPayout{
				25000, "XOF", handDestination{"mobile_money", "BJ", "MTN_BENIN_229", phone.MSISDN()}, "PO-2026-0001",
			})
			if err != nil || o.ID != "op_2f4a8b1c" {
				b.Fatal(err, o)
			}
		}
	})
	b.Run("wapay", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			p, err := client.Payout(ctx, wapay.PayoutRequest{
				Reference: "PO-2026-0001", Amount: wapay.XOF.Units(25000), Recipient: wapay.Customer{Phone: phone},
				Operator: "MTN_BENIN_229",
			})
			if err != nil || p.ID != "op_2f4a8b1c" {
				b.Fatal(err, p)
			}
		}
	})
}
