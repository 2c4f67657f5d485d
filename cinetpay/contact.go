package cinetpay

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
)

// Contact is a number to which money may be sent. Every sample (S) has all of its fields; which of them the provider
// needs beside the phone is not documented.
type Contact struct {
	Phone   wapay.Phone // prefix, phone
	Name    string      // name: the family name
	Surname string      // surname: the first name (V)
	Email   string      // email
}

// ContactResult is what became of one contact.
type ContactResult struct {
	Phone   wapay.Phone
	Existed bool   // code 726: it was a contact already. Its name is the old one, as far as is known
	Lot     string // lot
	Err     error  // a *wapay.Error, or nil if the number is now a contact
}

// ContactBatch is the answer to [Client.AddContacts].
type ContactBatch struct {
	Results []ContactResult // in the order of the contacts
	Raw     json.RawMessage
}

// Err joins the errors of the contacts that were not added. It is nil if all were.
func (b *ContactBatch) Err() error {
	var errs []error
	for _, r := range b.Results {
		errs = append(errs, r.Err)
	}
	return errors.Join(errs...)
}

type wireContact struct {
	Prefix  string `json:"prefix"`
	Phone   string `json:"phone"`
	Name    string `json:"name"`
	Surname string `json:"surname"`
	Email   string `json:"email"`
}

// AddContacts adds numbers to the merchant's contacts: POST transfer/contact. A number has to be one before money can
// be sent to it (S); adding it again is no error. The call is repeated when it got no answer.
//
// An error means that nothing is known of any of the contacts, or that none was added. Without one each contact
// has a result of its own, with an error or not.
func (c *Client) AddContacts(ctx context.Context, contacts []Contact) (*ContactBatch, error) {
	var bad check.Fields
	if len(contacts) == 0 {
		bad.Add("Contacts", "are required")
	}
	seen := map[wapay.Phone]bool{}
	for i, k := range contacts {
		at := index("Contacts", i)
		checkReceiver(&bad, at+"Phone", k.Phone)
		checkNames(&bad, at, k)
		if seen[k.Phone] {
			bad.Add(at+"Phone", "is there twice")
		}
		seen[k.Phone] = true
	}
	if err := bad.Err(provider, "AddContacts", ""); err != nil {
		return nil, err
	}
	return c.addContacts(ctx, "AddContacts", "", contacts)
}

func checkNames(bad *check.Fields, at string, k Contact) {
	bad.Text(at+"Name", k.Name, 255)
	bad.Text(at+"Surname", k.Surname, 255)
	bad.Email(at+"Email", k.Email)
}

func (c *Client) addContacts(ctx context.Context, op, reference string, contacts []Contact) (*ContactBatch, error) {
	list := make([]wireContact, len(contacts))
	for i, k := range contacts {
		list[i] = wireContact{k.Phone.CallingCode(), k.Phone.National(), k.Name, k.Surname, k.Email}
	}
	// 726 tells a repeat: a contact is there once, however often it is added.
	r, err := postList(op, reference, "transfer/contact", call.IdempotentWrite, list)
	if err != nil {
		return nil, err
	}
	var answer listAnswer
	resp, err := c.transfer(ctx, r, &answer)
	if err != nil {
		return nil, err
	}
	items, err := answer.Items.decode()
	if err != nil {
		return nil, c.transfers.calls.Undecodable(r, resp, err)
	}
	b := &ContactBatch{Results: make([]ContactResult, len(contacts)), Raw: resp.Body}
	h := heard{c.transfers.calls, r, resp}
	for i, k := range contacts {
		b.Results[i] = h.contact(k.Phone, items)
	}
	return b, nil
}

func (h heard) contact(p wapay.Phone, items []wireItem) ContactResult {
	var found []*wireItem
	for i := range items {
		if items[i].isAbout(p) {
			found = append(found, &items[i])
		}
	}
	w, err := only(found)
	if err != nil {
		return ContactResult{Phone: p, Err: h.unsaid(h.r.Reference, err)}
	}
	result := ContactResult{Phone: p, Lot: string(w.Lot), Existed: w.Code == codeIsContact}
	switch {
	case w.Code == codeDone || result.Existed:
	case w.Code == "":
		result.Err = h.unsaid(h.r.Reference, errors.New("a contact without a code"))
	default:
		result.Err = h.refused(w, h.r.Reference)
	}
	return result
}
