package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/bantu"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/barkapay/payhub"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/cinetpay/apiv1"
	"github.com/wapay-go/wapay/intram"
	"github.com/wapay-go/wapay/mpp"
)

type keyring = map[string]wapay.Secret

// patient is a provider as the doctor sees it.
type patient struct {
	needs, may []string          // variables of the environment
	hosts      map[string]string // the documented ones, and which keys are for each
	home       func(keyring) string
	mode       func(keyring) string // which keys they are
	calls      func(keyring, []wapay.Option) ([]call, error)
}

// call is an authenticated call that only reads.
type call struct {
	name, what string
	read       func(context.Context) error
}

// The modes of keys.
const (
	live = "live"
	test = "test"
	ours = "sandbox" // those of wapay sandbox
)

// patients has each provider as the doctor sees it.
var patients = map[string]patient{
	"barkapay": {
		needs: []string{"BARKAPAY_API_KEY", "BARKAPAY_API_SECRET"}, may: []string{"BARKAPAY_SCI_KEY", "BARKAPAY_SCI_SECRET"},
		hosts: map[string]string{"api.barkapay.com": live}, home: always("https://api.barkapay.com"),
		mode: realUnlessOurs("BARKAPAY_API_KEY"), calls: barkapayCalls,
	},
	"payhub": {
		needs: []string{"PAYHUB_KEY_ID", "PAYHUB_SECRET"}, may: []string{"PAYHUB_COUNTRY"},
		hosts: map[string]string{"hub.barkapay.com": live}, home: always("https://hub.barkapay.com"),
		mode: func(k keyring) string {
			if strings.HasPrefix(string(k["PAYHUB_KEY_ID"]), "pk_live_sandbox") {
				return ours
			}
			return live
		},
		calls: payhubCalls,
	},
	"cinetpay": {
		needs: []string{"CINETPAY_API_KEY", "CINETPAY_PASSWORD"}, may: []string{"CINETPAY_SITE_ID"},
		hosts: map[string]string{"client.cinetpay.com": live, "api-checkout.cinetpay.com": live},
		home:  always("https://client.cinetpay.com"), mode: realUnlessOurs("CINETPAY_API_KEY"), calls: cinetpayCalls,
	},
	"intram": {
		needs: []string{"INTRAM_PUBLIC_KEY", "INTRAM_SECRET_KEY"},
		hosts: map[string]string{"api.intram.org": live + " " + test}, home: always(intram.DefaultBaseURL),
		mode:  func(k keyring) string { return modeOf(k["INTRAM_PUBLIC_KEY"], "pk_live_") },
		calls: intramCalls,
	},
	"mpp": {
		needs: []string{"MPP_SECRET_ID", "MPP_SECRET_KEY"}, may: []string{"MPP_BUSINESS_ID"},
		hosts: map[string]string{"gateway.mpp.bnbcash.app": live}, home: always("https://gateway.mpp.bnbcash.app"),
		mode: realUnlessOurs("MPP_SECRET_ID"), calls: mppCalls,
	},
	"cinetpay-v1": {
		needs: []string{"CINETPAY_V1_API_KEY", "CINETPAY_V1_API_PASSWORD", "CINETPAY_V1_COUNTRY"},
		hosts: map[string]string{"api.cinetpay.net": test, "api.cinetpay.co": live},
		home:  homeOf(apiv1Mode, "https://api.cinetpay.co", "https://api.cinetpay.net"), mode: apiv1Mode, calls: apiv1Calls,
	},
	"bantu": {
		needs: []string{"BANTU_PUBLIC_KEY"}, may: []string{"BANTU_SECRET_KEY"},
		hosts: map[string]string{"sandbox.bantu.dev": test, "api.bantu.dev": live},
		home:  homeOf(bantuMode, "https://api.bantu.dev", "https://sandbox.bantu.dev"), mode: bantuMode, calls: bantuCalls,
	},
}

func always(s string) func(keyring) string { return func(keyring) string { return s } }

// homeOf returns one address for live keys, and another for all others.
func homeOf(mode func(keyring) string, ofLive, ofTest string) func(keyring) string {
	return func(k keyring) string {
		if mode(k) == live {
			return ofLive
		}
		return ofTest
	}
}

// realUnlessOurs returns the mode of keys that do not show it: real, unless
// they are the sandbox's. The provider documents no test keys.
func realUnlessOurs(name string) func(keyring) string {
	return func(k keyring) string {
		if strings.HasPrefix(string(k[name]), "sandbox-") {
			return ours
		}
		return live
	}
}

func modeOf(key wapay.Secret, livePrefix string) string {
	if strings.HasPrefix(string(key), livePrefix) {
		return live
	}
	return test
}

func apiv1Mode(k keyring) string { return modeOf(k["CINETPAY_V1_API_KEY"], "sk_live_") }

func bantuMode(k keyring) string { return modeOf(k["BANTU_PUBLIC_KEY"], "pk_live_") }

func patientNames() []string { return slices.Sorted(maps.Keys(patients)) }

func variablesOfAll() string {
	var b strings.Builder
	for _, name := range patientNames() {
		fmt.Fprintf(&b, "  %-11s %s", name, strings.Join(patients[name].needs, " "))
		if may := patients[name].may; may != nil {
			fmt.Fprintf(&b, " [%s]", strings.Join(may, " "))
		}
		b.WriteByte('\n')
	}
	return strings.TrimRight(b.String(), "\n")
}

// callsOf makes a provider's client with the keys, and returns the calls.
func callsOf[K, C any](
	client func(K, ...wapay.Option) (*C, error), keys func(keyring) K, calls func(*C, keyring) []call,
) func(keyring, []wapay.Option) ([]call, error) {
	return func(k keyring, opts []wapay.Option) ([]call, error) {
		c, err := client(keys(k), opts...)
		if err != nil {
			return nil, err
		}
		return calls(c, k), nil
	}
}

// reading returns a call whose answer does not matter.
func reading[T any](name, what string, read func(context.Context) (T, error)) call {
	return call{name, what, func(ctx context.Context) error { _, err := read(ctx); return err }}
}

var barkapayCalls = callsOf(barkapay.New, func(k keyring) barkapay.Credentials {
	return barkapay.Credentials{
		APIKey: k["BARKAPAY_API_KEY"], APISecret: k["BARKAPAY_API_SECRET"],
		SCIKey: k["BARKAPAY_SCI_KEY"], SCISecret: k["BARKAPAY_SCI_SECRET"],
	}
}, func(c *barkapay.Client, k keyring) []call {
	calls := []call{reading("API keys", "GET accounts", c.Accounts)}
	if k["BARKAPAY_SCI_KEY"] != "" {
		calls = append(calls, call{"SCI keys", "GET ping", c.PingSCI})
	}
	return calls
})

var payhubCalls = callsOf(payhub.New, func(k keyring) payhub.Credentials {
	return payhub.Credentials{
		KeyID: k["PAYHUB_KEY_ID"], Secret: k["PAYHUB_SECRET"], Country: cmp.Or(string(k["PAYHUB_COUNTRY"]), "bf"),
	}
}, func(c *payhub.Client, _ keyring) []call { return []call{reading("keys", "GET balance", c.Balance)} })

var cinetpayCalls = callsOf(cinetpay.New, func(k keyring) cinetpay.Credentials {
	return cinetpay.Credentials{
		APIKey: k["CINETPAY_API_KEY"], Password: k["CINETPAY_PASSWORD"], SiteID: string(k["CINETPAY_SITE_ID"]),
	}
}, func(c *cinetpay.Client, k keyring) []call {
	calls := []call{{"transfers", "the balance", func(ctx context.Context) error {
		_, err := c.Balance(ctx, wapay.XOF)
		return err
	}}}
	if k["CINETPAY_SITE_ID"] != "" {
		const what = "the lookup of a payment that does not exist"
		calls = append(calls, call{"checkout", what, func(ctx context.Context) error {
			_, err := c.FindPayment(ctx, wapay.Ref{Reference: "wapay-doctor-asks"})
			if errors.Is(err, wapay.ErrNotFound) {
				return nil
			}
			return err
		}})
	}
	return calls
})

var intramCalls = callsOf(intram.New, func(k keyring) intram.Credentials {
	return intram.Credentials{PublicKey: k["INTRAM_PUBLIC_KEY"], SecretKey: k["INTRAM_SECRET_KEY"]}
}, func(c *intram.Client, _ keyring) []call { return []call{reading("keys", "GET balance", c.Balance)} })

var mppCalls = callsOf(mpp.New, func(k keyring) mpp.Credentials {
	return mpp.Credentials{
		SecretID: k["MPP_SECRET_ID"], SecretKey: k["MPP_SECRET_KEY"], BusinessID: string(k["MPP_BUSINESS_ID"]),
	}
}, func(c *mpp.Client, k keyring) []call {
	return []call{{"keys", "GET business", func(ctx context.Context) error {
		b, err := c.Business(ctx)
		if err == nil && k["MPP_BUSINESS_ID"] != "" && b.ID != string(k["MPP_BUSINESS_ID"]) {
			return fmt.Errorf("MPP_BUSINESS_ID is not the id of the keys' business, %s", b.ID)
		}
		return err
	}}}
})

var apiv1Calls = callsOf(apiv1.New, func(k keyring) apiv1.Credentials {
	return apiv1.Credentials{
		APIKey: k["CINETPAY_V1_API_KEY"], APIPassword: k["CINETPAY_V1_API_PASSWORD"],
		Country: string(k["CINETPAY_V1_COUNTRY"]),
	}
}, func(c *apiv1.Client, _ keyring) []call { return []call{reading("keys", "the balance", c.Balance)} })

var bantuCalls = callsOf(bantu.New, func(k keyring) bantu.Credentials {
	return bantu.Credentials{SecretKey: k["BANTU_SECRET_KEY"], PublicKey: k["BANTU_PUBLIC_KEY"]}
}, func(c *bantu.Client, _ keyring) []call {
	return []call{{"keys", "the check of a partner", func(ctx context.Context) error {
		_, err := c.CheckPartner(ctx, bantu.OrangeMoney)
		if err != nil && !errors.Is(err, wapay.ErrUnauthorized) && !errors.Is(err, wapay.ErrForbidden) && answered(err) {
			return nil // the partner is not set up, which says nothing about the key
		}
		return err
	}}}
})

// answered reports whether the provider itself gave the error.
func answered(err error) bool {
	var e *wapay.Error
	return errors.As(err, &e) && e.HTTPStatus >= 400 && e.HTTPStatus < 500 && !errors.Is(err, wapay.ErrDecode)
}
