package cinetpay

import (
	"cmp"
	"context"
	"errors"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
)

// Contact is a number that can receive money. The documented samples have all
// fields. The documents do not say which of them are required.
type Contact struct {
	Phone   wapay.Phone // prefix, phone
	Name    string      // name: the family name; "" sends the surname or the number
	Surname string      // surname: the first name; "" sends the name or the number
	Email   string      // email
}

// ContactResult is the result for one contact.
type ContactResult struct {
	Phone   wapay.Phone
	Existed bool   // code 726: it was a contact already; it probably keeps its old name
	Lot     string // lot
	Err     error  // a *wapay.Error, or nil if the number is now a contact
}

// ContactBatch is the answer to [Client.AddContacts].
type ContactBatch struct {
	Results []ContactResult // in the order of the contacts
	Raw     wapay.Raw
}

// Err joins the errors of the contacts. It is nil if all are contacts now.
func (b *ContactBatch) Err() error {
	return join(b.Results, func(r ContactResult) error { return r.Err })
}

type wireContact struct {
	Prefix  string `json:"prefix"`
	Phone   string `json:"phone"`
	Name    string `json:"name"`
	Surname string `json:"surname"`
	Email   string `json:"email"`
}

// AddContacts adds numbers to the merchant's contacts, at most 500 at once:
// POST transfer/contact. Only a contact can receive money. A number may be
// added again. So the client repeats the call after a lost answer.
//
// An error is about all contacts: none was added, or nothing is known. Without
// an error, each contact has its own result. If the provider answers 704
// INVALID_PARAM, Details name the fields that the contact lacks.
func (c *Client) AddContacts(ctx context.Context, contacts []Contact) (*ContactBatch, error) {
	ctx, p := call.Start(ctx, "AddContacts", nil), &c.in().transfers
	bad := p.missing()
	checkSize(&bad, "Contacts", len(contacts))
	seen := map[wapay.Phone]bool{}
	for i, k := range contacts {
		at := index("Contacts", i)
		checkReceiver(&bad, at+"Phone", k.Phone)
		k.checkNames(&bad, at)
		if seen[k.Phone] {
			bad.Add(at+"Phone", "is there twice")
		}
		seen[k.Phone] = true
	}
	// The call is idempotent: for a repeat the provider answers code 726.
	if err := p.calls.Check(ctx, call.IdempotentWrite, "", bad); err != nil {
		return nil, err
	}
	list := make([]wireContact, len(contacts))
	for i, k := range contacts {
		number := k.Phone.National()
		list[i] = wireContact{
			k.Phone.CallingCode(), number, cmp.Or(k.Name, k.Surname, number), cmp.Or(k.Surname, k.Name, number), k.Email,
		}
	}
	r := postList("", "transfer/contact", call.IdempotentWrite, list)
	var answer listAnswer
	resp, err := p.withToken(ctx, r, &answer)
	if err != nil {
		for i, k := range contacts {
			k.explain(ctx, err, index("Contacts", i))
		}
		return nil, err
	}
	b := &ContactBatch{Results: make([]ContactResult, len(contacts)), Raw: wapay.Raw(resp.Body)}
	for i, k := range contacts {
		b.Results[i] = p.contactResult(r, resp, k, answer.Data.read, len(contacts) == 1)
		k.explain(ctx, b.Results[i].Err, index("Contacts", i))
	}
	return b, nil
}

func (k *Contact) checkNames(bad *check.Fields, at string) {
	bad.Text(at+"Name", k.Name, 255)
	bad.Text(at+"Surname", k.Surname, 255)
	bad.Email(at+"Email", k.Email)
}

// explain adds the fields that the contact lacks to an INVALID_PARAM, which
// names none.
func (k *Contact) explain(ctx context.Context, err error, at string) {
	var e *wapay.Error
	if !errors.As(err, &e) || e.Code != codeInvalidParam {
		return
	}
	for _, f := range []struct{ name, value string }{{"Name", k.Name}, {"Surname", k.Surname}, {"Email", k.Email}} {
		if f.value == "" {
			e.Details = append(e.Details, wapay.FieldError{
				Field: call.Field(ctx, at+f.name), Message: "is missing; every documented contact has it",
			})
		}
	}
}

// contactResult finds the item about a contact. alone says that there is no
// other contact.
func (p *product) contactResult(
	r *call.Request, resp *call.Response, k Contact, list []wireItem, alone bool,
) ContactResult {
	var found []*wireItem
	for i := range list {
		if w := &list[i]; w.hasNumber(k.Phone) || alone && w.Phone == "" {
			found = append(found, w)
		}
	}
	w, err := single(found)
	if err != nil {
		return ContactResult{Phone: k.Phone, Err: p.calls.Undecodable(r, resp, err)}
	}
	result := ContactResult{Phone: k.Phone, Lot: string(w.Lot), Existed: w.Code == codeIsContact}
	if e := p.calls.Part(r, resp, w.raw, judgeContact); e != nil {
		result.Err = e
	}
	return result
}
