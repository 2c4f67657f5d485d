package journal

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
)

// sorter sorts any number of records by their keys in a few megabytes. It
// writes sorted runs to a temporary file, and merges them when they are read.
//
// The file is encrypted with a key that exists in memory only. It holds phone
// numbers, and a process that is killed cannot delete it.
type sorter struct {
	records []record // not yet in a run
	size    int      // of these records, in bytes
	file    *os.File
	cipher  cipher.Block
	runs    []run
}

// run is a sorted part of the file.
type run struct {
	end     int64 // in the file
	records int
}

// record has a key to sort by. Records with one key stay in their order.
type record struct{ key, body []byte }

const (
	inMemory   = 4 << 20 // bytes
	runBuffer  = 16 << 10
	recordCost = 64 // bytes of a record besides its text
)

// add adds a copy of a record.
func (s *sorter) add(key string, body []byte) error {
	size := len(key) + len(body) + recordCost
	if s.size+size > inMemory && len(s.records) > 0 {
		if err := s.flush(); err != nil {
			return err
		}
	}
	text := append(append(make([]byte, 0, len(key)+len(body)), key...), body...)
	s.records = append(s.records, record{text[:len(key)], text[len(key):]})
	s.size += size
	return nil
}

func (s *sorter) sort() {
	slices.SortStableFunc(s.records, func(a, b record) int { return bytes.Compare(a.key, b.key) })
}

// flush writes the records in memory to the file, as a run.
func (s *sorter) flush() error {
	if s.file == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	s.sort()
	w := bufio.NewWriterSize(cipher.StreamWriter{S: s.stream(len(s.runs)), W: s.file}, runBuffer)
	var size []byte
	for _, r := range s.records {
		size = binary.AppendUvarint(size[:0], uint64(len(r.key)))
		size = binary.AppendUvarint(size, uint64(len(r.body)))
		for _, part := range [][]byte{size, r.key, r.body} {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	end, err := s.file.Seek(0, io.SeekCurrent)
	s.runs = append(s.runs, run{end, len(s.records)})
	clear(s.records)
	s.records, s.size = s.records[:0], 0
	return err
}

// open makes the file and its key, and deletes the file at once if the system
// can delete an open file.
func (s *sorter) open() (err error) {
	var key [32]byte
	if _, err = rand.Read(key[:]); err != nil {
		return err
	}
	if s.cipher, err = aes.NewCipher(key[:]); err != nil {
		return err
	}
	if s.file, err = os.CreateTemp("", "wapay-reconcile-*"); err == nil {
		_ = os.Remove(s.file.Name())
	}
	return err
}

// stream returns the key stream of a run.
func (s *sorter) stream(run int) cipher.Stream {
	var iv [aes.BlockSize]byte
	binary.BigEndian.PutUint64(iv[:], uint64(run))
	return cipher.NewCTR(s.cipher, iv[:])
}

// close deletes the file.
func (s *sorter) close() {
	if s.file != nil {
		_ = s.file.Close()
		_ = os.Remove(s.file.Name())
	}
	*s = sorter{}
}

// read returns a function that returns the records in the order of their keys,
// and then [io.EOF]. A record is valid until the next call. After read, nothing
// can be added.
func (s *sorter) read() (next func() (record, error), err error) {
	if s.file == nil {
		s.sort()
		left := s.records
		return func() (r record, err error) {
			if len(left) == 0 {
				return r, io.EOF
			}
			r, left = left[0], left[1:]
			return r, nil
		}, nil
	}
	if err := s.flush(); err != nil {
		return nil, err
	}
	s.records = nil
	var m merge
	from := int64(0)
	for i, r := range s.runs {
		one := &runReader{number: i, left: r.records, in: bufio.NewReaderSize(cipher.StreamReader{
			S: s.stream(i), R: io.NewSectionReader(s.file, from, r.end-from),
		}, runBuffer)}
		if err := one.advance(); err != nil {
			return nil, err
		}
		m, from = append(m, one), r.end
	}
	heap.Init(&m)
	return m.next, nil
}

// runReader reads one run.
type runReader struct {
	number int
	left   int // records behind the head
	in     *bufio.Reader
	head   record
	buf    [2][]byte // the head is in the second, the record before it in the first
}

// advance reads the next record, or returns [io.EOF].
func (r *runReader) advance() error {
	if r.left == 0 {
		return io.EOF
	}
	r.left--
	key, err := binary.ReadUvarint(r.in)
	if err != nil {
		return cut(err)
	}
	body, err := binary.ReadUvarint(r.in)
	if err != nil {
		return cut(err)
	}
	r.buf[0], r.buf[1] = r.buf[1], slices.Grow(r.buf[0][:0], int(key+body))[:key+body]
	if _, err := io.ReadFull(r.in, r.buf[1]); err != nil {
		return cut(err)
	}
	r.head = record{r.buf[1][:key], r.buf[1][key:]}
	return nil
}

// cut returns the error of a file that is too short.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// merge is a heap of runs. The head of the first run is the next record.
type merge []*runReader

func (m merge) Len() int { return len(m) }

func (m merge) Less(i, j int) bool {
	return cmp.Or(bytes.Compare(m[i].head.key, m[j].head.key), cmp.Compare(m[i].number, m[j].number)) < 0
}

func (m merge) Swap(i, j int) { m[i], m[j] = m[j], m[i] }

func (m *merge) Push(x any) { *m = append(*m, x.(*runReader)) }

func (m *merge) Pop() any {
	last := (*m)[len(*m)-1]
	*m = (*m)[:len(*m)-1]
	return last
}

func (m *merge) next() (record, error) {
	if len(*m) == 0 {
		return record{}, io.EOF
	}
	first := (*m)[0]
	head := first.head
	switch err := first.advance(); {
	case err == nil:
		heap.Fix(m, 0)
	case errors.Is(err, io.EOF):
		heap.Pop(m)
	default:
		return record{}, err
	}
	return head, nil
}
