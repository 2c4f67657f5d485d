package browsertest

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/wapay-go/wapay"
)

// The client makes a payment. The page shows it without a reload; a person
// approves it; the shop is told, and the page shows that too.
func TestApprove(t *testing.T) {
	s := open(t, "en")
	url, got := shop(t)
	s.run(chromedp.SetValue("#url-barkapay", url))
	s.click("#notify-barkapay")
	s.sees("#message", "The notification URL is set.")
	s.run(chromedp.Evaluate[chromedp.Void]("window.same = true"))
	if err := s.pay("order-1"); err != nil {
		t.Fatal(err)
	}
	row := `tr[data-order="order-1"]`
	s.sees(row+" .state", "pending")
	s.click(row + ` button[value="approve"]`)
	s.sees(row+" .state", "succeeded")
	if body := soon(t, got); !strings.Contains(body, `"order_id":"order-1"`) {
		t.Error(body)
	}
	s.sees(`tr[data-delivery="order-1"] .state`, "200")
	s.sees("#ledger-list td", "order-1")

	s.click(row + " summary")
	s.click(row + ` button[value="forged"]`)
	s.sees(`tr[data-delivery="order-1"] td`, "forged")
	soon(t, got)
	same := get(s, chromedp.Evaluate[bool]("window.same === true"))
	open := get(s, chromedp.Evaluate[bool](`document.querySelector('`+row+` details').open`))
	if !same || !open {
		t.Errorf("the page was loaded again (%t), or what was open is closed (%t)", !same, !open)
	}
	s.picture("console-en", chromedp.FullScreenshot(100))
}

// A fault that is injected on the page, by keyboard, meets the next call.
func TestFault(t *testing.T) {
	s := open(t, "en")
	s.run(chromedp.SetValue(`#inject select[name="kind"]`, "html"), chromedp.Focus("#do-inject"), chromedp.KeyEvent(kb.Enter))
	s.sees("#fault-queue", "HTML page of a proxy")
	if err := s.pay("order-1"); !errors.Is(err, wapay.ErrOutcomeUnknown) {
		t.Errorf("want an unknown outcome, got %v", err)
	}
	s.sees("#request-list td", "HTML page of a proxy")
	s.run(chromedp.WaitNotPresent("#clear-barkapay"))
}

func TestBothLanguages(t *testing.T) {
	s := open(t, "fr-BF, en;q=0.5")
	s.sees("h1", "Bac à sable")
	if err := s.pay("commande-1"); err != nil {
		t.Fatal(err)
	}
	row := `tr[data-order="commande-1"]`
	s.sees(row+" .state", "en attente")
	s.click(row + ` button[value="decline"]`)
	s.sees("#message", "Opération refusée.")
	s.sees(row+" .state", "non payée")
	s.picture("console-fr", chromedp.FullScreenshot(100))
	s.click(`a[hreflang="en"]`)
	s.run(chromedp.WaitVisible("html[lang=en] h1"))
	s.run(chromedp.Navigate(s.url), chromedp.WaitVisible("html[lang=en] h1")) // the choice stays
}

// On a phone nothing is wider than the screen.
func TestPhone(t *testing.T) {
	s := open(t, "fr")
	if err := s.pay("une-commande-avec-une-longue-reference-1234567890"); err != nil {
		t.Fatal(err)
	}
	s.run(chromedp.EmulateViewport(360, 740), chromedp.Reload(), chromedp.WaitVisible("tr[data-order]"))
	if width := get(s, chromedp.Evaluate[int]("document.documentElement.scrollWidth")); width > 360 {
		t.Errorf("the page is %d pixels wide, the phone 360", width)
	}
	s.picture("console-phone", chromedp.CaptureScreenshot())
}

// Without JavaScript the forms and the links do the same.
func TestWithoutScript(t *testing.T) {
	s := open(t, "en")
	if err := s.pay("order-1"); err != nil {
		t.Fatal(err)
	}
	send(s, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	s.run(chromedp.Navigate(s.url+"/?provider=barkapay"),
		chromedp.Click(`tr[data-order="order-1"] button[value="approve"]`), chromedp.WaitVisible("#message .good"))
	text, at := get(s, chromedp.Text(`tr[data-order="order-1"] .state`)), get(s, chromedp.Location())
	if text != "succeeded" || !strings.Contains(at, "provider=barkapay") {
		t.Errorf("the order is %s, and the page %s", text, at)
	}
}

// A page of another site changes nothing, whether it sends a form or calls the
// API.
func TestOtherSite(t *testing.T) {
	s := open(t, "en")
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<form method=post action=%[1]s/do><input name=action value=advance><input name=minutes value=600></form>
			<script>
			const body = '{"advance":"10h"}', tries = [
				fetch('%[1]s/api/clock', {method: 'POST', mode: 'no-cors', body}),
				fetch('%[1]s/api/clock', {method: 'POST', body, headers: {'Content-Type': 'application/json'}}),
				fetch('%[1]s/api/clock', {method: 'POST', mode: 'no-cors'}),
			];
			Promise.allSettled(tries).then(() => document.forms[0].submit());
			</script>`, s.url)
	}))
	defer other.Close()
	before := s.barkapay.Now()
	send(s, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{}})
	s.run(chromedp.Navigate(other.URL), chromedp.WaitVisible("pre"))
	text := get(s, chromedp.Text("pre"))
	if !strings.Contains(text, "foreign_origin") {
		t.Errorf("the form was answered %s", text)
	}
	if moved := s.barkapay.Now().Sub(before); moved > time.Hour {
		t.Errorf("the other site moved the clock by %s", moved)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked, s.wrong = nil, nil // the other site's
}
