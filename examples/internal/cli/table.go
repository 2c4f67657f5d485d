package cli

import (
	"io"
	"strings"
	"text/tabwriter"
)

// Table writes rows under a header, in columns as wide as they need to be.
func Table(w io.Writer, header []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, cells := range append([][]string{header}, rows...) {
		if _, err := io.WriteString(t, strings.Join(cells, "\t")+"\n"); err != nil {
			return err
		}
	}
	return t.Flush()
}
