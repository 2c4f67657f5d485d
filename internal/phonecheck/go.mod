module github.com/wapay-go/wapay/internal/phonecheck

go 1.23.0

replace github.com/wapay-go/wapay => ../..

require (
	github.com/nyaruka/phonenumbers v1.8.1
	github.com/wapay-go/wapay v0.0.0-00010101000000-000000000000
	golang.org/x/text v0.23.0
)

require (
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	google.golang.org/protobuf v1.36.11 // indirect
)
