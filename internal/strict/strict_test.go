package strict

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// benchBody is an answer as BarkaPay gives it.
const benchBody = `{"public_id":"a117879e-ebf3-4f25-9c56-cce7dda24d68","amount":23460,"sender_phonenumber":"70187358",` +
	`"sender_country":"BFA","status":1,"order_id":"c1d66d7e1198d","txid":"CHKTRANS240201.1615.B15593",` +
	`"order_data":null,"coder_note":"Ambition is priceless.","reason":"Successfully received payment.",` +
	`"created_at":"2024-02-01T16:10:20.088000Z","agent":null}`

func TestCheck(t *testing.T) {
	for text, want := range map[string]error{
		`{"status":1,"status":-1}`:                                errTwice,
		`{"status":1,"a":{},"b":[1,2],"status":"1"}`:              errTwice,
		` [ { "a" : 1 , "a" : 2 } ] `:                             errTwice,
		`{"data":{"x":[{"a":1},{"id":"A","id":"B"}]}}`:            errTwice,
		`{"a":1,"a":1,"a":2}`:                                     errTwice,
		`{"a":2,"a":1,"a":2}`:                                     errTwice,
		`{"status":1,"st\u0061tus":-1}`:                           errTwice,
		`{"st\u0061tus":1,"status":-1}`:                           errTwice,
		`{"st\u0061tus":1,"statu\u0073":-1}`:                      errTwice,
		`{"a":null,"a":0}`:                                        errTwice,
		`{"a":{"b":1},"a":{"b":2}}`:                               errTwice,
		`{"a\"":1,"a\"":2}`:                                       errTwice,
		`{"":1,"":2}`:                                             errTwice,
		`{"x":{"a":1},"a":1,"y":{"a":2},"a":2}`:                   errTwice,
		`{"\u0061":{"\u0062":1,"\u0063":{"\u0064":1}},"a":2}`:     errTwice,
		`{"a":1,"A":2}`:                                           errTwice,
		`{"data":[{"status":0,"STATUS":1}]}`:                      errTwice,
		`{"status":0,"\u017ftat` + "u\u017f" + `":1}`:             errTwice, // a long s
		`{"k":0,"` + "\u212a" + `":1}`:                            errTwice, // Kelvin
		`{"é":0,"É":1}`:                                           errTwice,
		`{"Timestamp":"a","status":1,"TIMESTAMP":"b"}`:            nil,
		`{"timestamp":"a","status":1,"timestamp":"b"}`:            nil,
		`{"timestamp":{"a":1,"a":2}}`:                             errTwice,
		`{"data":{"payload":{"Reference":1,"reference":2}}}`:      nil, // the merchant's own names come back, too
		`{"data":{"payload":{"reference":1,"r\u0065ference":2}}}`: errTwice,
		`{"data":{"payload":{"Reference":1,"r\u0065ference":2}}}`: nil,
		`{"a":1,"A":1}`:                                           nil,
		benchBody:                                                 nil,
		`{"a":1,"a":1}`:                                           nil,
		`{"a": 1 ,"a":1}`:                                         nil,
		`{"a":{"a":1},"b":{"a":2},"c":[{"a":3},{"a":4}]}`:         nil,
		`{"a":"\"a\":1,\"a\":2"}`:                                 nil,
		`{"a":"\\","b":"\\\"","c":"\\\\","b":"\\\""}`:             nil,
		`{"a":"a","b":"a","c":"b"}`:                               nil,
		`[]`:                                                      nil,
		`{}`:                                                      nil,
		`7`:                                                       nil,
		`"{"`:                                                     nil,
		strings.Repeat("[", 2*maxDepth):                           nil,
		strings.Repeat(`{"a":`, 100) + strings.Repeat("}", 100):   nil,
		members(fewMembers + 1):                                   nil,
		members(10000):                                            nil,
		members(maxWork + 1):                                      errTooMuch,
		`{"a":` + members(300) + `,"b":` + members(300) + `}`:     nil,
		strings.Replace(members(300), `"0":"0"`, `"0":`+members(300), 1):                                      nil,
		strings.Replace(members(300), `"12b":"12b"`, `"12b":`+members(300)+`,"12a":1`, 1):                     errTwice,
		strings.Replace(members(300), `"80":"80"`, `"80":`+strings.Replace(members(300), "12b", "12a", 1), 1): errTwice,
		`[` + members(200) + `,` + members(200) + `]`:                                                         nil,
		strings.Replace(members(256), "ff", "3", 1):                                                           errTwice, // the last member, when the array is full
		`[` + strings.Repeat("0,", maxWork/elementWork-1) + `0]`:                                              nil,
		`[` + strings.Repeat("0,", maxWork/elementWork) + `0]`:                                                errTooMuch,
	} {
		if got := Check([]byte(text)); got != want {
			t.Errorf("%.60s: %v", text, got)
		}
		if len(text) > 5000 {
			continue
		}
		for i := range min(len(text), 500) { // a scan of a broken text ends
			_ = Check([]byte(text[:i]))
			_ = Check([]byte(text[:i] + "}" + text[i:]))
			_ = Check([]byte(text[:i] + `"` + text[i:]))
		}
	}
	text := []byte(benchBody)
	if n := testing.AllocsPerRun(10, func() { _ = Check(text) }); n > 0 {
		t.Error(n, "allocations")
	}
}

// members returns an object with n members. Each has its number in hexadecimal
// as its name and its value.
func members(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%x":"%x"`, i, i)
	}
	return "{" + b.String()[1:] + "}"
}

// BenchmarkDoubtful shows that the scan is cheap for every kind of large
// answer. "valid" is the time that encoding/json takes for the same text.
func BenchmarkDoubtful(b *testing.B) {
	full := func(start string, next func(i int) string, end string) string {
		b := strings.Builder{}
		b.WriteString(start)
		for i := 0; b.Len() < 1<<20; i++ {
			b.WriteString(next(i))
		}
		return b.String() + end
	}
	object := func(format string) string {
		return full(`[{"":0`, func(i int) string {
			if i%250 == 249 {
				return `},{"":0`
			}
			return "," + fmt.Sprintf(format, i%250) + `:0`
		}, "}]")
	}
	x := strings.Repeat("x", 4000)
	for name, text := range map[string]string{
		"short names":          object(`"%04x"`),
		"long names":           object(`"` + x + `%04x"`),
		"short escaped names":  object(`"\u0061%04x"`),
		"long escaped names":   object(`"\u0061` + x + `%04x"`),
		"long names in case":   object(`"A` + x + `%04x"`),
		"one escaped, in many": full(`{"\u0061":0`, func(i int) string { return fmt.Sprintf(`,"%x":1`, i) }, "}"),
		"the same":             full(`{"":0`, func(int) string { return `,"a":0` }, "}"),
		"quotes":               full(`{"":"`, func(int) string { return `\"` }, `"}`),
		"backslashes":          full(`{"":"`, func(int) string { return `\\` }, `"}`),
	} {
		answer := []byte(text)
		b.Run(name+"/valid", func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if !json.Valid(answer) {
					b.Fatal("no JSON")
				}
			}
		})
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				_ = Check(answer)
			}
		})
	}
}
