package main

import "slices"

// taken is what an attack comes to, once what it has sent was tried elsewhere.
type taken string

const (
	tookPassword taken = "password" // signs in from anywhere, until it is changed
	tookRefresh  taken = "refresh"  // a session of the thief's, until somebody notices
	tookAccess   taken = "access"   // calls from anywhere, until the token expires
	tookProofs   taken = "proofs"   // so many calls as there are proofs, until the nonce expires
	tookUseless  taken = "useless"  // a token that nobody takes from another machine
	tookDeed     taken = "acts"     // calls from within the page, while it is open
)

// takes lists it, the worst first.
func (a *attack) takes() []taken {
	all := []taken{}
	for _, found := range a.Loot {
		t := found.taken()
		if t != "" && !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	order := []taken{tookPassword, tookRefresh, tookAccess, tookProofs, tookUseless, tookDeed}
	slices.SortFunc(all, func(a, b taken) int { return slices.Index(order, a) - slices.Index(order, b) })
	return slices.DeleteFunc(all, func(t taken) bool {
		// Beside something better it says nothing: who has a refresh token has access
		// tokens as well.
		return t == tookUseless && len(all) > 1 || t == tookAccess && slices.Contains(all, tookRefresh)
	})
}

// taken is what one piece is worth; empty while that is not known.
func (l *loot) taken() taken {
	accepted := ""
	for _, t := range l.Trials {
		if t.Accepted > 0 && accepted == "" {
			accepted = t.How
		}
	}
	switch {
	case l.Kind == kindProof || l.Kind == kindKey || !l.Tried:
		return ""
	case l.Kind == kindDeed:
		return tookDeed
	case accepted == "":
		return tookUseless
	case l.Kind == kindPassword:
		return tookPassword
	case l.Kind == kindRefresh:
		return tookRefresh
	case accepted == howProof:
		return tookProofs
	}
	return tookAccess
}
