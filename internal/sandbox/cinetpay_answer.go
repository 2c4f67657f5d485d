package sandbox

import (
	"fmt"
	"strconv"
	"strings"
)

// cinetCodes are the names of the codes of both products. Those that the documents give without a name are missing.
var cinetCodes = map[int]string{
	0: "OPERATION_SUCCES", -1: "OPERATION_ERROR", 600: "PAYMENT_FAILED", 602: "INSUFFICIENT_BALANCE",
	603: "SERVICE_UNAVAILABLE", 604: "OTP_CODE_ERROR", 606: "INCORRECT_SETTINGS", 608: "MINIMUM_REQUIRED_FIELDS",
	609: "AUTH_NOT_FOUND", 623: "WAITING_CUSTOMER_TO_VALIDATE", 627: "TRANSACTION_CANCEL",
	662: "WAITING_CUSTOMER_PAYMENT", 663: "WAITING_CUSTOMER_OTP_CODE", 664: "WAITING_CUSTOMER_PAYMENT_AT_OPERATOR_SIDE",
	701: "INVALID_CREDENTIALS", 702: "COULD_NOT_CREATE_TOKEN", 703: "INVALID_USER", 704: "INVALID_PARAM",
	705: "EXPIRED_TOKEN", 706: "INVALID_TOKEN", 707: "CANT_REFRESH_TOKEN", 708: "NOT_ALLOWED", 709: "EXECUTION_ERROR",
	710: "EXECUTION_ERROR", 715: "UNEXPECTED_ERROR", 716: "DATA_NOT_VALID", 717: "ERROR_PHONE_NOT_PARTICULAR",
	718: "JSON_PARSE_ERROR", 719: "AMOUNT_TOO_SMALL", 720: "AMOUNT_TOO_LARGE", 721: "OPERATOR_NOT_AVAILABLE",
	723: "NOT_FOUND", 724: "ERROR_PHONE_NOT_MY_CONTACT", 725: "MISSING_NOTIFY_URL",
	726: "ERROR_PHONE_ALREADY_MY_CONTACT", 801: "INVALID_AMOUNT", 802: "INVALID_PHONE", 804: "OPERATOR_UNAVAILABLE",
	805: "CLIENT_TRANSACTION_ID_EXIST",
}

func cinetName(code int) string {
	if name := cinetCodes[code]; name != "" {
		return name
	}
	return "ERROR_" + strconv.Itoa(code)
}

// code spells a code the way the configuration says.
func (p *CinetPay) code(code int, item bool) any {
	switch {
	case p.cfg.Codes == CinetPayCodesStrings, p.cfg.Codes == CinetPayCodesMixed && code != 0 && !item:
		return strconv.Itoa(code)
	}
	return code
}

// ok is a success as transfers have it. Items may have failed nevertheless.
func (p *CinetPay) ok(data any) *answer {
	return jsonAnswer(200, object{"code", p.code(0, false), "message", cinetName(0), "data", data})
}

// items wraps a list in another one, unless it is to be flat.
func (p *CinetPay) items(list []object) *answer {
	if p.cfg.FlatData {
		return p.ok(list)
	}
	return p.ok([][]object{list})
}

// item ends an item of a list.
func (p *CinetPay) item(o object, code int, more ...any) object {
	status := "success"
	if code != 0 {
		status = cinetName(code)
	}
	o = append(o, "code", p.code(code, true), "status", status)
	return append(o, more...)
}

// refuse is a refusal of a whole request about transfers. It has an empty array where a success has an object (S).
func (p *CinetPay) refuse(status, code int, description string) *answer {
	if p.cfg.RefusalsAs200 && code != 701 {
		status = 200
	}
	if description == "" {
		description = cinetName(code)
	}
	return jsonAnswer(status, object{
		"code", p.code(code, false), "message", cinetName(code), "description", description, "data", []any{},
	})
}

// refuseCheckout has codes that are always strings, and no data.
func (p *CinetPay) refuseCheckout(status, code int, description string) *answer {
	if p.cfg.RefusalsAs200 {
		status = 200
	}
	return jsonAnswer(status, object{
		"code", strconv.Itoa(code), "message", cinetName(code), "description", description,
		"api_response_id", p.responseID(),
	})
}

// responseID looks like the samples': seconds and a fraction.
func (p *CinetPay) responseID() string {
	now := p.Now()
	return fmt.Sprintf("%d.%04d", now.Unix(), now.Nanosecond()/100_000)
}

// failure acts FaultProviderError out: 715 UNEXPECTED_ERROR unless the fault says otherwise.
func (p *CinetPay) failure(r *Request, f Fault) *answer {
	status, code := 500, 715
	if f.Code != 0 {
		status = f.Code
	}
	if n, err := strconv.Atoi(f.ErrorCode); err == nil {
		code = n
	}
	a := p.refuse(status, code, "")
	if strings.HasPrefix(r.Path, cinetCheckoutBase) {
		a = p.refuseCheckout(status, code, cinetName(code))
	}
	a.status = status
	return a
}
