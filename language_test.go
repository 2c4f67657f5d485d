package wapay_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
)

func ExampleLanguage_Payment() {
	p := &wapay.Payment{Status: wapay.StatusPending, Action: wapay.ActionConfirm, Amount: wapay.XOF.Units(500)}
	fmt.Println(wapay.English.Payment(p, nil))
	lost := &wapay.Error{Kind: wapay.ErrUnavailable, Outcome: wapay.OutcomeUnknown}
	fmt.Println(wapay.English.Payment(nil, lost))
	// Output:
	// Please confirm the payment of 500 FCFA on your phone.
	// We are checking your payment. Do not pay a second time: we will tell you how it ended.
}

// TestSentenceOfErrors checks that no sentence says that no payment was made
// unless that is proven, and each unknown one asks not to pay again.
func TestSentenceOfErrors(t *testing.T) {
	kinds := []error{
		nil, wapay.ErrInvalid, wapay.ErrUnauthorized, wapay.ErrForbidden, wapay.ErrNotFound, wapay.ErrDuplicate,
		wapay.ErrInsufficientFunds, wapay.ErrRateLimited, wapay.ErrUnavailable, wapay.ErrDecode, wapay.ErrOutcomeUnknown,
	}
	outcomes := []wapay.Outcome{wapay.OutcomeUnknown, wapay.OutcomeNotSent, wapay.OutcomeRejected, wapay.OutcomeReadOnly}
	safe := map[wapay.Language]string{wapay.French: "Aucun paiement n'a été effectué", wapay.English: "No payment was made"}
	again := map[wapay.Language]string{wapay.French: "Ne payez pas une seconde fois", wapay.English: "Do not pay a second time"}
	invalid := map[wapay.Language]string{wapay.French: "Vérifiez le numéro", wapay.English: "check the number"}
	read := map[wapay.Language]string{wapay.French: "Ne la renouvelez pas", wapay.English: "do not make it again"}
	for _, l := range []wapay.Language{wapay.French, wapay.English} {
		for _, kind := range kinds {
			for _, outcome := range outcomes {
				err := &wapay.Error{Kind: kind, Outcome: outcome}
				text, payout := l.Payment(nil, err), l.Payout(nil, err)
				name := fmt.Sprintf("%v, %v: %s", kind, outcome, text)
				assert.NotContains(t, text+payout, "%s", name)
				assert.NotContains(t, text+payout, " :", "the space before a French colon does not break")
				switch {
				case !wapay.NotDone(err) && outcome == wapay.OutcomeReadOnly:
					assert.Contains(t, text, read[l], name)
				case !wapay.NotDone(err):
					assert.Contains(t, text, again[l], name)
					assert.NotContains(t, text, safe[l], name)
					assert.Contains(t, payout, map[wapay.Language]string{wapay.French: "seconde fois", wapay.English: "second time"}[l])
				case kind == wapay.ErrInvalid, kind == wapay.ErrNotFound:
					assert.Contains(t, text, invalid[l], name)
				default:
					assert.Contains(t, text, safe[l], name)
				}
				// Beside an error only a final status counts.
				for s := wapay.StatusUnknown; s <= wapay.StatusRefunded; s++ {
					p, out := &wapay.Payment{Status: s}, &wapay.Payout{Status: s}
					wantText, wantPayout := text, payout
					if s.Final() {
						wantText, wantPayout = l.Payment(p, nil), l.Payout(out, nil)
					}
					assert.Equal(t, wantText, l.Payment(p, err), "%s, %v", name, s)
					assert.Equal(t, wantPayout, l.Payout(out, err), "%s, %v", name, s)
				}
			}
		}
		for _, err := range []error{nil, errors.New("another's"), context.Canceled, errors.Join(&wapay.Error{Outcome: wapay.OutcomeNotSent}, &wapay.Error{})} {
			assert.Contains(t, l.Payment(nil, err), again[l])
		}
	}
}

func TestSentenceOfStatuses(t *testing.T) {
	seen := map[string]string{}
	for _, l := range []wapay.Language{wapay.French, wapay.English} {
		for s := wapay.StatusUnknown; s <= wapay.StatusRefunded; s++ {
			for a := wapay.ActionNone; a <= wapay.ActionGiveCode; a++ {
				p := &wapay.Payment{Status: s, Action: a, Amount: wapay.XOF.Units(1250000)}
				text := l.Payment(p, nil)
				key := fmt.Sprint(l, "payment ", s)
				if s == wapay.StatusPending {
					key += a.String()
				}
				if before, ok := seen[key]; ok {
					assert.Equal(t, before, text, "only a pending payment has an action")
				}
				seen[key] = text
				assert.Contains(t, text, "FCFA")
			}
			seen[fmt.Sprint(l, "payout ", s)] = l.Payout(&wapay.Payout{Status: s, Amount: wapay.XOF.Units(1250000)}, nil)
		}
	}
	different := map[string]bool{}
	for _, text := range seen {
		different[text] = true
	}
	assert.Len(t, different, len(seen), "each end has a sentence of its own")
	assert.Equal(t, "Nous avons bien reçu votre paiement de 1\u202f250\u202f000\u00a0FCFA. Merci.",
		seen["0payment succeeded"])
	assert.Contains(t, seen["1payment succeeded"], "of 1,250,000\u00a0FCFA")

	unknown := &wapay.Error{Outcome: wapay.OutcomeUnknown}
	last := &wapay.Payment{Status: wapay.StatusPending, Amount: wapay.SLE.Units(5)}
	assert.Contains(t, wapay.French.Payment(last, unknown), "Nous vérifions votre paiement de 5,00\u00a0SLE")
	last.Status = wapay.StatusSucceeded
	assert.True(t, strings.HasPrefix(wapay.French.Payment(last, unknown), "Nous avons bien reçu"))
}
