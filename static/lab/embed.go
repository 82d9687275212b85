// Package lab holds the pages of the XSS lab: the victim's, the attacker's, and
// the payloads. They are for xsslab, and for nothing else: what they show is how
// it should not be done.
package lab

import (
	"embed"
	"io/fs"
)

//go:embed victim desk payloads
var files embed.FS

// Victim returns the page that has the flaw.
func Victim() fs.FS { return sub("victim") }

// Desk returns the attacker's page.
func Desk() fs.FS { return sub("desk") }

// Payloads returns the scripts that are put into the victim's page.
func Payloads() fs.FS { return sub("payloads") }

func sub(dir string) fs.FS {
	tree, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the name is not a valid one, and it is written above
	}
	return tree
}
