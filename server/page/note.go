package page

import (
	"html/template"
	"net/http"
)

// noteTemplate has no style of its own: the policy would have to allow it.
var noteTemplate = template.Must(template.New("note").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{{.Title}}</title>
<h1>{{.Title}}</h1>
<p>{{.Text}}</p>
<p><a href="/">Start page</a></p>
`))

// writeNote answers with a small page that says one thing.
func writeNote(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// The client has gone if this fails, and nobody is left to tell.
	_ = noteTemplate.Execute(w, struct{ Title, Text string }{http.StatusText(status), text})
}
