//go:build !js

package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync/atomic"
)

// An engine is a browser as far as the servers have to know it.
type engine struct {
	name   string
	secure bool // it keeps Secure cookies over TLS only
}

var (
	chromium = engine{name: "chromium"}
	firefox  = engine{name: "firefox"}
	webkit   = engine{name: "webkit", secure: true}
)

var hosts atomic.Int64

// newHost is the host of one more site: pages share a profile, and are kept apart by
// the names of their hosts.
func newHost() string { return fmt.Sprintf("s%d.localhost", hosts.Add(1)) }

// seed is what the random numbers of a spec begin with. AUTHFETCH_SEED repeats a
// run that has failed.
func seed() string {
	if given := os.Getenv("AUTHFETCH_SEED"); given != "" {
		return given
	}
	return strconv.FormatUint(uint64(rand.Uint32()), 10)
}
