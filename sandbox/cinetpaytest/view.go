package cinetpaytest

import (
	"slices"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Transfer is a transfer as it is now. Amount is in whole units.
type Transfer struct {
	ID, ClientID, Lot                string
	Prefix, Phone, Operator          string
	Amount                           int64
	Currency                         string
	SendingStatus, Treatment         string
	Comment, OperatorID, ValidatedAt string
}

// Transfers returns all transfers, oldest first. An item that fails makes none.
func (p *Server) Transfers() []Transfer {
	return kit.Views(&p.mu, &p.transfers, func(t *transfer) Transfer {
		return Transfer{
			ID: t.ID, ClientID: t.Reference, Lot: t.lot, Prefix: t.prefix, Phone: t.phone, Operator: t.operator,
			Amount: t.Amount / unit(t.Currency), Currency: t.Currency, SendingStatus: t.sending, Treatment: t.treatment,
			Comment: t.note, OperatorID: t.operatorID, ValidatedAt: t.validatedAt(),
		}
	})
}

// TransfersOf returns the transfer with the merchant's id, if there is one.
func (p *Server) TransfersOf(clientID string) []Transfer {
	return slices.DeleteFunc(p.Transfers(), func(t Transfer) bool { return t.ClientID != clientID })
}

// Checkout is a payment as it is now. Amount is in whole units. Code is 0 for
// "00".
type Checkout struct {
	ID, Token, PageURL            string
	Amount                        int64
	Currency, Description         string
	Metadata, Channels, NotifyURL string
	Status                        string
	Code                          int
	Method, Phone                 string
}

// Checkouts returns all payments, oldest first.
func (p *Server) Checkouts() []Checkout {
	return kit.Views(&p.mu, &p.checkouts, func(c *checkout) Checkout {
		return Checkout{
			ID: c.Reference, Token: c.ID, PageURL: p.Root() + pagePath + c.ID,
			Amount: c.Amount / unit(c.Currency), Currency: c.Currency,
			Description: c.description, Metadata: c.metadata, Channels: c.channels, NotifyURL: c.notifyURL,
			Status: c.status, Code: c.code, Method: c.method, Phone: c.prefix + c.phone,
		}
	})
}

const ping = "ping "

// Pings returns the GETs to the notify URL of a transfer, by its
// transaction_id, or of a checkout, by the merchant's id. Deliveries has them,
// too, under a Ref of their own, and WaitDeliveries counts them.
func (p *Server) Pings(id string) []sandbox.Delivery { return p.DeliveriesOf(ping + id) }
