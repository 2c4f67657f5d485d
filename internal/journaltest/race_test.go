//go:build race

package journaltest

const raceDetector = true
