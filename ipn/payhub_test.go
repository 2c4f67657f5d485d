package ipn_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

type payHubVector struct {
	Name, Secret, Body, Header, Note string
	Timestamp, Now                   int64
	Valid                            bool
}

func payHubVectors(t testing.TB, file string) (all []payHubVector) {
	data, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &all))
	return all
}

func payHubAt(unix int64, secrets ...wapay.Secret) ipn.Verifier {
	return ipn.PayHubWithClock(func() time.Time { return time.Unix(unix, 0) }, secrets...)
}

func payHubHeader(value string) http.Header {
	h := http.Header{}
	h.Set("PayHub-Signature", value)
	return h
}

func TestPayHubVectors(t *testing.T) {
	vectors := payHubVectors(t, "payhub_webhook.json")
	require.NotEmpty(t, vectors)
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			_, err := payHubAt(v.Now, wapay.Secret(v.Secret)).Verify(payHubHeader(v.Header), []byte(v.Body))
			switch {
			case !v.Valid:
				assert.True(t, errorIsOne(err, ipn.ErrSignature, ipn.ErrStale), "%v", err)
			case v.Body == "":
				assert.ErrorIs(t, err, ipn.ErrMalformed) // signed, and empty
			default:
				assert.NoError(t, err)
			}
		})
	}
}

func errorIsOne(err error, kinds ...error) bool {
	return slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) })
}

func TestPayHubSamples(t *testing.T) {
	want := map[string]struct {
		kind   ipn.Kind
		status wapay.Status
		err    error
	}{
		"webhook: payment successful, the three known members": {ipn.KindPayment, wapay.StatusSucceeded, nil},
		"webhook: payment failed":                              {ipn.KindPayment, wapay.StatusFailed, nil},
		"webhook: transfer successful":                         {ipn.KindPayout, wapay.StatusSucceeded, nil},
		"webhook: transfer refunded":                           {ipn.KindPayout, wapay.StatusRefunded, nil},
		"webhook: payment with the object's members":           {ipn.KindPayment, wapay.StatusSucceeded, nil},
		"webhook: not final":                                   {ipn.KindPayment, wapay.StatusPending, nil},
		"webhook: unknown type":                                {err: ipn.ErrMalformed},
		"webhook: a list":                                      {err: ipn.ErrMalformed},
	}
	vectors := payHubVectors(t, "payhub_samples.json")
	require.Len(t, vectors, len(want))
	for _, v := range vectors {
		e, err := payHubAt(v.Timestamp, wapay.Secret(v.Secret)).Verify(payHubHeader(v.Header), []byte(v.Body))
		x := want[v.Name]
		if x.err != nil {
			assert.ErrorIs(t, err, x.err, v.Name)
			assert.Nil(t, e)
			continue
		}
		require.NoError(t, err, v.Name)
		assert.Equal(t, []any{"payhub", x.kind, x.status, ipn.ProofSigned, v.Body},
			[]any{e.Provider, e.Kind, e.Status, e.Proof, string(e.Body)}, v.Name)
		assert.Equal(t, fmt.Sprintf("payhub:%s:%s:%s", e.Name, e.ProviderStatus, e.ID), e.DeliveryKey)
		assert.Empty(t, e.Reference)
	}
}

// payHubSum returns the signature of a text with payHubSecret.
func payHubSum(text string) string {
	mac := hmac.New(sha256.New, []byte(payHubSecret))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

const payHubSecret = "whsec_demo_9f2KqL7x"

func TestPayHubHeaders(t *testing.T) {
	now := time.Unix(1795167000, 0)
	r, err := ipn.NewPayHubRequest("http://127.0.0.1/", payHubSecret, ipn.PayHubNotification{ID: "p-1", At: now})
	require.NoError(t, err)
	body := `{"type":"payment","public_id":"p-1","status":"SUCCESSFUL"}`
	good := r.Header.Get("PayHub-Signature")
	_, sig, _ := strings.Cut(good, ",v1=")
	for header, ok := range map[string]bool{
		good: true, " t=1795167000 , v1=" + sig: true, "v1=" + sig + ",t=1795167000": true, good + ",v0=x": true,
		good + ",v1=00": true, "t=1795167000,v1=00,v1=" + sig: true, good + ",v1": true,
		"": false, "t=1795167000": false, "v1=" + sig: false, "t=1795167000,v1=": false, good + ",t=1795167000": false,
		"t=01795167000,v1=" + sig: false, "t=+1795167000,v1=" + sig: false, "t=-1,v1=" + sig: false, "t=,v1=" + sig: false,
		"t=1795167000,v1=" + strings.ToUpper(sig): false, "T=1795167000,v1=" + sig: false, "t=1795167000,V1=" + sig: false,
		"t=99999999999999999999,v1=" + sig: false, "t=１７９５１６７０００,v1=" + sig: false, "t=1795167000,v1=é" + sig: false,
	} {
		e, err := payHubAt(now.Unix(), "whsec_old", payHubSecret).Verify(payHubHeader(header), []byte(body))
		if ok {
			assert.NoError(t, err, header)
			continue
		}
		assert.ErrorIs(t, err, ipn.ErrSignature, header)
		assert.Nil(t, e)
	}
	twice := payHubHeader(good)
	twice.Add("PayHub-Signature", good)
	_, err = payHubAt(now.Unix(), payHubSecret).Verify(twice, []byte(body))
	assert.ErrorIs(t, err, ipn.ErrSignature)

	for off, kind := range map[int64]error{-301: ipn.ErrStale, -300: nil, 300: nil, 301: ipn.ErrStale} {
		_, err = payHubAt(now.Unix()+off, payHubSecret).Verify(payHubHeader(good), []byte(body))
		assert.ErrorIs(t, err, kind, "%d", off)
	}
	for _, secrets := range [][]wapay.Secret{nil, {""}, {" "}, {payHubSecret, ""}} {
		_, err = payHubAt(now.Unix(), secrets...).Verify(payHubHeader(good), []byte(body))
		assert.ErrorIs(t, err, ipn.ErrSignature)
		_, err = ipn.NewHandler(ipn.PayHub(secrets...), func(context.Context, *ipn.Event) error { return nil })
		assert.Error(t, err)
	}
	_, err = ipn.PayHubWithClock(nil, payHubSecret).Verify(payHubHeader(good), []byte(body))
	assert.Condition(t, func() bool { return err == nil || errorIsOne(err, ipn.ErrStale) })
}

// A signed body that cannot be read is no event.
func TestPayHubBodies(t *testing.T) {
	for _, body := range []string{
		`{}`, `null`, `"payment"`, `{"type":"payment","public_id":"p"}`, `{"type":"payment","status":"FAILED"}`,
		`{"public_id":"p","status":"FAILED"}`, `{"type":"payment","public_id":"p","status":"FAILED","status":"SUCCESSFUL"}`,
		`{"type":"payment","public_id":"p","Status":"FAILED","status":"SUCCESSFUL"}`, "{\"type\":\"payment\",\"public_id\":\"\xff\",\"status\":\"FAILED\"}",
	} {
		header := "t=1795167000,v1=" + payHubSum("1795167000."+body)
		_, err := payHubAt(1795167000, payHubSecret).Verify(payHubHeader(header), []byte(body))
		assert.ErrorIs(t, err, ipn.ErrMalformed, body)
	}
	body := `{"type":"transfer","public_id":77,"status":"NEW_WORD"}`
	e, err := payHubAt(1795167000, payHubSecret).Verify(payHubHeader("t=1795167000,v1="+payHubSum("1795167000."+body)), []byte(body))
	require.NoError(t, err)
	assert.Equal(t, []any{"77", wapay.StatusUnknown, "NEW_WORD"}, []any{e.ID, e.Status, e.ProviderStatus})
}

func TestPayHubRequests(t *testing.T) {
	var got []*ipn.Event
	h, err := ipn.NewHandler(ipn.PayHub(payHubSecret), func(_ context.Context, e *ipn.Event) error {
		got = append(got, e)
		return nil
	})
	require.NoError(t, err)
	for _, n := range []ipn.PayHubNotification{{ID: "p-1"}, {ID: "t-1", Kind: ipn.KindPayout, Status: "UNRESOLVED"}} {
		r, err := ipn.NewPayHubRequest("http://127.0.0.1/ipn", payHubSecret, n)
		require.NoError(t, err)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, http.StatusOK, w.Code)
	}
	require.Len(t, got, 2)
	assert.Equal(t, []any{ipn.KindPayment, wapay.StatusSucceeded}, []any{got[0].Kind, got[0].Status})
	assert.Equal(t, []any{ipn.KindPayout, wapay.StatusPending, "UNRESOLVED"},
		[]any{got[1].Kind, got[1].Status, got[1].ProviderStatus})
	for _, n := range []ipn.PayHubNotification{{}, {ID: "x", Kind: ipn.KindRefund}} {
		_, err = ipn.NewPayHubRequest("http://127.0.0.1/", payHubSecret, n)
		assert.Error(t, err)
	}
	_, err = ipn.NewPayHubRequest("http://127.0.0.1/", " ", ipn.PayHubNotification{ID: "x"})
	assert.Error(t, err)
	_, err = ipn.NewPayHubRequest("://", payHubSecret, ipn.PayHubNotification{ID: "x"})
	assert.Error(t, err)
}

func FuzzPayHub(f *testing.F) {
	for _, v := range payHubVectors(f, "payhub_webhook.json") {
		f.Add(v.Header, []byte(v.Body))
	}
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		e, err := payHubAt(1795167000, payHubSecret).Verify(payHubHeader(header), body)
		if (e == nil) == (err == nil) {
			t.Fatal("neither an event nor an error, or both")
		}
	})
}
