package call

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode"
)

var (
	errTwice   = errors.New("an object that says two things under one name")
	errTooMuch = errors.New("more values than any answer has that is documented")
)

const (
	// maxDepth is encoding/json's.
	maxDepth = 10000

	// maxWork is what may be in an answer: a member counts one, an element of a list ten, because that of a list of
	// structs takes 1 KiB in the end, were it only "0,". The longest page that is documented, of 100 transactions, has
	// 5,000. A list of BarkaPay's has no pages: maxBody of them, 10,000 payments, has 230,000.
	maxWork     = 1 << 18
	elementWork = 10

	// maxMembers is for one object, whose members are compared with each other. An answer that is documented has 40. An
	// object of the merchant's own that comes back with more makes the answer undecodable, and what became of the order
	// unknown: that is asked for again, where a status read from the wrong one of two would be believed.
	maxMembers = 256

	// foldObjects is how many objects deep a name in another letter case is the same name, as it is for encoding/json in
	// what it decodes into a struct. The objects of which a merchant chose the names, with "Reference" beside "reference"
	// perhaps, are the third and deeper; nothing in the text sets them apart from a provider's own that are as deep.
	foldObjects = 2
)

// doubtful says what is wrong with a JSON text that encoding/json would decode nevertheless. It would take the last of
// two things that are said under one name, where nobody can tell which is meant, and 2 GiB for 4 MiB of "[{},{},…]".
// What is no JSON is left to the decoder.
func doubtful(text []byte) error {
	s := scan{text: text, work: maxWork}
	s.value(0, 0)
	return s.err
}

// scan goes over a JSON text.
type scan struct {
	text []byte
	at   int
	work int // that is left
	err  error
	// members are those of the objects that at is in, the innermost last. More are open than there is room for in hardly
	// any answer; a slice alone would be an allocation for each.
	members [64]member
	more    []member
	open    int
	// names are those of members that stand otherwise in the text: escaped, or with capitals where these do not matter.
	names []byte
}

// member is where a name begins and ends, and its value, in the text; a name in names begins at the end of the text.
type member struct{ name, nameEnd, value, end int32 }

// next skips space and returns the byte after it, 0 at the end.
func (s *scan) next() byte {
	for ; s.at < len(s.text); s.at++ {
		if c := s.text[s.at]; c > ' ' {
			return c
		}
	}
	return 0
}

// value goes over one value, and reports whether there is a point in going on.
func (s *scan) value(depth, objects int) bool {
	switch c := s.next(); c {
	case '"':
		return s.str()
	case '{':
		return depth < maxDepth && s.object(depth+1, objects+1)
	case '[':
		return depth < maxDepth && s.list(depth+1, objects)
	}
	for start := s.at; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case ',', ']', '}', ':', ' ', '\t', '\r', '\n':
			return s.at > start
		}
	}
	return false
}

func (s *scan) list(depth, objects int) bool {
	for s.at++; ; {
		switch s.next() {
		case ']':
			s.at++
			return true
		case ',':
			s.at++
			continue
		}
		if !s.does(elementWork) || !s.value(depth, objects) {
			return false
		}
	}
}

func (s *scan) object(depth, objects int) bool {
	first, names := s.open, len(s.names)
	for s.at++; ; {
		switch s.next() {
		case '}':
			s.at++
			s.open, s.more, s.names = first, s.more[:max(0, first-len(s.members))], s.names[:names]
			return true
		case ',':
			s.at++
			continue
		case '"':
		default:
			return false
		}
		var m member
		if !s.does(1) || !s.name(&m, objects <= foldObjects) || s.next() != ':' {
			return false
		}
		s.at++
		s.next()
		m.value = int32(s.at)
		if !s.value(depth, objects) {
			return false
		}
		m.end = int32(s.at)
		if s.err = s.add(&m, first); s.err != nil {
			return false
		}
	}
}

func (s *scan) does(work int) bool {
	if s.work -= work; s.work < 0 {
		s.err = errTooMuch
	}
	return s.work >= 0
}

// str goes over a string that is a value.
func (s *scan) str() bool {
	for i := s.at + 1; ; i++ {
		n := bytes.IndexByte(s.text[i:], '"')
		if n < 0 {
			return false
		}
		i += n
		plain := i
		for s.text[plain-1] == '\\' { // the quote before the string ends this
			plain--
		}
		if (i-plain)%2 == 0 {
			s.at = i + 1
			return true
		}
	}
}

// name goes over a name.
func (s *scan) name(m *member, fold bool) bool {
	start := s.at + 1
	var all, capital byte
	for i := start; i < len(s.text); i++ {
		c := s.text[i]
		switch {
		case c == '"':
			m.name, m.nameEnd, s.at = int32(start), int32(i), i+1
			if all >= 0x80 || fold && capital != 0 {
				return s.rewrite(m, fold)
			}
			return true
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

// rewrite puts the name of m among the names, as others have to be written to be the same.
func (s *scan) rewrite(m *member, fold bool) bool {
	var name string
	if json.Unmarshal(s.text[m.name-1:m.nameEnd+1], &name) != nil {
		return false
	}
	if fold {
		name = strings.Map(foldRune, name)
	}
	m.name = int32(len(s.text) + len(s.names))
	s.names = append(s.names, name...)
	m.nameEnd = int32(len(s.text) + len(s.names))
	return true
}

// foldRune returns the same for all runes that encoding/json takes for the same letter, of ASCII the small one.
func foldRune(r rune) rune {
	for {
		next := unicode.SimpleFold(r)
		if next <= r { // round to the first
			if next >= 'A' && next <= 'Z' {
				next += 'a' - 'A'
			}
			return next
		}
		r = next
	}
}

func (s *scan) nameOf(m *member) []byte {
	if at := int(m.name) - len(s.text); at >= 0 {
		return s.names[at : int(m.nameEnd)-len(s.text)]
	}
	return s.text[m.name:m.nameEnd]
}

// add adds a member to those of its object, which begin at first.
func (s *scan) add(m *member, first int) error {
	for i := first; i < s.open; i++ {
		o := s.member(i)
		if m.nameEnd-m.name != o.nameEnd-o.name || string(s.nameOf(m)) != string(s.nameOf(o)) {
			continue
		}
		// Bantu's errors have a timestamp twice (V), and nothing is made of any.
		if string(s.text[m.value:m.end]) != string(s.text[o.value:o.end]) && string(s.nameOf(o)) != "timestamp" {
			return errTwice
		}
		return nil
	}
	switch {
	case s.open-first == maxMembers:
		return errTooMuch
	case s.open < len(s.members):
		s.members[s.open] = *m
	default:
		s.more = append(s.more, *m)
	}
	s.open++
	return nil
}

func (s *scan) member(i int) *member {
	if i < len(s.members) {
		return &s.members[i]
	}
	return &s.more[i-len(s.members)]
}
