//go:build !race

package journaltest

const raceDetector = false
