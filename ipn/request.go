package ipn

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"

	"github.com/wapay-go/wapay"
)

// newRequest returns a request for tests. err is the error of its body. name is
// the calling function, for the error.
func newRequest(name, url, media string, body []byte, err error) (*http.Request, error) {
	var r *http.Request
	if err == nil {
		r, err = http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	}
	if err != nil {
		return nil, fmt.Errorf("ipn: %s: %w", name, err)
	}
	r.Header.Set("Content-Type", media)
	return r, nil
}

// checkSecret returns an error for a secret that is missing or blank.
func checkSecret(secret wapay.Secret) error {
	if anyBlank([]wapay.Secret{secret}) {
		return errors.New("blank secret")
	}
	return nil
}
