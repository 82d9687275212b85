//go:build !js

// Package e2e_test runs specs inside a page of a real browser, against the real
// server. Each spec has a page with an empty profile and servers of its own; what
// a page cannot do by itself (count requests, hold an answer, move the server's
// clock) it asks of a control plane that exists in these tests only.
//
//	go test ./wasm/e2e -run TestChromium/refresh.js/C13
//
// specs/ holds the specs, harness/ what they are written with, and runner/ the
// Node program that opens pages.
package e2e_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// specTimeout is for a spec that does not end by itself, as most do after 30 s.
const specTimeout = time.Minute

func TestChromium(t *testing.T) { runSpecs(t, chromium) }
func TestFirefox(t *testing.T)  { runSpecs(t, firefox) }
func TestWebKit(t *testing.T)   { runSpecs(t, webkit) }

// runSpecs runs what wants the browser to itself first, and then the others side by
// side, as many as -parallel says: the processors.
func runSpecs(t *testing.T, with engine) {
	buildModule(t)
	browser := startBrowser(t, with)
	pages := newPages(t, pageFiles(t))

	modules, listed := specModules(t), 0
	t.Cleanup(func() { ran.end(with, len(modules), listed) })
	for _, module := range modules {
		t.Run(module, func(t *testing.T) {
			list := visit(t, browser, newSite(t, with, pages, false), module, "", specTimeout)
			if len(list.Specs) == 0 {
				t.Error("holds no specs")
			}
			run := func(t *testing.T, spec specInfo) {
				defer func() { ran.add(with, browser.version, module, spec, t) }()
				if why := spec.Except[with.name]; why != "" {
					if !spec.Instead {
						t.Skipf("not in %s: %s", with.name, why)
					}
					t.Logf("otherwise in %s: %s", with.name, why)
				}
				// A spec that wants more time than most gets it.
				limit := specTimeout + time.Duration(spec.Timeout)*time.Millisecond
				visit(t, browser, newSite(t, with, pages, spec.HTTP2), module, spec.Name, limit)
			}
			var others []specInfo
			for _, spec := range list.Specs {
				// What the module does without the loader is the same everywhere.
				if spec.Bare && with != chromium {
					continue
				}
				listed++
				if spec.Alone {
					t.Run(spec.Name, func(t *testing.T) { run(t, spec) })
				} else {
					others = append(others, spec)
				}
			}
			t.Parallel() // waits until all modules have come as far
			for _, spec := range others {
				t.Run(spec.Name, func(t *testing.T) {
					t.Parallel()
					run(t, spec)
				})
			}
		})
	}
}

// buildModule makes sure that what is tested is what the sources say.
func buildModule(t *testing.T) {
	t.Helper()
	if output, err := exec.Command("sh", "../../scripts/build-wasm").CombinedOutput(); err != nil {
		t.Fatalf("building the module: %v\n%s", err, output)
	}
}

// visit opens the page for a spec, waits for what it says, and judges it.
func visit(t *testing.T, browser *browser, site *site, module, spec string, limit time.Duration) verdict {
	t.Helper()
	return visitPage(t, browser, site, site.address(module, spec), limit)
}

// visitPage does so with any page that reports to the site's control plane.
func visitPage(t *testing.T, browser *browser, site *site, address string, limit time.Duration) verdict {
	t.Helper()
	tab, err := browser.open(address)
	if err != nil {
		t.Fatal(err)
	}
	site.tab = tab
	close(site.opened)
	var said verdict
	select {
	case said = <-site.result:
	case <-time.After(limit):
		said.Error = "the page has said nothing in " + limit.String()
	}
	if err := tab.close(); err != nil {
		t.Errorf("closing the page: %v", err)
	}
	if said.Error != "" {
		t.Errorf("%s\n%s", said.Error, transcript(site.traffic.seen()))
	}
	for _, line := range append(tab.lines(), said.Console...) {
		if line.Level == "error" && !expected(line.Text, said.Expected) {
			t.Errorf("the console shows an error: %s", line.Text)
		}
		if tokenIn(line.Text) {
			t.Errorf("the console shows a token: %s", line.Text)
		}
	}
	return said
}

// tokenIn reports whether a text has a JWT in it: its header begins with {" in base64url.
func tokenIn(text string) bool { return strings.Contains(text, "eyJ") }

func expected(complaint string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(complaint, part) {
			return true
		}
	}
	return false
}

// transcript lists what the servers were asked, apart from the page's own files.
func transcript(hits []hit) string {
	var lines strings.Builder
	for _, h := range hits {
		if strings.Contains(h.Route, " /api/") || h.Server != "api" || h.Headers["x-auth-fetch"] != "" {
			fmt.Fprintf(&lines, "%4s %s %d\n", h.Server, h.Route, h.Status)
		}
	}
	return lines.String()
}
