package token_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/authfetch/authfetch/server/token"
)

// The vectors are a Go module of their makers, pinned by version and by hash. The
// go command brings them, like any other module; they are not part of ours,
// because nobody who imports it needs them.
const (
	vectorsModule = "github.com/c2sp/wycheproof@v0.0.0-20260902155932-3fa63dd0344a"
	vectorsSum    = "h1:pNbL2nztRsWfW/ispAwsvcDFxs9Id38uIsR2/Up5G2c="
)

// vectorGroup has one key, or a set of them: public where there is a public half,
// private where the algorithm has none.
type vectorGroup struct {
	Comment         string
	Public, Private json.RawMessage
	Tests           []struct {
		ID      int `json:"tcId"`
		Comment string
		JWS     string
		Result  string
	}
}

// outcome is how a vector is judged: by its makers, and by us.
type outcome struct{ valid, verified bool }

// The official vectors of C2SP for JSON Web Signatures and for sets of keys, run
// against what verifies access tokens. The valid ones of algorithms that we do not
// use have to be refused.
func TestWycheproof(t *testing.T) {
	dir := vectors(t)
	for _, test := range []struct {
		file string
		want map[outcome]int
		// unlike are vectors that we judge otherwise than their makers, and why.
		unlike map[int]string
	}{
		{"json_web_signature_test.json", map[outcome]int{
			{valid: true, verified: true}: 10, {valid: true}: 36, {}: 355,
		}, nil},
		{"json_web_key_test.json", map[outcome]int{
			{valid: true, verified: true}: 1, {valid: true}: 4, {}: 20, {verified: true}: 1,
		}, map[int]string{
			7: "a key of a broken generator (ROCA): our keys are made by crypto/rsa, and we trust no others",
		}},
	} {
		t.Run(test.file, func(t *testing.T) {
			got := map[outcome]int{}
			for _, group := range readVectors(t, filepath.Join(dir, "testvectors_v1", test.file)) {
				find, ours := group.find(t)
				for _, v := range group.Tests {
					_, err := token.OpenJWS(v.JWS, find)
					result := outcome{v.Result == "valid", err == nil}
					got[result]++
					want := result.valid && ours
					if _, known := test.unlike[v.ID]; result.verified != want && !known {
						t.Errorf("%d %s (%s): verified %t, want %t: %v", v.ID, v.Comment, group.Comment, result.verified, want, err)
					}
				}
			}
			if !maps.Equal(got, test.want) {
				t.Errorf("outcomes are %v, want %v", got, test.want)
			}
		})
	}
}

func readVectors(t *testing.T, path string) []vectorGroup {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ TestGroups []vectorGroup }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.TestGroups
}

// find looks up a key of the group, read as a JWKS document is read. Where there
// is one only, it is found under every key id: a vector that is wrong must not be
// refused for its key id. It also tells whether a key is for an algorithm of ours.
func (g vectorGroup) find(t *testing.T) (find func(id string) (token.PublicKey, error), ours bool) {
	t.Helper()
	text := g.Public
	if text == nil {
		text = g.Private
	}
	var set struct{ Keys []struct{ Alg string } }
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	if set.Keys == nil {
		text = fmt.Appendf(nil, `{"keys":[%s]}`, text)
		if err := json.Unmarshal(text, &set); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range set.Keys {
		_, err := token.ParseAlgorithm(key.Alg)
		ours = ours || err == nil
	}
	keys, err := token.ParseJWKS(text)
	if err != nil && !errors.Is(err, token.ErrKey) {
		t.Fatal(err)
	}
	return func(id string) (token.PublicKey, error) {
		if len(keys) == 1 {
			for id = range keys {
			}
		}
		return keys.PublicKey(t.Context(), id)
	}, ours
}

// vectors is the directory of the module, downloaded where it is not there yet.
// Without a network the test is skipped, but not in CI.
func vectors(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("go", "mod", "download", "-json", vectorsModule)
	cmd.Dir = t.TempDir() // outside our module, which is left alone
	output, err := cmd.Output()
	var module struct{ Dir, Sum, Error string }
	if jsonErr := json.Unmarshal(output, &module); err != nil || jsonErr != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the vectors cannot be downloaded: %v: %s", err, module.Error)
		}
		t.Skipf("the vectors cannot be downloaded: %v: %s", err, module.Error)
	}
	if module.Sum != vectorsSum {
		t.Fatalf("the vectors have the hash %s, want %s", module.Sum, vectorsSum)
	}
	return module.Dir
}
