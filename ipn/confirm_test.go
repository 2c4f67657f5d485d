package ipn

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// answerer is a provider that always gives the same answer. It keeps the
// references of the lookups.
type answerer struct {
	wapay.Payer
	wapay.Payouter
	payment *wapay.Payment
	payout  *wapay.Payout
	err     error
	refs    []wapay.Ref
}

func (a *answerer) FindPayment(_ context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	a.refs = append(a.refs, ref)
	return a.payment, a.err
}

func (a *answerer) FindPayout(_ context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	a.refs = append(a.refs, ref)
	return a.payout, a.err
}

func TestUnsignedNeedsConfirm(t *testing.T) {
	for _, v := range []Verifier{CinetPayTransfer(), CinetPayV1(), MPP()} {
		h, err := NewHandler(v, accept)
		require.ErrorContains(t, err, "WithConfirm")
		require.Nil(t, h)
		h, err = NewHandler(v, accept, WithConfirm(ConfirmPayouts(&answerer{})))
		require.NoError(t, err)
		require.NotNil(t, h)
	}
	for name, opt := range map[string]HandlerOption{
		"nobody":      WithConfirm(),
		"nil payer":   WithConfirm(ConfirmPayments(nil)),
		"nil payout":  WithConfirm(ConfirmPayments(&answerer{}), ConfirmPayouts(nil)),
		"zero":        WithConfirm(Confirmer{}),
		"nil store":   WithStore(nil),
		"two of one":  WithConfirm(ConfirmPayments(&answerer{}), ConfirmPayouts(&answerer{}), ConfirmPayments(&answerer{})),
		"no time":     WithTimeout(0),
		"too long":    WithTimeout(1<<63 - 1),
		"nil counter": WithCounters(nil),
	} {
		_, err := NewHandler(BarkaPay(testKey), accept, opt)
		require.Error(t, err, name)
	}
}

func TestConfirmOfTheURLsKind(t *testing.T) {
	payments, payouts := ConfirmPayments(&answerer{}), ConfirmPayouts(&answerer{})
	for _, tt := range []struct {
		v   Verifier
		c   Confirmer
		fit bool
	}{
		{CinetPayTransfer(), payouts, true}, {CinetPayTransfer(), payments, false},
		{CinetPayCheckout(testSecret), payments, true}, {CinetPayCheckout(testSecret), payouts, false},
		{CinetPayCheckoutSite("1", testSecret), payouts, false},
		{CinetPayV1(), payments, true}, {CinetPayV1(), payouts, true},
		{MPP(), payments, true}, {BarkaPay(testKey), payouts, true}, {Intram(testSecret), payouts, true},
	} {
		_, err := NewHandler(tt.v, accept, WithConfirm(tt.c))
		assert.Equal(t, tt.fit, err == nil, "%v", err)
	}
}

func notFound() error {
	return &wapay.Error{Provider: "mpp", Op: "FindPayment", Outcome: wapay.OutcomeReadOnly, Kind: wapay.ErrNotFound}
}

func TestConfirmMakesTheEventOfTheAnswer(t *testing.T) {
	provider := &answerer{payout: &wapay.Payout{
		Provider: "mpp", ID: "T-1", Reference: "po-1", Status: wapay.StatusFailed, ProviderStatus: "failed",
		Amount: wapay.GNF.Units(500), Reason: "no such number", OperatorID: "op-1", Raw: wapay.Raw(`{"true":1}`),
	}}
	e, err := MPP().Verify(nil, []byte(`{"id":"T-1","external_id":"forged","status":"completed","category":"payout",
		"amount":"9000000","currency":"XOF","reason":"forged","updated_at":"2026-05-20T10:31:14Z"}`))
	require.NoError(t, err)
	got, err := confirm(context.Background(), []Confirmer{ConfirmPayouts(provider)}, e)
	require.NoError(t, err)
	assert.Equal(t, []wapay.Ref{{ID: "T-1"}}, provider.refs)
	assert.Equal(t, &Event{
		Provider: "mpp", Kind: KindPayout, DeliveryKey: "mpp:payout:failed:id:T-1", ID: "T-1", Reference: "po-1",
		Status: wapay.StatusFailed, ProviderStatus: "failed", Amount: wapay.GNF.Units(500), Reason: "no such number",
		OperatorID: "op-1", Proof: ProofConfirmed, Body: []byte(`{"true":1}`),
	}, got)
	assert.NotContains(t, fmt.Sprintf("%+v", got), "forged")
}

func TestConfirmAsksBothKinds(t *testing.T) {
	payments := &answerer{err: notFound()}
	payouts := &answerer{payout: &wapay.Payout{ID: "T-1", Reference: "po-1", Status: wapay.StatusSucceeded}}
	for _, category := range []string{"payment", "payout", "cashin", "deposit", ""} {
		payments.refs, payouts.refs = nil, nil
		e, err := MPP().Verify(nil, fmt.Appendf(nil, `{"id":"T-1","category":%q}`, category))
		require.NoError(t, err)
		got, err := confirm(context.Background(), []Confirmer{ConfirmPayments(payments), ConfirmPayouts(payouts)}, e)
		require.NoError(t, err)
		assert.Equal(t, KindPayout, got.Kind, category)
		assert.Equal(t, "po-1", got.Reference)
		assert.Len(t, payouts.refs, 1)
		assert.Len(t, payments.refs, map[bool]int{true: 0, false: 1}[category == "payout"],
			"the hint says whom to ask first")
	}
}

func TestConfirmKeepsWhatIsSigned(t *testing.T) {
	at := time.Date(2026, 5, 20, 10, 31, 14, 0, time.UTC)
	signed := Event{
		Provider: "intram", Kind: KindPayment, Name: "payment_request.paid", DeliveryKey: "intram:d-1", ID: "op-1",
		TransactionID: "tx-1", Reference: "order-1", Status: wapay.StatusSucceeded, ProviderStatus: "success",
		Amount: wapay.XOF.Units(700), Reason: "old", Attempt: 2, OccurredAt: at, Proof: ProofSigned, Body: []byte("{}"),
	}
	e := signed
	got, err := confirm(context.Background(), []Confirmer{ConfirmPayments(&answerer{payment: &wapay.Payment{
		Provider: "intram", Status: wapay.StatusSucceeded, ProviderStatus: "approved", Raw: []byte("[]"),
	}})}, &e)
	require.NoError(t, err)
	want := signed
	want.DeliveryKey, want.ProviderStatus, want.Reason = "intram:payment:succeeded:id:op-1", "approved", ""
	want.Proof, want.Body = ProofConfirmed, []byte("[]")
	assert.Equal(t, &want, got)
	assert.Equal(t, signed, e, "unchanged")

	for _, kind := range []Kind{KindRefund, KindTransfer, KindTest, KindUnknown} {
		e := signed
		e.Kind = kind
		got, err := confirm(context.Background(), []Confirmer{ConfirmPayments(&answerer{err: errors.New("asked")})}, &e)
		require.NoError(t, err)
		assert.Same(t, &e, got)
	}
}

func TestConfirmRefuses(t *testing.T) {
	succeeded := &wapay.Payment{Provider: "barkapay", ID: "p-1", Reference: "o-1", Status: wapay.StatusSucceeded}
	change := func(fn func(*wapay.Payment)) *wapay.Payment { p := *succeeded; fn(&p); return &p }
	unreachable := &wapay.Error{Provider: "barkapay", Op: "FindPayment", Outcome: wapay.OutcomeReadOnly, Kind: wapay.ErrUnavailable}
	for name, tt := range map[string]struct {
		provider answerer
		outcome  string
		reason   string
	}{
		"unreachable":   {answerer{err: unreachable}, "failed", "provider unavailable"},
		"rate limited":  {answerer{err: &wapay.Error{Kind: wapay.ErrRateLimited, RetryAfter: 24 * time.Hour}}, "failed", "rate limited"},
		"several":       {answerer{err: &wapay.Error{Kind: wapay.ErrDuplicate}}, "failed", "duplicate"},
		"unknown there": {answerer{err: notFound()}, "unconfirmed", "not found"},
		"impossible id": {answerer{err: &wapay.Error{Kind: wapay.ErrInvalid}}, "unconfirmed", "invalid"},
		"nothing":       {answerer{}, "failed", "neither result nor error"},
		"other id":      {answerer{payment: change(func(p *wapay.Payment) { p.ID = "p-2" })}, "failed", "another order"},
		"other order":   {answerer{payment: change(func(p *wapay.Payment) { p.Reference = "o-2" })}, "failed", "another order"},
		"other client":  {answerer{payment: change(func(p *wapay.Payment) { p.Provider = "intram" })}, "failed", "intram was asked"},
		"behind":        {answerer{payment: change(func(p *wapay.Payment) { p.Status = wapay.StatusPending })}, "failed", "still says pending"},
		"not known yet": {answerer{payment: change(func(p *wapay.Payment) { p.Status = wapay.StatusUnknown })}, "failed", "still says unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			var log records
			h := newHandler(t, func(context.Context, *Event) error {
				t.Error("fn called")
				return nil
			}, log.option(), WithConfirm(ConfirmPayments(&tt.provider)))
			res := post(h, strings.NewReader(string(sign(payment))))
			assert.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
			record := log.all(t)[0]
			assert.Equal(t, tt.outcome, record["outcome"])
			assert.Contains(t, record["reason"], tt.reason)
		})
	}
}

// Somebody turns the notification of a payout into that of a payment. It
// verifies, but it is not confirmed as a payment.
func TestConfirmOfASwitchedKind(t *testing.T) {
	payer := &answerer{err: notFound()}
	payouter := &answerer{payout: &wapay.Payout{Provider: "barkapay", ID: "t-1", Status: wapay.StatusSucceeded}}
	switched := strings.NewReplacer("receiver_", "sender_", `"type":"transfer"`, `"type":"payment"`).Replace(string(sign(transfer)))
	var got *Event
	h := newHandler(t, func(_ context.Context, e *Event) error { got = e; return nil },
		WithConfirm(ConfirmPayments(payer)))
	assert.Equal(t, http.StatusServiceUnavailable, post(h, strings.NewReader(switched)).StatusCode)
	assert.Nil(t, got)

	h = newHandler(t, func(_ context.Context, e *Event) error { got = e; return nil },
		WithConfirm(ConfirmPayments(payer), ConfirmPayouts(payouter)))
	assert.Equal(t, http.StatusOK, post(h, strings.NewReader(switched)).StatusCode)
	require.NotNil(t, got)
	assert.Equal(t, KindPayout, got.Kind)
}

// CinetPay has a URL for each kind. Only that kind is asked, because the
// payment check echoes any reference.
func TestConfirmAsksCinetPayForTheURLsKind(t *testing.T) {
	payer := &answerer{payment: &wapay.Payment{Provider: "cinetpay", Reference: "1001", Status: wapay.StatusSucceeded}}
	payouter := &answerer{err: notFound()}
	e, err := CinetPayTransfer().Verify(contentType(formType), []byte("client_transaction_id=1001"))
	require.NoError(t, err)
	for _, confirmers := range [][]Confirmer{{ConfirmPayments(payer)}, {ConfirmPayments(payer), ConfirmPayouts(payouter)}} {
		_, err = confirm(context.Background(), confirmers, e)
		require.ErrorIs(t, err, errUnconfirmed)
	}
	assert.Empty(t, payer.refs)
	assert.Len(t, payouter.refs, 1)
}

// A reference of CinetPay's checkout names one order at each site.
func TestConfirmOfTwoSites(t *testing.T) {
	store, amounts := NewMemoryStore(), []wapay.Money(nil)
	for site, amount := range map[string]int64{"111111": 5000, "222222": 90_000} {
		h, err := NewHandler(CinetPayCheckoutSite(site, testSecret), func(_ context.Context, e *Event) error {
			assert.Equal(t, site, e.Account)
			amounts = append(amounts, e.Amount)
			return nil
		}, WithStore(store), WithConfirm(ConfirmPayments(&answerer{payment: &wapay.Payment{
			Provider: "cinetpay", Reference: "1001", Status: wapay.StatusSucceeded, Amount: wapay.XOF.Units(amount),
		}})))
		require.NoError(t, err)
		for _, tt := range []struct{ amount, want int64 }{{amount, 200}, {amount + 5, 503}, {amount, 200}} {
			r, err := NewCinetPayCheckoutRequest("/", testSecret, CinetPayCheckoutNotification{
				Reference: "1001", SiteID: site, Amount: wapay.XOF.Units(tt.amount),
			})
			require.NoError(t, err)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			assert.EqualValues(t, tt.want, w.Code)
		}
	}
	assert.ElementsMatch(t, []wapay.Money{wapay.XOF.Units(5000), wapay.XOF.Units(90_000)}, amounts)
}

func TestConfirmKey(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range []Event{
		{Provider: "mpp", Kind: KindPayment, ID: "a"},
		{Provider: "mpp", Kind: KindPayment, ID: "a", ProviderStatus: "frozen"},
		{Provider: "mpp", Kind: KindPayment, ID: "a", Status: wapay.StatusPending},
		{Provider: "mpp", Kind: KindPayment, ID: "a", Status: wapay.StatusSucceeded},
		{Provider: "mpp", Kind: KindPayout, ID: "a", Status: wapay.StatusSucceeded},
		{Provider: "mpp", Kind: KindPayment, Reference: "a", Status: wapay.StatusSucceeded},
		{Provider: "mpp", Kind: KindPayment, ID: "reference:a", Status: wapay.StatusSucceeded},
		{Provider: "mpp", Kind: KindPayment, Reference: "id:a", Status: wapay.StatusSucceeded},
		{Provider: "cinetpay", Kind: KindPayment, Reference: "a", Status: wapay.StatusSucceeded},
		{Provider: "cinetpay", Kind: KindPayment, Reference: "a", Status: wapay.StatusSucceeded, Account: "1"},
	} {
		key := confirmKey(&e)
		assert.False(t, seen[key], key)
		seen[key] = true
	}
	a := Event{Provider: "mpp", ID: "a", Status: wapay.StatusPending, ProviderStatus: "initiated"}
	b := Event{Provider: "mpp", ID: "a", Status: wapay.StatusPending, ProviderStatus: "waiting"}
	assert.Equal(t, confirmKey(&a), confirmKey(&b))
}
