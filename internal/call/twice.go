package call

import (
	"encoding/json"
	"errors"
)

var errTwice = errors.New("an object that says two things under one name")

// saysTwice reports whether an object in a JSON text says two things under one name. Which of them is meant nobody can
// tell, and encoding/json would take the last. What is no JSON is left to the decoder.
func saysTwice(text []byte) bool {
	s := scan{text: text}
	s.value(0)
	return s.twice
}

// maxDepth is encoding/json's.
const maxDepth = 10000

// scan goes over a JSON text. It holds no pointers but the text, so that it costs no allocation.
type scan struct {
	text    []byte
	at      int
	escaped bool // a name had a backslash in it
	twice   bool
	// members are those of the objects that at is in, the innermost last: as many as there is room for, which is
	// more than any answer has that is documented. The others are not compared with each other.
	members [64]member
	open    int
}

// member is where a name begins and ends, quotes included, and its value.
type member struct{ name, colon, value, end int }

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
func (s *scan) value(depth int) bool {
	switch c := s.next(); c {
	case '"':
		s.str()
		return true
	case '{', '[':
		return depth < maxDepth && s.inside(c == '{', depth+1)
	}
	for start := s.at; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case ',', ']', '}', ':', ' ', '\t', '\r', '\n':
			return s.at > start
		}
	}
	return false
}

func (s *scan) inside(object bool, depth int) bool {
	first := s.open
	for s.at++; ; {
		var m member
		switch c := s.next(); {
		case c == '}' || c == ']':
			s.at++
			s.open = first
			return true
		case c == ',':
			s.at++
			continue
		case object && c == '"':
			m.name = s.at
			s.escaped = s.str() || s.escaped
			m.colon = s.at
			if s.next() != ':' {
				return false
			}
			s.at++
			s.next()
		case object:
			return false
		}
		m.value = s.at
		if !s.value(depth) {
			return false
		}
		if m.end = s.at; object && s.add(m, first) {
			s.twice = true
			return false
		}
	}
}

// str goes over a string, and reports whether there is a backslash in it.
func (s *scan) str() (escaped bool) {
	for s.at++; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '"':
			s.at++
			return escaped
		case '\\':
			s.at++
			escaped = true
		}
	}
	s.at = len(s.text)
	return escaped
}

// add adds a member to those of its object, which begin at first, and reports whether it says something else under the
// same name as one of them.
func (s *scan) add(m member, first int) bool {
	for i := first; i < s.open; i++ {
		o := &s.members[i]
		if !s.escaped && m.colon-m.name != o.colon-o.name || !s.sameName(&m, o) {
			continue
		}
		if string(s.text[m.value:m.end]) != string(s.text[o.value:o.end]) {
			return true
		}
	}
	if s.open < len(s.members) {
		s.members[s.open] = m
		s.open++
	}
	return false
}

func (s *scan) sameName(a, b *member) bool {
	x, y := s.text[a.name:a.colon], s.text[b.name:b.colon]
	if !s.escaped {
		return string(x) == string(y)
	}
	var p, q string
	return json.Unmarshal(x, &p) == nil && json.Unmarshal(y, &q) == nil && p == q
}
