package sandbox

import (
	"encoding/json"
	"slices"
)

func (b *BarkaPay) ping(*call) *answer {
	return jsonAnswer(200, object{"message", "Success"})
}

func (b *BarkaPay) availability(*call) *answer {
	var services any
	if b.cfg.OldAvailability {
		old := object{"mobile", true, "crypto", false, "electro", false}
		services = object{"transfers", old, "payments", old}
	} else {
		countries := object{}
		for _, country := range barkaCountries {
			operators := object{}
			for _, name := range b.operatorNames(country) {
				op := b.operators[country][name]
				operators = append(operators, name, object{"payment", op.Payment, "transfer", op.Transfer})
			}
			countries = append(countries, country, operators)
		}
		services = object{"mobile-operators-availability", countries}
	}
	return jsonAnswer(200, object{
		"status", 200, "message", "The API is up and running.", "available_services", services,
		"coder_note", barkaNote,
	})
}

func (b *BarkaPay) operatorNames(country string) []string {
	names := []string{}
	for name := range b.operators[country] {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// userInfo is the sample made valid: its public_id has leading zeros and a comment stands in it.
func (b *BarkaPay) userInfo(c *call) *answer {
	var id any = json.Number("100000100000")
	if b.cfg.PublicIDAsString {
		id = "0000100000100"
	}
	services := "both"
	if c.app.kind == "sci" {
		services = "payment"
	}
	return jsonAnswer(200, object{
		"status", 200,
		"user", object{"name", "Sandbox Store", "public_id", id, "status", "ENABLED"},
		"api_app_details", object{
			"name", "Sandbox " + c.app.kind + " app", "description", "An app of the sandbox.", "label", c.app.label,
			"allowed_services", services, "allowed_countries", barkaCountries, "allow_notifications", "ENABLED",
			"notification_url", null(c.app.url), "can_perform_transfers", c.app.kind == "api", "app_type", c.app.kind,
		},
	})
}

func (b *BarkaPay) operatorsInfos(*call) *answer {
	infos := object{}
	for _, country := range barkaCountries {
		operators := object{}
		for _, name := range b.operatorNames(country) {
			op := b.operators[country][name]
			operators = append(operators, name, object{
				"otp_required", op.OTPRequired,
				"payment_instructions", "Veuillez composer le *555*6#, puis sélectionnez et finalisez le paiement.",
				"pay_delay", int(barkaPayDelay.Seconds()), "min_amount", op.Min, "max_amount", op.Max,
			})
		}
		infos = append(infos, country, operators)
	}
	return jsonAnswer(200, object{"status", 200, "infos", infos})
}

func (b *BarkaPay) accounts(*call) *answer {
	countries := object{}
	for _, country := range barkaCountries {
		balances := []object{}
		for _, label := range []string{"main", "api"} {
			balances = append(balances, object{"label", label, "balance", b.Balance(barkaAccount(country, label))})
		}
		countries = append(countries, country, balances)
	}
	return jsonAnswer(200, object{
		"status", 200, "message", "Successfully browsed accounts.", "balances", object{"mobile", countries},
	})
}

// statement knows mobile accounts only; the answer for the other types is not documented.
func (b *BarkaPay) statement(c *call) *answer {
	f := readBarkaForm(c.Request, "type name label")
	kind, name, label := f.need("type"), f.need("name"), f.need("label")
	f.oneOf("type", "mobile", "crypto", "electro", "bank")
	f.oneOf("name", barkaCountries...)
	f.oneOf("label", "main", "api")
	if f.refused != nil {
		return f.refused
	}
	if kind != "mobile" {
		return jsonAnswer(404, object{"error", "No account found"})
	}
	account := barkaAccount(name, label)
	lines := []object{}
	for _, e := range b.EntriesOf(account) {
		lines = append(lines, object{
			"type", string(e.Kind), "amount", e.Amount, "previous_balance", e.Previous, "new_balance", e.Balance,
			"public_id", e.ID, "origin", e.Why,
		})
	}
	return jsonAnswer(200, object{
		"status", 200, "message", "Successfully browsed account statement.",
		"account_info", object{
			"type", kind, "name", name, "label", label, "balance", b.Balance(account), "statement", lines,
		},
	})
}
