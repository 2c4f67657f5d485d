// Package strict reads the JSON that decides about money. It refuses an
// ambiguous text.
package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	errTwice   = errors.New("an object has two things under one name")
	errTooMuch = errors.New("more values than any documented answer holds")
)

const (
	// maxDepth is the nesting limit of encoding/json.
	maxDepth = 10000

	// maxWork limits the number of values of a text. A member of an object
	// counts one. An element of a list counts ten, because a list of structs
	// takes up to 1 KiB for each element, even one written "0,". The longest
	// documented page, of 100 transactions, needs 5,000. BarkaPay's lists have
	// no pages: the longest readable one, of 10,000 payments, needs 230,000.
	maxWork     = 1 << 18
	elementWork = 10

	// fewMembers is the largest number of members of one object that are
	// compared one by one. A documented object has at most 40. A merchant's
	// data may have more, and needs an index.
	fewMembers = 128

	// foldObjects is the depth of objects to which names in different letter
	// case are the same, as for encoding/json. Deeper objects may hold the
	// merchant's own names, such as "Reference" beside "reference".
	foldObjects = 2
)

// Check returns an error for a JSON text that encoding/json decodes but
// should not. If one name has two values, encoding/json takes the last. For 4
// MiB of "[{},{},…]" it needs 2 GiB of memory. Check returns nil for a text
// that is no JSON: the decoder reports it.
func Check(text []byte) error {
	return check(text, nil)
}

// check does what Check does. It checks only the names in fields, or
// all names if fields is nil.
func check(text []byte, fields names) error {
	s := scanner{text: text, work: maxWork}
	s.value(0, 0, fields)
	switch {
	case s.twice:
		return errTwice
	case s.work < 0:
		return errTooMuch
	}
	return nil
}

// scanner scans a JSON text. It does not escape to the heap, so an answer of
// the usual size costs no allocation.
type scanner struct {
	text  []byte
	at    int
	work  int // the rest of maxWork
	twice bool
	// members holds the members of all open objects, those of the innermost
	// object last. The array has room for nearly all answers.
	members [64]member
	more    []member
	open    int // members in both
	indexes []index
	// plainNames holds the names that differ from their spelling in the text.
	plainNames []byte
}

// member holds the positions of a member's name and value in the text.
// Positions behind the end of the text are in plainNames.
type member struct{ name, nameEnd, value, valueEnd int32 }

// index finds the members of a large object by their names. Its numbers are
// indexes of members.
type index struct {
	first int
	at    map[string]int
}

// next skips space and returns the byte after it, or 0 at the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.text); s.at++ {
		if c := s.text[s.at]; c > ' ' {
			return c
		}
	}
	return 0
}

// value scans one value. Like the functions below, it returns false if the scan
// must end: at an ambiguity, or if the text is no JSON.
func (s *scanner) value(depth, objects int, fields names) bool {
	switch s.next() {
	case '"':
		return s.str()
	case '{':
		return depth < maxDepth && s.object(depth+1, objects+1, fields)
	case '[':
		return depth < maxDepth && s.list(depth+1, objects, fields)
	}
	for start := s.at; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case ',', ']', '}', ':', ' ', '\t', '\r', '\n':
			return s.at > start
		}
	}
	return false
}

func (s *scanner) list(depth, objects int, fields names) bool {
	for s.at++; ; {
		switch s.next() {
		case ']':
			s.at++
			return true
		case ',':
			s.at++
			continue
		}
		if !s.spend(elementWork) || !s.value(depth, objects, fields) {
			return false
		}
	}
}

func (s *scanner) object(depth, objects int, fields names) bool {
	first, plainNames := s.open, len(s.plainNames)
	for s.at++; ; {
		switch s.next() {
		case '}':
			s.at++
			if n := len(s.indexes) - 1; n >= 0 && s.indexes[n].first == first && s.open > first {
				s.indexes = s.indexes[:n]
			}
			s.open, s.more, s.plainNames = first, s.more[:max(0, first-len(s.members))], s.plainNames[:plainNames]
			return true
		case ',':
			s.at++
			continue
		case '"':
		default:
			return false
		}
		var m member
		if !s.name(&m, fields != nil || objects <= foldObjects) || !s.spend(1) || s.next() != ':' {
			return false
		}
		s.at++
		s.next()
		m.value = int32(s.at)
		inner, isField := fields[string(s.nameOf(m))]
		level := objects
		switch {
		case fields != nil && !isField:
			inner = names{}
		case isField && inner == nil: // a map: its names are the merchant's
			level = max(objects, foldObjects)
		}
		if !s.value(depth, level, inner) {
			return false
		}
		m.valueEnd = int32(s.at)
		if (isField || fields == nil) && !s.add(first, m, isField) {
			return false
		}
	}
}

// spend counts work, and returns false if there was too much.
func (s *scanner) spend(work int) bool {
	s.work -= work
	return s.work >= 0
}

// str scans a string.
func (s *scanner) str() bool {
	for i := s.at + 1; ; i++ {
		n := bytes.IndexByte(s.text[i:], '"')
		if n < 0 {
			return false
		}
		i += n
		escape := i
		for s.text[escape-1] == '\\' { // ends at the opening quote
			escape--
		}
		if (i-escape)%2 == 0 {
			s.at = i + 1
			return true
		}
	}
}

// name scans the name of m. It stores the name in the form that encoding/json
// compares: without escapes, and in one letter case if fold is set.
func (s *scanner) name(m *member, fold bool) bool {
	start := s.at + 1
	var all, capital byte
	for i := start; i < len(s.text); i++ {
		c := s.text[i]
		switch {
		case c == '"':
			m.name, m.nameEnd, s.at = int32(start), int32(i), i+1
			return all < utf8.RuneSelf && (!fold || capital == 0) || s.rewrite(m, fold)
		case c == '\\':
			i++
			all = 0xff
		case c-'A' < 26:
			capital = c
		}
		all |= c
	}
	return false
}

// rewrite writes the name of m into plainNames.
func (s *scanner) rewrite(m *member, fold bool) bool {
	var name string
	if json.Unmarshal(bytes.Clone(s.text[m.name-1:m.nameEnd+1]), &name) != nil {
		return false
	}
	if fold {
		name = strings.Map(foldRune, name)
	}
	m.name = int32(len(s.text) + len(s.plainNames))
	s.plainNames = append(s.plainNames, name...)
	m.nameEnd = int32(len(s.text) + len(s.plainNames))
	return true
}

func (s *scanner) nameOf(m member) []byte {
	if at := int(m.name) - len(s.text); at >= 0 {
		return s.plainNames[at : int(m.nameEnd)-len(s.text)]
	}
	return s.text[m.name:m.nameEnd]
}

// foldRune returns one rune for all forms of a letter that encoding/json takes
// as equal. For ASCII it is the small letter.
func foldRune(r rune) rune {
	for {
		next := unicode.SimpleFold(r)
		if next <= r { // back at the first
			return unicode.ToLower(next)
		}
		r = next
	}
}

// add compares m with the members of its object, which begin at first. If once
// is set, no name may come twice. Otherwise a name may come twice with the same
// value.
func (s *scanner) add(first int, m member, once bool) bool {
	if i := s.find(first, m); i >= 0 {
		o := s.member(i)
		// Bantu's documented errors have two timestamps. Nothing reads them.
		same := bytes.Equal(s.text[m.value:m.valueEnd], s.text[o.value:o.valueEnd]) || string(s.nameOf(m)) == "timestamp"
		s.twice = once || !same
		return !s.twice
	}
	if s.open < len(s.members) {
		s.members[s.open] = m
	} else {
		s.more = append(s.more, m)
	}
	s.open++
	return true
}

// find returns the member of the object with the name of m, or -1.
func (s *scanner) find(first int, m member) int {
	if s.open-first >= fewMembers {
		return s.findIndexed(first, m)
	}
	for i := first; i < s.open; i++ {
		o := s.member(i)
		if m.nameEnd-m.name == o.nameEnd-o.name && bytes.Equal(s.nameOf(m), s.nameOf(*o)) {
			return i
		}
	}
	return -1
}

// findIndexed finds the member of a large object by an index. The caller must
// add a member that it does not find.
func (s *scanner) findIndexed(first int, m member) int {
	if n := len(s.indexes); n == 0 || s.indexes[n-1].first != first {
		x := index{first, make(map[string]int, 2*fewMembers)}
		for i := first; i < s.open; i++ {
			x.at[string(s.nameOf(*s.member(i)))] = i
		}
		s.indexes = append(s.indexes, x)
	}
	at := s.indexes[len(s.indexes)-1].at
	if i, ok := at[string(s.nameOf(m))]; ok {
		return i
	}
	at[string(s.nameOf(m))] = s.open
	return -1
}

func (s *scanner) member(i int) *member {
	if i < len(s.members) {
		return &s.members[i]
	}
	return &s.more[i-len(s.members)]
}
