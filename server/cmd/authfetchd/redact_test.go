package main_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	main "github.com/authfetch/authfetch/server/cmd/authfetchd"
)

// hidden is a password that nobody may see.
const hidden = "hunter2"

// wantHidden wants no trace of it.
func wantHidden(t *testing.T, got result) {
	t.Helper()
	for _, text := range []string{got.out, got.err} {
		if strings.Contains(text, hidden) {
			t.Errorf("the password is shown:\n%s", text)
		}
	}
}

// Whatever is wrong with the URL of a database, nobody is shown the password in it;
// nor if it is somewhere else than it should be.
func TestThePasswordOfADatabaseIsHidden(t *testing.T) {
	t.Chdir(t.TempDir())
	const good = "postgres://ada:hunter2@127.0.0.1:1/name"
	variable := func(url string) map[string]string { return map[string]string{"AUTHFETCH_DATABASE": url} }
	for _, row := range []struct {
		name string
		env  map[string]string
		args []string
		code int
		want string
	}{
		{"another scheme", nil, []string{"serve", "--database", "mysql://ada:hunter2@db/name"}, 2, "--database: want a URL such as postgres://user@host:5432/name"},
		{"another scheme in the environment", variable("mysql://ada:hunter2@db/name"), []string{"serve"}, 2, "want a URL such as"},
		{"no scheme", nil, []string{"user", "list", "--database", "ada:hunter2@db/name"}, 2, "want a URL such as"},
		{"names and values", nil, []string{"user", "list", "--database", "host=db password=hunter2"}, 2, "want a URL such as"},
		{"nothing", nil, []string{"user", "list", "--database="}, 2, "want a URL such as"},
		{"a slash", nil, []string{"key", "list", "--database", "postgres://ada:12/hunter2@db/name"}, 2, "%2F for a slash"},
		{"a question mark", nil, []string{"key", "list", "--database", "postgres://ada:12?hunter2@db/name"}, 2, "%2F for a slash"},
		{"a hash", nil, []string{"key", "list", "--database", "postgres://ada:12#hunter2@db/name"}, 2, "%2F for a slash"},
		{"an at sign", nil, []string{"key", "list", "--database", "postgres://ada:12@hunter2@db/name"}, 2, "%2F for a slash"},
		{"a blank", nil, []string{"key", "list", "--database", "postgres://ada:12 hunter2@db/name"}, 2, "%2F for a slash"},
		{"a percent sign", nil, []string{"key", "list", "--database", "postgres://ada:hunter2%@db/name"}, 2, "%2F for a slash"},
		{"a port that is none", nil, []string{"secret", "list", "--database", "postgres://ada:hunter2@db:x/name"}, 2, "%2F for a slash"},
		{"as an argument", nil, []string{"migrate", good}, 2, `unexpected argument "postgres://ada:[redacted]@127.0.0.1:1/name"`},
		{"as an argument, with a blank", nil, []string{"migrate", "postgres://ada:12 hunter2@db/name"}, 2, `"postgres://ada:[redacted]@db/name"`},
		{"as an argument, names and values", nil, []string{"migrate", "host=db password='12 hunter2' user=ada"}, 2, `"host=db password=[redacted] user=ada"`},
		{"as a command", nil, []string{good}, 2, `unknown command "postgres://ada:[redacted]@`},
		{"as the directory", nil, []string{"serve", "--data", good}, 2, "--database takes a URL"},
		{"as the directory in the environment", map[string]string{"AUTHFETCH_DATA": good}, []string{"serve"}, 2, "in AUTHFETCH_DATA: want the name of a directory"},
		{"as an address", nil, []string{"serve", "--addr", good}, 2, "--addr: want host:port"},
		{"in a misspelt option", nil, []string{"serve", "--databse=" + good}, 2, "not defined: --databse"},
		{"in a misspelt variable", map[string]string{"AUTHFETCH_DATABSE": good}, []string{"serve"}, 2, "did you mean AUTHFETCH_DATABASE?"},
		{"help", variable(good), []string{"help", "serve"}, 0, "AUTHFETCH_DATABASE\n"},
		{"a parameter that is wrong", nil, []string{"user", "list", "--database", good + "?sslmode=perhaps"}, 1, "sslmode"},
		{"a parameter without a value", nil, []string{"user", "list", "--database", good + "?password=hunter2&x"}, 1, "database URL is wrong"},
		{"nobody there", nil, []string{"serve", "--addr", "127.0.0.1:0", "--database", good}, 1, "postgres://ada@127.0.0.1:1/name: database cannot be reached"},
		{"nobody there to list", variable(good), []string{"session", "list"}, 1, "database cannot be reached"},
		{"no such host", nil, []string{"migrate", "--database", "postgresql://ada:hunter2@host.invalid/name"}, 1, "postgresql://ada@host.invalid/name: database cannot be reached"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := run(t, row.env, "", row.args...)
			if got.code != row.code || !strings.Contains(got.out+got.err, row.want) {
				t.Errorf("code %d: %s%s\nwant code %d and %q", got.code, got.out, got.err, row.code, row.want)
			}
			wantHidden(t, got)
		})
	}
}

func TestReportRedacts(t *testing.T) {
	for text, want := range map[string]string{
		"listening on http://localhost:8080/a@b.c":         "listening on http://localhost:8080/a@b.c",
		"postgres://ada@db:5432/name has no tables of a@b": "postgres://ada@db:5432/name has no tables of a@b",
		"mysql://ada:hunter2@db":                           "mysql://ada:[redacted]@db",
		"POSTGRES://ada:hun ter2@db/x":                     "POSTGRES://ada:[redacted]@db/x",
		"postgres://db/x?password=hunter2&a=b":             "postgres://db/x?password=[redacted]&a=b",
	} {
		var out bytes.Buffer
		main.Report(&out, errors.New(text))
		if got := strings.TrimSuffix(strings.TrimPrefix(out.String(), "authfetchd: "), "\n"); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
