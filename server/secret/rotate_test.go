package secret_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/authfetch/authfetch/server/secret"
)

// ids are the key ids of a set, the minting one first.
func ids(set secret.Set) string {
	var ids []string
	for key := range set.All() {
		ids = append(ids, key.ID)
	}
	return strings.Join(ids, " ")
}

func TestReplaceKeys(t *testing.T) {
	set := parse(t, line("k1", 'a')+line("k2", 'b')+line("k3", 'c'))
	for _, test := range []struct {
		name   string
		change func(string) (secret.Set, error)
		id     string
		want   string
		err    error
	}{
		{"use the first", set.Use, "k1", "k1 k2 k3", nil},
		{"use another", set.Use, "k3", "k3 k1 k2", nil},
		{"use none", set.Use, "k4", "", secret.ErrNoKey},
		{"remove another", set.Remove, "k2", "k1 k3", nil},
		{"remove the first", set.Remove, "k1", "", secret.ErrPrimary},
		{"remove none", set.Remove, "", "", secret.ErrNoKey},
	} {
		got, err := test.change(test.id)
		if !errors.Is(err, test.err) || ids(got) != test.want {
			t.Errorf("%s: %q (%v), want %q", test.name, ids(got), err, test.want)
		}
	}
	grown, id := set.Add()
	again, other := set.Add()
	if ids(grown) != "k1 k2 k3 "+id || ids(again) != "k1 k2 k3 "+other || id == other {
		t.Errorf("added %q and %q", ids(grown), ids(again))
	}
	if ids(set) != "k1 k2 k3" {
		t.Errorf("the set itself is %q now", ids(set))
	}
}

// What a set before a change has made, the one after it opens and verifies.
func TestReplacedKeysGoOn(t *testing.T) {
	set := parse(t, line("k1", 'a'))
	sealed, err := set.Seal(secret.New([]byte("plain")), "x")
	if err != nil {
		t.Fatal(err)
	}
	grown, id := set.Add()
	moved, err := grown.Use(id)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := moved.Open(sealed, "x"); err != nil || string(plain.Reveal()) != "plain" {
		t.Errorf("what the old key sealed: %v", err)
	}
	sealed, err = moved.Seal(secret.New([]byte("plain")), "x")
	if err != nil || secret.SealedBy(sealed) != id {
		t.Errorf("sealed by %s (%v), want %s", secret.SealedBy(sealed), err, id)
	}
	if _, err := grown.Open(sealed, "x"); err != nil {
		t.Errorf("a server that has not been told: %v", err)
	}
	if got := secret.SealedBy(nil); got != "" {
		t.Errorf("nothing is sealed by %q", got)
	}
}

func TestUpdateFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "secret")
	made, err := secret.CreateFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	failure := errors.New("no")
	if _, err := secret.UpdateFile(path, func(secret.Set) (secret.Set, error) { return secret.Set{}, failure }); !errors.Is(err, failure) {
		t.Errorf("a change that fails: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != string(before) {
		t.Errorf("it has changed the file (%v)", err)
	}
	wantFiles(t, path)

	var id string
	grown, err := secret.UpdateFile(path, func(set secret.Set) (secret.Set, error) {
		set, id = set.Add()
		return set, nil
	})
	if err != nil || ids(grown) != made.Primary().ID+" "+id {
		t.Errorf("grown to %q (%v)", ids(grown), err)
	}
	read, err := secret.ReadFile(path)
	if err != nil || ids(read) != ids(grown) {
		t.Errorf("the file has %q (%v), want %q", ids(read), err, ids(grown))
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode is %v (%v), want what it was", info.Mode(), err)
	}
	wantFiles(t, path)

	// A link stays one: the file may belong to whoever hands out secrets.
	link := filepath.Join(t.TempDir(), "secret")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.UpdateFile(link, func(set secret.Set) (secret.Set, error) { return set.Use(id) }); err != nil {
		t.Error(err)
	}
	if read, err := secret.ReadFile(path); err != nil || read.Primary().ID != id {
		t.Errorf("through a link: %q (%v)", ids(read), err)
	}
	if _, err := os.Readlink(link); err != nil {
		t.Errorf("the link is gone: %v", err)
	}
}

// Of those who change the file at once each either succeeds, and nothing of it is
// lost, or is told.
func TestUpdateFileAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if _, err := secret.CreateFile(path); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	added := make([]string, 16)
	for i := range added {
		wait.Go(func() {
			_, err := secret.UpdateFile(path, func(set secret.Set) (secret.Set, error) {
				set, added[i] = set.Add()
				return set, nil
			})
			if err != nil {
				added[i] = ""
				if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), path+".new") {
					t.Errorf("error is %v, want %v and the file in the way", err, fs.ErrExist)
				}
			}
		})
	}
	wait.Wait()
	read, err := secret.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range added {
		if _, found := read.Lookup(id); id != "" && !found {
			t.Errorf("%s was added and is lost", id)
		}
	}
	wantFiles(t, path)
}

func TestUpdateNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if _, err := secret.UpdateFile(path, func(set secret.Set) (secret.Set, error) { return set, nil }); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, want %v", err, fs.ErrNotExist)
	}
}
