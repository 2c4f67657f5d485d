package browsertest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox/bantutest"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/console"
	"github.com/wapay-go/wapay/sandbox/intramtest"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

// screenshots is the variable with a directory to keep pictures in.
const screenshots = "WAPAY_SCREENSHOTS"

// stand is a console, and a browser that has it open.
type stand struct {
	t        *testing.T
	ctx      context.Context
	url      string
	barkapay *barkapaytest.Server

	mu    sync.Mutex
	asked []string // URLs that the browser requested
	wrong []string // errors of the page
}

// open starts a console and opens it in a browser that prefers a language.
func open(t *testing.T, language string) *stand {
	t.Helper()
	s := &stand{t: t, barkapay: barkapaytest.New(barkapaytest.Config{})}
	server := httptest.NewUnstartedServer(nil)
	c, err := console.New(server.Listener.Addr().String(), console.NewProvider("barkapay", s.barkapay),
		console.NewProvider("cinetpay", cinetpaytest.New(cinetpaytest.Config{})),
		console.NewProvider("intram", intramtest.New(intramtest.Config{})),
		console.NewProvider("mpp", mpptest.New(mpptest.Config{})), console.NewProvider("bantu", bantutest.New(bantutest.Config{})))
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = c
	server.Start()
	t.Cleanup(func() { c.Close(); server.Close() })
	s.url = server.URL
	s.ctx = browser(t)
	if err := chromedp.Listen(s.ctx, s.listen); err != nil {
		t.Fatal(err)
	}
	send(s, log.Enable, cdp.Empty{})
	send(s, network.Enable, network.EnableParams{})
	send(s, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": language}})
	s.run(chromedp.Navigate(s.url), chromedp.WaitVisible("#orders"))
	t.Cleanup(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, url := range s.asked {
			if !strings.HasPrefix(url, s.url+"/") {
				t.Errorf("the page asked %s", url)
			}
		}
		if len(s.wrong) > 0 {
			t.Errorf("the page has errors: %s", s.wrong)
		}
	})
	return s
}

// browser starts a browser for the test, and skips the test if there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("skipped: no Chromium on this machine (Debian: apt-get install chromium)")
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.WindowSize(1280, 1000), chromedp.WSURLReadTimeout(time.Minute),
	}
	for _, flag := range []string{
		"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage",
	} {
		options = append(options, chromedp.Flag(flag, true))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(ctx)
	t.Cleanup(end)
	return ctx
}

// listen notes the requests and the errors of the page.
func (s *stand) listen(event any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		s.asked = append(s.asked, e.Request.URL)
	case *runtime.EventExceptionThrown:
		s.wrong = append(s.wrong, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" {
			s.wrong = append(s.wrong, e.Entry.Text)
		}
	}
}

func (s *stand) run(steps ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		s.t.Fatal(err)
	}
}

// click clicks the element of a selector. It tries again if the page was just
// changing.
func (s *stand) click(selector string) {
	s.t.Helper()
	var err error
	for range 5 {
		ctx, cancel := context.WithTimeout(s.ctx, 10*time.Second)
		err = chromedp.Do(ctx, chromedp.Click(selector))
		if cancel(); err == nil {
			return
		}
	}
	s.t.Fatalf("%s: %v", selector, err)
}

// get runs an action and returns its value.
func get[T any](s *stand, a chromedp.Action[T]) T {
	s.t.Helper()
	v, err := chromedp.Run(s.ctx, a)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// send sends a command of the protocol.
func send[P, R any](s *stand, command cdp.Command[P, R], params P) {
	s.t.Helper()
	if _, err := chromedp.Call(s.ctx, command, params); err != nil {
		s.t.Fatal(err)
	}
}

// sees waits until a part of the page has the text.
func (s *stand) sees(selector, text string) {
	s.t.Helper()
	_, err := chromedp.Run(s.ctx, chromedp.PollFunction[bool](`(selector, text) =>
		[...document.querySelectorAll(selector)].some((e) => e.textContent.includes(text))`,
		chromedp.WithPollingArgs(selector, text), chromedp.WithPollingTimeout(15*time.Second)))
	if err != nil {
		s.t.Fatalf("%s does not show %q: %v\n%s", selector, text, err, get(s, chromedp.Text("body")))
	}
}

// picture keeps a screenshot if WAPAY_SCREENSHOTS is set.
func (s *stand) picture(name string, shot chromedp.Action[[]byte]) {
	s.t.Helper()
	dir := os.Getenv(screenshots)
	if dir == "" {
		return
	}
	png := get(s, shot)
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// pay makes a payment with the client.
func (s *stand) pay(reference string) error {
	s.t.Helper()
	phone, err := wapay.ParsePhone("+22670000001", "")
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = s.barkapay.Client().Pay(s.ctx, wapay.PaymentRequest{
		Reference: reference, Amount: wapay.XOF.Units(5000), Customer: wapay.Customer{Phone: phone}, Operator: "MOOV",
	})
	return err
}

// shop takes notifications.
func shop(t *testing.T) (url string, got <-chan string) {
	took := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		took <- string(body)
	}))
	t.Cleanup(server.Close)
	return server.URL, took
}

func soon(t *testing.T, got <-chan string) string {
	t.Helper()
	select {
	case body := <-got:
		return body
	case <-time.After(20 * time.Second):
		t.Fatal("no notification came")
		return ""
	}
}
