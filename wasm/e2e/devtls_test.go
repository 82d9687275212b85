//go:build !js

package e2e_test

import (
	"encoding/json"
	"testing"
)

// visitor is what a visitor of the demo does, and sees: signs in, lets the token
// expire, and makes fifty calls. It comes back with what the page says, and with the
// protocols that its requests to the API went over.
const visitor = `(async () => {
	const find = (selector) => document.querySelector(selector);
	const until = (selector, pattern) => new Promise((resolve) => {
		const look = () => pattern.test(find(selector)?.textContent) && resolve();
		new MutationObserver(look).observe(document, { childList: true, characterData: true, subtree: true });
		look();
	});
	await until("#state", /^Signed out$/);
	find("#sign-in button").click();
	await until("#state", /^Signed in$/);
	await until("#address", /^user@example\.com$/);
	find("#storm").click();
	await until("#outcome", /^All 50 calls were refused/);
	const api = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/api/users/me"));
	return { outcome: find("#outcome").textContent, protocols: [...new Set(api.map((entry) => entry.nextHopProtocol))] };
})()`

// TestDevTLS runs the demo of the real program over TLS and HTTP/2, in all browsers.
func TestDevTLS(t *testing.T) {
	dir := t.TempDir()
	program := buildProgram(t, dir)
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			browser := startBrowser(t, e.engine)
			address := serve(t, dir, program, "serve", "--demo", "--dev-tls", "--data", t.TempDir())
			tab, err := browser.open("https://" + address + "/")
			if err != nil {
				t.Fatal(err)
			}
			value, err := tab.evaluate(visitor)
			if err != nil {
				t.Fatal(err)
			}
			var saw struct {
				Outcome   string
				Protocols []string
			}
			if err := json.Unmarshal(value, &saw); err != nil {
				t.Fatal(err)
			}
			if !matches([]string{"…One refresh served all of them…"}, saw.Outcome) {
				t.Errorf("the demo says %q", saw.Outcome)
			}
			if len(saw.Protocols) != 1 || saw.Protocols[0] != "h2" {
				t.Errorf("the calls went over %q, not h2 alone", saw.Protocols)
			}
			for _, line := range tab.lines() {
				if line.Level == "error" {
					t.Errorf("the console shows an error: %s", line.Text)
				}
			}
			if err := tab.close(); err != nil {
				t.Error(err)
			}
		})
	}
}
