package kit

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// OTPs counts the codes that each phone has used up.
type OTPs map[string]int

// Code returns the code that a phone shows: another after each that was used.
func (o OTPs) Code(phone string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", phone, o[phone]))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[:])%1_000_000)
}

// Use uses the phone's code up.
func (o OTPs) Use(phone string) { o[phone]++ }
