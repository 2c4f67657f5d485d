package barkapay

import (
	"context"
	"errors"
	"net/http"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// Payment looks a payment up by its id: GET payment/{public_id}. With both
// pairs, it asks the API app first. If that app does not have the payment, it
// asks the SCI app.
func (c *Client) Payment(ctx context.Context, id string) (*Transaction, error) {
	ctx = call.Start(ctx, "Payment", nil)
	t, err := c.findOne(ctx, anyApp, "payment", id)
	var e *wapay.Error
	if !c.hasBoth() || !errors.As(err, &e) {
		return t, err
	}
	// A 404 in other words may also mean that this app has no such payment.
	strange := e.HTTPStatus == http.StatusNotFound && !errors.Is(err, wapay.ErrNotFound)
	if !strange && !errors.Is(err, wapay.ErrNotFound) {
		return nil, err
	}
	t, other := c.findOne(ctx, sciApp, "payment", id)
	if strange && other != nil {
		return nil, err
	}
	return t, other
}

// Payments lists the payments that the filter selects: GET payment/. With both
// pairs, it asks both apps and lists each payment once.
func (c *Client) Payments(ctx context.Context, f Filter) ([]Transaction, error) {
	ctx = call.Start(ctx, "Payments", nil)
	all, err := c.list(ctx, anyApp, "payment", f, f.check())
	if err != nil || !c.hasBoth() {
		return all, err
	}
	links, err := c.list(ctx, sciApp, "payment", f, nil)
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(all))
	for i, t := range all {
		at[t.ID] = i
	}
	for _, l := range links {
		if i, ok := at[l.ID]; ok && l.ID != "" {
			all[i] = l // keep the later answer
		} else {
			all = append(all, l)
		}
	}
	return all, nil
}

func (c *Client) hasBoth() bool { in := c.in(); return in.api != nil && in.sci != nil }
