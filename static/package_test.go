package static_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"testing"
)

// manifest is what package.json says.
type manifest struct {
	Types        string
	Files        []string
	Exports      map[string]any
	Scripts      map[string]string
	Dependencies map[string]string
}

func readManifest(t *testing.T) manifest {
	t.Helper()
	content, err := os.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(content, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPackageHoldsWhatItNames(t *testing.T) {
	m := readManifest(t)
	listed := map[string]bool{"./package.json": true}
	for _, name := range m.Files {
		listed["./"+name] = true
		if info, err := os.Stat(name); !built(name) && (err != nil || info.IsDir()) {
			t.Errorf("files: %s is no file, error %v", name, err)
		}
	}
	named := []string{m.Types}
	for path, export := range m.Exports {
		switch export := export.(type) {
		case string:
			named = append(named, export)
		case map[string]any:
			for _, target := range export {
				named = append(named, target.(string))
			}
			if export["types"] == nil {
				t.Errorf("%s has no types", path)
			}
		}
	}
	for _, target := range named {
		if !listed[target] {
			t.Errorf("%s is exported and not among the files", target)
		}
	}
	if len(m.Scripts) > 0 || len(m.Dependencies) > 0 {
		t.Error("the package runs scripts or has dependencies")
	}
}

// What npm would publish: the files that package.json lists one by one, so no tests,
// no demo, and no compressed copies, which are for servers that send them as they are.
func TestPackageContents(t *testing.T) {
	t.Parallel()
	npm := tool(t, "npm", "install Node.js 20 or later")
	want := append(readManifest(t).Files, "LICENSE", "README.md", "package.json")
	if _, err := os.Stat("dist/authfetch.wasm"); err != nil {
		t.Log("the module is not built, so it cannot be packed: run make wasm")
		want = slices.DeleteFunc(want, built)
	}
	slices.Sort(want)
	cmd := exec.CommandContext(t.Context(), npm, "pack", "--dry-run", "--json", "--offline")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("npm pack: %v\n%s", err, &complaints)
	}
	var packed []struct{ Files []struct{ Path string } }
	if err := json.Unmarshal(output, &packed); err != nil || len(packed) != 1 {
		t.Fatalf("npm pack printed something else: %v\n%s", err, output)
	}
	var got []string
	for _, file := range packed[0].Files {
		got = append(got, file.Path)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("npm would publish\n%q, want\n%q", got, want)
	}
}

// npm takes the license from beside package.json.
func TestLicenseIsTheRepositorys(t *testing.T) {
	want, err := os.ReadFile("../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("static/LICENSE differs from LICENSE: copy it")
	}
}
