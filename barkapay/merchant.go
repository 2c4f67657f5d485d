package barkapay

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
)

type pingAnswer struct {
	Message loose.String `json:"message"`
}

// Check accepts only the documented answer.
func (p *pingAnswer) Check() error {
	return call.FailIf(!strings.EqualFold(string(p.Message), "success"), `message is not "Success"`)
}

// Ping reports whether the provider answers and accepts the keys: GET ping. It
// uses the API pair if there is one, else the SCI pair. Bad keys are
// [wapay.ErrUnauthorized].
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.ask(ctx, "Ping", "ping", &pingAnswer{})
	return err
}

// PingSCI does the same as [Client.Ping] with the SCI pair.
func (c *Client) PingSCI(ctx context.Context) error {
	_, err := c.send(call.Start(ctx, "PingSCI", nil), sciApp, call.Get("", "ping", ""), nil, &pingAnswer{})
	return err
}

// Availability is the live state of one operator in one country.
type Availability struct {
	Country  string // ISO 3166-1 alpha-3
	Operator string
	// Payment and Transfer are "OPERATIONAL", "UNSTABLE", "DOWN", or a new
	// word.
	Payment, Transfer string
}

// Availabilities is the answer of [Client.OperatorsAvailability].
type Availabilities struct {
	Operators []Availability // by country and operator
	// Payments and Transfers report whether a service ("mobile", "crypto",
	// "electro") works as a whole. An older form of the answer has them in
	// place of Operators.
	Payments, Transfers map[string]bool
	Message, CoderNote  string // message, coder_note
	Raw                 wapay.Raw
}

type availabilityAnswer struct {
	Message   loose.String `json:"message"`
	CoderNote loose.String `json:"coder_note"`
	Services  *loose.Object[struct {
		Mobile loose.Object[map[string]loose.Object[map[string]row[struct {
			Payment  loose.String `json:"payment"`
			Transfer loose.String `json:"transfer"`
		}]]] `json:"mobile-operators-availability"`
		Payments  loose.Object[map[string]loose.Bool] `json:"payments"`
		Transfers loose.Object[map[string]loose.Bool] `json:"transfers"`
	}] `json:"available_services"`
}

// Check rejects an answer without services. An answer in which no service works
// has them.
func (a *availabilityAnswer) Check() error {
	return call.FailIf(a.Services == nil, "no available_services")
}

// OperatorsAvailability reports which operators work now: GET
// operators-availability. It reads both documented forms of the answer.
func (c *Client) OperatorsAvailability(ctx context.Context) (*Availabilities, error) {
	var answer availabilityAnswer
	resp, err := c.ask(ctx, "OperatorsAvailability", "operators-availability", &answer)
	if err != nil {
		return nil, err
	}
	s := &answer.Services.V
	a := &Availabilities{
		Payments: bools(s.Payments.V), Transfers: bools(s.Transfers.V),
		Message: string(answer.Message), CoderNote: string(answer.CoderNote), Raw: resp.Body,
	}
	for country, operators := range s.Mobile.V {
		for operator, o := range operators.V {
			a.Operators = append(a.Operators, Availability{
				Country: toISO(loose.String(country)), Operator: operator,
				Payment: string(o.V.Payment), Transfer: string(o.V.Transfer),
			})
		}
	}
	slices.SortFunc(a.Operators, func(x, y Availability) int {
		return cmp.Or(cmp.Compare(x.Country, y.Country), cmp.Compare(x.Operator, y.Operator))
	})
	return a, nil
}

func bools(m map[string]loose.Bool) map[string]bool {
	if m == nil {
		return nil
	}
	out := make(map[string]bool, len(m))
	for k, v := range m {
		out[k] = bool(v)
	}
	return out
}

// Merchant is the merchant and the app that the keys belong to.
type Merchant struct {
	Name   string // user.name
	ID     string // user.public_id, digits, with leading zeros
	Status string // user.status: "ENABLED"; the document's prose has a number, 0 for suspended
	App    App    // api_app_details
	Raw    wapay.Raw
}

// App is one of a merchant's apps.
type App struct {
	Name                string   // name
	Description         string   // description
	Label               string   // label
	AllowedServices     string   // allowed_services: "payment", "transfer" or "both"
	AllowedCountries    []string // allowed_countries, ISO 3166-1 alpha-3
	AllowNotifications  string   // allow_notifications: "ENABLED"
	NotificationURL     string   // notification_url
	CanPerformTransfers bool     // can_perform_transfers
	Type                string   // app_type: "api"
}

type merchantAnswer struct {
	User *loose.Object[struct {
		Name     loose.String `json:"name"`
		PublicID loose.String `json:"public_id"`
		Status   loose.String `json:"status"`
	}] `json:"user"`
	App loose.Object[struct {
		Name                loose.String             `json:"name"`
		Description         loose.String             `json:"description"`
		Label               loose.String             `json:"label"`
		AllowedServices     loose.String             `json:"allowed_services"`
		AllowedCountries    loose.List[loose.String] `json:"allowed_countries"`
		AllowNotifications  loose.String             `json:"allow_notifications"`
		NotificationURL     loose.String             `json:"notification_url"`
		CanPerformTransfers loose.Bool               `json:"can_perform_transfers"`
		Type                loose.String             `json:"app_type"`
	}] `json:"api_app_details"`
}

// Check rejects an answer without a user.
func (a *merchantAnswer) Check() error { return call.FailIf(a.User == nil, "no user") }

// Merchant returns the merchant and the app of the keys: GET
// user-and-api-app-info. The documented sample is not JSON: it has a number
// with leading zeros and a comment. Such an answer is [wapay.ErrDecode].
func (c *Client) Merchant(ctx context.Context) (*Merchant, error) {
	var answer merchantAnswer
	resp, err := c.ask(ctx, "Merchant", "user-and-api-app-info", &answer)
	if err != nil {
		return nil, err
	}
	u, a := &answer.User.V, &answer.App.V
	m := &Merchant{
		Name: string(u.Name), ID: string(u.PublicID), Status: string(u.Status), Raw: resp.Body,
		App: App{
			Name: string(a.Name), Description: string(a.Description), Label: string(a.Label),
			AllowedServices: string(a.AllowedServices), AllowNotifications: string(a.AllowNotifications),
			NotificationURL: string(a.NotificationURL), CanPerformTransfers: bool(a.CanPerformTransfers),
			Type: string(a.Type),
		},
	}
	for _, country := range a.AllowedCountries {
		m.App.AllowedCountries = append(m.App.AllowedCountries, toISO(country))
	}
	return m, nil
}

// Operator holds what one operator requires of a payment in one country.
type Operator struct {
	Country             string // ISO 3166-1 alpha-3
	Name                string // for ChargeRequest.Operator
	OTPRequired         bool   // otp_required: the customer has to ask the operator for a code first
	PaymentInstructions string // payment_instructions, in French
	// PayDelay is the time for the customer's confirmation, or zero if the
	// provider gives no number. The documents say "in days" and show 1800; the
	// client reads seconds.
	PayDelay  time.Duration // pay_delay
	MinAmount wapay.Money   // min_amount, XOF; the zero value if there is none
	MaxAmount wapay.Money   // max_amount, XOF; the zero value if there is none
	Raw       wapay.Raw
}

type wireOperator struct {
	OTPRequired         loose.Bool   `json:"otp_required"`
	PaymentInstructions loose.String `json:"payment_instructions"`
	PayDelay            loose.String `json:"pay_delay"`
	MinAmount           loose.String `json:"min_amount"`
	MaxAmount           loose.String `json:"max_amount"`
}

type operatorsAnswer struct {
	Infos *loose.Object[map[string]loose.Object[map[string]row[wireOperator]]] `json:"infos"`
}

// Check rejects an answer without infos.
func (a *operatorsAnswer) Check() error { return call.FailIf(a.Infos == nil, "no infos") }

// Operators lists the operators with their limits and instructions, by country
// and name: GET operators-infos.
func (c *Client) Operators(ctx context.Context) ([]Operator, error) {
	var answer operatorsAnswer
	if _, err := c.ask(ctx, "Operators", "operators-infos", &answer); err != nil {
		return nil, err
	}
	var all []Operator
	for code, operators := range answer.Infos.V {
		country := toISO(loose.String(code))
		for name, info := range operators.V {
			o := info.V
			all = append(all, Operator{
				Country: country, Name: name, OTPRequired: bool(o.OTPRequired),
				PaymentInstructions: string(o.PaymentInstructions), PayDelay: seconds(o.PayDelay),
				MinAmount: amountOf(o.MinAmount, "", "", country), MaxAmount: amountOf(o.MaxAmount, "", "", country),
				Raw: info.Raw,
			})
		}
	}
	slices.SortFunc(all, func(x, y Operator) int {
		return cmp.Or(cmp.Compare(x.Country, y.Country), cmp.Compare(x.Name, y.Name))
	})
	return all, nil
}

// seconds reads a whole number of seconds. Anything else is zero.
func seconds(text loose.String) time.Duration {
	n, err := strconv.ParseInt(string(text), 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}
