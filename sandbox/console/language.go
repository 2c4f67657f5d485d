package console

import (
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay/sandbox"
)

const langCookie = "lang"

// language returns "fr" or "en", by the address, or the cookie, or the browser.
// The default is English.
func language(r *http.Request) string {
	if lang := r.URL.Query().Get("lang"); texts[lang] != nil {
		return lang
	}
	if cookie, err := r.Cookie(langCookie); err == nil && texts[cookie.Value] != nil {
		return cookie.Value
	}
	best, weight := "en", 0.0
	for _, part := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			q, _ = strconv.ParseFloat(v, 64)
		}
		if texts[base] != nil && q > weight {
			best, weight = base, q
		}
	}
	return best
}

// pages are the template in each language.
var pages = map[string]*template.Template{"en": parse("en"), "fr": parse("fr")}

func parse(lang string) *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"t": func(key any) (string, error) {
			if text := texts[lang][fmt.Sprint(key)]; text != "" {
				return text, nil
			}
			return "", fmt.Errorf("no text %q in %q", key, lang)
		},
		"problem": func(code, detail string) string {
			if text := texts[lang]["problem "+code]; text != "" {
				return text
			}
			return detail
		},
		"state":   state,
		"money":   decimal,
		"how":     howName,
		"hide":    hide,
		"hideURL": hideText,
		"text":    text,
		"clock":   func(t time.Time) string { return t.UTC().Format(time.DateTime) },
		"rfc3339": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"actions": func(o sandbox.Order, expires bool) []string {
			switch {
			case !o.Pending:
				return nil
			case expires && o.Kind == sandbox.Payment:
				return orderActions
			}
			return orderActions[:3]
		},
		"modes":  func() []string { return sendModes },
		"plants": func() []string { return plants },
		"fields": func() []string { return []string{"amount", "currency", "status", "phone", "fee", "reference"} },
		"steps":  func() []int { return []int{1, 5, 60, 1440} },
	}).ParseFS(assets, "assets/page.html"))
}
