package sandbox

// TB is what a sandbox needs of a *testing.T or *testing.B.
type TB interface {
	Helper()
	Cleanup(func())
}
