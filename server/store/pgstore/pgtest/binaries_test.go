package pgtest_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

// PATH goes before the other places, of which the first that has all programs
// counts, in its newest version.
func TestFindBinaries(t *testing.T) {
	dir := t.TempDir()
	for _, program := range []string{
		"9/bin/psql", "13/bin/initdb", "13/bin/postgres", "15/bin/initdb", "15/bin/postgres", "16/bin/postgres",
		"other/17/bin/initdb", "other/17/bin/postgres", "path/initdb", "path/postgres", "half/postgres",
	} {
		path := filepath.Join(dir, program)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct{ path, places, want string }{
		{"path", "1*/bin", "path"},
		{"half", "1*/bin", "15/bin"},
		{"", "1*/bin other/*/bin", "15/bin"},
		{"", "9/bin other/*/bin", "other/17/bin"},
		{"", "9/bin", ""},
		{"", "none/*/bin", ""},
	} {
		var places []string
		for place := range strings.FieldsSeq(row.places) {
			places = append(places, filepath.Join(dir, place))
		}
		reset := pgtest.SetPlaces(places...)
		t.Setenv("PATH", filepath.Join(dir, "none", row.path))
		if row.path != "" {
			t.Setenv("PATH", filepath.Join(dir, row.path))
		}
		got, err := pgtest.FindBinaries()
		reset()
		want := filepath.Join(dir, row.want)
		if row.want == "" {
			want = ""
		}
		if got != want || errors.Is(err, pgtest.ErrMissing) != (want == "") {
			t.Errorf("PATH %q, places %q: found %q (%v), want %q", row.path, row.places, got, err, want)
		}
	}
}

// What scripts/install-tools looks for is what the tests find.
func TestScriptAgrees(t *testing.T) {
	want, err := pgtest.FindBinaries()
	output, failure := exec.Command("../../../../scripts/find-postgres").Output()
	if got := strings.TrimSpace(string(output)); got != want || (failure == nil) != (err == nil) {
		t.Errorf("scripts/find-postgres found %q (%v), the tests %q (%v)", got, failure, want, err)
	}
}

// A missing PostgreSQL skips a test and says so; in CI it fails it.
func TestMissing(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		ci, want string
		fails    bool
	}{
		{"", "--- SKIP", false},
		{"true", "--- FAIL", true},
	} {
		program := self(t, "poor", "-test.v", "-test.run=^TestShared$")
		program.Env = append(program.Env, "CI="+row.ci)
		output, err := program.CombinedOutput()
		if (err != nil) != row.fails || !strings.Contains(string(output), row.want) || !strings.Contains(string(output), pgtest.ErrMissing.Error()) {
			t.Errorf("CI=%s: %v: %s", row.ci, err, output)
		}
	}
}
