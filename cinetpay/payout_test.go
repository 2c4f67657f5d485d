package cinetpay_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

func goodPayout(t testing.TB) wapay.PayoutRequest {
	return wapay.PayoutRequest{
		Reference: "MYMERCHANTID1", Amount: wapay.XOF.Units(500), NotifyURL: "https://mydomain.com/notify", Operator: "OM",
		Recipient: wapay.Customer{Phone: phone(t, "0707895086", "CI"), FirstName: "Test B", LastName: "Test A", Email: "testa@exemple.com"},
	}
}

const (
	contactAdded   = `{"code":0,"message":"OPERATION_SUCCES","data":[[{"prefix":"225","phone":"0707895086","code":0,"status":"success","lot":"1"}]]}`
	contactExists  = `{"code":0,"message":"OPERATION_SUCCES","data":[[{"prefix":"225","phone":"0707895086","code":726,"status":"ERROR_PHONE_ALREADY_MY_CONTACT","lot":"1"}]]}`
	transferExists = `{"code":0,"message":"OPERATION_SUCCES","data":[[{"client_transaction_id":"MYMERCHANTID1","code":805,"status":"CLIENT_TRANSACTION_ID_EXIST"}]]}`
)

func TestPayout(t *testing.T) {
	for _, contact := range []string{contactAdded, contactExists} {
		c, m := newMock(t, reply(200, contact), reply(200, sample(t, "send.json")))
		got, err := c.Payout(bg, goodPayout(t))
		require.NoError(t, err)
		require.Len(t, m.Requests, 2)
		m.nth(0, "POST", "transfer/contact", query(),
			`[{"prefix":"225","phone":"0707895086","name":"Test A","surname":"Test B","email":"testa@exemple.com"}]`)
		m.nth(1, "POST", "transfer/money/send/contact", query(),
			`[{"prefix":"225","phone":"0707895086","amount":"500","notify_url":"https://mydomain.com/notify","client_transaction_id":"MYMERCHANTID1","payment_method":"OM"}]`)
		assert.Len(t, m.logins, 1)
		assert.NotEmpty(t, got.Raw)
		got.Raw = nil
		assert.Equal(t, &wapay.Payout{
			Provider: "cinetpay", ID: "EA201122.135600.200001", Reference: "MYMERCHANTID1", Status: wapay.StatusPending,
			ProviderStatus: "NEW", Amount: wapay.XOF.Units(500),
		}, got)
	}
}

// The client fills in a missing name, because the samples have all names. It
// does not make up an e-mail address.
func TestPayoutNames(t *testing.T) {
	for _, x := range []struct{ first, last, name, surname string }{
		{"Awa", "Koné", "Koné", "Awa"}, {"Awa", "", "Awa", "Awa"}, {"", "Koné", "Koné", "Koné"}, {"", "", "0707895086", "0707895086"},
	} {
		c, m := newMock(t, reply(200, contactAdded), reply(200, sample(t, "send.json")))
		r := goodPayout(t)
		r.Recipient.FirstName, r.Recipient.LastName, r.Recipient.Email = x.first, x.last, ""
		_, err := c.Payout(bg, r)
		require.NoError(t, err)
		m.nth(0, "POST", "transfer/contact", query(),
			fmt.Sprintf(`[{"prefix":"225","phone":"0707895086","name":%q,"surname":%q,"email":""}]`, x.name, x.surname))
	}
}

func TestPayoutChecks(t *testing.T) {
	c, m := newMock(t)
	_, err := c.Payout(bg, wapay.PayoutRequest{})
	badFields(t, err, "Reference", "Amount", "Recipient.Phone", "NotifyURL")
	_, err = c.Payout(bg, wapay.PayoutRequest{
		Reference: "a\n", Amount: wapay.XOF.Units(3), NotifyURL: "shop.example", Operator: "\x00",
		Recipient: wapay.Customer{Phone: phone(t, "3012345", "GM"), FirstName: "\x00", LastName: "\x00", Email: "nobody"},
	})
	badFields(t, err, "Reference", "Amount", "Recipient.Phone", "NotifyURL", "Operator", "Recipient.FirstName", "Recipient.LastName", "Recipient.Email")
	m.none()
}

// A fault at the contact moves no money.
func TestPayoutContactFails(t *testing.T) {
	for name, x := range map[string]struct {
		status  int
		body    string
		kind    error
		outcome wapay.Outcome
	}{
		"item":        {200, strings.Replace(contactAdded, `"code":0,"status":"success"`, `"code":802,"status":"INVALID_PHONE"`, 1), wapay.ErrInvalid, wapay.OutcomeNotSent},
		"417":         {417, `{"code":802,"message":"INVALID_PHONE","data":[]}`, wapay.ErrInvalid, wapay.OutcomeNotSent},
		"417, HTML":   {417, `<html>`, wapay.ErrInvalid, wapay.OutcomeNotSent},
		"left out":    {200, `{"code":0,"data":[]}`, wapay.ErrDecode, wapay.OutcomeNotSent},
		"unexpected":  {200, `{"code":715,"data":[]}`, wapay.ErrUnavailable, wapay.OutcomeNotSent},
		"unexpected'": {200, strings.Replace(contactAdded, `"code":0,"status":"success"`, `"code":715`, 1), wapay.ErrUnavailable, wapay.OutcomeNotSent},
		"proxy":       {502, `<html>`, wapay.ErrUnavailable, wapay.OutcomeNotSent},
		"limited":     {429, `{}`, wapay.ErrRateLimited, wapay.OutcomeNotSent},
	} {
		t.Run(name, func(t *testing.T) {
			_, m := newMock(t, reply(x.status, x.body))
			_, err := m.client(allKeys, wapay.WithMaxRetries(0)).Payout(bg, goodPayout(t))
			e := failure(t, err, x.kind, x.outcome)
			assert.Equal(t, "Payout", e.Op)
			assert.Equal(t, "MYMERCHANTID1", e.Reference)
			assert.Len(t, m.Requests, 1)
		})
	}
}

func notFound() httpmock.Responder {
	return reply(404, `{"code":"723","message":"NOT_FOUND","data":[]}`)
}

// If the reference is used, the client looks the transfer up once and sends
// nothing more.
func TestPayoutLooksUp(t *testing.T) {
	cut := httpmock.NewErrorResponder(assert.AnError)
	used := map[string]httpmock.Responder{
		"805":        reply(200, transferExists),
		"805, whole": reply(400, `{"code":"805","message":"CLIENT_TRANSACTION_ID_EXIST","data":[]}`),
		"805 at 409": reply(409, `{"code":999}`),
	}
	transfer := sample(t, "transfer.json")
	for name, answer := range used {
		for _, x := range []struct {
			name   string
			lookup httpmock.Responder
			want   string
		}{
			{"found", reply(200, transfer), "found"},
			{"found, national", reply(200, strings.NewReplacer(`"+2250707895086"`, `null`, `"2250707895086"`, `"0707895086"`).Replace(transfer)), "found"},
			{"another amount", reply(200, strings.Replace(transfer, `"500"`, `"505"`, 1)), "unknown"},
			{"no amount", reply(200, strings.Replace(transfer, `"500"`, `null`, 1)), "unknown"},
			{"spaced number", reply(200, strings.NewReplacer(`"+2250707895086"`, `"+225 07 07 89 50 86"`, `"2250707895086"`, `null`).Replace(transfer)), "found"},
			{"masked number", reply(200, strings.NewReplacer(`"+2250707895086"`, `"225******5086"`).Replace(transfer)), "found"},
			{"another number", reply(200, strings.ReplaceAll(transfer, "07895086", "07895087")), "unknown"},
			{"another country", reply(200, strings.ReplaceAll(transfer, "2250707895086", "2210707895086")), "unknown"},
			{"no number", reply(200, strings.NewReplacer(`"+2250707895086"`, `null`, `"2250707895086"`, `null`).Replace(transfer)), "unknown"},
			{"not found", notFound(), "unknown"},
			{"no answer", cut, "unknown"},
			{"no verdict", reply(200, "{}"), "unknown"},
			{"forbidden", reply(403, `{"code":"708","message":"NOT_ALLOWED"}`), "unknown"},
		} {
			t.Run(name+", "+x.name, func(t *testing.T) {
				_, m := newMock(t, reply(200, contactExists), answer, x.lookup)
				got, err := m.client(allKeys, wapay.WithMaxRetries(0)).Payout(bg, goodPayout(t))
				require.Len(t, m.Requests, 3)
				m.nth(2, "GET", "transfer/check/money", query("client_transaction_id", "MYMERCHANTID1"), "")
				if x.want == "found" {
					require.NoError(t, err)
					assert.Equal(t, "EA201122.135600.200001", got.ID)
					assert.Equal(t, "MYMERCHANTID1", got.Reference)
					assert.Equal(t, wapay.StatusSucceeded, got.Status)
					assert.Equal(t, wapay.XOF.Units(500), got.Amount)
					assert.True(t, got.Replayed)
					return
				}
				assert.Nil(t, got)
				var e *wapay.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, "Payout", e.Op)
				assert.Equal(t, "MYMERCHANTID1", e.Reference)
				assert.Equal(t, wapay.OutcomeUnknown, e.Outcome, "%v", err)
				assert.False(t, wapay.NotDone(err))
				assert.NotErrorIs(t, err, wapay.ErrNotFound)
				assert.NotErrorIs(t, err, wapay.ErrForbidden)
				assert.ErrorIs(t, err, wapay.ErrDuplicate)
				assert.ErrorContains(t, err, "looked up")
			})
		}
	}
}

// After the end of its context, Payout looks nothing up.
func TestPayoutContextEnds(t *testing.T) {
	for _, body := range []string{transferExists, "{}"} {
		ctx, cancel := context.WithCancel(bg)
		c, m := newMock(t, reply(200, contactAdded), func(r *http.Request) (*http.Response, error) {
			defer cancel()
			return reply(200, body)(r)
		})
		_, err := c.Payout(ctx, goodPayout(t))
		assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		assert.Len(t, m.Requests, 2)
	}
	ctx, cancel := context.WithCancel(bg)
	c, m := newMock(t, reply(200, contactAdded), reply(200, transferExists), func(*http.Request) (*http.Response, error) {
		cancel()
		return nil, context.Canceled
	})
	_, err := c.Payout(ctx, goodPayout(t))
	assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
	assert.ErrorIs(t, err, wapay.ErrDuplicate)
	assert.ErrorIs(t, err, context.Canceled)
	assert.Len(t, m.Requests, 3)
}

// After a clear refusal, Payout looks nothing up.
func TestPayoutRefused(t *testing.T) {
	for _, body := range []string{
		`{"code":"602","message":"INSUFFICIENT_BALANCE","data":[]}`,
		strings.Replace(transferExists, "805", "602", 1),
	} {
		c, m := newMock(t, reply(200, contactAdded), reply(200, body))
		_, err := c.Payout(bg, goodPayout(t))
		e := failure(t, err, wapay.ErrInsufficientFunds, wapay.OutcomeRejected)
		assert.Equal(t, "MYMERCHANTID1", e.Reference)
		assert.Len(t, m.Requests, 2)
	}
}

func TestPayoutWaitsForConfirmation(t *testing.T) {
	pending := strings.NewReplacer(`"CONFIRM"`, `"PENDING"`, `"VAL"`, `"NEW"`).Replace(sample(t, "transfer.json"))
	c, _ := newMock(t, reply(200, pending))
	p, err := c.FindPayout(bg, wapay.Ref{Reference: "MYMERCHANTID1"})
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusPending, p.Status)
	assert.Equal(t, "waits for the merchant's confirmation by mail", p.Reason)

	c, _ = newMock(t, reply(200, strings.Replace(pending, `"NEW"`, `null`, 1)))
	p, err = c.FindPayout(bg, wapay.Ref{Reference: "MYMERCHANTID1"})
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusPending, p.Status)
	assert.NotEmpty(t, p.Reason)

	c, _ = newMock(t, reply(200, contactAdded), reply(200, strings.ReplaceAll(sample(t, "send.json"), `"treatment_status"`, `"sending_status":"PENDING","treatment_status"`)))
	p, err = c.Payout(bg, goodPayout(t))
	require.NoError(t, err)
	assert.Equal(t, "waits for the merchant's confirmation by mail", p.Reason)

	c, _ = newMock(t, reply(200, strings.NewReplacer(`"VAL"`, `"REJ"`, "Transfert effectue", "Compte inconnu").Replace(sample(t, "transfer.json"))))
	p, err = c.FindPayout(bg, wapay.Ref{Reference: "MYMERCHANTID1"})
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, p.Status)
	assert.Equal(t, "Compte inconnu", p.Reason)
}

// The provider may show a number of Benin in its other form.
func TestPayoutToBenin(t *testing.T) {
	for _, sent := range []string{"97000000", "0197000000"} {
		for _, shown := range []string{"22997000000", "2290197000000", "97000000", "0197000000", "+22997000000", "0022997000000"} {
			r := goodPayout(t)
			r.Recipient.Phone = phone(t, sent, "BJ")
			added := strings.NewReplacer("225", "229", "0707895086", "97000000").Replace(contactAdded)
			found := strings.NewReplacer(`"+2250707895086"`, `""`, "2250707895086", shown).Replace(sample(t, "transfer.json"))
			c, _ := newMock(t, reply(200, added), reply(200, transferExists), reply(200, found))
			p, err := c.Payout(bg, r)
			require.NoError(t, err, "%s shown as %s", sent, shown)
			assert.Equal(t, "EA201122.135600.200001", p.ID)
		}
	}
}
