package bantutest_test

import (
	"context"
	"fmt"

	"github.com/wapay-go/wapay/bantu"
	"github.com/wapay-go/wapay/sandbox/bantutest"
)

// The network to a partner fails until a test repairs it.
func Example() {
	provider := bantutest.New(bantutest.Config{})
	defer provider.Close()
	ctx, client := context.Background(), provider.Client()

	_, err := client.EnablePartner(ctx, bantu.OrangeMoney, "https://orange.example")
	fmt.Println(err)

	provider.SetDown("orange-money", true)
	a, err := client.PartnerStatus(ctx, bantu.OrangeMoney)
	fmt.Println(a.Status, err)
	// Output:
	// <nil>
	// DOWN <nil>
}
