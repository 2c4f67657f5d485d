package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
)

// OTPs has the one-time codes that the customers' phones show.
type OTPs struct {
	mu   sync.Mutex
	used map[string]int // by phone
}

// OTP returns the code that a customer's phone shows. It is valid once. phone
// is the national number: Phone.National.
func (o *OTPs) OTP(phone string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", phone, o.used[phone]))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[:])%1_000_000)
}

// UseOTP uses a phone's code up. OTP then returns another one.
func (o *OTPs) UseOTP(phone string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.used == nil {
		o.used = map[string]int{}
	}
	o.used[phone]++
}
