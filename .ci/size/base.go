//go:build ignore

// The floor: one request with net/http and encoding/json.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
)

func main() {
	resp, err := http.Get("https://api.example.com/v1/payment")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	var v map[string]any
	fmt.Println(json.NewDecoder(resp.Body).Decode(&v), v)
}
