package loose_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay/internal/loose"
)

// into decodes doc into a variable that holds before. So a zero result comes
// from the decoder.
func into[T any](doc string, before T) (T, error) {
	err := json.Unmarshal([]byte(doc), &before)
	return before, err
}

func TestString(t *testing.T) {
	for doc, want := range map[string]loose.String{
		`null`: "", `""`: "", `"a"`: "a", `" a "`: " a ", `"é€😀"`: "é€😀", `"a\"\\\n\u00e9"`: "a\"\\\né", `"\ud83d\ude00"`: "😀",
		`"\ud83d"`: "\uFFFD", "\"\xff\"": "\uFFFD",
		`0`: "0", `-1`: "-1", `200.00`: "200.00", `1e6`: "1e6", `1E+6`: "1E+6", `9007199254740993`: "9007199254740993", `-0`: "-0",
		`1e999999999`: "1e999999999", `true`: "true", `false`: "false",
		`[]`: "", `{}`: "", `[ ]`: "", "{\n\t}": "", `[1]`: "[1]", `[[]]`: "[[]]", `{"a":[1,{"b":null}]}`: `{"a":[1,{"b":null}]}`, `[null]`: "[null]",
		`"null"`: "null", `"[]"`: "[]",
	} {
		if got, err := into[loose.String](doc, "before"); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", doc, got, err, want)
		}
	}
}

func TestPage(t *testing.T) {
	for text, is := range map[loose.String]bool{
		"https://pay.example/p?a=b": true, "http://127.0.0.1:80/p": true, "HTTPS://PAY.example": true,
		"": false, "true": false, "/p": false, "pay.example/p": false, "https://": false, "https:pay.example": false,
		"javascript:alert(1)": false, "ftp://pay.example": false, "https://pay.example/\n": false, "https://%zz": false,
	} {
		want := ""
		if is {
			want = string(text)
		}
		if got := text.Page(); got != want {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

func TestInt(t *testing.T) {
	for doc, want := range map[string]loose.Int{
		`null`: 0, `""`: 0, `[]`: 0, `{}`: 0, `0`: 0, `-0`: 0, `"0"`: 0, `12`: 12, `"12"`: 12, `-12`: -12, `"-12"`: -12, `"007"`: 7,
		`1e6`: 1000000, `"1E6"`: 1000000, `1.5e1`: 15, `12.0`: 12, `"12.00"`: 12, `1200e-2`: 12,
		`9007199254740993`: 9007199254740993, `9223372036854775807`: 9223372036854775807, `-9223372036854775807`: -9223372036854775807,
		`9.007199254740993e15`: 9007199254740993,
	} {
		if got, err := into[loose.Int](doc, 99); err != nil || got != want {
			t.Errorf("%s: got %d, %v; want %d", doc, got, err, want)
		}
	}
	for _, doc := range []string{
		`true`, `"true"`, `"x"`, `"null"`, `" 1"`, `"1 "`, `"+1"`, `"1,000"`, `"1_000"`, `"0x10"`, `"１"`, `"NaN"`, `"-"`, `"--1"`, `".5"`, `"e5"`, `"1e"`,
		`"1e1e1"`, `"1e1.5"`, `"1.2.3"`, `"1-2"`, `1.5`, `"1.5"`, `1e-1`, `9223372036854775808`, `-9223372036854775808`, `1e19`, `1e30`, `1e31`, `1e999999999`,
		`"1e99999999999999999999"`, `1e-30`, `1e-999999999`, `[1]`, `{"a":1}`, `[[]]`,
	} {
		if got, err := into[loose.Int](doc, 99); err == nil || got != 99 {
			t.Errorf("%s: got %d, %v; want an error", doc, got, err)
		}
	}
}

func TestBool(t *testing.T) {
	for doc, want := range map[string]loose.Bool{
		`true`: true, `"true"`: true, `"TRUE"`: true, `"True"`: true, `1`: true, `"1"`: true,
		`false`: false, `"false"`: false, `"False"`: false, `0`: false, `"0"`: false, `null`: false, `""`: false, `[]`: false, `{}`: false,
	} {
		if got, err := into(doc, !want); err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", doc, got, err, want)
		}
	}
	for _, doc := range []string{`2`, `-1`, `1.0`, `"yes"`, `"no"`, `" true"`, `"t"`, `[true]`, `{"a":true}`, `"null"`} {
		for _, before := range []loose.Bool{true, false} {
			if got, err := into(doc, before); err == nil || got != before {
				t.Errorf("%s: got %v, %v; want an error", doc, got, err)
			}
		}
	}
}

func TestTime(t *testing.T) {
	at := time.Date(2025, 3, 4, 5, 6, 7, 0, time.UTC)
	milli := at.Add(89 * time.Millisecond)
	for doc, want := range map[string]time.Time{
		`"2025-03-04T05:06:07Z"`: at, `"2025-03-04T05:06:07"`: at, `"2025-03-04 05:06:07"`: at, `"2025-03-04 05:06:07Z"`: at,
		`"2025-03-04T05:06:07+00:00"`: at, `"2025-03-04T06:06:07+01:00"`: at, `"2025-03-04T04:06:07-0100"`: at, `"2025-03-04 06:06:07+01:00"`: at,
		`"2025-03-04 06:06:07+0100"`: at, `"2025-03-04T05:06:07.089Z"`: milli, `"2025-03-04T05:06:07.089"`: milli, `"2025-03-04 05:06:07.089000"`: milli,
		`"2025-03-04T05:06:07.089+0000"`: milli, `"2025-03-04T05:06:07.089000000Z"`: milli,
		`null`: {}, `""`: {}, `" "`: {}, `0`: {}, `1741064767`: {}, `"1741064767"`: {}, `true`: {}, `[]`: {}, `{}`: {}, `{"date":"2025-03-04"}`: {},
		`"0000-00-00 00:00:00"`: {}, `"0000-00-00"`: {}, `"2025-03-04"`: {}, `"04/03/2025 05:06:07"`: {}, `"yesterday"`: {}, `"2025-13-04T05:06:07Z"`: {},
		`"2025-02-29T05:06:07Z"`: {}, `"2025-03-04T25:06:07Z"`: {}, `"2025-03-04  05:06:07"`: {}, `"2025-03-04T05:06:07Z "`: {},
		`"0000-01-01T00:00:00+14:00"`: {}, `"9999-12-31T23:59:59-14:00"`: {}, `"` + strings.Repeat("2025 ", 5000) + `"`: {},
	} {
		got, err := into(doc, loose.Time{Time: time.Unix(1, 0)})
		if err != nil || got.Time != want {
			t.Errorf("%.60s: got %v, %v; want %v", doc, got, err, want)
		}
		if _, err := json.Marshal(got.Time); err != nil {
			t.Errorf("%s: cannot be written again: %v", doc, err)
		}
	}
}

type item struct {
	ID loose.String `json:"id"`
}

func TestList(t *testing.T) {
	for doc, want := range map[string]loose.List[item]{
		`null`: nil, `{}`: nil, `[]`: nil, `{ }`: nil, `[{"id":1},{"id":"b"},{}]`: {{"1"}, {"b"}, {}}, `{"id":"a"}`: {{"a"}},
		`[null]`: {{}}, `{"other":1}`: {{}},
	} {
		got, err := into(doc, loose.List[item]{{"before"}, {"before"}})
		if err != nil || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, %v; want %v", doc, got, err, want)
		}
	}
	for _, doc := range []string{`""`, `"a"`, `1`, `true`, `[1]`, `["a"]`, `[[]]`} {
		if got, err := into(doc, loose.List[item]{}); err == nil {
			t.Errorf("%s: got %v; want an error", doc, got)
		}
	}
	nested, err := into(`[[{"id":1}],{"id":2},[],null]`, loose.List[loose.List[item]]{})
	if want := (loose.List[loose.List[item]]{{{"1"}}, {{"2"}}, nil, nil}); err != nil || !reflect.DeepEqual(nested, want) {
		t.Errorf("got %v, %v", nested, err)
	}
}

func TestObject(t *testing.T) {
	for doc, want := range map[string]item{
		`null`: {}, `[]`: {}, `[ ]`: {}, `{}`: {}, `{"id":1}`: {"1"}, `{"id":null,"more":[1]}`: {},
	} {
		if got, err := into(doc, loose.Object[item]{V: item{"before"}}); err != nil || got.V != want {
			t.Errorf("%s: got %v, %v; want %v", doc, got, err, want)
		}
	}
	for _, doc := range []string{`""`, `"a"`, `1`, `true`, `[1]`, `[{"id":1}]`} {
		if got, err := into(doc, loose.Object[item]{}); err == nil {
			t.Errorf("%s: got %v; want an error", doc, got)
		}
	}
	metadata, err := into(`{"a":1,"b":"2","c":null}`, loose.Object[map[string]loose.String]{})
	if want := map[string]loose.String{"a": "1", "b": "2", "c": ""}; err != nil || !reflect.DeepEqual(metadata.V, want) {
		t.Errorf("got %v, %v", metadata.V, err)
	}
}
