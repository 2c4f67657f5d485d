package sandbox

import "net"

// Refusing returns an address at which connections are refused until stop is
// called. Its port is the near end of a connection that stays open, so that
// nobody else can come to listen there, as may happen to the port of a server
// that was closed.
func RefuseConnections() (addr string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		_ = l.Close()
		return "", nil, err
	}
	return c.LocalAddr().String(), func() { _, _ = c.Close(), l.Close() }, nil
}
