package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

func readAll(t *testing.T, s *sorter) (all []string) {
	t.Helper()
	next, err := s.read()
	require.NoError(t, err)
	for {
		r, err := next()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, string(r.key)+"="+string(r.body))
	}
}

func TestSorterInMemory(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing")) // no file is needed
	var s sorter
	defer s.close()
	for _, r := range []string{"b1", "a1", "b2", "", "a2"} {
		require.NoError(t, s.add(strings.Trim(r, "12"), []byte(r)))
	}
	assert.Equal(t, []string{"=", "a=a1", "a=a2", "b=b1", "b=b2"}, readAll(t, &s))
	var none sorter
	assert.Empty(t, readAll(t, &none))
}

func TestSorterOnDisk(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	var s sorter
	defer s.close()
	body := []byte(strings.Repeat("+22670656188 ", 100))
	const n = 20_000
	for i := range n { // each key twice, far apart, and not in order
		require.NoError(t, s.add(fmt.Sprintf("%05d", (i*7919)%(n/2)), append(fmt.Appendf(nil, "%d ", i), body...)))
	}
	require.Greater(t, len(s.runs), 2)
	assert.Less(t, s.size, inMemory)
	stored := make([]byte, 1<<20)
	_, err := s.file.ReadAt(stored, 0)
	require.NoError(t, err)
	assert.False(t, bytes.Contains(stored, body[:12]), "the file is encrypted")
	assert.False(t, bytes.Contains(stored, []byte("00001")))

	all := readAll(t, &s)
	require.Len(t, all, n)
	for i, line := range all {
		require.True(t, strings.HasPrefix(line, fmt.Sprintf("%05d=", i/2)), "line %d", i)
		require.True(t, strings.HasSuffix(line, string(body)))
		if i%2 == 1 {
			var first, second int
			_, _ = fmt.Sscanf(all[i-1][6:], "%d", &first)
			_, _ = fmt.Sscanf(line[6:], "%d", &second)
			require.Less(t, first, second, "records with one key stay in their order")
		}
	}
	s.close()
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestSorterErrors(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	var s sorter
	defer s.close()
	body := make([]byte, inMemory/2)
	require.NoError(t, s.add("a", body))
	require.ErrorIs(t, s.add("b", body), os.ErrNotExist)

	t.Setenv("TMPDIR", t.TempDir())
	var cutShort sorter
	defer cutShort.close()
	for range 3 {
		require.NoError(t, cutShort.add("a", body))
	}
	require.NoError(t, cutShort.flush())
	require.NoError(t, cutShort.file.Truncate(cutShort.runs[0].end+10))
	_, err := cutShort.read()
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestListedKeepsEachField(t *testing.T) {
	for name, l := range map[string]*listRow{"empty": {}, "whole": wholeRow(), "an invalid amount": {same: true, Payment: badAmount()}} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, l, readListRow(l.append(nil))) })
	}
}

func wholeRow() *listRow {
	return &listRow{own: true, Payment: wapay.Payment{
		Provider: "a", ID: "id", Reference: "é", Status: wapay.StatusRefunded, ProviderStatus: "S", Amount: wapay.SLE.Minor(-5),
		Fee: wapay.XOF.Units(7), Reason: "why", OperatorID: "op", Party: "70", CheckoutURL: "https://pay.example",
		Action: wapay.ActionOpenPage, CreatedAt: time.Date(2026, 11, 26, 1, 2, 3, 4000, time.UTC), Replayed: true,
	}}
}

func badAmount() wapay.Payment {
	return wapay.Payment{Amount: wapay.SLE.Units(math.MaxInt64)}
}
