package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/mpp"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

// shop is a business that has an account with MPP.
type shop struct {
	in       *input
	client   *mpp.Client
	business string // its id
	opening  wapay.Money
	channels []mpp.Channel
	orders   []*order

	// Without -remote:
	sandbox   *mpptest.Server
	inbox     *inbox.Inbox
	notifyURL string       // where callbacks are to go
	counters  ipn.Counters // of what became of them
}

// openShop starts what the shop needs: a provider, a client for it, and an inbox for its callbacks.
func openShop(in *input) (*shop, error) {
	s := &shop{in: in}
	s.sandbox = mpptest.New(mpptest.Config{
		Balance:  76_738_84, // hundredths
		Fee:      func(_ string, amount int64) int64 { return amount / 100 },
		Accounts: map[string]mpptest.Account{in.phone.E164(): {FirstName: "Mariama", LastName: "Kamara"}},
	})
	s.business = s.sandbox.Credentials().BusinessID

	// The client takes a token with the two secrets when it first needs one, and keeps it while it is good.
	s.client = s.sandbox.Client(wapay.WithHTTPClient(cli.LoopbackClient())) // reaches this machine only
	if err := s.listen(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// listen opens a route for callbacks. In a shop it would be one more of the server that is there already, on https,
// with a path that nobody guesses.
//
// MPP signs nothing, so anybody may send a callback: the handler takes no more from it than which transaction to ask
// MPP about, and hands on what MPP says. What MPP has said before is not handed on again.
func (s *shop) listen() error {
	var err error
	if s.inbox, err = inbox.Open("127.0.0.1:0"); err != nil {
		return err
	}
	handler, err := ipn.NewHandler(ipn.MPP(), s.inbox.Receive,
		ipn.WithConfirm(ipn.ConfirmPayments(s.client), ipn.ConfirmPayouts(s.client)),
		ipn.WithStore(ipn.NewMemoryStore()), // forgets when the program ends; a shop takes ipn.NewSQLStore
		ipn.WithCounters(&s.counters))
	if err != nil {
		return err
	}
	s.notifyURL = s.inbox.Handle("/callback", handler)
	return nil
}

// close ends the sandbox first: it may have a callback on the way.
func (s *shop) close() {
	s.sandbox.Close()
	if s.inbox != nil {
		s.inbox.Close()
	}
}

// readBusiness is the one call that needs no business id: it is where to find it.
func (s *shop) readBusiness(ctx context.Context) (string, error) {
	b, err := s.client.Business(ctx)
	if err != nil {
		return "", err
	}
	if b.ID != s.business {
		return "", cli.Usage("MPP_BUSINESS_ID", "the keys are for the business %s, not for this one", b.ID)
	}
	if s.in.charges() {
		if err := s.in.readAmount(b.Currency); err != nil {
			return "", err
		}
	}
	said := fmt.Sprintf("%s in %s, with %s; %s", b.Name, b.Country, b.Currency, shorten(b.ID))
	if b.Overdraft {
		said += ", overdraft up to " + b.LimitOverdraft.Number.String()
	}
	return said, nil
}

// readBalance shows that an amount is exact: no float is on its way from MPP's JSON to here.
func (s *shop) readBalance(ctx context.Context) (string, error) {
	b, err := s.client.Balance(ctx)
	if err != nil {
		return "", err
	}
	if s.opening = b.Balance.Money; !s.opening.Valid() {
		// MPP shows some currencies with more decimals than they have; the number is there as it came.
		return fmt.Sprintf("%s %s, which is no exact amount of it", b.Balance.Number, b.Currency), nil
	}
	return s.opening.String() + ", to the last cent", nil
}

// listChannels tells what the business can use, for what, and what each channel wants to know.
func (s *shop) listChannels(ctx context.Context) (string, error) {
	said, able := []string{}, []string{}
	for ch, err := range s.client.AllChannels(ctx) { // page by page, as they are needed
		if err != nil {
			return "", err
		}
		s.channels = append(s.channels, ch)
		var uses, required []string
		for _, c := range ch.Categories {
			uses = append(uses, string(c.Category))
		}
		for name, rules := range ch.Fields {
			if at := slices.Index(rules, "required"); at >= 0 {
				required = append(required, strings.Join(slices.Concat([]string{name}, rules[:at], rules[at+1:]), " "))
			}
		}
		slices.Sort(required)
		said = append(said, fmt.Sprintf("%s (%s) for %s", ch.Code, ch.Description, strings.Join(uses, ", ")),
			"  requires "+strings.Join(required, "; "))
		if ch.Active && slices.Contains(uses, string(mpp.CategoryPayment)) {
			able = append(able, ch.Code)
		}
	}
	if s.in.charges() && !slices.ContainsFunc(able, func(code string) bool { return strings.EqualFold(code, s.in.channel) }) {
		return "", cli.Usage("-channel", "the business takes no payments by %q, but by %s", s.in.channel, strings.Join(able, ", "))
	}
	return strings.Join(said, "\n"), nil
}

// breakRules has a transaction checked by its channel, as Pay and Payout do by themselves before they send
// anything. All that is wrong is said at once.
func (s *shop) breakRules(ctx context.Context) (string, error) {
	at := slices.IndexFunc(s.channels, func(ch mpp.Channel) bool { return ch.Code == "CDT" })
	if at < 0 {
		return "", errors.New("no channel CDT")
	}
	err := s.channels[at].Check(mpp.TransactionRequest{
		ExternalID: "order-0", Channel: "CDT", Category: mpp.CategoryPayment, Amount: wapay.SLE.Minor(50),
		MSISDN: "call me", FirstName: "M", Email: "mariama", AccountNumber: "7",
		Fields: map[string]string{"colour": "red"},
	})
	named := faults(err)
	if !errors.Is(err, wapay.ErrInvalid) || len(named) < 7 {
		return "", fmt.Errorf("the rules let it through, or most of it; the error is %v", err)
	}

	// The same by Payout: the fields have the names of its request, and nothing was sent.
	_, err = s.client.Payout(ctx, wapay.PayoutRequest{
		Reference: "salary-0", Amount: wapay.SLE.Minor(50), Recipient: wapay.Customer{Phone: s.in.phone}, Operator: "CDT",
	})
	if !errors.Is(err, wapay.ErrInvalid) {
		return "", fmt.Errorf("payout salary-0 was let through; the error is %v", err)
	}
	if n := s.sandbox.Count("POST", "api/v1/transaction"); n != 0 {
		return "", fmt.Errorf("%d transactions were sent", n)
	}
	return fmt.Sprintf("%d things wrong with one for CDT, and nothing sent:\n  %s\nPayout refuses such a one, too: %s",
		len(named), strings.Join(named, "\n  "), strings.Join(faults(err), "; ")), nil
}

// validateAccount tells who would be charged, or paid: worth a look before money is sent to a number. What is
// shown of it is what a shop needs to ask "are you Mariama K.?"
func (s *shop) validateAccount(ctx context.Context) (string, error) {
	holder, err := s.client.ValidateAccount(ctx, strings.ToLower(s.in.channel), s.in.phone)
	if errors.Is(err, wapay.ErrNotFound) && s.in.flags.Remote {
		return "MPP knows no wallet with this number", nil
	}
	if err != nil {
		return "", err
	}
	initial := []rune(holder.LastName)
	said := fmt.Sprintf("%s is %s %s.", s.in.phone.LogValue(), holder.FirstName, string(initial[:min(len(initial), 1)]))
	stranger, err := wapay.ParsePhone("+232 76 999999", "")
	if err != nil || s.in.flags.Remote || stranger == s.in.phone {
		return said, err
	}
	if _, err = s.client.ValidateAccount(ctx, "om", stranger); !errors.Is(err, wapay.ErrNotFound) {
		return "", fmt.Errorf("a wallet that nobody has; the error is %v", err)
	}
	return said + "\n" + stranger.LogValue().String() + " is nobody's: ErrNotFound", nil
}

// add remembers an order that MPP has.
func (s *shop) add(o *order, id string, status wapay.Status) {
	o.id, o.status = id, status
	s.orders = append(s.orders, o)
}
