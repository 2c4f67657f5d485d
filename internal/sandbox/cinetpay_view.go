package sandbox

import "slices"

// Logins is how many requests came to auth/login and were looked at, the refused ones included.
func (p *CinetPay) Logins() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.logins
}

// Tokens are all tokens ever given out, in order. They stand in URLs, where they are escaped.
func (p *CinetPay) Tokens() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, t := range p.tokens {
		out = append(out, t.value)
	}
	return out
}

// Contacts are all contacts in the order they were added.
func (p *CinetPay) Contacts() []CinetPayContact {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.contacts)
}

// CinetPayTransfer is a transfer as it stands. Amount is whole units.
type CinetPayTransfer struct {
	ID, ClientID, Lot                string
	Prefix, Phone, Operator          string
	Amount                           int64
	Currency                         string
	SendingStatus, Treatment         string
	Comment, OperatorID, ValidatedAt string
}

// Transfers are all transfers, oldest first. An item that failed made none.
func (p *CinetPay) Transfers() []CinetPayTransfer {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []CinetPayTransfer
	for _, t := range p.transfers {
		out = append(out, CinetPayTransfer{
			ID: t.id, ClientID: t.client, Lot: t.lot, Prefix: t.prefix, Phone: t.phone, Operator: t.operator,
			Amount: t.amount, Currency: t.currency(), SendingStatus: t.sending, Treatment: t.treatment,
			Comment: t.note, OperatorID: t.operatorID, ValidatedAt: t.validatedAt(),
		})
	}
	return out
}

// TransfersOf are those with the merchant's id: one or none.
func (p *CinetPay) TransfersOf(clientID string) []CinetPayTransfer {
	return slices.DeleteFunc(p.Transfers(), func(t CinetPayTransfer) bool { return t.ClientID != clientID })
}

// CinetPayCheckout is a payment as it stands. Amount is whole units; Code is 0 for "00".
type CinetPayCheckout struct {
	ID, Token, PageURL            string
	Amount                        int64
	Currency, Description         string
	Metadata, Channels, NotifyURL string
	Status                        string
	Code                          int
	Method, Phone                 string
}

// Checkouts are all payments, oldest first.
func (p *CinetPay) Checkouts() []CinetPayCheckout {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []CinetPayCheckout
	for _, c := range p.checkouts {
		out = append(out, CinetPayCheckout{
			ID: c.id, Token: c.token, PageURL: p.Root() + cinetPagePath + c.token, Amount: c.amount, Currency: c.currency,
			Description: c.description, Metadata: c.metadata, Channels: c.channels, NotifyURL: c.notifyURL,
			Status: c.status, Code: c.code, Method: c.method, Phone: c.prefix + c.phone,
		})
	}
	return out
}

const cinetPing = "ping "

// Pings are the GETs to the notify URL of a transfer, by its transaction_id, or of a checkout, by the merchant's. They
// stand among the Deliveries too, under a Ref of their own, and count in WaitDeliveries.
func (p *CinetPay) Pings(id string) []Delivery { return p.DeliveriesOf(cinetPing + id) }
