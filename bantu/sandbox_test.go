package bantu_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/bantu"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/bantutest"
)

func live(t testing.TB, cfg bantutest.Config, opts ...wapay.Option) (*bantu.Client, *bantutest.Server) {
	t.Helper()
	b := bantutest.New(cfg)
	t.Cleanup(b.Close)
	cfg = b.Config()
	c, err := bantu.New(bantu.Credentials{
		AccountKey: wapay.Secret(cfg.AccountKey), SecretKey: wapay.Secret(cfg.SecretKey), PublicKey: wapay.Secret(cfg.PublicKey),
	}, append([]wapay.Option{wapay.WithBaseURL(b.URL())}, opts...)...)
	require.NoError(t, err)
	return c, b
}

func TestSandbox(t *testing.T) {
	ctx := context.Background()
	for _, cfg := range []bantutest.Config{{}, {EmptyAnswers: true, BareApplication: true}} {
		c, b := live(t, cfg, wapay.WithMaxRetries(0))
		_, err := c.CheckPartner(ctx, bantu.OrangeMoney)
		e := failure(t, err, wapay.ErrDuplicate, wapay.OutcomeReadOnly)
		assert.Equal(t, "partner.not.enabled", e.Message)
		assert.NotEmpty(t, e.RequestID)
		_, err = c.EnablePartner(ctx, bantu.OrangeMoney, "https://url-partner")
		require.NoError(t, err)
		assert.Equal(t, "https://url-partner", b.PartnerURL("orange-money"))
		_, err = c.EnablePartner(ctx, bantu.PayPal, "https://url-partner")
		failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
		_, err = c.EnablePartner(ctx, "wave", "https://url-partner")
		failure(t, err, wapay.ErrNotFound, wapay.OutcomeRejected)
		config := goodConfig
		config.Token = ""
		_, err = c.ConfigurePartner(ctx, bantu.OrangeMoney, config)
		require.NoError(t, err)
		assert.Equal(t, string(goodConfig.ClientSecret), b.PartnerConfig(b.Config().SecretKey, "orange-money")["clientSecret"])
		for _, down := range []bool{false, true} {
			b.SetDown("orange-money", down)
			for _, ask := range []func() (*bantu.Answer, error){
				func() (*bantu.Answer, error) { return c.PartnerStatus(ctx, bantu.OrangeMoney) },
				func() (*bantu.Answer, error) { return c.CheckPartner(ctx, bantu.OrangeMoney) },
			} {
				a, err := ask()
				require.NoError(t, err)
				if !cfg.EmptyAnswers {
					assert.Equal(t, map[bool]string{true: "DOWN", false: "UP"}[down], a.Status)
				}
			}
		}

		_, err = c.CreateAccount(ctx, "Shop", "shop@example.com")
		require.NoError(t, err)
		_, err = c.CreateAccount(ctx, "Shop", "shop@example.com")
		e = failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
		assert.Equal(t, "account.email.exists", e.Message)
		owner, err := bantu.New(bantu.Credentials{AccountKey: wapay.Secret(b.FindMailedKey("shop@example.com"))}, wapay.WithBaseURL(b.URL()))
		require.NoError(t, err)
		app, err := owner.CreateApplication(ctx, "shop", "The shop")
		require.NoError(t, err)
		made := b.Applications()[1]
		assert.Equal(t, []string{made.PKTest, made.SKTest, made.PKLive, made.SKLive},
			[]string{string(app.PublicTest), string(app.SecretTest), string(app.PublicLive), string(app.SecretLive)})
		keys, err := bantu.New(bantu.Credentials{SecretKey: app.SecretLive, PublicKey: app.PublicLive}, wapay.WithBaseURL(b.URL()))
		require.NoError(t, err)
		_, err = keys.ConfigurePartner(ctx, bantu.OrangeMoney, config)
		require.NoError(t, err)
		wrong, err := bantu.New(bantu.Credentials{SecretKey: "sk_test_of-nobody"}, wapay.WithBaseURL(b.URL()))
		require.NoError(t, err)
		_, err = wrong.ConfigurePartner(ctx, bantu.OrangeMoney, config)
		failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeRejected)
	}
	c, b := live(t, bantutest.Config{DownAs503: true}, wapay.WithMaxRetries(0))
	_, err := c.EnablePartner(ctx, bantu.OrangeMoney, "https://url-partner")
	require.NoError(t, err)
	b.SetDown("orange-money", true)
	_, err = c.PartnerStatus(ctx, bantu.OrangeMoney)
	e := failure(t, err, wapay.ErrUnavailable, wapay.OutcomeReadOnly)
	assert.Equal(t, "DOWN", e.Message)
}

// The client repeats idempotent calls, and sends a call that makes something
// once.
func TestFaults(t *testing.T) {
	for _, x := range []struct {
		name  string
		fault sandbox.Fault
		kind  error // of a write
	}{
		{"cut", sandbox.Fault{Kind: sandbox.FaultCut}, wapay.ErrUnavailable},
		{"reset before", sandbox.Fault{Kind: sandbox.FaultReset, Before: true}, wapay.ErrUnavailable},
		{"hang", sandbox.Fault{Kind: sandbox.FaultHang}, wapay.ErrUnavailable},
		{"html", sandbox.Fault{Kind: sandbox.FaultHTML}, wapay.ErrUnavailable},
		{"error", sandbox.Fault{Kind: sandbox.FaultProviderError}, wapay.ErrUnavailable},
		{"truncated", sandbox.Fault{Kind: sandbox.FaultTruncated}, wapay.ErrUnavailable},
		{"half json", sandbox.Fault{Kind: sandbox.FaultHalfJSON}, wapay.ErrDecode},
		{"rate limit", sandbox.Fault{Kind: sandbox.FaultRateLimit}, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			c, b := live(t, bantutest.Config{}, testkit.Timeout(x.fault))
			b.Inject(x.fault)
			_, err := c.EnablePartner(ctx, bantu.OrangeMoney, "https://url-partner")
			if x.kind == wapay.ErrDecode {
				failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
			} else {
				require.NoError(t, err)
				assert.Equal(t, 2, b.Count("PUT", ""))
			}
			b.Inject(x.fault)
			_, err = c.CreateApplication(ctx, "shop", "The shop")
			if x.kind == nil {
				require.NoError(t, err)
				return
			}
			e := failure(t, err, x.kind, wapay.OutcomeUnknown)
			assert.Equal(t, 1, b.Count("POST", ""))
			assert.Nil(t, e.Body)
		})
	}
	addr, stop, err := sandbox.RefuseConnections()
	require.NoError(t, err)
	defer stop()
	c, _ := live(t, bantutest.Config{}, wapay.WithMaxRetries(1), wapay.WithBaseURL("http://"+addr))
	_, err = c.CreateAccount(context.Background(), "Shop", "a@b.example")
	e := failure(t, err, wapay.ErrUnavailable, wapay.OutcomeNotSent)
	assert.ErrorIs(t, err, syscall.ECONNREFUSED)
	assert.Equal(t, 2, e.Attempts)
}

func Example() {
	// The server is a stand-in on this machine. To use the real one, leave
	// WithBaseURL out.
	server := bantutest.New(bantutest.Config{})
	defer server.Close()
	ctx := context.Background()
	c, err := bantu.New(bantu.Credentials{
		AccountKey: "rak_sandbox", SecretKey: "sk_test_sandbox", PublicKey: "pk_test_sandbox",
	}, wapay.WithBaseURL(server.URL()))
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err = c.EnablePartner(ctx, bantu.OrangeMoney, "https://url-partner"); err != nil {
		fmt.Println(err)
		return
	}
	config := bantu.PartnerConfig{ClientID: "my-id"}
	_, err = c.ConfigurePartner(ctx, bantu.OrangeMoney, config)
	fmt.Println(err)
	config.ClientSecret, config.MerchantID = "my-secret", "my-merchant"
	if _, err = c.ConfigurePartner(ctx, bantu.OrangeMoney, config); err != nil {
		fmt.Println(err)
		return
	}
	a, err := c.CheckPartner(ctx, bantu.OrangeMoney)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Status)
	// Output:
	// bantu: ConfigurePartner: not sent: invalid request: Config.ClientSecret: is required by orange-money; Config.MerchantID: is required by orange-money
	// UP
}
