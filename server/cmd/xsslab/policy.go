package main

import (
	"strings"

	"github.com/authfetch/authfetch/server/page"
)

// weakened is what the victim's policy lacks, against the one that a page should
// have, and what each lack is good for. Everything else is as it should be.
type weakened struct {
	Directive string `json:"directive"`
	Strict    string `json:"strict"` // what it should be
	Here      string `json:"here"`   // empty: it is missing
	Stops     string `json:"stops"`  // what it would stop
}

func weakenings(collector string) []weakened {
	return []weakened{
		{
			"script-src", "'self' 'wasm-unsafe-eval'", "'self' 'unsafe-inline' 'wasm-unsafe-eval'",
			"Every payload: script that came with the name is inline, and would not run.",
		},
		{
			"require-trusted-types-for", "'script'", "",
			"The flaw itself: a string would not become markup, the line that writes the name would throw.",
		},
		{"trusted-types", "'none'", "", "A policy, made by script, that lets the strings through again."},
		{
			"connect-src", "'self'", "'self' " + collector,
			"The way out by fetch. Others stay open, such as a link that the page goes to, so this is no protection alone.",
		},
		{"frame-src", "'self'", "'none'", ""},
		{"frame-ancestors", "'self'", collector, ""},
	}
}

// victimPolicy is the strictest policy under which the flaw can be shown: that of
// the demo, weakened. The attacker's page may frame the victim's, so that both can
// be seen at once.
func victimPolicy(collector string, strict bool) string {
	var parts []string
	for part := range strings.SplitSeq(page.Policy(), "; ") {
		name, _, _ := strings.Cut(part, " ")
		for _, w := range weakenings(collector) {
			switch {
			case w.Directive != name || strict && w.Stops != "":
			case w.Here == "":
				part = ""
			default:
				part = name + " " + w.Here
			}
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}
