package server

import (
	"fmt"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// DPoPMode says which tokens are bound to a key of the client.
type DPoPMode string

// The modes. A session that is bound stays so in each of them, and a token that is
// bound is never taken without a proof.
const (
	DPoPOff      DPoPMode = "off"      // none is bound; the default
	DPoPOptional DPoPMode = "optional" // those of clients that send proofs
	DPoPRequired DPoPMode = "required" // all; clients that send none are refused
)

// DPoPConfig says whether tokens are bound to a key of the client, RFC 9449: who
// has a token, and not the key, can do nothing with it.
type DPoPConfig struct {
	// Mode says which tokens are. Zero: DPoPOff.
	Mode DPoPMode
	// Origins are where browsers reach this server, exactly as they spell them:
	// "https://api.example.com". A proof has to be for one of them. Zero: for the
	// Host of the request; then a server of somebody else to which the client sends
	// its tokens too could pass a request on to this one.
	Origins []string
}

// UnmarshalText accepts the name of a mode.
func (m *DPoPMode) UnmarshalText(text []byte) error {
	switch mode := DPoPMode(text); mode {
	case DPoPOff, DPoPOptional, DPoPRequired:
		*m = mode
		return nil
	default:
		return fmt.Errorf("%q is not one of %s, %s and %s", text, DPoPOff, DPoPOptional, DPoPRequired)
	}
}

// MarshalText returns the name.
func (m DPoPMode) MarshalText() ([]byte, error) { return []byte(m), nil }

// binding is what the mode is to a session.
func (m DPoPMode) binding() rotation.Binding {
	switch m {
	case DPoPOptional:
		return rotation.BindOffered
	case DPoPRequired:
		return rotation.BindAlways
	default:
		return rotation.BindNone
	}
}

// schemes are those by which a client may send an access token.
func (m DPoPMode) schemes() []string {
	switch m {
	case DPoPOptional:
		return []string{wire.SchemeBearer, wire.SchemeDPoP}
	case DPoPRequired:
		return []string{wire.SchemeDPoP}
	default:
		return []string{wire.SchemeBearer}
	}
}

func (c DPoPConfig) check() error {
	if c.Mode != "" {
		if err := new(DPoPMode).UnmarshalText([]byte(c.Mode)); err != nil {
			return &ConfigError{"DPoP.Mode", err.Error()}
		}
	}
	for _, origin := range c.Origins {
		if err := CheckOrigin(origin); err != nil {
			return &ConfigError{"DPoP.Origins", err.Error()}
		}
	}
	return nil
}
