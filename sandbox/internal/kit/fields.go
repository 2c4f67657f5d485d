package kit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
)

var ErrMediaType = errors.New("unsupported content type")

// Fields reads a flat body: urlencoded, multipart or JSON. It leaves out empty
// values and null, as Laravel does. A repeated field, a file, and a JSON value
// that is not a scalar are errors. true and false become these words, and the
// rule of the field refuses them.
func Fields(contentType string, body []byte) (map[string]string, error) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, ErrMediaType
	}
	switch media {
	case "application/x-www-form-urlencoded":
		return Form(body)
	case "multipart/form-data":
		return readMultipart(body, params["boundary"])
	case "application/json":
		return readJSON(body)
	}
	return nil, ErrMediaType
}

// Form reads a urlencoded body. A repeated field is an error.
func Form(body []byte) (map[string]string, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	return single(values)
}

// single refuses a repeated name, and leaves out empty values.
func single(values url.Values) (map[string]string, error) {
	out := map[string]string{}
	for name, v := range values {
		if len(v) != 1 {
			return nil, fmt.Errorf("the %s field is given twice", name)
		}
		if v[0] != "" {
			out[name] = v[0]
		}
	}
	return out, nil
}

func readMultipart(body []byte, boundary string) (map[string]string, error) {
	if !bytes.Contains(body, []byte("--"+boundary+"--")) {
		return nil, io.ErrUnexpectedEOF
	}
	values := url.Values{}
	for r := multipart.NewReader(bytes.NewReader(body), boundary); ; {
		part, err := r.NextPart()
		if err == io.EOF {
			return single(values)
		}
		if err != nil {
			return nil, err
		}
		if part.FileName() != "" {
			return nil, fmt.Errorf("the %s field is a file", part.FormName())
		}
		v, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		values.Add(part.FormName(), string(v))
	}
}

func readJSON(body []byte) (map[string]string, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		return nil, err
	}
	out := map[string]string{}
	for name, v := range raw {
		var s string
		if json.Unmarshal(v, &s) != nil { // neither string nor null
			s = string(v)
		}
		if v[0] == '{' || v[0] == '[' {
			return nil, fmt.Errorf("the %s field must be a string", name)
		}
		if s != "" {
			out[name] = s
		}
	}
	return out, nil
}
