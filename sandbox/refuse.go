package sandbox

import "net"

// RefuseConnections returns an address that refuses connections until stop is
// called. The address is the local end of an open connection, so that no other
// program can listen there. The port of a closed server has no such protection.
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
