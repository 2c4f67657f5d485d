package cinetpaytest

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// codes has the names of the codes of both products. A code that the documents
// give without a name is missing.
var codes = map[int]string{
	0: "OPERATION_SUCCES", -1: "OPERATION_ERROR", 600: "PAYMENT_FAILED", 602: "INSUFFICIENT_BALANCE",
	603: "SERVICE_UNAVAILABLE", 604: "OTP_CODE_ERROR", 606: "INCORRECT_SETTINGS", 608: "MINIMUM_REQUIRED_FIELDS",
	609: "AUTH_NOT_FOUND", 624: "UNKNOWN_ERROR", 625: "ABONNEMENT_OR_TRANSACTIONS_EXPIRED",
	623: "WAITING_CUSTOMER_TO_VALIDATE", 627: "TRANSACTION_CANCEL",
	662: "WAITING_CUSTOMER_PAYMENT", 663: "WAITING_CUSTOMER_OTP_CODE", 664: "WAITING_CUSTOMER_PAYMENT_AT_OPERATOR_SIDE",
	701: "INVALID_CREDENTIALS", 702: "COULD_NOT_CREATE_TOKEN", 703: "INVALID_USER", 704: "INVALID_PARAM",
	705: "EXPIRED_TOKEN", 706: "INVALID_TOKEN", 707: "CANT_REFRESH_TOKEN", 708: "NOT_ALLOWED", 709: "EXECUTION_ERROR",
	710: "EXECUTION_ERROR", 715: "UNEXPECTED_ERROR", 716: "DATA_NOT_VALID", 717: "ERROR_PHONE_NOT_PARTICULAR",
	718: "JSON_PARSE_ERROR", 719: "AMOUNT_TOO_SMALL", 720: "AMOUNT_TOO_LARGE", 721: "OPERATOR_NOT_AVAILABLE",
	723: "NOT_FOUND", 724: "ERROR_PHONE_NOT_MY_CONTACT", 725: "MISSING_NOTIFY_URL",
	726: "ERROR_PHONE_ALREADY_MY_CONTACT", 801: "INVALID_AMOUNT", 802: "INVALID_PHONE", 804: "OPERATOR_UNAVAILABLE",
	805: "CLIENT_TRANSACTION_ID_EXIST",
}

func name(code int) string {
	return cmp.Or(codes[code], "ERROR_"+strconv.Itoa(code))
}

// code returns a code as the configuration spells it.
func (p *Server) code(code int, item bool) any {
	switch {
	case p.cfg.Codes == CodesStrings, p.cfg.Codes == CodesMixed && code != 0 && !item:
		return strconv.Itoa(code)
	}
	return code
}

// ok returns a success of a request about transfers. Items of it may have
// failed.
func (p *Server) ok(data any) *sandbox.Answer {
	return sandbox.JSON(200, kit.Object{"code", p.code(0, false), "message", name(0), "data", data})
}

// items wraps a list in another one, unless Config.FlatData is set.
func (p *Server) items(list []kit.Object) *sandbox.Answer {
	if p.cfg.FlatData {
		return p.ok(list)
	}
	return p.ok([][]kit.Object{list})
}

// item ends an item of a list.
func (p *Server) item(o kit.Object, code int, more ...any) kit.Object {
	status := "success"
	if code != 0 {
		status = name(code)
	}
	o = append(o, "code", p.code(code, true), "status", status)
	return append(o, more...)
}

// refuse returns a refusal of a whole request about transfers. It has an empty
// array where a success has an object, as the documented samples do.
func (p *Server) refuse(status, code int, description string) *sandbox.Answer {
	if p.cfg.RefusalsAs200 && code != 701 {
		status = 200
	}
	return sandbox.JSON(status, kit.Object{
		"code", p.code(code, false), "message", name(code), "description", cmp.Or(description, name(code)), "data", []any{},
	})
}

// refuseCheckout returns a refusal of the checkout. Its code is always a
// string, and it has no data.
func (p *Server) refuseCheckout(status, code int, description string) *sandbox.Answer {
	if p.cfg.RefusalsAs200 {
		status = 200
	}
	return sandbox.JSON(status, kit.Object{
		"code", strconv.Itoa(code), "message", name(code), "description", description,
		"api_response_id", p.responseID(),
	})
}

// responseID returns seconds and a fraction, as in the samples.
func (p *Server) responseID() string {
	now := p.Now()
	return fmt.Sprintf("%d.%04d", now.Unix(), now.Nanosecond()/100_000)
}

// failure returns the answer of a FaultProviderError: 715 UNEXPECTED_ERROR,
// unless the fault names another.
func (p *Server) failure(r *sandbox.Request, f sandbox.Fault) *sandbox.Answer {
	status, code := cmp.Or(f.Code, 500), 715
	if n, err := strconv.Atoi(f.ErrorCode); err == nil {
		code = n
	}
	a := p.refuse(status, code, "")
	if strings.HasPrefix(r.Path, checkoutBase) {
		a = p.refuseCheckout(status, code, name(code))
	}
	a.Status = status
	return a
}
