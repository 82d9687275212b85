package servertest

import (
	"net/http"
	"slices"
	"strings"
)

// jar keeps cookies as a browser does that shows pages of one site: what name,
// domain, path and partition tell apart are different cookies, and the longest
// path comes first (RFC 6265bis sections 5.7 and 5.8.3). It does not look at Secure,
// which browsers accept on this machine, nor at the age of a cookie.
type jar []*http.Cookie

// update is jar with what an answer sets and deletes; jar itself stays as it is.
func (j jar) update(h http.Header) jar {
	j = slices.Clone(j)
	for _, line := range h.Values("Set-Cookie") {
		set, err := http.ParseSetCookie(line)
		if err != nil {
			continue // a browser drops it too
		}
		j = slices.DeleteFunc(j, func(old *http.Cookie) bool {
			return old.Name == set.Name && old.Domain == set.Domain && old.Path == set.Path && old.Partitioned == set.Partitioned
		})
		if set.MaxAge >= 0 {
			j = append(j, set)
		}
	}
	slices.SortStableFunc(j, func(a, b *http.Cookie) int { return len(b.Path) - len(a.Path) })
	return j
}

// header is the Cookie header of a request for that path.
func (j jar) header(path string) string {
	var pairs []string
	for _, c := range j {
		if path == c.Path || strings.HasPrefix(path, strings.TrimSuffix(c.Path, "/")+"/") {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	return strings.Join(pairs, "; ")
}
