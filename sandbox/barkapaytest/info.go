package barkapaytest

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

func (b *Server) ping(*call) *sandbox.Answer {
	return sandbox.JSON(200, kit.Object{"message", "Success"})
}

func (b *Server) availability(*call) *sandbox.Answer {
	var services any
	if b.cfg.OldAvailability {
		old := kit.Object{"mobile", true, "crypto", false, "electro", false}
		services = kit.Object{"transfers", old, "payments", old}
	} else {
		countries := kit.Object{}
		for _, country := range allCountries {
			operators := kit.Object{}
			for _, name := range slices.Sorted(maps.Keys(b.operators[country])) {
				op := b.operators[country][name]
				operators = append(operators, name, kit.Object{"payment", op.Payment, "transfer", op.Transfer})
			}
			countries = append(countries, country, operators)
		}
		services = kit.Object{"mobile-operators-availability", countries}
	}
	return sandbox.JSON(200, kit.Object{
		"status", 200, "message", "The API is up and running.", "available_services", services,
		"coder_note", note,
	})
}

// userInfo answers with the documented sample, in valid JSON. The sample itself
// has a number with leading zeros and a comment.
func (b *Server) userInfo(c *call) *sandbox.Answer {
	var id any = json.Number("100000100000")
	if b.cfg.PublicIDAsString {
		id = "0000100000100"
	}
	services := "both"
	if c.app.kind == "sci" {
		services = "payment"
	}
	return sandbox.JSON(200, kit.Object{
		"status", 200,
		"user", kit.Object{"name", "Sandbox Store", "public_id", id, "status", "ENABLED"},
		"api_app_details", kit.Object{
			"name", "Sandbox " + c.app.kind + " app", "description", "An app of the sandbox.", "label", c.app.label,
			"allowed_services", services, "allowed_countries", allCountries, "allow_notifications", "ENABLED",
			"notification_url", kit.Null(c.app.url), "can_perform_transfers", c.app.kind == "api", "app_type", c.app.kind,
		},
	})
}

func (b *Server) operatorsInfos(*call) *sandbox.Answer {
	infos := kit.Object{}
	for _, country := range allCountries {
		operators := kit.Object{}
		for _, name := range slices.Sorted(maps.Keys(b.operators[country])) {
			op := b.operators[country][name]
			operators = append(operators, name, kit.Object{
				"otp_required", op.OTPRequired,
				"payment_instructions", "Veuillez composer le *555*6#, puis sélectionnez et finalisez le paiement.",
				"pay_delay", int(payDelay.Seconds()), "min_amount", op.Min, "max_amount", op.Max,
			})
		}
		infos = append(infos, country, operators)
	}
	return sandbox.JSON(200, kit.Object{"status", 200, "infos", infos})
}

func (b *Server) accounts(*call) *sandbox.Answer {
	countries := kit.Object{}
	for _, country := range allCountries {
		balances := []kit.Object{}
		for _, label := range []string{"main", "api"} {
			balances = append(balances, kit.Object{"label", label, "balance", b.Balance(accountName(country, label))})
		}
		countries = append(countries, country, balances)
	}
	return sandbox.JSON(200, kit.Object{
		"status", 200, "message", "Successfully browsed accounts.", "balances", kit.Object{"mobile", countries},
	})
}

// statement knows only mobile accounts. The answer for the other types is not
// documented.
func (b *Server) statement(c *call) *sandbox.Answer {
	f := readForm(c.Request, "type name label")
	kind, name, label := f.need("type"), f.need("name"), f.need("label")
	f.oneOf("type", "mobile", "crypto", "electro", "bank")
	f.oneOf("name", allCountries...)
	f.oneOf("label", "main", "api")
	if f.refused != nil {
		return f.refused
	}
	if kind != "mobile" {
		return sandbox.JSON(404, kit.Object{"error", "No account found"})
	}
	account := accountName(name, label)
	lines := []kit.Object{}
	for _, e := range b.EntriesOf(account) {
		lines = append(lines, kit.Object{
			"type", string(e.Kind), "amount", e.Amount, "previous_balance", e.Previous, "new_balance", e.Balance,
			"public_id", e.ID, "origin", e.Why,
		})
	}
	return sandbox.JSON(200, kit.Object{
		"status", 200, "message", "Successfully browsed account statement.",
		"account_info", kit.Object{
			"type", kind, "name", name, "label", label, "balance", b.Balance(account), "statement", lines,
		},
	})
}
