package mpp_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/mpp"
)

func TestCheckRules(t *testing.T) {
	for _, x := range []struct {
		rules string // of the field tax
		value string
		ok    bool
	}{
		{"required", "", false}, {"required", " \t", false}, {"required", "0", true}, {"required|nullable", "", false},
		{"nullable", "", true}, {"", "", true}, {"string", "", true}, {"min:3", "", true},
		{"string", "12", true},
		{"numeric", "12", true}, {"numeric", "-12.5", true}, {"numeric", "+1", true}, {"numeric", ".5", true}, {"numeric", "5.", true},
		{"numeric", "1,5", false}, {"numeric", "abc", false}, {"numeric", "1e3", false}, {"numeric", "1.2.3", false}, {"numeric", "--1", false},
		{"numeric", ".", false}, {"numeric", strings.Repeat("9", 70), false}, {"numeric", "1/3", false}, {"numeric", "0x10", false},
		{"email", "b@example.com", true}, {"email", "b@", false}, {"email", "a b@c", false}, {"email", "nobody", false},
		{"phone_number", "+224624849557", true}, {"phone_number", "080002209", true}, {"phone_number", "12345", false},
		{"phone_number", "+22 46", false}, {"phone_number", "1234567890123456", false}, {"phone_number", "++2246248", false},
		// of a text, its length in characters
		{"string|min:3", "äöü", true}, {"string|min:3", "äö", false}, {"max:3", "äöü", true}, {"max:3", "äöüß", false},
		{"min:3", "100", true}, {"min:4", "100", false}, {"max:3", " abc ", true},
		// of a number, its value
		{"numeric|min:3", "3", true}, {"numeric|min:3", "2.99", false}, {"numeric|max:10.5", "10.5", true}, {"max:10.5|numeric", "10.51", false},
		{"integer|min:10", "9", false}, {"decimal:0,2|max:1", "1.5", false}, {"numeric|min:-5", "-6", false}, {"numeric|min:-5", "-5", true},
		{"numeric|max:99999999999999999999", "99999999999999999999.01", false},
		// an unknown rule has no effect
		{"max:1e2", "anything at all that is long", true}, {"min:", "x", true}, {"min", "x", true}, {"min:x", "x", true}, {"max:" + strings.Repeat("9", 100), "x", true},
		{"mimes:jpg,png", "x", true}, {"regex:^x$", "y", true}, {"in:a,b", "c", true}, {"Required", "", true},
	} {
		ch := mpp.Channel{Code: "X", Active: true, Fields: map[string][]string{"tax": strings.Split(x.rules, "|")}}
		r := goodTransaction()
		r.MSISDN = ""
		r.Fields = map[string]string{"tax": x.value}
		err := ch.Check(r)
		if x.ok {
			assert.NoError(t, err, "%s of %q", x.rules, x.value)
			continue
		}
		badFields(t, err, "Fields[tax]")
	}
}

func TestCheckAmount(t *testing.T) {
	for _, x := range []struct {
		rules string
		ok    bool
	}{
		{"required|numeric", true}, {"required|numeric|min:12.5", true}, {"numeric|min:12.51", false}, {"numeric|max:12.5", true},
		{"numeric|max:12.49", false}, {"min:5", true}, {"max:5", false}, {"string", true}, {"min:x", true},
	} {
		ch := mpp.Channel{Code: "X", Active: true, Fields: map[string][]string{"amount": strings.Split(x.rules, "|")}}
		err := ch.Check(mpp.TransactionRequest{Amount: wapay.SLE.Minor(1250)})
		if x.ok {
			assert.NoError(t, err, x.rules)
		} else {
			badFields(t, err, "Amount")
		}
	}
}

// The error names each violation by the request's field.
func TestCheckNamesAll(t *testing.T) {
	ch := mpp.Channel{
		Code: "CDT", Status: "inactive",
		Fields: map[string][]string{
			"msisdn": {"required", "phone_number"}, "amount": {"required", "numeric", "min:5"}, "email": {"nullable", "email"},
			"phone": {"required"}, "first_name": {"required", "min:3", "max:4"}, "last_name": {"required"}, "account_number": {"required"},
			"tax": {"required"}, "external_id": {"required", "max:1"},
		},
		Categories: []mpp.ChannelCategory{{Category: mpp.CategoryDeposit}},
	}
	err := ch.Check(mpp.TransactionRequest{
		ExternalID: "order-1", Category: mpp.CategoryTransfer, Amount: wapay.XOF.Units(1), MSISDN: "x", Email: "x",
		FirstName: "Al", Fields: map[string]string{"acount_number": "7"},
	})
	badFields(t, err, "Channel", "Category", "Amount", "MSISDN", "Email", "Phone", "FirstName", "LastName", "AccountNumber",
		"Fields[tax]", "Fields[acount_number]")
	assert.ErrorContains(t, err, "Fields[acount_number]: is no field of channel CDT")
	assert.ErrorContains(t, err, "FirstName: has 2 characters, the channel wants 3 at least")

	ch = mpp.Channel{Code: "X", Active: true} // without a list of fields
	r := goodTransaction()
	r.Fields = map[string]string{"anything": "1"}
	assert.NoError(t, ch.Check(r))
}

// The sample's transaction passes the sample channel's rules.
func TestCheckSample(t *testing.T) {
	ch := mpp.Channel{
		Code: "OM", Active: true, Categories: []mpp.ChannelCategory{{Category: mpp.CategoryTransfer}},
		Fields: map[string][]string{
			"msisdn": {"required", "string"}, "amount": {"required", "numeric"}, "email": {"nullable", "email"},
			"phone": {"nullable", "string", "phone_number"}, "first_name": {"nullable", "string"},
			"last_name": {"nullable", "string"}, "account_number": {"nullable", "string"},
		},
	}
	r := goodTransaction()
	r.AccountNumber, r.FirstName, r.LastName, r.Phone = "TAX_01_1234", "bockarie", "Marah", "+224624849557"
	assert.NoError(t, ch.Check(r))
	r.MSISDN = ""
	badFields(t, ch.Check(r), "MSISDN")
}
