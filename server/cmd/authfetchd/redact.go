package main

import "regexp"

const redacted = "[redacted]"

// passwords match where the password is in the URL of a database, also in one that
// is none because of what is in it, and in the other way to write it.
var passwords = []*regexp.Regexp{
	regexp.MustCompile(`(?i)(postgres(?:ql)?://[^\s/?#@:"]*:)[^"\x60\n]*(@)`),
	regexp.MustCompile(`(?i)(://[^\s/?#@:"]*:)[^\s/?#"]*(@)`),
	regexp.MustCompile(`(?i)(\bpassword=)(?:'[^']*'|[^\s&"]+)()`),
}

// redactPasswords takes out what got into a text by mistake, such as with the URL of a
// database in the place of an argument: a terminal and a log have many readers.
func redactPasswords(text string) string {
	for _, password := range passwords {
		text = password.ReplaceAllString(text, "${1}"+redacted+"${2}")
	}
	return text
}
