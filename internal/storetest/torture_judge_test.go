package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// verdict has the events that went wrong.
type verdict struct {
	doubled []string // they have more than one effect
	lost    []string // they have none
	foreign []string // effects of no event
}

// judge compares events with the effects that they had: one row for each, in
// any order.
func judge(events, effects []string) verdict {
	n := make(map[string]int, len(events))
	for _, e := range effects {
		n[e]++
	}
	var v verdict
	for _, e := range events {
		switch {
		case n[e] == 0:
			v.lost = append(v.lost, e)
		case n[e] > 1:
			v.doubled = append(v.doubled, e)
		}
		delete(n, e)
	}
	for e := range n {
		v.foreign = append(v.foreign, e)
	}
	slices.Sort(v.foreign)
	return v
}

func (v verdict) String() string {
	return fmt.Sprintf("%d doubled %.20q, %d lost %.20q, %d of no event %.20q",
		len(v.doubled), head(v.doubled), len(v.lost), head(v.lost), len(v.foreign), head(v.foreign))
}

func head(s []string) []string { return s[:min(len(s), 5)] }

func TestJudge(t *testing.T) {
	events := []string{"a", "b", "c"}
	assert.Equal(t, verdict{}, judge(events, []string{"c", "a", "b"}))
	assert.Equal(t, verdict{doubled: []string{"b"}}, judge(events, []string{"b", "c", "a", "b"}))
	assert.Equal(t, verdict{lost: []string{"c"}}, judge(events, []string{"b", "a"}))
	assert.Equal(t, verdict{doubled: []string{"a"}, lost: []string{"b", "c"}}, judge(events, []string{"a", "a", "a"}))
	assert.Equal(t, verdict{foreign: []string{"d"}}, judge(events, []string{"a", "b", "c", "d"}))
	assert.Equal(t, verdict{lost: events}, judge(events, nil))
}
