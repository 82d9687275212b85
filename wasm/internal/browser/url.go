//go:build js && wasm

package browser

import "github.com/hack-pad/safejs"

// ResolveURL returns input, a string or a URL, as an absolute and normalised URL.
func (r *Realm) ResolveURL(input any, base string) (string, error) {
	args := []any{input}
	if base != "" {
		args = append(args, base)
	}
	url, err := r.construct(newURL, args...)
	if err != nil {
		return "", err
	}
	href, err := r.call(urlHref, url)
	return Text(href), err
}

// URL is ResolveURL for an option, which must be a string or a URL indeed.
func (r *Realm) URL(v safejs.Value, base string) (string, error) {
	if TypeOf(v) != safejs.TypeString {
		href, err := r.call(urlHref, v)
		return Text(href), err
	}
	return r.ResolveURL(v, base)
}

// PageURL is the address of the page or worker.
func (r *Realm) PageURL() string {
	return Text(r.Property(r.Property(r.global, "location"), "href"))
}

// baseURL is what a relative URL in a fetch is relative to.
func (r *Realm) baseURL() string {
	if base := Text(r.Property(r.Property(r.global, "document"), "baseURI")); base != "" {
		return base
	}
	return r.PageURL()
}

// Origin returns the origin of an absolute URL, as "https://api.example.com".
func (r *Realm) Origin(url string) string {
	v, err := r.construct(newURL, url)
	if err != nil {
		return ""
	}
	origin, err := r.call(urlOrigin, v)
	if err != nil {
		return ""
	}
	return Text(origin)
}
