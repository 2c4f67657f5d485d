package barkapay

import "context"

type paymentParams struct {
	Country  string `url:"sender_country,omitempty"`
	Operator string `url:"operator,omitempty"`
	Phone    string `url:"sender_phonenumber,omitempty"`
	Status   string `url:"status,omitempty"`
	From     string `url:"date_1,omitempty"`
	To       string `url:"date_2,omitempty"`
	OrderID  string `url:"order_id,omitempty"`
}

// Payment looks a payment up by its id: GET payment/{public_id}.
func (c *Client) Payment(ctx context.Context, id string) (*Transaction, error) {
	return c.findOne(ctx, anyApp, "Payment", "payment", id)
}

// Payments lists the payments that the filter selects: GET payment/.
func (c *Client) Payments(ctx context.Context, f Filter) ([]Transaction, error) {
	return c.payments(ctx, anyApp, "Payments", f)
}

func (c *Client) payments(ctx context.Context, a app, op string, f Filter) ([]Transaction, error) {
	status, from, to, err := f.params(op)
	if err != nil {
		return nil, err
	}
	return c.find(ctx, a, op, f.OrderID, "payment/", paymentParams{
		Country: toProvider(f.Country), Operator: f.Operator, Phone: f.Phone,
		Status: status, From: from, To: to, OrderID: f.OrderID,
	})
}
