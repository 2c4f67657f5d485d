package wapay

import (
	"cmp"
	"errors"
	"strings"
)

// Language is a language in which a customer is told how an order goes.
type Language int

// The languages that [Language.Payment] and [Language.Payout] know.
const (
	French Language = iota
	English
)

// sentences has a French and an English text. "%s" stands for the amount.
type sentences [2]string

// In each text, the amount follows "de" or "of", or is left out if it is not
// known.
var (
	paymentTexts = map[Status]sentences{
		StatusUnknown: {
			"Nous vérifions votre paiement%s. Ne payez pas une seconde fois\u00a0: nous vous dirons ce qu'il en est.",
			"We are checking your payment%s. Do not pay a second time: we will tell you how it ended.",
		},
		StatusPending: {
			"Votre paiement%s est en cours. Merci de patienter.",
			"Your payment%s is being processed. Please wait.",
		},
		StatusSucceeded: {"Nous avons bien reçu votre paiement%s. Merci.", "We have received your payment%s. Thank you."},
		StatusFailed: {
			"Votre paiement%s n'a pas abouti. Vous pouvez réessayer.",
			"Your payment%s did not go through. You can try again.",
		},
		StatusCancelled: {"Votre paiement%s a été annulé.", "Your payment%s was cancelled."},
		StatusRefunded:  {"Votre paiement%s vous a été remboursé.", "Your payment%s was refunded."},
	}
	// actionTexts are for a pending payment.
	actionTexts = map[Action]sentences{
		ActionConfirm: {"Confirmez le paiement%s sur votre téléphone.", "Please confirm the payment%s on your phone."},
		ActionOpenPage: {
			"Ouvrez la page de paiement pour terminer votre paiement%s.",
			"Please open the payment page to complete your payment%s.",
		},
		ActionPageLost: {
			"Votre paiement%s est en cours. Terminez-le sur la page de paiement que vous avez déjà ouverte.",
			"Your payment%s has already begun. Please complete it on the payment page that you opened before.",
		},
		ActionGiveCode: {
			"Pour terminer votre paiement%s, indiquez-nous le code reçu de votre opérateur.",
			"To complete your payment%s, please give us the code that your operator sent you.",
		},
	}
	payoutTexts = map[Status]sentences{
		StatusUnknown: {
			"Nous vérifions le transfert%s. Ne le demandez pas une seconde fois\u00a0: nous vous dirons ce qu'il en est.",
			"We are checking the transfer%s. Do not ask for it a second time: we will tell you how it ended.",
		},
		StatusPending:   {"Le transfert%s est en cours.", "The transfer%s is on its way."},
		StatusSucceeded: {"La somme%s vous a été envoyée.", "The sum%s was sent to you."},
		StatusFailed:    {"Le transfert%s n'a pas abouti.", "The transfer%s did not go through."},
		StatusCancelled: {"Le transfert%s a été annulé.", "The transfer%s was cancelled."},
		StatusRefunded:  {"La somme%s a été rendue à l'expéditeur.", "The sum%s was given back to the sender."},
	}

	errInvalidText = sentences{
		"Une information est incorrecte. Vérifiez le numéro, l'opérateur et le montant.",
		"Something is not right. Please check the number, the operator and the amount.",
	}
	errLaterText = sentences{
		"Le service est indisponible pour le moment. Aucun paiement n'a été effectué\u00a0: " +
			"réessayez dans quelques minutes.",
		"The service is not available right now. No payment was made: please try again in a few minutes.",
	}
	errShopText = sentences{
		"Nous ne pouvons pas traiter cette demande. Aucun paiement n'a été effectué. Contactez-nous.",
		"We cannot process this request. No payment was made. Please contact us.",
	}
	errReadText = sentences{
		"Nous ne pouvons pas vérifier votre demande pour le moment. Ne la renouvelez pas.",
		"We cannot check your request right now. Please do not make it again.",
	}
)

// Payment returns a sentence for the customer who pays: what became of the
// payment and what to do next. Its arguments are the results of Pay,
// FindPayment or WaitPayment. If err is not nil, it uses p only if the payment
// is final.
//
// If the outcome is unknown, it asks the customer not to pay a second time.
func (l Language) Payment(p *Payment, err error) string {
	var amount Money
	if p != nil {
		amount = p.Amount
		if err == nil || p.Status.Final() {
			text := ofStatus(paymentTexts, p.Status)
			if p.Status == StatusPending {
				text = cmp.Or(actionTexts[p.Action], text)
			}
			return l.say(text, amount)
		}
	}
	return l.say(ofError(err, paymentTexts[StatusUnknown]), amount)
}

// Payout returns a sentence for the recipient of a payout, as
// [Language.Payment] does for the customer who pays.
func (l Language) Payout(p *Payout, err error) string {
	var amount Money
	if p != nil {
		amount = p.Amount
		if err == nil || p.Status.Final() {
			return l.say(ofStatus(payoutTexts, p.Status), amount)
		}
	}
	return l.say(ofError(err, payoutTexts[StatusUnknown]), amount)
}

// ofStatus returns the text for a status. A status without one is unknown.
func ofStatus(texts map[Status]sentences, s Status) sentences {
	return cmp.Or(texts[s], texts[StatusUnknown])
}

// ofError returns the text for an error. The outcome is unknown unless the
// error proves that nothing was done.
func ofError(err error, unknown sentences) sentences {
	var e *Error
	switch {
	case !NotDone(err):
		if errors.As(err, &e) && e != nil && e.Outcome == OutcomeReadOnly {
			return errReadText
		}
		return unknown
	case errors.Is(err, ErrRateLimited), errors.Is(err, ErrUnavailable):
		return errLaterText
	case errors.Is(err, ErrInvalid), errors.Is(err, ErrNotFound):
		return errInvalidText
	case errors.As(err, &e) && e.Kind == nil: // the caller's context ended before it was sent
		return errLaterText
	}
	return errShopText // the keys, the balance: none of the customer's business
}

// say puts the amount into a sentence.
func (l Language) say(s sentences, amount Money) string {
	text, of := s[0], " de "
	if l == English {
		text, of = s[1], " of "
	}
	if !amount.Valid() {
		return strings.Replace(text, "%s", "", 1)
	}
	return strings.Replace(text, "%s", of+l.amount(amount), 1)
}

// amount formats an amount for the language: "5 000 FCFA" with no-break spaces
// in French, "5,000 FCFA" in English.
func (l Language) amount(m Money) string {
	whole, part, decimals := strings.Cut(m.Decimal(), ".")
	separator, point := "\u202f", ","
	if l == English {
		separator, point = ",", "."
	}
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + separator + whole[i:]
	}
	if decimals {
		whole += point + part
	}
	name := string(m.Currency())
	if m.Currency() == XOF || m.Currency() == XAF {
		name = "FCFA" // what people call both
	}
	return whole + "\u00a0" + name
}
