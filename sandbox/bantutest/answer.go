package bantutest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// kinds has the names of the errors, formed like the documented
// ConflictException.
var kinds = map[int]string{
	400: "BadRequestException", 401: "UnauthorizedException", 403: "ForbiddenException", 404: "NotFoundException",
	405: "MethodNotAllowedException", 409: "ConflictException", 415: "UnsupportedMediaTypeException",
	500: "InternalServerErrorException", 503: "ServiceUnavailableException",
}

// refuse returns a refusal. It has the key timestamp twice, as the documents
// show.
func (b *Server) refuse(r *sandbox.Request, status int, message string) *sandbox.Answer {
	product, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/")
	now := formatTime(r.At)
	return sandbox.JSON(status, kit.Object{
		"timestamp", now, "source", product, "kind", cmp.Or(kinds[status], "Exception"),
		"status", status, "message", message, "prod", false,
		"traceId", kit.Hex(16), "spanId", kit.Hex(16), "tenant", nil, "timestamp", now,
	})
}

// fault returns an internal error, unless the fault has a status of its own.
// The ErrorCode of the fault is the message.
func (b *Server) fault(r *sandbox.Request, f sandbox.Fault) *sandbox.Answer {
	return b.refuse(r, cmp.Or(f.Code, 500), cmp.Or(f.ErrorCode, "internal.error"))
}

// undocumented returns an answer that the documents do not describe.
func (b *Server) undocumented(o kit.Object) *sandbox.Answer {
	a := sandbox.JSON(200, o)
	if b.cfg.EmptyAnswers {
		a.Status, a.Body = 204, nil
	}
	return a
}

func isStatus(key string, v any) bool { return key == "status" && (v == "UP" || v == "DOWN") }

func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000+00:00") }

// readBody reads an object of strings, and leaves out empty values. It refuses
// other names, and a body that lacks one of the needed fields.
func (b *Server) readBody(r *sandbox.Request, names string, needed ...string) (map[string]string, *sandbox.Answer) {
	raw, err := kit.ReadObject[*string](r.Header.Get("Content-Type"), r.Body)
	switch err {
	case nil:
	case kit.ErrMediaType:
		return nil, b.refuse(r, 415, "Content-Type must be application/json")
	default:
		return nil, b.refuse(r, 400, "the body must be a JSON object of strings")
	}
	values := map[string]string{}
	for name, v := range raw {
		if !slices.Contains(strings.Fields(names), name) {
			return nil, b.refuse(r, 400, name+" is not documented")
		}
		if v != nil && *v != "" {
			values[name] = *v
		}
	}
	missing := slices.DeleteFunc(slices.Clone(needed), func(name string) bool { return values[name] != "" })
	if len(missing) > 0 {
		return nil, b.refuse(r, 400, "missing: "+strings.Join(missing, ", "))
	}
	return values, nil
}
