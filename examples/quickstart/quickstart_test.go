package main

import (
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay/examples/internal/clitest"
)

const id = `[0-9a-f]{8}…`

func TestEverythingOnTheSandbox(t *testing.T) {
	began := time.Now()
	stdout := clitest.Succeeds(t, run)
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("took %v", took)
	}
	clitest.WantRows(t, stdout,
		`  check the keys +accepted, those of both apps`,
		` +but the answer to salary-4 was lost on the way. Was it paid\?`,
		` +the error is ErrOutcomeUnknown: barkapay: Payout "salary-4": outcome unknown: .*`,
		` +BarkaPay has it, as `+id+`, pending; its ledger shows 1 debit`,
		`  receive the notifications +8 over HTTP, .*`,
		`  refuse a forged one +.* 401 Unauthorized`,
		`  compare with the ledger +one entry for each of the 8 orders, and no other`,
		`REFERENCE +WHAT +PHONE +AMOUNT +STATUS +NOTIFICATION +PROVIDER ID`,
		`order-1 +charge +\+226••••88 +5000 XOF +succeeded +received, confirmed by asking +`+id,
		`order-2 +charge with code +\+226••••66 +2500 XOF +succeeded +received, confirmed by asking +`+id,
		`order-3 +payment link +\+226••••88 +7500 XOF +succeeded +received, confirmed by asking +`+id,
		`salary-1 +payout +\+226••••33 +10000 XOF +succeeded +received, confirmed by asking +`+id,
		`salary-2 +payout +\+221••••67 +12500 XOF +succeeded +received, confirmed by asking +`+id,
		`salary-3 +payout +\+225••••04 +20000 XOF +succeeded +received, confirmed by asking +`+id,
		`salary-4 +payout, answer lost +\+229••••00 +15000 XOF +succeeded +received, confirmed by asking +`+id,
		`salary-5 +payout +\+228••••33 +7500 XOF +succeeded +received, confirmed by asking +`+id,
		`PayHub, played by the sandbox in this program`,
		`  check the keys +accepted; the balance is 1000000 XOF`,
		`  charge a customer +7500 XOF by MOOV: pending, give code; with the code succeeded`,
		` +the error is ErrOutcomeUnknown: payhub: Payout "tailor-2": outcome unknown: .*`,
		` +PayHub has it, as `+id+`, pending; its ledger shows 1 debit`,
		`  receive the notifications +of 3 orders over HTTP, each signed by PayHub, which was asked for the rest`,
		`  compare with the ledger +one entry for each of the 3 orders, and no other`,
		`bill-1 +charge with code +\+226••••77 +7500 XOF +succeeded +received, confirmed by asking +`+id,
		`tailor-1 +payout +\+226••••01 +25000 XOF +succeeded +received, confirmed by asking +`+id,
		`tailor-2 +payout, answer lost +\+226••••02 +25000 XOF +succeeded +received, confirmed by asking +`+id,
		`Intram, played by the sandbox in this program`,
		`  check the keys +accepted; MTN_BENIN_229 has 1000000 XOF`,
		` +Payout sent it again under the same idempotency key, and got the first answer`,
		`  receive the notifications +of 3 orders over HTTP, each signed by Intram`,
		`  compare with the ledger +one entry for each of the 3 orders, and no other`,
		`basket-1 +payment page +\+229••••67 +4000 XOF +succeeded +received, verified +op_.*`,
		`supplier-1 +payout +\+229••••01 +9000 XOF +succeeded +received, verified +op_.*`,
		`supplier-2 +payout, answer lost +\+229••••02 +9000 XOF +succeeded +received, verified +op_.*`,
		`CinetPay, played by the sandbox in this program`,
		` +the error is ErrOutcomeUnknown: cinetpay: Payout "driver-2": outcome unknown: .*`,
		` +CinetPay has it, as [0-9A-F]{8}…, pending; its ledger shows 1 debit`,
		`  receive the notifications +of 3 orders over HTTP; CinetPay was asked about each:`,
		`  compare with the ledger +one entry for each of the 3 orders, and no other`,
		`ticket-1 +payment page +\+225••••01 +6000 XOF +succeeded +received, confirmed by asking +`+id,
		`driver-1 +payout +\+225••••01 +8000 XOF +succeeded +received, confirmed by asking +[0-9A-F]{8}…`,
		`driver-2 +payout, answer lost +\+225••••02 +8000 XOF +succeeded +received, confirmed by asking +[0-9A-F]{8}…`,
		`CinetPay's API v1, played by the sandbox in this program`,
		`  charge a customer +3500 XOF by MTN: pending, confirm, and the customer does`,
		` +the error is ErrOutcomeUnknown: cinetpay-v1: Payout "COOK-2": outcome unknown: .*`,
		`  receive the notifications +of 3 orders over HTTP, none of them signed: CinetPay was asked about each`,
		`  compare with the ledger +one entry for each of the 3 orders, and no other`,
		`MEAL-1 +charge +\+225••••21 +3500 XOF +succeeded +received, confirmed by asking +`+id,
		`COOK-1 +payout +\+225••••31 +12000 XOF +succeeded +received, confirmed by asking +`+id,
		`COOK-2 +payout, answer lost +\+225••••32 +12000 XOF +succeeded +received, confirmed by asking +`+id,
		`MPP, played by the sandbox in this program`,
		`  check the keys +accepted; the balance is 1000000.00 SLE`,
		` +the error is ErrOutcomeUnknown: mpp: Payout "farmer-2": outcome unknown: .*`,
		` +MPP has it, as `+id+`, pending; its ledger shows 1 debit`,
		`  receive the notifications +of 3 orders over HTTP, none of them signed: MPP was asked about each`,
		`  compare with the ledger +one entry for each of the 3 orders, and no other`,
		`fare-1 +charge +\+232••••09 +75.50 SLE +succeeded +received, confirmed by asking +`+id,
		`farmer-1 +payout +\+232••••01 +120.25 SLE +succeeded +received, confirmed by asking +`+id,
		`farmer-2 +payout, answer lost +\+232••••02 +120.25 SLE +succeeded +received, confirmed by asking +`+id,
		`Bantu, played by the sandbox in this program; it documents no endpoint for payments or payouts`,
		`  check the keys +accepted, the public one: partner.not.configured`,
		`  refuse half a configuration +bantu: ConfigurePartner: not sent: .*`,
		`  check the partner +the configuration works: HTTP 200 UP`,
		`PARTNER +WHAT +KEY +ANSWER`,
		`orange-money +configured +secret +HTTP 200`,
		`orange-money +checked +public +HTTP 200 UP`,
		`PROVIDER +PAYMENTS +PAYOUTS +NOTIFICATIONS +LOST ANSWERS +ALSO`,
		`BarkaPay +3 of 3 succeeded +5 of 5 succeeded +8 of 8 confirmed by asking +1 settled by asking +operators and balances listed`,
		`PayHub +1 of 1 succeeded +2 of 2 succeeded +3 of 3 confirmed by asking +1 settled by asking +balance read`,
		`Intram +1 of 1 succeeded +2 of 2 succeeded +3 of 3 verified +1 settled by an idempotent repeat +notifications subscribed to`,
		`CinetPay +1 of 1 succeeded +2 of 2 succeeded +3 of 3 confirmed by asking +1 settled by asking +balance read`,
		`CinetPay v1 +1 of 1 succeeded +2 of 2 succeeded +3 of 3 confirmed by asking +1 settled by asking +balance read`,
		`MPP +1 of 1 succeeded +2 of 2 succeeded +3 of 3 confirmed by asking +1 settled by asking +channels listed`,
		`Bantu +none documented +none documented +none sent +- +partner enabled, configured, checked`,
	)
	if strings.Contains(stdout, "70656188") {
		t.Error("a phone number is shown in full")
	}
}

func TestOwnCustomer(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		row  string
	}{
		{"national number", []string{"-phone", "77 987 65 43", "-country", "sn", "-operator", "WAVE", "-amount", "700"}, `\+221••••43 +700 XOF`},
		{"international number", []string{"-phone", "+225 07 01 02 03 04", "-operator", "mtn"}, `\+225••••04 +5000 XOF`},
		{"Togo, which BarkaPay spells TOG", []string{"-phone", "+228 90 01 02 03", "-operator", "TMONEY"}, `\+228••••03 +5000 XOF`},
		{"operator with one-time codes", []string{"-operator", "ORANGE", "-amount", "1000000"}, `\+226••••88 +1000000 XOF`},
	} {
		t.Run(test.name, func(t *testing.T) {
			stdout := clitest.Succeeds(t, run, test.args...)
			clitest.WantRows(t, stdout, `order-1 +charge +`+test.row+` +succeeded +received, confirmed by asking +`+id)
		})
	}
}

func TestBadInput(t *testing.T) {
	for _, test := range []struct {
		args string // separated by |
		want string // begins the line on stderr
	}{
		{"-phone|12", `-phone: `},
		{"-phone|70 65 61 88", `-phone: a phone number without a country must begin with + or 00 and a calling code (or give -country)`},
		{"-phone|+226 70 65 61", `-phone: phone number of BF with 6 digits`},
		{"-phone|+233 24 123 4567", `-phone: a number of GH, want one of BF, BJ`},
		{"-phone|+226 70 65 61 88|-country|SN", `-phone: a number of BF, but -country is SN`},
		{"-country|XX", `-country: "XX" is none of BF, BJ`},
		{"-country|SN", `-country: needs a -phone of that country`},
		{"-phone|+223 70 65 61 88", `-country: BarkaPay has no operators in ML`},
		{"-operator|WAVE", `-operator: BarkaPay has no "WAVE" in BF, but MOOV, ORANGE`},
		{"-operator|", `-operator: BarkaPay has no "" in BF, but MOOV, ORANGE`},
		{"-amount|lots", `-amount: "lots" is not an amount`},
		{"-amount|12.50", `-amount: amount "12.50" has 2 decimals, XOF has none`},
		{"-amount|0", `-amount: 0 XOF is not more than 0`},
		{"-amount|-5", `-amount: -5 XOF is not more than 0`},
		{"-amount|99", `-amount: MOOV takes 100 XOF to 1000000 XOF, not 99 XOF`},
		{"-amount|1000001", `-amount: MOOV takes 100 XOF to 1000000 XOF, not 1000001 XOF`},
		{"-colour|red", `flag provided but not defined: -colour; -h shows the flags`},
		{"-phone", `flag needs an argument: -phone; -h shows the flags`},
		{"please", `unexpected argument "please"`},
	} {
		clitest.Refuses(t, "quickstart", run, test.args, test.want, "Usage", "order-1")
	}
}

func TestHelp(t *testing.T) { clitest.Helps(t, run, "-operator", "-amount") }

// Keys in the environment are another account's than the sandbox's, which would refuse them. They are not even read.
func TestEnvironmentIsNotRead(t *testing.T) { clitest.IgnoresEnvironment(t, run) }

func TestInterrupted(t *testing.T) {
	clitest.NamesTheStep(t, run, `quickstart: BarkaPay, step "check the keys": `)
}
