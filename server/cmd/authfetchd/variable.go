package main

import (
	"flag"
	"fmt"
	"slices"
	"strings"
)

const variablePrefix = "AUTHFETCH_"

// variable is the environment variable of a flag.
func variable(name string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// misspelt refuses a variable that is almost one of ours: whoever wrote it would
// believe that it counts. Others that begin alike are left alone, for not all are
// meant for this command, or for us: Kubernetes makes AUTHFETCH_PORT and the like
// for every pod beside a service called authfetch.
func (o *options) misspelt(environ []string) (err error) {
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if value == "" || !strings.HasPrefix(name, variablePrefix) {
			continue
		}
		almost := ""
		known := false
		o.VisitAll(func(f *flag.Flag) {
			if slices.Contains(o.once, f.Name) {
				return
			}
			own := variable(f.Name)
			known = known || own == name
			if similar(strings.TrimPrefix(own, variablePrefix), strings.TrimPrefix(name, variablePrefix)) {
				almost = own
			}
		})
		if almost != "" && !known {
			return fmt.Errorf("%s is set and is no option; did you mean %s?", name, almost)
		}
	}
	return nil
}

// similar tells whether a word is another one with a letter too many, too few or
// wrong, or with two neighbours swapped.
func similar(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	a, b = a[i:], b[i:]
	switch {
	case len(b)-len(a) > 1 || b == "":
		return false
	case len(b) > len(a):
		return a == b[1:]
	case a[1:] == b[1:]:
		return true
	}
	return len(a) > 1 && a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:]
}
